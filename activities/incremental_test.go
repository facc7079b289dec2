package activities_test

import (
	"slices"
	"testing"
	"time"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// world is a small organization with a little of everything, on a clock that
// the test moves.
type world struct {
	*synctest.Bench
	repo    *githubsim.Repository
	org     *githubsim.Organization
	person  *githubsim.User
	current time.Time
}

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	return newWorldWith(t, url, githubsim.Config{})
}

func newWorldWith(t *testing.T, url string, config githubsim.Config) *world {
	t.Helper()
	w := &world{current: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.current }
	config.Now = now
	sim := githubsim.New(config)
	w.org = sim.AddOrganization("acme")
	w.person = sim.AddUser("mona")
	w.org.AddMember(w.person, "member")
	w.repo = w.org.AddRepository("api")
	w.push(3)
	for range 3 {
		pull := w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.person, Title: "Change", Commits: []githubsim.CommitSpec{{Author: w.person, Additions: 3}}})
		pull.Comment(githubsim.CommentSpec{Author: w.person, Body: "Hm."})
		pull.Review(githubsim.ReviewSpec{Author: w.person, State: "APPROVED"})
		w.repo.OpenIssue(githubsim.IssueSpec{Author: w.person, Title: "Trouble"}).Comment(githubsim.CommentSpec{Author: w.person, Body: "Me too."})
	}
	w.later(time.Hour)
	w.Bench = synctest.New(t, sim, "acme", url, now)
	return w
}

func (w *world) later(d time.Duration) { w.current = w.current.Add(d) }

func (w *world) push(n int) (last *githubsim.Commit) {
	for range n {
		last = w.repo.Commit(githubsim.CommitSpec{Author: w.person, Message: "Push", Additions: 1, Deletions: 2})
	}
	return last
}

func TestSync_followsWhatChanged(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world){
		"new commits": func(w *world) { w.push(120) },
		"a force push": func(w *world) {
			base := w.repo.Head("main").Parents[0]
			w.repo.ForcePush("main", base.SHA)
			w.push(2)
		},
		"a reset to an older commit": func(w *world) { w.repo.ForcePush("main", w.repo.Head("main").Parents[0].SHA) },
		"an old branch merged late": func(w *world) {
			old := w.current.AddDate(-1, 0, 0)
			branch := w.repo.Commit(githubsim.CommitSpec{Branch: "old", Parents: []*githubsim.Commit{w.repo.Head("main").Parents[0]}, Author: w.person, AuthoredAt: old, CommittedAt: old})
			w.repo.Merge("main", githubsim.CommitSpec{Author: w.person, Message: "Merge"}, branch)
		},
		"an octopus merge": func(w *world) {
			main := w.repo.Head("main")
			var tips []*githubsim.Commit
			for _, name := range []string{"a", "b", "c"} {
				tips = append(tips, w.repo.Commit(githubsim.CommitSpec{Branch: name, Parents: []*githubsim.Commit{main}, Author: w.person}))
			}
			w.repo.Merge("main", githubsim.CommitSpec{Author: w.person}, tips...)
		},
		"another history": func(w *world) {
			root := w.repo.Commit(githubsim.CommitSpec{Branch: "other", Parents: []*githubsim.Commit{}, Author: w.person})
			w.repo.ForcePush("main", root.SHA)
		},
		"a renamed default branch": func(w *world) {
			w.repo.Commit(githubsim.CommitSpec{Branch: "trunk", Parents: []*githubsim.Commit{w.repo.Head("main")}, Author: w.person})
			w.repo.Change(func(s *githubsim.RepositorySettings) { s.DefaultBranch = "trunk" })
		},
		"a merged pull request":   func(w *world) { w.repo.PullRequest(1).Merge(githubsim.MergeSpec{By: w.person}) },
		"a retitled pull request": func(w *world) { w.repo.PullRequest(1).Edit("Better title", "And a body.") },
		"a commit in a pull request": func(w *world) {
			w.repo.PullRequest(3).AddCommit(githubsim.CommitSpec{Author: w.person, Additions: 7})
		},
		"a late review": func(w *world) {
			w.repo.PullRequest(1).Review(githubsim.ReviewSpec{Author: w.person, State: "CHANGES_REQUESTED", Body: "No."})
		},
		"a comment on a line": func(w *world) {
			w.repo.PullRequest(1).ReviewComment(githubsim.ReviewCommentSpec{Author: w.person, Body: "Here."})
		},
		"a closed issue": func(w *world) { w.repo.Issue(2).Close(w.person, "not_planned") },
		"a reopened issue": func(w *world) {
			w.repo.Issue(2).Close(w.person, "")
			w.later(time.Minute)
			w.repo.Issue(2).Reopen(w.person)
		},
		"a labelled issue":          func(w *world) { w.repo.Issue(2).Label("bug") },
		"many issues in one second": func(w *world) { w.openIssues(350) },
		"a new repository": func(w *world) {
			w.org.AddRepository("web").Commit(githubsim.CommitSpec{Author: w.person, Message: "First"})
		},
		"a renamed repository":   func(w *world) { w.repo.Rename("backend"); w.push(1) },
		"a renamed organization": func(w *world) { w.org.Rename("acme-inc"); w.push(1) },
		"an emptied one":         func(w *world) { w.org.AddRepository("empty") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				w := newWorld(t, url)
				w.Sync(t)
				w.Check(t)
				w.later(time.Hour)
				change(w)
				w.later(time.Hour)

				if ended := w.Sync(t); ended.State != models.SyncCompleted {
					t.Errorf("the sync is %s", ended.State)
				}

				w.Check(t)
				before := w.Sim.Stats()
				if again := w.Sync(t); again.Repositories != 0 {
					t.Errorf("a sync without a change read %d repositories", again.Repositories)
				}
				if after := w.Sim.Stats(); after.RESTRequests != before.RESTRequests || after.GraphQLRequests != before.GraphQLRequests+1 {
					t.Errorf("a sync without a change sent %d REST and %d GraphQL requests, want only the probe",
						after.RESTRequests-before.RESTRequests, after.GraphQLRequests-before.GraphQLRequests)
				}
			})
		})
	}
}

