package activities

import (
	"context"
	"errors"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// SyncReviewComments advances the comments on lines of pull requests.
func (a *Activities) SyncReviewComments(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamReviewComments, a.readReviewComments)
}

func (a *Activities) readReviewComments(ctx context.Context, client *github.Client, at store.Claim) (models.Page, error) {
	page, err := readKeys(ctx, a, client, at, keyList[*gh.PullRequestComment]{ask: client.ReviewComments, page: reviewCommentsPage})
	if switchedOff(ctx, client, at.Repository.ID, err) {
		return models.Page{Next: finishSwitchedOff(newPass(at), at, client.AtGitHub(a.Now()))}, nil
	}
	return page, err
}

// SyncIssueComments advances the conversations of issues and pull requests. GitHub lists
// them together.
func (a *Activities) SyncIssueComments(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamIssueComments, a.readIssueComments)
}

func (a *Activities) readIssueComments(ctx context.Context, client *github.Client, at store.Claim) (models.Page, error) {
	return readKeys(ctx, a, client, at, keyList[*gh.IssueComment]{ask: client.IssueComments, page: issueCommentsPage, explain: a.readConversations})
}

// conversations is how many conversations are read for one page of comments.
const conversations = 20

// readConversations reads the conversations of issues and pull requests that were updated
// since the walk's beginning, or since the claim that was taken back, and have more
// comments than are stored. Comments of an issue that was transferred here are older than
// the watermark, so no list by update shows them. It goes by number and sets cursor.After to the last one, or to 0 at the end.
func (a *Activities) readConversations(ctx context.Context, client *github.Client, at store.Claim, cursor *keyCursor) (page models.Page, err error) {
	numbers, err := a.Store.UnexplainedConversations(ctx, at.Repository.ID, cursor.Moved, cursor.After, conversations)
	for _, number := range numbers {
		if err == nil {
			err = readConversation(ctx, client, at, number, cursor, &page)
		}
	}
	cursor.After = 0
	if len(numbers) == conversations {
		cursor.After = numbers[len(numbers)-1]
	}
	return page, err
}

// maxConversationPages are far more than the 2,500 comments that GitHub allows on an
// issue.
const maxConversationPages = 100

// readConversation adds the comments of a conversation to a page. One that is gone has
// none.
func readConversation(ctx context.Context, client *github.Client, at store.Claim, number int, cursor *keyCursor, page *models.Page) error {
	err := github.EachPage(ctx, maxConversationPages, func(ctx context.Context, next string) (github.Page[*gh.IssueComment], error) {
		return client.Conversation(ctx, at.Repository.ID, number, next)
	}, func(listed github.Page[*gh.IssueComment]) error {
		cursor.Skipped = cursor.Skipped || listed.Skips()
		some := issueCommentsPage(at.Repository.ID, listed)
		if page.ReadAt.IsZero() {
			page.ReadAt = some.ReadAt
		}
		page.IssueComments = append(page.IssueComments, some.IssueComments...)
		page.Unreadable = append(page.Unreadable, some.Unreadable...)
		page.Accounts = append(page.Accounts, some.Accounts...)
		return nil
	})
	var refused *github.Error
	if errors.As(err, &refused) && (refused.Kind == github.NotFound || refused.Kind == github.Gone || refused.Kind == github.Moved) {
		return nil
	}
	return err
}
