package activities

import (
	"context"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// SyncStream advances a stream until its pass is finished or the slice is over.
type SyncStream = func(context.Context, StreamInput) (StreamResult, error)

// SyncStreams are the activities that advance the streams.
func SyncStreams(a *Activities) map[models.StreamKind]SyncStream {
	return map[models.StreamKind]SyncStream{
		models.StreamCommits:            a.SyncCommits,
		models.StreamCommitDetails:      a.SyncCommitDetails,
		models.StreamPullRequests:       a.SyncPullRequests,
		models.StreamPullRequestDetails: a.SyncPullRequestDetails,
		models.StreamReviewComments:     a.SyncReviewComments,
		models.StreamIssueComments:      a.SyncIssueComments,
		models.StreamIssues:             a.SyncIssues,
		models.StreamIssueEvents:        a.SyncIssueEvents,
		models.StreamReleases:           a.SyncReleases,
	}
}

// comparer says how rows of a kind are compared with GitHub.
type comparer struct {
	states   func(*comparison, context.Context, []store.StoredRow) ([]state, error) // in the order of the rows
	presence func(*comparison, context.Context, store.StoredRow) (github.Presence, error)
}

var comparers = map[models.StreamKind]comparer{
	models.StreamPullRequests:   {(*comparison).pullRequestStates, (*comparison).issuePresence},
	models.StreamIssues:         {(*comparison).issueStates, (*comparison).issuePresence},
	models.StreamReviewComments: {(*comparison).commentStates, (*comparison).reviewCommentPresence},
	models.StreamIssueComments:  {(*comparison).commentStates, (*comparison).issueCommentPresence},
	models.StreamReleases:       {(*comparison).releaseStates, (*comparison).releasePresence},
}
