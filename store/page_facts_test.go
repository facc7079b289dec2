package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// talk is a conversation about pull requests of mona. Its times are hours after noon.
type talk struct {
	t *testing.T
	s *store.Store
}

var mona, hubot, ci = new(int64(7)), new(int64(8)), new(int64(9))

func talking() []models.Account {
	return []models.Account{
		{ID: 7, NodeID: "U_7", Login: "mona", Type: models.User}, {ID: 8, NodeID: "U_8", Login: "hubot", Type: models.User},
		{ID: 9, NodeID: "B_9", Login: "ci[bot]", Type: models.Bot},
	}
}

func hour(n int) time.Time { return storetest.Noon.Add(time.Duration(n) * time.Hour) }

func login(id *int64) string { return talking()[*id-7].Login }

// read stores a page that was read at an hour.
func (k talk) read(at int, kind models.StreamKind, page models.Page) {
	k.t.Helper()
	stream := reclaim(k.t, k.s, kind)
	page.ReadAt = hour(at)
	if page.Accounts == nil {
		page.Accounts = talking()
	}
	save(k.t, k.s, &stream, page)
}

func (k talk) pull(at int, p models.PullRequest) {
	k.t.Helper()
	p.ID, p.State, p.AuthorLogin, p.AuthorID, p.CreatedAt, p.UpdatedAt = int64(p.Number), "open", login(mona), mona, hour(0), hour(at)
	k.read(at, models.StreamPullRequests, models.Page{PullRequests: []models.PullRequest{p}})
}

// details have commits, by number, authored in the hour before they are committed.
func (k talk) details(at, number int, commits map[int]int, reviews ...models.Review) {
	k.t.Helper()
	d := models.DetailedPullRequest{Number: number, UpdatedAt: hour(at), Reviews: reviews,
		Details: models.PullRequestDetails{DetailsState: models.DetailsDone, Additions: new(10), Deletions: new(5), ChangedFiles: new(1)}}
	for n, committed := range commits {
		c := storetest.Commits(n, 1)[0]
		c.AuthoredAt, c.CommittedAt = hour(committed-1), hour(committed)
		d.KnownCommits = append(d.KnownCommits, c)
		d.Commits = append(d.Commits, models.PullRequestCommit{SHA: c.SHA, Position: n})
	}
	k.read(at, models.StreamPullRequestDetails, models.Page{DetailedPullRequests: []models.DetailedPullRequest{d}})
}

func review(id int64, by *int64, at int, state, body string) models.Review {
	return models.Review{ID: id, State: state, Body: body, AuthorLogin: login(by), AuthorID: by, CreatedAt: hour(at), UpdatedAt: hour(at), SubmittedAt: new(hour(at))}
}

func onLine(id int64, number int, by *int64, at int, body string) models.ReviewComment {
	return models.ReviewComment{ID: id, Number: number, Body: body, AuthorLogin: login(by), AuthorID: by, CreatedAt: hour(at), UpdatedAt: hour(at)}
}

func said(id int64, number int, by *int64, at int, body string) models.IssueComment {
	return models.IssueComment{ID: id, Number: number, OnPullRequest: true, Body: body, AuthorLogin: login(by), AuthorID: by, CreatedAt: hour(at), UpdatedAt: hour(at)}
}

// events are those that pull request 1 has by now, with the hours in which they happened.
func (k talk) events(at int, happened map[string]int) {
	k.t.Helper()
	d := models.DetailedIssue{Number: 1, OnPullRequest: true, UpdatedAt: hour(at), State: models.DetailsDone}
	for event, at := range happened {
		d.Events = append(d.Events, models.IssueEvent{NodeID: event, Event: event, ActorLogin: login(mona), ActorID: mona, CreatedAt: hour(at)})
	}
	k.read(at, models.StreamIssueEvents, models.Page{DetailedIssues: []models.DetailedIssue{d}})
}

// begin tells a first pull request with responses of hubot's in the hours 2 and 3 and one commit after them, and a second
// without any.
func (k talk) begin() {
	k.t.Helper()
	storetest.Integration(k.t, k.s, 2)
	k.pull(0, models.PullRequest{Number: 1})
	k.pull(0, models.PullRequest{Number: 2})
	k.details(0, 1, map[int]int{1: -1, 2: 5}, review(11, hubot, 3, "APPROVED", "Looks good"), review(12, mona, 1, "COMMENTED", "My own"), review(13, hubot, 2, "COMMENTED", ""))
	k.read(0, models.StreamReviewComments, models.Page{ReviewComments: []models.ReviewComment{onLine(21, 1, hubot, 2, "What does this do here?")}})
	k.read(0, models.StreamIssueComments, models.Page{IssueComments: []models.IssueComment{
		said(31, 1, mona, 2, "It does what it says, and it does so for a reason."), said(32, 1, ci, 1, "All checks have passed on all of the platforms."),
	}})
}

