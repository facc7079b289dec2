package github

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
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
				return undecodable(resp.Response, err)
			}
		}
		if page.Items, page.Malformed, err = decodeRows[T](body, c.host.latest(began)); err != nil {
			return undecodable(resp.Response, err)
		}
		page.PartialSSO = partialSSO(resp.Header.Get("X-GitHub-SSO"))
		err := follow(c, resp, body, before, &page)
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

// errTooManyRows ends the reading of what is no page of GitHub's before it costs more than it may.
var errTooManyRows = fmt.Errorf("a page has more than %d rows", perPage)

// decodeRows reads a list row by row, so that one that does not decode hides no others. No row changed after latest.
func decodeRows[T any](body []byte, latest time.Time) (items []*T, broken []Malformed, err error) {
	rows := json.NewDecoder(bytes.NewReader(body))
	if first, err := rows.Token(); err != nil || first != json.Delim('[') {
		return nil, nil, cmp.Or(err, errors.New("it is no list"))
	}
	for place := 0; rows.More(); place++ {
		if place == perPage {
			return nil, nil, errTooManyRows
		}
		begin := rows.InputOffset()
		var item *T
		err := rows.Decode(&item)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, nil, err
		}
		reason := ""
		switch {
		case err != nil:
			reason = err.Error()
		case item == nil:
			reason = "null"
		default:
			intoCalendar(body[begin:rows.InputOffset()], item)
			reason = cmp.Or(unfit(item), untimely(item, latest))
		}
		if reason != "" {
			broken = append(broken, malformed(place, bytes.TrimLeft(body[begin:rows.InputOffset()], ", \t\r\n"), reason, latest))
		} else {
			items = append(items, item)
		}
	}
	_, err = rows.Token()
	return items, broken, err
}

// longestName is longer than any name that GitHub gives: a login has 39 characters, a repository's name 100.
const longestName = 255

// unfit says why a row cannot be what it seems: GitHub numbers everything from 1, and gives no endless names. Such a
// row would be stored in another's place, or break what has to fit into an index or a workflow's name.
func unfit(row any) string {
	if r, ok := row.(interface{ GetID() int64 }); ok && r.GetID() <= 0 {
		return "it has no id"
	}
	if r, ok := row.(interface{ GetNumber() int }); ok && (r.GetNumber() <= 0 || r.GetNumber() > math.MaxInt32) {
		return "it has no number"
	}
	switch r := row.(type) {
	case *gh.RepositoryCommit:
		if r.GetSHA() == "" {
			return "it has no SHA"
		}
	case *gh.Membership:
		return unfit(r.GetOrganization())
	case *gh.Issue:
		if reason := unfitLabels(r.Labels); reason != "" {
			return reason
		}
	case *gh.PullRequest:
		if reason := unfitLabels(r.Labels); reason != "" {
			return reason
		}
	}
	return tooLong(namesOf(row)...)
}

func unfitLabels(labels []*gh.Label) string {
	for _, label := range labels {
		if reason := cmp.Or(unfit(label), tooLong(label.GetName())); reason != "" {
			return "of a label: " + reason
		}
	}
	return ""
}

func tooLong(names ...string) string {
	for _, name := range names {
		if len(name) > longestName {
			return fmt.Sprintf("it has a name of %d characters", len(name))
		}
	}
	return ""
}

// untimely says why a row's last change cannot be when it says. Of two of one row the later one is stored: a row from
// the future would never change again, and one without a time never be newer.
func untimely(row any, latest time.Time) string {
	switch r := row.(type) {
	case *gh.PullRequest, *gh.Issue, *gh.IssueComment, *gh.PullRequestComment:
		return untimelyAt(r.(interface{ GetUpdatedAt() gh.Timestamp }).GetUpdatedAt().Time, latest)
	}
	return ""
}

func untimelyAt(changed, latest time.Time) string {
	switch {
	case !changed.After(firstInstant):
		return "it has no time"
	case changed.After(latest):
		return "its last change is in the future"
	}
	return ""
}

