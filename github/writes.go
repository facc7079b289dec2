package github

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	gh "github.com/google/go-github/v60/github"
)

// writes are the only requests beside reading, by method and path below the API's. Some create and end tokens, one
// takes over an App that was registered, and the others look after webhooks.
var writes = regexp.MustCompile(`^(` + strings.Join([]string{
	`POST app/installations/\d+/access_tokens`,
	`DELETE applications/[^/]+/token`,
	`POST app-manifests/[^/]+/conversions`,
	`POST ` + hooksPath,
	`(PATCH|DELETE) ` + hooksPath + `/\d+`,
	`POST app/hook/deliveries/\d+/attempts`,
	`POST ` + hooksPath + `/\d+/(pings|deliveries/\d+/attempts)`,
}, "|") + `)$`)

const hooksPath = `(orgs/[^/]+|repositories/\d+)/hooks`

// isPermittedWrite reports whether a request to the API's host is one of writes.
func (h *Host) isPermittedWrite(req *http.Request) bool {
	path, below := strings.CutPrefix(req.URL.EscapedPath(), h.api.Path)
	return below && writes.MatchString(req.Method+" "+path)
}

const tokenExchange = "login/oauth/access_token"

// isTokenExchange recognizes the one request to the web host. Its form has the client's secret.
func (h *Host) isTokenExchange(req *http.Request) bool {
	return req.Method == http.MethodPost && sameHost(req.URL, h.web) && req.URL.Path == h.web.Path+tokenExchange
}

// write sends one of writes and reads the answer into v, unless that is nil.
func (c *Client) write(ctx context.Context, method, address string, body, v any) error {
	req, err := c.rest.NewRequest(method, address, body)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	// This key allows net/http to repeat the request on a connection that turns out to be closed. It is not sent.
	req.Header["X-Idempotency-Key"] = nil
	resp, err := c.rest.BareDo(ctx, req)
	var accepted *gh.AcceptedError
	if errors.As(err, &accepted) { // what go-github makes of a 202
		return nil
	}
	if err != nil {
		return failure(endpoint(req), err)
	}
	defer resp.Body.Close()
	answer, err := readAll(resp.Response)
	if err != nil || v == nil {
		return err
	}
	if err := json.Unmarshal(answer, v); err != nil {
		return decodeError(resp.Response, err)
	}
	return nil
}
