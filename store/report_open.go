package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// OpenPullRequest is one that is open, and what it waits for.
type OpenPullRequest struct {
	PullRequestItem
	WaitsFor     string   // review, author, merge or ready
	WaitingOn    []string // logins
	WaitingSince time.Time
}

// openAtOnce are read together when only those are wanted that wait for something.
const openAtOnce = 200

// OpenPullRequests lists open pull requests, the oldest first, without those of archived repositories, in which nobody can
// do anything. waitsFor narrows it unless it is empty. The first page says how many there are, but for waitsFor: what one
// waits for is only known once it is read.
func (s *Store) OpenPullRequests(ctx context.Context, f ReportFilter, waitsFor string, bots bool, cursor Cursor, limit int) (list List[OpenPullRequest], err error) {
	after := place{List: "open"}
	found, err := cursor.decode(&after)
	if err != nil {
		return list, err
	}
	limit = pageSize(limit)
	if !found && waitsFor == "" {
		if list.Total, err = total(openOf(s.read(ctx), f, bots)); err != nil {
			return list, fmt.Errorf("count open pull requests: %w", err)
		}
	}
	for len(list.Rows) <= limit {
		rows, err := s.openAfter(ctx, f, bots, found, after, max(limit+1, openAtOnce))
		if err != nil {
			return list, err
		}
		for _, row := range rows {
			if waitsFor == "" || row.WaitsFor == waitsFor {
				list.Rows = append(list.Rows, row)
			}
		}
		if len(rows) < max(limit+1, openAtOnce) {
			break
		}
		found, after = true, placeOfOpen(rows[len(rows)-1])
	}
	list.cut(limit, placeOfOpen)
	return list, nil
}

func placeOfOpen(row OpenPullRequest) place {
	return place{List: "open", At: row.CreatedAt, ID: row.RepositoryID, Row: int64(row.Number)}
}

func openOf(tx *gorm.DB, f ReportFilter, bots bool) *gorm.DB {
	where, vars := itemsOf(f)
	query := tx.Table("v_pull_requests AS v").Where(where, vars...).Where("v.closed_at IS NULL AND v.state = 'open' AND v.repository_id NOT IN (SELECT repository_id FROM v_repositories WHERE archived)")
	if !bots {
		query = query.Where("NOT v.is_bot")
	}
	return query
}

func (s *Store) openAfter(ctx context.Context, f ReportFilter, bots, begun bool, after place, limit int) (rows []OpenPullRequest, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		rows = nil
		query := openOf(tx, f, bots)
		if begun {
			query = query.Where("v.created_at >= ? AND (v.created_at > ? OR (v.repository_id, v.number) > (?, ?))", after.At, after.At, after.ID, after.Row)
		}
		var items []PullRequestItem
		if err := query.Select("v.*").Order("v.created_at, v.repository_id, v.number").Limit(limit).Scan(&items).Error; err != nil {
			return fmt.Errorf("open pull requests: %w", err)
		}
		rows = make([]OpenPullRequest, len(items))
		for i, item := range items {
			rows[i].PullRequestItem = item
		}
		return readWaits(tx, rows)
	})
	return rows, err
}

// said is what happened to an open pull request: a review by a person who is not its author, somebody who was
// asked for one, or that it became ready.
type said struct {
	RepositoryID int64
	Number       int
	What         string // a state of reviews, or an event
	Person       string
	IsTeam       bool
	At           time.Time
}

type pullRequestKey struct {
	repositoryID int64
	number       int
}

