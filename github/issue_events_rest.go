package github

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// listedEvent is an event from REST. https://docs.github.com/rest/issues/events#list-issue-events
type listedEvent struct {
	NodeID            string `json:"node_id"`
	Event             string
	Actor             *gh.User
	CommitID          string    `json:"commit_id"`
	CreatedAt         time.Time `json:"created_at"`
	StateReason       string    `json:"state_reason"`
	Label             struct{ Name string }
	Assignee          *gh.User
	RequestedReviewer *gh.User              `json:"requested_reviewer"`
	RequestedTeam     struct{ Name string } `json:"requested_team"`
}

// listedEvents reads the events of one issue or pull request.
func (c *Client) listedEvents(ctx context.Context, repositoryID int64, issue IssueRef) (IssueEvents, error) {
	rows, err := listAll[listedEvent](ctx, c, inRepository(repositoryID, fmt.Sprintf("issues/%d/events", issue.Number), url.Values{}))
	events := IssueEvents{NodeID: issue.NodeID, Number: issue.Number, ThroughREST: true}
	read := slices.Collect(maps.Values(issueEventWords))
	for _, row := range rows {
		if slices.Contains(read, row.Event) {
			events.Events = append(events.Events, row.event())
		}
	}
	slices.SortStableFunc(events.Events, func(a, b IssueEvent) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return events, err
}

func (l *listedEvent) event() IssueEvent {
	e := IssueEvent{
		NodeID:       l.NodeID,
		Event:        l.Event,
		Actor:        actorOf(l.Actor),
		Subject:      cmp.Or(l.Label.Name, l.RequestedTeam.Name),
		SubjectActor: actorOf(cmp.Or(l.Assignee, l.RequestedReviewer)),
		CommitSHA:    l.CommitID,
		CreatedAt:    l.CreatedAt,
	}
	if e.Event == "closed" {
		e.StateReason = l.StateReason
	}
	if e.SubjectActor != nil {
		e.Subject = e.SubjectActor.Login
	}
	return e
}
