package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// The end of a list does not prove that the list was complete. Where GitHub counts what
// it lists, the count is compared with what is stored. A shortfall is looked into at
// once, and again at growing intervals.
const (
	minGapRetry = 10 * time.Minute
	maxGapRetry = 7 * 24 * time.Hour
)

// skippedPages is the detail of a gap that no count shows.
const skippedPages = "pages of GitHub's list were empty although others follow, or could not be read"

// maybeIncomplete reports that something may be missing at the end of a list: what a page
// did not show, a row that GitHub counts, or what was missing before.
func maybeIncomplete(at store.Claim, p pass) bool {
	return p.Skipped || at.Stream.Gap.Code != "" || countedByProbe(at, p) > at.Stream.Stored
}

// countedByProbe is how many rows the change probe counted. It is 0 where the count says
// nothing about a list, such as one that is not read back to the beginning.
func countedByProbe(at store.Claim, p pass) int64 {
	if p.From != nil || !models.Describe(at.Stream.Kind).Counted {
		return 0
	}
	return int64(at.Repository.Probe[at.Stream.Kind].Total)
}

// findGap says what is missing when a list has come to its end, or that everything has
// to be read again.
func (a *Activities) findGap(ctx context.Context, gh *github.Client, at store.Claim, p pass) (again bool, gap models.Gap, err error) {
	held, err := a.Store.Holds(ctx, at.Repository.ID, at.Stream.Kind, p.rereadSince())
	if err != nil {
		return false, gap, err
	}
	total, err := recount(ctx, gh, at, countedByProbe(at, p), held)
	if err != nil {
		return false, gap, err
	}
	known := at.Stream.Gap
	switch short := total - held.Alive - held.Unreadable; {
	case (short > 0 || p.Skipped) && known.Code == "" && !p.Again:
		return true, gap, nil
	case p.Skipped, known.Detail == skippedPages && !p.Again: // only a pass that reads everything finds out
		gap = models.Gap{Code: models.ListIncomplete, Detail: skippedPages}
	case short > 0:
		gap = models.Gap{Code: models.ListIncomplete, Detail: fmt.Sprintf("GitHub counts %d and lists %d", total, total-short)}
	case held.Unreadable > 0:
		gap = models.Gap{Code: models.ListIncomplete, Detail: fmt.Sprintf("%d rows of GitHub's list cannot be read", held.Unreadable)}
	default:
		return false, gap, nil
	}
	gap.RetryAt = known.RetryAt
	if known.RetryAt == nil || p.Again {
		gap.RetryAt = a.gapRetryAt(known)
	}
	return false, gap, nil
}

// gapRetryAt is when everything is read again because of a gap. The longer the gap has
// been known, the longer is the wait.
func (a *Activities) gapRetryAt(known models.Gap) *time.Time {
	now, wait := a.Now().UTC(), minGapRetry
	if known.Since != nil {
		wait = min(max(now.Sub(*known.Since), minGapRetry), maxGapRetry)
	}
	return new(now.Add(wait))
}

// recount asks GitHub for the number of rows again if fewer are stored than the probe
// counted. Rows that left between the probe and the list are not missing. Nor are rows
// that came after the probe.
func recount(ctx context.Context, gh *github.Client, at store.Claim, probed int64, held store.Held) (int64, error) {
	if probed <= held.Alive+held.Unreadable {
		return probed, nil
	}
	totals, err := gh.RepositoryTotals(ctx, []string{at.Repository.NodeID})
	var refused *github.Error
	switch {
	case isKind(err, github.QueriesRefused) && at.Stream.Kind == models.StreamPullRequests:
		return probed, nil
	case errors.As(err, &refused) && !refused.Temporary():
		return 0, nil // the probe was an estimate, in which pull requests are issues
	case refused != nil || err == nil && totals[0].Unavailable != "":
		return probed, nil
	case err != nil:
		return 0, err
	}
	now := probeOf(totals[0].Marks, totals[0].HasIssues)
	return min(probed, int64(now[at.Stream.Kind].Total)), nil
}
