package store_test

import (
	"errors"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestCollected_countsWhatIsStoredByKind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 3)
		synced(t, s, storetest.Noon)
		at := storetest.Noon.Add(time.Hour)
		must(t, s.DB().Model(&models.Stream{}).Where("kind = 'commits'").Update("stored", 10).Error)
		must(t, s.DB().Model(&models.Stream{}).Where("kind = 'issues' AND repository_id = 1002").Updates(map[string]any{"complete_through": nil, "failing_since": at}).Error)
		must(t, s.DB().Create(&models.Commit{RepositoryID: 1001, SHA: "a", CommittedAt: at, Parents: []string{}}).Error)
		must(t, s.DB().Create(&models.Commit{RepositoryID: 7, SHA: "b", CommittedAt: at.Add(time.Hour), Parents: []string{}}).Error)
		must(t, s.DB().Create(&models.Commit{RepositoryID: 1001, SHA: "c", CommittedAt: time.Now().AddDate(70, 0, 0), Parents: []string{}}).Error) // its author's clock is wrong
		of := func(c store.Collected, kind models.StreamKind) store.CollectedStream {
			for _, stream := range c.Streams {
				if stream.Kind == kind {
					return stream
				}
			}
			return store.CollectedStream{}
		}
		all, err := s.Collected(ctx, integration.ID, nil)
		must(t, err)
		commits, issues := of(all, models.StreamCommits), of(all, models.StreamIssues)
		if all.Repositories != 3 || commits.Stored != 30 || commits.Newest == nil || !commits.Newest.Equal(at) || commits.CompleteThrough == nil || !commits.CompleteThrough.Equal(storetest.Noon) {
			t.Errorf("of %d repositories commits are %+v", all.Repositories, commits)
		}
		if issues.Unread != 1 || issues.Failing != 1 || issues.CompleteThrough != nil || issues.Newest != nil {
			t.Errorf("issues are %+v", issues)
		}
		some, err := s.Collected(ctx, integration.ID, []int64{1002, 77})
		must(t, err)
		if some.Repositories != 1 || of(some, models.StreamCommits).Stored != 10 {
			t.Errorf("of one repository: %+v", some)
		}
		if _, err := s.Collected(ctx, integration.ConnectionID, nil); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of an unknown integration: %v", err)
		}
	})
}
