package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// head is the commit of a branch when it was read. Both times are by GitHub's clock.
type head struct {
	branch   string
	sha      string
	pushedAt time.Time
	readAt   time.Time
}

// pushSettles is how long after a push another push cannot have the same time.
const pushSettles = time.Minute

// head reads the head of the default branch, unless nothing was pushed since it was last read.
func (c *Client) head(ctx context.Context, p *ProbedRepository) error {
	c.host.mu.Lock()
	known := c.host.heads[p.ID]
	c.host.mu.Unlock()
	if p.PushedAt != nil && known.pushedAt.Equal(*p.PushedAt) && known.branch == p.DefaultBranch && known.readAt.Sub(known.pushedAt) > pushSettles {
		p.HeadSHA = known.sha
		return nil
	}
	began := c.host.now()
	sha, err := c.BranchHead(ctx, p.ID, p.DefaultBranch)
	var refused *Error
	switch {
	case errors.As(err, &refused) && refused.Kind == EmptyRepository:
		p.Empty, p.DefaultBranch = true, "" // as in GraphQL
		return nil
	case errors.As(err, &refused) && refused.Kind == UnknownCommit:
		p.DefaultBranch = "" // only this branch is gone
		return nil
	case err != nil:
		return err
	}
	p.HeadSHA = sha
	if p.PushedAt != nil {
		c.host.mu.Lock()
		defer c.host.mu.Unlock()
		c.host.heads[p.ID] = head{branch: p.DefaultBranch, sha: sha, pushedAt: *p.PushedAt, readAt: c.host.atGitHub(began)}
	}
	return nil
}

// BranchHead reads the SHA that a branch, or HEAD, points to.
// https://docs.github.com/rest/commits/commits#get-a-commit
func (c *Client) BranchHead(ctx context.Context, repositoryID int64, branch string) (string, error) {
	address := fmt.Sprintf("repositories/%d/commits/%s", repositoryID, url.PathEscape(branch))
	req, err := c.rest.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", shaMediaType)
	resp, err := c.rest.BareDo(ctx, req)
	if err != nil {
		return "", failure(endpoint(req), err)
	}
	defer resp.Body.Close()
	body, err := readAll(resp.Response)
	if err != nil {
		return "", err
	}
	sha := strings.TrimSpace(string(body))
	if !shaPattern.MatchString(sha) {
		return "", responseError(req, resp.Response, BadResponse, "the head of the branch is no SHA")
	}
	return sha, nil
}

// shaPattern matches SHA-1 and SHA-256.
var shaPattern = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
