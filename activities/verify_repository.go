package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// verifySample is how many rows of each stream of a repository one verification compares
// one by one. With n rows, each is compared every n/500 verifications.
const verifySample = 500

// comparedKinds are the streams that are compared; the others follow from them. Issues and
// pull requests come before their comments.
func comparedKinds() []models.StreamKind {
	return slices.SortedStableFunc(slices.Values(models.ListedStreams), func(a, b models.StreamKind) int {
		return rank(a) - rank(b)
	})
}

func rank(kind models.StreamKind) int {
	if models.Describe(kind).Table().Belongs {
		return 1
	}
	return 0
}

// comparison compares one repository.
type comparison struct {
	verifier    *verifier
	store       *store.Store
	gh          *github.Client
	now         func() time.Time
	repository  models.Repository
	totals      github.RepositoryTotals
	probe       models.Probe
	stored      store.Inventory
	skipped     map[models.StreamKind]bool
	parentsGone bool            // an issue or a pull request is gone, with what belongs to it
	releases    map[int64]state // by id, once GitHub's list was read
}

func (v *verifier) newComparison(repository models.Repository, totals github.RepositoryTotals) *comparison {
	return &comparison{
		verifier: v, store: v.activities.Store, gh: v.gh, now: v.activities.Now, repository: repository, totals: totals,
		probe: probeOf(totals.Marks, totals.HasIssues), skipped: map[models.StreamKind]bool{},
	}
}

func (c *comparison) run(ctx context.Context) (err error) {
	if c.totals.Unavailable != "" {
		return c.recheckUnavailable(ctx)
	}
	if c.stored, err = c.store.Inventory(ctx, c.verifier.id, c.repository.ID); err != nil {
		return err
	}
	if err := c.compareLabels(ctx); err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	for _, kind := range comparedKinds() {
		if !c.verifier.integration.Services.Wanted(kind) || c.switchedOff(kind) {
			continue
		}
		if err := c.compare(ctx, kind); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		if c.parentsGone && c.verifier.repair {
			now, err := c.store.Inventory(ctx, c.verifier.id, c.repository.ID)
			if err != nil {
				return err
			}
			c.stored.Alive, c.parentsGone = now.Alive, false
		}
	}
	return nil
}

// switchedOff reports that GitHub has no such rows because they are switched off. That says
// nothing about stored rows.
func (c *comparison) switchedOff(kind models.StreamKind) bool {
	return c.repository.PullRequestsOff && (kind == models.StreamPullRequests || kind == models.StreamReviewComments)
}

// recheckUnavailable asks REST why a query does not show a repository, since GraphQL does
// not say that one is blocked. The answer is recorded as a sync records it.
func (c *comparison) recheckUnavailable(ctx context.Context) error {
	o := c.verifier.reader()
	o.hidesRepositories = true
	if err := c.verifier.activities.recheckRepositories(ctx, o, []models.Repository{c.repository}); err != nil {
		return err
	}
	now, err := c.store.Repository(ctx, c.repository.ID)
	switch {
	case err != nil || now.AccessCode == models.RepoBlocked || now.AccessCode == models.RepoMoved:
		return err // known, and there is nothing to compare
	case now.AccessCode == "": // REST shows it
		return &github.Error{Kind: github.ServerError, Message: "GraphQL does not count a repository that can be read: " + c.totals.Unavailable, Endpoint: "POST /graphql"}
	}
	return &github.Error{Kind: github.NotFound, Message: c.totals.Unavailable, Endpoint: "POST /graphql"}
}

// compare compares the count of a stream, and a sample of its rows.
func (c *comparison) compare(ctx context.Context, kind models.StreamKind) error {
	if c.behind(kind) {
		c.skipped[kind] = true
	}
	if _, read := c.stored.Streams[kind]; !read || kind == models.StreamIssues && !c.totals.HasIssues {
		return nil
	}
	s := c.newSample(kind)
	if c.missing(kind) {
		s.unsaved.Differences = append(s.unsaved.Differences, c.recount(kind))
	}
	if kind == models.StreamCommits {
		return s.save(ctx)
	}
	return s.run(ctx)
}

// behind reports that the next sync will read the stream, so that counts prove nothing.
func (c *comparison) behind(kind models.StreamKind) bool {
	stream := c.stored.Streams[kind]
	stream.Kind = kind
	return stream.Behind(c.probe) || stream.Narrower(c.verifier.integration.BackfillFrom)
}

// covered reports that the stream claims to have everything up to an instant.
func (c *comparison) covered(kind models.StreamKind, at time.Time) bool {
	checkpoint := c.stored.Streams[kind].Checkpoint
	switch {
	case checkpoint.Cursor != "":
		return false
	case checkpoint.Watermark != nil && at.Before(*checkpoint.Watermark):
		return true
	}
	return !c.behind(kind) && !at.After(c.probe.Newest(kind))
}

// total is how many rows GitHub has, as far as it counts them.
func (c *comparison) total(kind models.StreamKind) (n int, counted bool) {
	if kind == models.StreamCommits {
		return c.totals.CommitsTotal, c.totals.HeadSHA != "" // commits that left the branch are kept
	}
	return c.probe[kind].Total, models.Describe(kind).Counted
}

// missing reports that the stream has to be read from the beginning. Surplus rows are
// looked for one by one; which commits are surplus only a walk can tell.
func (c *comparison) missing(kind models.StreamKind) bool {
	total, counted := c.total(kind)
	if !counted || c.behind(kind) || c.stored.Streams[kind].Checkpoint.CompleteFrom != nil {
		return false
	}
	stored := c.stored.Alive[kind] + c.stored.Unreadable[kind]
	return stored < total || stored > total && kind == models.StreamCommits
}

func (c *comparison) recount(kind models.StreamKind) store.Difference {
	total, _ := c.total(kind)
	found := models.FoundMissing
	if c.stored.Alive[kind] > total {
		found = models.FoundStale // some have left the default branch
	}
	return store.Difference{Drift: models.Drift{
		Kind: kind, Finding: found, Expected: int64(total), Stored: int64(c.stored.Alive[kind]),
		Reason: fmt.Sprintf("GitHub counts %d, stored are %d", total, c.stored.Alive[kind]),
	}}
}

// surplus is how many more rows are stored than GitHub has, without those known to be gone.
func (c *comparison) surplus(kind models.StreamKind) int {
	total, counted := c.total(kind)
	if !counted || c.behind(kind) {
		return 0
	}
	found := 0
	for _, of := range c.stored.Gone {
		if of == kind {
			found++
		}
	}
	return c.stored.Alive[kind] - total - found
}
