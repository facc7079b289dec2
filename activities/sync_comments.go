package activities

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// Comments can be listed through REST, which shows those of a repository by their last
// change, or asked for through GraphQL by what they belong to. The list alone finds what
// is new. A first reading takes whichever costs less of what is left of its budget.

// SyncReviewComments advances the comments on lines of pull requests.
func (a *Activities) SyncReviewComments(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamReviewComments, source{read: a.readReviewComments})
}

func (a *Activities) readReviewComments(ctx context.Context, client *github.Client, at store.Claim) (models.Page, error) {
	page, err := readKeys(ctx, a, client, at, keyList[*gh.PullRequestComment]{
		ask: client.ReviewComments, page: reviewCommentsPage, parents: a.reviewParents, ofParents: a.readReviews,
	})
	if switchedOff(ctx, client, at.Repository.ID, err) {
		return models.Page{Next: finishSwitchedOff(newPass(at), at, client.AtGitHub(a.Now()))}, nil
	}
	return page, err
}

// reviewsBegan is when GitHub had reviews for all. Comments from before belong to none.
// https://github.blog/2016-09-14-a-whole-new-github-universe-announcing-new-tools-forums-and-features
var reviewsBegan = time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)

// reviewParents reports whether comments on lines are better asked for by their reviews,
// and since when such comments may have changed.
func (a *Activities) reviewParents(ctx context.Context, client *github.Client, at store.Claim) (asOf time.Time, better bool, err error) {
	reviews, ok, err := a.Store.ReviewParents(ctx, at)
	if err != nil || !ok || reviews.Oldest != nil && reviews.Oldest.Before(reviewsBegan) {
		return asOf, false, err
	}
	requests, points := costs(ctx, reviews.Rows, reviews.Rows)
	return reviews.AsOf, client.PrefersQueries(requests, points, github.ReviewConversationQueries), nil
}

// costs are how many requests it takes to list rows, and how many points to ask for the
// rows of parents.
func costs(ctx context.Context, parents, rows int) (requests, points float64) {
	requests, points = max(1, float64(rows)/detailsBatch), float64(parents)/detailsBatch
	if !github.IsTogether(ctx) {
		points = max(1, points)
	}
	return requests, points
}

// readReviews reads the comments of the next reviews. It goes by id and sets cursor.After
// to the last one, or to 0 at the end. Where GraphQL does not show all comments of a
// review, they are all listed.
func (a *Activities) readReviews(ctx context.Context, client *github.Client, at store.Claim, cursor *keyCursor) (page models.Page, err error) {
	reviews, err := a.Store.ReviewsAfter(ctx, at.Repository.ID, int64(cursor.After), detailsBatch)
	if err != nil {
		return page, err
	}
	read, err := client.ReviewConversations(ctx, mapped(reviews, func(r models.Review) github.ConversationRef {
		return github.ConversationRef{NodeID: r.NodeID}
	}))
	if err != nil && !restInstead(err) {
		return page, err
	}
	short := func(c github.ReviewConversation) bool { return c.Unavailable != "" || c.Malformed != "" || c.Short }
	if err != nil || slices.ContainsFunc(read, short) {
		*cursor = cursor.listing()
		return models.Page{}, nil
	}
	for _, comments := range read {
		join(&page, reviewCommentsPage(at.Repository.ID, comments.Page))
	}
	cursor.After = 0
	if len(reviews) == detailsBatch {
		cursor.After = int(reviews[len(reviews)-1].ID)
	}
	return page, nil
}

// join adds the rows of a page of comments to another.
func join(page *models.Page, more models.Page) {
	if page.ReadAt.IsZero() {
		page.ReadAt = more.ReadAt
	}
	page.ReviewComments = append(page.ReviewComments, more.ReviewComments...)
	page.IssueComments = append(page.IssueComments, more.IssueComments...)
	page.Unreadable = append(page.Unreadable, more.Unreadable...)
	page.Accounts = append(page.Accounts, more.Accounts...)
}

// SyncIssueComments advances the conversations of issues and pull requests. GitHub lists
// them together.
func (a *Activities) SyncIssueComments(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamIssueComments, source{read: a.readIssueComments})
}

func (a *Activities) readIssueComments(ctx context.Context, client *github.Client, at store.Claim) (models.Page, error) {
	return readKeys(ctx, a, client, at, keyList[*gh.IssueComment]{
		ask: client.IssueComments, page: issueCommentsPage, explain: a.readConversations, parents: a.conversationParents, ofParents: a.readConversations,
	})
}

