package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// attempt is one attempt at an activity as a worker makes it.
func attempt[In, Out any](t *testing.T, a *activities.Activities, activity func(context.Context, In) (Out, error), in In) error {
	t.Helper()
	_, err := synctest.Attempt(t, a, activity, in)
	return err
}

// benchWithSync has a small organization and a sync of it that is queued.
func benchWithSync(t *testing.T, now func() time.Time) (b *synctest.Bench, queued models.Sync, repository int64) {
	t.Helper()
	sim := githubsim.New(githubsim.Config{})
	api := sim.AddOrganization("acme").AddRepository("api")
	api.Commit(githubsim.CommitSpec{Message: "first"})
	b = synctest.New(t, sim, "acme", storetest.SQLiteURL(t), now)
	queued, err := b.Store.QueueSync(t.Context(), b.Integration.ID, b.Organization.ID, models.TriggerManual)
	check(t, err)
	return b, queued, api.ID
}

// TestAttempt_endsTheWorkflowOfASyncThatHasEnded: an activity of it may begin
// after its row has ended, because of a cancellation, or because Temporal's
// database is older than ours.
func TestAttempt_endsTheWorkflowOfASyncThatHasEnded(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *synctest.Bench, *models.Sync){
		"cancelled while it was queued": func(t *testing.T, b *synctest.Bench, s *models.Sync) {
			check(t, b.Store.RequestCancel(t.Context(), s.ID))
		},
		"completed": func(t *testing.T, b *synctest.Bench, s *models.Sync) {
			check(t, b.Store.FinishSync(t.Context(), s.ID, models.SyncCompleted, "", ""))
		},
		"gone": func(_ *testing.T, _ *synctest.Bench, s *models.Sync) { s.ID = "00000000-0000-0000-0000-000000000000" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, sync, repository := benchWithSync(t, time.Now)
			end(t, b, &sync)
			asked := len(b.Sim.Requests())
			of, stream := activities.SyncInput{SyncID: sync.ID}, activities.StreamInput{SyncID: sync.ID, RepositoryID: repository}
			compare := func(ctx context.Context, in activities.SyncInput) (any, error) {
				return nil, b.Activities.ComparePullRequests(ctx, in)
			}
			for step, err := range map[string]error{
				"ProbeOrganization":   attempt(t, b.Activities, b.Activities.ProbeOrganization, of),
				"ComparePullRequests": attempt(t, b.Activities, compare, of),
				"PlanSync":            attempt(t, b.Activities, b.Activities.PlanSync, of),
				"SyncCommits":         attempt(t, b.Activities, b.Activities.SyncCommits, stream),
				"SyncIssueEvents":     attempt(t, b.Activities, b.Activities.SyncIssueEvents, stream),
			} {
				var ended *temporal.ApplicationError
				if !errors.As(err, &ended) || !ended.NonRetryable() || ended.Type() != activities.SyncEnded {
					t.Errorf("%s: %v, want an error that ends the workflow", step, err)
				}
			}
			if more := len(b.Sim.Requests()) - asked; more > 0 {
				t.Errorf("%d requests were sent for a sync that has ended", more)
			}
		})
	}
}

// TestAttempt_saysOnTheRowWhatIsTriedAgain: GitHub is down at the probe, a key is
// missing, our own code is wrong. The sync stays, says why, and says nothing any
// more once it goes on.
func TestAttempt_saysOnTheRowWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault githubsim.Fault
		want  models.Code
	}{
		"a hung-up connection": {githubsim.Fault{Match: "/graphql", Kind: githubsim.ConnectionReset}, models.GitHubUnavailable},
		"503":                  {githubsim.Fault{Match: "/graphql", Kind: githubsim.HTTPStatus, Status: 503}, models.GitHubUnavailable},
		"HTML":                 {githubsim.Fault{Match: "/graphql", Kind: githubsim.HTTPStatus, Status: 502}, models.GitHubUnavailable},
		"half of an answer":    {githubsim.Fault{Match: "/graphql", Kind: githubsim.TruncatedBody}, models.GitHubUnexpected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ahead time.Duration
			b, sync, _ := benchWithSync(t, func() time.Time { return time.Now().Add(ahead) })
			b.Sim.Fail(tt.fault)
			in := activities.SyncInput{SyncID: sync.ID}
			if err := attempt(t, b.Activities, b.Activities.ProbeOrganization, in); err == nil {
				t.Fatal("the probe succeeds")
			}
			expectNote(t, b, sync.ID, tt.want)

			b.Sim.Heal()
			ahead = time.Minute
			check(t, attempt(t, b.Activities, b.Activities.ProbeOrganization, in))
			expectNote(t, b, sync.ID, "")
		})
	}
}

