package activities_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// verified is an organization with two repositories, synced to the end.
type verified struct {
	*world
	web     *githubsim.Repository
	pull    *githubsim.PullRequest
	line    *githubsim.ReviewComment
	spam    *githubsim.Comment // on the pull request
	issue   *githubsim.Issue
	comment *githubsim.Comment // on the issue
}

func newVerified(t *testing.T, url string) *verified {
	t.Helper()
	w := &verified{world: newWorld(t, url)}
	w.web = w.org.AddRepository("web")
	w.web.OpenIssue(githubsim.IssueSpec{Author: w.person, Title: "Slow"})
	w.pull = w.repo.PullRequest(1)
	review := w.pull.Review(githubsim.ReviewSpec{Author: w.person, Body: "Well."})
	w.line = w.pull.ReviewComment(githubsim.ReviewCommentSpec{Author: w.person, Body: "Why?", Review: review})
	w.spam = w.pull.Comment(githubsim.CommentSpec{Author: w.person, Body: "Buy now!"})
	w.issue = w.repo.Issue(2)
	w.comment = w.issue.Comment(githubsim.CommentSpec{Author: w.person, Body: "Wait."})
	w.later(time.Hour)
	w.Sync(t)
	w.Check(t)
	w.later(time.Hour)
	return w
}

// exec changes the database behind the product's back.
func (w *verified) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if storetest.Exec(t, w.URL, statement, args...) == 0 {
		t.Fatalf("%s changed nothing", statement)
	}
}

// found says in a line for each what a verification found, without repairs.
func found(r store.VerificationReport) []string {
	var lines []string
	for _, d := range r.Drifts {
		line := fmt.Sprintf("%s %s %s %s", d.Repository, d.Kind, d.Subject, d.Finding)
		if d.Expected != d.Stored {
			line += fmt.Sprintf(" %d not %d", d.Expected, d.Stored)
		}
		if d.Finding == models.FoundGone && d.Expected == d.Stored {
			line += ": " + d.Reason
		}
		lines = append(lines, line)
	}
	return lines
}

