package main

import (
	"context"
	"testing"
)

// The promises of the product's documentation, on the workload that it names.
func TestReferenceWorkload_costsNoMoreThanPromised(t *testing.T) {
	t.Parallel()
	first, again, err := referenceCost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := first.check(); err != nil {
		t.Error(err)
	}
	if err := checkUnchanged(again, 1); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		if err := first.write(t.Output()); err != nil {
			t.Error(err)
		}
	}
}

func TestScheduledSync_costsNoMoreThanPromised(t *testing.T) {
	t.Parallel()
	const repositories, filled, changed = 300, 6, 3
	err := withOrganization(t.Context(), repositories, filled, func(ctx context.Context, o *organizationOf) error {
		idle, err := o.syncOnSchedule(ctx)
		if err != nil {
			return err
		}
		if err := idle.checkIdle(repositories); err != nil {
			t.Error(err)
		}
		after, err := o.changedCost(ctx, changed)
		if err != nil {
			return err
		}
		if err := after.checkChanged(idle, changed); err != nil {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
