package activities_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// gaps are what the status says is missing: subject, code and how many.
func (w *world) gaps(t *testing.T) (gaps []string) {
	t.Helper()
	found, err := w.Store.Gaps(t.Context(), w.Integration.ID)
	check(t, err)
	for _, gap := range found {
		gaps = append(gaps, fmt.Sprintf("%s %s %d", gap.Subject, gap.Code, gap.Count))
	}
	slices.Sort(gaps)
	return gaps
}

// settled fails the test unless the copy equals the truth and nothing is missing.
// What only queries tell is not looked at where they were refused.
func (w *world) settled(t *testing.T, refused bool) {
	t.Helper()
	truth, got := w.Sim.Truth("acme"), storetest.ReadCopy(t, w.URL)
	if refused {
		withoutQueries(&truth, &got)
	}
	if diff := synctest.Diff(truth, got); diff != "" {
		t.Errorf("the copy differs from the truth (-truth +copy):\n%.3000s", diff)
	}
	if gaps := withoutRows(w.gaps(t)); len(gaps) > 0 {
		t.Errorf("when it is over, %q are missing", gaps)
	}
}

// withoutRows leaves out single rows that GitHub did not tell in full.
func withoutRows(gaps []string) []string {
	return slices.DeleteFunc(gaps, func(gap string) bool { return strings.HasPrefix(gap, "rows") })
}

// with lets the integration go on with another token of the same account.
func (w *world) with(t *testing.T, token githubsim.Token) {
	t.Helper()
	w.Token = w.Sim.IssueToken(w.account(), token)
	connection, err := w.Store.CreateConnection(t.Context(), models.PersonalAccessToken, store.Secret(w.Token))
	check(t, err)
	verified, err := w.Activities.VerifyConnection(t.Context(), activities.VerifyConnectionInput{ConnectionID: connection.ID, Organization: "acme"})
	check(t, err)
	if verified.Refusal != nil {
		t.Fatalf("refused: %+v", *verified.Refusal)
	}
	_, err = w.Store.ReplaceConnection(t.Context(), w.Integration.ID, connection.ID)
	check(t, err)
	w.Connection = connection
}

// scheduled is a sync that the schedule asks for, as far as its plan.
func (w *world) scheduled(t *testing.T) models.Sync {
	t.Helper()
	ctx := t.Context()
	queued, err := w.Store.QueueSync(ctx, w.Integration.ID, w.org.ID, models.TriggerSchedule)
	check(t, err)
	_, err = w.Activities.ProbeOrganization(ctx, activities.SyncInput{SyncID: queued.ID})
	check(t, err)
	_, err = w.Activities.PlanSync(ctx, activities.SyncInput{SyncID: queued.ID})
	check(t, err)
	_, err = w.Activities.FinishSync(ctx, activities.FinishSyncInput{SyncID: queued.ID, State: models.SyncCompleted})
	check(t, err)
	ended, err := w.Store.Sync(ctx, queued.ID)
	check(t, err)
	return ended
}

func rowOf(t *testing.T, w *world, r *githubsim.Repository) models.Repository {
	t.Helper()
	row, err := w.Store.Repository(t.Context(), r.ID)
	check(t, err)
	return row
}

// The organization's repository list: GraphQL nulls each private repository's
// node for a token without Issues or Pull requests.
func TestSync_listsRepositoriesWithoutPermissionForAllOfThem(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		permissions map[string]string
		gaps        []string
	}{
		"without issues":        {map[string]string{"contents": "read", "pull_requests": "read"}, []string{"streams permission_missing 2"}},
		"without pull requests": {map[string]string{"contents": "read", "issues": "read"}, []string{"streams permission_missing 2"}},
		"without either":        {map[string]string{"contents": "read"}, []string{"streams permission_missing 4"}},
	} {
		for _, through := range []string{"GraphQL", "REST"} {
			t.Run(name+" through "+through, func(t *testing.T) {
				t.Parallel()
				w := newDeckWorld(t, storetest.SQLiteURL(t), func(w *world) { w.setting(func(s *githubsim.RepositorySettings) { s.Private = true }) })
				if through == "REST" {
					w.Sim.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
				}
				w.with(t, githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: w.org, Permissions: tt.permissions})

				want := tt.gaps
				if through == "REST" && tt.permissions["issues"] == "" {
					want = []string{strings.ReplaceAll(want[0], " 2", " 3")} // events are read with issues
				}
				first := w.Sync(t)

				if gaps := withoutRows(w.gaps(t)); first.State != models.SyncPartial || !slices.Equal(gaps, want) {
					t.Errorf("the sync is %s and %q are missing, want partial and %q", first.State, gaps, want)
				}
				commits := len(storetest.ReadCopy(t, w.URL).Commits)
				if commits < 110 {
					t.Errorf("%d commits are read", commits)
				}
				w.later(time.Hour)
				if again := w.Sync(t); again.State != models.SyncCompleted || again.Failed > 0 {
					t.Errorf("what is known is tried again: %s, %d failed", again.State, again.Failed)
				}
				if gaps := withoutRows(w.gaps(t)); !slices.Equal(gaps, want) {
					t.Errorf("by the second sync %q are missing, want %q", gaps, want)
				}

				w.Sim.Heal()
				w.with(t, githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: w.org})
				w.later(time.Hour)
				w.Sync(t)
				w.later(time.Hour)
				w.Sync(t)
				w.settled(t, through == "REST")
			})
		}
	}
}

