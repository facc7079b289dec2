package github

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// OrganizationRef names an organization for both of GitHub's APIs. A login would not do: another can take it over.
type OrganizationRef struct {
	ID     int64
	NodeID string
}

// RepositoriesPage is one page of an organization's repositories.
type RepositoriesPage struct {
	OrganizationID int64
	Login          string // as it is now; logins change
	Total          int    // through REST rounded up to full pages
	Repositories   []ProbedRepository
	Next           string // cursor of the next page; empty on the last
	ReadAt         time.Time
	// REST means that GraphQL was refused. Issues then count 1 where there are issues or pull requests, and have the
	// newest update among both.
	REST bool
	// Hidden has an error for each repository that GitHub counts and does not show. They are not gone:
	// ListRepositories names them.
	Hidden []*Error
}

// Part is a part of a repository with a permission of its own.
type Part string

// The parts of a repository.
const (
	CommitsPart      Part = "commits"
	PullRequestsPart Part = "pull_requests"
	IssuesPart       Part = "issues"
)

// PartRefusal is a part of a repository that GitHub does not show, with the reason.
type PartRefusal struct {
	Part   Part
	Reason *Error
}

// Marks show whether anything in a repository has changed.
type Marks struct {
	HeadSHA      string // of the default branch
	PullRequests Total
	Issues       Total // pull requests are not among them
	Releases     Total // the newest change is that among the ten that are newest
}

// Totals are those of the marks that count, by what GitHub calls them.
func (m Marks) Totals() map[string]Total {
	return map[string]Total{"pull_requests": m.PullRequests, "issues": m.Issues, "releases": m.Releases}
}

// examinations are what REST is asked about a repository in place of the probe's query.
var examinations = []examination{
	{PullRequestsPart, (*Client).newestPullRequest},
	{IssuesPart, (*Client).newestIssue},
	{CommitsPart, (*Client).head},
	{CommitsPart, (*Client).newestRelease},
}

type examination struct {
	part Part
	ask  func(*Client, context.Context, *ProbedRepository) error
}

// Total is how many there are of something, and when the newest change was; nil when there is none.
type Total struct {
	Count    int
	NewestAt *time.Time
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
	CreatedAt     time.Time
	UpdatedAt     time.Time
	PushedAt      *time.Time

	Marks

	// Refused are the parts whose fields above are unknown.
	Refused []PartRefusal
}

// EachProbe calls use for all pages of ProbeRepositories. Pages that go in a circle are an *Error of kind Endless.
func (c *Client) EachProbe(ctx context.Context, organization OrganizationRef, use func(RepositoriesPage) error) error {
	visited := visitedCursors{}
	for after := ""; ; {
		page, err := c.ProbeRepositories(ctx, organization, after)
		if err != nil {
			return err
		}
		if err := use(page); err != nil || page.Next == "" {
			return err
		}
		if after = page.Next; visited.repeats(after) {
			return c.graphQLError(Endless, "the repositories never end")
		}
	}
}

// ProbeRepositories lists an organization's repositories, oldest first, 100 for three points. It asks for fewer when
// GitHub cannot compute that many. Where GraphQL is refused, or fails at one repository, it uses REST, with up to
// three requests for a repository. An empty cursor starts at the first page.
func (c *Client) ProbeRepositories(ctx context.Context, organization OrganizationRef, after string) (RepositoriesPage, error) {
	if strings.HasPrefix(after, c.host.api.Scheme+"://") { // REST's cursors are addresses
		return c.listRepositories(ctx, organization, after)
	}
	breaker := c.limiter.breaker("probeRepositories", perPage)
	if err := breaker.allow(); err != nil {
		return RepositoriesPage{}, err
	}
	for {
		first := breaker.batchSize()
		page, err := c.probe(ctx, organization.NodeID, first, after)
		switch {
		case err == nil:
			breaker.succeeded(first, nil)
			return page, nil
		case queriesRefused(err):
			return c.listRepositories(ctx, organization, "")
		case !failsForSize(err):
			return RepositoriesPage{}, err
		case first > 1:
			breaker.shrink(first / 2)
		default:
			return c.probeAround(ctx, breaker, organization.NodeID, after, err)
		}
	}
}

// probeAround reads the one repository that a query failed at through REST, if the query works for another. A query
// without the costly parts names the repository and the next cursor. If the query works for no other, it is an outage.
func (c *Client) probeAround(ctx context.Context, breaker *breaker, organization, after string, failed error) (RepositoriesPage, error) {
	page, err := c.ask(ctx, organization, 1, after, PullRequestsPart, IssuesPart)
	if err != nil || len(page.Repositories) != 1 || page.Total > 1 && !c.answersProbe(ctx, organization, after, page.Next) {
		breaker.open(failed)
		return RepositoriesPage{}, failed
	}
	breaker.restore()
	return page, c.Examine(ctx, &page.Repositories[0])
}

