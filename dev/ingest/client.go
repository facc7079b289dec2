package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"tributary/api/problem"
	"tributary/plain"
)

// client speaks the product's own API: what the commands can do, every other
// client of the API can do too.
type client struct {
	url  string // of the API, without a slash at the end
	http *http.Client
}

// ProblemError is an answer of the API that says what is wrong.
type ProblemError struct{ Problem problem.Problem }

func (e *ProblemError) Error() string {
	text := plain.Sprintf("%s: %s", e.Problem.Code, e.Problem.Detail)
	for _, field := range e.Problem.Errors {
		text += plain.Sprintf("; %s: %s", strings.TrimPrefix(field.Location, "body."), field.Message)
	}
	return text + remedy(e.Problem.Remediation)
}

// remedy is what to do about it, on lines of its own.
func remedy(r problem.Remediation) string {
	var b strings.Builder
	if r.Text != "" {
		b.WriteString("\n  " + r.Text)
	}
	if r.URL != "" {
		b.WriteString("\n  " + r.URL)
	}
	return b.String()
}

func (c *client) do(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return unanswered(err)
	}
	defer response.Body.Close()
	if err := problemOf(response); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(out)
}

// unanswered leaves out what was asked for, and where: people who look at a terminal know
// nothing of an API.
func unanswered(err error) error {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	return fmt.Errorf("this process does not answer itself: %w", err)
}

func (c *client) get(ctx context.Context, path string, out any) error {
	return c.do(ctx, http.MethodGet, path, nil, out)
}

func (c *client) post(ctx context.Context, path string, in, out any) error {
	return c.do(ctx, http.MethodPost, path, in, out)
}

func problemOf(response *http.Response) error {
	if response.StatusCode < 400 {
		return nil
	}
	var failure ProblemError
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&failure.Problem); err != nil {
		return fmt.Errorf("this process answers itself with %d; its log says why", response.StatusCode)
	}
	return &failure
}