// A repository that is listed while its probe fails.
func TestSync_keepsARepositoryThatIsListedWhileItsProbeFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		part   string
		fault  githubsim.Fault
		forbid bool // GraphQL shows null
	}{
		"500 for pulls":               {"/pulls", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 500}, false},
		"403 for pulls":               {"/pulls", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 403, Body: `{"message":"Resource not accessible by personal access token"}`}, false},
		"403 for issues":              {"/issues", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 403, Body: `{"message":"Resource not accessible by personal access token"}`}, false},
		"404 for issues":              {"/issues", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 404}, false},
		"500 for issues":              {"/issues", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 500}, false},
		"404 for commits":             {"/commits", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 404}, false},
		"403 for commits":             {"/commits", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 403, Body: `{"message":"Resource not accessible by personal access token"}`}, false},
		"500 for commits":             {"/commits", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 500}, false},
		"null, and 404 for itself":    {"", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: http.StatusNotFound}, true},
		"null, and 500 for itself":    {"", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: http.StatusInternalServerError}, true},
		"null, and 451 for all of it": {"/", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: http.StatusUnavailableForLegalReasons}, true},
		"null, and nothing else":      {"nothing", githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 500}, true},
	} {
		for _, known := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, known before: %v", name, known), func(t *testing.T) {
				t.Parallel()
				w := newDeckWorld(t, storetest.SQLiteURL(t), nil)
				other := w.org.AddRepository("other")
				other.Commit(githubsim.CommitSpec{Author: w.person})
				w.later(time.Hour)
				if known {
					w.Sync(t)
					w.later(time.Hour)
					w.push(1)
					w.later(time.Hour)
				}
				fault := tt.fault
				path := fmt.Sprintf("/repositories/%d%s", w.repo.ID, tt.part)
				fault.MatchFunc = func(r githubsim.Request) bool {
					if tt.part == "" {
						return r.URL == path
					}
					details := tt.part == "/commits" && strings.HasPrefix(r.URL, path+"/") && !strings.HasPrefix(r.URL, path+"/main")
					return strings.HasPrefix(r.URL, path) && !details
				}
				w.Sim.Fail(fault)
				if tt.forbid {
					w.Sim.Fail(githubsim.Fault{Kind: githubsim.NulledNode, Node: w.repo.NodeID, Error: "Resource not accessible by integration", ErrorType: "FORBIDDEN"})
				} else {
					w.Sim.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
				}

				ended := w.Sync(t)

				row := rowOf(t, w, w.repo) // there is one
				if gaps := w.gaps(t); tt.part != "nothing" && (len(gaps) == 0 || ended.State == models.SyncCompleted && row.AccessCode != models.RepoBlocked) {
					t.Errorf("the sync is %s and %q are missing, the row says %q", ended.State, gaps, row.AccessCode)
				}
				if len(tt.part) > 1 && tt.part != "/commits" {
					if n := len(storetest.ReadCopy(t, w.URL).Commits); n < 110 {
						t.Errorf("%d commits are read, want all: they are not refused", n)
					}
				}
				w.Sim.Heal()
				for range 3 {
					w.later(time.Hour)
					w.Sync(t)
				}
				w.settled(t, !tt.forbid)
			})
		}
	}
}

