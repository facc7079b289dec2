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
	NodeID      string
	Number      int
	UpdatedAt   time.Time    // zero through REST
	Events      []IssueEvent // oldest first
	ThroughREST bool         // one request or more for each issue
}

// maxTimelines is how many timelines one query asks for. GitHub silently shortens them in a query for sixty and more.
const maxTimelines = 50

// IssueRef names an issue or a pull request for both of GitHub's APIs.
type IssueRef struct {
	NodeID string
	Number int
}

// IssueEvents reads the events of issues and pull requests of one repository, in their order: one point for up to 50,
// and one more for each further page of the few with more than 100 events. Where GraphQL is refused, and for those that
// it cannot compute, REST is used, with one request for 100 events. Events of other kinds than IssueEvent's are left
// out.
func (c *Client) IssueEvents(ctx context.Context, repositoryID int64, repositoryNodeID string, issues []IssueRef) ([]IssueEvents, error) {
	const kind = "issue events"
	absent := func(a Absence) IssueEvents { return IssueEvents{Absence: a} }
	refs := make([]timelineRef, len(issues))
	for i, issue := range issues {
		refs[i] = timelineRef{issue, repositoryNodeID}
	}
	return fallback[timelineRef, IssueEvents]{
		queries: batch[timelineRef, IssueEvents]{client: c, kind: kind, maxSize: maxTimelines, ask: c.askEvents, absent: absent},
		rest: restBatch(c, kind, repositoryID, func(ctx context.Context, issue timelineRef) (IssueEvents, error) {
			return c.listedEvents(ctx, repositoryID, issue.IssueRef)
		}, absent),
	}.read(ctx, refs)
}

// timelineRef also names the repository, without which nothing is known of an issue that is not found.
type timelineRef struct {
	IssueRef
	repository string // its node id
}

func (c *Client) askEvents(ctx context.Context, issues []timelineRef) ([]IssueEvents, error) {
	ids := make([]string, len(issues))
	var repositories []string
	for i, issue := range issues {
		ids[i] = issue.NodeID
		if !slices.Contains(repositories, issue.repository) {
			repositories = append(repositories, issue.repository)
		}
	}
	answer, err := issueEvents(ctx, queries{c}, repositories, ids, "")
	hidden := c.hiddenRepositories(answer.Repositories, repositories, err)
	missing, err := c.absencesOf(withoutHidden(err), len(ids), func(i int) *Error { return hidden[issues[i].repository] })
	if err != nil {
		return nil, err
	}
	read := make([]IssueEvents, len(ids))
	for i := range ids {
		events, page, ok := timelineOf(nodeAt(answer.Nodes, i))
		events.Absence = missing.of(i, ok)
		if events.Unavailable == "" {
			err := c.addTimeline(ctx, issues[i].repository, page, &events)
			if concernsObject(err) {
				events, err = IssueEvents{Absence: absenceFor(err)}, nil
			}
			if err != nil {
				return nil, err
			}
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

// addTimeline adds a page of events and all pages after it.
func (c *Client) addTimeline(ctx context.Context, repository string, page eventPage, events *IssueEvents) error {
	visited := visitedCursors{}
	for {
		for _, e := range page.Nodes {
			if e == nil || e.Event == "" {
				continue // GitHub hides it
			}
			if reason := invalidNode(1, e.NodeID, e.LabelNodeID); reason != "" {
				events.skip("an event: " + reason)
				continue
			}
			events.Events = append(events.Events, *e)
		}
		after := page.PageInfo.EndCursor
		if !page.PageInfo.HasNextPage {
			return nil
		}
		if visited.repeats(after) {
			return c.graphQLError(BadResponse, "the events of a timeline never end")
		}
		answer, err := issueEvents(ctx, queries{c}, []string{repository}, []string{events.NodeID}, after)
		if err := wholeAnswer(events.skipMalformed(withoutHidden(err))); err != nil {
			return err
		}
		var ok bool
		if _, page, ok = timelineOf(nodeAt(answer.Nodes, 0)); !ok {
			return c.graphQLError(BadResponse, "an issue vanished between two pages")
		}
	}
}

// hiddenRepositories says why an answer does not have some of the repositories, by their node ids.
func (c *Client) hiddenRepositories(answered []issueEventsRepositoriesNode, asked []string, err error) map[string]*Error {
	hidden := map[string]*Error{}
	for i, id := range asked {
		if _, shown := nodeAt(answered, i).(*issueEventsRepositoriesRepository); !shown {
			hidden[id] = c.hiddenRepository()
		}
	}
	var partial *queryErrors
	if errors.As(err, &partial) {
		for _, q := range partial.errors {
			if i, ok := q.index("repositories"); ok && i < len(asked) && q.kind() != NotFound {
				hidden[asked[i]] = partial.refusal(q)
			}
		}
	}
	return hidden
}

// withoutHidden drops the errors about repositories, see hiddenRepositories, and about requested reviewers: a token may
// see a pull request and not the team that reviews it. The event then has no subject.
func withoutHidden(err error) error {
	var partial *queryErrors
	if !errors.As(err, &partial) {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(partial.errors), func(q queryError) bool {
		about := slices.Contains(q.Path, any("requestedReviewer")) || len(q.Path) > 0 && q.Path[0] == "repositories"
		return about && q.kind() != Timeout && q.kind() != ResourceLimits
	})
	if len(kept) == 0 {
		return nil
	}
	return &queryErrors{host: partial.host, response: partial.response, errors: kept}
}
