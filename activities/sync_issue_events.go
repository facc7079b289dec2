package activities

import (
	"context"
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
	pending, err := a.Store.PendingEvents(ctx, at.Repository.ID, at.Integration.Services, after, eventsBatch)
	if err != nil {
		return models.Page{}, err
	}
	page := a.detailsPage(at)
	if len(pending) == 0 {
		return page, nil
	}
	ids := make([]string, len(pending))
	for i, issue := range pending {
		ids[i] = issue.NodeID
	}
	told := make([]github.IssueEvents, len(ids))
	if gh.QueriesRefused() { // REST has no events of what moved
		for i := range told {
			told[i].Unavailable = "GitHub refuses GraphQL"
		}
	} else if told, err = gh.IssueEvents(ctx, at.Repository.NodeID, ids); err != nil {
		return models.Page{}, err
	}
	accounts := people{}
	for i, issue := range pending {
		page.DetailedIssues = append(page.DetailedIssues, detailedIssue(issue, told[i], page.ReadAt, accounts))
	}
	page.Accounts = accounts.all()
	if len(pending) == eventsBatch {
		page.Next.Cursor = encode(pending[len(pending)-1].Number)
	}
	return page, nil
}

func detailedIssue(issue store.PendingIssue, told github.IssueEvents, readAt time.Time, accounts people) models.DetailedIssue {
	detailed := models.DetailedIssue{Number: issue.Number, OnPullRequest: issue.OnPullRequest, UpdatedAt: issue.UpdatedAt, State: models.DetailsUnavailable}
	if told.Unavailable != "" {
		return detailed
	}
	detailed.State = models.DetailsDone
	detailed.UpdatedAt = told.UpdatedAt
	detailed.Again = readAt.Sub(told.UpdatedAt) < moment
	for _, e := range told.Events {
		row := models.IssueEvent{
			NodeID: e.NodeID, Event: e.Event, Subject: e.Subject, StateReason: e.StateReason, CommitSHA: e.CommitSHA, CreatedAt: e.CreatedAt,
		}
		row.ActorLogin, row.ActorID = accounts.seeActor(e.Actor)
		if e.SubjectActor != nil {
			row.Subject, row.SubjectID = accounts.seeActor(e.SubjectActor)
		}
		detailed.Events = append(detailed.Events, row)
	}
	return detailed
}
