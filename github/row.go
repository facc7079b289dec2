package github

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// Malformed is a row that cannot be read.
type Malformed struct {
	Index  int // among all rows of the page
	Reason string
	// Each is zero when it cannot be read.
	NodeID    string
	ID        int64
	UpdatedAt time.Time
}

// errTooManyRows ends a page that is larger than GitHub's are.
var errTooManyRows = fmt.Errorf("a page has more than %d rows", perPage)

// decodeRows reads a list row by row, so that one malformed row does not hide the others. A row that changed after
// latest is malformed.
func decodeRows[T any](body []byte, latest time.Time) (items []*T, broken []Malformed, err error) {
	rows := json.NewDecoder(bytes.NewReader(body))
	if first, err := rows.Token(); err != nil || first != json.Delim('[') {
		return nil, nil, cmp.Or(err, errors.New("it is no list"))
	}
	for index := 0; rows.More(); index++ {
		if index == perPage {
			return nil, nil, errTooManyRows
		}
		begin := rows.InputOffset()
		var item *T
		err := rows.Decode(&item)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, nil, err
		}
		reason := ""
		switch {
		case err != nil:
			reason = err.Error()
		case item == nil:
			reason = "null"
		default:
			clampTimes(body[begin:rows.InputOffset()], item)
			reason = cmp.Or(invalidRow(item), invalidTime(item, latest))
		}
		if reason != "" {
			broken = append(broken, malformedRow(index, bytes.TrimLeft(body[begin:rows.InputOffset()], ", \t\r\n"), reason, latest))
		} else {
			items = append(items, item)
		}
	}
	_, err = rows.Token()
	return items, broken, err
}

// maxNameLength is more than any name of GitHub's has: a login has 39 characters, a repository's name 100.
const maxNameLength = 255

// invalidRow is why a row cannot be GitHub's, or empty: GitHub numbers everything from 1, and bounds its names. Such a
// row would replace another, or not fit into an index or a workflow's id.
func invalidRow(row any) string {
	if r, ok := row.(interface{ GetID() int64 }); ok && r.GetID() <= 0 {
		return "it has no id"
	}
	if r, ok := row.(interface{ GetNumber() int }); ok && (r.GetNumber() <= 0 || r.GetNumber() > math.MaxInt32) {
		return "it has no number"
	}
	switch r := row.(type) {
	case *gh.RepositoryCommit:
		if r.GetSHA() == "" {
			return "it has no SHA"
		}
	case *ListedCommit:
		return invalidRow(&r.RepositoryCommit)
	case *gh.Membership:
		return invalidRow(r.GetOrganization())
	case *gh.Issue:
		if reason := invalidLabels(r.Labels); reason != "" {
			return reason
		}
	case *gh.PullRequest:
		if reason := invalidLabels(r.Labels); reason != "" {
			return reason
		}
	}
	return tooLong(namesOf(row)...)
}

func invalidLabels(labels []*gh.Label) string {
	for _, label := range labels {
		if reason := cmp.Or(invalidRow(label), tooLong(label.GetName())); reason != "" {
			return "of a label: " + reason
		}
	}
	return ""
}

func tooLong(names ...string) string {
	for _, name := range names {
		if len(name) > maxNameLength {
			return fmt.Sprintf("it has a name of %d characters", len(name))
		}
	}
	return ""
}

// invalidTime is why the time of a row's last change cannot be right, or empty. The store keeps the newer of two
// versions: a row from the future would never change again, and one without a time would never replace another.
func invalidTime(row any, latest time.Time) string {
	switch r := row.(type) {
	case interface{ lastChange() time.Time }:
		return invalidUpdate(r.lastChange(), latest)
	case *gh.PullRequest, *gh.Issue, *gh.IssueComment, *gh.PullRequestComment:
		return invalidUpdate(r.(interface{ GetUpdatedAt() gh.Timestamp }).GetUpdatedAt().Time, latest)
	}
	return ""
}

func invalidUpdate(changed, latest time.Time) string {
	switch {
	case !changed.After(earliestTime):
		return "it has no time"
	case changed.After(latest):
		return "its last change is in the future"
	}
	return ""
}

// namesOf returns the names of a row, and the keys that it is found by.
func namesOf(row any) (names []string) {
	if r, ok := row.(interface{ GetNodeID() string }); ok {
		names = append(names, r.GetNodeID())
	}
	if r, ok := row.(interface{ GetLogin() string }); ok {
		names = append(names, r.GetLogin())
	}
	if r, ok := row.(interface{ GetFullName() string }); ok {
		names = append(names, r.GetFullName())
	}
	if r, ok := row.(*gh.RepositoryCommit); ok {
		names = append(names, r.GetSHA())
	}
	return names
}

// malformedRow keeps what can be read of a row.
func malformedRow(index int, row json.RawMessage, reason string, latest time.Time) Malformed {
	m := Malformed{Index: index, Reason: reason}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(row, &members)
	_ = json.Unmarshal(members["node_id"], &m.NodeID)
	_ = json.Unmarshal(members["id"], &m.ID)
	_ = json.Unmarshal(members["updated_at"], &m.UpdatedAt)
	if invalidUpdate(m.UpdatedAt, latest) != "" {
		m.UpdatedAt = time.Time{}
	}
	m.NodeID = strings.ToValidUTF8(m.NodeID[:min(len(m.NodeID), maxNameLength)], "") // it becomes a key
	return m
}
