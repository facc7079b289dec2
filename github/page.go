package github

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/url"
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
	// Next is the address of the next page, to be passed on as it is; empty on the last page.
	Next string
	// First is the place of the first row in the listing, from 0; Asked is for how many rows the page has room.
	First, Asked int
	// Total estimates the rows of the whole listing, rounded up to full pages; 0 when GitHub does not tell.
	Total int
	// ReadAt is before GitHub looked, by GitHub's clock: what happened later may be missing from the page.
	ReadAt time.Time
	// PartialSSO are the ids of organizations that GitHub left out because the token has not passed their
	// single sign-on. A list with any is incomplete.
	PartialSSO []int64
	// Malformed are rows that could not be read. All others are in Items.
	Malformed []Malformed

	redirected bool
}

// Skips reports that the page does not show all that is on it: rows that cannot be read, or nothing although the
// listing goes on behind it. GitHub was asked for it more than once if there was nothing else.
func (p Page[T]) Skips() bool {
	return len(p.Malformed) > 0 || p.Next != "" && len(p.Items) == 0
}

// Malformed is a row that GitHub should never have sent.
type Malformed struct {
	Place  int // on the page, among all its rows
	Reason string
	// What could be read of it, each zero when not.
	NodeID    string
	ID        int64
	UpdatedAt time.Time
}

// EachPage reads a listing from its first page to its last. That it has one is certain: see follow.
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

// barrenTries is how often a page is asked for that has nothing to read on it although something is there.
const barrenTries = 3

// listIn reads one page of a listing that is a member of an object, beside the exact total.
func listIn[T any](ctx context.Context, c *Client, member, first, cursor string) (page Page[*T], err error) {
	for range barrenTries {
		page, err = listOnce[T](ctx, c, member, first, cursor)
		if err != nil || len(page.Items) > 0 || page.Next == "" && len(page.Malformed) == 0 {
			break
		}
	}
	return page, err
}

func listOnce[T any](ctx context.Context, c *Client, member, first, cursor string) (Page[*T], error) {
	address, before, err := c.address(first, cursor)
	if err != nil {
		return Page[*T]{}, err
	}
	began := c.host.now()
	resp, body, err := c.fetch(ctx, address)
	if err != nil {
		return Page[*T]{}, err
	}
	page := Page[*T]{ReadAt: c.host.atGitHub(began), redirected: resp.Request.Response != nil}
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
	err = follow(c, resp, body, before, &page)
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
	for place, row := range rows {
		var item *T
		err := json.Unmarshal(row, &item)
		switch {
		case err != nil:
			broken = append(broken, malformed(place, row, err.Error()))
		case item == nil:
			broken = append(broken, malformed(place, row, "null"))
		default:
			items = append(items, item)
		}
	}
	return items, broken, nil
}

// malformed keeps whatever can be read of a row.
func malformed(place int, row json.RawMessage, reason string) Malformed {
	m := Malformed{Place: place, Reason: reason}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(row, &members)
	_ = json.Unmarshal(members["node_id"], &m.NodeID)
	_ = json.Unmarshal(members["id"], &m.ID)
	_ = json.Unmarshal(members["updated_at"], &m.UpdatedAt)
	return m
}

// address returns where to read, and the mark of the page before. Cursors come back from a database, so they
// are checked like any input.
func (c *Client) address(first, cursor string) (address, before string, err error) {
	if cursor == "" {
		return first, "", nil
	}
	u, err := c.host.own(c.host.api, cursor)
	if err != nil {
		return "", "", &Error{Kind: Moved, Message: "the cursor is no address", Endpoint: "GET " + path(first)}
	}
	before, u.Fragment = u.Fragment, ""
	return u.String(), before, nil
}

// mostPages bounds every listing.
const mostPages = 100_000

// follow says where the next page is and how large the listing is. GitHub tells both in the Link header, on a
// page beyond the first also that there is no next one; some listings have cursors and no last page.
// https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
//
// A full page without links is not the last one until the page behind it is empty: for hours GitHub sent none.
// A page that shows the same as the one before it never is the last one, so that is an error: Next bears a mark
// of its page for comparison.
func follow[T any](c *Client, resp *gh.Response, body []byte, before string, page *Page[T]) error {
	asked := resp.Request.URL
	number := max(1, numberIn(asked, "page"))
	rows := len(page.Items) + len(page.Malformed)
	page.Asked = cmp.Or(numberIn(asked, "per_page"), perPage)
	page.First = (number - 1) * page.Asked

	links := relations(resp.Header.Values("Link"))
	var next *url.URL
	switch {
	case links["next"] != "":
		var err error
		if next, err = c.host.own(asked, links["next"]); err != nil {
			return responseError(resp.Request, resp.Response, BadResponse, "the next page has no address")
		}
	case rows >= page.Asked && links["prev"] == "" && links["first"] == "":
		next = numbered(asked, number+1)
	}
	switch last, err := url.Parse(links["last"]); {
	case links["last"] != "" && err == nil:
		page.Total = numberIn(last, "page") * page.Asked
	case links["next"] == "":
		page.Total = page.First + rows
	}
	if next == nil {
		return nil
	}
	mark := markOf(body)
	if n := numberIn(next, "page"); mark == before || next.String() == asked.String() || n != 0 && n <= number || n > mostPages {
		return responseError(resp.Request, resp.Response, Endless, "the list goes on and shows nothing else")
	}
	next.Fragment = mark
	page.Next = next.String()
	return nil
}

// last is the address of the last page, or of the next where GitHub does not tell which is the last; empty on
// the last.
func (p Page[T]) last() string {
	address, err := url.Parse(p.Next)
	if p.Next == "" || err != nil {
		return ""
	}
	return numbered(address, max(numberIn(address, "page"), p.Total/p.Asked)).String()
}

func numbered(address *url.URL, page int) *url.URL {
	other, query := *address, address.Query()
	query.Set("page", strconv.Itoa(page))
	other.RawQuery, other.Fragment = query.Encode(), ""
	return &other
}

// markOf is the same for two pages that show the same.
func markOf(body []byte) string {
	sum := fnv.New64a()
	sum.Write(body)
	return strconv.FormatUint(sum.Sum64(), 36)
}

func numberIn(address *url.URL, parameter string) int {
	n, _ := strconv.Atoi(address.Query().Get(parameter))
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
