package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// verifying has a verification under way in an organization with two
// repositories, the first with a stream of issues.
func verifying(t *testing.T, s *store.Store, repair bool) models.Verification {
	t.Helper()
	storetest.Integration(t, s, 2)
	v, err := s.CreateVerification(t.Context(), storetest.OrganizationID, repair)
	if err == nil {
		v, err = s.StartVerification(t.Context(), storetest.OrganizationID, v.ID)
	}
	if err == nil {
		_, err = s.ClaimStream(t.Context(), storetest.RepositoryID, models.StreamIssues)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestStartVerification_endsWhatADeadRunLeftBehind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		left := verifying(t, s, false)
		about, err := s.CreateVerification(t.Context(), storetest.OrganizationID, false) // to be refused, because we are running
		if err != nil {
			t.Fatal(err)
		}

		scheduled, err := s.StartVerification(t.Context(), storetest.OrganizationID, "")
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.StartVerification(t.Context(), storetest.OrganizationID, "")
		if err != nil {
			t.Fatal(err)
		}

		if scheduled.ID != again.ID || scheduled.Trigger != models.TriggerSchedule || !scheduled.Repair || scheduled.State != models.SyncRunning || scheduled.StartedAt == nil {
			t.Errorf("asked twice the schedule starts %+v and %+v, want one that repairs", scheduled, again)
		}
		if open, err := s.OpenVerification(t.Context(), storetest.OrganizationID); err != nil || open.ID != scheduled.ID {
			t.Errorf("running is %s (%v), want %s", open.ID, err, scheduled.ID)
		}
		if left, err = s.Verification(t.Context(), left.ID); err != nil || left.State != models.SyncCancelled || left.EndedAt == nil {
			t.Errorf("the one that was left behind is %s (%v), want cancelled", left.State, err)
		}
		if err := s.DiscardVerification(t.Context(), about.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.StartVerification(t.Context(), storetest.OrganizationID, about.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("starting the discarded one: %v, want ErrNotFound", err)
		}
		if err := s.DiscardVerification(t.Context(), scheduled.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Verification(t.Context(), scheduled.ID); err != nil {
			t.Errorf("one that runs was discarded: %v", err)
		}
	})
}

func TestCreateVerification_needsAClaim(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if _, err := s.CreateVerification(t.Context(), 77, true); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("err = %v, want ErrNotFound", err)
		}
	})
}

func TestSaveLook_storesALookOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		v := verifying(t, s, false)
		look := store.Comparison{
			VerificationID: v.ID, RepositoryID: storetest.RepositoryID, Kind: models.StreamIssues, From: "", To: "a", Rows: 100,
			Usage: models.Usage{Requests: 1, GraphQLPoints: 1},
			Differences: []store.Difference{
				{Drift: models.Drift{Kind: models.StreamIssues, Subject: "7", Finding: models.FoundStale, Reason: "bad \x00 text"}},
				{Drift: models.Drift{Kind: models.StreamIssues, Subject: "7", Finding: models.FoundStale, Reason: "found twice"}},
			},
		}
		if _, err := s.SaveComparison(t.Context(), look); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SaveComparison(t.Context(), look); !errors.Is(err, store.ErrStaleCheckpoint) {
			t.Errorf("saving it again: %v, want ErrStaleCheckpoint", err)
		}
		r, err := s.VerificationReport(t.Context(), v.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Verification; got.Compared != 100 || got.Drifts != 1 || got.Usage.Requests != 1 || len(r.Drifts) != 1 || r.Drifts[0].Reason != "found twice" {
			t.Errorf("stored are %+v with %+v, want one look and one drift", got, r.Drifts)
		}

		if _, err := s.FinishVerification(t.Context(), v.ID, models.SyncCancelled, "", ""); err != nil {
			t.Fatal(err)
		}
		look.From, look.To = "a", "b"
		if _, err := s.SaveComparison(t.Context(), look); !errors.Is(err, store.ErrStaleCheckpoint) {
			t.Errorf("saving a look of a verification that has ended: %v, want ErrStaleCheckpoint", err)
		}
	})
}

