package github

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	gh "github.com/google/go-github/v60/github"
)

// listRepositories is the probe where GraphQL is refused: a page of the list, and then up to three requests
// for each repository. https://docs.github.com/rest/repos/repos#list-organization-repositories
func (c *Client) listRepositories(ctx context.Context, organization OrganizationRef, cursor string) (RepositoriesPage, error) {
	first := fmt.Sprintf("organizations/%d/repos?type=all&sort=created&direction=asc&per_page=%d", organization.ID, perPage)
	listed, err := list[gh.Repository](ctx, c, first, cursor)
	if err != nil {
		return RepositoriesPage{}, err
	}
	page := RepositoriesPage{OrganizationID: organization.ID, Total: listed.Total, Next: listed.Next, ReadAt: listed.ReadAt, REST: true}
	for _, broken := range listed.Malformed {
		page.Unreadable = append(page.Unreadable, broken.Reason)
	}
	if page.Login, err = c.loginOf(ctx, organization, listed.Items); err != nil {
		return RepositoriesPage{}, err
	}
	probed := make([]ProbedRepository, len(listed.Items))
	reasons := make([]error, len(listed.Items))
	err = each(ctx, len(probed), func(ctx context.Context, i int) error {
		probed[i] = listedRepository(listed.Items[i])
		err := c.examine(ctx, &probed[i])
		if concernsRepository(err) {
			reasons[i], err = err, nil
		}
		return err
	})
	if err != nil {
		return RepositoriesPage{}, err
	}
	return page, page.add(probed, reasons)
}

// loginOf is the organization's present name, which its repositories bear.
func (c *Client) loginOf(ctx context.Context, organization OrganizationRef, repositories []*gh.Repository) (string, error) {
	if len(repositories) > 0 {
		return repositories[0].GetOwner().GetLogin(), nil
	}
	var org gh.Organization
	_, err := c.get(ctx, fmt.Sprintf("organizations/%d", organization.ID), &org)
	return org.GetLogin(), err
}

// add sorts the repositories of a page into the readable and the others. That GitHub fails for all of them
// is an outage.
func (p *RepositoriesPage) add(probed []ProbedRepository, reasons []error) error {
	var failed *Error
	for i, reason := range reasons {
		if reason == nil {
			p.Repositories = append(p.Repositories, probed[i])
			continue
		}
		errors.As(reason, &failed)
		p.Unreadable = append(p.Unreadable, failed.Message)
	}
	if len(p.Repositories) == 0 && failed != nil && failed.Temporary() {
		return failed
	}
	return nil
}

// examine asks for what shows whether anything in a repository has changed; what GitHub fails at, twice.
func (c *Client) examine(ctx context.Context, p *ProbedRepository) error {
	for _, ask := range []func(context.Context, *ProbedRepository) error{c.newestPullRequest, c.newestIssue, c.head} {
		err := ask(ctx, p)
		if blamesBatch(err) {
			err = ask(ctx, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// concernsRepository reports whether err is about one repository and leaves the others alone.
func concernsRepository(err error) bool {
	var refused *Error
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Kind {
	case NotFound, Gone, Blocked, Refused, PermissionMissing, Validation:
		return true
	}
	return blamesBatch(err)
}

// newestPullRequest finds none where pull requests are switched off, which GitHub answers with 404. A
// repository that is hidden says so when it is asked for more.
func (c *Client) newestPullRequest(ctx context.Context, p *ProbedRepository) error {
	newest, err := list[gh.PullRequest](ctx, c, inRepository(p.ID, "pulls", newestFirst()), "")
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p.PullRequestsTotal = newest.Total
	if len(newest.Items) > 0 {
		p.NewestPullRequestAt = &newest.Items[0].UpdatedAt.Time
	}
	return nil
}

// newestIssue takes pull requests for issues, as the list does: it sees changes where there are none, and misses none.
func (c *Client) newestIssue(ctx context.Context, p *ProbedRepository) error {
	if !p.HasIssues {
		return nil
	}
	newest, err := list[gh.Issue](ctx, c, inRepository(p.ID, "issues", newestFirst()), "")
	if err != nil {
		return err
	}
	p.IssuesTotal = len(newest.Items)
	if len(newest.Items) > 0 {
		p.NewestIssueAt = &newest.Items[0].UpdatedAt.Time
	}
	return nil
}

func newestFirst() url.Values {
	return url.Values{"state": {"all"}, "sort": {"updated"}, "direction": {"desc"}, "per_page": {"1"}}
}
