package github_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tributary/github"
	"tributary/githubsim"
)

// A repository leaves the probe in several ways. Only its id shows which.
func TestRepositories_thatLeaveTheProbeAreFoundByID(t *testing.T) {
	t.Parallel()
	for _, through := range []string{"GraphQL", "REST"} {
		t.Run(through, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if through == "REST" {
				w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
			}
			org, umbrella := w.AddOrganization("acme"), w.AddOrganization("umbrella")
			kept := org.AddRepository("kept")
			kept.Commit(githubsim.CommitSpec{Author: w.viewer})
			moved, hidden, blocked, gone := org.AddRepository("moved"), org.AddRepository("hidden"), org.AddRepository("blocked"), org.AddRepository("gone")
			moved.TransferTo(umbrella)
			hidden.Change(func(s *githubsim.RepositorySettings) { s.Private = true })
			blocked.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
			gone.Delete()
			kept.Rename("renamed")
			org.AddRepository("kept") // takes the name

			found, unreadable, _ := probes(t, w.client, ref(org))
			names := map[string]int64{}
			for _, r := range found {
				names[r.Name] = r.ID
			}
			if len(names) != 2 || names["renamed"] != kept.ID || names["kept"] == kept.ID {
				t.Errorf("the probe shows %v", names)
			}
			if !slices.Equal(unreadable, []string{"Repository access blocked"}) {
				t.Errorf("unreadable are %q", unreadable)
			}
			for want, id := range map[github.Kind]int64{github.NotFound: hidden.ID, github.Blocked: blocked.ID} {
				if got := refused(t, second(w.client.RepositoryByID(t.Context(), id))); got.Kind != want {
					t.Errorf("got %v, want %s", got, want)
				}
			}
			if got := refused(t, second(w.client.RepositoryByID(t.Context(), gone.ID))); got.Kind != github.NotFound {
				t.Errorf("a deleted repository: %v", got)
			}
			if got, err := w.client.RepositoryByID(t.Context(), moved.ID); err != nil || got.OwnerID != umbrella.ID || got.FullName != "umbrella/moved" {
				t.Errorf("a repository that moved is %+v, %v", got, err)
			}
		})
	}
}

func TestProbeRepositories_showsAnEmptiedRepository(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	repo := org.AddRepository("api")
	repo.Commit(githubsim.CommitSpec{Author: w.viewer})
	other := org.AddRepository("headless")
	other.Commit(githubsim.CommitSpec{Author: w.viewer, Branch: "side"})
	check := func(through string) {
		t.Helper()
		found, _, _ := probes(t, w.client, ref(org))
		if r := found[0]; !r.Empty || r.HeadSHA != "" || r.DefaultBranch != "" {
			t.Errorf("through %s the emptied repository is %+v", through, r)
		}
		if r := found[1]; r.Empty || r.HeadSHA != "" || r.DefaultBranch != "" {
			t.Errorf("through %s the one without its default branch is %+v", through, r)
		}
	}
	repo.Empty()
	check("GraphQL")
	w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
	check("REST")
	if got := refused(t, second(w.client.Commits(t.Context(), repo.ID, "main", ""))); got.Kind != github.EmptyRepository {
		t.Errorf("got %v", got)
	}
}

func TestDetails_askForFewerWhenOnlySomeAreAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	repo := w.AddOrganization("acme").AddRepository("api")
	var commits []github.CommitRef
	var issues []github.IssueRef
	for range 10 {
		c := repo.Commit(githubsim.CommitSpec{Author: w.viewer, Additions: 3})
		commits = append(commits, github.CommitRef{NodeID: githubsim.CommitNodeID(repo.ID, c.SHA), SHA: c.SHA})
		issues = append(issues, issueRef(repo.OpenIssue(githubsim.IssueSpec{Author: w.viewer, Labels: []string{"bug"}})))
	}
	w.Fail(githubsim.Fault{Kind: githubsim.PartialResourceLimits, MaxNodes: 4})
	details, err := w.client.CommitDetails(t.Context(), repo.ID, commits)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range details {
		if d.SHA != commits[i].SHA || d.Additions != 3 {
			t.Errorf("commit %d: %+v", i, d)
		}
	}
	events, err := w.client.IssueEvents(t.Context(), repo.ID, repo.NodeID, issues)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events {
		if e.NodeID != issues[i].NodeID || len(e.Events) != 1 {
			t.Errorf("issue %d: %+v", i, e)
		}
	}
	if stats := w.Stats(); stats.RESTRequests != 0 {
		t.Errorf("%d requests through REST, want none", stats.RESTRequests)
	}
}

// A missing permission hides one part and no repository.
func TestProbeRepositories_showsWhatPermissionsLeave(t *testing.T) {
	t.Parallel()
	for _, lacks := range [][]string{{"issues"}, {"pull_requests"}, {"contents"}, {"issues", "pull_requests"}, {"issues", "pull_requests", "contents"}} {
		for _, through := range []string{"GraphQL", "REST"} {
			t.Run(through+" without "+strings.Join(lacks, " and "), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				org := w.AddOrganization("acme")
				org.AddMember(w.viewer, "admin")
				for i, private := range []bool{false, true, true} {
					r := org.AddRepository(fmt.Sprint("repo-", i), githubsim.RepositorySettings{Private: private})
					r.Commit(githubsim.CommitSpec{Author: w.viewer})
				}
				if through == "REST" {
					w.Fail(githubsim.Fault{Kind: githubsim.GraphQLRefused})
				}
				permissions := map[string]string{}
				for _, p := range []string{"issues", "pull_requests", "contents"} {
					if !slices.Contains(lacks, p) {
						permissions[p] = "read"
					}
				}
				token := w.IssueToken(w.viewer, githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: org, Permissions: permissions})
				found, hidden, _ := probes(t, w.as(token), ref(org))
				if len(found) != 3 || len(hidden) != 0 {
					t.Fatalf("%d repositories, %q hidden", len(found), hidden)
				}
				for _, r := range found {
					var refused []string
					for _, part := range r.Refused {
						refused = append(refused, map[github.Part]string{github.CommitsPart: "contents", github.IssuesPart: "issues", github.PullRequestsPart: "pull_requests"}[part.Part])
					}
					want := slices.Sorted(slices.Values(lacks))
					if r.Visibility == "public" {
						want = nil
					}
					if slices.Sort(refused); !slices.Equal(refused, want) || (r.HeadSHA == "") != slices.Contains(refused, "contents") {
						t.Errorf("%s: refused %q, head %q; want %q", r.Visibility, refused, r.HeadSHA, want)
					}
				}
			})
		}
	}
}
