package api

import (
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
	for _, part := range append(p.cut(true), p.cut(false)...) {
		got = append(got, part.Date+" "+part.Starts.Format("02T15")+" "+part.Ends.Format("02T15"))
	}
	want := []string{"2026-03-23 26T23 29T22", "2026-03-30 29T22 30T22",
		"2026-03-27 26T23 27T23", "2026-03-28 27T23 28T23", "2026-03-29 28T23 29T22", "2026-03-30 29T22 30T22"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []PeriodQuery{{From: "2026-04-01", Through: "2026-03-31"}, {From: "2006-01-01", Through: "2026-03-31"}, {ReportQuery: ReportQuery{Zone: "Mars/Base"}}} {
		if _, err := bad.period(time.Now()); err == nil {
			t.Errorf("%+v is taken", bad)
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
