package github

import (
	"context"
	"net/http"
	"net/url"
)

// maxFiles is how many files of a commit GitHub lists.
const maxFiles = 3000

// countedCommit reads the counts of one commit. GitHub does not tell the number of files, so the last page of them is
// read too. https://docs.github.com/rest/commits/commits#get-a-commit
func (c *Client) countedCommit(ctx context.Context, repositoryID int64, sha string) (CommitDetails, error) {
	details := CommitDetails{}
	files := 0
	first := inRepository(repositoryID, "commits/"+url.PathEscape(sha), url.Values{})
	for address, pages := first, 0; address != ""; pages++ {
		if pages > maxFiles/perPage {
			return CommitDetails{}, &Error{Kind: Endless, Status: http.StatusOK, Message: "the files of a commit never end", Endpoint: "GET " + path(first)}
		}
		var answer struct {
			SHA     string
			Parents []struct{ SHA string }
			Stats   struct{ Additions, Deletions int }
			Files   []struct{} // with patches, which are not decoded
		}
		resp, err := c.get(ctx, address, &answer)
		if err != nil {
			return CommitDetails{}, err
		}
		if answer.SHA != sha {
			return CommitDetails{}, responseError(resp.Request, resp.Response, BadResponse, "another commit answered")
		}
		if address == first {
			details = CommitDetails{throughREST: true, SHA: answer.SHA, Additions: answer.Stats.Additions, Deletions: answer.Stats.Deletions}
			for _, parent := range answer.Parents {
				details.Parents = append(details.Parents, parent.SHA)
			}
		}
		page := Page[struct{}]{Items: answer.Files}
		if err := setNext(c, resp, nil, visitedPages{}, &page); err != nil {
			return CommitDetails{}, err
		}
		files = page.First + len(page.Items)
		address = page.last()
	}
	if files < maxFiles {
		details.ChangedFiles = &files
	}
	return details, nil
}
