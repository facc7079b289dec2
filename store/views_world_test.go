package store_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

var copilot = new(int64(10)) // a bot whose login does not tell

// viewsWorld has one of each kind that the views tell apart. The times of rows are hours after noon.
func viewsWorld(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Integration(t, s, 4)
	k := talk{t, s}
	k.read(0, models.StreamCommits, models.Page{Accounts: append(talking(), models.Account{ID: 10, NodeID: "B_10", Login: "copilot", Type: models.Bot})})
	k.viewedCommits()
	k.viewedPullRequests()
	k.viewedReviews()
	k.viewedComments()
	k.viewedTickets()
	k.gone(models.StreamPullRequests, 8)
	k.hidden()
	for _, table := range []string{"commits WHERE sha = '" + storetest.SHA(3) + "'", "pull_requests WHERE number = 14", "issues WHERE number = 55"} {
		name, where, _ := strings.Cut(table, " ")
		must(t, s.DB().Exec("UPDATE "+name+" SET author_login = 'mona-before' "+where).Error) // renamed since
	}
	staleFacts(t, s)
}

func (k talk) viewedCommits() {
	k.t.Helper()
	by := func(n int, name, email, login string, id *int64) models.Commit {
		c := storetest.Commits(n, 1)[0]
		c.AuthorName, c.AuthorEmail, c.AuthorLogin, c.AuthorID, c.AuthoredAt, c.CommittedAt = name, email, login, id, hour(n), hour(n)
		return c
	}
	ofMona := func(n int) models.Commit { return by(n, "Mona", "mona@example.com", "mona", mona) }
	page := models.Page{Commits: []models.Commit{
		ofMona(1), ofMona(2), ofMona(3),
		by(5, "Hedy", "hedy@example.com", "", nil),
		by(6, "Ada", "", "", nil),
		by(7, "Lisa", "lisa@example.com", "lisa", nil),
		by(8, "Copilot", "", "copilot", copilot),
		by(9, "dependabot", "", "dependabot[bot]", nil),
		by(10, "actions[bot]", "actions@example.com", "", nil),
		ofMona(11), ofMona(12), ofMona(14), ofMona(20), ofMona(30), ofMona(40),
	}}
	for i, c := range page.Commits {
		switch c.SHA {
		case storetest.SHA(11):
			page.Commits[i].Parents = []string{storetest.SHA(10), storetest.SHA(4)}
		case storetest.SHA(12):
			page.Commits[i].Message = "Revert \"Change 1\"\n\nThis reverts commit 1."
		case storetest.SHA(30):
			page.Commits[i].Message = "Change 31" // as the head of pull request 3
		}
	}
	k.read(0, models.StreamCommits, page)
	details := func(n, additions, deletions, offset int) models.DetailedCommit {
		return models.DetailedCommit{SHA: storetest.SHA(n), Details: models.CommitDetails{
			DetailsState: models.DetailsDone, Additions: &additions, Deletions: &deletions, ChangedFiles: new(1), AuthoredOffset: &offset}}
	}
	k.read(0, models.StreamCommitDetails, models.Page{DetailedCommits: []models.DetailedCommit{
		details(1, 600, 400, 60), details(2, 1001, 0, -480), details(11, 2000, 2000, 0), details(12, 400, 600, 330),
	}})
	k.tombstone("commits WHERE sha = '" + storetest.SHA(14) + "'")
}

