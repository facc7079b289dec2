package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

func TestFaults_areOvercome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	poisoned := w.repository(1).Head("")
	for _, fault := range []githubsim.Fault{
		{Match: "probeRepositories", Times: 1, Kind: githubsim.GraphQLError, Error: "Something went wrong while executing your query."},
		{Match: "/commits?", After: 1, Times: 2, Kind: githubsim.HTTPStatus, Status: 502},
		{Match: "/pulls?", After: 1, Times: 1, Kind: githubsim.TruncatedBody},
		{Match: "/issues?", Times: 1, Kind: githubsim.EmptyBody},
		{Match: "/issues/comments", After: 2, Times: 2, Kind: githubsim.ConnectionReset},
		{Match: "/pulls/comments", Times: 1, Kind: githubsim.HTTPStatus, Status: 500},
		{Match: "pullRequestDetails", Times: 1, Kind: githubsim.TruncatedBody},
		{Match: "commitDetails", Kind: githubsim.PoisonedNode, Node: githubsim.CommitNodeID(w.repository(1).ID, poisoned.SHA)},
		{Match: "/commits/" + poisoned.SHA, Kind: githubsim.HTTPStatus, Status: 502},
	} {
		w.Fail(fault)
	}
	p := start(t, w)

	summary := p.ingest(t, w.token())

	if summary.State != models.SyncCompleted {
		t.Errorf("the sync is %s (%+v), want completed", summary.State, summary.Failed)
	}
	w.checkExcept(t, p.database, func(truth *githubsim.Truth, got *storetest.Copy) {
		i := slices.IndexFunc(got.Commits, func(c models.Commit) bool { return c.SHA == poisoned.SHA })
		if c := got.Commits[i]; c.DetailsState != models.DetailsUnavailable || c.DetailsReason == "" || c.Additions != nil {
			t.Errorf("the details of the commit that GitHub cannot compute are %s (%q), want unavailable with a reason", c.DetailsState, c.DetailsReason)
		}
		got.Commits = slices.Delete(got.Commits, i, i+1)
		commits := &truth.Repositories[0].Commits
		*commits = slices.DeleteFunc(*commits, func(c githubsim.CommitTruth) bool { return c.SHA == poisoned.SHA })
	})
}

// One that REST computes has a test of its own: while REST fails at the only
// other that it is asked for, it waits for the next sync.
func TestFaults_leaveToRESTWhatGraphQLNeverComputes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	counted := w.repository(2).Head("")
	w.Fail(githubsim.Fault{Match: "commitDetails", Kind: githubsim.PoisonedNode, Node: githubsim.CommitNodeID(w.repository(2).ID, counted.SHA)})
	p := start(t, w)
	if summary := p.ingest(t, w.token()); summary.State != models.SyncCompleted {
		t.Errorf("the sync is %s (%+v), want completed", summary.State, summary.Failed)
	}
	w.check(t, p.database)
}

func TestFaults_inOneRepositoryStayThere(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]struct {
		happens func(*githubsim.Repository)
		code    models.Code
	}{
		"deleted": {(*githubsim.Repository).Delete, models.RepoGone},
		"blocked": {func(r *githubsim.Repository) {
			r.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
		}, models.RepoBlocked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 3)
			repository, ofRepository := w.repository(2), inRepository(w.repository(2))
			withCommits := func(r githubsim.Request) bool { return ofRepository(r) && strings.Contains(r.URL, "/commits?") }
			w.Fail(githubsim.Fault{MatchFunc: withCommits, After: 1, Times: 1, Do: func() { lost.happens(repository) }})
			p := start(t, w)

			summary := p.ingest(t, w.token())

			if summary.State != models.SyncPartial || len(summary.Failed) != 1 || summary.Failed[0].Repository != "acme/repository-002" || summary.Failed[0].Cause.Code != lost.code {
				t.Errorf("the sync is %s and says that these failed: %+v; want partial, repository-002 with %s", summary.State, summary.Failed, lost.code)
			}
			got := storetest.ReadCopy(t, p.database)
			for _, r := range got.Repositories {
				if r.DeletedAt != nil {
					t.Errorf("%s is marked as deleted without a proof", r.FullName)
				}
			}
			kept := 0
			for _, c := range got.Commits {
				if c.RepositoryID == repository.ID && c.DeletedAt == nil {
					kept++
				}
			}
			if kept < 100 {
				t.Errorf("%d commits of the lost repository are kept, want the 100 that were read before", kept)
			}
			w.checkExcept(t, p.database, only(w.repository(1).ID, w.repository(3).ID))
		})
	}
}

func TestFaults_issuesSwitchedOffInTheMiddleAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	repository, ofRepository := w.repository(2), inRepository(w.repository(2))
	w.Fail(githubsim.Fault{
		MatchFunc: func(r githubsim.Request) bool { return ofRepository(r) && strings.Contains(r.URL, "/issues?") }, Times: 1,
		Do: func() { repository.Change(func(s *githubsim.RepositorySettings) { s.IssuesDisabled = true }) },
	})
	p := start(t, w)

	if summary := p.ingest(t, w.token()); summary.State != models.SyncCompleted {
		t.Errorf("the sync is %s (%+v), want completed", summary.State, summary.Failed)
	}
	// Comments on issues may have been read before, and the repository was
	// probed when it had issues.
	w.checkExcept(t, p.database, func(truth *githubsim.Truth, got *storetest.Copy) {
		only(w.repository(1).ID)(truth, got)
	})
	for _, issue := range storetest.ReadCopy(t, p.database).Issues {
		if issue.RepositoryID == repository.ID {
			t.Fatalf("issue %d of the repository without issues is stored", issue.Number)
		}
	}
}

func TestFaults_aRevokedTokenEndsTheSyncAndANewOneGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	token := w.token()
	w.Fail(githubsim.Fault{Match: "/commits?", After: 3, Times: 1, Do: func() { w.RevokeToken(token) }})
	p := start(t, w)
	integration := p.integrate(t, token, true)

	failed := p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncFailed)
	if failed.Cause == nil || failed.Cause.Code != models.TokenInvalid || failed.Cause.Remediation.Text == "" {
		t.Errorf("the sync failed because of %+v, want %s with a remedy", failed.Cause, models.TokenInvalid)
	}

	connection, _ := p.connect(t, w.token())
	var replaced api.Integration
	p.call(t, http.MethodPut, "/integrations/"+integration+"/credentials", map[string]string{"connection_id": connection}, &replaced)
	next := p.startSync(t, integration)
	p.awaitSync(t, next.ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
}

// inRepository tells requests for a repository, which name it by its id.
func inRepository(r *githubsim.Repository) func(githubsim.Request) bool {
	prefix := fmt.Sprintf("/repositories/%d/", r.ID)
	return func(request githubsim.Request) bool { return strings.HasPrefix(request.URL, prefix) }
}

// only leaves some repositories on both sides.
func only(ids ...int64) func(*githubsim.Truth, *storetest.Copy) {
	other := func(id int64) bool { return !slices.Contains(ids, id) }
	return func(truth *githubsim.Truth, c *storetest.Copy) {
		truth.Repositories = slices.DeleteFunc(truth.Repositories, func(r githubsim.RepositoryTruth) bool { return other(r.ID) })
		c.Keep(func(id int64) bool { return slices.Contains(ids, id) })
	}
}
