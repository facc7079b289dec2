package activities_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// TestFaultDeck_lists is the part of the deck in which every request succeeds and
// the answers say too little, or what is not so.
func TestFaultDeck_lists(t *testing.T) {
	t.Parallel()
	for name, m := range listFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if m.everywhere {
				databases(t, m.play)
			} else {
				m.play(t, storetest.SQLiteURL(t))
			}
		})
	}
}

// manyOfEach is more than a page of everything.
func (w *world) manyOfEach() {
	for range 120 {
		w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.person, Commits: []githubsim.CommitSpec{{Author: w.person}}})
	}
	w.openIssues(120)
	w.comment(1, 120)
	w.push(150)
}

func (w *world) comment(number, n int) {
	for range n {
		w.repo.Issue(number).Comment(githubsim.CommentSpec{Author: w.person, Body: "And another thing."})
	}
}

// takeComments deletes comments of one issue, every nth of them.
func (w *world) takeComments(comments []*githubsim.Comment, every int) {
	for i := 0; i < len(comments); i += every {
		comments[i].Delete()
	}
}

var (
	endless = []string{"repository list_endless", "stream list_endless"}
	gap     = []string{"gap list_incomplete"}
)

var listFaults = map[string]mishap{
	// The end of a list.
	"full pages without links": {
		everywhere: true,
		world:      (*world).manyOfEach,
		fault:      githubsim.Fault{Kind: githubsim.NoLink},
	},
	"a full page without links, for once": {
		world: (*world).manyOfEach,
		fault: once("/pulls?", githubsim.Fault{Kind: githubsim.NoLink}),
	},
	"an empty first page that links to another": {
		fault: once("/issues/comments", githubsim.Fault{Kind: githubsim.EmptyPage}),
	},
	"an empty first page of commits that links to another": {
		fault: once("/commits?", githubsim.Fault{Kind: githubsim.EmptyPage}),
	},
	"empty pages that link to others, for hours": {
		fault: githubsim.Fault{Match: "/issues/comments", Kind: githubsim.EmptyPage},
		state: models.SyncPartial, says: endless,
	},
	"empty pages of pull requests that link to others, for hours": {
		fault: githubsim.Fault{Match: "/pulls?", Kind: githubsim.EmptyPage},
		state: models.SyncPartial, says: endless,
	},
	"a list that something hides": {
		fault: githubsim.Fault{Match: "/issues/comments", Kind: githubsim.HTTPStatus, Status: 404, Body: `{"message":"Not Found"}`},
		state: models.SyncPartial, says: []string{"repository github_route_missing", "stream github_route_missing"},
	},
	"a list that breaks off": { // an empty page without links is an end, but not of what GitHub counts
		everywhere: true,
		world:      (*world).manyOfEach,
		fault:      githubsim.Fault{Match: "/pulls?", Kind: githubsim.HTTPStatus, Status: 200, Body: "[]"},
		says:       gap,
	},
	"a list of issues that breaks off": {
		world: (*world).manyOfEach,
		fault: githubsim.Fault{Match: "/issues?", Kind: githubsim.HTTPStatus, Status: 200, Body: "[]"},
		says:  gap,
	},
	"a list of commits that breaks off": {
		everywhere: true,
		world:      (*world).manyOfEach,
		fault:      githubsim.Fault{Match: "/commits?", After: 1, Kind: githubsim.HTTPStatus, Status: 200, Body: "[]"},
		says:       gap,
	},
	"a list of commits that breaks off, for once": {
		world: (*world).manyOfEach,
		fault: githubsim.Fault{Match: "/commits?", After: 1, Times: 1, Kind: githubsim.HTTPStatus, Status: 200, Body: "[]"},
	},
	"a list of comments that breaks off": { // their issues say that there are more
		everywhere: true,
		world:      (*world).manyOfEach,
		fault:      githubsim.Fault{Match: "/issues/comments", Kind: githubsim.HTTPStatus, Status: 200, Body: "[]"},
	},
	"a list that lags": {
		everywhere: true,
		world: func(w *world) {
			w.later(58 * time.Minute) // an hour less two minutes before the sync
			w.openIssues(2)
			w.later(-58 * time.Minute)
		},
		fault: githubsim.Fault{Match: "/issues?", Kind: githubsim.ListLag, For: 10 * time.Minute},
		says:  gap,
	},

	// Links.
	"a Link header before GitHub's":  {world: (*world).manyOfEach, fault: githubsim.Fault{Kind: githubsim.SecondLink}},
	"links in other forms":           {world: (*world).manyOfEach, fault: githubsim.Fault{Kind: githubsim.OddLink}},
	"links to another host":          {world: (*world).manyOfEach, fault: githubsim.Fault{Kind: githubsim.ForeignLink}},
	"links to another host and path": {world: (*world).manyOfEach, fault: githubsim.Fault{Kind: githubsim.ForeignLink, Body: "https://ghe.example:8443"}},

	// Rows.
	"a page of undecodable rows": {
		world: (*world).manyOfEach,
		fault: once("/issues?", githubsim.Fault{Kind: githubsim.UndecodableRows}),
	},
	"pages of undecodable issues, for hours": {
		everywhere: true,
		world:      (*world).manyOfEach,
		fault:      githubsim.Fault{Match: "/issues?", Kind: githubsim.UndecodableRows},
		says:       gap,
	},
	"pages of undecodable pull requests, for hours": {
		world: (*world).manyOfEach,
		fault: githubsim.Fault{Match: "/pulls?", Kind: githubsim.UndecodableRows},
		says:  gap,
	},
	"pages of undecodable commits, for hours": {
		fault: githubsim.Fault{Match: "/commits?", Kind: githubsim.UndecodableRows},
		says:  gap,
	},
	"pages of undecodable comments on lines, for hours": {
		fault: githubsim.Fault{Match: "/pulls/comments", Kind: githubsim.UndecodableRows},
		says:  gap,
	},

	// Hosts that break what the walk by update time is built on.
	"fractions of seconds": {
		world: func(w *world) { w.comment(1, 350) },
		fault: githubsim.Fault{Kind: githubsim.SubSecondTimes},
	},
	"pages smaller than the rows of one second": {
		world: func(w *world) { w.comment(1, 90) },
		fault: githubsim.Fault{Match: "/issues/comments", Kind: githubsim.SmallPages, MaxNodes: 30},
	},
	"rows of one second taken away while it is paged": {
		world: func(w *world) { w.comment(1, 3000) },
		fault: githubsim.Fault{Match: "/issues/comments", After: 12, Times: 1},
		midway: func(_ *testing.T, w *world) {
			comments := w.repo.Issue(1).Comments()
			w.takeComments(comments[len(comments)-3000:], 25)
		},
		then: func(t *testing.T, w *world) {
			w.Sync(t)
			w.Verify(t, true) // what was read before is found to be gone
		},
	},

	// A transferred issue is new here, and its comments are older than the
	// watermark.
	"an issue that comes from another repository, with its comments": {
		everywhere: true,
		then: func(t *testing.T, w *world) {
			other := w.org.AddRepository("other")
			for range 3 {
				issue := other.OpenIssue(githubsim.IssueSpec{Author: w.person, Title: "Elsewhere"})
				for range 3 {
					issue.Comment(githubsim.CommentSpec{Author: w.person, Body: "As I said."})
				}
			}
			w.later(24 * time.Hour)
			w.Sync(t)
			for n := 1; n <= 3; n++ {
				other.Issue(n).Transfer(w.repo)
			}
			w.later(time.Hour)
			w.Sync(t)
			w.Verify(t, true) // puts tombstones on what has left the other one
		},
	},

	// Comparisons.
	"a comparison that GitHub does not compute": {
		everywhere: true,
		then: func(t *testing.T, w *world) {
			w.neverCompared()
			w.push(130)
			w.later(time.Hour)
			if ended, asked := w.Sync(t), w.asked("/compare/"); ended.State != models.SyncCompleted || asked > 1 {
				t.Errorf("the sync is %s after %d comparisons, want completed after one", ended.State, asked)
			}
		},
	},
	"a comparison after a force push that GitHub does not compute": {
		then: func(t *testing.T, w *world) {
			w.neverCompared()
			w.repo.ForcePush("main", w.repo.Head("").Parents[0].SHA)
			w.push(3)
			w.later(time.Hour)
			w.Sync(t)
			w.repo.ForcePush("main", w.repo.Head("").Parents[0].SHA)
			w.later(time.Hour)
			w.Sync(t)
		},
	},
	"comparisons that GitHub fails at for hours": {
		then: func(t *testing.T, w *world) {
			w.Sim.Fail(githubsim.Fault{Match: "/compare/", Kind: githubsim.HTTPStatus, Status: 502})
			w.push(3)
			w.later(time.Hour)
			if ended := w.Sync(t); ended.State != models.SyncCompleted {
				t.Errorf("the sync is %s, want completed", ended.State)
			}
		},
	},
	"a comparison of which no row can be read": {
		then: func(t *testing.T, w *world) {
			w.push(3)
			w.Sim.Fail(githubsim.Fault{Match: "/compare/", Kind: githubsim.UndecodableRows})
			w.later(time.Hour)
			w.Sync(t)
			w.Sim.Heal()
		},
	},
	"what is left of a force push that GitHub does not compare": {
		then: func(t *testing.T, w *world) {
			w.Sim.Fail(githubsim.Fault{Match: "/compare/", After: 1, Kind: githubsim.DiffTooLong})
			w.repo.ForcePush("main", w.repo.Head("").Parents[0].SHA)
			w.push(3)
			w.later(time.Hour)
			w.Sync(t)
		},
	},
}

