package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"tributary/dev/stack"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// What a sync that a schedule starts may cost where nothing changed, besides
// maxUnchanged points: Temporal keeps the history of each for days.
const (
	maxEvents       = 20       // of all workflows
	maxHistoryBytes = 8 * 1024 // likewise
	maxIdleSeconds  = 30.0
)

// What one repository with a push and a closed issue may cost a sync, besides the probe.
const (
	maxPerChangedRequests = 6.0
	maxPerChangedPoints   = 3.0
)

// organizationOf is a simulated organization, ingested by the whole product.
type organizationOf struct {
	sim          *githubsim.Sim
	stack        *stack.Stack
	behind       atomic.Int64 // of GitHub's clock, in nanoseconds
	id           int64
	repositories int
}

// withOrganization ingests an organization and calls use. Repositories that are
// empty cost a probe and its plan as much as others, and a first copy nothing.
func withOrganization(ctx context.Context, repositories, filled int, use func(context.Context, *organizationOf) error) error {
	return withOrganizationOn(ctx, "", repositories, filled, use)
}

// withOrganizationOn is withOrganization with a Temporal on the Postgres at a URL.
func withOrganizationOn(ctx context.Context, temporalPostgresURL string, repositories, filled int, use func(context.Context, *organizationOf) error) error {
	o := &organizationOf{repositories: repositories}
	o.sim = githubsim.New(githubsim.Config{
		RateLimit: unlimited, GraphQLLimit: unlimited,
		Now: func() time.Time { return time.Now().Add(-time.Duration(o.behind.Load())) },
	})
	acme := o.sim.Populate(githubsim.Workload{
		Organization: organization, Repositories: min(filled, repositories), Commits: 2, Issues: 2, PullRequests: 1, Until: time.Now().Add(-time.Hour),
	})
	for n := range repositories - filled {
		acme.AddRepository(fmt.Sprintf("empty-%05d", n+1))
	}
	o.id = acme.ID
	return withStack(ctx, o.sim, temporalPostgresURL, func(ctx context.Context, s *stack.Stack, token string) error {
		o.stack = s
		if _, err := copyThrough(ctx, s, token); err != nil {
			return err
		}
		return use(ctx, o)
	})
}

// scheduled is what a sync cost that a schedule started.
type scheduled struct {
	spent
	seconds float64
	events  int64
	bytes   int64
}

// syncOnSchedule lets the schedule of an organization start a sync, which is to
// read those repositories that have changed.
func (o *organizationOf) syncOnSchedule(ctx context.Context, changed ...int64) (scheduled, error) {
	before, err := o.histories(ctx)
	if err != nil {
		return scheduled{}, err
	}
	o.sim.ResetRequests()
	began := time.Now()
	sync, err := o.look(ctx)
	if err != nil {
		return scheduled{}, err
	}
	if sync.Repositories != len(changed) {
		return scheduled{}, fmt.Errorf("%d repositories were read, %d have changed", sync.Repositories, len(changed))
	}
	cost := scheduled{seconds: time.Since(began).Seconds()}
	cost.spent = billOf(o.sim.Requests(), githubsim.RepositoryTruth{}).total(everything...)
	after, err := o.histories(ctx)
	cost.events, cost.bytes = after.events-before.events, after.bytes-before.bytes
	return cost, err
}

// look lets the schedule start a sync and waits for its end.
func (o *organizationOf) look(ctx context.Context) (models.Sync, error) {
	last, err := o.newestScheduled(ctx)
	if err != nil {
		return models.Sync{}, err
	}
	if err := workflows.TriggerResync(ctx, o.stack.Temporal, o.id); err != nil {
		return models.Sync{}, err
	}
	return o.awaitScheduled(ctx, last.ID)
}

func (o *organizationOf) newestScheduled(ctx context.Context) (models.Sync, error) {
	list, err := o.syncs(ctx)
	for _, sync := range list {
		if sync.Trigger == models.TriggerSchedule {
			return sync, err
		}
	}
	return models.Sync{}, err
}

// syncs are the newest of the organization.
func (o *organizationOf) syncs(ctx context.Context) ([]models.Sync, error) {
	list, err := o.stack.Store.Syncs(ctx, store.SyncFilter{OrganizationID: o.id}, "", 50)
	return list.Rows, err
}

// awaitScheduled waits for the end of a scheduled sync that is newer than another.
func (o *organizationOf) awaitScheduled(ctx context.Context, last string) (models.Sync, error) {
	for {
		sync, err := o.newestScheduled(ctx)
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
			return sync, ctx.Err()
		}
	}
}

// changedCost is a sync of an organization in which a few repositories have
// changed, by a push and a closed issue each.
func (o *organizationOf) changedCost(ctx context.Context, repositories int) (scheduled, error) {
	// Dated a minute ago: what changed within ten seconds of its probe is read
	// once more.
	o.behind.Store(int64(time.Minute))
	acme := o.sim.Organization(organization)
	ada := o.sim.AddUser("ada")
	var changed []int64
	for n := range repositories {
		r := acme.Repository(fmt.Sprintf("repository-%03d", n+1))
		r.Commit(githubsim.CommitSpec{Author: ada, Message: "Round half to even", Additions: 1, Deletions: 1})
		r.Issue(1).Close(ada, "completed")
		changed = append(changed, r.ID)
	}
	o.behind.Store(0)
	return o.syncOnSchedule(ctx, changed...)
}

func (s scheduled) checkIdle(repositories int) error {
	errs := []error{checkUnchanged(s.spent, repositories)}
	if s.events > maxEvents || s.bytes > maxHistoryBytes {
		errs = append(errs, fmt.Errorf("an idle sync of %d repositories left %d events of %d bytes in Temporal, at most %d of %d are promised",
			repositories, s.events, s.bytes, maxEvents, maxHistoryBytes))
	}
	if s.seconds > maxIdleSeconds {
		errs = append(errs, fmt.Errorf("an idle sync of %d repositories took %.1f seconds, at most %.0f are promised", repositories, s.seconds, maxIdleSeconds))
	}
	return errors.Join(errs...)
}

// perChanged takes off what the same sync costs without the changes.
func (s scheduled) perChanged(idle scheduled, repositories int) (requests, points float64) {
	return float64(s.requests()-idle.requests()) / float64(repositories), float64(s.points-idle.points) / float64(repositories)
}

func (s scheduled) checkChanged(idle scheduled, repositories int) error {
	requests, points := s.perChanged(idle, repositories)
	if requests > maxPerChangedRequests || points > maxPerChangedPoints {
		return fmt.Errorf("a changed repository cost %.1f requests and %.1f points, at most %.0f and %.0f are promised",
			requests, points, maxPerChangedRequests, maxPerChangedPoints)
	}
	return nil
}
