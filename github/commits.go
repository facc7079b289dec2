package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	gh "github.com/google/go-github/v60/github"
)

// Commits lists the commits that are reachable from head, newest first. With a SHA for head the pages stay the same
// while others push. An empty cursor starts at the first page. An *Error of kind EmptyRepository means that there are
// none.
// https://docs.github.com/rest/commits/commits#list-commits
func (c *Client) Commits(ctx context.Context, repositoryID int64, head, cursor string) (Page[*gh.RepositoryCommit], error) {
	first := inRepository(repositoryID, "commits", url.Values{"sha": {head}})
	return list[gh.RepositoryCommit](ctx, c, first, cursor)
}

// Commit reads one commit with its line counts.
// https://docs.github.com/rest/commits/commits#get-a-commit
func (c *Client) Commit(ctx context.Context, repositoryID int64, sha string) (*gh.RepositoryCommit, error) {
	commit := new(gh.RepositoryCommit)
	// One file per page: the counts are of the whole commit, and the files are not used.
	address := fmt.Sprintf("repositories/%d/commits/%s?per_page=1", repositoryID, url.PathEscape(sha))
	if _, err := c.get(ctx, address, commit); err != nil {
		return nil, err
	}
	return commit, nil
}

// Comparison is one page of the commits that are reachable from one commit and not from another, oldest first.
type Comparison struct {
	Status string // ahead, behind, diverged or identical
	Page[*gh.RepositoryCommit]
}

// Compare lists the commits that are reachable from head and not from base. The kind NoCommonAncestor means that they
// share no history, and NotFound that one of them is gone. Total is exact.
// https://docs.github.com/rest/commits/commits#compare-two-commits
func (c *Client) Compare(ctx context.Context, repositoryID int64, base, head, cursor string) (Comparison, error) {
	what := fmt.Sprintf("compare/%s...%s", url.PathEscape(base), url.PathEscape(head))
	// Without a page number GitHub answers in another order and with the last 250 only.
	address, before, err := c.address(inRepository(repositoryID, what, url.Values{"page": {"1"}}), cursor)
	if err != nil {
		return Comparison{}, err
	}
	began := c.host.now()
	// The first page also has up to 300 files with their patches, which are not decoded.
	var answer struct {
		Status       string          `json:"status"`
		TotalCommits int             `json:"total_commits"`
		Commits      json.RawMessage `json:"commits"`
	}
	resp, err := c.get(ctx, address, &answer)
	if err != nil {
		return Comparison{}, err
	}
	comparison := Comparison{Status: answer.Status}
	comparison.ReadAt = c.host.atGitHub(began)
	if comparison.Items, comparison.Malformed, err = decodeRows[gh.RepositoryCommit](answer.Commits, c.host.latestPossible(began)); err != nil {
		return Comparison{}, decodeError(resp.Response, err)
	}
	if err := setNext(c, resp, answer.Commits, before, &comparison.Page); err != nil {
		return Comparison{}, err
	}
	comparison.Total = answer.TotalCommits
	rows := len(comparison.Items) + len(comparison.Malformed)
	shown := comparison.First + rows
	message := ""
	switch {
	case len(comparison.Malformed) > 0:
		message = fmt.Sprintf("a comparison shows %d commits that cannot be read: %s", len(comparison.Malformed), comparison.Malformed[0].Reason)
	case shown >= answer.TotalCommits:
		comparison.Next = ""
	case comparison.Next == "":
		message = fmt.Sprintf("a comparison of %d commits ends after %d", answer.TotalCommits, shown)
	case rows < comparison.Size:
		message = fmt.Sprintf("a comparison of %d commits shows %d on a page and goes on", answer.TotalCommits, rows)
	}
	if message != "" {
		return Comparison{}, responseError(resp.Request, resp.Response, Incomparable, message)
	}
	return comparison, nil
}
