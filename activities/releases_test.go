package activities_test

import (
	"fmt"
	"testing"
	"time"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

func TestSyncReleases_followsWhatTheProbeShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLiteURL(t))
	first := w.repo.Release(githubsim.ReleaseSpec{Author: w.person, Name: "The first"})
	draft := w.repo.Release(githubsim.ReleaseSpec{Author: w.person, Draft: true})
	for i := range 7 {
		w.repo.Release(githubsim.ReleaseSpec{Author: w.person, Prerelease: i%2 == 0})
	}
	w.settleSyncs(t)
	w.Check(t)
	draft.Publish()
	first.Edit("The very first", "With notes")
	w.settleSyncs(t)
	w.Check(t)
	first.Delete()
	w.settleSyncs(t)
	w.Check(t)
	for _, r := range storetest.ReadCopy(t, w.URL).Plain["releases"] {
		if want := map[bool]string{true: "removed"}[r.Key() == first.ID]; r.Tombstone() != want {
			t.Errorf("release %d has the tombstone %q, want %q", r.Key(), r.Tombstone(), want)
		}
	}
}

// settleSyncs syncs until lists no longer may show late what has changed.
func (w *world) settleSyncs(t *testing.T) {
	t.Helper()
	for range 2 {
		w.later(10 * time.Minute)
		w.Sync(t)
	}
}

func TestSyncReleases_missesNoneWhoseListMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLiteURL(t))
	for i := range 250 {
		w.repo.Release(githubsim.ReleaseSpec{Author: w.person, CreatedAt: w.current.AddDate(0, 0, -i)})
	}
	newest := w.repo.Releases()[0]
	w.Sim.Fail(githubsim.Fault{Kind: githubsim.WorldChange, Match: "/releases", After: 1, Do: newest.Delete})
	w.settleSyncs(t)
	w.Verify(t, true)
	w.Sync(t)
	w.Check(t)
}

func TestSyncReleases_areVerified(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLiteURL(t))
	var releases []*githubsim.Release
	for i := range 150 {
		releases = append(releases, w.repo.Release(githubsim.ReleaseSpec{Author: w.person, CreatedAt: w.current.AddDate(0, 0, -i)}))
	}
	w.settleSyncs(t)
	for what, c := range []struct {
		change func()
		want   string
	}{
		{func() { releases[140].Edit("Old and changed", "No mark shows it") }, fmt.Sprintf("acme/api releases %d stale", releases[140].ID)},
		{releases[141].Delete, fmt.Sprintf("acme/api releases %d gone: not found", releases[141].ID)},
	} {
		c.change()
		w.later(time.Hour)
		if got := found(w.Verify(t, false)); len(got) != 1 || got[0] != c.want {
			t.Errorf("%d: found %q, want %q", what, got, c.want)
		}
		w.Verify(t, true)
		w.settleSyncs(t)
		w.Check(t)
	}
}

// Nobody has said whether GitHub counts the drafts that it does not show. If it does,
// that is explained and loses nothing.
func TestSyncReleases_explainDraftsThatAreCountedAndHidden(t *testing.T) {
	t.Parallel()
	for _, counted := range []bool{false, true} {
		t.Run(fmt.Sprintf("counted=%t", counted), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.SQLiteURL(t))
			w.Sim.CountHiddenDrafts(counted)
			w.repo.Release(githubsim.ReleaseSpec{Author: w.person})
			w.repo.Release(githubsim.ReleaseSpec{Author: w.person, Draft: true})
			w.Reconnect(t, githubsim.FineGrainedToken)
			w.settleSyncs(t)
			rows := storetest.ReadCopy(t, w.URL).Plain["releases"]
			if len(rows) != 1 {
				t.Errorf("%d releases are stored, want the one that is no draft", len(rows))
			}
			want := models.Code("")
			if counted {
				want = models.ListIncomplete
			}
			if s := w.stream(t, models.StreamReleases); s.Gap.Code != want || (s.Checkpoint.CompleteThrough == nil) != counted {
				t.Errorf("the stream says %+v and is complete through %v, want the gap %q", s.Gap, s.Checkpoint.CompleteThrough, want)
			}
		})
	}
}
