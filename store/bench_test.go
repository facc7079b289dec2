package store_test

import (
	"fmt"
	"testing"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// BenchmarkSavePage stores pages of 100 commits with their author, as a
// listing brings them: all of them new, or all of them stored already.
func BenchmarkSavePage(b *testing.B) {
	for _, database := range []struct {
		name string
		open func(testing.TB) *store.Store
	}{{"sqlite", storetest.New}, {"postgres", storetest.NewPostgres}} {
		for _, again := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/unchanged=%t", database.name, again), func(b *testing.B) {
				benchmarkSavePage(b, database.open(b), again)
			})
		}
	}
}

func benchmarkSavePage(b *testing.B, s *store.Store, again bool) {
	storetest.Integration(b, s, 1)
	claim, err := s.ClaimStream(b.Context(), repository, models.StreamCommits)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	store := func() {
		n++
		first := n*100 + 1
		if again {
			first = 1
		}
		page := models.Page{
			Next: models.Checkpoint{Cursor: fmt.Sprint(n)}, ReadAt: storetest.Noon,
			Commits: storetest.Commits(first, 100), Accounts: []models.Account{{ID: 7, Login: "mona"}},
		}
		if err := s.SavePage(b.Context(), &claim.Stream, page); err != nil {
			b.Fatal(err)
		}
	}
	store()
	for b.Loop() {
		store()
	}
	b.ReportMetric(float64(b.N*100)/b.Elapsed().Seconds(), "rows/s")
}
