package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/dev/stack"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// What a sync that a schedule starts may cost where nothing changed, besides
// maxUnchanged points: Temporal keeps the history of each for days.
const (
	maxEvents       = 100       // of all its workflows
	maxHistoryBytes = 64 * 1024 // likewise
	maxIdleSeconds  = 30.0
)

// What one repository with a push and a closed issue may cost a sync, besides the probe.
const (
	maxPerChangedRequests = 6.0
	maxPerChangedPoints   = 3.0
)

// syncOnSchedule lets the schedule of the only organization start a sync.
func syncOnSchedule(ctx context.Context, s *stack.Stack) (models.Sync, error) {
	syncs, err := s.Store.Syncs(ctx, store.SyncFilter{}, "", 1)
	if err != nil || len(syncs.Rows) == 0 {
		return models.Sync{}, errors.Join(err, errors.New("nothing was ingested yet"))
	}
	last, err := newestScheduled(ctx, s)
	if err != nil {
		return last, err
	}
	if err := workflows.TriggerResync(ctx, s.Temporal, syncs.Rows[0].OrganizationID); err != nil {
		return last, err
	}
	return awaitScheduled(ctx, s, last.ID)
}

func newestScheduled(ctx context.Context, s *stack.Stack) (models.Sync, error) {
	list, err := s.Store.Syncs(ctx, store.SyncFilter{Trigger: models.TriggerSchedule}, "", 1)
	if err != nil || len(list.Rows) == 0 {
		return models.Sync{}, err
	}
	return list.Rows[0], nil
}

// longestLook is when a scheduled sync is given up.
const longestLook = 10 * time.Minute

// awaitScheduled waits for the end of a scheduled sync that is newer than another.
func awaitScheduled(ctx context.Context, s *stack.Stack, last string) (models.Sync, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, longestLook, errors.New("no scheduled sync that is newer has ended"))
	defer cancel()
	for {
		sync, err := newestScheduled(ctx, s)
		switch {
		case err != nil:
			return sync, err
		case sync.ID != last && sync.State == models.SyncCompleted:
			return sync, nil
		case sync.ID != last && sync.State.Ended():
			return sync, fmt.Errorf("the sync is %s: %s", sync.State, sync.Error)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return sync, context.Cause(ctx)
		}
	}
}

func (c cost) checkIdle(repositories int) error {
	errs := []error{checkUnchanged(c.spent(), repositories)}
	if c.Events > maxEvents || c.History > maxHistoryBytes {
		errs = append(errs, fmt.Errorf("an idle sync of %d repositories left %d events of %d bytes in Temporal, at most %d of %d are promised",
			repositories, c.Events, c.History, maxEvents, maxHistoryBytes))
	}
	if c.Seconds > maxIdleSeconds {
		errs = append(errs, fmt.Errorf("an idle sync of %d repositories took %.1f seconds, at most %.0f are promised", repositories, c.Seconds, maxIdleSeconds))
	}
	return errors.Join(errs...)
}

// perChanged takes off what the same sync costs without the changes.
func (c cost) perChanged(idle cost) (requests, points float64) {
	changed := float64(c.Repositories)
	return float64(c.spent().requests()-idle.spent().requests()) / changed, float64(c.spent().points-idle.spent().points) / changed
}

func (c cost) checkChanged(idle cost, repositories int) error {
	if c.Repositories != repositories {
		return fmt.Errorf("%d repositories were read, %d have changed", c.Repositories, repositories)
	}
	requests, points := c.perChanged(idle)
	if requests > maxPerChangedRequests || points > maxPerChangedPoints {
		return fmt.Errorf("a changed repository cost %.1f requests and %.1f points, at most %.0f and %.0f are promised",
			requests, points, maxPerChangedRequests, maxPerChangedPoints)
	}
	return nil
}