// gone is GitHub's proof that something is no more.
func (k talk) gone(kind models.StreamKind, key int64) {
	k.t.Helper()
	v, err := k.s.CreateVerification(k.t.Context(), storetest.OrganizationID, true)
	if err == nil {
		v, err = k.s.StartVerification(k.t.Context(), storetest.OrganizationID, v.ID)
	}
	if err == nil {
		_, err = k.s.ClaimStream(k.t.Context(), repository, kind)
	}
	if err == nil {
		_, err = k.s.SaveComparison(k.t.Context(), store.Comparison{VerificationID: v.ID, RepositoryID: repository, Kind: kind, To: "z", Differences: []store.Difference{
			{Drift: models.Drift{Kind: kind, Subject: fmt.Sprint(key), Finding: models.FoundGone}, Proof: &store.Proof{Key: key, Reason: store.Deleted, At: hour(9)}},
		}})
	}
	must(k.t, err)
}

// shownFacts has a line for each pull request.
func shownFacts(t *testing.T, s *store.Store) (lines []string) {
	t.Helper()
	var all []models.PullRequestFacts
	must(t, s.DB().Order("repository_id, number").Find(&all).Error)
	for _, f := range all {
		at := func(t *time.Time) string {
			if t == nil {
				return "-"
			}
			return fmt.Sprint(t.Sub(storetest.Noon).Hours(), "h")
		}
		changed := "-"
		if f.Lines != nil {
			changed = fmt.Sprint(*f.Lines)
		}
		lines = append(lines, fmt.Sprintf("%d by %d, bot %v, created %s ready %s closed %s merged %s, commits %s to %s, first response %s, %d responses %d approvals %d words, follow-on %d, lines %s",
			f.Number, *f.AuthorID, f.AuthorIsBot, at(&f.CreatedAt), at(f.ReadyAt), at(f.ClosedAt), at(f.MergedAt), at(f.FirstCommitAt), at(f.LastCommitAt),
			at(f.FirstResponseAt), f.Responses, f.Approvals, f.LongestResponse, f.FollowOnCommits, changed))
	}
	return lines
}

// staleFacts are none.
func staleFacts(t *testing.T, s *store.Store) {
	t.Helper()
	stale, err := s.StaleFacts(t.Context())
	if err != nil || len(stale) > 0 {
		t.Errorf("stale facts: %+v, %v", stale, err)
	}
}

