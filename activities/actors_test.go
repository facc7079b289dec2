package activities_test

import (
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

func TestSync_readsWhatACommentIsOnFromItsNumber(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.repo.Rename("pull")
		w.later(time.Hour)
		w.Sync(t)
		w.Check(t)

		// Whichever of the two lists is read first.
		storetest.Exec(t, url, "UPDATE issue_comments SET on_pull_request = NOT on_pull_request")
		for number := 1; number <= 6; number++ {
			w.repo.Issue(number).Edit("Another title", "")
		}
		w.later(time.Hour)
		w.Sync(t)
		w.Check(t)
	})
}

func checkOneNameEach(t *testing.T, url string) {
	t.Helper()
	for id, names := range synctest.Names(storetest.ReadCopy(t, url)) {
		if len(names) != 1 {
			t.Errorf("account %d is called %q, want one name", id, names)
		}
	}
}

func TestSync_callsABotWithTwoLoginsByOne(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		copilot := w.Sim.AddBot("copilot-pull-request-reviewer[bot]")
		copilot.ShowAs("Copilot")
		w.workOf(copilot)
		web := w.org.AddRepository("web")
		web.OpenIssue(githubsim.IssueSpec{Author: copilot, Assignees: []*githubsim.User{copilot}, Title: "Only REST tells"})
		w.later(time.Hour)

		w.Sync(t)

		w.Check(t)
		checkOneNameEach(t, url)

		w.later(time.Hour)
		w.Sync(t)
		acme, err := w.Store.Organization(t.Context(), w.org.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range storetest.ReadCopy(t, url).Accounts {
			if a.NamedAt != nil && (acme.NamesAt == nil || a.NamedAt.After(*acme.NamesAt)) {
				t.Errorf("an hour later the name %s is still to be settled", a.Login)
			}
		}
	})
}

func TestSync_callsRenamedPeopleByTheirNewLoginEverywhere(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.workOf(w.person)
		w.Sync(t)
		w.later(time.Hour)
		w.person.Rename("mona-lisa")
		w.org.AddRepository("web").OpenIssue(githubsim.IssueSpec{Author: w.person, Title: "All that shows the new name"})
		w.later(time.Hour)

		w.Sync(t)

		w.Check(t)
		checkOneNameEach(t, url)
	})
}

// GraphQL has no user for the commits of a bot. The address has.
func TestSync_findsTheAccountInTheAddressOfACommit(t *testing.T) {
	t.Parallel()
	for name, login := range map[string]string{"a bot": "renovate[bot]", "an agent": "Copilot"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				w := newWorld(t, url)
				bot := w.Sim.AddBot(login)
				w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.person, Title: "By others", Commits: []githubsim.CommitSpec{{Author: bot}}})
				w.later(time.Hour)
				w.Sync(t)
				if a := accountOf(storetest.ReadCopy(t, url), bot.ID); a.Login != login || a.NodeID != "" {
					t.Errorf("the account of the address is %+v, want %s and nothing that no answer says", a, login)
				}
				w.repo.Commit(githubsim.CommitSpec{Author: bot})
				w.later(time.Hour)
				w.Sync(t)
				w.Check(t)
				checkOneNameEach(t, url)
			})
		})
	}
}

// An address that GitHub maps to nobody names its account on the default branch, too.
func TestSync_findsTheAccountInAnAddressThatGitHubDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLiteURL(t))
	const address = "198982749+Somebody@users.noreply.github.com"
	w.repo.Commit(githubsim.CommitSpec{Name: "Somebody", Email: address})
	w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.person, Title: "By others", Commits: []githubsim.CommitSpec{{Name: "Somebody", Email: address}}})
	w.later(time.Hour)
	w.Sync(t)
	found := 0
	for _, c := range storetest.ReadCopy(t, w.URL).Commits {
		if c.AuthorEmail == address && c.AuthorID != nil && *c.AuthorID == 198982749 && c.AuthorLogin == "Somebody" {
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d commits have the account of their address, want 2", found)
	}
}

func TestSync_takesTheGhostForNobody(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		leaver := w.Sim.AddUser("leaver")
		w.workOf(leaver)
		leaver.DeleteToGhost()
		w.later(time.Hour)
		w.Sync(t)
		w.Check(t)
	})
}

func accountOf(c storetest.Copy, id int64) models.Account {
	for _, a := range c.Accounts {
		if a.ID == id {
			return a
		}
	}
	return models.Account{}
}

// No time moves when a label is renamed or deleted.
func TestVerify_findsLabelsThatWereRenamedOrDeleted(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newVerified(t, url)
		w.issue.Label("bug")
		w.issue.Label("wontfix")
		w.pull.Label("bug")
		w.web.Issue(1).Label("bug")
		w.later(time.Hour)
		w.Sync(t)
		w.Check(t)
		w.repo.RenameLabel("bug", "defect")
		w.repo.DeleteLabel("wontfix")
		w.later(time.Hour)

		want := []string{"acme/api labels 5000000001 stale", "acme/api labels 5000000002 gone: \"wontfix\" was deleted"}
		w.reports(t, want, false)
		w.reports(t, want, true)
		w.later(time.Hour)
		w.Sync(t) // the events that name them
		w.Check(t)
		w.later(time.Hour)
		w.reports(t, nil, false)
	})
}

func TestSync_learnsOfARenamedLabelFromAnyRowThatHasIt(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newVerified(t, url)
		w.issue.Label("bug")
		w.pull.Label("bug")
		w.later(time.Hour)
		w.Sync(t)
		w.repo.RenameLabel("bug", "defect")
		w.issue.Edit("Another title", "")
		w.later(time.Hour)
		w.Sync(t)
		w.later(time.Hour)
		w.Sync(t)
		w.Check(t)
	})
}
