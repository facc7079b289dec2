package activities

import (
	"encoding/json"
	"fmt"
	"time"

	"tributary/models"
	"tributary/store"
)

// overlap is how far the watermark of a finished pass lies before the instant at which
// the pass began. For as long after a change, a list is read a second time: GitHub's
// lists lag behind its writes.
const overlap = 5 * time.Minute

// timePrecision is how long after a change GitHub may give another change the same
// time. Its times are whole seconds, and its machines do not share one clock.
const timePrecision = 10 * time.Second

// pass is what every cursor remembers of its pass. The watermark becomes the instant
// at which the pass began, never the newest row's time: a row that changes while the
// pass runs belongs to the next one.
//
// What was decided when the pass began holds until it ends, even if settings change.
// So every field is written down, also where it is zero.
type pass struct {
	Began time.Time  `json:"began"` // by GitHub's clock
	Seen  string     `json:"seen"`
	From  *time.Time `json:"from"` // how far back it reads; nil is to the beginning
	// Listed: the list is at its end. It is not known yet whether it was complete.
	Listed bool `json:"listed"`
	// Skipped: a page did not show all that is on it.
	Skipped bool `json:"skipped"`
	// Again: everything is read a second time, because something was missing.
	Again bool `json:"again"`
	// Reading is when the current reading began.
	Reading time.Time `json:"reading"`
}

// newPass starts a pass, which covers what the change probe saw before.
func newPass(at store.Claim) pass {
	return pass{Seen: at.Repository.Probe.Seen(at.Stream.Kind), From: backfillStart(at)}
}

// begin notes when the first page was read. What the probe saw is not covered while
// the next change may look the same to the probe. Nor is it covered by a first reading
// while the list may not show it yet.
func (p *pass) begin(at store.Claim, readAt time.Time) {
	if p.Reading.IsZero() {
		p.Reading = readAt
	}
	if !p.Began.IsZero() {
		return
	}
	p.Began = readAt
	age, readBefore := readAt.Sub(at.Repository.Probe.Newest(at.Stream.Kind)), at.Stream.Checkpoint.Seen == models.Uncovered+p.Seen
	if age < timePrecision || age < overlap && !readBefore {
		p.Seen = models.Uncovered + p.Seen
	}
}

// backfillStart is how far back a stream is read: as far as the integration wants now,
// or as far as it was read before, whichever is further.
func backfillStart(at store.Claim) *time.Time {
	wanted, before := at.Integration.BackfillFrom, at.Stream.Checkpoint
	if before.CompleteThrough == nil || at.Stream.Narrower(wanted) {
		return wanted
	}
	return before.CompleteFrom
}

// restarted is the pass that reads everything again.
func (p pass) restarted() pass {
	p.Listed, p.Skipped, p.Again, p.Reading = false, false, true, time.Time{}
	return p
}

// rereadSince is when reading everything again began; nil if nothing is read again.
func (p pass) rereadSince() *time.Time {
	if !p.Again {
		return nil
	}
	return &p.Reading
}

// finished is the checkpoint of a finished pass.
func (p pass) finished(at models.Checkpoint) models.Checkpoint {
	watermark := p.Began.Add(-overlap)
	at.Cursor = ""
	at.Watermark = &watermark
	at.Seen = p.Seen
	at.CompleteFrom = p.From
	at.CompleteThrough = &p.Began
	return at
}

// resume returns the stored cursor of an unfinished pass, or else the cursor of a new
// one. A list without an end may have led the pass to a place where it cannot go on;
// then a new pass begins.
func resume[C any](at store.Claim, begin func(store.Claim) C) (cursor C, err error) {
	stuck := at.Stream.FailingSince != nil && at.Stream.LastCode == models.ListEndless
	if at.Stream.Checkpoint.Cursor == "" || stuck {
		return begin(at), nil
	}
	return cursor, decode(at.Stream.Checkpoint.Cursor, &cursor)
}

// continued is a page after which the pass goes on at a cursor.
func continued(at store.Claim, cursor string, page models.Page) models.Page {
	page.Next = at.Stream.Checkpoint
	page.Next.Cursor = cursor
	return page
}

// encode makes a cursor opaque text. The types are plain, so it cannot fail.
func encode(cursor any) string {
	text, err := json.Marshal(cursor)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func decode(text string, cursor any) error {
	if err := json.Unmarshal([]byte(text), cursor); err != nil {
		return fmt.Errorf("cursor %q: %w", text, err)
	}
	return nil
}