func TestFacts_followWhatHappens(t *testing.T) {
	const silent = "2 by 7, bot false, created 0h ready 0h closed - merged -, commits - to -, first response -, 0 responses 0 approvals 0 words, follow-on 0, lines -"
	for _, c := range []struct {
		name   string
		happen func(talk)
		want   string // of pull request 1; empty when it has none
	}{
		{"nothing", func(talk) {},
			"1 by 7, bot false, created 0h ready 0h closed - merged -, commits -2h to 5h, first response 2h, 2 responses 1 approvals 5 words, follow-on 1, lines 15"},
		{"a comment on a line is deleted", func(k talk) { k.gone(models.StreamReviewComments, 21) },
			"1 by 7, bot false, created 0h ready 0h closed - merged -, commits -2h to 5h, first response 3h, 1 responses 1 approvals 2 words, follow-on 1, lines 15"},
		{"a comment is edited", func(k talk) {
			c := onLine(21, 1, hubot, 2, "👍")
			c.UpdatedAt = hour(4)
			k.read(4, models.StreamReviewComments, models.Page{ReviewComments: []models.ReviewComment{c}})
		}, "1 by 7, bot false, created 0h ready 0h closed - merged -, commits -2h to 5h, first response 2h, 2 responses 1 approvals 2 words, follow-on 1, lines 15"},
		{"the one who responded turns out to be a bot", func(k talk) { k.renamed(models.Account{ID: 8, NodeID: "B_8", Login: "hubot[bot]", Type: models.Bot}) },
			"1 by 7, bot false, created 0h ready 0h closed - merged -, commits -2h to 5h, first response -, 0 responses 0 approvals 0 words, follow-on 0, lines 15"},
		{"the one who responded is renamed", func(k talk) { k.renamed(models.Account{ID: 8, NodeID: "U_8", Login: "hubert", Type: models.User}) },
			"1 by 7, bot false, created 0h ready 0h closed - merged -, commits -2h to 5h, first response 2h, 2 responses 1 approvals 5 words, follow-on 1, lines 15"},
		{"it becomes a draft, then ready", func(k talk) { k.events(6, map[string]int{"convert_to_draft": 1, "ready_for_review": 4}) },
			"1 by 7, bot false, created 0h ready 4h closed - merged -, commits -2h to 5h, first response 2h, 2 responses 1 approvals 5 words, follow-on 1, lines 15"},
		{"it becomes a draft", func(k talk) {
			k.pull(6, models.PullRequest{Number: 1, Draft: true})
			k.events(6, map[string]int{"convert_to_draft": 1})
		}, "1 by 7, bot false, created 0h ready - closed - merged -, commits -2h to 5h, first response 2h, 2 responses 1 approvals 5 words, follow-on 1, lines 15"},
		{"an event of its draft is no longer told", func(k talk) {
			k.events(6, map[string]int{"convert_to_draft": 1, "ready_for_review": 4})
			k.events(7, nil)
		}, "1 by 7, bot false, created 0h ready 0h closed - merged -, commits -2h to 5h, first response 2h, 2 responses 1 approvals 5 words, follow-on 1, lines 15"},
		{"the review is dismissed", func(k talk) {
			k.details(6, 1, map[int]int{1: -1, 2: 5}, review(11, hubot, 3, "DISMISSED", "Looks good"))
		}, "1 by 7, bot false, created 0h ready 0h closed - merged -, commits -2h to 5h, first response 2h, 2 responses 0 approvals 5 words, follow-on 1, lines 15"},
		{"the review is deleted", func(k talk) { k.details(6, 1, map[int]int{1: -1, 2: 5}) },
			"1 by 7, bot false, created 0h ready 0h closed - merged -, commits -2h to 5h, first response 2h, 1 responses 0 approvals 5 words, follow-on 1, lines 15"},
		{"a force push replaces its commits", func(k talk) { k.details(6, 1, map[int]int{3: 4, 4: 6}, review(11, hubot, 3, "APPROVED", "Looks good")) },
			"1 by 7, bot false, created 0h ready 0h closed - merged -, commits 3h to 6h, first response 2h, 2 responses 1 approvals 5 words, follow-on 2, lines 15"},
		{"it is merged", func(k talk) {
			k.pull(8, models.PullRequest{Number: 1, Merged: true, MergedAt: new(hour(8)), ClosedAt: new(hour(8))})
		}, "1 by 7, bot false, created 0h ready 0h closed 8h merged 8h, commits -2h to 5h, first response 2h, 2 responses 1 approvals 5 words, follow-on 1, lines 15"},
		{"it is deleted", func(k talk) { k.gone(models.StreamPullRequests, 1) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				k := talk{t, s}
				k.begin()
				c.happen(k)
				want := []string{c.want, silent}
				if c.want == "" {
					want = want[1:]
				}
				if diff := cmp.Diff(want, shownFacts(t, s)); diff != "" {
					t.Error(diff)
				}
				staleFacts(t, s)
			})
		})
	}
}

// renamed lets GitHub call an account otherwise, and a sync end.
func (k talk) renamed(a models.Account) {
	k.t.Helper()
	k.read(6, models.StreamCommits, models.Page{Accounts: []models.Account{a}})
	must(k.t, k.s.CorrectNames(k.t.Context(), storetest.OrganizationID))
}

func TestFacts_knowAnAuthorWhoTurnsOutToBeABot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		k := talk{t, s}
		k.begin()
		k.renamed(models.Account{ID: 7, NodeID: "B_7", Login: "mona", Type: models.Bot})
		want := []string{
			"1 by 7, bot true, created 0h ready 0h closed - merged -, commits -2h to 5h, first response 2h, 2 responses 1 approvals 5 words, follow-on 1, lines 15",
			"2 by 7, bot true, created 0h ready 0h closed - merged -, commits - to -, first response -, 0 responses 0 approvals 0 words, follow-on 0, lines -",
		}
		if diff := cmp.Diff(want, shownFacts(t, s)); diff != "" {
			t.Error(diff)
		}
		staleFacts(t, s)
	})
}

func TestFacts_goWithTheirRepository(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		k := talk{t, s}
		k.begin()
		claim, err := s.ClaimStream(t.Context(), repository+1, models.StreamPullRequests)
		must(t, err)
		save(t, s, &claim.Stream, models.Page{ReadAt: hour(0), Accounts: talking(), PullRequests: []models.PullRequest{{Number: 3, State: "open", AuthorLogin: "mona", AuthorID: mona, CreatedAt: hour(1), UpdatedAt: hour(1)}}})
		_, _, err = s.RemoveRepositories(t.Context(), integrationOf(t, s).ID, []int64{repository}, true)
		must(t, err)
		purgeAll(t, s, storetest.OrganizationID, 1) // one row at a time: facts go first
		want := []string{"3 by 7, bot false, created 1h ready 1h closed - merged -, commits - to -, first response -, 0 responses 0 approvals 0 words, follow-on 0, lines -"}
		if diff := cmp.Diff(want, shownFacts(t, s)); diff != "" {
			t.Error(diff)
		}
		staleFacts(t, s)
	})
}
