package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	gh "github.com/google/go-github/v60/github"
)

// Client reads from one GitHub with one credential. It is cheap to make: Host holds what clients share.
type Client struct {
	host     *Host
	limiter  *limiter
	priority Priority
	http     *http.Client
	rest     *gh.Client
}

func newClient(h *Host, c Credential, g *limiter) *Client {
	return withTransport(h, &transport{host: h, limiter: g, priority: c.Priority, token: c.Token})
}

func withTransport(h *Host, t *transport) *Client {
	httpClient := &http.Client{Transport: t, CheckRedirect: h.checkRedirect}
	// Clients that go-github derives from another keep its token and limits.
	rest := gh.NewClient(httpClient)
	rest.BaseURL = h.api
	return &Client{host: h, limiter: t.limiter, priority: t.priority, http: httpClient, rest: rest}
}

// get reads one REST resource into v. The address is relative to the API or absolute.
func (c *Client) get(ctx context.Context, address string, v any) (*gh.Response, error) {
	var resp *gh.Response
	err := c.fetch(ctx, address, func(r *gh.Response, body []byte) error {
		resp = r
		if err := json.Unmarshal(body, v); err != nil {
			return decodeError(resp.Response, err)
		}
		clampTimes(body, v)
		if reason := invalidRow(v); reason != "" {
			return responseError(resp.Request, resp.Response, BadResponse, "the response is not what was asked for: "+reason)
		}
		return nil
	})
	return resp, err
}

// fetch passes one REST resource to use as it is. A large answer keeps its place among the large ones meanwhile.
func (c *Client) fetch(ctx context.Context, address string, use func(*gh.Response, []byte) error) error {
	req, err := c.rest.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	resp, err := c.rest.BareDo(ctx, req)
	if err != nil {
		return failure(endpoint(req), err)
	}
	defer resp.Body.Close()
	body, err := readAll(resp.Response)
	if err != nil {
		return err
	}
	return use(resp, body)
}

// readAll returns a body, which the transport has read already.
func readAll(resp *http.Response) ([]byte, error) {
	body := make([]byte, resp.ContentLength)
	_, err := io.ReadFull(resp.Body, body)
	return body, err
}

// decodeError names the field at fault and not its value.
func decodeError(resp *http.Response, err error) *Error {
	message := "the response does not decode"
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mismatch):
		message += ": " + mismatch.Field + " is a " + mismatch.Value
	case errors.Is(err, errTooManyRows):
		message += ": " + err.Error()
	}
	return responseError(resp.Request, resp, BadResponse, message)
}

// failure returns our own errors as they are. From others it takes the address, which may hold a secret.
func failure(endpoint string, err error) error {
	var refused *Error
	var limited *RateLimitError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &limited):
		return limited
	}
	var addressed *url.Error
	if errors.As(err, &addressed) {
		err = addressed.Err
	}
	return fmt.Errorf("github: %s: %w", endpoint, err)
}
