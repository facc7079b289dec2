package activities_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// mishap is one thing that goes wrong, and what comes of it.
type mishap struct {
	everywhere bool // on Postgres too
	// world is what is so from the beginning.
	world func(w *world)
	// fault strikes the first sync, with what happens meanwhile.
	fault  githubsim.Fault
	midway func(t *testing.T, w *world)
	// state is the first sync's, and says what is to be seen after it: code of
	// the "sync", of its "repository", of a "stream" or of the "connection".
	state models.SyncState
	says  []string
	// except takes out of both sides what is known to differ.
	except func(truth *githubsim.Truth, got *storetest.Copy)
	// waits: the limit is waited for.
	waits bool
	// then is what people do about it. After it the copy equals the truth.
	then func(t *testing.T, w *world)
}

// TestFaultDeck deals everything that GitHub, networks and people are known to
// do to a copy. Each ends in equality with the truth, at once or with the next
// sync, and what somebody must act on says so.
func TestFaultDeck(t *testing.T) {
	t.Parallel()
	for name, m := range faultDeck {
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

func (m mishap) play(t *testing.T, url string) {
	w := newDeckWorld(t, url, m.world)
	struck := w.strike(t, m)

	ended, _ := w.TrySync(t)

	if m.state == "" {
		m.state = models.SyncCompleted
	}
	if says := w.says(t, ended); ended.State != m.state || !slices.Equal(says, m.says) {
		t.Errorf("the sync is %s and %q are to be seen, want %s and %q", ended.State, says, m.state, m.says)
	}
	if waited := ended.Usage.WaitedSeconds; (waited > 0) != m.waits {
		t.Errorf("the sync waited for %.0f seconds", waited)
	}
	if !struck() {
		t.Error("nothing has gone wrong")
	}
	w.Sim.Heal()
	w.later(2 * time.Hour)
	if m.then != nil {
		m.then(t, w)
	}
	for range 3 {
		if w.Sync(t).Repositories == 0 {
			break
		}
	}
	truth, got := w.Sim.Truth("acme"), storetest.ReadCopy(t, url)
	if m.except != nil {
		m.except(&truth, &got)
	}
	if diff := synctest.Diff(truth, got); diff != "" {
		t.Errorf("the copy differs from the truth (-truth +copy):\n%.2000s", diff)
	}
	if stats := w.Sim.Stats(); stats.SentWhileLimited > 0 {
		t.Errorf("%d requests were sent while a limit held", stats.SentWhileLimited)
	}
	if gaps := w.Sim.Gaps(); len(gaps) > 0 {
		t.Errorf("the simulator lacks %v", gaps)
	}
}

// strike lets a mishap happen. Afterwards struck reports whether it did.
func (w *world) strike(t *testing.T, m mishap) (struck func() bool) {
	t.Helper()
	met := m.fault.Kind == githubsim.WorldChange && m.midway == nil
	fault := m.fault
	fault.Do = func() {
		met = true
		if m.midway != nil {
			m.midway(t, w)
		}
	}
	switch fault.Kind {
	case githubsim.AdditionsUnavailable: // one commit is read through REST then
		fault.Node = w.repo.Head("").SHA
		return w.fail(fault, func() bool { return w.asked("/commits/"+fault.Node) == 1 })
	case githubsim.PartialResourceLimits: // what is missing is asked for again
		return w.fail(fault, func() bool { return w.asked(fault.Match) > 1 })
	}
	if fault.Match == "/rate_limit" { // nobody asks
		return w.fail(fault, func() bool { return w.asked(fault.Match) == 0 })
	}
	return w.fail(fault, func() bool { return met })
}

func (w *world) fail(fault githubsim.Fault, struck func() bool) func() bool {
	w.Sim.Fail(fault)
	return struck
}

// asked counts requests by a part of their URL or by their query's name.
func (w *world) asked(what string) (n int) {
	for _, r := range w.Sim.Requests() {
		if strings.Contains(r.URL, what) || r.Operation == what {
			n++
		}
	}
	return n
}

// says lists what people can see of the trouble.
func (w *world) says(t *testing.T, ended models.Sync) (says []string) {
	t.Helper()
	say := func(where string, code models.Code) {
		if code != "" {
			says = append(says, where+" "+string(code))
		}
	}
	say("sync", ended.Code)
	failed, err := w.Store.FailedParts(t.Context(), ended.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range failed {
		say("repository", r.Code)
	}
	for _, s := range storetest.ReadCopy(t, w.URL).Streams {
		if s.FailingSince != nil {
			say("stream", s.LastCode)
		}
		say("gap", s.Gap.Code)
	}
	connection, err := w.Store.Connection(t.Context(), w.Connection.ID)
	if err != nil {
		t.Fatal(err)
	}
	if connection.Health != models.CredentialOK {
		say("connection", models.Code(connection.Health))
	}
	slices.Sort(says)
	return slices.Compact(says)
}

// newDeckWorld is an organization with a little of everything and two pages of
// commits.
func newDeckWorld(t *testing.T, url string, also func(w *world)) *world {
	t.Helper()
	w := &world{current: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.current }
	sim := githubsim.New(githubsim.Config{Now: now, LoginAttempts: 10})
	w.Bench = &synctest.Bench{Sim: sim}
	synctest.OlderServer(sim) // what goes wrong with lists is dealt here
	w.org = sim.Populate(githubsim.Workload{
		Organization: "acme", Commits: 110, PullRequests: 10, ReviewsPerPullRequest: 1, ReviewCommentsPerPullRequest: 1, CommentsPerPullRequest: 1,
		Issues: 10, CommentsPerIssue: 1, Until: w.current,
	})
	w.repo, w.person = w.org.Repository("repository"), sim.AddUser("mona")
	if also != nil {
		also(w)
	}
	w.later(time.Hour)
	w.Bench = synctest.New(t, sim, "acme", url, now)
	w.Attempts = 12
	return w
}

// nextPage is a request for more of a list.
func nextPage(list string) githubsim.Fault { return githubsim.Fault{Match: list, After: 1, Times: 1} }

func once(match string, f githubsim.Fault) githubsim.Fault {
	f.Match, f.Times = match, 1
	return f
}

var (
	unavailable = []string{"repository github_unavailable", "stream github_unavailable"}
	unexpected  = []string{"repository github_unexpected", "stream github_unexpected"}
	limited     = []string{"sync rate_limited"}
)

var faultDeck = map[string]mishap{
	// Repositories change while they are read.
	"a rename in the middle of a scan": {
		fault:  nextPage("/commits"),
		midway: func(_ *testing.T, w *world) { w.repo.Rename("renamed") },
	},
	"a name that goes to another repository": {
		fault: nextPage("/commits"),
		midway: func(_ *testing.T, w *world) {
			w.repo.Rename("former")
			w.org.AddRepository("repository").Commit(githubsim.CommitSpec{Author: w.person})
		},
	},
	"a force push between two pages": {
		fault: nextPage("/commits"),
		midway: func(_ *testing.T, w *world) {
			w.repo.ForcePush("main", w.repo.Head("").Parents[0].SHA)
			w.push(3)
		},
	},
	"a renamed default branch": {
		fault: nextPage("/commits"),
		midway: func(_ *testing.T, w *world) {
			w.setting(func(s *githubsim.RepositorySettings) { s.DefaultBranch = "trunk" })
		},
	},
	"a page shift while pull requests are scanned": {
		world: func(w *world) {
			for range 100 {
				w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.person, Commits: []githubsim.CommitSpec{{Author: w.person}}})
			}
		},
		fault: nextPage("/pulls?"),
		midway: func(_ *testing.T, w *world) {
			for range 7 {
				w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.person, Commits: []githubsim.CommitSpec{{Author: w.person}}})
			}
			w.repo.PullRequest(2).Edit("Moved to the top", "")
		},
	},
	"a repository made private": { // for an account that is no member
		fault: nextPage("/commits"),
		midway: func(_ *testing.T, w *world) {
			w.org.RemoveMember(w.account())
			w.setting(func(s *githubsim.RepositorySettings) { s.Private = true })
		},
		state: models.SyncPartial, says: []string{"repository repo_gone", "stream repo_gone"},
		then: func(_ *testing.T, w *world) { w.org.AddMember(w.account(), "admin") },
	},
	"a repository that is emptied (409)": {
		fault:  once("/commits", githubsim.Fault{}),
		midway: func(_ *testing.T, w *world) { w.repo.Empty() },
	},
	"a repository that is taken down (DMCA, 451)": {
		fault:  nextPage("/commits"),
		midway: func(_ *testing.T, w *world) { w.setting(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" }) },
		state:  models.SyncPartial, says: []string{"repository repo_blocked", "stream repo_blocked"},
		then: func(_ *testing.T, w *world) { w.setting(func(s *githubsim.RepositorySettings) { s.Blocked = "" }) },
	},
	"issues that are switched off (410)": {
		world: (*world).manyIssues,
		fault: githubsim.Fault{Match: "/issues?", After: 1, Times: 1, Kind: githubsim.HTTPStatus, Status: http.StatusGone,
			Body: `{"message": "Issues are disabled for this repo", "documentation_url": "https://docs.github.com/v3/issues/"}`},
		midway: func(_ *testing.T, w *world) { setIssues(w.repo, false) },
		then:   func(_ *testing.T, w *world) { setIssues(w.repo, true) },
	},
	"issues that are switched off and leave their list to pull requests": {
		world:  (*world).manyIssues,
		fault:  nextPage("/issues?"),
		midway: func(_ *testing.T, w *world) { setIssues(w.repo, false) },
		then: func(t *testing.T, w *world) {
			w.Sync(t) // sees that they are off; without it a verification would find out
			setIssues(w.repo, true)
		},
	},
	"an issue that was deleted after it was read (410)": {
		then: func(t *testing.T, w *world) {
			w.repo.Issue(1).Delete()
			w.Sync(t)
			w.Verify(t, true)
		},
	},

	// Odd people and dates.
	"accounts that are gone (null)": {
		everywhere: true,
		world: func(w *world) {
			ghost := w.Sim.AddUser("ghost-to-be")
			w.workOf(ghost)
			ghost.Delete()
		},
	},
	"an author that is {}": {
		everywhere: true,
		world:      func(w *world) { w.repo.Commit(githubsim.CommitSpec{BlankAuthor: true, Name: "Nobody"}) },
	},
	"bots": {
		everywhere: true,
		world:      func(w *world) { w.workOf(w.Sim.AddBot("renovate[bot]")) },
	},
	"absurd dates": {
		everywhere: true,
		world: func(w *world) {
			w.repo.Commit(githubsim.CommitSpec{Author: w.person, AuthoredAt: time.Unix(0, 0), CommittedAt: time.Date(2099, 12, 31, 23, 59, 59, 0, time.UTC)})
			w.repo.OpenIssue(githubsim.IssueSpec{Author: w.person, Title: "Before all", CreatedAt: time.Unix(1, 0)})
		},
	},

	// Answers that are none. One of them is asked for again; the sync ends
	// without what GitHub fails at ten times.
	"an error page in HTML (502)": {
		fault: once("/commits", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 502}),
	},
	"error pages in HTML (502), for hours": {
		fault: githubsim.Fault{Match: "/commits", After: 1, Kind: githubsim.HTTPStatus, Status: 502},
		state: models.SyncPartial, says: unavailable,
	},
	"no server (503)": {
		fault: once("/pulls?", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 503}),
	},
	"no server (503) for the probe, for hours": {
		fault: githubsim.Fault{Match: "probeRepositories", Kind: githubsim.HTTPStatus, Status: 503},
		state: models.SyncFailed, says: []string{"sync github_unavailable"},
	},
	"truncated JSON": {
		fault: once("/issues?", githubsim.Fault{Kind: githubsim.TruncatedBody}),
	},
	"truncated JSON, for hours": {
		fault: githubsim.Fault{Match: "/issues?", Kind: githubsim.TruncatedBody},
		state: models.SyncPartial, says: unexpected,
	},
	"an empty answer (200)": {
		fault: once("/issues/comments", githubsim.Fault{Kind: githubsim.EmptyBody}),
	},
	"empty answers (200), for hours": {
		fault: githubsim.Fault{Match: "/issues/comments", Kind: githubsim.EmptyBody},
		state: models.SyncPartial, says: unexpected,
	},
	"a slow answer": {
		fault: once("/pulls/comments", githubsim.Fault{Kind: githubsim.SlowBody, For: 300 * time.Millisecond}),
	},
	"a reset connection": {
		fault: once("/pulls/comments", githubsim.Fault{Kind: githubsim.ConnectionReset}),
	},
	"reset connections, for hours": {
		fault: githubsim.Fault{Match: "/pulls/comments", Kind: githubsim.ConnectionReset},
		state: models.SyncPartial, says: unavailable,
	},

	// GraphQL.
	"errors instead of data (200)": {
		fault: once("probeRepositories", githubsim.Fault{Kind: githubsim.GraphQLError, Error: "Something went wrong while executing your query."}),
	},
	"a query that takes GitHub too long (502)": {
		fault: once("pullRequestDetails", githubsim.Fault{Kind: githubsim.GraphQLTimeout}),
	},
	"queries of many objects that take GitHub too long": {
		fault: githubsim.Fault{Match: "commitDetails", Kind: githubsim.GraphQLTimeout, MaxNodes: 20},
	},
	"resource limits": {
		fault: githubsim.Fault{Match: "pullRequestDetails", Kind: githubsim.ResourceLimits, MaxNodes: 3},
	},
	"resource limits with partial data": {
		fault: githubsim.Fault{Match: "pullRequestDetails", Kind: githubsim.PartialResourceLimits, MaxNodes: 3},
	},
	"line counts that GraphQL cannot tell": {
		fault: githubsim.Fault{Kind: githubsim.AdditionsUnavailable},
	},
	"queries that are refused": {
		everywhere: true,
		fault:      githubsim.Fault{Kind: githubsim.GraphQLRefused},
		except:     withoutQueries,
	},

	// Tokens and organizations.
	"a token that is revoked": {
		fault:  nextPage("/commits"),
		midway: func(_ *testing.T, w *world) { w.Sim.RevokeToken(w.Token) },
		state:  models.SyncFailed, says: []string{"connection invalid", "stream token_invalid", "sync token_invalid"},
		then: func(t *testing.T, w *world) { w.Reconnect(t, githubsim.ClassicToken) },
	},
	"a token that is refused once, at random (401)": {
		fault: githubsim.Fault{Match: "/commits", After: 1, Times: 1, Kind: githubsim.HTTPStatus, Status: 401},
	},
	"a token that one list refuses for ever (401)": {
		fault: githubsim.Fault{Match: "/issues/comments", Kind: githubsim.HTTPStatus, Status: 401},
		state: models.SyncPartial, says: unexpected,
	},
	"a token that is rotated in the middle of a scan": {
		everywhere: true,
		fault:      once("/commits", githubsim.Fault{}),
		midway: func(t *testing.T, w *world) {
			old := w.Token
			w.Reconnect(t, githubsim.ClassicToken)
			w.Sim.RevokeToken(old)
		},
		state: models.SyncFailed, says: []string{"stream token_invalid", "sync token_invalid"},
	},
	"a lockout after many bad tokens (401, then 403)": {
		fault: nextPage("/commits"),
		midway: func(_ *testing.T, w *world) {
			for range 11 {
				w.tryBadToken()
			}
		},
		state: models.SyncFailed, says: limited, waits: true,
	},
	"single sign-on that is required from now on": {
		fault:  nextPage("/commits"),
		midway: func(_ *testing.T, w *world) { w.org.RequireSSO() },
		state:  models.SyncFailed, says: []string{"stream sso_required", "sync sso_required"},
		then: func(_ *testing.T, w *world) { w.org.AuthorizeSSO(w.Token) },
	},
	"an organization that is hidden for lack of single sign-on (partial-results)": {
		then: func(t *testing.T, w *world) {
			umbrella := w.Sim.AddOrganization("umbrella")
			umbrella.AddMember(w.account(), "member")
			umbrella.RequireSSO()
			connection := activities.PreflightConnectionInput{ConnectionID: w.Connection.ID, Relist: true}
			check(t, w.Activities.PreflightConnection(t.Context(), connection))
			if named := seen(t, w.Activities, w.Connection.ID)["umbrella"]; named.Access != models.AccessSSORequired || named.RemedyURL == "" {
				t.Errorf("it is listed as %+v, want %s with a link", named, models.SSORequired)
			}
		},
	},

	// Limits.
	"a spent budget (403)": {
		fault: once("/commits", githubsim.Fault{Kind: githubsim.PrimaryLimit}),
		state: models.SyncFailed, says: limited, waits: true,
	},
	"a spent budget (429)": {
		fault: once("/commits", githubsim.Fault{Kind: githubsim.PrimaryLimit, Status: 429}),
		state: models.SyncFailed, says: limited, waits: true,
	},
	"a spent budget whose window is over already": {
		fault: once("/commits", githubsim.Fault{Kind: githubsim.PastReset}),
		state: models.SyncFailed, says: limited, waits: true,
	},
	"a secondary limit with Retry-After": {
		fault: once("/pulls?", githubsim.Fault{Kind: githubsim.SecondaryLimit, RetryAfter: true}),
		state: models.SyncFailed, says: limited, waits: true,
	},
	"a secondary limit without Retry-After": {
		fault: once("/pulls?", githubsim.Fault{Kind: githubsim.SecondaryLimit}),
		state: models.SyncFailed, says: limited, waits: true,
	},
	"a secondary limit without any header (429)": {
		fault: once("/issues?", githubsim.Fault{Kind: githubsim.SecondaryLimit, Silent: true, Status: 429}),
		state: models.SyncFailed, says: limited, waits: true,
	},
	"a /rate_limit that says too little": {
		fault: githubsim.Fault{Match: "/rate_limit", Kind: githubsim.HTTPStatus, Status: http.StatusOK,
			Body: `{"resources": {"core": {"limit": 5000, "remaining": 0, "reset": 4102444800, "used": 5000}}, "rate": {"limit": 5000, "remaining": 0, "reset": 4102444800, "used": 5000}}`},
	},
}

