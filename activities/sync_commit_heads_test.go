package activities_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// lists counts the lists of commits that REST was asked for.
func (w *world) lists() int { return w.asked("/commits?") }

// repositories adds n repositories with commits.
func (w *world) repositories(n int, commits ...githubsim.CommitSpec) (added []*githubsim.Repository) {
	for i := range n {
		repo := w.org.AddRepository(fmt.Sprint("repo-", i))
		for _, spec := range commits {
			repo.Commit(spec)
		}
		added = append(added, repo)
	}
	return added
}

// GraphQL names no account for bots, for what GitHub commits itself, and for nobody. One
// list of REST says who they are, for all repositories.
func TestSync_asksRESTOnceForTheAccountsOfAddresses(t *testing.T) {
	t.Parallel()
	for _, named := range []bool{false, true} {
		t.Run(fmt.Sprint("web-flow named: ", named), func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				w := newWorldWith(t, url, githubsim.Config{NamesWebFlow: named})
				copilot := w.Sim.AddBot("copilot-pull-request-reviewer[bot]")
				copilot.ShowAs("Copilot")
				w.repo.OpenIssue(githubsim.IssueSpec{Author: copilot}) // GraphQL calls it by its name
				specs := []githubsim.CommitSpec{
					{Author: w.person, Committer: w.Sim.WebFlow()}, {Author: w.Sim.AddBot("renovate[bot]")}, {Author: copilot},
					{Name: "Nobody", Email: "root@localhost", BlankAuthor: true}, {Name: "No address"},
				}
				for _, repo := range w.repositories(20, specs...) {
					repo.Merge("", githubsim.CommitSpec{Author: w.person}, repo.Commit(githubsim.CommitSpec{Branch: "side", Author: w.person}))
				}
				w.later(time.Hour)
				w.Sim.ResetRequests()

				w.Sync(t)

				w.Check(t)
				if lists, details := w.lists(), w.asked("commitDetails"); lists != 1 || details != 1 {
					t.Errorf("%d lists and %d queries for details, want one list, and one query for those of pull requests", lists, details)
				}
				w.promisesHold(t, "after a sync through heads")
			})
		})
	}
}

// The same rows as through REST, to the last column.
func TestSync_readsTheSameHistoriesThroughBothAPIs(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		zone := time.FixedZone("", -7*3600)
		specs := []githubsim.CommitSpec{
			{Author: w.person, AuthoredAt: time.Date(2020, 1, 1, 0, 0, 0, 0, zone), Additions: 3}, {Name: "Nobody", Email: "root@localhost"}, {Author: w.person, Committer: w.Sim.WebFlow()},
		}
		for _, repo := range w.repositories(3, specs...) {
			repo.Merge("", githubsim.CommitSpec{Author: w.person}, repo.Commit(githubsim.CommitSpec{Branch: "side", Author: w.person}))
		}
		w.later(time.Hour)
		through := func(url string) storetest.Copy {
			b := synctest.New(t, w.Sim, "acme", url, func() time.Time { return w.current })
			b.Sync(t)
			b.Check(t)
			return storetest.ReadCopy(t, url)
		}
		w.Sim.ResetRequests()
		queried := through(storetest.SQLiteURL(t))
		if w.asked("commitHeads") == 0 {
			t.Error("nothing was read through GraphQL")
		}
		synctest.OlderServer(w.Sim)
		if diff := cmp.Diff(through(storetest.SQLiteURL(t)).Commits, queried.Commits); diff != "" {
			t.Errorf("commits differ (-REST +GraphQL):\n%s", diff)
		}
	})
}

// A history of a page is read at once, a longer one and none at all go the ordinary way.
func TestSync_readsHistoriesOfUpToAPageAtOnce(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		for name, n := range map[string]int{"empty": 0, "one": 1, "page": 100, "more": 101} {
			repo := w.org.AddRepository(name)
			for range n {
				repo.Commit(githubsim.CommitSpec{Author: w.person})
			}
		}
		w.later(time.Hour)
		w.Sim.ResetRequests()
		w.Sync(t)
		w.Check(t)
		if lists := w.lists(); lists != 2 {
			t.Errorf("%d lists, want the two of the longest history", lists)
		}
		if s := w.stream(t, models.StreamCommitDetails); s.Checkpoint.CompleteThrough == nil || s.Stored == 0 {
			t.Errorf("the stream of details is %+v", s)
		}
	})
}

// Branches that move between the queries, or vanish.
func TestSync_readsHistoriesThatMoveMeanwhile(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"historySizes", "commitHeads"} {
		for what, happens := range map[string]func(w *world){
			"pushed":       func(w *world) { w.push(2) },
			"force pushed": func(w *world) { w.repo.ForcePush("", w.repo.Head("").Parents[0].SHA) },
			"emptied":      func(w *world) { w.repo.Empty() },
			"deleted":      func(w *world) { w.repo.Delete() },
		} {
			t.Run(query+" "+what, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, storetest.SQLiteURL(t))
				w.Sim.Fail(githubsim.Fault{Match: query, Times: 1, Do: func() { happens(w) }})
				w.Sync(t)
				if what != "deleted" {
					w.promisesHold(t, "after the first sync")
				}
				for range 3 {
					w.later(time.Hour)
					w.Sync(t)
				}
				if what == "deleted" {
					if r := storetest.ReadCopy(t, w.URL).Repositories[0]; r.DeletedAt == nil {
						t.Errorf("the repository has code %q and no tombstone", r.AccessCode)
					}
					return
				}
				w.settled(t, false)
			})
		}
	}
}

// Where GraphQL fails, REST goes on alone.
func TestSync_readsHistoriesThroughRESTWhereQueriesFail(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]githubsim.Fault{
		"sizes time out":        {Match: "historySizes", Kind: githubsim.GraphQLTimeout},
		"heads time out":        {Match: "commitHeads", Kind: githubsim.GraphQLTimeout},
		"a history is cut":      {Match: "commitHeads", Kind: githubsim.ShortConnection, Field: "history", Size: 1, Silent: true},
		"parents are cut":       {Match: "commitHeads", Kind: githubsim.ShortConnection, Field: "parents", Size: 0},
		"resources are limited": {Match: "commitHeads", Kind: githubsim.ResourceLimits},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.SQLiteURL(t))
			w.repositories(3, githubsim.CommitSpec{Author: w.person}, githubsim.CommitSpec{Author: w.person})
			w.later(time.Hour)
			w.Sim.Fail(fault)
			w.Sim.ResetRequests()
			if ended := w.Sync(t); ended.State != models.SyncCompleted {
				t.Errorf("the sync is %s", ended.State)
			}
			w.Check(t)
			if lists := w.lists(); lists != 4 {
				t.Errorf("%d lists, want one for each repository: %s", lists, strings.Join(w.operations(), ", "))
			}
		})
	}
}

func (w *world) operations() (names []string) {
	for _, r := range w.Sim.Requests() {
		names = append(names, r.Operation)
	}
	return names
}