func TestVerify_findsExactlyWhatDiffersAndMendsIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*testing.T, *verified)
		sync   bool // the probe shows the change, and a sync reads what it can
		want   func(*verified) []string
	}{
		"nothing": {change: func(*testing.T, *verified) {}},
		"what has left GitHub": {
			change: func(_ *testing.T, w *verified) {
				w.issue.Delete()
				w.repo.Issue(4).ConvertToDiscussion()
				w.repo.Issue(6).Transfer(w.web)
				w.line.Delete()
				w.spam.Delete()
			}, sync: true,
			want: func(w *verified) []string {
				return []string{
					fmt.Sprintf("acme/api issue_comments %d gone: not found", w.spam.ID),
					"acme/api issues 2 gone: deleted", "acme/api issues 4 gone: not found", "acme/api issues 6 gone: transferred",
					fmt.Sprintf("acme/api review_comments %d gone: not found", w.line.ID),
				}
			},
		},
		"a comment that was deleted": {
			change: func(_ *testing.T, w *verified) { w.comment.Delete() }, sync: true,
			want: func(w *verified) []string {
				return []string{fmt.Sprintf("acme/api issue_comments %d gone: not found", w.comment.ID)}
			},
		},
		"what moved no time that a probe sees": {
			change: func(_ *testing.T, w *verified) {
				w.comment.Edit("Wait a moment.")
				w.line.Edit("Why not?")
				w.pull.Review(githubsim.ReviewSpec{Author: w.person, SubmittedAt: w.current.Add(-3 * time.Hour)})
			},
			want: func(w *verified) []string {
				return []string{
					fmt.Sprintf("acme/api issue_comments %d stale", w.comment.ID),
					"acme/api pull_request_details 1 missing 3 not 2",
					fmt.Sprintf("acme/api review_comments %d stale", w.line.ID),
				}
			},
		},
		"missing rows": {
			change: func(t *testing.T, w *verified) {
				w.exec(t, "DELETE FROM pull_requests WHERE number = 5")
				w.exec(t, "DELETE FROM issues WHERE number = 4")
				w.exec(t, "DELETE FROM issue_comments WHERE id IN (?, ?)", w.comment.ID, w.spam.ID)
				w.exec(t, "DELETE FROM reviews WHERE number = 1")
				w.exec(t, "DELETE FROM commits WHERE sha = ?", w.repo.Head("main").Parents[0].SHA)
			},
			want: func(*verified) []string {
				return []string{
					"acme/api commits  missing 3 not 2",
					"acme/api issue_comments #1 missing 2 not 1", "acme/api issue_comments #2 missing 2 not 1",
					"acme/api issues  missing 3 not 2",
					"acme/api pull_request_details 1 missing 2 not 0",
					"acme/api pull_requests  missing 3 not 2",
				}
			},
		},
		"a commit that is on no branch": {
			change: func(t *testing.T, w *verified) {
				w.exec(t, "UPDATE commits SET on_default_branch = false WHERE sha = ?", w.repo.Head("main").SHA)
			},
			want: func(*verified) []string { return []string{"acme/api commits  missing 3 not 2"} },
		},
		"commits of pull requests that are on the branch": {
			change: func(t *testing.T, w *verified) {
				w.exec(t, "UPDATE commits SET on_default_branch = true WHERE NOT on_default_branch")
			},
			want: func(*verified) []string { return []string{"acme/api commits  stale 3 not 6"} },
		},
		"rows as they were": {
			change: func(t *testing.T, w *verified) {
				old := w.current.Add(-24 * time.Hour)
				w.exec(t, "UPDATE issues SET title = 'old', updated_at = ? WHERE number = 4", old)
				w.exec(t, "UPDATE pull_requests SET title = 'old', updated_at = ? WHERE number = 3", old)
				w.exec(t, "UPDATE issue_comments SET body = 'old', updated_at = ? WHERE id = ?", old, w.comment.ID)
			},
			want: func(w *verified) []string {
				return []string{
					fmt.Sprintf("acme/api issue_comments %d stale", w.comment.ID), "acme/api issues 4 stale", "acme/api pull_requests 3 stale",
				}
			},
		},
		"rows that GitHub never had": {
			change: func(t *testing.T, w *verified) {
				w.exec(t, `INSERT INTO issues (repository_id, number, id, node_id, title, body, state, state_reason, author_login, labels, assignees, milestone,
					comments_count, created_at, updated_at, events_state, deleted_reason)
					SELECT repository_id, 99, 990099, 'I_99', title, body, state, state_reason, author_login, labels, assignees, milestone,
					comments_count, created_at, updated_at, events_state, deleted_reason FROM issues WHERE id = ?`, w.issue.ID)
				w.exec(t, "UPDATE reviews SET number = 3 WHERE number = 1")
			},
			want: func(*verified) []string {
				return []string{
					"acme/api issues 99 gone: not found",
					"acme/api pull_request_details 1 missing 2 not 0", "acme/api pull_request_details 3 gone 1 not 3",
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				w := newVerified(t, url)
				c.change(t, w)
				w.later(time.Hour)
				if c.sync {
					w.Sync(t)
					w.later(time.Hour)
				}
				var want []string
				if c.want != nil {
					want = c.want(w)
				}
				w.reports(t, want, false)
				w.reports(t, want, true)
				w.later(time.Hour)
				w.Sync(t)
				w.Check(t)
				w.later(time.Hour)
				w.Sync(t)
				w.reports(t, nil, false)
			})
		})
	}
}