func readWaits(tx *gorm.DB, rows []OpenPullRequest) error {
	all := map[pullRequestKey][]said{}
	for some := range slices.Chunk(rows, openAtOnce) {
		keys := make([]any, 0, 2*len(some))
		for _, row := range some {
			keys = append(keys, row.RepositoryID, row.Number)
		}
		among := "IN (VALUES (CAST(? AS bigint), CAST(? AS bigint))" + strings.Repeat(", (?, ?)", len(some)-1) + ")"
		for _, query := range []string{
			`SELECT v.repository_id, v.number, v.state AS what, v.person, false AS is_team, v.submitted_at AS at FROM v_reviews AS v
				WHERE (v.repository_id, v.number) ` + among + ` ORDER BY v.submitted_at, v.id`,
			`SELECT e.repository_id, e.number, e.event AS what, coalesce(nullif(a.login, ''), e.subject) AS person, e.subject_id IS NULL AS is_team, e.created_at AS at
				FROM issue_events AS e LEFT JOIN accounts AS a ON a.id = e.subject_id
				WHERE (e.repository_id, e.number) ` + among + ` AND e.on_pull_request AND e.deleted_at IS NULL
					AND e.event IN ('review_requested', 'ready_for_review') AND NOT ` + botSQL("e.subject") + ` ORDER BY e.created_at, e.node_id`,
		} {
			var found []said
			if err := tx.Raw(query, keys...).Scan(&found).Error; err != nil {
				return fmt.Errorf("what pull requests wait for: %w", err)
			}
			for _, what := range found {
				key := pullRequestKey{what.RepositoryID, what.Number}
				all[key] = append(all[key], what)
			}
		}
	}
	for i := range rows {
		rows[i].wait(all[pullRequestKey{rows[i].RepositoryID, rows[i].Number}])
	}
	return nil
}

// wait decides what a pull request waits for, of reviews and events that are each in their order.
func (o *OpenPullRequest) wait(all []said) {
	begun := o.CreatedAt
	if o.ReadyAt != nil {
		begun = *o.ReadyAt
	}
	var moved time.Time // by the author, last
	if o.LastCommitAt != nil {
		moved = *o.LastCommitAt
	}
	latest, asked, reviewed := map[string]said{}, map[string]said{}, time.Time{}
	for _, what := range all {
		switch what.What {
		case "ready_for_review":
			moved = later(moved, what.At)
		case "review_requested":
			asked[what.Person] = what
		default:
			// A review that only comments takes neither approval nor objection back.
			if before, ok := latest[what.Person]; !ok || what.What != "COMMENTED" || before.What == "COMMENTED" {
				latest[what.Person] = what
			}
			reviewed = later(reviewed, what.At)
		}
	}
	var objected, approved time.Time
	open := false // to an objection that was not answered
	for _, review := range latest {
		switch review.What {
		case "CHANGES_REQUESTED":
			objected = later(objected, review.At)
			open = open || !moved.After(review.At)
		case "APPROVED":
			approved = later(approved, review.At)
		}
	}
	var waiting []string
	since := time.Time{}
	for person, request := range asked {
		answered := reviewed
		if !request.IsTeam {
			answered = lastReview(all, person)
		}
		if answered.After(request.At) {
			continue
		}
		waiting = append(waiting, person)
		if since.IsZero() || request.At.Before(since) {
			since = request.At
		}
	}
	slices.Sort(waiting)
	author := []string{}
	if o.Person != "" {
		author = []string{o.Person}
	}
	switch {
	case o.Draft:
		o.WaitsFor, o.WaitingOn, o.WaitingSince = "ready", author, o.CreatedAt
	case open:
		o.WaitsFor, o.WaitingOn, o.WaitingSince = "author", author, objected
	case len(waiting) > 0:
		o.WaitsFor, o.WaitingOn, o.WaitingSince = "review", waiting, since
	case !approved.IsZero() && objected.IsZero():
		o.WaitsFor, o.WaitingOn, o.WaitingSince = "merge", author, approved
	default:
		o.WaitsFor, o.WaitingOn, o.WaitingSince = "review", []string{}, begun
	}
}

func lastReview(all []said, person string) (last time.Time) {
	for _, what := range all {
		if what.Person == person && what.What != "review_requested" && what.What != "ready_for_review" {
			last = later(last, what.At)
		}
	}
	return last
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
