package activities_test

import (
	"testing"
	"time"

	"tributary/githubsim"
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