// reports expects what a verification finds, and that it changes nothing unless
// it repairs.
func (w *verified) reports(t *testing.T, want []string, repair bool) store.VerificationReport {
	t.Helper()
	before := storetest.ReadCopy(t, w.URL)
	r := w.Verify(t, repair)
	if diff := cmp.Diff(want, found(r), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("verifying with repair %t (-want +found):\n%s", repair, diff)
	}
	v := r.Verification
	wantRepaired := 0
	if repair {
		wantRepaired = len(want)
	}
	if v.State != models.SyncCompleted || v.Drifts != len(want) || v.Repaired != wantRepaired || v.Repositories != r.Extent || v.Skipped != 0 || v.EndedAt == nil {
		t.Errorf("the verification is %+v of %d repositories, want completed with %d drifts, %d repaired and nothing skipped", v, r.Extent, len(want), wantRepaired)
	}
	if repair {
		return r
	}
	after := storetest.ReadCopy(t, w.URL)
	if diff := cmp.Diff(before, after, cmpopts.IgnoreFields(models.Stream{}, "VerifyCursor")); diff != "" {
		t.Errorf("a verification without repair changed (-before +after):\n%s", diff)
	}
	if _, err := w.Store.Sync(t.Context(), v.ID); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	return r
}

func TestVerify_setsTombstonesOnWhatBelongsToAnIssue(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newVerified(t, url)
		w.issue.Close(w.person, "completed")
		w.later(time.Hour)
		w.Sync(t)
		w.issue.Delete()
		w.later(time.Hour)
		w.Sync(t)

		w.Verify(t, true)

		got := storetest.ReadCopy(t, w.URL)
		reasons := map[string]int{}
		for _, i := range got.Issues {
			reasons[i.DeletedReason]++
		}
		for _, c := range got.IssueComments {
			if c.Number == w.issue.Number {
				reasons[c.DeletedReason]++
			}
		}
		for _, e := range got.IssueEvents {
			if e.Number == w.issue.Number {
				reasons[e.DeletedReason]++
			}
		}
		if want := map[string]int{"": 3, store.Deleted: 1, store.ParentGone: 3}; !maps.Equal(reasons, want) {
			t.Errorf("the reasons are %v, want %v", reasons, want)
		}
	})
}

func TestVerify_leavesToTheNextSyncWhatItReadsAnyway(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newVerified(t, url)
		w.push(2)
		w.pull.Edit("Another title", "")
		w.pull.Comment(githubsim.CommentSpec{Author: w.person})
		w.later(time.Hour)

		r := w.Verify(t, true)

		// Commits, pull requests and both kinds of comments are behind.
		if len(r.Drifts) > 0 || r.Verification.Skipped != 4 {
			t.Errorf("found %q and skipped %d streams, want nothing and 4", found(r), r.Verification.Skipped)
		}
		w.Sync(t)
		w.Check(t)
	})
}

func TestVerify_leavesAnOpenPassAlone(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newVerified(t, url)
		w.exec(t, "DELETE FROM issues WHERE number = 4")
		w.exec(t, "UPDATE issues SET updated_at = ? WHERE number = 2", w.current.Add(-24*time.Hour))
		const cursor = `{"began":"2026-03-01T14:00:00Z","seen":"","since":"2026-03-01T13:00:00Z"}`
		w.exec(t, "UPDATE streams SET cursor = ? WHERE kind = 'issues'", cursor)

		r := w.Verify(t, true)

		if len(r.Drifts) > 0 || r.Verification.Skipped == 0 {
			t.Errorf("found %q and skipped %d streams, want nothing and some", found(r), r.Verification.Skipped)
		}
		for _, s := range storetest.ReadCopy(t, w.URL).Streams {
			if s.Kind == models.StreamIssues && s.Checkpoint.Cursor != cursor {
				t.Errorf("the open pass is at %q by now, want %q", s.Checkpoint.Cursor, cursor)
			}
		}
	})
}

