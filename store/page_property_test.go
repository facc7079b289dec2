package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// Whatever pages arrive, in whatever order and with whatever repetitions, the
// newest version of each row is stored, and the counts are those of a map.
func TestSavePage_equalsAMapOfTheNewestRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 1)
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			stream := reclaim(t, s, models.StreamIssues)
			before := stream.Stored
			want := map[int]models.Issue{}
			for n, page := range rapid.SliceOfN(rapid.SliceOfN(issue(round), 0, 8), 1, 5).Draw(rt, "pages") {
				for _, row := range page {
					if old, ok := want[row.Number]; !ok || !row.UpdatedAt.Before(old.UpdatedAt) {
						want[row.Number] = row
					}
				}
				next := models.Checkpoint{Cursor: fmt.Sprint(round, n)}
				if err := s.SavePage(t.Context(), &stream, models.Page{Next: next, Issues: page}); err != nil {
					rt.Fatal(err)
				}
			}
			got := map[int]models.Issue{}
			var stored []models.Issue
			if err := s.DB().Where("id = ?", round).Find(&stored).Error; err != nil {
				rt.Fatal(err)
			}
			for _, row := range stored {
				got[row.Number] = row
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Error(diff)
			}
			if grown := stream.Stored - before; grown != int64(len(want)) {
				rt.Errorf("the stream grew by %d, want %d", grown, len(want))
			}
		})
	})
}

// issue draws versions of a few issues that no other round has.
func issue(round int) *rapid.Generator[models.Issue] {
	return rapid.Custom(func(rt *rapid.T) models.Issue {
		return models.Issue{
			RepositoryID: repository, EventsState: models.DetailsPending, Number: 10*round + rapid.IntRange(0, 4).Draw(rt, "number"), ID: int64(round),
			Title:  rapid.SampledFrom([]string{"", "a", "b"}).Draw(rt, "title"),
			Labels: []string{}, LabelIDs: []int64{}, AssigneeIDs: []int64{}, Assignees: rapid.SliceOfN(rapid.SampledFrom([]string{"mona", "hubot"}), 0, 2).Draw(rt, "assignees"),
			UpdatedAt: storetest.Noon.Add(time.Duration(rapid.IntRange(0, 3).Draw(rt, "minute")) * time.Minute),
		}
	})
}
