package activities

import (
	"cmp"
	"context"
	"slices"
	"time"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// keyCursor is a place in a list that is sorted by update time, oldest first.
//
// Page numbers shift whenever a row before them is edited or deleted. So the place is
// a time: each page asks for what was updated since the last row of the page before.
// Rows are skipped only inside a second that has more rows than a page.
type keyCursor struct {
	pass
	Since   time.Time  `json:"since"` // whole seconds, as the list is asked
	Until   *time.Time `json:"until"` // the pass only widens the backfill, up to here
	Skip    int        `json:"skip"`  // rows of that second that were read
	Size    int        `json:"size"`  // of a page inside the second, where GitHub gives less than it was asked for
	LastIDs []int64    `json:"tail"`  // the ids of that second that were read last; one of them must appear again

	Reached time.Time `json:"reached"` // the furthest that the walk has come
	Idle    int       `json:"idle"`    // pages since then that brought nothing or sent the walk back

	Moved time.Time `json:"moved"` // from here on it is looked for what the list does not show
	// Parents: nothing is listed. The rows are asked for by what they belong to.
	Parents bool `json:"parents"`
	After   int  `json:"after"` // the rows of what has keys up to this one were read
}

// maxIdlePages is how many pages in a row may bring nothing before the walk ends for this
// sync. Such a list does not keep the order that the walk relies on.
const maxIdlePages = 8

// maxRowsInSecond bounds the rows of one second. GitHub lists 40,000 of them.
const maxRowsInSecond = 100_000

// row is what a key walk knows of a row; a value that cannot be read is zero.
type row struct {
	ID        int64
	UpdatedAt time.Time
}

// keyed is a row of GitHub's that is listed by update time.
type keyed interface {
	GetID() int64
	GetUpdatedAt() gh.Timestamp
}

// keyList is a list that is sorted by update time.
type keyList[T keyed] struct {
	ask  func(ctx context.Context, repositoryID int64, at github.Position) (github.Page[T], error)
	page func(repositoryID int64, listed github.Page[T]) models.Page
	// explain, where it is not nil, reads what the list did not show, once it is at its
	// end. It sets cursor.After to where it goes on, or to 0 when it has read everything.
	explain readParents
	// parents, where it is not nil, reports whether a first reading better asks for the rows
	// by what they belong to, with ofParents, and since when rows may have changed.
	parents   func(ctx context.Context, client *github.Client, at store.Claim) (asOf time.Time, better bool, err error)
	ofParents readParents
	// head, where it is not nil, reads all rows of a short list together with those of
	// other repositories. Not ok means that it has to be listed.
	head func(ctx context.Context, client *github.Client, at store.Claim) (listed github.Page[T], ok bool, err error)
}

// readParents reads the rows of some parents, behind those up to cursor.After.
type readParents func(ctx context.Context, client *github.Client, at store.Claim, cursor *keyCursor) (models.Page, error)

// readKeys reads the next page of such a list.
func readKeys[T keyed](ctx context.Context, a *Activities, client *github.Client, at store.Claim, list keyList[T]) (models.Page, error) {
	cursor, err := resume(at, a.newKeyCursor)
	if err == nil && cursor.first(at) {
		if page, done, err := readFirst(ctx, client, at, list, &cursor); err != nil || done {
			return page, err
		}
	}
	switch {
	case err != nil:
		return models.Page{}, err
	case cursor.Listed:
		return endKeys(ctx, a, client, at, list, cursor)
	}
	position := cursor.position()
	listed, err := list.ask(ctx, at.Repository.ID, position)
	if isKind(err, github.Gone) {
		// Issues are switched off: there is nothing, and that is complete.
		cursor.begin(at, client.AtGitHub(a.Now()))
		if at.Repository.HasIssues {
			cursor.Seen = "" // when the probe looked they were on
		}
		return models.Page{Next: cursor.finished(at.Stream.Checkpoint)}, nil
	}
	if err != nil {
		return models.Page{}, err
	}
	cursor.begin(at, listed.ReadAt)
	cursor.Skipped = cursor.Skipped || listed.Skips()
	page := list.page(at.Repository.ID, listed)
	page.Expected = int64(at.Repository.Probe[at.Stream.Kind].Total)
	rows := rowsOf(listed)
	next, ended := cursor.after(rows, listed.First, listed.Size, listed.Next != "")
	switch {
	case next.Idle > maxIdlePages || next.Skip > maxRowsInSecond:
		return models.Page{}, &github.Error{Kind: github.Endless, Message: "the list of " + string(at.Stream.Kind) + " goes on and brings nothing new"}
	case !ended && !cursor.widened(rows):
		page.Ahead = true
		return continued(at, encode(next), page), nil
	case cursor.Skipped || cursor.Until == nil && (list.explain != nil || maybeIncomplete(at, cursor.pass)):
		cursor.Listed = true
		return continued(at, encode(cursor), page), nil
	}
	page.Next, page.Gap = cursor.finished(at.Stream.Checkpoint), at.Stream.Gap
	return page, nil
}

// first reports whether a reading begins that has to bring everything. With a backfill
// window only the list knows what belongs to it: editing a comment does not move its issue.
func (c keyCursor) first(at store.Claim) bool {
	return c.Began.IsZero() && !c.Again && c.From == nil && at.Stream.Checkpoint.CompleteThrough == nil
}

// readFirst reads a list without listing it, where that is possible and costs less. Else
// it is not done.
func readFirst[T keyed](ctx context.Context, client *github.Client, at store.Claim, list keyList[T], cursor *keyCursor) (page models.Page, done bool, err error) {
	if list.parents != nil {
		asOf, better, err := list.parents(ctx, client, at)
		if better {
			cursor.Parents, cursor.Listed = true, true
			cursor.begin(at, asOf)
		}
		return page, false, err
	}
	if list.head == nil {
		return page, false, nil
	}
	listed, ok, err := list.head(ctx, client, at)
	if err != nil || !ok {
		return page, false, err
	}
	return cursor.endWhole(at, list.page(at.Repository.ID, listed), listed.Total), true, nil
}

// listing is the cursor that lists everything in place of asking for parents.
func (c keyCursor) listing() keyCursor {
	c.Parents, c.Listed, c.After = false, false, 0
	return c
}

// endKeys reads what a list did not show, and finishes the pass.
func endKeys[T keyed](ctx context.Context, a *Activities, client *github.Client, at store.Claim, list keyList[T], cursor keyCursor) (page models.Page, err error) {
	more := list.explain
	if cursor.Parents {
		more = list.ofParents
	}
	if more != nil {
		if page, err = more(ctx, client, at, &cursor); err != nil {
			return models.Page{}, err
		}
		if cursor.After > 0 || !cursor.Listed {
			return continued(at, encode(cursor), page), nil
		}
	}
	again, gap, err := a.findGap(ctx, client, at, cursor.pass)
	switch {
	case err != nil:
		return models.Page{}, err
	case again:
		return continued(at, encode(keyCursor{pass: cursor.restarted(), Since: beginning(cursor.From)}), page), nil
	}
	page.Next, page.Gap, page.Reread = cursor.finished(at.Stream.Checkpoint), gap, cursor.rereadSince()
	return page, nil
}

// newKeyCursor begins a walk at the watermark of the last one, or as far back as the
// stream is read.
func (a *Activities) newKeyCursor(at store.Claim) keyCursor {
	cursor := keyCursor{pass: newPass(at)}
	cursor.Again = at.Stream.Gap.Due(a.Now())
	before, narrower := at.Stream.Checkpoint, at.Stream.Narrower(at.Integration.BackfillFrom)
	whole := before.Watermark == nil || issuesAppeared(at)
	switch {
	case !whole && !narrower && !cursor.Again:
		cursor.Since = beginning(before.Watermark)
	case !whole && narrower:
		cursor.Since, cursor.Until, cursor.Again = beginning(cursor.From), before.CompleteFrom, false
	default:
		cursor.Since = beginning(cursor.From)
	}
	cursor.Moved = cursor.Since
	if through := before.CompleteThrough; !whole && through != nil && through.Before(cursor.Moved) {
		cursor.Moved = *through // taken back since the last walk
	}
	return cursor
}

// beginning is the first second of a list that goes back to an instant.
func beginning(from *time.Time) time.Time {
	if from == nil {
		return time.Time{}
	}
	return second(*from)
}

// finished is the checkpoint of a finished walk. A walk that only widened the backfill
// has not read what is new.
func (c keyCursor) finished(at models.Checkpoint) models.Checkpoint {
	if c.Until == nil {
		return c.pass.finished(at)
	}
	at.Cursor, at.CompleteFrom = "", c.From
	return at
}

// issuesAppeared reports that the probe sees issues and the last pass saw none.
// They may have been switched off, and GitHub may have hidden issues that are older
// than the watermark. Only a walk from the beginning finds all of them.
func issuesAppeared(at store.Claim) bool {
	return at.Repository.Probe[models.StreamIssues].Total > 0 && !models.SawIssues(at.Stream.Checkpoint.Seen)
}

// pageOverlap is how many rows of the page before are read again inside a second. As
// many may leave the second between two pages without sending the walk back.
const pageOverlap = 20

// maxLastIDs bounds how many ids are remembered. A list that repeats itself has fewer
// on its pages.
const maxLastIDs = 300

// position is where the next page is read. Behind an idle page nothing is read again, so
// that the page can bring something new.
func (c keyCursor) position() github.Position {
	at := github.Position{Since: c.Since, Skip: c.Skip, Size: c.Size}
	if c.Idle == 0 {
		at.Skip = max(0, c.Skip-min(pageOverlap, c.Size/4))
	}
	return at
}

// after returns the place after a page, or reports that the walk has ended. The page
// begins with row number from since the cursor's time, and room is its full size.
func (c keyCursor) after(page []row, from, room int, more bool) (next keyCursor, ended bool) {
	next = c
	met := slices.IndexFunc(page, c.wasLast)
	if len(c.LastIDs) > 0 && met < 0 && (c.Skip == 0 || from > 0) {
		return c.stepBack(), false
	}
	if !more {
		return c, true
	}
	last := lastKnown(page)
	if at := second(last.UpdatedAt); at.After(c.Since) {
		next.Since, next.Skip, next.Size, next.LastIDs = at, 0, 0, idsIn(page, at)
		if at.After(c.Reached) {
			next.Reached, next.Idle = at, 0
		}
		return next, false
	}
	// The page lies within one second, or its times are unknown.
	switch next.Skip, next.Size = from+len(page), cmp.Or(c.Size, room); {
	case len(page) == 0:
		next.Skip = from + room
	case len(page) < room:
		next.Size = len(page)
	}
	ids := idsIn(page, c.Since)
	if fresh := slices.ContainsFunc(page[met+1:], func(r row) bool { return r.ID == 0 || !c.wasLast(r) }); fresh && (met >= 0 || len(c.LastIDs) == 0) {
		next.Idle = 0
	} else {
		next.Idle++
	}
	tail := slices.DeleteFunc(slices.Clone(c.LastIDs), func(id int64) bool { return slices.Contains(ids, id) })
	tail = append(tail, ids...)
	next.LastIDs = tail[max(0, len(tail)-maxLastIDs):]
	return next, false
}

// stepBack is where the walk goes when no row of the page before appears again. Inside a
// second, so many rows have left that the next ones moved up: they are looked for
// further and further up. Otherwise the last rows were edited or deleted, or GitHub
// answered from a list that lags. Going back a little is right in both cases.
func (c keyCursor) stepBack() keyCursor {
	if c.Skip > 0 {
		if c.Skip = max(0, c.Skip-(c.Size<<c.Idle)); c.Skip == 0 {
			c.LastIDs = nil // the second is read from its beginning
		}
	} else {
		c.Since, c.LastIDs = c.Since.Add(-overlap), nil
	}
	c.Idle++
	return c
}

func (c keyCursor) wasLast(r row) bool { return r.ID != 0 && slices.Contains(c.LastIDs, r.ID) }

// widened reports that a walk which widens the backfill has come to what is stored.
func (c keyCursor) widened(page []row) bool {
	return c.Until != nil && lastKnown(page).UpdatedAt.After(*c.Until)
}

func lastKnown(page []row) (last row) {
	for _, r := range page {
		if !r.UpdatedAt.IsZero() {
			last = r
		}
	}
	return last
}

// idsIn are the rows of a page that share a second.
func idsIn(page []row, at time.Time) (ids []int64) {
	for _, r := range page {
		if r.ID != 0 && second(r.UpdatedAt).Equal(at) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// second cuts a time to what GitHub can be asked for: it ignores fractions.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// rowsOf returns all rows of a page in order, also those that cannot be decoded.
func rowsOf[T keyed](listed github.Page[T]) []row {
	rows := make([]row, 0, len(listed.Items)+len(listed.Malformed))
	for _, item := range listed.Items {
		rows = append(rows, row{item.GetID(), item.GetUpdatedAt().Time})
	}
	for _, m := range listed.Malformed {
		rows = slices.Insert(rows, min(m.Index, len(rows)), row{m.ID, m.UpdatedAt})
	}
	return rows
}
