package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// Release is a release as REST lists it.
type Release struct {
	gh.RepositoryRelease
	UpdatedAt *gh.Timestamp `json:"updated_at"`
}

// Changed is the time of the last change. Hosts that do not tell it tell when the release was published; what
// changed since then is seen all the same, because the row differs.
func (r *Release) Changed() time.Time {
	return cmp.Or(r.UpdatedAt.GetTime(), r.PublishedAt.GetTime(), r.CreatedAt.GetTime(), &time.Time{}).UTC()
}

func (r *Release) lastChange() time.Time { return r.Changed() }

// Releases lists releases, in an order that GitHub does not promise: created_at is the time of the tagged commit.
// Drafts are shown to those only who may write to the repository.
// https://docs.github.com/rest/releases/releases#list-releases
func (c *Client) Releases(ctx context.Context, repositoryID int64, cursor string) (Page[*Release], error) {
	return list[Release](ctx, c, inRepository(repositoryID, "releases", url.Values{}), cursor)
}

// ReleasePresence asks whether a release still exists.
// https://docs.github.com/rest/releases/releases#get-a-release
func (c *Client) ReleasePresence(ctx context.Context, repositoryID, releaseID int64) (Presence, error) {
	return c.presence(ctx, fmt.Sprintf("repositories/%d/releases/%d", repositoryID, releaseID))
}

// newestRelease counts releases and looks at the first of the list. A repository that is hidden says so when it is
// asked for more.
func (c *Client) newestRelease(ctx context.Context, p *ProbedRepository) error {
	first, err := list[Release](ctx, c, inRepository(p.ID, "releases", url.Values{"per_page": {"1"}}), "")
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if p.Releases.Count = first.Total; len(first.Items) > 0 {
		p.Releases.NewestAt = new(first.Items[0].Changed())
	}
	return nil
}
