package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
)

// WorkLogItemsQuery says which items of a work log are listed.
type WorkLogItemsQuery struct {
	WorkLogQuery
	Key  string // of one group
	Bots bool   // only theirs; else without theirs
}

// WorkLogItem is one thing that somebody did.
type WorkLogItem struct {
	At           time.Time `gorm:"-"`
	AtText       string    // SQLite forgets the type of what it unites
	Kind         ActivityKind
	Action       string
	RepositoryID int64
	Repository   string
	Number       *int // nil for commits
	Item         string
	Source       string // the table that has it
	Title        string
	Text         string
	Words        *int // of Text; nil for what has no text
	Person       string
	IsLinked     bool
	Name, Email  string
	IsBot        bool
	Lines        *int
	HTMLURL      string
}

const (
	titleOfItem = `CASE WHEN kind IN ('commit', 'merge_commit') THEN
			(SELECT substr(c.message, 1, 1000) FROM commits AS c WHERE c.repository_id = x.repository_id AND c.sha = x.item)
		WHEN kind = 'ticket' THEN (SELECT i.title FROM issues AS i WHERE i.repository_id = x.repository_id AND i.number = x.number)
		ELSE (SELECT p.title FROM pull_requests AS p WHERE p.repository_id = x.repository_id AND p.number = x.number) END`
	itemOrder = "at DESC, repository_id DESC, coalesce(number, 0) DESC, " + itemKey + " DESC"
	itemKey   = "(kind || ' ' || action || ' ' || source || ' ' || item)"
)

// ofComment is a column of what was said.
func ofComment(column string) string {
	of := func(table string) string {
		return " WHEN source = '" + table + "' THEN (SELECT c." + column + " FROM " + table + " AS c WHERE c.repository_id = x.repository_id AND c.id = CAST(x.item AS bigint))"
	}
	return "CASE WHEN kind NOT IN ('comment', 'ticket') THEN NULL" + of("issue_comments") + of("review_comments") + of("reviews") + " END"
}

// WorkLogItems lists the things that a work log counts, newest first.
func (s *Store) WorkLogItems(ctx context.Context, q WorkLogItemsQuery, cursor Cursor, limit int) (list List[WorkLogItem], err error) {
	after := place{List: "worklog"}
	found, err := cursor.decode(&after)
	if err != nil || len(q.Days) == 0 {
		return list, err
	}
	limit = pageSize(limit)
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		tx = tx.Session(&gorm.Session{})
		query := q.items(tx)
		if found {
			query = query.Where("at <= ?", after.At.UTC()).
				Where("(at, repository_id, coalesce(number, 0), "+itemKey+") < (?, ?, ?, ?)", after.At.UTC(), after.ID, after.Row, after.Text)
		}
		query = query.Order(itemOrder).Session(&gorm.Session{})
		var bytes []int64
		if err := tx.Table("(?) AS x", query.Limit(limit+1)).Order(itemOrder).
			Pluck("coalesce("+strings.Replace(ofComment("body"), "c.body", "octet_length(c.body)", 3)+", 0)", &bytes).Error; err != nil {
			return err
		}
		n := fitting(bytes, limit)
		if err := tx.Table("(?) AS x", query.Limit(n)).Order(itemOrder).
			Select("*, substr(repository, 1, 300) AS repository, " + ghost + " AS person, " + instantText(tx, "at") + " AS at_text, coalesce(" + titleOfItem + ", '') AS title, " +
				"coalesce(" + ofComment("body") + ", '') AS text, " + ofComment("words") + " AS words").Scan(&list.Rows).Error; err != nil {
			return err
		}
		for i := range list.Rows {
			if list.Rows[i].At, err = time.Parse(instantLayout, list.Rows[i].AtText); err != nil {
				return err
			}
			list.Rows[i].At = list.Rows[i].At.UTC()
			list.Rows[i].Title, _, _ = strings.Cut(list.Rows[i].Title, "\n")
		}
		if len(bytes) > n {
			list.Next = list.Rows[n-1].place().cursor()
		}
		return nil
	})
	return list, err
}

func (q WorkLogItemsQuery) items(tx *gorm.DB) *gorm.DB {
	query := during(q.activity(tx), "at", q.Days)
	if q.Bots {
		query = query.Where("is_bot")
	} else {
		query = query.Where("NOT is_bot")
	}
	switch {
	case q.Key != "" && q.ByRepository:
		query = query.Where("lower(repository) = lower(?)", q.Key)
	case q.Key != "":
		query = query.Where("lower("+ghost+") = lower(?)", q.Key)
	}
	return query
}

func (i WorkLogItem) place() place {
	p := place{List: "worklog", At: i.At, ID: i.RepositoryID, Text: fmt.Sprint(i.Kind, " ", i.Action, " ", i.Source, " ", i.Item)}
	if i.Number != nil {
		p.Row = int64(*i.Number)
	}
	return p
}

// EmojiOnly reports whether it has a text without a word: emoji, quotes and code are none.
func (i WorkLogItem) EmojiOnly() bool { return i.Text != "" && i.Words != nil && *i.Words == 0 }

// Large reports whether it is a commit, without merges, of more than 1,000 lines.
func (i WorkLogItem) Large() bool {
	return i.Kind == ActivityCommit && i.Lines != nil && *i.Lines > largeCommit
}
