package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Filter narrows the lists of what was ingested; zero fields do not.
type Filter struct {
	IntegrationID  string // by claim
	OrganizationID int64
	RepositoryID   int64
	Author         string    // login, in any case
	Since          time.Time // the time that the list is ordered by, inclusive
	Until          time.Time // exclusive
	State          string    // of pull requests (open, closed, merged) and tickets (open, closed); closed includes merged
}

// CommitView is a commit with its repository's owner/name.
type CommitView struct {
	models.Commit
	Repository string
}

// Commits lists commits by the time they were committed, newest first. Like all
// lists here it leaves out what is deleted, and returns ErrCursor for a cursor
// that it did not make.
func (s *Store) Commits(ctx context.Context, f Filter, cursor Cursor, limit int) (List[CommitView], error) {
	l := listing{table: "commits", at: "committed_at", key: []string{"repository_id", "sha"}}
	f.State = "" // commits have none
	return page(s.read(ctx).Table("commits"), l, f, cursor, limit, func(r CommitView) place {
		return place{At: r.CommittedAt, ID: r.RepositoryID, Text: r.SHA}
	}, func(p place) []any { return []any{p.ID, p.Text} })
}

// PullRequestView is a pull request with its repository's owner/name and what
// is counted from other tables.
type PullRequestView struct {
	models.PullRequest
	Repository          string
	ReviewCommentsCount int
}

// PullRequests lists pull requests by their last update, newest first.
func (s *Store) PullRequests(ctx context.Context, f Filter, cursor Cursor, limit int) (List[PullRequestView], error) {
	l := listing{table: "pull_requests", at: "updated_at", key: []string{"repository_id", "number"}, more: `,
		(SELECT count(*) FROM review_comments AS c WHERE c.repository_id = pull_requests.repository_id
			AND c.number = pull_requests.number AND c.deleted_at IS NULL) AS review_comments_count`}
	query := s.read(ctx).Table("pull_requests")
	if f.State == "merged" {
		query, f.State = query.Where("merged"), ""
	}
	return page(query, l, f, cursor, limit, func(r PullRequestView) place {
		return place{At: r.UpdatedAt, ID: r.RepositoryID, Row: int64(r.Number)}
	}, func(p place) []any { return []any{p.ID, p.Row} })
}

// TicketView is an issue with its repository's owner/name.
type TicketView struct {
	models.Issue
	Repository string
}

// Tickets lists issues by their last update, newest first.
func (s *Store) Tickets(ctx context.Context, f Filter, cursor Cursor, limit int) (List[TicketView], error) {
	l := listing{table: "issues", at: "updated_at", key: []string{"repository_id", "number"}}
	return page(s.read(ctx).Table("issues"), l, f, cursor, limit, func(r TicketView) place {
		return place{At: r.UpdatedAt, ID: r.RepositoryID, Row: int64(r.Number)}
	}, func(p place) []any { return []any{p.ID, p.Row} })
}

