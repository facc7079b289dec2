package activities_test

import (
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// TestSync_comparesGitHubsTimesWithGitHubsClock: by however much ours is ahead or
// behind, what happens between two syncs is read by the second.
func TestSync_comparesGitHubsTimesWithGitHubsClock(t *testing.T) {
	t.Parallel()
	for name, skew := range map[string]time.Duration{
		"8 minutes behind us": -8 * time.Minute, "7 hours behind us": -7 * time.Hour,
		"9 minutes ahead of us": 9 * time.Minute, "a day ahead of us": 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{current: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
			now := func() time.Time { return w.current }
			sim := githubsim.New(githubsim.Config{Now: now, Skew: skew})
			w.org = sim.Populate(githubsim.Workload{Organization: "acme", Commits: 5, PullRequests: 4, CommentsPerPullRequest: 1, Issues: 4, CommentsPerIssue: 1, Until: w.current.Add(-48 * time.Hour)})
			w.repo, w.person = w.org.Repository("repository"), sim.AddUser("mona")
			w.Bench = synctest.New(t, sim, "acme", storetest.SQLiteURL(t), now)

			for range 4 {
				w.later(3 * time.Second)
				w.workOf(w.person)
				w.repo.Issue(1).Comment(githubsim.CommentSpec{Author: w.person, Body: "Still there?"})
				w.Sync(t)
				w.later(3 * time.Second)
				w.workOf(w.person) // while that sync is still young
				w.later(2 * time.Minute)
				w.Sync(t)
			}
			w.Sim.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: w.repo.Issue(2).NodeID})
			w.Sim.Fail(githubsim.Fault{Match: "/issues/2/events", Kind: githubsim.HTTPStatus})
			w.repo.Issue(2).Close(w.person, "completed")
			w.later(time.Minute)
			w.Sync(t)
			w.Sim.Heal() // what could not be told is asked for again, by our clock
			w.later(time.Minute)
			ended := w.Sync(t)

			w.Check(t)
			asked := w.current.Add(skew)
			for _, s := range storetest.ReadCopy(t, w.URL).Streams {
				if mark := s.Checkpoint.Watermark; mark != nil && mark.After(asked) || s.Checkpoint.CompleteThrough.After(asked) {
					t.Errorf("%s is covered up to %s and complete through %s, when it is %s at GitHub", s.Kind, mark, s.Checkpoint.CompleteThrough, asked)
				}
			}
			w.later(6 * time.Minute)
			w.Sync(t) // by now no list lags behind any more
			w.later(time.Minute)
			w.Sim.ResetRequests()
			if w.Sync(t); ended.State != models.SyncCompleted || w.asked("") != 1 {
				t.Errorf("when nothing changed %d requests are sent, want the probe", w.asked(""))
			}
		})
	}
}
