package github

import (
	"cmp"
	"context"
	"fmt"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// Repository is a repository and its present owner. Empty, HeadSHA, the totals and the newest updates are zero, and
// DefaultBranch has a name in an empty repository too.
type Repository struct {
	ProbedRepository
	OwnerID int64
	ReadAt  time.Time // as a Page's
}

// RepositoryByID looks a repository up by its id, which a rename or transfer does not change. The kind NotFound means
// that it is deleted or hidden, Blocked that GitHub has taken it down.
// https://docs.github.com/rest/repos/repos#get-a-repository
func (c *Client) RepositoryByID(ctx context.Context, id int64) (Repository, error) {
	r, began := new(gh.Repository), c.host.now()
	resp, err := c.get(ctx, fmt.Sprintf("repositories/%d", id), r)
	if err != nil {
		return Repository{}, err
	}
	if r.GetID() != id {
		return Repository{}, responseError(resp.Request, resp.Response, Moved, "another repository answered")
	}
	return Repository{ProbedRepository: listedRepository(r), OwnerID: r.GetOwner().GetID(), ReadAt: c.host.atGitHub(began)}, nil
}

// visibilityOf knows old Enterprise Servers, which have only private.
func visibilityOf(r *gh.Repository) string {
	if r.GetPrivate() {
		return cmp.Or(r.GetVisibility(), "private")
	}
	return cmp.Or(r.GetVisibility(), "public")
}

// listedRepository is a repository from REST.
func listedRepository(r *gh.Repository) ProbedRepository {
	p := ProbedRepository{
		ID:            r.GetID(),
		NodeID:        r.GetNodeID(),
		Name:          r.GetName(),
		FullName:      r.GetFullName(),
		Description:   r.GetDescription(),
		Language:      r.GetLanguage(),
		Visibility:    visibilityOf(r),
		Fork:          r.GetFork(),
		Archived:      r.GetArchived(),
		Disabled:      r.GetDisabled(),
		HasIssues:     r.GetHasIssues(),
		DefaultBranch: r.GetDefaultBranch(),
		CreatedAt:     r.GetCreatedAt().Time,
		UpdatedAt:     r.GetUpdatedAt().Time,
	}
	if r.PushedAt != nil {
		p.PushedAt = &r.PushedAt.Time
	}
	return p
}
