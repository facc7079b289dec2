package models

import (
	"iter"
	"time"
)

// Record is a row that a page brings.
type Record interface {
	SetRepository(id int64)
	// Node is GitHub's node id.
	Node() string
	// EachAccount visits the accounts that the row names, with their ids.
	EachAccount(visit func(login *string, id **int64))
}

// PlainRecord is a Record that is stored as it is listed, under its id: nothing
// else follows from it. The newer of two with one id counts.
type PlainRecord interface {
	Record
	Key() int64
	Repository() int64 // its id
	Created() time.Time
	Updated() time.Time
	Tombstone() string // the reason of its tombstone; empty when it has none
}

// Listed are the rows of a page as GitHub lists them. What completes rows is not
// among them.
func (p *Page) Listed() iter.Seq[Record] {
	return func(yield func(Record) bool) {
		_ = each(p.Commits, yield) && each(p.PullRequests, yield) && each(p.ReviewComments, yield) &&
			each(p.IssueComments, yield) && each(p.Issues, yield) && eachPlain(p.Plain, yield)
	}
}

// Filled are the rows that come with what completes others.
func (p *Page) Filled() iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for i := range p.DetailedPullRequests {
			d := &p.DetailedPullRequests[i]
			if !yield(d) || !each(d.Reviews, yield) || !each(d.KnownCommits, yield) {
				return
			}
		}
		for i := range p.DetailedIssues {
			d := &p.DetailedIssues[i]
			if !yield(d) || !each(d.Events, yield) {
				return
			}
		}
	}
}

func eachPlain(rows []PlainRecord, yield func(Record) bool) bool {
	for _, row := range rows {
		if !yield(row) {
			return false
		}
	}
	return true
}

func each[T any, R interface {
	*T
	Record
}](rows []T, yield func(Record) bool) bool {
	for i := range rows {
		if !yield(R(&rows[i])) {
			return false
		}
	}
	return true
}
