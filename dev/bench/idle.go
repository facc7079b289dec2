package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/activities"
	"tributary/models"
	"tributary/store/testpg"
	"tributary/workflows"
)

const (
	// lookInterval is between two looks while their statements are counted, for as long
	// as it takes to even out what Temporal does by itself.
	lookInterval = 2 * time.Second
	lookedFor    = 12 * time.Second
)

// maxIdleStatements is what a scheduled look at an organization in which nothing
// changed may cost Temporal's databases.
const maxIdleStatements = 100

// idleStatements is how many statements Temporal lets its databases on Postgres execute
// for such a look.
func idleStatements(ctx context.Context, repositories, filled int) (perLook float64, err error) {
	server, err := testpg.Open("")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	counted, url, err := countStatements(server.URL())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, counted.Close()) }()
	err = withOrganizationOn(ctx, url, repositories, filled, func(ctx context.Context, o *organizationOf) error {
		perLook, err = o.statementsPerLook(ctx, counted)
		return err
	})
	return perLook, err
}

// statementsPerLook compares a while with looks with as long a while without.
func (o *organizationOf) statementsPerLook(ctx context.Context, counted *statements) (float64, error) {
	if err := o.lookEvery(ctx, lookInterval, false); err != nil {
		return 0, err
	}
	first, err := o.awaitScheduled(ctx, "") // finds all caches empty
	if err != nil {
		return 0, err
	}
	looking, err := counted.during(ctx, lookedFor)
	if err != nil {
		return 0, err
	}
	looks, err := o.looksSince(ctx, first)
	if err != nil {
		return 0, err
	}
	if looks < int(lookedFor/lookInterval)/2 {
		return 0, fmt.Errorf("the schedule started %d syncs in %s", looks, lookedFor)
	}
	if err := o.lookEvery(ctx, lookInterval, true); err != nil {
		return 0, err
	}
	anyway, err := counted.during(ctx, lookedFor)
	return float64(looking-anyway) / float64(looks), err
}

// lookEvery sets the schedule in Temporal, which nobody compares with its row meanwhile.
func (o *organizationOf) lookEvery(ctx context.Context, interval time.Duration, paused bool) error {
	row, err := o.stack.Store.Organization(ctx, o.id)
	if err != nil {
		return err
	}
	often := models.Schedule{OrganizationID: o.id, IntervalSeconds: int(interval.Seconds()), Paused: paused}
	_, err = workflows.ApplySchedules(ctx, o.stack.Temporal, row, often, false, activities.SeenSchedules{})
	return err
}

// looksSince counts the scheduled syncs that ended after another.
func (o *organizationOf) looksSince(ctx context.Context, first models.Sync) (n int, err error) {
	list, err := o.syncs(ctx)
	for _, sync := range list {
		if sync.Trigger == models.TriggerSchedule && sync.ID > first.ID && sync.State == models.SyncCompleted {
			n++
		}
	}
	return n, err
}

// during counts for a while.
func (s *statements) during(ctx context.Context, while time.Duration) (int64, error) {
	before := s.counted.Load()
	select {
	case <-time.After(while):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return s.counted.Load() - before, nil
}
