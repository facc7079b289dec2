package activities

import (
	"context"
	"slices"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// keyCursor is a place in a list that is sorted by update time, oldest first.
//
// Page numbers shift whenever a row before them is edited or deleted, so the
// place is a time: each page asks for what was updated since the last row of
// the page before. Only where more rows than a page share that very second are
// rows skipped, inside the second.
type keyCursor struct {
	pass
	Since    time.Time  `json:"since"`
	Boundary int64      `json:"boundary,omitempty"` // id of the last row read; it must appear again
	Skip     int        `json:"skip,omitempty"`     // rows of that second that were read
	Until    *time.Time `json:"until,omitempty"`    // the pass only widens the backfill, up to here
}

// row is what a key walk has to know of a row.
type row struct {
	ID        int64
	UpdatedAt time.Time
}

// list asks for one page of a list that is sorted by update time.
type list[T any] func(ctx context.Context, repositoryID int64, since time.Time, skip int) (github.Page[T], error)

// walkKeys reads the next page of such a list and says where the next begins.
func walkKeys[T any](ctx context.Context, a *Activities, at store.Claim, list list[T], identify func(T) row) (github.Page[T], models.Checkpoint, error) {
	cursor := a.openKeys(at)
	if open := at.Stream.Checkpoint.Cursor; open != "" {
		if err := decode(open, &cursor); err != nil {
			return github.Page[T]{}, models.Checkpoint{}, err
		}
	}
	listed, err := list(ctx, at.Repository.ID, cursor.Since, cursor.Skip)
	if isKind(err, github.Gone) {
		// Issues are switched off: there is nothing, and that is complete.
		if at.Repository.HasIssues {
			cursor.Seen = "" // when the probe looked they were on
		}
		return listed, cursor.closed(at.Stream.Checkpoint), nil
	}
	if err != nil {
		return listed, models.Checkpoint{}, err
	}
	read := rows(listed.Items, identify)
	next := cursor.after(read, listed.Next != "")
	if next == nil || cursor.widened(read) {
		return listed, cursor.closed(at.Stream.Checkpoint), nil
	}
	checkpoint := at.Stream.Checkpoint
	checkpoint.Cursor = encode(*next)
	return listed, checkpoint, nil
}

// openKeys begins a walk where the last one's watermark is, or as far back as the
// stream reaches.
func (a *Activities) openKeys(at store.Claim) keyCursor {
	cursor := keyCursor{pass: a.opened(at)}
	before := at.Stream.Checkpoint
	if before.Watermark != nil && !issuesAppeared(at) && !at.Stream.Narrower(at.Integration.BackfillFrom) {
		cursor.Since = *before.Watermark
		return cursor
	}
	if cursor.From != nil {
		cursor.Since = *cursor.From
	}
	if at.Stream.Narrower(at.Integration.BackfillFrom) && before.Watermark != nil && !issuesAppeared(at) {
		cursor.Until = before.CompleteFrom
	}
	return cursor
}

// closed is the checkpoint of a finished walk. One that only widened the
// backfill has seen nothing of what is new.
func (c keyCursor) closed(at models.Checkpoint) models.Checkpoint {
	if c.Until == nil {
		return c.pass.closed(at)
	}
	at.Cursor, at.CompleteFrom = "", c.From
	return at
}

// issuesAppeared reports that the probe sees issues and the last pass saw none.
// They may have been switched off, and what GitHub hid then can be older than
// the watermark: only a walk from the beginning finds all of it.
func issuesAppeared(at store.Claim) bool {
	return at.Repository.Probe.IssuesTotal > 0 && !models.SawIssues(at.Stream.Checkpoint.Seen)
}

// after returns the place after a page, or nil when the walk is finished.
func (c keyCursor) after(page []row, more bool) *keyCursor {
	boundary := slices.IndexFunc(page, func(r row) bool { return r.ID == c.Boundary })
	switch {
	case c.Boundary != 0 && boundary < 0:
		// The last row read was edited or deleted meanwhile, or others of its
		// second were and it moved up, or GitHub answered from a list that lags.
		// Going back a little is right whichever it was.
		c.Since, c.Boundary, c.Skip = c.Since.Add(-overlap), 0, 0
		return &c
	case !more || len(page) == 0:
		return nil
	}
	last := page[len(page)-1]
	switch {
	case !last.UpdatedAt.Equal(c.Since):
		c.Since, c.Skip = last.UpdatedAt, 0
	case c.Skip == 0: // a full second
		c.Skip = len(page)
	default:
		c.Skip += len(page) - boundary - 1
	}
	c.Boundary = last.ID
	return &c
}

// widened reports whether a page reaches what was stored before.
func (c keyCursor) widened(page []row) bool {
	return c.Until != nil && len(page) > 0 && page[len(page)-1].UpdatedAt.After(*c.Until)
}

func rows[T any](items []T, identify func(T) row) []row {
	identified := make([]row, len(items))
	for i, item := range items {
		identified[i] = identify(item)
	}
	return identified
}
