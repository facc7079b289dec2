package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// queue is where a stream finds the rows that it completes.
type queue struct{ models.Filling }

func queuesOf(kind models.StreamKind) (queues []queue) {
	for _, filling := range models.Describe(kind).Fills {
		queues = append(queues, queue{filling})
	}
	return queues
}

// every holds for every row; without it SQLite overlooks the index of the queue.
func (q queue) every() string {
	if q.Table.Key == "number" {
		return "number > 0"
	}
	return q.Table.Key + " > ''"
}

// pending and untold are the two kinds of rows to complete: those that were
// never asked for as they are now, and those that GitHub could not tell and that
// are asked for again. They are spelled as in the partial indices, or SQLite would not use them.
func (q queue) pending() string { return q.Prefix + "_state = 'pending' AND deleted_at IS NULL" }

func (q queue) untold() string {
	return q.Prefix + "_state = 'unavailable' AND deleted_at IS NULL AND " + q.Prefix + "_retry_at IS NOT NULL"
}

// retry are the untold ones whose time has come.
func (q queue) retry(now time.Time) clause.Expr {
	return clause.Expr{SQL: q.untold() + " AND " + q.Prefix + "_retry_at <= ?", Vars: []any{instant(now)}}
}

// anyOf asks whether a repository has a row of the queue.
func (q queue) anyOf(which string) string {
	some := "EXISTS (SELECT 1 FROM " + q.Table.Name + " WHERE repository_id = repositories.id AND " + q.every() + " AND " +
		strings.ReplaceAll(which, "deleted_at", q.Table.Name+".deleted_at") + ")"
	if q.Table.Name == "pull_requests" { // GitHub answers for none that are switched off
		return "(NOT repositories.pull_requests_off AND " + some + ")"
	}
	return some
}

// listedFor reports whether the services let anything into the queue.
func (q queue) listedFor(services models.Services) bool {
	return slices.ContainsFunc(q.Brought, services.Wanted)
}

// dueIn is whether a stream of a repository has rows to complete now, or a gap
// to close that is none any more.
func dueIn(kind models.StreamKind, services models.Services, now time.Time) clause.Expr {
	var rows, untold []string
	var vars []any
	for _, q := range queuesOf(kind) {
		if !q.listedFor(services) {
			continue
		}
		retry := q.retry(now)
		rows, vars = append(rows, q.anyOf(q.pending()), q.anyOf(retry.SQL)), append(vars, retry.Vars...)
		untold = append(untold, q.anyOf(q.untold()))
	}
	closed := "EXISTS (SELECT 1 FROM streams WHERE repository_id = repositories.id AND kind = ? AND gap_code = ?) AND NOT (" + strings.Join(untold, " OR ") + ")"
	return clause.Expr{SQL: "(" + strings.Join(append(rows, closed), " OR ") + ")", Vars: append(vars, kind, models.PartsUnavailable)}
}

// ofKind is a stream of a repository, also one that was never read.
func ofKind(streams map[models.StreamKind]models.Stream, kind models.StreamKind) models.Stream {
	stream := streams[kind]
	stream.Kind = kind
	return stream
}

// withPendingRows returns the repositories with rows that wanted streams have to
// complete, and those streams.
func withPendingRows(repositories *gorm.DB, services models.Services, now time.Time) (map[int64][]models.StreamKind, error) {
	found := map[int64][]models.StreamKind{}
	for _, kind := range services.Kinds() {
		if models.Describe(kind).Listed() {
			continue
		}
		var ids []int64
		if err := repositories.Where(dueIn(kind, services, now)).Pluck("repositories.id", &ids).Error; err != nil {
			return nil, err
		}
		for _, id := range ids {
			found[id] = append(found[id], kind)
		}
	}
	return found, nil
}

