package github

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// perPage is the most that GitHub puts on a page.
const perPage = 100

// Page is one response of a listing.
type Page[T any] struct {
	Items []T
	// Next is GitHub's own address of the next page, to be passed on as it is; empty on the last page.
	Next string
	// Total estimates the rows of the whole listing, rounded up to full pages; 0 when GitHub does not tell.
	Total int
	// ReadAt is before GitHub looked: what happened later may be missing from the page.
	ReadAt time.Time
	// PartialSSO are the ids of organizations that GitHub left out because the token has not passed their
	// single sign-on. A list with any is incomplete.
	PartialSSO []int64
	// Malformed are rows that could not be read. All others are in Items.
	Malformed []Malformed
}

// Malformed is a row that GitHub should never have sent.
type Malformed struct {
	NodeID string // empty when not even that could be read
	Reason string
}

// EachPage reads a listing from its first page to its last.
func EachPage[T any](ctx context.Context, read func(ctx context.Context, cursor string) (Page[T], error), use func(Page[T])) error {
	for cursor := ""; ; {
		page, err := read(ctx, cursor)
		if err != nil {
			return err
		}
		use(page)
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// list reads one page: the first, or the one that cursor, a Next from before, points to.
func list[T any](ctx context.Context, c *Client, first, cursor string) (Page[*T], error) {
	return listIn[T](ctx, c, "", first, cursor)
}

// listIn reads one page of a listing that is a member of an object, beside the exact total.
func listIn[T any](ctx context.Context, c *Client, member, first, cursor string) (Page[*T], error) {
	address, err := c.address(first, cursor)
	if err != nil {
		return Page[*T]{}, err
	}
	page := Page[*T]{ReadAt: c.host.now()}
	resp, body, err := c.fetch(ctx, address)
	if err != nil {
		return Page[*T]{}, err
	}
	exact := 0
	if member != "" {
		if body, exact, err = unwrap(body, member); err != nil {
			return Page[*T]{}, undecodable(resp.Response, err)
		}
	}
	if page.Items, page.Malformed, err = decodeRows[T](body); err != nil {
		return Page[*T]{}, undecodable(resp.Response, err)
	}
	page.PartialSSO = partialSSO(resp.Header.Get("X-GitHub-SSO"))
	page.Next, page.Total, err = c.follow(resp, len(page.Items)+len(page.Malformed))
	if member != "" {
		page.Total = exact
	}
	return page, err
}

// unwrap takes the rows out of {"total_count": 2, "installations": [...]}. That they are missing is an error:
// nothing must look like an empty listing.
func unwrap(body []byte, member string) (rows []byte, total int, err error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, 0, err
	}
	if !strings.HasPrefix(string(object[member]), "[") {
		return nil, 0, fmt.Errorf("no %s", member)
	}
	return object[member], total, json.Unmarshal(object["total_count"], &total)
}

// decodeRows reads a list; when a row does not decode, row by row, so that it does not hide the others.
func decodeRows[T any](body []byte) (items []*T, broken []Malformed, err error) {
	if json.Unmarshal(body, &items) == nil && !slices.Contains(items, nil) {
		return items, nil, nil
	}
	items = nil
	var rows []json.RawMessage
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		var item *T
		err := json.Unmarshal(row, &item)
		switch {
		case err != nil:
			broken = append(broken, malformed(row, err.Error()))
		case item == nil:
			broken = append(broken, malformed(row, "null"))
		default:
			items = append(items, item)
		}
	}
	return items, broken, nil
}

func malformed(row json.RawMessage, reason string) Malformed {
	var id struct {
		NodeID string `json:"node_id"`
	}
	_ = json.Unmarshal(row, &id) // whatever can be read of it
	return Malformed{NodeID: id.NodeID, Reason: reason}
}

// address returns where to read: cursors come back from a database, so they are checked like any input.
func (c *Client) address(first, cursor string) (string, error) {
	if cursor == "" {
		return first, nil
	}
	u, err := url.Parse(cursor)
	if err != nil || !sameHost(u, c.host.api) || !strings.HasPrefix(u.Path, c.host.api.Path) {
		return "", &Error{Kind: Moved, Message: "the cursor points to another host", Endpoint: "GET " + path(first)}
	}
	return cursor, nil
}

var linkPattern = regexp.MustCompile(`<([^>]*)>\s*;\s*rel="(next|last)"`)

// follow reads the Link header: the next page as GitHub wrote it, and from the number of the last one the
// size of the listing. Some listings have cursors and no last page.
// https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
func (c *Client) follow(resp *gh.Response, rows int) (next string, total int, err error) {
	links := linksOf(resp)
	if next = links["next"]; next != "" {
		if _, err := c.address("", next); err != nil {
			return "", 0, responseError(resp.Request, resp.Response, BadResponse, "the next page is on another host")
		}
	}
	asked := resp.Request.URL.String()
	size := cmp.Or(numberIn(asked, "per_page"), perPage)
	switch {
	case links["last"] != "":
		total = pageNumber(links["last"]) * size
	case next == "":
		total = (max(1, pageNumber(asked))-1)*size + rows
	}
	return next, total, nil
}

// linksOf are the addresses of the next and of the last page, where GitHub tells them.
func linksOf(resp *gh.Response) map[string]string {
	links := map[string]string{}
	for _, m := range linkPattern.FindAllStringSubmatch(resp.Header.Get("Link"), -1) {
		links[m[2]] = m[1]
	}
	return links
}

func pageNumber(address string) int { return numberIn(address, "page") }

func numberIn(address, parameter string) int {
	u, err := url.Parse(address)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(u.Query().Get(parameter))
	return n
}

// partialSSO reads "partial-results; organizations=21955855,20582480".
// https://docs.github.com/rest/authentication/authenticating-to-the-rest-api#personal-access-tokens-and-saml-sso
func partialSSO(header string) []int64 {
	_, ids, found := strings.Cut(header, "organizations=")
	if !found || !strings.HasPrefix(header, "partial-results") {
		return nil
	}
	var organizations []int64
	for _, s := range strings.Split(ids, ",") {
		if id, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil {
			organizations = append(organizations, id)
		}
	}
	return organizations
}

// inRepository returns the address of something in a repository in the form that GitHub's own links have.
// The id never changes hands, a name may.
func inRepository(id int64, what string, query url.Values) string {
	if !query.Has("per_page") {
		query.Set("per_page", strconv.Itoa(perPage))
	}
	return fmt.Sprintf("repositories/%d/%s?%s", id, what, query.Encode())
}

func path(address string) string {
	before, _, _ := strings.Cut(address, "?")
	return "/" + before
}
