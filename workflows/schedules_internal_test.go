package workflows

import (
	"testing"
	"time"

	"tributary/models"
)

// Organizations that were connected together, or have neighbouring ids, do not come at
// the same time.
func TestIntervals_spreadOrganizationsOverTheInterval(t *testing.T) {
	t.Parallel()
	connected := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, id := range map[string]func(n int64) int64{
		"neighbours":               func(n int64) int64 { return 9_000_000 + n },
		"multiples of an interval": func(n int64) int64 { return 900 * n },
		"far apart":                func(n int64) int64 { return n * n * 7919 },
	} {
		var minutes [15]int
		for n := range int64(1000) {
			spec, _ := intervals(15*time.Minute, 3*time.Minute, models.Organization{ID: id(n), CreatedAt: connected})
			again, _ := intervals(15*time.Minute, 3*time.Minute, models.Organization{ID: id(n), Login: "renamed"})
			if spec.Jitter != 3*time.Minute || again.Intervals[0] != spec.Intervals[0] {
				t.Fatalf("%s: %+v and %+v, want one offset and the jitter kept", name, spec, again)
			}
			minutes[spec.Intervals[0].Offset/time.Minute]++
		}
		for minute, n := range minutes { // 67 in the mean
			if n < 40 || n > 100 {
				t.Errorf("%s: %d of 1,000 organizations come in minute %d: %v", name, n, minute, minutes)
			}
		}
	}
}

func TestResyncSchedule_catchesUpOnlyWhereTheNextTimeIsFar(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		schedule models.Schedule
		want     time.Duration
	}{
		{models.DefaultSchedule(7), time.Minute},
		{models.Schedule{IntervalSeconds: 6 * 3600}, 24 * time.Hour},
		{models.Schedule{Cron: "@daily", TimeZone: "UTC"}, 24 * time.Hour},
	} {
		got := resyncSchedule(models.Organization{ID: 7, Login: "acme"}, tt.schedule)
		if got.CatchupWindow != tt.want {
			t.Errorf("of %+v a time counts until %s after it, want %s", tt.schedule, got.CatchupWindow, tt.want)
		}
	}
}
