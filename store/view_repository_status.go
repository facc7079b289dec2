package store

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// statuses are the statuses of imported repositories, the worst first. A
// repository's rank is its place here, or behind when it is not imported.
var statuses = []models.RepositoryStatus{models.RepositoryFailed, models.RepositoryRateLimited, models.RepositoryProcessing, models.RepositoryHealthy}

func ranksOf(wanted []models.RepositoryStatus) []int {
	return keysOf(wanted, func(status models.RepositoryStatus) int { return slices.Index(statuses, status) })
}

// statusRank is an expression over repositories.
func (s *Store) statusRank(ingested ingestion) clause.Expr { return ingested.perServices(s.rankFor) }

func (s *Store) rankFor(services models.Services) clause.Expr {
	lost, behind := failing(services), unfinished(services)
	return clause.Expr{
		SQL: `CASE WHEN selection <> 'imported' THEN 4 WHEN ` + lost.SQL + ` THEN 0
			WHEN EXISTS (SELECT 1 FROM syncs JOIN sync_repositories AS part ON part.sync_id = syncs.id AND part.repository_id = repositories.id
				WHERE syncs.organization_id = repositories.organization_id AND syncs.state = 'running' AND syncs.waiting_until > ? AND part.ended_at IS NULL) THEN 1
			WHEN ` + behind.SQL + ` THEN 2 ELSE 3 END`,
		Vars: slices.Concat(lost.Vars, []any{s.now()}, behind.Vars),
	}
}

// failing holds for repositories that cannot be read, or not all of them that is
// wanted.
func failing(services models.Services) clause.Expr {
	return clause.Expr{
		SQL: `(access_code <> '' OR repositories.id IN (SELECT repository_id FROM streams
			WHERE failing_since IS NOT NULL AND kind IN ?))`,
		Vars: []any{services.Kinds()},
	}
}

// unfinished holds for repositories in which something wanted was never read to
// the end. Details have nothing to read until a list brings something. The streams of
// a repository are looked at once: each has a bit in what is done, or what is left.
func unfinished(services models.Services) clause.Expr {
	either := []string{"1 = 0"} // without services
	var done, left string
	for i, kind := range services.Kinds() {
		bit := fmt.Sprint(1 << i)
		if models.Describe(kind).Listed() {
			either = append(either, "done & "+bit+" = 0 AND "+somethingToRead(kind))
			done += " WHEN '" + string(kind) + "' THEN " + bit
		} else {
			either = append(either, "unread & "+bit+" <> 0")
			left += " WHEN '" + string(kind) + "' THEN " + bit
		}
	}
	bits := func(null, of string) string {
		return "CAST(coalesce(sum(CASE WHEN complete_through IS " + null + " THEN CASE kind" + of + " ELSE 0 END ELSE 0 END), 0) AS bigint)"
	}
	if len(either) == 1 {
		return clause.Expr{SQL: "(1 = 0)"}
	}
	looked := "(SELECT " + strings.Join(either, " OR ") + " FROM (SELECT " + bits("NOT NULL", done) + " AS done, " + bits("NULL", left) +
		" AS unread FROM streams WHERE streams.repository_id = repositories.id) AS bits)"
	// Those of which everything was read need no such look, and are nearly all.
	maybe := fmt.Sprintf("EXISTS (SELECT 1 FROM streams WHERE streams.repository_id = repositories.id AND complete_through IS NULL)"+
		" OR (SELECT count(*) FROM streams WHERE streams.repository_id = repositories.id) < %d", len(models.StreamKinds))
	return clause.Expr{SQL: "(CASE WHEN " + maybe + " THEN " + looked + " ELSE FALSE END)"}
}

// addStatuses asks for the rows of one page alone, however many were sorted.
func (s *Store) addStatuses(tx *gorm.DB, views []RepositoryView, ingested ingestion) error {
	var ranks []struct {
		ID   int64
		Rank int
	}
	err := tx.Model(&models.Repository{}).Select("id, ? AS rank", s.statusRank(ingested)).
		Where("id IN ?", keysOf(views, func(v RepositoryView) int64 { return v.ID })).Scan(&ranks).Error
	byID := map[int64]int{}
	for _, r := range ranks {
		byID[r.ID] = r.Rank
	}
	for i := range views {
		if rank := byID[views[i].ID]; rank < len(statuses) {
			views[i].Status = statuses[rank]
		}
	}
	return err
}
