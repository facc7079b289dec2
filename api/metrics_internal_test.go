package api

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPeriod_isCutAtMondaysOfTheZone(t *testing.T) {
	q := PeriodQuery{ReportQuery: ReportQuery{Zone: "Europe/Berlin"}, From: "2026-03-27", Through: "2026-03-30"}
	p, err := q.period(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	// Friday to Monday. On Sunday the clocks go forward: the day begins at 23:00 UTC and ends at 22:00.
	var got []string
	weeks, of := p.weeks()
	for _, part := range append(weeks, p.days()...) {
		got = append(got, part.Date+" "+part.Starts.Format("02T15")+" "+part.Ends.Format("02T15"))
	}
	want := []string{"2026-03-23 26T23 29T22", "2026-03-30 29T22 30T22",
		"2026-03-27 26T23 27T23", "2026-03-28 27T23 28T23", "2026-03-29 28T23 29T22", "2026-03-30 29T22 30T22"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(of, []int{0, 0, 0, 1}) {
		t.Errorf("the days are in the weeks %v", of)
	}
	for _, bad := range []PeriodQuery{{From: "1969-12-31", Through: "1970-01-01"}, {Through: "3000-01-01"}, {From: "2026-04-01", Through: "2026-03-31"}, {From: "2006-01-01", Through: "2026-03-31"}, {ReportQuery: ReportQuery{Zone: "Mars/Base"}}} {
		if _, err := bad.period(time.Now()); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// Clocks that go forward at midnight leave a day without its first hour, and on a day that a zone left out nothing happened.
func TestPeriod_hasDaysWithoutAMidnight(t *testing.T) {
	for _, c := range []struct{ zone, day, starts, ends string }{
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
	} {
		p, err := PeriodQuery{ReportQuery: ReportQuery{Zone: c.zone}, From: c.day, Through: c.day}.period(time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		weeks, of := p.weeks()
		if starts, ends := p.starts().Format(time.RFC3339), p.ends().Format(time.RFC3339); starts != c.starts || ends != c.ends || len(weeks) != 1 || len(of) != 1 || p.From.Format(time.DateOnly) != c.day {
			t.Errorf("%s in %s is %s to %s, of %d weeks", c.day, c.zone, starts, ends, len(weeks))
		}
	}
}

func TestTimesOf_takesTheNearestRank(t *testing.T) {
	of := func(hours ...int64) Times {
		for i := range hours {
			hours[i] *= 3600
		}
		return timesOf(hours)
	}
	times := func(n int, mean, median, p75, p90 float64) Times { return Times{n, &mean, &median, &p75, &p90} }
	// Ranks are rounded up: of four the median is the second, p75 the third and p90 the fourth; of three the
	// median is the second and both others are the third.
	if diff := cmp.Diff([]Times{{}, times(3, 2, 2, 3, 3), times(4, 4, 2, 3, 10)}, []Times{of(), of(1, 2, 3), of(1, 2, 3, 10)}); diff != "" {
		t.Error(diff)
	}
	if share := shareOf(0, 0); share.Percent != nil {
		t.Errorf("a share of nothing is %v", *share.Percent)
	}
	if share := shareOf(2, 3); *share.Percent != 66.7 {
		t.Errorf("two of three are %v percent", *share.Percent)
	}
}
