package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// Rereading is the sync that reads again what a verification has marked.
type Rereading struct {
	SyncID string // empty where nothing has to be read again
	Ended  bool
}

// QueueRereading asks for a sync of what a verification has found to differ.
func (a *Activities) QueueRereading(ctx context.Context, in VerifyInput) (Rereading, error) {
	sync, err := a.Store.QueueRereading(ctx, in.VerificationID)
	return Rereading{SyncID: sync.ID}, unlessGone(err)
}

// RereadingEnded reports whether that sync has ended.
func (a *Activities) RereadingEnded(ctx context.Context, in Rereading) (Rereading, error) {
	sync, err := a.Store.Sync(ctx, in.SyncID)
	in.Ended = errors.Is(err, store.ErrNotFound) || sync.State.Ended()
	return in, unlessGone(err)
}

// CompareAgain compares what was read again, and records for each difference whether it is
// mended. It leaves out what was not read yet.
func (a *Activities) CompareAgain(ctx context.Context, in VerifyInput) error {
	v := &verifier{activities: a}
	ctx = github.WithUsage(ctx, &v.usage)
	queued, err := a.Store.QueuedDrifts(ctx, in.VerificationID)
	if err != nil || len(queued) == 0 {
		return err
	}
	batch, err := a.Store.VerificationBatch(ctx, in.VerificationID, 1)
	if err == nil {
		err = v.open(ctx, batch)
	}
	if err != nil {
		return v.failed(ctx, in.VerificationID, err)
	}
	for len(queued) > 0 {
		n := slices.IndexFunc(queued, func(d models.Drift) bool { return d.RepositoryID != queued[0].RepositoryID })
		if n < 0 {
			n = len(queued)
		}
		if err := v.compareRepositoryAgain(ctx, queued[:n]); err != nil {
			return v.failed(ctx, v.id, fmt.Errorf("compare again in %s: %w", batch.Organization.Login, err))
		}
		queued = queued[n:]
	}
	return nil
}

// compareRepositoryAgain compares what differed in one repository.
func (v *verifier) compareRepositoryAgain(ctx context.Context, drifts []models.Drift) error {
	repository, err := v.activities.Store.Repository(ctx, drifts[0].RepositoryID)
	if err != nil {
		return err
	}
	totals, err := v.gh.RepositoryTotals(ctx, []string{repository.NodeID})
	if err != nil || totals[0].Unavailable != "" {
		return err
	}
	c := v.newComparison(repository, totals[0])
	if c.stored, err = c.store.Inventory(ctx, v.id, repository.ID); err != nil {
		return err
	}
	still := map[[2]string]models.Drift{}
	for _, kind := range comparedKinds() {
		if err := c.compareKindAgain(ctx, kind, drifts, still); err != nil {
			return err
		}
	}
	for i := range drifts {
		c.setRepair(&drifts[i], still)
	}
	return v.activities.Store.SaveComparedAgain(ctx, v.id, drifts, takeUsage(&v.usage))
}

// compareKindAgain adds the rows of one kind that still differ.
func (c *comparison) compareKindAgain(ctx context.Context, kind models.StreamKind, drifts []models.Drift, still map[[2]string]models.Drift) error {
	s := c.newSample(kind)
	if c.missing(kind) {
		s.note(c.recount(kind))
	}
	for some := range slices.Chunk(keysOf(kind, drifts), detailsBatch) {
		rows, err := c.store.StoredRowsOf(ctx, c.repository.ID, kind, some)
		if err != nil {
			return err
		}
		if err := s.compareRows(ctx, rows); err != nil {
			return err
		}
		for _, row := range rows {
			if kind == models.StreamPullRequests && row.DetailsState != models.DetailsDone { // not known yet
				c.skipped[models.StreamPullRequestDetails] = true
			}
		}
	}
	for _, d := range s.unsaved.Differences {
		still[[2]string{string(d.Kind), d.Subject}] = d.Drift
	}
	return nil
}

// keysOf returns the keys of the rows of a kind that show whether drifts are mended. A
// pull request shows its details; issues and pull requests show their conversations.
func keysOf(kind models.StreamKind, drifts []models.Drift) (keys []int64) {
	for _, d := range drifts {
		number, conversation := strings.CutPrefix(d.Subject, "#")
		of := d.Kind == kind && !conversation ||
			d.Kind == models.StreamPullRequestDetails && kind == models.StreamPullRequests ||
			conversation && (kind == models.StreamPullRequests || kind == models.StreamIssues)
		if key, err := strconv.ParseInt(number, 10, 64); of && err == nil && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// setRepair records whether a drift is mended. It stays queued until it was read.
func (c *comparison) setRepair(d *models.Drift, still map[[2]string]models.Drift) {
	again, differs := still[[2]string{string(d.Kind), d.Subject}]
	stream := c.stored.Streams[d.Kind]
	switch {
	case differs:
		d.Repair, d.Expected, d.Stored = models.NotMended, again.Expected, again.Stored
		d.Reason = again.Reason + ", although it was read again"
	case c.skipped[d.Kind], stream.Checkpoint.Cursor != "", d.Kind != models.StreamPullRequestDetails && c.behind(d.Kind):
	default:
		d.Repair = models.Mended
	}
}