// Comment is anything that somebody wrote on a pull request.
type Comment struct {
	Kind         string // review_comment, issue_comment or review
	ID           int64  // unique within its kind
	RepositoryID int64
	Repository   string // owner/name
	Number       int    // of the pull request
	State        string // of a review
	Path         string // of a review comment
	ReviewID     *int64 // of a review comment
	InReplyToID  *int64 // of a review comment
	Body         string
	AuthorLogin  string
	AuthorID     *int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Comments lists what was written on pull requests by the time it was written,
// newest first: comments on lines, comments in the conversation, and reviews
// that have a text.
func (s *Store) Comments(ctx context.Context, f Filter, cursor Cursor, limit int) (List[Comment], error) {
	var list List[Comment]
	f.State = ""
	after := place{List: "comments"}
	found, err := cursor.decode(&after)
	if err != nil {
		return list, err
	}
	limit = pageSize(limit)
	var newest []any // of each kind, as many as the page can hold
	for _, kind := range commentKinds {
		query := narrowed(s.read(ctx).Table(kind), "created_at", f)
		if found {
			query = query.Where("created_at <= ?", after.At).
				Where("(created_at, kind, id) < (?, ?, ?)", after.At, after.Text, after.Row)
		}
		newest = append(newest, query.Order("created_at DESC, id DESC").Limit(limit+1))
	}
	err = s.read(ctx).
		Table("(SELECT * FROM (?) AS a UNION ALL SELECT * FROM (?) AS b UNION ALL SELECT * FROM (?) AS c) AS comments", newest...).
		Select("*, " + fullName).
		Order("created_at DESC, kind DESC, id DESC").Limit(limit + 1).Scan(&list.Rows).Error
	if err != nil {
		return list, err
	}
	list.cut(limit, func(c Comment) place { return place{List: "comments", At: c.CreatedAt, Text: c.Kind, Row: c.ID} })
	return list, nil
}

var commentKinds = [3]string{
	`(SELECT 'review_comment' AS kind, id, repository_id, number, '' AS state, path, review_id, in_reply_to_id,
		body, author_login, author_id, created_at, updated_at, deleted_at FROM review_comments) AS comments`,
	`(SELECT 'issue_comment' AS kind, id, repository_id, number, '' AS state, '' AS path, CAST(NULL AS bigint), CAST(NULL AS bigint),
		body, author_login, author_id, created_at, updated_at, deleted_at FROM issue_comments WHERE on_pull_request) AS comments`,
	`(SELECT 'review' AS kind, id, repository_id, number, state, '' AS path, CAST(NULL AS bigint), CAST(NULL AS bigint),
		body, author_login, author_id, created_at, updated_at, deleted_at FROM reviews WHERE body <> '') AS comments`,
}

const fullName = "(SELECT full_name FROM repositories WHERE repositories.id = repository_id) AS repository"

// listing is a table as a list: its rows by a time, newest first, and where
// that is equal by key.
type listing struct {
	table string
	at    string
	key   []string
	more  string // columns that are computed
}

func page[T any](db *gorm.DB, l listing, f Filter, cursor Cursor, limit int, placeOf func(T) place, key func(place) []any) (List[T], error) {
	var list List[T]
	query := narrowed(db, l.at, f)
	after := place{List: l.table}
	if found, err := cursor.decode(&after); err != nil {
		return list, err
	} else if found {
		// The first condition says nothing new, but both databases find their way by it.
		query = query.Where(l.at+" <= ?", after.At).
			Where(fmt.Sprintf("(%s, %s) < (?, ?, ?)", l.at, strings.Join(l.key, ", ")), append([]any{after.At}, key(after)...)...)
	}
	limit = pageSize(limit)
	err := query.Select(l.table + ".*, " + fullName + l.more).
		Order(l.at + " DESC, " + strings.Join(l.key, " DESC, ") + " DESC").Limit(limit + 1).Scan(&list.Rows).Error
	if err != nil {
		return list, err
	}
	list.cut(limit, func(row T) place {
		p := placeOf(row)
		p.List = l.table
		return p
	})
	return list, nil
}

func narrowed(query *gorm.DB, at string, f Filter) *gorm.DB {
	query = query.Where("deleted_at IS NULL")
	// The plus signs keep SQLite from collecting and sorting all rows of many
	// repositories; in the order of the list it can stop early.
	if f.IntegrationID != "" {
		query = query.Where(`+repository_id IN (SELECT repositories.id FROM repositories
			JOIN organizations ON organizations.id = repositories.organization_id WHERE organizations.integration_id = ?)`, f.IntegrationID)
	}
	if f.OrganizationID != 0 {
		query = query.Where("+repository_id IN (SELECT id FROM repositories WHERE organization_id = ?)", f.OrganizationID)
	}
	if f.RepositoryID != 0 {
		query = query.Where("repository_id = ?", f.RepositoryID)
	}
	if f.Author != "" {
		query = query.Where("lower(author_login) = lower(?)", f.Author)
	}
	if !f.Since.IsZero() {
		query = query.Where(at+" >= ?", f.Since)
	}
	if !f.Until.IsZero() {
		query = query.Where(at+" < ?", f.Until)
	}
	if f.State != "" {
		query = query.Where("state = ?", f.State)
	}
	return query
}