func (w *world) account() *githubsim.User { return w.Sim.AddUser("tributary-service") }

// withoutQueries takes out what REST cannot tell: time zones.
func withoutQueries(truth *githubsim.Truth, got *storetest.Copy) {
	for i := range truth.Repositories {
		for j := range truth.Repositories[i].Commits {
			truth.Repositories[i].Commits[j].AuthoredOffset, truth.Repositories[i].Commits[j].CommittedOffset = 0, 0
		}
	}
	for i := range got.Commits {
		got.Commits[i].AuthoredOffset, got.Commits[i].CommittedOffset = new(0), new(0)
	}
}

func setIssues(r *githubsim.Repository, on bool) {
	r.Change(func(s *githubsim.RepositorySettings) { s.IssuesDisabled = !on })
}

func (w *world) setting(change func(*githubsim.RepositorySettings)) { w.repo.Change(change) }

func (w *world) manyIssues() { w.openIssues(110) }

// workOf is a bit of everything by somebody.
func (w *world) workOf(who *githubsim.User) {
	w.repo.Commit(githubsim.CommitSpec{Author: who})
	pull := w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: who, Commits: []githubsim.CommitSpec{{Author: who}}})
	pull.Review(githubsim.ReviewSpec{Author: who, State: "APPROVED"})
	pull.ReviewComment(githubsim.ReviewCommentSpec{Author: who, Body: "Here."})
	issue := w.repo.OpenIssue(githubsim.IssueSpec{Author: who, Assignees: []*githubsim.User{who}, Title: "Trouble"})
	issue.Comment(githubsim.CommentSpec{Author: who, Body: "Hm."})
	issue.Close(who, "completed")
}

// tryBadToken is somebody else's mistake at this address.
func (w *world) tryBadToken() {
	r := httptest.NewRequest(http.MethodGet, "/user", nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("User-Agent", "somebody else")
	r.Header.Set("Authorization", "Bearer ghp_wrong")
	w.Sim.ServeHTTP(httptest.NewRecorder(), r)
}
