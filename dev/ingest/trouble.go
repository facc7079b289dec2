package ingest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tributary/models"
	"tributary/plain"
)

// storeAsked is how often this process is asked whether its database is well.
const storeAsked = 2 * time.Second

// watchStore says what is wrong with the database, and nothing when it is well again: while
// it is away there is no progress, nor can anybody store why.
func (c *client) watchStore(ctx context.Context, troubles chan<- string) {
	for {
		select {
		case troubles <- c.storeTrouble(ctx):
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(storeAsked):
		case <-ctx.Done():
			return
		}
	}
}

func (c *client) storeTrouble(ctx context.Context) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/readyz", nil)
	if err != nil {
		return ""
	}
	response, err := c.http.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	var wrong *ProblemError
	if !errors.As(problemOf(response), &wrong) || wrong.Problem.Code != models.DatabaseDown && wrong.Problem.Code != models.DatabaseUnwritable {
		return ""
	}
	return plain.Sprintf("%s: %s %s", wrong.Problem.Title, wrong.Problem.Detail, wrong.Problem.Remediation.Text)
}