// answersProbe reports whether the whole query works for another repository than the one at a cursor: the next one or
// the first.
func (c *Client) answersProbe(ctx context.Context, organization, at, next string) bool {
	for _, other := range []string{next, ""} {
		if other == at {
			continue
		}
		if _, err := c.ask(ctx, organization, 1, other); err == nil {
			return true
		}
	}
	return false
}

// probe repeats a query with fewer parts where permissions are missing: GitHub shows null in place of a whole
// repository when one part of the query is forbidden.
func (c *Client) probe(ctx context.Context, organization string, first int, after string) (RepositoriesPage, error) {
	return withLess(func(without ...Part) (RepositoriesPage, error) {
		return c.ask(ctx, organization, first, after, without...)
	})
}

func withLess(ask func(without ...Part) (RepositoriesPage, error)) (RepositoriesPage, error) {
	page, err := ask()
	for _, without := range [][]Part{
		{PullRequestsPart}, {IssuesPart}, {PullRequestsPart, IssuesPart},
		{CommitsPart}, {CommitsPart, PullRequestsPart}, {CommitsPart, IssuesPart}, {CommitsPart, PullRequestsPart, IssuesPart},
	} {
		if err != nil || !slices.ContainsFunc(page.Hidden, forbids) {
			break
		}
		var less RepositoriesPage
		if less, err = ask(without...); err == nil {
			page.reveal(less.Repositories, without)
		}
	}
	return page, err
}

// forbids reports whether a query with fewer parts may show the repository.
func forbids(e *Error) bool { return e.Kind != Blocked && !e.Temporary() }

// reveal adds the repositories that only a query without some parts has shown.
func (p *RepositoriesPage) reveal(shown []ProbedRepository, without []Part) {
	for _, r := range shown {
		if slices.ContainsFunc(p.Repositories, func(other ProbedRepository) bool { return other.ID == r.ID }) {
			continue
		}
		why := slices.IndexFunc(p.Hidden, forbids)
		if why < 0 {
			return // it is new
		}
		for _, part := range without {
			if r.refusal(part) == nil {
				r.Refused = append(r.Refused, PartRefusal{part, p.Hidden[why]})
			}
		}
		p.Repositories = append(p.Repositories, r)
		p.Hidden = slices.Delete(p.Hidden, why, why+1)
	}
}

// ProbeNamed probes up to 100 repositories of an organization by their node ids. It costs three points for 100, one for
// up to 33. It leaves out those that GitHub does not show, and those that are another's by now; where GraphQL is refused, that is
// all of them. RepositoryByID and Examine tell of each.
func (c *Client) ProbeNamed(ctx context.Context, organization OrganizationRef, nodeIDs []string) (RepositoriesPage, error) {
	page, err := withLess(func(without ...Part) (RepositoriesPage, error) {
		return c.askNamed(ctx, organization.NodeID, nodeIDs, without...)
	})
	if queriesRefused(err) || failsForSize(err) {
		return RepositoriesPage{ReadAt: c.host.atGitHub(c.host.now())}, nil
	}
	return page, err
}

func (c *Client) askNamed(ctx context.Context, owner string, nodeIDs []string, without ...Part) (RepositoriesPage, error) {
	began := c.host.now()
	answer, err := probeNamed(ctx, queries{c}, nodeIDs, !slices.Contains(without, CommitsPart), !slices.Contains(without, PullRequestsPart), !slices.Contains(without, IssuesPart))
	broken, err := brokenRepositories(err, "nodes")
	if err != nil {
		return RepositoriesPage{}, err
	}
	page := RepositoriesPage{ReadAt: c.host.atGitHub(began)}
	for i, node := range answer.Nodes {
		repository, shown := node.(*probeNamedNodesRepository)
		if !shown {
			page.addShown(c, nil, broken[i])
			continue
		}
		if by := repository.Owner; by != nil && by.GetId() == owner {
			page.addShown(c, &repository.probedRepository, broken[i])
		}
	}
	return page, nil
}

