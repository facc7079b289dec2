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

// eventsBatch is how many issues GraphQL is asked for at once. For 60 and more GitHub cuts
// timelines off without saying so.
const eventsBatch = 50

// SyncIssueEvents reads what happened to the issues and pull requests that
// moved: who closed, reopened, assigned, labelled or merged them, and when.
func (a *Activities) SyncIssueEvents(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamIssueEvents, source{read: a.readIssueEvents})
}

func (a *Activities) readIssueEvents(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	var timelines []github.IssueEvents
	page, err := readDetails(a, gh, at, detailList[store.PendingIssue, github.IssueEvents]{
		batch: eventsBatch,
		pending: func(after string) ([]store.PendingIssue, error) {
			number, err := numberIn(after)
			if err != nil {
				return nil, err
			}
			return a.Store.PendingEvents(ctx, at.Repository.ID, at.Integration.Services, number, eventsBatch)
		},
		ask: func(pending []store.PendingIssue) (_ []github.IssueEvents, err error) {
			timelines, err = gh.IssueEvents(ctx, at.Repository.ID, at.Repository.NodeID, mapped(pending, func(i store.PendingIssue) github.IssueRef {
				return github.IssueRef{NodeID: i.NodeID, Number: i.Number}
			}))
			return timelines, err
		},
		add: func(page *models.Page, accounts accountSet, issue store.PendingIssue, timeline github.IssueEvents) {
			page.DetailedIssues = append(page.DetailedIssues, a.detailedIssue(issue, timeline, page.ReadAt, accounts))
			page.Unreadable = append(page.Unreadable, unreadable(issue.NodeID, timeline.Absence)...)
		},
		key: func(i store.PendingIssue) string { return encode(i.Number) },
	})
	if err == nil && page.Next.Cursor != "" && throughREST(timelines) {
		page = endDetails(at, page)
		page.Gap = models.Gap{Code: models.GraphQLRefused, Detail: fmt.Sprintf("REST is asked for %d timelines at each sync; others are still to be read", eventsBatch)}
	}
	return page, err
}

// throughREST reports that each of the timelines took a request of its own. A sync then
// reads one batch only; the next sync reads the next one.
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