func TestSaveLook_leavesAnOpenPassAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		v := verifying(t, s, true)
		s.DB().Exec("UPDATE streams SET cursor = 'open'")
		busy, err := s.SaveComparison(t.Context(), store.Comparison{
			VerificationID: v.ID, RepositoryID: storetest.RepositoryID, Kind: models.StreamIssues, To: "a", Again: true,
			Differences: []store.Difference{{Drift: models.Drift{Kind: models.StreamIssues, Finding: models.FoundMissing}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(busy, []models.StreamKind{models.StreamIssues}) {
			t.Errorf("busy are %q, want the issues", busy)
		}
		var stream models.Stream
		if err := s.DB().Take(&stream).Error; err != nil {
			t.Fatal(err)
		}
		r, err := s.VerificationReport(t.Context(), v.ID)
		if err != nil {
			t.Fatal(err)
		}
		if stream.Checkpoint.Cursor != "open" || stream.Checkpoint.Seen != "" || len(r.Drifts) != 0 {
			t.Errorf("the stream is %+v and the drifts %+v, want both untouched", stream.Checkpoint, r.Drifts)
		}
	})
}

func TestSaveVerified_movesOnOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		v := verifying(t, s, false)
		refused := store.Verified{VerificationID: v.ID, RepositoryID: storetest.RepositoryID, Skipped: 2, Code: models.RepoBlocked, Error: "451"}
		if err := s.SaveVerified(t.Context(), refused); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveVerified(t.Context(), refused); !errors.Is(err, store.ErrStaleCheckpoint) {
			t.Errorf("saving it again: %v, want ErrStaleCheckpoint", err)
		}
		next, err := s.VerificationBatch(t.Context(), v.ID, 100)
		if err != nil || len(next.Repositories) != 1 || next.Repositories[0].ID != storetest.RepositoryID+1 {
			t.Errorf("next are %+v (%v), want the second repository", next.Repositories, err)
		}
		err = s.SaveVerified(t.Context(), store.Verified{VerificationID: v.ID, After: storetest.RepositoryID, RepositoryID: storetest.RepositoryID + 1, Code: models.RepoGone, Error: "404"})
		if err != nil {
			t.Fatal(err)
		}

		v, err = s.FinishVerification(t.Context(), v.ID, models.SyncCompleted, "", "")

		if err != nil || v.State != models.SyncPartial || v.Code != models.RepoBlocked || v.Error != "451" || v.Repositories != 2 || v.Skipped != 2 {
			t.Errorf("the verification ended as %+v (%v), want partial for the first reason", v, err)
		}
	})
}

func TestFinishVerification_queuesASyncOfWhatIsToBeReadAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, c := range []struct {
			repair, differs bool
			want            int
		}{{repair: true, want: 0}, {differs: true, want: 0}, {repair: true, differs: true, want: 1}} {
			var v models.Verification
			var err error
			if v, err = s.CreateVerification(t.Context(), storetest.OrganizationID, c.repair); errors.Is(err, store.ErrNotFound) {
				v = verifying(t, s, c.repair)
			}
			if v, err = s.StartVerification(t.Context(), storetest.OrganizationID, v.ID); err != nil {
				t.Fatal(err)
			}
			s.DB().Exec("DELETE FROM syncs")
			s.DB().Exec("UPDATE streams SET verify_cursor = ''")
			if c.differs {
				_, err := s.SaveComparison(t.Context(), store.Comparison{
					VerificationID: v.ID, RepositoryID: storetest.RepositoryID, Kind: models.StreamIssues, To: "a",
					Differences: []store.Difference{{Drift: models.Drift{Kind: models.StreamIssues, Finding: models.FoundMissing}}},
				})
				if err != nil {
					t.Fatal(err)
				}
			}

			for range 2 { // the activity may run twice
				if _, err := s.FinishVerification(t.Context(), v.ID, models.SyncCompleted, "", ""); err != nil {
					t.Fatal(err)
				}
			}

			queued, err := s.Syncs(t.Context(), store.SyncFilter{OrganizationID: storetest.OrganizationID}, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			if len(queued.Rows) != c.want || c.want == 1 && queued.Rows[0].Trigger != models.TriggerVerify {
				t.Errorf("%+v queues %+v", c, queued.Rows)
			}
		}
	})
}

func TestFinishVerification_forgetsThoseOfLastYear(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	first := verifying(t, s, false)
	old := store.Comparison{VerificationID: first.ID, RepositoryID: storetest.RepositoryID, Kind: models.StreamIssues, To: "a",
		Differences: []store.Difference{{Drift: models.Drift{Kind: models.StreamIssues, Subject: "7", Finding: models.FoundStale}}}}
	if _, err := s.SaveComparison(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	for v := first; ; {
		if _, err := s.FinishVerification(t.Context(), v.ID, models.SyncCompleted, "", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Verification(t.Context(), first.ID); errors.Is(err, store.ErrNotFound) {
			break
		}
		var err error
		if v, err = s.StartVerification(t.Context(), storetest.OrganizationID, ""); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := s.Verifications(t.Context(), storetest.OrganizationID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var drifts int64
	if err := s.DB().Model(&models.Drift{}).Count(&drifts).Error; err != nil {
		t.Fatal(err)
	}
	if len(kept.Rows) != 52 || drifts != 0 {
		t.Errorf("%d verifications and %d drifts are kept, want 52 and none", len(kept.Rows), drifts)
	}
}

func TestHoldVerification_countsTheWait(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	v := verifying(t, s, false)
	until := time.Now().Add(time.Hour)
	if err := s.HoldVerification(t.Context(), v.ID, until); err != nil {
		t.Fatal(err)
	}
	v, err := s.StartVerification(t.Context(), storetest.OrganizationID, v.ID)
	if err != nil || v.Usage.WaitedSeconds < 3500 || v.WaitingUntil != nil {
		t.Errorf("after the wait it is %+v (%v), want an hour counted and nothing waited for", v, err)
	}
}