func (w *world) openIssues(n int) {
	for range n {
		w.repo.OpenIssue(githubsim.IssueSpec{Author: w.person, Title: "One of many"})
	}
}

// TestSyncCommits_resumesWhereItStopped cuts the first walk off after its first
// page: what was stored is not asked for again.
func TestSyncCommits_resumesWhereItStopped(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.push(450)
		withdraw := w.Sim.Fail(githubsim.Fault{Match: "/commits", After: 2, Kind: githubsim.HTTPStatus})
		w.Sync(t)
		stream := streamOf(t, url, models.StreamCommits)
		// It fails beside others, and then by itself.
		if stream.Stored != 200 || stream.Failures != 2 || stream.LastCode != models.GitHubUnavailable {
			t.Errorf("after the fault: %d stored, %d failures, code %s; want 200, 2, %s", stream.Stored, stream.Failures, stream.LastCode, models.GitHubUnavailable)
		}
		withdraw()
		w.Sim.ResetRequests()

		w.Sync(t)

		w.Check(t)
		pages := 0
		for _, r := range w.Sim.Requests() {
			if r.Resource == "core" {
				pages++
			}
		}
		if pages != 3 {
			t.Errorf("the rest took %d pages, want 3", pages)
		}
	})
}

// TestSyncCommits_storesNothingForAnAttemptThatWasGivenUp is the zombie: an
// attempt that Temporal replaced while it was waiting for GitHub.
func TestSyncCommits_storesNothingForAnAttemptThatWasGivenUp(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.push(250)
		input := w.begin(t)
		successor := make(chan error, 1)
		w.Sim.Fail(githubsim.Fault{Match: "/commits", After: 1, Times: 1, Do: func() {
			_, err := w.Activities.SyncCommits(t.Context(), input) // the attempt that replaces it, from start to end
			successor <- err
		}})

		_, first := w.Activities.SyncCommits(t.Context(), input)

		if second := <-successor; first == nil || second != nil {
			t.Errorf("the zombie ended with %v and its successor with %v, want an error and none", first, second)
		}
		commits := storetest.ReadCopy(t, url).Commits
		if len(commits) != 253 {
			t.Errorf("%d commits are stored, want 253", len(commits))
		}
		if stream := streamOf(t, url, models.StreamCommits); stream.Checkpoint.Cursor != "" || stream.Stored != 253 {
			t.Errorf("the stream has cursor %q and counts %d rows, want it finished with 253", stream.Checkpoint.Cursor, stream.Stored)
		}
	})
}

// What changed a moment ago is looked at again by the next sync, but not when the activity
// that read it is repeated because it died over something else.
func TestStartRepository_leavesOutWhatItsSyncHasRead(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.Sync(t)
		w.later(time.Hour)
		w.push(1)
		w.openIssues(1)
		start := func(in activities.StreamInput) []models.StreamKind {
			t.Helper()
			kinds, err := w.Activities.StartRepository(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			return kinds
		}

		in := w.begin(t)
		kinds := start(in)
		w.later(time.Second)
		for _, kind := range models.InOrder(kinds) {
			if err := w.SyncStream(t, in, kind); err != nil {
				t.Fatal(err)
			}
		}
		w.later(time.Second)
		again := slices.DeleteFunc(start(in), func(kind models.StreamKind) bool { return !models.Describe(kind).Listed() })
		if len(again) > 0 {
			t.Errorf("%v were read and are to be read again", again)
		}

		_, err := w.Activities.FinishSync(t.Context(), activities.FinishSyncInput{SyncID: in.SyncID, State: models.SyncCompleted})
		if err != nil {
			t.Fatal(err)
		}
		if next := start(w.begin(t)); !slices.Contains(next, models.StreamIssues) {
			t.Errorf("the next sync looks at %v only, want also at the issues, which changed a moment before they were read", next)
		}
	})
}

