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
	told, err := gh.IssueEvents(ctx, at.Repository.ID, at.Repository.NodeID, issues)
	if err != nil {
		return models.Page{}, err
	}
	page, accounts := detailsPage(gh, at, began), people{}
	for i, issue := range pending {
		page.DetailedIssues = append(page.DetailedIssues, a.detailedIssue(issue, told[i], page.ReadAt, accounts))
		page.Unreadable = append(page.Unreadable, unreadable(issue.NodeID, told[i].Absence)...)
	}
	page.Accounts = accounts.all()
	switch {
	case len(pending) < eventsBatch:
	case throughREST(told):
		page.Gap = models.Gap{Code: models.GraphQLRefused, Detail: fmt.Sprintf("REST is asked for %d timelines at each sync; others are still to be read", eventsBatch)}
	default:
		page.Next = goOn(at, encode(pending[len(pending)-1].Number))
	}
	return page, nil
}

// throughREST reports that each of the timelines took a request of its own. What
// a sync spends on them is bounded then: the others have their turn in the next.
func throughREST(told []github.IssueEvents) bool {
	return !slices.ContainsFunc(told, func(e github.IssueEvents) bool { return !e.ThroughREST && e.Unavailable == "" })
}

func (a *Activities) detailedIssue(issue store.PendingIssue, told github.IssueEvents, readAt time.Time, accounts people) models.DetailedIssue {
	detailed := models.DetailedIssue{Number: issue.Number, NodeID: issue.NodeID, OnPullRequest: issue.OnPullRequest, UpdatedAt: issue.UpdatedAt, State: models.DetailsDone}
	if told.Unavailable != "" {
		detailed.State, detailed.Reason = models.DetailsUnavailable, told.Unavailable
		detailed.Tries = a.tryAgain(issue.EventsTries, told.Absence)
		return detailed
	}
	if !told.UpdatedAt.IsZero() {
		detailed.UpdatedAt = told.UpdatedAt
	}
	detailed.Again = readAt.Sub(detailed.UpdatedAt) < moment
	for _, e := range told.Events {
		row := models.IssueEvent{
			NodeID: e.NodeID, Event: e.Event, Subject: e.Subject, LabelNodeID: e.LabelNodeID, StateReason: e.StateReason, CommitSHA: e.CommitSHA, CreatedAt: e.CreatedAt,
		}
		row.ActorLogin, row.ActorID = accounts.seeActor(e.Actor)
		if e.SubjectActor != nil {
			row.Subject, row.SubjectID = accounts.seeActor(e.SubjectActor)
		}
		detailed.Events = append(detailed.Events, row)
	}
	return detailed
}
