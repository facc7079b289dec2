package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// eventsBatch is how many issues GraphQL is asked for at once. GitHub cuts the
// timelines of 60 and more off without saying so.
const eventsBatch = 50

// SyncIssueEvents reads what happened to the issues and pull requests that
// moved: who closed, reopened, assigned, labelled or merged them, and when.
func (a *Activities) SyncIssueEvents(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamIssueEvents, a.readIssueEvents)
}

// readIssueEvents is readPullRequestDetails for both.
func (a *Activities) readIssueEvents(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	after := 0
	if cursor := at.Stream.Checkpoint.Cursor; cursor != "" {
		if err := decode(cursor, &after); err != nil {
			return models.Page{}, err
		}
	}
	began := a.Now()
	pending, err := a.Store.PendingEvents(ctx, at.Repository.ID, at.Integration.Services, after, eventsBatch)
	if err != nil {
		return models.Page{}, err
	}
	if len(pending) == 0 {
		return detailsPage(gh, at, began), nil
	}
	issues := make([]github.IssueRef, len(pending))
	for i, issue := range pending {
		issues[i] = github.IssueRef{NodeID: issue.NodeID, Number: issue.Number}
	}
	timelines, err := gh.IssueEvents(ctx, at.Repository.ID, at.Repository.NodeID, issues)
	if err != nil {
		return models.Page{}, err
	}
	page, accounts := detailsPage(gh, at, began), accountSet{}
	for i, issue := range pending {
		page.DetailedIssues = append(page.DetailedIssues, a.detailedIssue(issue, timelines[i], page.ReadAt, accounts))
		page.Unreadable = append(page.Unreadable, unreadable(issue.NodeID, timelines[i].Absence)...)
	}
	page.Accounts = accounts.all()
	switch {
	case len(pending) < eventsBatch:
	case throughREST(timelines):
		page.Gap = models.Gap{Code: models.GraphQLRefused, Detail: fmt.Sprintf("REST is asked for %d timelines at each sync; others are still to be read", eventsBatch)}
	default:
		page.Next = unfinished(at, encode(pending[len(pending)-1].Number))
	}
	return page, nil
}

// throughREST reports that each of the timelines took a request of its own. What
// a sync spends on them is bounded then: the others have their turn in the next.
func throughREST(timelines []github.IssueEvents) bool {
	return !slices.ContainsFunc(timelines, func(e github.IssueEvents) bool { return !e.ThroughREST && e.Unavailable == "" })
}

func (a *Activities) detailedIssue(issue store.PendingIssue, timeline github.IssueEvents, readAt time.Time, accounts accountSet) models.DetailedIssue {
	detailed := models.DetailedIssue{Number: issue.Number, NodeID: issue.NodeID, OnPullRequest: issue.OnPullRequest, UpdatedAt: issue.UpdatedAt, State: models.DetailsDone}
	if timeline.Unavailable != "" {
		detailed.State, detailed.Reason = models.DetailsUnavailable, timeline.Unavailable
		detailed.Tries = a.nextTries(issue.EventsTries, timeline.Absence)
		return detailed
	}
	if !timeline.UpdatedAt.IsZero() {
		detailed.UpdatedAt = timeline.UpdatedAt
	}
	detailed.Again = readAt.Sub(detailed.UpdatedAt) < timePrecision
	for _, e := range timeline.Events {
		row := models.IssueEvent{
			NodeID: e.NodeID, Event: e.Event, Subject: e.Subject, LabelNodeID: e.LabelNodeID, StateReason: e.StateReason, CommitSHA: e.CommitSHA, CreatedAt: e.CreatedAt,
		}
		row.ActorLogin, row.ActorID = accounts.addActor(e.Actor)
		if e.SubjectActor != nil {
			row.Subject, row.SubjectID = accounts.addActor(e.SubjectActor)
		}
		detailed.Events = append(detailed.Events, row)
	}
	return detailed
}