// A pass over details that was cut off must not hide the commits that are new since then and
// sort before the one at which it stopped.
func TestSyncCommitDetails_completesWhatCameAfterAPassThatWasCutOff(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		for range 2 { // their commits are no page of a list, which would bring the details along
			w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.person, Commits: slices.Repeat([]githubsim.CommitSpec{{Author: w.person, Additions: 1}}, 160)})
		}
		w.later(time.Hour)
		in := w.begin(t)
		if _, err := w.Activities.StartRepository(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []models.StreamKind{models.StreamPullRequests, models.StreamPullRequestDetails} {
			if err := w.SyncStream(t, in, kind); err != nil {
				t.Fatal(err)
			}
		}
		in.Pages = 2
		if slice, err := w.Activities.SyncCommitDetails(t.Context(), in); err != nil || !slice.More {
			t.Fatalf("two pages of details: more %v, %v; want more", slice.More, err)
		}
		_, err := w.Activities.FinishSync(t.Context(), activities.FinishSyncInput{SyncID: in.SyncID, State: models.SyncFailed, Code: models.GitHubUnavailable})
		if err != nil {
			t.Fatal(err)
		}
		w.push(130) // those that come without details sort before and after that place

		w.Sync(t)

		w.Check(t)
	})
}

// begin starts a sync up to the point at which streams are read.
func (w *world) begin(t *testing.T) activities.StreamInput {
	t.Helper()
	sync, err := w.Store.QueueSync(t.Context(), w.Integration.ID, w.org.ID, models.TriggerManual)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Activities.ProbeOrganization(t.Context(), activities.SyncInput{SyncID: sync.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Activities.PlanSync(t.Context(), activities.SyncInput{SyncID: sync.ID}); err != nil {
		t.Fatal(err)
	}
	repositories, err := w.Store.Repositories(t.Context(), store.RepositoryFilter{IntegrationID: w.Integration.ID}, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	return activities.StreamInput{SyncID: sync.ID, RepositoryID: repositories.Rows[0].ID}
}

func streamOf(t *testing.T, url string, kind models.StreamKind) models.Stream {
	t.Helper()
	for _, stream := range storetest.ReadCopy(t, url).Streams {
		if stream.Kind == kind {
			return stream
		}
	}
	t.Fatalf("there is no stream of %s", kind)
	return models.Stream{}
}

// TestSync_marksWhatGitHubShouldNeverSend: one broken row costs no other.
func TestSync_marksWhatGitHubShouldNeverSend(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		synctest.OlderServer(w.Sim)
		w.Sim.Fail(githubsim.Fault{Match: "/issues/comments", Times: 1, Kind: githubsim.HTTPStatus, Status: 200,
			Body: `[{"id": "no number", "node_id": "IC_broken"}, {"id": 77, "node_id": "IC_fine", "body": "Fine.", "html_url": "https://github.com/acme/api/issues/4#c", "issue_url": "https://api.github.com/repos/acme/api/issues/4", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}]`})

		if ended := w.Sync(t); ended.State != models.SyncCompleted {
			t.Errorf("the sync is %s, want completed", ended.State)
		}

		copied := storetest.ReadCopy(t, url)
		readable := func(c models.IssueComment) bool { return c.ID == 77 && c.Number == 4 }
		if !slices.ContainsFunc(copied.IssueComments, readable) {
			t.Errorf("comments = %+v, want the readable one among them", copied.IssueComments)
		}
		for _, s := range copied.Streams {
			if wrong := s.Kind == models.StreamIssueComments; (s.Gap.Code == models.ListIncomplete) != wrong || wrong && s.Checkpoint.CompleteThrough != nil {
				t.Errorf("%s lacks %+v and is complete through %v", s.Kind, s.Gap, s.Checkpoint.CompleteThrough)
			}
		}
		if len(copied.Unreadable) != 1 || copied.Unreadable[0].NodeID != "IC_broken" || copied.Unreadable[0].Reason == "" {
			t.Errorf("unreadable = %+v, want the broken one with its reason", copied.Unreadable)
		}
	})
}
