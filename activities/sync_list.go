package activities

import (
	"context"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// listCursor is a place in a list whose pages are linked.
type listCursor struct {
	pass
	Next string `json:"next"`
	// Until: the list is sorted by update and read down to there.
	Until *time.Time `json:"until"`
}

// follow says what comes after a page of a list: the next page, a check of whether the
// list was complete, or the end of the pass.
func (c listCursor) follow(at store.Claim, next string, page models.Page) models.Page {
	page.Expected = int64(at.Repository.Probe[at.Stream.Kind].Total)
	c.Next, c.Listed = next, next == "" && maybeIncomplete(at, c.pass)
	page.Ahead = next != ""
	if next != "" || c.Listed {
		return continued(at, encode(c), page)
	}
	page.Next = c.finished(at.Stream.Checkpoint)
	return page
}

// endList compares what is stored with GitHub's count. It finishes the pass, or begins
// to read everything again. The pages of a list move when a row is deleted meanwhile,
// so that a row may be missed.
func (a *Activities) endList(ctx context.Context, gh *github.Client, at store.Claim, cursor listCursor) (models.Page, error) {
	again, gap, err := a.findGap(ctx, gh, at, cursor.pass)
	if err != nil {
		return models.Page{}, err
	}
	if again {
		return continued(at, encode(listCursor{pass: cursor.restarted(), Until: cursor.From}), models.Page{}), nil
	}
	return models.Page{Next: cursor.finished(at.Stream.Checkpoint), Gap: gap, Reread: cursor.rereadSince()}, nil
}
