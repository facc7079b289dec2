package store

import (
	"cmp"
	"context"
	"slices"

	"gorm.io/gorm"

	"tributary/models"
)

// queue is where a stream of details or of events finds the rows that it has to
// complete.
type queue struct {
	table string
	key   string // of a row within its repository
	every string // holds for every row; without it SQLite overlooks the index of the queue
	state string
	lists []models.StreamKind // what brings such rows
}

var queues = map[models.StreamKind][]queue{
	models.StreamCommitDetails: {
		{"commits", "sha", "sha > ''", "details_state", []models.StreamKind{models.StreamCommits, models.StreamPullRequests}},
	},
	models.StreamPullRequestDetails: {
		{"pull_requests", "number", "number > 0", "details_state", []models.StreamKind{models.StreamPullRequests}},
	},
	models.StreamIssueEvents: {
		{"pull_requests", "number", "number > 0", "events_state", []models.StreamKind{models.StreamPullRequests}},
		{"issues", "number", "number > 0", "events_state", []models.StreamKind{models.StreamIssues}},
	},
}

// pending is spelled as in the partial indices, or SQLite would not use them.
func (q queue) pending() string { return q.state + " = 'pending' AND deleted_at IS NULL" }

func (q queue) somethingPending() string {
	return "EXISTS (SELECT 1 FROM " + q.table + " WHERE repository_id = repositories.id AND " + q.every +
		" AND " + q.state + " = 'pending' AND " + q.table + ".deleted_at IS NULL)"
}

// listedFor reports whether the services let anything into the queue.
func (q queue) listedFor(services models.Services) bool {
	return slices.ContainsFunc(q.lists, services.Wanted)
}

// withPendingRows returns the repositories with rows that a wanted stream has to
// complete.
func withPendingRows(repositories *gorm.DB, services models.Services) (map[int64]bool, error) {
	found := map[int64]bool{}
	for kind, list := range queues {
		for _, q := range list {
			if !services.Wanted(kind) || !q.listedFor(services) {
				continue
			}
			var ids []int64
			if err := repositories.Where(q.somethingPending()).Pluck("repositories.id", &ids).Error; err != nil {
				return nil, err
			}
			for _, id := range ids {
				found[id] = true
			}
		}
	}
	return found, nil
}

// streamsBehind returns the streams of a repository in which something is to be
// read, or will be once the streams are read that list it.
func streamsBehind(tx *gorm.DB, r models.Repository, integration models.Integration) ([]models.StreamKind, error) {
	one := tx.Model(&models.Repository{}).Where("repositories.id = ?", r.ID).Session(&gorm.Session{})
	streams, err := streamsOf(tx, one)
	if err != nil {
		return nil, err
	}
	kinds := behindLists(r, streams[r.ID], integration)
	for kind, list := range queues {
		if !integration.Services.Wanted(kind) || slices.Contains(kinds, kind) {
			continue
		}
		due, err := somethingDue(one, list, kinds, integration.Services)
		if err != nil {
			return nil, err
		}
		if due {
			kinds = append(kinds, kind)
		}
	}
	slices.SortFunc(kinds, func(a, b models.StreamKind) int {
		return cmp.Compare(slices.Index(models.StreamKinds, a), slices.Index(models.StreamKinds, b))
	})
	return kinds, nil
}

// somethingDue reports whether a repository's queues have rows, or may have when
// the streams are read that are behind.
func somethingDue(repository *gorm.DB, list []queue, behind []models.StreamKind, services models.Services) (bool, error) {
	for _, q := range list {
		if slices.ContainsFunc(q.lists, func(kind models.StreamKind) bool { return slices.Contains(behind, kind) }) {
			return true, nil
		}
		if !q.listedFor(services) {
			continue
		}
		var pending int64
		if err := repository.Where(q.somethingPending()).Count(&pending).Error; err != nil || pending > 0 {
			return pending > 0, err
		}
	}
	return false, nil
}

// PendingCommits returns up to limit commits that lack their details, in the
// order of their SHAs and behind one, with SHA and NodeID only.
func (s *Store) PendingCommits(ctx context.Context, repositoryID int64, after string, limit int) ([]models.Commit, error) {
	var commits []models.Commit
	err := queues[models.StreamCommitDetails][0].next(s.read(ctx), repositoryID, after, limit).
		Select("repository_id", "sha", "node_id").Find(&commits).Error
	return commits, err
}

// PendingPullRequests returns up to limit pull requests that lack their
// details, by number and behind one, with Number, NodeID and UpdatedAt only.
func (s *Store) PendingPullRequests(ctx context.Context, repositoryID int64, after, limit int) ([]models.PullRequest, error) {
	var pulls []models.PullRequest
	err := queues[models.StreamPullRequestDetails][0].next(s.read(ctx), repositoryID, after, limit).
		Select("repository_id", "number", "node_id", "updated_at").Find(&pulls).Error
	return pulls, err
}

// PendingIssue is an issue or a pull request whose events are to be read.
type PendingIssue struct {
	models.Issue  // Number, NodeID and UpdatedAt only
	OnPullRequest bool
}

// PendingEvents returns up to limit issues and pull requests whose events are to
// be read, by number and behind one; only those that the services include.
func (s *Store) PendingEvents(ctx context.Context, repositoryID int64, services models.Services, after, limit int) ([]PendingIssue, error) {
	var issues []PendingIssue
	for _, q := range queues[models.StreamIssueEvents] {
		if !q.listedFor(services) {
			continue
		}
		var found []models.Issue
		err := q.next(s.read(ctx), repositoryID, after, limit).Select("number", "node_id", "updated_at").Scan(&found).Error
		if err != nil {
			return nil, err
		}
		for _, issue := range found {
			issues = append(issues, PendingIssue{Issue: issue, OnPullRequest: q.table == "pull_requests"})
		}
	}
	slices.SortFunc(issues, func(a, b PendingIssue) int { return cmp.Compare(a.Number, b.Number) })
	return issues[:min(len(issues), limit)], nil
}

// next are the rows to complete of a repository, by key.
func (q queue) next(tx *gorm.DB, repositoryID int64, after any, limit int) *gorm.DB {
	return tx.Table(q.table).Where("repository_id = ? AND "+q.key+" > ? AND "+q.pending(), repositoryID, after).Order(q.key).Limit(limit)
}
