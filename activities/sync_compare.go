package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

const (
	// comparisonInterval is how often pull requests are compared one by one.
	comparisonInterval = 24 * time.Hour
	// comparedFor is how long after its last change a closed one is compared.
	comparedFor = 30 * 24 * time.Hour
	// comparedAtOnce is how many repositories are compared together. It bounds the pull
	// requests in memory: some repositories have thousands of open ones.
	comparedAtOnce = 50
)

// ComparePullRequests looks for what no change probe shows, such as a review that
// changes no update time. It runs once a day and costs one point for 100 pull requests.
// It marks what the sync then reads.
func (a *Activities) ComparePullRequests(ctx context.Context, in SyncInput) error {
	o, err := a.openSync(ctx, in.SyncID)
	if err != nil {
		return err
	}
	for {
		due, err := a.Store.RepositoriesToCompare(ctx, o.OrganizationID, a.Now().Add(-comparisonInterval), comparedAtOnce)
		if err != nil || len(due) == 0 {
			return err
		}
		err = a.compare(ctx, o, due)
		var refused *github.Error
		if errors.As(err, &refused) && refused.Kind == github.QueriesRefused {
			return nil // until GitHub answers queries again; Diagnose says so
		}
		if err != nil {
			return fmt.Errorf("compare pull requests of %s: %w", o.organization.Login, err)
		}
	}
}

func (a *Activities) compare(ctx context.Context, o syncOf, repositories []int64) (err error) {
	var usage github.Usage
	defer func() { err = errors.Join(err, a.Store.AddUsage(context.WithoutCancel(ctx), o.ID, takeUsage(&usage))) }()
	now := a.Now()
	pulls, err := a.Store.ActivePullRequests(ctx, repositories, now.Add(-comparedFor))
	if err != nil {
		return err
	}
	var moved []store.Moved
	for some := range slices.Chunk(pulls, detailsBatch) {
		ids := mapped(some, func(p models.PullRequest) string { return p.NodeID })
		states, err := o.gh.PullRequestStates(github.WithUsage(ctx, &usage), o.organization.NodeID, ids)
		if err != nil {
			return err
		}
		for i, pull := range some {
			if m, has := movedSince(pull, states[i]); has {
				moved = append(moved, m)
			}
		}
	}
	return a.Store.NoticeMoved(ctx, moved, repositories, now)
}

// movedSince compares a pull request with its row. One that GitHub does not show proves
// nothing; the verification looks into it.
func movedSince(pull models.PullRequest, now github.PullRequestState) (store.Moved, bool) {
	if now.Unavailable != "" {
		return store.Moved{}, false
	}
	moved := store.Moved{RepositoryID: pull.RepositoryID, Number: pull.Number, UpdatedAt: now.UpdatedAt, Newer: now.UpdatedAt.After(pull.UpdatedAt)}
	comments := now.CommentsTotal - stored(pull.CommentsCount)
	moved.Comments = comments > 0
	return moved, moved.Newer || comments != 0 || now.ReviewsTotal != stored(pull.ReviewsCount)
}

func stored(count *int) int {
	if count == nil {
		return 0
	}
	return *count
}
