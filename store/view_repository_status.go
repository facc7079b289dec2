package store

import (
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
func (s *Store) statusRank(services models.Services) clause.Expr {
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
// the end. Details have nothing to read until a list brings something.
func unfinished(services models.Services) clause.Expr {
	either := []string{"1 = 0"} // without services
	var vars []any
	for _, kind := range services.Kinds() {
		ofKind := "EXISTS (SELECT 1 FROM streams WHERE streams.repository_id = repositories.id AND kind = ? AND complete_through IS "
		if models.Describe(kind).Listed() {
			either = append(either, somethingToRead(kind)+" AND NOT "+ofKind+"NOT NULL)")
		} else {
			either = append(either, ofKind+"NULL)")
		}
		vars = append(vars, kind)
	}
	return clause.Expr{SQL: "(" + strings.Join(either, " OR ") + ")", Vars: vars}
}

// addStatuses asks for the rows of one page alone, however many were sorted.
func (s *Store) addStatuses(tx *gorm.DB, views []RepositoryView, services models.Services) error {
	var ranks []struct {
		ID   int64
		Rank int
	}
	err := tx.Model(&models.Repository{}).Select("id, ? AS rank", s.statusRank(services)).
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
