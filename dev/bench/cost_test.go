package main

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv(asBench) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// The promises of the product's documentation, on the workload that it names.
func TestReferenceWorkload_costsNoMoreThanPromised(t *testing.T) {
	t.Parallel()
	c := costs{reference: true}
	if err := c.referenceWorkload(t.Context(), t.Output()); err != nil {
		t.Error(err)
	}
}

func TestScheduledSync_costsNoMoreThanPromised(t *testing.T) {
	t.Parallel()
	c := costs{repositories: 300, filled: 6}
	if err := c.looks(t.Context(), t.Output()); err != nil {
		t.Error(err)
	}
}

func TestUnderLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spent
		hours float64
		binds string
	}{
		{spent{rest: 900}, 1.0 / 60, "pace"},
		{spent{rest: 5000, graphQL: 400, points: 400}, 0.1, "pace"},
		{spent{rest: 5900, graphQL: 50, points: 50}, 1 + 1.0/60, "REST"},
		{spent{rest: 50, graphQL: 5900, points: 10_900}, 2 + 1.0/60, "points"},
	} {
		if hours, binds, _ := c.underLimits(); hours != c.hours || binds != c.binds {
			t.Errorf("%v: %.3f hours, %s binds; want %.3f, %s", c.spent, hours, binds, c.hours, c.binds)
		}
	}
}