// streamsBehind returns the streams of a repository that have something to read, or
// will have once the streams that list it are read.
func streamsBehind(tx *gorm.DB, r models.Repository, integration models.Integration, now time.Time) ([]models.StreamKind, error) {
	one := tx.Model(&models.Repository{}).Where("repositories.id = ?", r.ID).Session(&gorm.Session{})
	streams, err := streamsOf(tx, one)
	if err != nil {
		return nil, err
	}
	kinds := behindLists(r, streams[r.ID], integration, now)
	for _, d := range fillingStreams() {
		kind := d.Kind
		if !integration.Services.Wanted(kind) || slices.Contains(kinds, kind) || r.KnownRefusal(ofKind(streams[r.ID], kind)) {
			continue
		}
		due := d.FilledBy(kinds)
		if !due {
			var rows int64
			if err := one.Where(dueIn(kind, integration.Services, now)).Count(&rows).Error; err != nil {
				return nil, err
			}
			due = rows > 0
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

// fillingStreams are the streams that complete rows. One that brings rows for
// another to complete comes before it: the other follows it, and all that it follows.
func fillingStreams() []models.Description {
	fill := slices.DeleteFunc(slices.Clone(models.Streams), func(d models.Description) bool { return d.Listed() })
	slices.SortStableFunc(fill, func(a, b models.Description) int { return cmp.Compare(len(a.After), len(b.After)) })
	return fill
}

// PendingCommits returns up to limit commits that lack their details, in the
// order of their SHAs and behind one, with SHA, NodeID and Tries only.
func (s *Store) PendingCommits(ctx context.Context, repositoryID int64, after string, limit int) ([]models.Commit, error) {
	return nextOf(ctx, s, queuesOf(models.StreamCommitDetails)[0], repositoryID, after, limit, commitSHA)
}

// PendingPullRequests returns up to limit pull requests that lack their details,
// by number and behind one, with Number, NodeID, UpdatedAt and Tries only.
func (s *Store) PendingPullRequests(ctx context.Context, repositoryID int64, after, limit int) ([]models.PullRequest, error) {
	return nextOf(ctx, s, queuesOf(models.StreamPullRequestDetails)[0], repositoryID, after, limit, func(p models.PullRequest) int { return p.Number }, "updated_at")
}

// PendingIssue is an issue or a pull request whose events wait to be read.
type PendingIssue struct {
	models.Issue  // Number, NodeID, UpdatedAt and EventsTries only
	OnPullRequest bool
}

// PendingEvents returns up to limit issues and pull requests whose events are to
// be read, by number and behind one; only those that the services include.
func (s *Store) PendingEvents(ctx context.Context, repositoryID int64, services models.Services, after, limit int) ([]PendingIssue, error) {
	number := func(i models.Issue) int { return i.Number }
	var issues []PendingIssue
	for _, q := range queuesOf(models.StreamIssueEvents) {
		if !q.listedFor(services) {
			continue
		}
		found, err := nextOf(ctx, s, q, repositoryID, after, limit, number, "updated_at")
		if err != nil {
			return nil, err
		}
		for _, issue := range found {
			issues = append(issues, PendingIssue{Issue: issue, OnPullRequest: q.Table.Name == "pull_requests"})
		}
	}
	slices.SortFunc(issues, func(a, b PendingIssue) int { return cmp.Compare(a.Number, b.Number) })
	return issues[:min(len(issues), limit)], nil
}

// nextOf are the rows of a queue to complete of a repository, by key. Each kind
// has an index of its own, so each is a query.
func nextOf[T any, K cmp.Ordered](ctx context.Context, s *Store, q queue, repositoryID int64, after K, limit int, key func(T) K, more ...string) ([]T, error) {
	var rows []T
	for _, which := range []clause.Expr{{SQL: q.pending()}, q.retry(s.now())} {
		var found []T
		err := s.read(ctx).Table(q.Table.Name).Select(append(more, q.Table.Key, "node_id", q.Prefix+"_tries")).
			Where("repository_id = ? AND "+q.Table.Key+" > ?", repositoryID, after).Where(which).Where(q.on(repositoryID)).
			Order(q.Table.Key).Limit(limit).Find(&found).Error
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	slices.SortFunc(rows, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return rows[:min(len(rows), limit)], nil
}

// on holds unless GitHub has switched off what the queue of a repository is about. It is
// asked once and not for each row, so that the rows are read in their order up to the limit.
func (q queue) on(repositoryID int64) clause.Expr {
	if q.Table.Name == "pull_requests" {
		return clause.Expr{SQL: "(SELECT NOT pull_requests_off FROM repositories WHERE id = ?)", Vars: []any{repositoryID}}
	}
	return clause.Expr{SQL: "1 = 1"}
}