func (w *world) neverCompared() {
	w.Sim.ResetRequests()
	w.Sim.Fail(githubsim.Fault{Match: "/compare/", Kind: githubsim.DiffTooLong})
}

// An empty page that others follow hides what moved since the last sync, and no
// count shows it.
func TestSync_readsOnceMoreWhatAnEmptyPageHid(t *testing.T) {
	t.Parallel()
	for match, kind := range map[string]models.StreamKind{
		"/issues?":         models.StreamIssues,
		"/pulls?":          models.StreamPullRequests,
		"/issues/comments": models.StreamIssueComments,
		"/pulls/comments":  models.StreamReviewComments,
	} {
		for times, gaps := range map[int][]string{3: nil, 99: {"streams list_incomplete 1"}} {
			t.Run(fmt.Sprintf("%s %d times", kind, times), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, storetest.SQLiteURL(t))
				w.Sync(t)
				w.later(time.Hour)
				w.workOf(w.person)
				w.later(time.Hour)
				w.Sim.Fail(githubsim.Fault{MatchFunc: func(r githubsim.Request) bool {
					return strings.Contains(r.URL, match) && !strings.Contains(r.URL, "page=2")
				}, Kind: githubsim.EmptyPage, Times: times})

				w.Sync(t)

				w.promisesHold(t, "after the empty pages")
				if found := w.gaps(t); !slices.Equal(found, gaps) {
					t.Errorf("%q are missing, want %q", found, gaps)
				}
				if times > 3 && !w.stream(t, kind).Checkpoint.CompleteThrough.Before(w.current.Add(-time.Hour)) {
					t.Errorf("the stream is complete through %s", w.stream(t, kind).Checkpoint.CompleteThrough)
				}
				w.Sim.Heal()
				w.later(time.Minute)
				w.workOf(w.person) // a pass over what is new does not find what was hidden
				w.later(time.Minute)
				w.Sync(t)
				if found := w.gaps(t); !slices.Equal(found, gaps) {
					t.Errorf("by the next sync %q are missing, want %q", found, gaps)
				}
				w.later(time.Hour)
				w.Sync(t)
				w.Sync(t)
				w.settled(t, false)
			})
		}
	}
}

// What could not be read once is not missing any more when it can be.
func TestSync_forgetsWhatCouldNotBeReadOnce(t *testing.T) {
	t.Parallel()
	for _, match := range []string{"/commits?", "/pulls?", "/pulls/comments", "/issues?", "/issues/comments"} {
		t.Run(match, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				w := newWorld(t, url)
				synctest.OlderServer(w.Sim)
				w.workOf(w.person)
				w.Sim.Fail(githubsim.Fault{Match: match, Kind: githubsim.UndecodableRows})
				w.Sync(t)
				if gaps, marks := w.gaps(t), storetest.ReadCopy(t, w.URL).Unreadable; len(gaps) == 0 || len(marks) == 0 {
					t.Errorf("while rows cannot be read the gaps are %q and the marks %+v", gaps, marks)
				}
				w.Sim.Heal()
				for range 2 {
					w.later(time.Hour)
					w.Sync(t)
				}
				if gaps, marks := w.gaps(t), storetest.ReadCopy(t, w.URL).Unreadable; len(gaps) > 0 || len(marks) > 0 {
					t.Errorf("once all can be read the gaps are %q and the marks %+v", gaps, marks)
				}
				w.Check(t)
			})
		})
	}
}
