package activities_test

import (
	"testing"
	"time"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

func TestSync_movesCompleteThroughWhereNothingChanged(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.Sync(t)
		w.later(time.Hour)
		w.push(1)
		w.later(time.Hour)

		asked := w.current
		w.Sync(t)

		for _, s := range storetest.ReadCopy(t, url).Streams {
			if through := s.Checkpoint.CompleteThrough; through == nil || through.Before(asked) {
				t.Errorf("%s is complete through %v, want %s", s.Kind, through, asked)
			}
		}
	})
}

func TestSync_findsAReviewThatMovedNoTime(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.Sync(t)
		w.repo.PullRequest(1).Review(githubsim.ReviewSpec{Author: w.person, State: "DISMISSED", SubmittedAt: w.current.Add(-2 * time.Hour)})
		w.later(time.Hour)
		if ended := w.Sync(t); ended.Repositories != 0 {
			t.Fatalf("%d repositories seem to have changed, want a review that no probe shows", ended.Repositories)
		}

		w.later(24 * time.Hour)
		ended := w.Sync(t)

		w.Check(t)
		const compared, probed, details = 1, 3, 1
		if ended.Usage.GraphQLPoints != probed+compared+details {
			t.Errorf("it took %d points, want %d for the probe, %d for the comparison and %d for the details", ended.Usage.GraphQLPoints, probed, compared, details)
		}
		w.later(time.Hour)
		if again := w.Sync(t); again.Usage.GraphQLPoints != probed || again.Repositories != 0 {
			t.Errorf("an hour later it took %d points, want those of the probe only", again.Usage.GraphQLPoints)
		}
	})
}

func TestSync_readsNoFurtherBackThanWanted(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		year := func(y int) time.Time { return time.Date(y, 6, 1, 0, 0, 0, 0, time.UTC) }
		root := w.repo.Commit(githubsim.CommitSpec{Branch: "long", Parents: []*githubsim.Commit{}, Author: w.person, AuthoredAt: year(2020), CommittedAt: year(2020)})
		for i := range 250 {
			at := year(2020).AddDate(0, 0, 9*i)
			root = w.repo.Commit(githubsim.CommitSpec{Branch: "long", Author: w.person, AuthoredAt: at, CommittedAt: at})
		}
		w.repo.ForcePush("main", root.SHA)
		for y := 2020; y < 2026; y++ {
			for range 60 {
				w.repo.OpenIssue(githubsim.IssueSpec{Author: w.person, Title: "Old", CreatedAt: year(y)})
			}
		}
		since := year(2024).AddDate(0, 0, 1)
		if _, err := w.Store.SetBackfillFrom(t.Context(), w.Integration.ID, &since); err != nil {
			t.Fatal(err)
		}
		w.later(time.Hour)
		w.Sync(t)

		got := storetest.ReadCopy(t, url)
		for _, i := range got.Issues {
			if i.UpdatedAt.Before(since) {
				t.Fatalf("issue %d of %s is stored", i.Number, i.UpdatedAt)
			}
		}
		if len(got.Issues) != 3+60 {
			t.Errorf("%d issues are stored, want the 60 of 2025 and 3", len(got.Issues))
		}
		if all := len(w.Sim.Truth("acme").Repositories[0].Commits); len(got.Commits) >= all {
			t.Errorf("all %d commits are stored", all)
		}
		for _, s := range got.Streams {
			if s.Kind == models.StreamIssues && (s.Checkpoint.CompleteFrom == nil || !s.Checkpoint.CompleteFrom.Equal(since)) {
				t.Errorf("issues are complete from %v, want %s", s.Checkpoint.CompleteFrom, since)
			}
		}

		if _, err := w.Store.SetBackfillFrom(t.Context(), w.Integration.ID, nil); err != nil {
			t.Fatal(err)
		}
		w.later(time.Hour)
		w.Sync(t)
		w.Check(t)
		w.later(time.Hour)
		if again := w.Sync(t); again.Repositories != 0 {
			t.Error("what is complete from the beginning is read again")
		}
	})
}

func TestSync_reopensAndAssignsWithWhoAndWhen(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.Sync(t)
		w.later(time.Hour)
		issue := w.repo.Issue(2)
		issue.Close(w.person, "completed")
		w.later(time.Minute)
		issue.Reopen(w.person)
		issue.Assign(w.person, w.person)
		w.repo.PullRequest(1).Merge(githubsim.MergeSpec{By: w.person})
		w.later(time.Hour)
		w.Sync(t)

		w.Check(t)
		events := map[string]int{}
		for _, e := range storetest.ReadCopy(t, url).IssueEvents {
			events[e.Event]++
			if e.ActorLogin != "mona" {
				t.Errorf("%s was done by %q, want mona", e.Event, e.ActorLogin)
			}
		}
		if events["closed"] != 2 || events["reopened"] != 1 || events["assigned"] != 1 || events["merged"] != 1 {
			t.Errorf("events = %v", events)
		}
	})
}