func TestVerify_takesLostAccessForNoDeletion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose func(*verified)
		want models.SyncState
	}{
		"the organization": {(*verified).lock, models.SyncFailed},
		"the organization between two answers": {func(w *verified) {
			w.issue.Delete()
			w.Sim.Fail(githubsim.Fault{Match: "/issues/2", Times: 1, Do: w.lock})
		}, models.SyncPartial},
		"the organization after a comment was deleted": {func(w *verified) {
			w.comment.Delete()
			w.Sim.Fail(githubsim.Fault{Match: "/issues/comments/", Times: 1, Do: w.lock})
		}, models.SyncPartial},
		"the organization, for want of a session": {func(w *verified) { w.org.RequireSSO() }, models.SyncFailed},
		"the token's scopes":                      {func(w *verified) { w.private(); w.Sim.SetScopes(w.Token, "read:org") }, models.SyncFailed},
		"the token":                               {func(w *verified) { w.Sim.RevokeToken(w.Token) }, models.SyncFailed},
		"the repository, which is blocked": {func(w *verified) {
			w.repo.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
		}, models.SyncCompleted}, // it is known by then, as a sync would say it
		"issues, which are switched off": {func(w *verified) {
			w.repo.Change(func(s *githubsim.RepositorySettings) { s.IssuesDisabled = true })
		}, models.SyncCompleted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newVerified(t, storetest.SQLiteURL(t))
			c.lose(w)
			w.later(time.Hour)
			before := storetest.ReadCopy(t, w.URL)

			r, err := w.TryVerify(t, true)

			if len(r.Drifts) > 0 || r.Verification.State != c.want {
				t.Errorf("found %q and ended %s with %v, want nothing and %s", found(r), r.Verification.State, err, c.want)
			}
			after := storetest.ReadCopy(t, w.URL)
			if diff := cmp.Diff(before, after, cmpopts.IgnoreFields(models.Stream{}, "VerifyCursor"), cmpopts.IgnoreFields(models.Repository{}, "AccessCode", "UnreadableSince")); diff != "" {
				t.Errorf("the copy has changed (-before +after):\n%s", diff)
			}
		})
	}
}

// private hides everything from those who are no members.
func (w *verified) private() {
	for _, r := range []*githubsim.Repository{w.repo, w.web} {
		r.Change(func(s *githubsim.RepositorySettings) { s.Private = true })
	}
}

// lock takes the account's access away.
func (w *verified) lock() {
	w.private()
	w.org.RemoveMember(w.Sim.AddUser("tributary-service"))
}

func TestVerify_waitsForALimitAndGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newVerified(t, url)
		w.exec(t, "DELETE FROM commits WHERE sha = ?", w.repo.Head("main").SHA)
		w.comment.Edit("Wait a moment.")
		v, err := w.Store.CreateVerification(t.Context(), w.org.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Store.StartVerification(t.Context(), w.org.ID, v.ID); err != nil {
			t.Fatal(err)
		}
		w.Sim.Fail(githubsim.Fault{Match: "issueStates", Times: 1, Kind: githubsim.PrimaryLimit})

		var limited *temporal.ApplicationError
		if err := w.VerifySlices(t, v.ID); !errors.As(err, &limited) || limited.Type() != activities.RateLimited {
			t.Fatalf("a spent budget ends the slice with %v, want %s", err, activities.RateLimited)
		}
		held, err := w.Store.Verification(t.Context(), v.ID)
		if err != nil {
			t.Fatal(err)
		}
		if held.WaitingUntil == nil || held.Drifts != 1 || held.Compared != 3 {
			t.Errorf("the verification is %+v, want a waiting one with the commits' drift and 3 pull requests", held)
		}
		w.current = held.WaitingUntil.Add(time.Second)
		if err := w.VerifySlices(t, v.ID); err != nil {
			t.Fatal(err)
		}
		r, err := w.Store.VerificationReport(t.Context(), v.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"acme/api commits  missing 3 not 2", fmt.Sprintf("acme/api issue_comments %d stale", w.comment.ID)}
		if !slices.Equal(found(r), want) {
			t.Errorf("found %q, want %q", found(r), want)
		}
		// 3 pull requests, 4 issues, 1 comment on a line, 8 in conversations.
		if v := r.Verification; v.Compared != 16 || v.Repositories != 2 || v.Usage.WaitedSeconds == 0 || v.Usage.Requests == 0 {
			t.Errorf("the verification is %+v, want one of 16 objects in 2 repositories, each counted once", v)
		}
	})
}

