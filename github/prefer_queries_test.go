package github_test

import (
	"net/http"
	"testing"
	"time"

	"tributary/github"
	"tributary/githubsim"
)

func TestPrefersQueries_comparesTheShares(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		core, points    int // left
		asked, demanded float64
		want            bool
	}{
		"points are cheaper":                    {5000, 5000, 50, 6, true},
		"points are dearer":                     {5000, 5000, 5, 6, false},
		"the same":                              {5000, 5000, 5, 5, false},
		"few requests are left":                 {100, 5000, 5, 60, true},
		"few points are left":                   {5000, 100, 50, 6, false},
		"no points are left":                    {5000, 0, 50, 1, false},
		"no requests are left":                  {0, 5000, 1, 50, true},
		"nothing is left":                       {0, 0, 1, 1, false},
		"nothing has to be asked for with REST": {5000, 5000, 0, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			repo := w.AddOrganization("acme").AddRepository("api")
			ref := []github.HeadRef{{NodeID: repo.NodeID, First: 1}}
			if !w.client.PrefersQueries(2, 1) || w.client.PrefersQueries(1, 2) {
				t.Error("before GitHub told anything the two count alike")
			}
			w.SetLimits(test.core+1, test.points+1, time.Hour)
			_, _ = w.client.PullRequests(t.Context(), repo.ID, github.NewestFirst, "")
			_, _ = w.client.PullRequestHeads(t.Context(), ref)
			if got := w.client.PrefersQueries(test.asked, test.demanded, github.PullRequestHeadQueries); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestPrefersQueries_notWhereTheyAreRefusedOrRest(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorld(t)
	host := newHost(t, github.Config{APIURL: w.server.URL, MaxWait: time.Nanosecond, Now: func() time.Time { return now }})
	client := host.Client(github.Credential{Token: github.StaticToken(w.token), RateOwner: "user:1"})
	repo := w.AddOrganization("acme").AddRepository("api")
	refs := []github.HeadRef{{NodeID: repo.NodeID, First: 1}, {NodeID: w.Organization("acme").AddRepository("web").NodeID, First: 1}}
	prefers := func(kinds ...github.QueryKind) bool { return client.PrefersQueries(50, 1, kinds...) }

	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLTimeout, Match: "issueHeads"})
	refused(t, second(client.IssueHeads(t.Context(), refs)))
	if prefers(github.IssueHeadQueries) || prefers(github.PullRequestHeadQueries, github.IssueHeadQueries) || !prefers(github.PullRequestHeadQueries) || !prefers() {
		t.Error("in an outage of one kind")
	}
	now = now.Add(time.Minute)
	if !prefers(github.IssueHeadQueries) {
		t.Error("after the pause nobody would try again")
	}
	w.Heal()

	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused, Status: http.StatusForbidden})
	refused(t, second(client.PullRequestHeads(t.Context(), refs)))
	if prefers() || prefers(github.PullRequestHeadQueries) || prefers(github.IssueConversationQueries) {
		t.Error("where GraphQL is refused")
	}
	now = now.Add(11 * time.Minute)
	if !prefers(github.PullRequestHeadQueries) {
		t.Error("a refusal lasts for ever")
	}
}

// Details are read through REST where the query is refused, so nothing fails.
func TestPrefersQueries_notForDetailsThatTheSchemaLacks(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, githubsim.Config{UnknownFields: []string{"Commit.changedFilesIfAvailable"}})
	client := w.host.Client(github.Credential{Token: github.StaticToken(w.token), RateOwner: "user:1"})
	repo := w.AddOrganization("acme").AddRepository("api")
	commit := repo.Commit(githubsim.CommitSpec{Author: w.viewer, Additions: 3})
	if !client.PrefersQueries(1, 0, github.CommitDetailQueries) {
		t.Error("before it was refused")
	}
	details, err := client.CommitDetails(t.Context(), repo.ID, []github.CommitRef{{NodeID: githubsim.CommitNodeID(repo.ID, commit.SHA), SHA: commit.SHA}})
	if err != nil || details[0].Additions != 3 {
		t.Fatalf("%+v, %v", details, err)
	}
	if client.PrefersQueries(1, 0, github.CommitDetailQueries) {
		t.Error("after it was refused")
	}
}

func TestPrefersQueries_notWhereTheSchemaLacksThem(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, githubsim.Config{UnknownFields: []string{"IssueComment.fullDatabaseId"}})
	client := w.host.Client(github.Credential{Token: github.StaticToken(w.token), RateOwner: "user:1"})
	repo := w.AddOrganization("acme").AddRepository("api")
	for _, ask := range []func() error{
		func() error {
			return second(client.IssueConversations(t.Context(), []github.ConversationRef{w.talkative(repo, 1)}))
		},
		func() error {
			return second(client.PullRequestConversations(t.Context(), []github.ConversationRef{w.talkative(repo, 1)}))
		},
	} {
		if got := refused(t, ask()); got.Kind != github.QueriesRefused {
			t.Fatal(got)
		}
	}
	for kind, want := range map[github.QueryKind]bool{
		github.IssueConversationQueries: false, github.PullRequestConversationQueries: false,
		github.ReviewConversationQueries: true, github.IssueHeadQueries: true, github.PullRequestHeadQueries: true,
	} {
		if got := client.PrefersQueries(50, 1, kind); got != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
}
