package github

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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
	First, Size int
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

// EachPage reads a listing from its first page to its last. One that has more pages than that is an Endless error.
func EachPage[T any](ctx context.Context, most int, read func(ctx context.Context, cursor string) (Page[T], error), use func(Page[T]) error) error {
	cursor := ""
	for range most {
		page, err := read(ctx, cursor)
		if err != nil {
			return err
		}
		if err := use(page); err != nil {
			return err
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
	e := &Error{Kind: Endless, Status: http.StatusOK, Message: fmt.Sprintf("the list has more than %d pages", most)}
	if address, err := url.Parse(cursor); err == nil {
		e.Endpoint = "GET " + address.Path
	}
	return e
}

// list reads one page: the first, or the one that cursor, a Next from before, points to.
func list[T any](ctx context.Context, c *Client, first, cursor string) (Page[*T], error) {
	return listMember[T](ctx, c, "", first, cursor)
}

// barrenTries is how often a page is asked for that has nothing to read on it although something is there.
const emptyPageTries = 3

// listIn reads one page of a listing that is a member of an object, beside the exact total.
func listMember[T any](ctx context.Context, c *Client, member, first, cursor string) (page Page[*T], err error) {
	for range emptyPageTries {
		page, err = listOnce[T](ctx, c, member, first, cursor)
		if err != nil || len(page.Items) > 0 || page.Next == "" && len(page.Malformed) == 0 {
			break
		}
	}
	return page, err
}

func listOnce[T any](ctx context.Context, c *Client, member, first, cursor string) (page Page[*T], err error) {
	address, before, err := c.address(first, cursor)
	if err != nil {
		return page, err
	}
	began := c.host.now()
	err = c.fetch(ctx, address, func(resp *gh.Response, body []byte) error {
		page = Page[*T]{ReadAt: c.host.atGitHub(began), redirected: resp.Request.Response != nil}
		exact := 0
		if member != "" {
			if body, exact, err = unwrap(body, member); err != nil {
				return decodeError(resp.Response, err)
			}
		}
		if page.Items, page.Malformed, err = decodeRows[T](body, c.host.latestPossible(began)); err != nil {
			return decodeError(resp.Response, err)
		}
		page.PartialSSO = partialSSO(resp.Header.Get("X-GitHub-SSO"))
		err := setNext(c, resp, body, before, &page)
		if member != "" {
			page.Total = exact
		}
		return err
	})
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

// address returns where to read, and what is known of the pages before. Cursors come back from a database, so they
// are checked like any input.
func (c *Client) address(first, cursor string) (address string, before visitedPages, err error) {
	if cursor == "" {
		return first, visitedPages{}, nil
	}
	u, err := c.host.onThisHost(c.host.api, cursor)
	if err != nil {
		return "", visitedPages{}, &Error{Kind: Moved, Message: "the cursor is no address", Endpoint: "GET " + path(first)}
	}
	before, u.Fragment = parseVisitedPages(u.Fragment), ""
	return u.String(), before, nil
}

// longestCursor is longer than any place in a listing: cursors are stored, and come back in the next question.
const maxCursorLength = 4000

// follow says where the next page is and how large the listing is. GitHub tells both in the Link header, on a
// page beyond the first also that there is no next one; some listings have cursors and no last page.
// https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
//
// A full page without links is not the last one until the page behind it is empty: for hours GitHub sent none.
// A page that shows the same as one before it never is the last one, so that is an error: Next bears the trail of its
// pages for comparison.
func setNext[T any](c *Client, resp *gh.Response, body []byte, before visitedPages, page *Page[T]) error {
	asked := resp.Request.URL
	number := max(1, intParameter(asked, "page"))
	rows := len(page.Items) + len(page.Malformed)
	page.Size = cmp.Or(intParameter(asked, "per_page"), perPage)
	page.First = (number - 1) * page.Size

	links := linkTargets(resp.Header.Values("Link"))
	var next *url.URL
	switch {
	case links["next"] != "":
		var err error
		if next, err = c.host.onThisHost(asked, links["next"]); err != nil {
			return responseError(resp.Request, resp.Response, BadResponse, "the next page has no address")
		}
	case rows >= page.Size && links["prev"] == "" && links["first"] == "":
		next = withPage(asked, number+1)
	}
	switch last, err := url.Parse(links["last"]); {
	case links["last"] != "" && err == nil:
		page.Total = intParameter(last, "page") * page.Size
	case links["next"] == "":
		page.Total = page.First + rows
	}
	if next == nil {
		return nil
	}
	mark := checksum(body)
	if n := intParameter(next, "page"); before.repeats(mark, rows) || next.String() == asked.String() || n != 0 && n <= number || n > maxPages {
		return responseError(resp.Request, resp.Response, Endless, "the list goes on and shows nothing else")
	}
	next.Fragment = before.with(mark).String()
	if page.Next = next.String(); len(page.Next) > maxCursorLength {
		return responseError(resp.Request, resp.Response, BadResponse, "the address of the next page has no end")
	}
	return nil
}

// last is the address of the last page, or of the next where GitHub does not tell which is the last; empty on
// the last.
func (p Page[T]) last() string {
	address, err := url.Parse(p.Next)
	if p.Next == "" || err != nil {
		return ""
	}
	return withPage(address, max(intParameter(address, "page"), p.Total/p.Size)).String()
}

func withPage(address *url.URL, page int) *url.URL {
	other, query := *address, address.Query()
	query.Set("page", strconv.Itoa(page))
	other.RawQuery, other.Fragment = query.Encode(), ""
	return &other
}

func intParameter(address *url.URL, parameter string) int {
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
