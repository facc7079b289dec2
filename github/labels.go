package github

import (
	"context"
	"fmt"
	"net/url"

	gh "github.com/google/go-github/v60/github"
)

// Labels lists the labels of a repository. An empty cursor is the first page.
// https://docs.github.com/rest/issues/labels#list-labels-for-a-repository
func (c *Client) Labels(ctx context.Context, repositoryID int64, cursor string) (Page[*gh.Label], error) {
	return list[gh.Label](ctx, c, inRepository(repositoryID, "labels", url.Values{}), cursor)
}

// LabelPresence asks whether a repository has a label with this name.
// https://docs.github.com/rest/issues/labels#get-a-label
func (c *Client) LabelPresence(ctx context.Context, repositoryID int64, name string) (Presence, error) {
	return c.presence(ctx, fmt.Sprintf("repositories/%d/labels/%s", repositoryID, url.PathEscape(name)))
}
