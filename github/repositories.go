package github

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// OrganizationRef names an organization for both of GitHub's APIs. Logins are no names: they can be taken over.
type OrganizationRef struct {
	ID     int64
	NodeID string
}

// RepositoriesPage is one page of an organization's repositories.
type RepositoriesPage struct {
	OrganizationID int64
	Login          string // as it is now; logins change
	Total          int    // with REST rounded up to full pages
	Repositories   []ProbedRepository
	Next           string // cursor of the next page; empty on the last
	ReadAt         time.Time
	// REST says that GraphQL was refused. IssuesTotal is then 1 where there are issues or pull requests, and
	// NewestIssueAt the newest update among both.
	REST bool
	// Unreadable are the repositories that GitHub returned incompletely, each with its reason. They are not
	// in Repositories, and not gone.
	Unreadable []string
}

// ProbedRepository is a repository with what shows whether anything in it has changed.
type ProbedRepository struct {
	ID            int64
	NodeID        string
	Name          string
	FullName      string
	Description   string
	Language      string
	Visibility    string // public, private or internal
	Fork          bool
	Archived      bool
	Disabled      bool
	Empty         bool
	HasIssues     bool
	DefaultBranch string // empty in an empty repository
	HeadSHA       string // of the default branch
	CreatedAt     time.Time
	UpdatedAt     time.Time
	PushedAt      *time.Time

	PullRequestsTotal   int
	NewestPullRequestAt *time.Time // newest update
	IssuesTotal         int        // pull requests are not among them
	NewestIssueAt       *time.Time // newest update
}

// ProbeRepositories lists an organization's repositories, oldest first, 100 for two points. When GitHub
// cannot compute that many it asks for fewer. Where GraphQL is refused REST is asked, at up to three requests
// for a repository. An empty cursor starts at the first page.
func (c *Client) ProbeRepositories(ctx context.Context, organization OrganizationRef, after string) (RepositoriesPage, error) {
	if strings.HasPrefix(after, c.host.api.Scheme+"://") { // REST's cursors are addresses
		return c.listRepositories(ctx, organization, after)
	}
	for first := perPage; ; first /= 2 {
		page, err := c.probe(ctx, organization.NodeID, first, after)
		if queriesRefused(err) {
			return c.listRepositories(ctx, organization, "")
		}
		if first == 1 || !blamesBatch(err) {
			return page, err
		}
	}
}

func (c *Client) probe(ctx context.Context, organization string, first int, after string) (RepositoriesPage, error) {
	page := RepositoriesPage{ReadAt: c.host.now()}
	answer, err := probeRepositories(ctx, queries{c}, organization, first, after)
	broken, err := brokenRepositories(err)
	if err != nil {
		return RepositoriesPage{}, err
	}
	org, ok := answer.Node.(*probeRepositoriesNodeOrganization)
	if !ok {
		return RepositoriesPage{}, &Error{Kind: NotFound, Status: http.StatusOK, Message: "no organization of this id", Endpoint: c.graphQLEndpoint()}
	}
	page.OrganizationID, page.Login, page.Total = int64(org.DatabaseId), org.Login, org.Repositories.TotalCount
	for i, r := range org.Repositories.Nodes {
		if r == nil || broken[i] != "" {
			page.Unreadable = append(page.Unreadable, cmp.Or(broken[i], noSuchNode))
			continue
		}
		page.Repositories = append(page.Repositories, probedOf(r))
	}
	if org.Repositories.PageInfo.HasNextPage {
		page.Next = org.Repositories.PageInfo.EndCursor
	}
	return page, nil
}

// brokenRepositories returns, by position, why a repository could not be shown. Any other error is
// returned: half an answer must not look like a whole one.
func brokenRepositories(err error) (map[int]string, error) {
	var partial *queryErrors
	if !errors.As(err, &partial) {
		return nil, err
	}
	broken := map[int]string{}
	for _, q := range partial.errors {
		i, named := q.position("node", "repositories", "nodes")
		if q.isValue() {
			continue // that is worth a date, not the repository
		}
		if !named || q.kind() == ResourceLimits || q.kind() == Timeout {
			return nil, partial.refusal(q)
		}
		broken[i] = shorten(q.Message)
	}
	return broken, nil
}

func probedOf(r *probedRepository) ProbedRepository {
	p := ProbedRepository{
		ID:                int64(r.DatabaseId),
		NodeID:            r.Id,
		Name:              r.Name,
		FullName:          r.NameWithOwner,
		Description:       r.Description,
		Language:          r.PrimaryLanguage.Name,
		Visibility:        strings.ToLower(r.Visibility),
		Fork:              r.IsFork,
		Archived:          r.IsArchived,
		Disabled:          r.IsDisabled,
		Empty:             r.IsEmpty,
		HasIssues:         r.HasIssuesEnabled,
		DefaultBranch:     r.DefaultBranchRef.Name,
		HeadSHA:           r.DefaultBranchRef.Target.Oid,
		CreatedAt:         r.CreatedAt,
		UpdatedAt:         r.UpdatedAt,
		PushedAt:          r.PushedAt,
		PullRequestsTotal: r.PullRequests.TotalCount,
		IssuesTotal:       r.Issues.TotalCount,
	}
	if newest := r.PullRequests.Nodes; len(newest) > 0 {
		p.NewestPullRequestAt = &newest[0].UpdatedAt
	}
	if newest := r.Issues.Nodes; len(newest) > 0 {
		p.NewestIssueAt = &newest[0].UpdatedAt
	}
	return p
}
