package ingest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tributary/api"
	"tributary/dev/progress"
	"tributary/models"
)

// picture turns progress events into what is shown.
type picture struct {
	organization string
	began        time.Time
	out          *progress.Renderer
	last         progress.Snapshot
}

func newPicture(organization string, out *progress.Renderer) *picture {
	return &picture{organization: organization, began: time.Now(), out: out}
}

func (p *picture) draw(event api.Progress) {
	p.last = progress.Snapshot{
		Title:   p.organization,
		Phase:   phase(event.Sync),
		Elapsed: time.Since(p.began),
		Footer:  footer(event, time.Since(p.began)),
	}
	for _, repository := range event.AtWork {
		p.last.Bars = append(p.last.Bars, bar(repository))
	}
	p.out.Draw(p.last)
}

func (p *picture) finish(ended api.Sync) {
	p.last.Title, p.last.Phase, p.last.Elapsed = p.organization, string(ended.State), time.Since(p.began)
	p.last.Bars, p.last.Footer = nil, ""
	p.out.Finish(p.last)
}

func phase(sync api.Sync) string {
	switch {
	case sync.Cause != nil && !sync.State.Ended():
		return fmt.Sprintf("held up by %s, which is tried again: %s", sync.Cause.Code, sync.Cause.Detail)
	case sync.State == models.SyncQueued:
		return "starting"
	case sync.State == models.SyncWaiting && sync.WaitingUntil != nil:
		return waitingUntil(*sync.WaitingUntil)
	case sync.Repositories == 0:
		return "asking what changed"
	default:
		return fmt.Sprintf("%d of %d repositories", sync.Done+sync.Failed, sync.Repositories)
	}
}

func waitingUntil(end time.Time) string {
	return "waiting for GitHub's limit until " + end.Local().Format("15:04:05")
}

// bar adds up what a repository's streams have. Commits and pull requests count
// twice: they are listed, and then completed.
func bar(repository api.RepositoryProgress) progress.Bar {
	b := progress.Bar{Name: repository.FullName}
	var notes []string
	for _, stream := range repository.Streams {
		b.Done += stream.Stored
		b.Total += times(stream.Kind) * max(stream.Expected, stream.Stored)
		if stream.Cause != nil && !slices.Contains(notes, string(stream.Cause.Code)) {
			notes = append(notes, string(stream.Cause.Code))
		}
	}
	b.Note = strings.Join(notes, ", ")
	return b
}

// times is how often a row of a stream counts. Streams that complete one row each
// count with the rows of the list.
func times(kind models.StreamKind) int64 {
	completes := func(d models.Description) bool {
		return len(d.Fills) == 1 && d.Fills[0].Table.Name == models.Describe(kind).Tables[0].Name
	}
	switch stream := models.Describe(kind); {
	case len(stream.Fills) == 1:
		return 0
	case stream.Listed() && slices.ContainsFunc(models.Streams, completes):
		return 2
	}
	return 1
}

func footer(event api.Progress, elapsed time.Duration) string {
	parts := []string{
		fmt.Sprintf("%d items", items(event.Sync.Stored)),
		fmt.Sprintf("%.0f/s", float64(items(event.Sync.Stored))/max(elapsed.Seconds(), 1)),
		fmt.Sprintf("%d requests", event.Sync.Usage.Requests),
		fmt.Sprintf("%d points", event.Sync.Usage.GraphQLPoints),
	}
	for _, budget := range event.Budgets {
		if budget.Limit == 0 {
			continue // leased, but GitHub has not said yet how much there is
		}
		parts = append(parts, fmt.Sprintf("%s %d of %d left", budget.Resource, budget.Remaining, budget.Limit))
	}
	return strings.Join(parts, " · ")
}

// items are the rows that people count; accounts and repositories are left out.
func items(c api.Counts) int64 {
	return models.Counts(c).Items()
}
