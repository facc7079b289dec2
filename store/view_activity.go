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
	l := listing{row: models.Commit{}, kind: models.StreamCommits, key: []string{"repository_id", "sha"}}
	f.State = "" // commits have none
	return listPage(ctx, s, l, f, cursor, limit, func(r CommitView) place {
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

// PullRequests lists pull requests by their last update, newest first, without
// their bodies.
func (s *Store) PullRequests(ctx context.Context, f Filter, cursor Cursor, limit int) (List[PullRequestView], error) {
	l := listing{row: models.PullRequest{}, kind: models.StreamPullRequests, key: []string{"repository_id", "number"}, more: `,
		(SELECT count(*) FROM review_comments AS c WHERE c.repository_id = pull_requests.repository_id
			AND c.number = pull_requests.number AND c.deleted_at IS NULL) AS review_comments_count`}
	if f.State == "merged" {
		l.only, f.State = "merged", ""
	}
	return listPage(ctx, s, l, f, cursor, limit, func(r PullRequestView) place {
		return place{At: r.UpdatedAt, ID: r.RepositoryID, Row: int64(r.Number)}
	}, func(p place) []any { return []any{p.ID, p.Row} })
}

// TicketView is an issue with its repository's owner/name.
type TicketView struct {
	models.Issue
	Repository string
}

// Tickets lists issues by their last update, newest first, without their bodies.
func (s *Store) Tickets(ctx context.Context, f Filter, cursor Cursor, limit int) (List[TicketView], error) {
	l := listing{row: models.Issue{}, kind: models.StreamIssues, key: []string{"repository_id", "number"}}
	return listPage(ctx, s, l, f, cursor, limit, func(r TicketView) place {
		return place{At: r.UpdatedAt, ID: r.RepositoryID, Row: int64(r.Number)}
	}, func(p place) []any { return []any{p.ID, p.Row} })
}

// ReviewView is a review with its repository's owner/name.
type ReviewView struct {
	models.Review
	Repository string
}

// Reviews lists reviews by the time they were begun, newest first, without their
// bodies, which are among the comments.
func (s *Store) Reviews(ctx context.Context, f Filter, cursor Cursor, limit int) (List[ReviewView], error) {
	l := listing{row: models.Review{}, kind: models.StreamPullRequestDetails, key: []string{"id", "repository_id"}}
	return listPage(ctx, s, l, f, cursor, limit, func(r ReviewView) place {
		return place{At: r.CreatedAt, ID: r.RepositoryID, Row: r.ID}
	}, func(p place) []any { return []any{p.Row, p.ID} })
}

// IssueEventView is an event with its repository's owner/name.
type IssueEventView struct {
	models.IssueEvent
	Repository string
}

// IssueEvents lists what happened to issues and pull requests, newest first. The
// author of an event is who acted.
func (s *Store) IssueEvents(ctx context.Context, f Filter, cursor Cursor, limit int) (List[IssueEventView], error) {
	l := listing{row: models.IssueEvent{}, kind: models.StreamIssueEvents, key: []string{"repository_id", "node_id"}}
	f.State = "" // they have none
	return listPage(ctx, s, l, f, cursor, limit, func(r IssueEventView) place {
		return place{At: r.CreatedAt, ID: r.RepositoryID, Text: r.NodeID}
	}, func(p place) []any { return []any{p.ID, p.Text} })
}

// PlainView is a plain record with its repository's owner/name.
type PlainView[T any] struct {
	Record     T `gorm:"embedded"`
	Repository string
}

// PlainRecords returns what lists the records of a kind by the time they were
// created, newest first, without their bodies.
func PlainRecords[T any, Row interface {
	*T
	models.PlainRecord
}](kind models.StreamKind) func(*Store, context.Context, Filter, Cursor, int) (List[PlainView[T]], error) {
	l := listing{row: new(T), kind: kind, key: []string{"repository_id", "id"}}
	return func(s *Store, ctx context.Context, f Filter, cursor Cursor, limit int) (List[PlainView[T]], error) {
		f.State = "" // they have none
		return listPage(ctx, s, l, f, cursor, limit, func(v PlainView[T]) place {
			row := Row(&v.Record)
			return place{At: row.Created(), ID: row.Repository(), Row: row.Key()}
		}, func(p place) []any { return []any{p.ID, p.Row} })
	}
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
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		newest := newestComments{tx: tx, filter: f}
		if found {
			newest.after = &after
		}
		var keys []commentKey
		err := newest.query("kind, id, created_at, "+bytesOf("body", "path", "state", "author_login")+" AS bytes", limit+1).Scan(&keys).Error
		if err != nil || len(keys) == 0 {
			return err
		}
		n := fitting(bytesIn(keys), limit)
		newest.last = &keys[n-1] // later ones of its kind are not read
		if len(keys) > n {
			list.Next = place{List: "comments", At: newest.last.CreatedAt, Text: newest.last.Kind, Row: newest.last.ID}.cursor()
		}
		return newest.query("*", n).Select("*, " + fullName).Scan(&list.Rows).Error
	})
	return list, err
}

