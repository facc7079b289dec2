package github_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/githubsim"
)

// commitFields are what the rows of a commit are made of, but for its accounts.
func commitFields(c *gh.RepositoryCommit) []any {
	parents := []string{}
	for _, p := range c.Parents {
		parents = append(parents, p.GetSHA())
	}
	author, committer := c.GetCommit().GetAuthor(), c.GetCommit().GetCommitter()
	return []any{c.GetSHA(), c.GetNodeID(), c.GetCommit().GetMessage(), parents, author.GetName(), author.GetEmail(), author.GetDate().Time,
		committer.GetName(), committer.GetEmail(), committer.GetDate().Time}
}

// committed is a repository with every kind of commit.
func (w *world) committed() *githubsim.Repository {
	repo := w.AddOrganization("acme").AddRepository("api")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 5*3600+1800))
	root := repo.Commit(githubsim.CommitSpec{Author: w.viewer, Message: "Ü\n\nwith a body", AuthoredAt: at, CommittedAt: at.Add(time.Hour), Additions: 3, Deletions: 1, ChangedFiles: 2})
	repo.Commit(githubsim.CommitSpec{Author: w.AddBot("renovate[bot]")})
	repo.Commit(githubsim.CommitSpec{Name: "Nobody", Email: "root@localhost", BlankAuthor: true})
	repo.Commit(githubsim.CommitSpec{Name: "No address"})
	side := repo.Commit(githubsim.CommitSpec{Branch: "side", Parents: []*githubsim.Commit{root}, Author: w.viewer})
	other := repo.Commit(githubsim.CommitSpec{Branch: "other", Parents: []*githubsim.Commit{root}, Author: w.viewer})
	repo.Merge("", githubsim.CommitSpec{Author: w.viewer, Committer: w.WebFlow(), AuthoredAt: at}, side, other)
	return repo
}

func (w *world) histories(t *testing.T, repos ...*githubsim.Repository) []github.Head[github.ListedCommit] {
	t.Helper()
	var ids []string
	for _, repo := range repos {
		ids = append(ids, repo.NodeID)
	}
	sizes, err := w.client.HistorySizes(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	var refs []github.HeadRef
	for _, size := range sizes {
		refs = append(refs, github.HeadRef{NodeID: size.HeadNodeID, First: size.Total})
	}
	heads, err := w.client.CommitHeads(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	return heads
}

func TestCommitHeads_areTheSameAsThroughREST(t *testing.T) {
	t.Parallel()
	for _, named := range []bool{false, true} {
		t.Run(fmt.Sprint("web-flow named: ", named), func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, githubsim.Config{NamesWebFlow: named})
			repo := w.committed()
			listed, err := w.client.Commits(t.Context(), repo.ID, repo.Head("").SHA, "")
			if err != nil {
				t.Fatal(err)
			}
			var refs []github.CommitRef
			for _, c := range listed.Items {
				refs = append(refs, github.CommitRef{NodeID: c.GetNodeID(), SHA: c.GetSHA()})
			}
			details, err := w.client.CommitDetails(t.Context(), repo.ID, refs)
			if err != nil {
				t.Fatal(err)
			}

			head := w.histories(t, repo)[0]

			if !head.Whole() || head.Page.Total != 7 || len(head.Page.Items) != 7 {
				t.Fatalf("got %+v", head)
			}
			unnamed := 0
			for i, c := range head.Page.Items {
				if diff := cmp.Diff(commitFields(listed.Items[i]), commitFields(&c.RepositoryCommit)); diff != "" {
					t.Errorf("rows: %s", diff)
				}
				if diff := cmp.Diff(details[i], c.Details, cmp.AllowUnexported(github.CommitDetails{}, github.Absence{})); diff != "" {
					t.Errorf("details: %s", diff)
				}
				for _, people := range [][2]*gh.User{{listed.Items[i].Author, c.Author}, {listed.Items[i].Committer, c.Committer}} {
					if people[1] == nil && people[0].GetID() != 0 {
						unnamed++
					} else if account(people[0]) != account(people[1]) {
						t.Errorf("account %s, want %s", account(people[1]), account(people[0]))
					}
				}
			}
			if want := map[bool]int{false: 3, true: 2}[named]; unnamed != want { // the bot, twice, and web-flow
				t.Errorf("%d accounts are not named, want %d", unnamed, want)
			}
		})
	}
}

func TestCommitHeads_costHalfAPointForFortyFiveCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	var ids []string
	for i := range 50 {
		repo := org.AddRepository(fmt.Sprint("repo-", i))
		for range 45 {
			repo.Commit(githubsim.CommitSpec{Author: w.viewer})
		}
		ids = append(ids, repo.NodeID)
	}
	var usage github.Usage
	ctx := github.WithUsage(t.Context(), &usage)
	sizes, err := w.client.HistorySizes(ctx, ids)
	if err != nil {
		t.Fatal(err)
	}
	if spent := usage.Take(); spent.Requests != 1 || spent.GraphQLPoints != 1 {
		t.Errorf("sizes: spent %+v, want one query of one point", spent)
	}
	var refs []github.HeadRef
	for _, size := range sizes {
		refs = append(refs, github.HeadRef{NodeID: size.HeadNodeID, First: size.Total})
	}
	heads, err := w.client.CommitHeads(ctx, refs)
	if err != nil {
		t.Fatal(err)
	}
	if spent := usage.Take(); spent.Requests != 10 || spent.GraphQLPoints != 20 {
		t.Errorf("spent %+v, want 10 queries of two points", spent)
	}
	for i, head := range heads {
		if !head.Whole() || len(head.Page.Items) != 45 || head.Page.Items[0].GetSHA() != sizes[i].HeadSHA {
			t.Fatalf("repository %d: %+v", i, head)
		}
	}
}

func TestCommitHeads_tellWhatTheyLack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	var repos []*githubsim.Repository
	for i := range 3 {
		repo := org.AddRepository(fmt.Sprint("repo-", i))
		repo.Commit(githubsim.CommitSpec{Author: w.viewer})
		repo.Commit(githubsim.CommitSpec{Author: w.viewer})
		repos = append(repos, repo)
	}
	w.Fail(githubsim.Fault{Kind: githubsim.AdditionsUnavailable, Node: repos[1].Head("").SHA})
	w.Fail(githubsim.Fault{Kind: githubsim.UnreadableValue, Node: githubsim.CommitNodeID(repos[2].ID, repos[2].Head("").SHA), Field: "authoredDate", Error: "soon"})
	heads := w.histories(t, repos...)
	if !heads[0].Whole() || heads[1].Unavailable == "" || heads[1].Whole() || heads[2].Malformed == "" {
		t.Errorf("got %+v", heads)
	}
	w.Heal()
	w.Fail(githubsim.Fault{Kind: githubsim.ShortConnection, Field: "history", Size: 1})
	if heads = w.histories(t, repos...); heads[0].Whole() {
		t.Errorf("a shortened history is %+v", heads[0])
	}
	w.Heal()
	empty := org.AddRepository("empty")
	hidden := w.AddOrganization("other").AddRepository("secret", githubsim.RepositorySettings{Private: true})
	hidden.Commit(githubsim.CommitSpec{})
	sizes, err := w.client.HistorySizes(t.Context(), []string{empty.NodeID, hidden.NodeID, "R_none", repos[0].NodeID})
	if err != nil {
		t.Fatal(err)
	}
	if sizes[0] != (github.HistorySize{}) || sizes[1].Unavailable == "" || sizes[2].Unavailable == "" || sizes[3].Total != 2 {
		t.Errorf("got %+v", sizes)
	}
}
