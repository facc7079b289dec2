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

// BenchmarkRepositories reads what the list of an organization with 10,000
// repositories begins with, all of them ingested: its first page in each order, a
// page in the middle, and the counts above it.
func BenchmarkRepositories(b *testing.B) {
	for _, database := range []struct {
		name string
		open func(testing.TB) *store.Store
	}{{"sqlite", storetest.New}, {"postgres", storetest.NewPostgres}} {
		b.Run(database.name, func(b *testing.B) { benchmarkRepositories(b, database.open(b)) })
	}
}

func benchmarkRepositories(b *testing.B, s *store.Store) {
	ctx := b.Context()
	integration := manyRepositories(b, s, 10_000)
	middle, err := s.Repositories(ctx, store.RepositoryFilter{IntegrationID: integration.ID}, "", 1000)
	if err != nil {
		b.Fatal(err)
	}
	for _, list := range []struct {
		name   string
		filter store.RepositoryFilter
		cursor store.Cursor
	}{
		{"by name", store.RepositoryFilter{}, ""},
		{"by name, later", store.RepositoryFilter{}, middle.Next},
		{"by push", store.RepositoryFilter{Sort: store.SortPushed}, ""},
		{"by status", store.RepositoryFilter{Sort: store.SortStatus}, ""},
		{"failed", store.RepositoryFilter{Statuses: []models.RepositoryStatus{models.RepositoryFailed}}, ""},
		{"found", store.RepositoryFilter{Query: "repo-77"}, ""},
	} {
		b.Run(list.name, func(b *testing.B) {
			list.filter.IntegrationID = integration.ID
			for b.Loop() {
				page, err := s.Repositories(ctx, list.filter, list.cursor, 100)
				if err != nil || len(page.Rows) == 0 {
					b.Fatal(len(page.Rows), err)
				}
			}
		})
	}
	b.Run("data status", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.IntegrationStatus(ctx, integration.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.IntegrationOrganizations(ctx, integration.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
	rules := []models.ExclusionRule{{Kind: models.RuleArchived}, {Kind: models.RuleRegexp, Value: "^octo-org/repo-(1|22|333)+$"}, {Kind: models.RuleName, Value: "77"}}
	b.Run("preview of rules", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.PreviewExclusionRules(ctx, integration.ID, rules); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("rules for a tenth, and none", func(b *testing.B) {
		for b.Loop() {
			for _, set := range [][]models.ExclusionRule{{{Kind: models.RuleRegexp, Value: "7$"}}, nil} {
				done, err := s.SetExclusionRules(ctx, integration.ID, set)
				if err != nil || done.Effect.Excluded+done.Effect.Returned != 1000 {
					b.Fatal(done.Effect, err)
				}
			}
		}
	})
}

// manyRepositories are read to the end, but for a few that fail.
func manyRepositories(b *testing.B, s *store.Store, n int) models.Integration {
	b.Helper()
	integration := storetest.Integration(b, s, n)
	var streams []models.Stream
	for i := range n {
		for _, kind := range models.StreamKinds {
			stream := models.Stream{RepositoryID: repository + int64(i), Kind: kind, Checkpoint: models.Checkpoint{CompleteThrough: &storetest.Noon}}
			if i%500 == 7 && kind == models.StreamIssues {
				stream.FailingSince = &storetest.Noon
			}
			streams = append(streams, stream)
		}
	}
	if err := s.DB().CreateInBatches(streams, 500).Error; err != nil {
		b.Fatal(err)
	}
	return integration
}
