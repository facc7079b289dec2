package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// ActivityKind is a sort of thing that people do.
type ActivityKind string

// The kinds of activity.
const (
	ActivityCommit      ActivityKind = "commit"
	ActivityMergeCommit ActivityKind = "merge_commit"
	ActivityPullRequest ActivityKind = "pull_request"
	ActivityComment     ActivityKind = "comment"
	ActivityTicket      ActivityKind = "ticket"
)

// WorkLogQuery says what a work log shows.
type WorkLogQuery struct {
	ReportFilter
	Days         []ReportDay    // without gaps; those of Off are left out
	Kinds        []ActivityKind // empty: all
	ByRepository bool           // groups are repositories, not people
	ByActivity   bool           // the order is by how much there is, not by name
	Descending   bool
	Limit        int // groups
}

// ActivityCounts are how much there is of each kind.
type ActivityCounts struct {
	Commits, MergeCommits, PullRequests, Comments, Tickets int
	LargeCommits                                           int // of Commits: more than 1,000 lines
}

// WorkLogGroup is what a person, or a repository, did.
type WorkLogGroup struct {
	Key          string // the person's login or e-mail address, or owner/name
	Name         string // as the commit has it, of people without an account
	Email        string
	Linked       bool // to an account
	AccountID    *int64
	RepositoryID *int64
	Total        ActivityCounts
	Days         []ActivityCounts // in the order of the query's
}

// WorkLogBots is what bots did.
type WorkLogBots struct {
	People int
	Total  ActivityCounts
	Days   []ActivityCounts
}

// WorkLog is who did what on which day.
type WorkLog struct {
	Groups         []WorkLogGroup
	Total          int // groups, when the limit cut some off
	Bots           WorkLogBots
	Tickets        bool // some repository that the filter covers wants tickets
	LastActivityAt *time.Time
}

// ghost is what GitHub calls whoever is gone.
const ghost = "coalesce(nullif(person, ''), 'ghost')"

// activity narrows v_activity. Tickets are those of integrations that want them.
func (q WorkLogQuery) activity(tx *gorm.DB) *gorm.DB {
	query := q.repositories(tx.Table("v_activity")).
		Where("(kind <> 'ticket' OR integration_id IN (SELECT id FROM integrations WHERE service_tickets))")
	if q.Person != "" {
		query = query.Where("lower("+ghost+") = lower(?)", q.Person)
	}
	if len(q.Kinds) > 0 {
		query = query.Where("kind IN ?", q.Kinds)
	}
	return query
}

// activityRow is how much of one kind somebody did on a day.
type activityRow struct {
	AccountID    *int64
	RepositoryID *int64
	Person       string // or owner/name, where nobody is told apart
	IsLinked     bool
	IsBot        bool
	Name, Email  string
	Day          int // of the query's
	Kind         ActivityKind
	N, Large     int
}

// largeCommit is of how many lines a commit is not yet large.
const largeCommit = 1000

// WorkLog counts what people did on some days, one at least.
func (s *Store) WorkLog(ctx context.Context, q WorkLogQuery) (log WorkLog, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		tx = tx.Session(&gorm.Session{})
		rows, err := q.count(tx)
		if err != nil {
			return err
		}
		log = q.group(rows)
		if err := q.repositories(tx.Table("v_repositories")).Where("integration_id IN (SELECT id FROM integrations WHERE service_tickets)").
			Select("count(*) > 0").Scan(&log.Tickets).Error; err != nil || len(log.Groups) > 0 {
			return err
		}
		log.LastActivityAt, err = q.last(tx)
		return err
	})
	return log, err
}

// count counts in the database: by day, kind and whose it is.
func (q WorkLogQuery) count(tx *gorm.DB) (rows []activityRow, err error) {
	day, ends := partOf("at", q.Days, 0)
	who, by := "account_id, CAST(NULL AS bigint) AS repository_id, "+ghost+" AS person, is_linked, is_bot, max(name) AS name, max(email) AS email",
		"account_id, "+ghost+", is_linked, is_bot"
	if q.ByRepository {
		bot := "CASE WHEN is_bot THEN " + ghost + " ELSE " + shortRepository + " END"
		who, by = "CAST(NULL AS bigint) AS account_id, repository_id, "+bot+" AS person, is_bot", "repository_id, "+bot+", is_bot"
	}
	counted := during(q.activity(tx), "at", q.Days).Select("*, "+day+" AS day", ends...)
	err = tx.Table("(?) AS counted", counted).
		Select(who + fmt.Sprintf(", day, kind, count(*) AS n, sum(CASE WHEN kind = 'commit' AND lines > %d THEN 1 ELSE 0 END) AS large", largeCommit)).
		Group(by + ", day, kind").Scan(&rows).Error
	return rows, err
}

const shortRepository = "substr(repository, 1, 300)"

// last finds what happened last before the days. It looks further and further back,
// because that is seldom far.
func (q WorkLogQuery) last(tx *gorm.DB) (*time.Time, error) {
	const month, longAgo = 30 * 24 * time.Hour, 10 * 365 * 24 * time.Hour
	for end, span := q.Days[0].Starts.UTC(), month; ; span *= 4 {
		query := q.activity(tx).Where("at < ? AND NOT is_bot", end)
		if span < longAgo {
			query = query.Where("at >= ?", end.Add(-span))
		}
		var found string
		if err := query.Select(instantText(tx, "max(at)")).Scan(&found).Error; err != nil {
			return nil, err
		}
		if at, err := time.Parse(instantLayout, found); err == nil {
			return new(at.UTC()), nil
		}
		if span >= longAgo {
			return nil, nil
		}
		end = end.Add(-span)
	}
}