// newestComments are those of all kinds that a filter shows, between two places.
type newestComments struct {
	tx     *gorm.DB
	filter Filter
	after  *place      // exclusive; nil for the beginning
	last   *commentKey // inclusive; nil for the end
}

func (c newestComments) query(columns string, limit int) *gorm.DB {
	var kinds []any // of each, as many as the page can hold
	like := models.Describe(models.StreamReviewComments).Table()
	for _, kind := range commentKinds {
		query := narrowed(c.tx.Table(kind), like, c.filter)
		if c.after != nil {
			query = query.Where("created_at <= ?", c.after.At).
				Where("(created_at, kind, id) < (?, ?, ?)", c.after.At, c.after.Text, c.after.Row)
		}
		if c.last != nil {
			query = query.Where("created_at >= ?", c.last.CreatedAt).
				Where("(created_at, kind, id) >= (?, ?, ?)", c.last.CreatedAt, c.last.Kind, c.last.ID)
		}
		kinds = append(kinds, query.Select(columns).Order("created_at DESC, id DESC").Limit(limit))
	}
	return c.tx.Table("(SELECT * FROM (?) AS a UNION ALL SELECT * FROM (?) AS b UNION ALL SELECT * FROM (?) AS c) AS comments", kinds...).
		Order("created_at DESC, kind DESC, id DESC").Limit(limit)
}

// commentKey is a comment without its texts.
type commentKey struct {
	Kind      string
	ID        int64
	CreatedAt time.Time
	Bytes     int64
}

func bytesIn(keys []commentKey) []int64 {
	bytes := make([]int64, len(keys))
	for i, key := range keys {
		bytes[i] = key.Bytes
	}
	return bytes
}

var commentKinds = [3]string{
	`(SELECT 'review_comment' AS kind, id, repository_id, number, '' AS state, path, review_id, in_reply_to_id,
		body, author_login, author_id, created_at, updated_at, deleted_at FROM review_comments) AS comments`,
	`(SELECT 'issue_comment' AS kind, id, repository_id, number, '' AS state, '' AS path, CAST(NULL AS bigint), CAST(NULL AS bigint),
		body, author_login, author_id, created_at, updated_at, deleted_at FROM issue_comments WHERE on_pull_request) AS comments`,
	`(SELECT 'review' AS kind, id, repository_id, number, state, '' AS path, CAST(NULL AS bigint), CAST(NULL AS bigint),
		body, author_login, author_id, created_at, updated_at, deleted_at FROM reviews WHERE body <> '') AS comments`,
}

const fullName = "(SELECT " + shortName + " FROM repositories WHERE repositories.id = repository_id) AS repository"

// listing is the first table of a stream as a list: its rows by a time, newest first,
// and where that is equal by key.
type listing struct {
	row  any // of its model
	kind models.StreamKind
	key  []string
	more string // columns that are computed
	only string // a condition, empty for none
}

// unlisted is the column that no list shows and that can be the longest of all.
const unlisted = "body"

func listPage[T any](ctx context.Context, s *Store, l listing, f Filter, cursor Cursor, limit int, placeOf func(T) place, key func(place) []any) (List[T], error) {
	var list List[T]
	table := models.Describe(l.kind).Table()
	after := place{List: table.Name}
	found, err := cursor.decode(&after)
	if err != nil {
		return list, err
	}
	limit = pageSize(limit)
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		query := narrowed(tx.Table(table.Name), table, f)
		if l.only != "" {
			query = query.Where(l.only)
		}
		if found {
			// The first condition says nothing new, but both databases find their way by it.
			query = query.Where(table.At+" <= ?", after.At).
				Where(fmt.Sprintf("(%s, %s) < (?, ?, ?)", table.At, strings.Join(l.key, ", ")), append([]any{after.At}, key(after)...)...)
		}
		query = query.Order(table.At + " DESC, " + strings.Join(l.key, " DESC, ") + " DESC").Session(&gorm.Session{})
		statement := gorm.Statement{DB: tx}
		if err := statement.Parse(l.row); err != nil {
			return err
		}
		var bytes []int64
		if err := query.Limit(limit+1).Pluck(bytesOf(texts(statement.Schema, unlisted)...), &bytes).Error; err != nil {
			return err
		}
		n := fitting(bytes, limit)
		shown := strings.Join(columns(statement.Schema, unlisted), ", ")
		if err := query.Select(shown + ", " + fullName + l.more).Limit(n).Scan(&list.Rows).Error; err != nil {
			return err
		}
		if len(bytes) > n {
			next := placeOf(list.Rows[n-1])
			next.List = table.Name
			list.Next = next.cursor()
		}
		return nil
	})
	return list, err
}

// narrowed filters the rows of a table, or of a query with its columns.
func narrowed(query *gorm.DB, table models.Table, f Filter) *gorm.DB {
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
		query = query.Where("lower("+table.Logins[0]+") = lower(?)", f.Author)
	}
	if !f.Since.IsZero() {
		query = query.Where(table.At+" >= ?", f.Since)
	}
	if !f.Until.IsZero() {
		query = query.Where(table.At+" < ?", f.Until)
	}
	if f.State != "" {
		query = query.Where("state = ?", f.State)
	}
	return query
}