// namesOf are what a row is called by and found by.
func namesOf(row any) (names []string) {
	if r, ok := row.(interface{ GetNodeID() string }); ok {
		names = append(names, r.GetNodeID())
	}
	if r, ok := row.(interface{ GetLogin() string }); ok {
		names = append(names, r.GetLogin())
	}
	if r, ok := row.(interface{ GetFullName() string }); ok {
		names = append(names, r.GetFullName())
	}
	if r, ok := row.(*gh.RepositoryCommit); ok {
		names = append(names, r.GetSHA())
	}
	return names
}

// malformed keeps whatever can be read of a row.
func malformed(place int, row json.RawMessage, reason string, latest time.Time) Malformed {
	m := Malformed{Place: place, Reason: reason}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(row, &members)
	_ = json.Unmarshal(members["node_id"], &m.NodeID)
	_ = json.Unmarshal(members["id"], &m.ID)
	_ = json.Unmarshal(members["updated_at"], &m.UpdatedAt)
	if untimelyAt(m.UpdatedAt, latest) != "" {
		m.UpdatedAt = time.Time{}
	}
	m.NodeID = strings.ToValidUTF8(m.NodeID[:min(len(m.NodeID), longestName)], "") // rows are marked by it
	return m
}

// address returns where to read, and what is known of the pages before. Cursors come back from a database, so they
// are checked like any input.
func (c *Client) address(first, cursor string) (address string, before trail, err error) {
	if cursor == "" {
		return first, trail{}, nil
	}
	u, err := c.host.own(c.host.api, cursor)
	if err != nil {
		return "", trail{}, &Error{Kind: Moved, Message: "the cursor is no address", Endpoint: "GET " + path(first)}
	}
	before, u.Fragment = trailOf(u.Fragment), ""
	return u.String(), before, nil
}

// longestCursor is longer than any place in a listing: cursors are stored, and come back in the next question.
const longestCursor = 4000

// mostPages bounds every listing.
const mostPages = 100_000

// trail is what is known of the pages of a listing so far, of which none is kept: how many they were, the mark of the
// last, and that of one before it, which moves on ever more slowly. A list that leads in a circle, however wide,
// comes by it again (Brent's algorithm).
type trail struct {
	pages        int
	last, anchor string
}

func trailOf(fragment string) trail {
	parts := strings.Split(fragment, ".")
	if len(parts) != 3 { // of a version that kept one mark
		return trail{last: fragment}
	}
	pages, _ := strconv.Atoi(parts[1])
	return trail{pages: pages, last: parts[0], anchor: parts[2]}
}

func (t trail) String() string { return t.last + "." + strconv.Itoa(t.pages) + "." + t.anchor }

// met reports whether a page was shown before, or whether there were too many.
func (t trail) met(mark string, rows int) bool {
	return mark == t.last || rows > 0 && mark == t.anchor || t.pages >= mostPages
}

// with adds a page.
func (t trail) with(mark string) trail {
	t.last, t.pages = mark, t.pages+1
	if t.pages&(t.pages-1) == 0 {
		t.anchor = mark
	}
	return t
}

// follow says where the next page is and how large the listing is. GitHub tells both in the Link header, on a
// page beyond the first also that there is no next one; some listings have cursors and no last page.
// https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
//
// A full page without links is not the last one until the page behind it is empty: for hours GitHub sent none.
// A page that shows the same as one before it never is the last one, so that is an error: Next bears the trail of its
// pages for comparison.
func follow[T any](c *Client, resp *gh.Response, body []byte, before trail, page *Page[T]) error {
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
	if n := numberIn(next, "page"); before.met(mark, rows) || next.String() == asked.String() || n != 0 && n <= number || n > mostPages {
		return responseError(resp.Request, resp.Response, Endless, "the list goes on and shows nothing else")
	}
	next.Fragment = before.with(mark).String()
	if page.Next = next.String(); len(page.Next) > longestCursor {
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
