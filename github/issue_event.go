package github

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"
)

// IssueEvent is something that happened to an issue or a pull request.
type IssueEvent struct {
	NodeID string
	// Event is the word of REST: closed, reopened, assigned, unassigned, labeled, unlabeled, merged,
	// ready_for_review, convert_to_draft or review_requested.
	Event        string
	Actor        *Actor // nil when the account is gone
	Subject      string // the label, the assigned login, or the login or team asked for a review
	SubjectActor *Actor // the account that Subject names; nil for labels and teams
	LabelNodeID  string // of the label; empty through REST, which has only its name
	StateReason  string // of closed: completed, not_planned, duplicate or empty
	CommitSHA    string // of merged, and of closed by a commit
	CreatedAt    time.Time
}

// issueEventWords are REST's words for GraphQL's types.
var issueEventWords = map[string]string{
	"ClosedEvent":          "closed",
	"ReopenedEvent":        "reopened",
	"AssignedEvent":        "assigned",
	"UnassignedEvent":      "unassigned",
	"LabeledEvent":         "labeled",
	"UnlabeledEvent":       "unlabeled",
	"MergedEvent":          "merged",
	"ReadyForReviewEvent":  "ready_for_review",
	"ConvertToDraftEvent":  "convert_to_draft",
	"ReviewRequestedEvent": "review_requested",
}

// UnmarshalJSON reads an item of a timeline.
func (e *IssueEvent) UnmarshalJSON(data []byte) error {
	type commit struct{ OID string }
	var raw struct {
		Typename          string `json:"__typename"`
		ID                string
		CreatedAt         time.Time
		Actor             *Actor
		Label             struct{ ID, Name string }
		Assignee          *Actor
		RequestedReviewer *reviewer
		StateReason       string
		Commit, Closer    commit
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*e = IssueEvent{
		NodeID:       raw.ID,
		Event:        issueEventWords[raw.Typename],
		Actor:        raw.Actor,
		Subject:      raw.Label.Name,
		SubjectActor: raw.Assignee,
		LabelNodeID:  raw.Label.ID,
		CommitSHA:    cmp.Or(raw.Commit.OID, raw.Closer.OID),
		CreatedAt:    raw.CreatedAt,
	}
	if e.Event == "closed" {
		e.StateReason = strings.ToLower(raw.StateReason)
	}
	if r := raw.RequestedReviewer; r != nil {
		e.Subject, e.SubjectActor = r.team, r.account
	}
	if e.SubjectActor != nil {
		e.Subject = e.SubjectActor.Login
	}
	return nil
}

// reviewer is an account or a team.
type reviewer struct {
	account *Actor
	team    string
}

func (r *reviewer) UnmarshalJSON(data []byte) error {
	var raw struct {
		Typename string `json:"__typename"`
		Name     string
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if raw.Typename == "Team" {
		r.team = raw.Name
		return nil
	}
	return json.Unmarshal(data, &r.account)
}
