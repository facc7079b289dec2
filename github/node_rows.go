package github

import (
	"cmp"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// What queries list becomes rows in REST's form, and is checked as rows of REST are.

// addRows adds rows to a page, as decodeRows does, and counts those that GitHub shows.
func addRows[T any](page *Page[*T], rows []*T, latest time.Time) (shown int) {
	for _, row := range rows {
		if row != nil {
			shown++
			addRow(page, row, "", latest)
		}
	}
	return shown
}

// addRow adds a row, unless a reason says that it cannot be GitHub's.
func addRow[T any](page *Page[*T], row *T, reason string, latest time.Time) {
	if reason = cmp.Or(invalidRow(row), invalidTime(row, latest), reason); reason == "" {
		page.Items = append(page.Items, row)
		return
	}
	page.Malformed = append(page.Malformed, malformedNode(len(page.Items)+len(page.Malformed), row, reason, latest))
}

// malformedNode is malformedRow for a row that a query returned.
func malformedNode(index int, row any, reason string, latest time.Time) Malformed {
	m := Malformed{Index: index, Reason: reason}
	if r, ok := row.(interface{ GetNodeID() string }); ok {
		m.NodeID = r.GetNodeID()
	}
	if r, ok := row.(interface{ GetID() int64 }); ok {
		m.ID = r.GetID()
	}
	if r, ok := row.(interface{ GetUpdatedAt() gh.Timestamp }); ok && invalidUpdate(r.GetUpdatedAt().Time, latest) == "" {
		m.UpdatedAt = r.GetUpdatedAt().Time
	}
	m.NodeID = strings.ToValidUTF8(m.NodeID[:min(len(m.NodeID), maxNameLength)], "") // it becomes a key
	return m
}

// userOf is an account in REST's form. It is nil when the account is gone.
func userOf(a *Actor) *gh.User {
	if a == nil {
		return nil
	}
	return &gh.User{ID: &a.ID, NodeID: &a.NodeID, Login: &a.Login, Type: &a.Type}
}

func timestamp(t time.Time) *gh.Timestamp { return &gh.Timestamp{Time: t} }

// timestampOf is nil for null.
func timestampOf(t *time.Time) *gh.Timestamp {
	if t == nil {
		return nil
	}
	return timestamp(*t)
}