// One blocked repository is known and said once; the rest goes on.
func TestSync_leavesABlockedRepositoryAlone(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{false, true} {
		for _, shown := range []bool{false, true} { // GraphQL shows it all the same
			t.Run(fmt.Sprintf("known before: %v, shown by queries: %v", known, shown), func(t *testing.T) {
				t.Parallel()
				w := newDeckWorld(t, storetest.SQLiteURL(t), nil)
				w.org.AddRepository("other").Commit(githubsim.CommitSpec{Author: w.person})
				w.later(time.Hour)
				if known {
					w.Sync(t)
					w.later(time.Hour)
					w.push(1)
				}
				if shown {
					w.Sim.Fail(githubsim.Fault{Match: fmt.Sprintf("/repositories/%d", w.repo.ID), Kind: githubsim.HTTPStatus, Status: http.StatusUnavailableForLegalReasons})
				} else {
					w.setting(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
				}
				w.later(time.Hour)
				w.Sync(t)
				for range 2 {
					w.later(time.Hour)
					w.Sim.ResetRequests()
					ended := w.scheduled(t)
					if gaps := w.gaps(t); ended.State != models.SyncCompleted || ended.Repositories != 0 || !slices.Equal(gaps, []string{"repositories repo_blocked 1"}) {
						t.Errorf("a sync is %s with %d repositories, missing are %q", ended.State, ended.Repositories, gaps)
					}
					if n := w.Sim.Stats().RESTRequests; n > 1 {
						t.Errorf("%d requests are for what is known", n)
					}
					if open, err := w.Store.OpenSyncs(t.Context(), w.org.ID); err != nil || len(open) > 0 {
						t.Errorf("another sync is queued: %+v, %v", open, err)
					}
				}
				if v := w.Verify(t, false).Verification; v.State != models.SyncCompleted {
					t.Errorf("the verification is %s: %s %s", v.State, v.Code, v.Error)
				}
				w.Sim.Heal()
				w.setting(func(s *githubsim.RepositorySettings) { s.Blocked = "" })
				w.later(time.Hour)
				w.Sync(t)
				w.later(time.Hour)
				w.Sync(t)
				w.Check(t)
			})
		}
	}
}

// Pull requests that are switched off after they were read, or before.
func TestSync_isHealthyWherePullRequestsAreSwitchedOff(t *testing.T) {
	t.Parallel()
	for _, counted := range []bool{false, true} {
		for _, read := range []bool{false, true} {
			for _, through := range []string{"GraphQL", "REST"} {
				t.Run(fmt.Sprintf("counted: %v, read before: %v, through %s", counted, read, through), func(t *testing.T) {
					t.Parallel()
					w := newDeckWorld(t, storetest.SQLiteURL(t), nil)
					if through == "REST" {
						w.Sim.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
					}
					if read {
						w.Sync(t)
						w.later(time.Hour)
						w.repo.PullRequest(2).Edit("Moved", "")
						w.later(time.Hour)
					}
					before := storetest.ReadCopy(t, w.URL)
					w.setting(func(s *githubsim.RepositorySettings) { s.PullRequestsDisabled, s.PullRequestsCounted = true, counted })
					for range 2 {
						w.later(time.Hour)
						if ended := w.Sync(t); ended.State != models.SyncCompleted {
							t.Errorf("a sync is %s, want completed", ended.State)
						}
						w.expectStatus(t, models.DataHealthy, "")
					}
					if through == "GraphQL" { // without queries nothing is compared
						if v := w.Verify(t, true).Verification; v.State != models.SyncCompleted {
							t.Errorf("the verification is %s: %s", v.State, v.Error)
						}
					}
					after := storetest.ReadCopy(t, w.URL)
					if len(after.PullRequests) != len(before.PullRequests) || slices.ContainsFunc(after.PullRequests, func(p models.PullRequest) bool { return p.DeletedAt != nil }) {
						t.Errorf("%d pull requests are stored, of %d before", len(after.PullRequests), len(before.PullRequests))
					}
					if row := rowOf(t, w, w.repo); row.PullRequestsOff != (read || counted && through == "GraphQL") || row.AccessCode != "" {
						t.Errorf("off %v, code %q", row.PullRequestsOff, row.AccessCode)
					}
					w.Sim.Heal()
					w.setting(func(s *githubsim.RepositorySettings) { s.PullRequestsDisabled = false })
					for range 3 {
						w.later(time.Hour)
						w.Sync(t)
					}
					w.settled(t, through == "REST")
					if row := rowOf(t, w, w.repo); row.PullRequestsOff {
						t.Error("they are still said to be off")
					}
				})
			}
		}
	}
}

// A repository that the account can no longer see stays in what is missing.
func TestSync_saysWhatIsLostAsLongAsItIs(t *testing.T) {
	t.Parallel()
	w := newDeckWorld(t, storetest.SQLiteURL(t), nil)
	w.Sync(t)
	w.org.RemoveMember(w.account())
	w.setting(func(s *githubsim.RepositorySettings) { s.Private = true })
	for range 3 {
		w.later(time.Hour)
		w.Sync(t)
		if gaps := w.gaps(t); !slices.Equal(gaps, []string{"repositories repo_gone 1"}) {
			t.Errorf("missing are %q", gaps)
		}
	}
	w.org.AddMember(w.account(), "admin")
	w.later(time.Hour)
	w.Sync(t)
	if gaps := w.gaps(t); len(gaps) > 0 {
		t.Errorf("missing are %q though it is back", gaps)
	}
}

// What another credential does not show is found repository by repository.
func TestPreflight_comparesAccessPerRepository(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		token func(w *world) string
		lost  []string
	}{
		"the same account": {func(w *world) string {
			return w.Sim.IssueToken(w.account(), githubsim.Token{Scopes: []string{"repo", "read:org"}})
		}, nil},
		"the same token": {func(w *world) string { return w.Token }, nil},
		"an outsider": {func(w *world) string {
			return w.Sim.IssueToken(w.Sim.AddUser("eve"), githubsim.Token{Scopes: []string{"repo", "read:org"}})
		}, []string{"acme/repository []"}},
		"without issues": {func(w *world) string {
			return w.Sim.IssueToken(w.account(), githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: w.org, Permissions: map[string]string{"contents": "read", "pull_requests": "read"}})
		}, []string{"acme/repository [tickets]"}},
		"for other repositories": {func(w *world) string {
			return w.Sim.IssueToken(w.account(), githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: w.org, Repositories: []*githubsim.Repository{w.org.Repository("public")}})
		}, []string{"acme/repository []"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDeckWorld(t, storetest.SQLiteURL(t), func(w *world) {
				w.setting(func(s *githubsim.RepositorySettings) { s.Private = true })
				w.org.AddRepository("public").Commit(githubsim.CommitSpec{Author: w.person})
			})
			w.Sync(t)
			connection, err := w.Store.CreateConnection(t.Context(), models.PersonalAccessToken, store.Secret(tt.token(w)))
			check(t, err)
			_, err = w.Activities.VerifyConnection(t.Context(), activities.VerifyConnectionInput{ConnectionID: connection.ID, Organization: "acme"})
			check(t, err)
			check(t, w.Activities.PreflightConnection(t.Context(), activities.PreflightConnectionInput{ConnectionID: connection.ID}))
			compared, err := w.Store.CompareConnections(t.Context(), w.Integration.ID, connection.ID)
			check(t, err)
			var lost []string
			for _, change := range compared.Lost {
				for _, r := range change.ConnectionOrganization.Lost {
					lost = append(lost, fmt.Sprint(r.FullName, " ", r.Services))
				}
			}
			if !slices.Equal(lost, tt.lost) {
				t.Errorf("lost are %q, want %q", lost, tt.lost)
			}
		})
	}
}

// A renamed organization is found by the name that it had.
func TestVerifyConnection_knowsAnOrganizationByItsFormerName(t *testing.T) {
	t.Parallel()
	w := newDeckWorld(t, storetest.SQLiteURL(t), nil)
	w.org.Rename("zenith")
	for range 2 { // before and after we learn of it
		connection, err := w.Store.CreateConnection(t.Context(), models.PersonalAccessToken, store.Secret(w.Token))
		check(t, err)
		verified, err := w.Activities.VerifyConnection(t.Context(), activities.VerifyConnectionInput{ConnectionID: connection.ID, Organization: "acme"})
		check(t, err)
		if verified.Refusal != nil || verified.Named != "zenith" {
			t.Errorf("the organization is %q, refused: %+v", verified.Named, verified.Refusal)
		}
	}
}
