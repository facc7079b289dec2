package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"tributary/dev/stack"
	"tributary/githubsim"
	"tributary/store"
	"tributary/workflows"
)

// A window is longer than the client's patience: what ends within ten seconds
// is waited out in place, and those who return come within six.
const (
	window     = 20 * time.Second
	perWindow  = 40 // requests
	minWindows = 3
)

// windows is a first copy that meets a spent rate budget again and again.
type windows struct {
	requests int
	ends     map[int64]bool // of the limits that the sync was seen waiting for, in Unix seconds
	limited  int            // requests that were sent meanwhile
	held     int            // worker slots, the most that were seen meanwhile
}

func (w windows) String() string {
	return fmt.Sprintf("%d requests through %d rate limit windows of %s in a row: %d sent while limited, %d worker slots held meanwhile",
		w.requests, len(w.ends)+1, window, w.limited, w.held)
}

func (w windows) check() error {
	if len(w.ends) < minWindows {
		return fmt.Errorf("the copy waited for %d windows, the measurement needs %d", len(w.ends), minWindows)
	}
	if w.limited > 0 || w.held > 0 {
		return fmt.Errorf("%d requests were sent while limited and %d worker slots were held, none are promised", w.limited, w.held)
	}
	return nil
}

// windowsCost copies an organization whose account has few requests at a time.
func windowsCost(ctx context.Context) (w windows, err error) {
	w.ends = map[int64]bool{}
	sim := githubsim.New(githubsim.Config{RateLimit: perWindow, RateWindow: window, GraphQLLimit: unlimited})
	sim.Populate(githubsim.Workload{Organization: organization, Repositories: 12, Commits: 110, Issues: 110, CommentsPerIssue: 2, PullRequests: 20})
	err = withStack(ctx, sim, "", func(ctx context.Context, s *stack.Stack, token string) error {
		copied := make(chan error, 1)
		go func() {
			_, err := copyThrough(ctx, s, token)
			copied <- err
		}()
		for {
			select {
			case err := <-copied:
				return err
			case <-time.After(200 * time.Millisecond):
			}
			if err := w.look(ctx, s, sim); err != nil {
				return errors.Join(err, <-copied)
			}
		}
	})
	stats := sim.Stats()
	w.requests, w.limited = stats.RESTRequests, stats.SentWhileLimited
	return w, err
}

// look counts the worker slots that are held while the sync waits. Those who
// meet a limit do so within seconds, and return within seconds.
func (w *windows) look(ctx context.Context, s *stack.Stack, sim *githubsim.Sim) error {
	syncs, err := s.Store.Syncs(ctx, store.SyncFilter{}, "", 1)
	if err != nil || len(syncs.Rows) == 0 || syncs.Rows[0].WaitingUntil == nil {
		return err
	}
	until := *syncs.Rows[0].WaitingUntil
	if left := time.Until(until); left < time.Second || left > window/2 {
		return nil
	}
	held := 0
	for _, r := range sim.Truth(organization).Repositories {
		started, err := startedActivities(ctx, s, workflows.RepositoryID(r.ID))
		if err != nil {
			return err
		}
		held += started
	}
	w.ends[until.Unix()] = true
	w.held = max(w.held, held)
	return nil
}

// startedActivities are those of a workflow that a worker carries out now.
func startedActivities(ctx context.Context, s *stack.Stack, id string) (n int, err error) {
	d, err := s.Temporal.DescribeWorkflowExecution(ctx, id, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return 0, nil // its turn has not come
	}
	if err != nil {
		return 0, err
	}
	for _, a := range d.GetPendingActivities() {
		if a.GetState() != enumspb.PENDING_ACTIVITY_STATE_SCHEDULED {
			n++
		}
	}
	return n, nil
}