func (c *Client) ask(ctx context.Context, organization string, first int, after string, without ...Part) (RepositoriesPage, error) {
	began := c.host.now()
	answer, err := probeRepositories(ctx, queries{c}, organization, first, after,
		!slices.Contains(without, CommitsPart), !slices.Contains(without, PullRequestsPart), !slices.Contains(without, IssuesPart))
	broken, err := brokenRepositories(err, "node", "repositories", "nodes")
	if err != nil {
		return RepositoriesPage{}, err
	}
	org, ok := answer.Node.(*probeRepositoriesNodeOrganization)
	if !ok {
		return RepositoriesPage{}, c.graphQLError(NotFound, "no organization of this id")
	}
	page := RepositoriesPage{OrganizationID: int64(org.DatabaseId), Login: org.Login, Total: org.Repositories.TotalCount, ReadAt: c.host.atGitHub(began)}
	for i, r := range org.Repositories.Nodes {
		page.addShown(c, r, broken[i])
	}
	if org.Repositories.PageInfo.HasNextPage {
		page.Next = org.Repositories.PageInfo.EndCursor
		if page.Next == "" || len(page.Next) > maxCursorLength {
			return RepositoriesPage{}, c.graphQLError(BadResponse, "the next page of the repositories has no cursor")
		}
	}
	return page, nil
}

// addShown adds a repository of an answer, or why it is not shown.
func (p *RepositoriesPage) addShown(c *Client, r *probedRepository, why PartRefusal) {
	switch {
	case r == nil && why.Reason == nil:
		p.Hidden = append(p.Hidden, c.graphQLError(NotFound, noSuchNode))
	case r != nil && invalidNode(int64(r.DatabaseId), r.Id, r.NameWithOwner) != "":
		reason := "a repository cannot be read: " + invalidNode(int64(r.DatabaseId), r.Id, r.NameWithOwner)
		p.Hidden = append(p.Hidden, c.graphQLError(BadResponse, reason))
	case why.Reason == nil:
		p.Repositories = append(p.Repositories, probedOf(r))
	case r != nil && why.Part == CommitsPart:
		probed := probedOf(r)
		probed.Refused = []PartRefusal{why}
		p.Repositories = append(p.Repositories, probed)
	default:
		p.Hidden = append(p.Hidden, why.Reason)
	}
}

// brokenRepositories returns, by index, why a repository or its head is not shown. It returns any other error, because
// a part of an answer must not look like the whole.
func brokenRepositories(err error, list ...string) (map[int]PartRefusal, error) {
	var partial *queryErrors
	if !errors.As(err, &partial) {
		return nil, err
	}
	broken := map[int]PartRefusal{}
	for _, q := range partial.errors {
		i, named := q.index(list...)
		if q.isValue() {
			continue // only a date is missing
		}
		if !named || q.kind() == ResourceLimits || q.kind() == Timeout {
			return nil, partial.refusal(q)
		}
		refused := PartRefusal{Reason: partial.refusal(q)}
		if _, already := broken[i]; !already && len(q.Path) > len(list)+1 && q.Path[len(list)+1] == "defaultBranchRef" { // the only part that may be null alone
			refused.Part = CommitsPart
		}
		broken[i] = refused
	}
	return broken, nil
}

func probedOf(r *probedRepository) ProbedRepository {
	return ProbedRepository{
		ID:            int64(r.DatabaseId),
		NodeID:        r.Id,
		Name:          r.Name,
		FullName:      r.NameWithOwner,
		Description:   r.Description,
		Language:      r.PrimaryLanguage.Name,
		Visibility:    strings.ToLower(r.Visibility),
		Fork:          r.IsFork,
		Archived:      r.IsArchived,
		Disabled:      r.IsDisabled,
		Empty:         r.IsEmpty,
		HasIssues:     r.HasIssuesEnabled,
		DefaultBranch: r.DefaultBranchRef.Name,
		CreatedAt:     r.CreatedAt,
		UpdatedAt:     r.UpdatedAt,
		PushedAt:      r.PushedAt,
		Marks:         marksOf(r.DefaultBranchRef.Target.Oid, r.repositoryMarks),
	}
}

func marksOf(head string, r repositoryMarks) Marks {
	return Marks{
		HeadSHA:      head,
		PullRequests: total(r.PullRequests.TotalCount, r.PullRequests.Nodes),
		Issues:       total(r.Issues.TotalCount, r.Issues.Nodes),
		Releases:     total(r.Releases.TotalCount, r.Releases.Nodes),
	}
}

func total[T any, Node interface {
	*T
	GetUpdatedAt() time.Time
}](count int, newest []T) Total {
	t := Total{Count: count}
	for i := range newest {
		if at := Node(&newest[i]).GetUpdatedAt(); t.NewestAt == nil || at.After(*t.NewestAt) {
			t.NewestAt = &at
		}
	}
	return t
}