func expectNote(t *testing.T, b *synctest.Bench, syncID string, want models.Code) {
	t.Helper()
	row, err := b.Store.Sync(t.Context(), syncID)
	check(t, err)
	if row.State != models.SyncRunning || row.Code != want || (row.Error == "") != (want == "") {
		t.Errorf("the sync is %s with code %q and error %q, want running with %q", row.State, row.Code, row.Error, want)
	}
}

// TestAttempt_saysThatAKeyIsMissing: the keys were rotated while this worker has
// the old ones. It is the worker's operator who can mend it, and nothing ends.
func TestAttempt_saysThatAKeyIsMissing(t *testing.T) {
	t.Parallel()
	b, _, _ := benchWithSync(t, time.Now)
	b.Sync(t) // so that there is something to verify
	sync, err := b.Store.QueueSync(t.Context(), b.Integration.ID, b.Organization.ID, models.TriggerManual)
	check(t, err)
	verification, err := b.Store.CreateVerification(t.Context(), b.Organization.ID, false)
	check(t, err)
	_, err = b.Store.StartVerification(t.Context(), b.Organization.ID, verification.ID)
	check(t, err)
	right := b.Activities.Store
	wrong, err := store.Open(t.Context(), store.Config{URL: b.URL, Keys: anotherKeyring(t)})
	check(t, err)
	t.Cleanup(func() { _ = wrong.Close() })
	ofSync, ofVerification := activities.SyncInput{SyncID: sync.ID}, activities.VerifyInput{VerificationID: verification.ID}
	both := func(want models.Code) {
		t.Helper()
		probed := attempt(t, b.Activities, b.Activities.ProbeOrganization, ofSync)
		compared := attempt(t, b.Activities, b.Activities.VerifyRepositories, ofVerification)
		for what, err := range map[string]error{"probe": probed, "verification": compared} {
			var decided *temporal.ApplicationError
			if want != "" && (err == nil || errors.As(err, &decided)) || want == "" && err != nil {
				t.Errorf("%s: %v, want %q and another attempt", what, err, want)
			}
		}
		expectNote(t, b, sync.ID, want)
		v, err := right.Verification(t.Context(), verification.ID)
		check(t, err)
		if v.State.Ended() || v.StuckCode != want {
			t.Errorf("the verification is %s with %q, want it open with %q", v.State, v.StuckCode, want)
		}
	}

	b.Activities.Store = wrong
	both(models.SecretKeyUnknown)
	b.Activities.Store = right
	both("")
}

func anotherKeyring(t *testing.T) *store.Keyring {
	t.Helper()
	keys, err := store.NewKeyring([]byte("another key that has 32 bytes too"[:32]))
	check(t, err)
	return keys
}

// TestAttempt_endsAtADefectOfOurs: a panic is said, and not met for ever.
func TestAttempt_endsAtADefectOfOurs(t *testing.T) {
	t.Parallel()
	b, sync, _ := benchWithSync(t, time.Now)
	check(t, b.Store.StartSync(t.Context(), sync.ID))
	defect := func(context.Context, activities.SyncInput) (any, error) { panic("index out of range") }
	var decided *temporal.ApplicationError
	if err := attempt(t, b.Activities, defect, activities.SyncInput{SyncID: sync.ID}); err == nil || errors.As(err, &decided) {
		t.Errorf("the first panic: %v, want an error that is tried again", err)
	}
	expectNote(t, b, sync.ID, models.InternalError)
}