var conversationQueries = []github.QueryKind{github.IssueConversationQueries, github.PullRequestConversationQueries}

// conversationParents reports whether comments are better asked for by their issues and pull
// requests, and since when such comments may have changed.
func (a *Activities) conversationParents(ctx context.Context, client *github.Client, at store.Claim) (asOf time.Time, better bool, err error) {
	parents, ok, err := a.Store.ConversationParents(ctx, at)
	if err != nil || !ok {
		return asOf, false, err
	}
	requests, points := costs(ctx, parents.Rows, parents.Below)
	return parents.AsOf, client.PrefersQueries(requests, points, conversationQueries...), nil
}

// conversationsThroughREST is how many conversations are read for one page of comments
// where each takes a request.
const conversationsThroughREST = 20

// readConversations reads the conversations of issues and pull requests that were updated
// since the walk's beginning, or since the claim that was taken back, and have more
// comments than are stored. Comments of an issue that was transferred here are older than
// the watermark, so no list by update shows them. It goes by number and sets cursor.After to the last one, or to 0 at the end.
func (a *Activities) readConversations(ctx context.Context, client *github.Client, at store.Claim, cursor *keyCursor) (page models.Page, err error) {
	limit, queries := conversationsThroughREST, client.PrefersQueries(conversationsThroughREST, 2, conversationQueries...)
	if queries {
		limit = 2 * detailsBatch // issues and pull requests take a query each
	}
	found, err := a.Store.UnexplainedConversations(ctx, at.Repository.ID, cursor.Moved, cursor.After, limit)
	if err != nil {
		return page, err
	}
	cursor.After = 0
	if len(found) == limit {
		cursor.After = found[limit-1].Number
	}
	if queries {
		asked := len(found)
		found, err = askConversations(ctx, client, at.Repository.ID, found, &page)
		if err != nil {
			return page, err
		}
		if cursor.Parents && asked > 0 && len(found) == asked { // GraphQL is in trouble: to list them all costs less
			*cursor = cursor.listing()
			return models.Page{}, nil
		}
	}
	if len(found) > conversationsThroughREST { // the others are found again: their comments are not stored
		cursor.After = found[conversationsThroughREST].Number - 1
		found = found[:conversationsThroughREST]
	}
	for _, c := range found {
		if err := readConversation(ctx, client, at, c.Number, cursor, &page); err != nil {
			return page, err
		}
	}
	return page, nil
}

// askConversations adds the comments of conversations to a page, and returns the
// conversations that GraphQL does not show, or not all of.
func askConversations(ctx context.Context, client *github.Client, repositoryID int64, found []store.Conversation, page *models.Page) (left []store.Conversation, err error) {
	for _, kind := range []struct {
		onPullRequest bool
		ask           func(context.Context, []github.ConversationRef) ([]github.Conversation, error)
	}{{false, client.IssueConversations}, {true, client.PullRequestConversations}} {
		some := slices.DeleteFunc(slices.Clone(found), func(c store.Conversation) bool { return c.OnPullRequest != kind.onPullRequest })
		read, err := kind.ask(ctx, mapped(some, func(c store.Conversation) github.ConversationRef {
			return github.ConversationRef{NodeID: c.NodeID, Count: c.CommentsCount}
		}))
		switch {
		case restInstead(err):
			left = append(left, some...)
			continue
		case err != nil:
			return nil, err
		}
		for i, c := range read {
			rows := issueCommentsPage(repositoryID, c.Page)
			elsewhere := slices.ContainsFunc(rows.IssueComments, func(row models.IssueComment) bool { return row.Number != some[i].Number })
			if c.Unavailable != "" || c.Malformed != "" || c.Short || elsewhere {
				left = append(left, some[i])
				continue
			}
			join(page, rows)
		}
	}
	slices.SortFunc(left, func(a, b store.Conversation) int { return cmp.Compare(a.Number, b.Number) })
	return left, nil
}

// restInstead reports whether REST may be asked for what GraphQL did not tell.
func restInstead(err error) bool {
	var limited *github.RateLimitError
	if errors.As(err, &limited) {
		return limited.Resource == github.GraphQLResource && !limited.Secondary && !limited.Lockout
	}
	var refused *github.Error
	return errors.As(err, &refused) && (refused.Kind == github.QueriesRefused || refused.Temporary())
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
		join(page, issueCommentsPage(at.Repository.ID, listed))
		return nil
	})
	if isKind(err, github.NotFound) || isKind(err, github.Gone) || isKind(err, github.Moved) {
		return nil
	}
	return err
}
