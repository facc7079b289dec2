package api

import (
	"testing"
	"time"
)

func TestReportDays_beginWhereTheZoneSays(t *testing.T) {
	for _, c := range []struct {
		zone, day, starts string
		hours             float64
	}{
		{"UTC", "2026-03-29", "2026-03-29T00:00:00Z", 24},
		{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23},
		{"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25},
		{"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", 23},
		{"Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", 24.5},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23}, // it begins at one
		{"America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", 25},
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", 23},
		{"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z", 25}, // it has two midnights
		{"Asia/Kathmandu", "2026-03-29", "2026-03-28T18:15:00Z", 24},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0}, // there was none
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		from, err := parseDay("query.from", c.day)
		if err != nil {
			t.Fatal(err)
		}
		day := reportDays(zone, from, 1)[0]
		if starts := day.Starts.Format(time.RFC3339); starts != c.starts || day.Ends.Sub(day.Starts).Hours() != c.hours {
			t.Errorf("%s in %s begins at %s and has %v hours, want %s and %v", c.day, c.zone, starts, day.Ends.Sub(day.Starts).Hours(), c.starts, c.hours)
		}
	}
}
