package activities

import (
	"encoding/json"
	"fmt"
	"time"

	"tributary/models"
	"tributary/store"
)

// overlap is how far a finished pass's watermark lies before the instant the
// pass began: clocks differ, and GitHub's lists lag behind its writes.
const overlap = 5 * time.Minute

// moment is how long after a change GitHub may still show another with the same
// time: its times are whole seconds, and its clock is not ours.
const moment = 10 * time.Second

// pass is what every cursor remembers of the pass it belongs to. The watermark
// becomes the instant the pass began, never the newest row's time: a row that
// changes while the pass runs belongs to the next one.
type pass struct {
	Began time.Time  `json:"began"`
	Seen  string     `json:"seen"`
	From  *time.Time `json:"from,omitempty"` // how far back it reads; nil is to the beginning
}

// opened starts a pass. It covers what the change probe saw before, unless that
// is so young that the next change may look the same to the probe.
func (a *Activities) opened(at store.Claim) pass {
	p := pass{Began: a.Now().UTC(), Seen: at.Repository.Probe.Seen(at.Stream.Kind), From: reach(at)}
	if p.Began.Sub(at.Repository.Probe.Newest(at.Stream.Kind)) < moment {
		p.Seen = models.Uncovered + p.Seen
	}
	return p
}

// reach is how far back a stream is read: as far as is wanted by now, or as it
// was read before where that is further.
func reach(at store.Claim) *time.Time {
	wanted, before := at.Integration.BackfillFrom, at.Stream.Checkpoint
	if before.CompleteThrough == nil || at.Stream.Narrower(wanted) {
		return wanted
	}
	return before.CompleteFrom
}

// closed is the checkpoint of a finished pass.
func (p pass) closed(at models.Checkpoint) models.Checkpoint {
	watermark := p.Began.Add(-overlap)
	at.Cursor = ""
	at.Watermark = &watermark
	at.Seen = p.Seen
	at.CompleteFrom = p.From
	at.CompleteThrough = &p.Began
	return at
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
