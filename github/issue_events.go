package github

import (
	"context"
	"errors"
	"slices"
	"time"
)

// IssueEvents are the events of one issue or pull request.
type IssueEvents struct {
	Absence
	NodeID    string
	Number    int
	UpdatedAt time.Time
	Events    []IssueEvent // oldest first
}

// mostTimelines is how many timelines one query asks for. GitHub shortens them without a word where a query
// has sixty and more.
const mostTimelines = 50

// IssueEvents reads what happened to issues and pull requests of one repository by their node ids, in the
// order of the ids: one point for up to 50, and one more for each further page of the few that have more
// than 100 events. Events of other kinds than those of IssueEvent are left out.
func (c *Client) IssueEvents(ctx context.Context, repositoryNodeID string, nodeIDs []string) ([]IssueEvents, error) {
	return batch[IssueEvents]{
		client: c,
		kind:   "issue events",
		most:   mostTimelines,
		ask: func(ctx context.Context, ids []string) ([]IssueEvents, error) {
			return c.askEvents(ctx, repositoryNodeID, ids)
		},
		unavailable: func(reason string) IssueEvents { return IssueEvents{Absence: Absence{Unavailable: reason}} },
	}.read(ctx, nodeIDs)
}

func (c *Client) askEvents(ctx context.Context, repository string, ids []string) ([]IssueEvents, error) {
	answer, err := issueEvents(ctx, queries{c}, repository, ids, "")
	missing, err := c.absencesIn(withoutHiddenTeams(err), len(ids), answer.Repository.Id)
	if err != nil {
		return nil, err
	}
	read := make([]IssueEvents, len(ids))
	for i := range ids {
		events, page, ok := timelineOf(nodeAt(answer.Nodes, i))
		if events.Absence = missing.of(i, ok); events.Unavailable == "" {
			events.Events, err = c.timeline(ctx, repository, events.NodeID, page)
		}
		if err != nil {
			return nil, err
		}
		read[i] = events
	}
	return read, nil
}

type eventPage struct {
	PageInfo struct {
		HasNextPage bool
		EndCursor   string
	}
	Nodes []*IssueEvent
}

func timelineOf(node any) (events IssueEvents, page eventPage, ok bool) {
	switch n := node.(type) {
	case *issueEventsNodeIssue:
		return IssueEvents{NodeID: n.Id, Number: n.Number, UpdatedAt: n.UpdatedAt}, n.TimelineItems, true
	case *issueEventsNodePullRequest:
		return IssueEvents{NodeID: n.Id, Number: n.Number, UpdatedAt: n.UpdatedAt}, n.TimelineItems, true
	}
	return IssueEvents{}, eventPage{}, false
}

// timeline returns a page of events and all that follow it.
func (c *Client) timeline(ctx context.Context, repository, id string, page eventPage) ([]IssueEvent, error) {
	var events []IssueEvent
	for {
		for _, e := range page.Nodes {
			if e != nil && e.Event != "" { // null stands for what GitHub hides
				events = append(events, *e)
			}
		}
		if !page.PageInfo.HasNextPage {
			return events, nil
		}
		answer, err := issueEvents(ctx, queries{c}, repository, []string{id}, page.PageInfo.EndCursor)
		if err := complete(withoutHiddenTeams(err)); err != nil {
			return nil, err
		}
		var ok bool
		if _, page, ok = timelineOf(nodeAt(answer.Nodes, 0)); !ok {
			return nil, c.vanished("an issue")
		}
	}
}

// withoutHiddenTeams drops the errors about requested reviewers: a token may see a pull request and not the
// team that was asked. The event then has no subject.
func withoutHiddenTeams(err error) error {
	var partial *queryErrors
	if !errors.As(err, &partial) {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(partial.errors), func(q queryError) bool {
		return slices.Contains(q.Path, any("requestedReviewer")) && q.kind() != Timeout && q.kind() != ResourceLimits
	})
	if len(kept) == 0 {
		return nil
	}
	return &queryErrors{response: partial.response, errors: kept}
}
