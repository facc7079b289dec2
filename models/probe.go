package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Probe is what the organization-wide change probe shows of a repository: a mark
// for each kind with anything to read. Two equal probes mean that
// nothing happened that a listing could show. It is a column of JSON.
type Probe map[StreamKind]Mark

// Mark is what the probe shows of one kind of record.
type Mark struct {
	// Head is the commit of the default branch. Only commits have one.
	Head string `json:"head,omitempty"`
	// Total is GitHub's count, and Newest the time of the newest change. Only both
	// tell: a deletion or a transfer moves no date.
	Total  int        `json:"total,omitempty"`
	Newest *time.Time `json:"newest,omitempty"`
}

// String is empty when there is nothing to read.
func (m Mark) String() string {
	if m.Head != "" || m.Total == 0 || m.Newest == nil {
		return m.Head
	}
	return fmt.Sprintf("%d@%s", m.Total, m.Newest.UTC().Format(time.RFC3339))
}

// Set keeps a mark, unless it says that there is nothing to read.
func (p Probe) Set(kind StreamKind, mark Mark) {
	if delete(p, kind); mark.String() != "" {
		p[kind] = mark
	}
}

// Seen reduces the probe to the part that concerns one stream. A stream whose
// last finished pass saw the same has nothing to do. Empty means that there is
// nothing to read at all; streams that are not listed follow rows instead.
func (p Probe) Seen(kind StreamKind) string {
	var marks []string
	for _, marked := range Describe(kind).Marks {
		marks = append(marks, p[marked].String())
	}
	if seen := strings.Join(marks, "+"); strings.Trim(seen, "+") != "" {
		return seen
	}
	return ""
}

// Newest is the time of the newest change in what Seen says of a stream. It is
// zero when there is none, and for commits, which are known by the head.
func (p Probe) Newest(kind StreamKind) (newest time.Time) {
	for _, marked := range Describe(kind).Marks {
		if at := p[marked].Newest; at != nil && at.After(newest) {
			newest = *at
		}
	}
	return newest
}

// Value writes the column.
func (p Probe) Value() (driver.Value, error) {
	if len(p) == 0 {
		return "{}", nil
	}
	encoded, err := json.Marshal(map[StreamKind]Mark(p))
	return string(encoded), err
}

// Scan reads the column.
func (p *Probe) Scan(column any) error { return scanJSON(column, (*map[StreamKind]Mark)(p)) }

// Uncovered begins what a stream has seen when nothing is known to be covered:
// no probe shows it, so the next sync reads the stream.
const Uncovered = "?"

// Headless is what a stream of commits has seen of a repository that is not empty
// and lacks its default branch. What it has stays until there is one, or nothing.
const Headless = "-"

// SawIssues reports whether what Seen said of a stream includes issues.
func SawIssues(seen string) bool {
	seen = strings.TrimPrefix(seen, Uncovered)
	return seen != "" && !strings.HasSuffix(seen, "+")
}
