package activities

import (
	"context"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// A repository with few pull requests or issues has all of them on one page, which GraphQL
// shows of many repositories at once.

// headSlack is how many rows more are asked for than the probe counted: some may have come
// since.
const headSlack = 1

// headRef asks for all rows of a short list; ok is whether that is worth it.
func headRef(ctx context.Context, client *github.Client, at store.Claim, kind github.QueryKind) (ref github.HeadRef, ok bool) {
	total := at.Repository.Probe[at.Stream.Kind].Total
	if _, untold := at.Repository.LimitOf(at.Stream.Kind); untold || total == 0 || total+headSlack > detailsBatch || !github.IsTogether(ctx) {
		return ref, false
	}
	ref = github.HeadRef{NodeID: at.Repository.NodeID, First: total + headSlack}
	return ref, client.PrefersQueries(1, float64(1+2*ref.First)/detailsBatch, kind)
}

func (a *Activities) pullRequestsHead(ctx context.Context, client *github.Client, at store.Claim) (github.Page[*gh.PullRequest], bool, error) {
	ref, ok := headRef(ctx, client, at, github.PullRequestHeadQueries)
	if !ok {
		return github.Page[*gh.PullRequest]{}, false, nil
	}
	heads, err := client.PullRequestHeads(ctx, []github.HeadRef{ref})
	return wholeHead(ctx, a, client, at, heads, err, func(pr *gh.PullRequest) []*gh.Label { return pr.Labels })
}

func (a *Activities) issuesHead(ctx context.Context, client *github.Client, at store.Claim) (github.Page[*gh.Issue], bool, error) {
	ref, ok := headRef(ctx, client, at, github.IssueHeadQueries)
	if !ok {
		return github.Page[*gh.Issue]{}, false, nil
	}
	heads, err := client.IssueHeads(ctx, []github.HeadRef{ref})
	return wholeHead(ctx, a, client, at, heads, err, func(i *gh.Issue) []*gh.Label { return i.Labels })
}

// wholeHead is the page of a repository, if it has all rows as REST would show them.
func wholeHead[T any](ctx context.Context, a *Activities, client *github.Client, at store.Claim, heads []github.Head[T], failed error, labelsOf func(*T) []*gh.Label) (page github.Page[*T], ok bool, err error) {
	switch {
	case restInstead(failed):
		return page, false, nil
	case failed != nil:
		return page, false, failed
	case !heads[0].Whole() || len(heads[0].Page.Malformed) > 0:
		return page, false, nil
	}
	page = heads[0].Page
	if heads[0].HasLabels {
		var labels []*gh.Label
		for _, row := range page.Items {
			labels = append(labels, labelsOf(row)...)
		}
		ok, err = a.addLabelIDs(ctx, client, at.Repository.ID, labels)
		return page, ok, err
	}
	return page, true, nil
}

// endWhole finishes a pass with a page that has the whole list.
func (p pass) endWhole(at store.Claim, page models.Page, total int) models.Page {
	p.begin(at, page.ReadAt)
	page.Expected, page.Next = int64(total), p.finished(at.Stream.Checkpoint)
	return page
}

// addLabelIDs gives labels of a repository the ids that GraphQL does not tell. Those that
// are not stored yet take a request of REST, for all of the repository.
func (a *Activities) addLabelIDs(ctx context.Context, client *github.Client, repositoryID int64, labels []*gh.Label) (known bool, err error) {
	ids := labelIDsIn(ctx)
	if identify(labels, ids) {
		return true, nil
	}
	stored, err := a.Store.Labels(ctx, repositoryID)
	if err != nil {
		return false, err
	}
	for _, label := range stored {
		ids[label.NodeID] = label.ID
	}
	if identify(labels, ids) {
		return true, nil
	}
	err = github.EachPage(ctx, maxLabelPages, func(ctx context.Context, cursor string) (github.Page[*gh.Label], error) {
		return client.Labels(ctx, repositoryID, cursor)
	}, func(listed github.Page[*gh.Label]) error {
		for _, label := range listed.Items {
			ids[label.GetNodeID()] = label.GetID()
		}
		return nil
	})
	return err == nil && identify(labels, ids), err
}

// labelIDs are the ids of the labels of a repository by their node ids, as far as they are
// known while its streams are read.
type labelIDs map[string]int64

type labelIDsKey struct{}

func withLabelIDs(ctx context.Context) context.Context {
	return context.WithValue(ctx, labelIDsKey{}, labelIDs{})
}

func labelIDsIn(ctx context.Context) labelIDs {
	if ids, ok := ctx.Value(labelIDsKey{}).(labelIDs); ok {
		return ids
	}
	return labelIDs{}
}

// identify reports whether all of the labels have their ids.
func identify(labels []*gh.Label, ids labelIDs) bool {
	for _, label := range labels {
		id, known := ids[label.GetNodeID()]
		if !known {
			return false
		}
		label.ID = &id
	}
	return true
}