func (k talk) viewedPullRequests() {
	k.t.Helper()
	var list, details, events models.Page
	add := func(number int, by *int64, p models.PullRequest, d models.PullRequestDetails, commits ...int) {
		p.Number, p.ID, p.Title, p.BaseRef, p.HeadRef, p.AuthorID = number, int64(number), fmt.Sprint("Pull ", number), "main", "topic", by
		p.CreatedAt, p.UpdatedAt, p.State = hour(number), hour(number), "open"
		if by != nil && *by < *copilot {
			p.AuthorLogin = login(by)
		}
		if p.ClosedAt == nil {
			p.ClosedAt = p.MergedAt
		}
		if p.ClosedAt != nil {
			p.State, p.Merged = "closed", p.MergedAt != nil
		}
		list.PullRequests = append(list.PullRequests, p)
		if d.DetailsState == "" {
			return
		}
		told := models.DetailedPullRequest{Number: number, UpdatedAt: hour(number), Details: d}
		for position, n := range commits {
			c := storetest.Commits(n, 1)[0]
			c.AuthoredAt, c.CommittedAt = hour(n), hour(n)
			told.KnownCommits = append(told.KnownCommits, c)
			told.Commits = append(told.Commits, models.PullRequestCommit{SHA: c.SHA, Position: position})
		}
		details.DetailedPullRequests = append(details.DetailedPullRequests, told)
	}
	at := func(hours float64) *time.Time {
		return new(storetest.Noon.Add(time.Duration(hours * float64(time.Hour))))
	}
	by := func(merger *int64) models.PullRequestDetails {
		d := models.PullRequestDetails{DetailsState: models.DetailsDone, Additions: new(10), Deletions: new(5), ChangedFiles: new(2), CommitsCount: new(1), MergedByID: merger}
		if merger != nil {
			d.MergedByLogin = login(merger)
		}
		return d
	}
	merged := func(commit, head int, hours float64) models.PullRequest {
		return models.PullRequest{MergeCommitSHA: storetest.SHA(commit), HeadSHA: storetest.SHA(head), MergedAt: at(hours)}
	}
	add(1, mona, merged(11, 4, 11), by(hubot), 4)       // with a merge commit
	add(2, mona, merged(20, 21, 3.5), by(hubot), 21)    // squashed
	add(3, mona, merged(30, 31, 4.25), by(hubot), 31)   // rebased
	add(4, hubot, merged(40, 40, 5.0125), by(mona), 40) // pushed as it was
	add(5, mona, models.PullRequest{Draft: true}, by(nil))
	add(6, mona, models.PullRequest{}, by(nil)) // a draft until hour 8
	add(7, mona, models.PullRequest{ClosedAt: at(8)}, by(nil))
	add(8, mona, models.PullRequest{}, by(nil)) // deleted
	add(9, mona, merged(90, 91, 10), models.PullRequestDetails{})
	add(10, nil, models.PullRequest{}, by(nil))
	add(11, ci, merged(92, 93, 12), by(mona))
	add(12, mona, merged(94, 95, 13), by(nil)) // by somebody who is gone
	add(13, copilot, merged(96, 97, 16), by(mona))
	add(14, mona, merged(98, 99, 15), models.PullRequestDetails{DetailsState: models.DetailsUnavailable, DetailsReason: "too large"})
	k.read(0, models.StreamPullRequests, list)
	k.read(0, models.StreamPullRequestDetails, details)
	happened := func(number int, event string, hours float64, by *int64) {
		e := models.IssueEvent{NodeID: fmt.Sprint("E", number, event, hours), Event: event, CreatedAt: *at(hours), ActorID: by, ActorLogin: login(by)}
		events.DetailedIssues = append(events.DetailedIssues, models.DetailedIssue{Number: number, OnPullRequest: true, UpdatedAt: hour(number), State: models.DetailsDone, Events: []models.IssueEvent{e}})
	}
	happened(6, "ready_for_review", 8, mona)
	happened(7, "closed", 8, hubot)
	happened(1, "closed", 11, hubot)
	happened(13, "closed", 14, mona)
	happened(13, "reopened", 15, mona)
	happened(13, "closed", 16, mona)
	k.read(0, models.StreamIssueEvents, events)
}

// tombstone marks rows that facts are not made of.
func (k talk) tombstone(which string) {
	k.t.Helper()
	table, where, _ := strings.Cut(which, " ")
	must(k.t, k.s.DB().Exec("UPDATE "+table+" SET deleted_at = ? "+where, hour(99)).Error)
}

var (
	longSHA = regexp.MustCompile(`[0-9a-f]{40}`)
	instant = regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d`)
)

// cell is a value of a view, the same from both databases.
func cell(column string, value any) string {
	switch v := value.(type) {
	case nil:
		return "-"
	case time.Time:
		return fmt.Sprint(v.Sub(storetest.Noon).Hours(), "h")
	case int64:
		if strings.HasPrefix(column, "is_") || column == "fork" || column == "archived" || column == "draft" || column == "on_default_branch" {
			return fmt.Sprint(v == 1)
		}
	case string:
		if at := instant.FindString(v); at != "" { // SQLite forgets the type of what it computes
			parsed, _ := time.Parse(time.DateTime, strings.Replace(at, "T", " ", 1))
			return cell(column, parsed)
		}
		if v == "" {
			return "''"
		}
		v = longSHA.ReplaceAllStringFunc(v, func(sha string) string {
			n, _ := strconv.ParseInt(sha, 16, 64)
			return fmt.Sprint("c", n)
		})
		return strings.NewReplacer(`", "`, `","`, "\n", "⏎", "`", "'").Replace(v)
	}
	return fmt.Sprint(value)
}

// shows compares a view with a table: its first line has the columns, the others the rows in the order of the first.
func shows(t *testing.T, s *store.Store, from, order, table string) {
	t.Helper()
	var want, got []string
	for line := range strings.Lines(strings.TrimSpace(table)) {
		want = append(want, strings.TrimSpace(line))
	}
	columns := strings.Split(want[0], " | ")
	var found []map[string]any
	must(t, s.Reader().Raw("SELECT "+strings.Join(columns, ", ")+" FROM "+from+" ORDER BY "+order).Scan(&found).Error)
	for _, row := range found {
		cells := make([]string, len(columns))
		for i, column := range columns {
			cells[i] = cell(column, row[column])
		}
		got = append(got, strings.TrimSpace(strings.Join(cells, " | ")))
	}
	if diff := cmp.Diff(want[1:], got); diff != "" {
		t.Errorf("%s (%s): %s", from, want[0], diff)
	}
}
