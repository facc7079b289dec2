package activities_test

import (
	"testing"
	"time"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// What becomes of a repository is on its row, and what is stored of it stays.
func TestSync_saysWhatBecameOfARepository(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(t *testing.T, w *world)
		code    models.Code
		deleted bool
		back    func(w *world)
	}{
		"deleted": {
			happens: func(t *testing.T, w *world) { w.repo.Delete() },
			code:    models.RepoGone, deleted: true,
		},
		"hidden from an account that is no owner any more": {
			happens: func(t *testing.T, w *world) {
				w.org.RemoveMember(w.Sim.AddUser("tributary-service"))
				w.repo.Change(func(s *githubsim.RepositorySettings) { s.Private = true })
			},
			code: models.RepoGone,
			back: func(w *world) { w.repo.Change(func(s *githubsim.RepositorySettings) { s.Private = false }) },
		},
		"blocked": {
			happens: func(t *testing.T, w *world) {
				w.repo.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
			},
			code: models.RepoBlocked,
			back: func(w *world) { w.repo.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "" }) },
		},
		"transferred": {
			happens: func(t *testing.T, w *world) { w.repo.TransferTo(w.Sim.AddOrganization("umbrella")) },
			code:    models.RepoMoved,
			back:    func(w *world) { w.repo.TransferTo(w.org) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				w := newWorld(t, url)
				other := w.org.AddRepository("web")
				other.Commit(githubsim.CommitSpec{Author: w.person})
				w.later(time.Hour)
				w.Sync(t)
				before := storetest.ReadCopy(t, url)
				w.later(time.Hour)
				c.happens(t, w)
				w.later(time.Hour)

				if ended := w.Sync(t); ended.State != models.SyncCompleted || ended.Repositories != 0 {
					t.Errorf("the sync is %s and read %d repositories, want none", ended.State, ended.Repositories)
				}
				after := storetest.ReadCopy(t, url)
				lost := after.Repositories[0]
				if lost.AccessCode != c.code || lost.UnreadableSince == nil || (lost.DeletedAt != nil) != c.deleted {
					t.Errorf("code %q since %v, deleted %v (%s); want %q", lost.AccessCode, lost.UnreadableSince, lost.DeletedAt, lost.DeletedReason, c.code)
				}
				if len(after.Commits) != len(before.Commits) || len(after.Issues) != len(before.Issues) {
					t.Error("rows of the repository are gone")
				}
				w.later(time.Hour)
				if again := w.Sync(t); again.Usage.Requests != 1 {
					t.Errorf("what is known is asked for again: %d requests, want the probe only", again.Usage.Requests)
				}
				if c.back == nil {
					return
				}
				c.back(w)
				w.later(time.Hour)
				w.push(1)
				w.later(time.Hour)
				w.Sync(t)
				w.Check(t)
				if r := storetest.ReadCopy(t, url).Repositories[0]; r.AccessCode != "" || r.UnreadableSince != nil {
					t.Errorf("a repository that is back has code %q since %v", r.AccessCode, r.UnreadableSince)
				}
			})
		})
	}
}

func TestSync_keepsTwoRepositoriesOfOneNameApart(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.Sync(t)
		w.later(time.Hour)
		w.repo.Rename("api-legacy")
		w.org.AddRepository("api").Commit(githubsim.CommitSpec{Author: w.person, Message: "Another one"})
		w.later(time.Hour)
		w.Sync(t)
		w.Check(t)
	})
}

func TestSync_takesCommitsOffAnEmptiedRepository(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.Sync(t)
		w.later(time.Hour)
		w.repo.Empty()
		w.later(time.Hour)
		if ended := w.Sync(t); ended.State != models.SyncCompleted {
			t.Errorf("the sync is %s", ended.State)
		}
		for _, c := range storetest.ReadCopy(t, url).Commits {
			if c.OnDefaultBranch {
				t.Fatalf("commit %s is on the default branch of a repository without any", c.SHA)
			}
		}
		w.push(2)
		w.later(time.Hour)
		w.Sync(t)
		w.Check(t)
	})
}

func TestVerify_takesATombstoneFromARepositoryThatCameBackBlocked(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.Sync(t)
		w.repo.Change(func(s *githubsim.RepositorySettings) { s.Private = true })
		w.repo.TransferTo(w.Sim.AddOrganization("umbrella")) // where nobody sees it
		w.later(time.Hour)
		w.Sync(t)
		if r := storetest.ReadCopy(t, url).Repositories[0]; r.DeletedAt == nil {
			t.Fatalf("the repository has code %q and no tombstone", r.AccessCode)
		}
		w.repo.TransferTo(w.org)
		w.repo.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
		w.later(time.Hour)
		w.Sync(t)

		w.Verify(t, true)

		if r := storetest.ReadCopy(t, url).Repositories[0]; r.DeletedAt != nil || r.AccessCode != models.RepoBlocked {
			t.Errorf("the repository has code %q and was deleted at %v, want it blocked and alive", r.AccessCode, r.DeletedAt)
		}
	})
}
