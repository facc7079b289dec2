package ingest

import (
	"fmt"
	"time"

	"tributary/api"
	"tributary/dev/progress"
	"tributary/models"
)

// picture turns what is known of an ingestion into what is shown. It is for one
// goroutine.
type picture struct {
	organization string
	began        time.Time
	now          func() time.Time
	out          *progress.Renderer

	// imported repositories of an organization that was never read to its end; 0 of others.
	// What a sync does not have of them, one before it has read.
	imported int

	event   api.Progress // the newest
	trouble string       // what our own side suffers from
	all     forecast     // of the sync
	parts   map[int64]*forecast
	first   int64 // items that an earlier process had stored
	known   bool  // that there is an event
}

func newPicture(organization string, out *progress.Renderer, now func() time.Time) *picture {
	return &picture{organization: organization, began: now(), now: now, out: out, parts: map[int64]*forecast{}}
}

// phase shows what happens before there is a sync.
func (p *picture) phase(text string) {
	p.out.Draw(progress.Snapshot{Title: p.organization, Phase: text, Elapsed: p.elapsed(), Trouble: p.trouble})
}

// learn takes over an event.
func (p *picture) learn(event api.Progress) {
	if !p.known {
		p.first, p.known = items(event.Sync.Stored), true
	}
	p.event = event
	at := p.now()
	read, all := p.repositories()
	done := float64(read)
	for _, repository := range event.AtWork {
		part := p.parts[repository.ID]
		if part == nil {
			part = &forecast{}
			p.parts[repository.ID] = part
		}
		part.note(at, rowsOf(repository).share())
		done += part.share
	}
	if event.Sync.Repositories > 0 {
		p.all.note(at, done/float64(all))
	}
}

// repositories are how many were read, of how many.
func (p *picture) repositories() (read, all int) {
	sync := p.event.Sync
	before := max(p.imported-sync.Repositories, 0)
	return before + sync.Done + sync.Failed, before + sync.Repositories
}

// draw shows what is known, at the time of now.
func (p *picture) draw() {
	if !p.known {
		p.phase("starting")
		return
	}
	sync := p.event.Sync
	s := progress.Snapshot{
		Title: p.organization, Phase: p.state(), Elapsed: p.elapsed(), Trouble: p.trouble,
		Footer: footer(p.event, items(sync.Stored)-p.first, p.elapsed()),
	}
	if sync.Repositories > 0 {
		s.Overall = &progress.Bar{Name: "all", Share: p.all.share, Count: p.overall()}
	}
	for _, repository := range p.event.AtWork {
		s.Bars = append(s.Bars, bar(repository, p.parts[repository.ID].share))
	}
	p.out.Draw(s)
}

// overall is the share in percent and how long the rest takes: as long as all of it at the
// pace so far, and no less than the slowest repository at its own.
func (p *picture) overall() string {
	text := fmt.Sprintf("%d %%", int(p.all.share*100))
	if p.event.Sync.State == models.SyncWaiting || p.trouble != "" {
		return text
	}
	left, known := p.all.left(p.now())
	for _, repository := range p.event.AtWork {
		if own, ok := p.parts[repository.ID].left(p.now()); ok {
			left = max(left, own)
		}
	}
	if !known {
		return text
	}
	return text + ", " + progress.About(left) + " left"
}

func (p *picture) finish(ended api.Sync) {
	p.out.Finish(progress.Snapshot{Title: p.organization, Phase: string(ended.State), Elapsed: p.elapsed()})
}

func (p *picture) elapsed() time.Duration { return p.now().Sub(p.began) }

// state is what the sync does now.
func (p *picture) state() string {
	sync := p.event.Sync
	read, all := p.repositories()
	switch {
	case sync.Cause != nil && sync.State != models.SyncWaiting:
		return fmt.Sprintf("held up by %s, which is tried again: %s", sync.Cause.Code, sync.Cause.Detail)
	case sync.State == models.SyncQueued:
		return "starting"
	case sync.State == models.SyncWaiting && sync.WaitingUntil != nil:
		return waitingUntil(*sync.WaitingUntil, p.now()) + "; " + missing(sync, read, all)
	case sync.Repositories == 0:
		return "asking what changed"
	}
	return fmt.Sprintf("%s of %s repositories", number(read), number(all))
}

// waitingUntil counts down.
func waitingUntil(end, now time.Time) string {
	return fmt.Sprintf("waiting for GitHub's limit until %s, %s to go", end.Local().Format("15:04:05 MST"), progress.Duration(end.Sub(now)))
}

func missing(sync api.Sync, read, all int) string {
	switch {
	case sync.Repositories == 0:
		return "what changed is not known yet"
	case all-read == 1:
		return fmt.Sprintf("1 of %s repositories is still missing", number(all))
	}
	return fmt.Sprintf("%s of %s repositories are still missing", number(all-read), number(all))
}

func number(n int) string { return progress.Number(int64(n)) }

// footer has rates of what this process has stored, not one before it.
func footer(event api.Progress, stored int64, elapsed time.Duration) []string {
	parts := []string{
		counted(items(event.Sync.Stored), "item"),
		progress.Number(int64(float64(stored)/max(elapsed.Seconds(), 1))) + " a second",
		counted(event.Sync.Usage.Requests, "request"),
		counted(event.Sync.Usage.GraphQLPoints, "point"),
	}
	for _, budget := range event.Budgets {
		if budget.Limit == 0 {
			continue // leased, but GitHub has not said yet how much there is
		}
		parts = append(parts, fmt.Sprintf("%s %s of %s left", budgetName(budget.Resource), number(budget.Remaining), number(budget.Limit)))
	}
	return parts
}

// counted is a number of things.
func counted(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return progress.Number(n) + " " + one + "s"
}

// budgetName is what people call what GitHub counts.
func budgetName(resource string) string {
	switch resource {
	case "core":
		return "REST"
	case "graphql":
		return "GraphQL"
	}
	return resource
}

// items are the rows that people count; accounts and repositories are left out.
func items(c api.Counts) int64 {
	return models.Counts(c).Items()
}
