package activities_test

import (
	"slices"
	"testing"
	"time"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// GitHub shows the account its own drafts and nobody else's.
func TestVerify_doesNotCountTheAccountsOwnPendingReview(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newVerified(t, url)
		account := w.Sim.AddUser("tributary-service")
		draft := w.pull.Review(githubsim.ReviewSpec{Author: account, State: "PENDING", Body: "To be thought over"})
		w.later(time.Hour)
		w.Sync(t)
		w.later(time.Hour)

		w.reports(t, nil, false)
		w.reports(t, nil, true)
		w.later(25 * time.Hour) // pull requests are compared daily, too
		if again := w.Sync(t); again.Repositories != 0 {
			t.Errorf("%d repositories are read because of a draft, want none", again.Repositories)
		}

		draft.Submit("APPROVED")
		w.later(time.Hour)
		w.Sync(t)
		w.Check(t)
	})
}

// Where issues are switched off GitHub may list no conversations at all, those of pull requests neither: nothing
// that a sync could read is missing.
func TestVerify_missesNoConversationThatNobodyCanList(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newVerified(t, url)
		setIssues(w.repo, false)
		w.Sim.Fail(githubsim.Fault{Match: "/issues/comments?", Kind: githubsim.HTTPStatus, Status: 410, Body: `{"message":"Issues are disabled for this repo"}`})
		w.later(time.Hour)
		w.Sync(t)
		w.pull.Comment(githubsim.CommentSpec{Author: w.person, Body: "Behind the scenes."})
		w.later(time.Hour)
		w.Sync(t)
		w.later(time.Hour)

		if r := w.Verify(t, true); len(r.Drifts) > 0 || r.Verification.Skipped != 1 {
			t.Errorf("found %q and skipped %d streams, want nothing and the conversations", found(r), r.Verification.Skipped)
		}
		w.Sim.Heal()
		setIssues(w.repo, true)
		w.later(time.Hour)
		w.Sync(t)
		w.Check(t)
	})
}

// repairs are how far the drifts of a verification are repaired.
func repairs(r store.VerificationReport) []models.Repair {
	var list []models.Repair
	for _, d := range r.Drifts {
		list = append(list, d.Repair)
	}
	return list
}

func TestVerify_callsMendedOnlyWhatItHasComparedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  func(*verified) githubsim.Fault
		want   models.Repair
		mended int
	}{
		"what was read": {func(*verified) githubsim.Fault { return githubsim.Fault{Match: "nothing"} }, models.Mended, 1},
		"what could not be read yet": {func(*verified) githubsim.Fault {
			return githubsim.Fault{Match: "/issues/comments?", Kind: githubsim.HTTPStatus, Status: 502}
		}, models.Queued, 0},
		"what differs still": {func(w *verified) githubsim.Fault {
			return githubsim.Fault{Match: "repositoryTotals", After: 1, Times: 1, Do: func() { // as if it had not been read
				storetest.Exec(t, w.URL, "DELETE FROM issue_comments WHERE id = ?", w.comment.ID)
			}}
		}, models.NotMended, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newVerified(t, storetest.SQLiteURL(t))
			w.exec(t, "DELETE FROM issue_comments WHERE id = ?", w.comment.ID)
			w.Sim.Fail(c.fault(w))

			r := w.Verify(t, true)

			if got := repairs(r); !slices.Equal(got, []models.Repair{c.want}) || r.Verification.Repaired != c.mended {
				t.Errorf("what was found is %q, and %d are said to be mended; want %s and %d: %q", got, r.Verification.Repaired, c.want, c.mended, found(r))
			}
			w.Sim.Heal()
			w.later(time.Hour)
			w.Sync(t)
			w.later(time.Hour)
			w.Verify(t, true)
			w.Check(t)
		})
	}
}