func TestVerify_looksAtAShareOfABigRepository(t *testing.T) {
	t.Parallel()
	current := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now := func() time.Time { return current }
	sim := githubsim.New(githubsim.Config{Now: now})
	sim.Populate(githubsim.Workload{PullRequests: 1000, ReviewCommentsPerPullRequest: 1, Issues: 1000, CommentsPerIssue: 1, Until: current.Add(-time.Hour)})
	w := synctest.New(t, sim, "acme", storetest.SQLiteURL(t), now)
	w.Sync(t)
	current = current.Add(time.Hour)

	// The counts cost 1 point (3 for 100 repositories), 500 of each of the four kinds 5, the labels a request.
	r := w.Verify(t, true)
	if v := r.Verification; len(r.Drifts) > 0 || v.Usage.GraphQLPoints != 21 || v.Usage.Requests != 22 || v.Compared != 2000 {
		t.Errorf("found %q with %d requests and %d points at %d objects, want nothing with 22 and 21 at 2000", found(r), v.Usage.Requests, v.Usage.GraphQLPoints, v.Compared)
	}
	if again := marked(t, w); !slices.Equal(again, []string{"issue_comments", "review_comments"}) {
		t.Errorf("to be read once more are %q, want the comments, of which half were not looked at", again)
	}
	w.Sync(t)

	issues := sim.Truth("acme").Repositories[0].Issues
	first, last, gone := issues[0], issues[999], issues[800]
	for _, issue := range []githubsim.IssueTruth{first, last} {
		storetest.Exec(t, w.URL, "UPDATE issues SET title = 'old', updated_at = ? WHERE number = ?", current.AddDate(-2, 0, 0), issue.Number)
	}
	for _, want := range []int{last.Number, first.Number} {
		current = current.Add(time.Hour)
		r := w.Verify(t, true)
		if got := found(r); !slices.Equal(got, []string{fmt.Sprintf("acme/repository issues %d stale", want)}) {
			t.Errorf("found %q, want issue %d: each row has its turn", got, want)
		}
		w.Sync(t)
	}
	// One that is gone is found wherever it is.
	sim.Organization("acme").Repository("repository").Issue(gone.Number).Delete()
	current = current.Add(time.Hour)
	w.Sync(t)
	current = current.Add(time.Hour)
	if got := found(w.Verify(t, true)); !slices.Equal(got, []string{fmt.Sprintf("acme/repository issues %d gone: deleted", gone.Number)}) {
		t.Errorf("found %q, want the issue that is gone", got)
	}
	w.Sync(t)
	w.Check(t)
}

// marked are the streams that the next sync reads although no probe says so.
func marked(t *testing.T, w *synctest.Bench) (kinds []string) {
	t.Helper()
	for _, s := range storetest.ReadCopy(t, w.URL).Streams {
		if strings.HasPrefix(s.Checkpoint.Seen, models.Uncovered) {
			kinds = append(kinds, string(s.Kind))
		}
	}
	return kinds
}

// Where GraphQL is not there, nothing is compared, and no repository is called gone.
func TestVerify_withoutGraphQLComparesNothing(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]githubsim.Fault{
		"404":                                 {Kind: githubsim.GraphQLRefused, Status: 404},
		"403":                                 {Kind: githubsim.GraphQLRefused},
		"one repository that it never counts": {Match: "repositoryTotals", Kind: githubsim.PoisonedNode},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.SQLiteURL(t))
			w.Sync(t)
			w.later(time.Hour)
			if fault.Kind == githubsim.PoisonedNode {
				fault.Node = w.repo.NodeID
			}
			w.Sim.Fail(fault)
			report, _ := w.TryVerify(t, false)
			stored := rowOf(t, w, w.repo)
			if stored.AccessCode != "" || report.Verification.State == models.SyncCompleted {
				t.Errorf("the repository is %q after a verification that is %s", stored.AccessCode, report.Verification.State)
			}
		})
	}
}
