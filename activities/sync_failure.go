package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/github"
	"tributary/models"
)

// maxFailures is how many failures in a row end a stream for the rest of a sync. With the
// retry policy of the ingest activities that takes about four minutes.
const maxFailures = 10

// failed records a failed page on its stream, unless the cause concerns more than the
// stream. The page's usage is stored in any case.
func (a *Activities) failed(ctx context.Context, in StreamInput, stream *models.Stream, usage *github.Usage, err error) error {
	// The attempt may fail because its context has ended. What it learned is stored
	// all the same.
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if spent := takeUsage(usage); spent != (models.Usage{}) {
		_ = a.Store.AddUsage(record, in.SyncID, spent)
	}
	d := decide(err)
	if ctx.Err() != nil || d.Code == "" || d.Do == waitUntil || d.Do == retrySlowly || d.Do == mendByOperator {
		return err
	}
	failures, saveErr := a.Store.FailStream(record, stream, d.Code, err.Error())
	if d.Code == models.RepoBlocked { // all of the repository
		saveErr = errors.Join(saveErr, a.Store.LoseRepository(record, stream.RepositoryID, d.Code))
	}
	switch {
	case saveErr != nil:
		return fmt.Errorf("record %q: %w", err, saveErr)
	case failures >= maxFailures:
		return gaveUp{err}
	}
	return err
}

// ofRoute distinguishes a repository that is gone from one that is shown while a part of
// it is hidden, by a proxy or from this token.
func ofRoute(ctx context.Context, gh *github.Client, repositoryID int64, err error) error {
	var refused *github.Error
	if !errors.As(err, &refused) || refused.Kind != github.NotFound {
		return err
	}
	if _, gone := gh.RepositoryByID(ctx, repositoryID); gone != nil {
		return err
	}
	hidden := *refused
	hidden.Kind = github.NoRoute
	return &hidden
}
