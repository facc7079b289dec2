package main

import (
	"context"
	"testing"
)

// A scheduled look at an organization costs Temporal as much with many repositories as
// with one.
func TestIdleLook_costsTemporalNoMoreThanPromised(t *testing.T) {
	t.Parallel()
	var events []int64
	for _, repositories := range []int{1, 1000} {
		err := withOrganization(t.Context(), repositories, 1, func(ctx context.Context, o *organizationOf) error {
			idle, err := o.syncOnSchedule(ctx)
			if err == nil {
				err = idle.checkIdle(repositories)
			}
			events = append(events, idle.events)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if events[0] != events[1] {
		t.Errorf("a look left %d events with one repository and %d with 1,000", events[0], events[1])
	}
	statements, err := idleStatements(t.Context(), 30, 6)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events and %.0f statements", events[0], statements)
	if statements > maxIdleStatements {
		t.Errorf("a look cost %.0f statements in Temporal's databases, at most %d are promised", statements, maxIdleStatements)
	}
}
