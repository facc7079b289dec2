package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	gh "github.com/google/go-github/v60/github"
)

// ListRepositories lists an organization's repositories, oldest first. Empty, HeadSHA, the totals and the newest updates
// are zero, because lists do not show them. https://docs.github.com/rest/repos/repos#list-organization-repositories
func (c *Client) ListRepositories(ctx context.Context, organizationID int64, cursor string) (Page[ProbedRepository], error) {
	first := fmt.Sprintf("organizations/%d/repos?type=all&sort=created&direction=asc&per_page=%d", organizationID, perPage)
	listed, err := list[gh.Repository](ctx, c, first, cursor)
	return convert(listed, listedRepository), err
}

// listRepositories is the probe through REST: a page of the list, and up to three requests for each repository.
func (c *Client) listRepositories(ctx context.Context, organization OrganizationRef, cursor string) (RepositoriesPage, error) {
	listed, err := c.ListRepositories(ctx, organization.ID, cursor)
	if err != nil {
		return RepositoriesPage{}, err
	}
	page := RepositoriesPage{OrganizationID: organization.ID, Total: listed.Total, Next: listed.Next, ReadAt: listed.ReadAt, REST: true}
	for _, broken := range listed.Malformed {
		page.Hidden = append(page.Hidden, &Error{Kind: BadResponse, Status: http.StatusOK, Message: broken.Reason, Endpoint: fmt.Sprintf("GET /organizations/%d/repos", organization.ID)})
	}
	if page.Login, err = c.loginOf(ctx, organization, listed.Items); err != nil {
		return RepositoriesPage{}, err
	}
	probed := listed.Items
	blocked := make([]*Error, len(probed))
	err = forEach(ctx, len(probed), func(ctx context.Context, i int) error {
		err := c.Examine(ctx, &probed[i])
		if isBlocked(err) {
			errors.As(err, &blocked[i])
			return nil
		}
		return err
	})
	if err != nil {
		return RepositoriesPage{}, err
	}
	return page, page.add(probed, blocked)
}

// loginOf is the organization's present login, which the names of its repositories begin with.
func (c *Client) loginOf(ctx context.Context, organization OrganizationRef, repositories []ProbedRepository) (string, error) {
	if len(repositories) > 0 {
		login, _, _ := strings.Cut(repositories[0].FullName, "/")
		return login, nil
	}
	var org gh.Organization
	_, err := c.get(ctx, fmt.Sprintf("organizations/%d", organization.ID), &org)
	return org.GetLogin(), err
}

// add sorts the repositories of a page into readable and hidden ones. If GitHub fails at all of them, that is an outage
// and an error.
func (p *RepositoriesPage) add(probed []ProbedRepository, blocked []*Error) error {
	var failed *Error
	for i, r := range probed {
		switch why := cmp.Or(blocked[i], r.gone()); {
		case why != nil:
			p.Hidden = append(p.Hidden, why)
		default:
			p.Repositories = append(p.Repositories, r)
			failed = cmp.Or(failed, r.failure())
		}
	}
	if slices.ContainsFunc(p.Repositories, func(r ProbedRepository) bool { return r.failure() == nil }) {
		return nil
	}
	if failed == nil {
		return nil
	}
	return failed
}

// refusal is why a part cannot be read, or nil.
func (p *ProbedRepository) refusal(part Part) *Error {
	for _, refused := range p.Refused {
		if refused.Part == part {
			return refused.Reason
		}
	}
	return nil
}

// gone is the error of a repository that has gone since it was listed, or nil.
func (p *ProbedRepository) gone() *Error {
	if head := p.refusal(CommitsPart); head != nil && head.Kind == NotFound {
		return head
	}
	return nil
}

// failure is the error of a repository that GitHub fails at completely, or nil.
func (p *ProbedRepository) failure() *Error {
	head, pulls := p.refusal(CommitsPart), p.refusal(PullRequestsPart)
	if head != nil && head.Temporary() && pulls != nil && pulls.Temporary() {
		return head
	}
	return nil
}

// Examine reads through REST what shows whether anything in a listed repository has changed, with at most four
// requests. It repeats a failed one once. A refused part is added to Refused and leaves the others alone.
func (c *Client) Examine(ctx context.Context, p *ProbedRepository) error {
	for _, e := range examinations {
		err := e.ask(c, ctx, p)
		if failsForSize(err) {
			err = e.ask(c, ctx, p)
		}
		if err != nil && !concernsRepository(err) || isBlocked(err) {
			return err
		}
		var refused *Error
		if errors.As(err, &refused) && p.refusal(e.part) == nil {
			p.Refused = append(p.Refused, PartRefusal{e.part, refused})
		}
	}
	return nil
}

// isBlocked reports whether GitHub refuses all of a repository.
func isBlocked(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Kind == Blocked
}

// concernsRepository reports whether an error concerns one repository and not the others.
func concernsRepository(err error) bool {
	var refused *Error
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Kind {
	case NotFound, Gone, Blocked, Refused, PermissionMissing, Validation:
		return true
	}
	return failsForSize(err)
}

// newestPullRequest takes a 404 for pull requests that are switched off. A hidden repository shows when its other parts
// are read.
func (c *Client) newestPullRequest(ctx context.Context, p *ProbedRepository) error {
	newest, err := list[gh.PullRequest](ctx, c, inRepository(p.ID, "pulls", newestFirst()), "")
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p.PullRequests.Count = newest.Total
	if len(newest.Items) > 0 {
		p.PullRequests.NewestAt = &newest.Items[0].UpdatedAt.Time
	}
	return nil
}

// newestIssue counts pull requests as issues, as the list does. So it may see a change too many, and misses none.
func (c *Client) newestIssue(ctx context.Context, p *ProbedRepository) error {
	if !p.HasIssues {
		return nil
	}
	newest, err := list[gh.Issue](ctx, c, inRepository(p.ID, "issues", newestFirst()), "")
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == Gone { // switched off since
		p.HasIssues = false
		return nil
	}
	if err != nil {
		return err
	}
	p.Issues.Count = len(newest.Items)
	if len(newest.Items) > 0 {
		p.Issues.NewestAt = &newest.Items[0].UpdatedAt.Time
	}
	return nil
}

func newestFirst() url.Values {
	return url.Values{"state": {"all"}, "sort": {"updated"}, "direction": {"desc"}, "per_page": {"1"}}
}
