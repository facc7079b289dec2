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
	// Next is the cursor of the next page; empty on the last page.
	Next string
	// First is the index of the first row in the listing, from 0. Size is how many rows the page has room for.
	First, Size int
	// Total estimates the rows of the whole listing, rounded up to full pages. It is 0 when GitHub does not tell.
	Total int
	// ReadAt is when the request was sent, by GitHub's clock. The page may lack what happened later.
	ReadAt time.Time
	// PartialSSO are the ids of organizations that GitHub left out because the token has not passed their single
	// sign-on.
	PartialSSO []int64
	// Malformed are rows that could not be read. All others are in Items.
	Malformed []Malformed

	redirected bool
}

// Skips reports that the page lacks rows: some that cannot be read, or all of them although the listing goes on. A
// page without a readable row was read more than once.
func (p Page[T]) Skips() bool {
	return len(p.Malformed) > 0 || p.Next != "" && len(p.Items) == 0
}

// convert is a page with its rows as another type.
func convert[From, To any](page Page[From], row func(From) To) Page[To] {
	rows := make([]To, len(page.Items))
	for i, item := range page.Items {
		rows[i] = row(item)
	}
	return Page[To]{
		Items: rows, Next: page.Next, First: page.First, Size: page.Size, Total: page.Total, ReadAt: page.ReadAt,
		PartialSSO: page.PartialSSO, Malformed: page.Malformed,
	}
}

// EachPage reads a listing from its first page to its last. More than most pages are an *Error of kind Endless.
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

// list reads one page: the first, or the one at cursor, which is the Next of an earlier page.
func list[T any](ctx context.Context, c *Client, first, cursor string) (Page[*T], error) {
	return listMember[T](ctx, c, "", first, cursor)
}

// emptyPageTries is how often a page is read that has no readable row although it should have one.
const emptyPageTries = 3

// listMember reads one page of a listing that is a member of an object, beside the exact total. An empty member is a
// plain listing.
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

// unwrap takes the rows out of {"total_count": 2, "installations": [...]}. Missing rows are an error, because they must
// not look like an empty listing.
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

// address returns the address to read, and the pages before it. Cursors come from a database, so they are checked like
// any input.
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

// maxCursorLength is more than any cursor has. Cursors are stored, and become part of the next request.
const maxCursorLength = 4000

// setNext sets the cursor of the next page and the size of the listing, which GitHub tells in the Link header. Some
// listings have cursors and no last page.
// https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
//
// After a full page without a Link header the next page is read, because GitHub once left the header out for hours. A
// page that is the same as an earlier one is an error, because such a listing never ends. Next therefore contains the
// visited pages.
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
	sum := checksum(body)
	if n := intParameter(next, "page"); before.repeats(sum, rows) || next.String() == asked.String() || n != 0 && n <= number || n > maxPages {
		return responseError(resp.Request, resp.Response, Endless, "the list goes on and shows nothing else")
	}
	next.Fragment = before.with(sum).String()
	if page.Next = next.String(); len(page.Next) > maxCursorLength {
		return responseError(resp.Request, resp.Response, BadResponse, "the address of the next page has no end")
	}
	return nil
}

// last is the address of the last page, or of the next where GitHub does not tell the last. It is empty on the last.
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

// inRepository returns an address in a repository, in the form of GitHub's own URLs. Unlike a name, the id always
// means the same repository.
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
