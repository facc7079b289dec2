package progress

import (
	"strconv"
	"strings"
	"time"
)

// Number writes 1234567 as 1,234,567.
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Duration is a time in whole seconds: 1m5s.
func Duration(d time.Duration) string { return max(d, 0).Truncate(time.Second).String() }

// About is an estimate, no more exact than it can be.
func About(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return "a few seconds"
	case d < time.Minute:
		return "about " + Duration(d.Round(10*time.Second))
	case d < time.Hour:
		return "about " + strings.TrimSuffix(Duration(d.Round(time.Minute)), "0s")
	}
	return "about " + strings.TrimSuffix(Duration(d.Round(5*time.Minute)), "0s")
}
