package githubsim

import (
	"slices"
	"strconv"
	"strings"
)

func (p *PullRequest) graphQLType() string { return "PullRequest" }

func (p *PullRequest) graphQLState() string {
	if p.merged() {
		return "MERGED"
	}
	return strings.ToUpper(p.issue.state())
}

func (p *PullRequest) url() string {
	return "https://github.com/" + p.repo.fullName() + "/pull/" + strconv.Itoa(p.Number)
}

func (p *PullRequest) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return p.NodeID, nil
	case "databaseId":
		return databaseID(p.ID)
	case "fullDatabaseId":
		return bigInt(p.ID), nil
	case "url", "permalink":
		return p.url(), nil
	case "state":
		return p.graphQLState(), nil
	case "isDraft":
		return p.draft, nil
	case "isCrossRepository":
		return p.forkGone, nil
	case "merged":
		return p.merged(), nil
	case "mergedAt":
		return p.mergedAt, nil
	case "mergedBy":
		return actor(p.mergedBy), nil
	case "mergeCommit":
		return p.mergeCommit, nil
	case "potentialMergeCommit":
		return p.testMerge(), nil
	case "additions":
		return p.additions, nil
	case "deletions":
		return p.deletions, nil
	case "changedFiles":
		return p.changedFiles, nil
	case "baseRefName":
		return p.baseRef, nil
	case "baseRefOid":
		return shaOf(p.base), nil
	case "headRefName":
		return p.headRef, nil
	case "headRefOid":
		return p.headSHA(), nil
	case "totalCommentsCount":
		return len(p.issue.comments) + len(p.comments), nil
	}
	if value, err := p.children(x, f); err != errGap {
		return value, err
	}
	return p.issue.shared(x, f)
}

func (p *PullRequest) children(x *execution, f *selection) (any, error) {
	switch f.name {
	case "reviews":
		return p.reviewConnection(x, f)
	case "reviewThreads":
		return connect(x, f, p.threads, false, nil)
	case "commits":
		return p.commitConnection(x, f)
	}
	return nil, errGap
}

// commitConnection counts all commits and lists as many as GitHub does.
func (p *PullRequest) commitConnection(x *execution, f *selection) (any, error) {
	var rows []pullRequestCommit
	for _, c := range p.listedCommits() {
		rows = append(rows, pullRequestCommit{p, c})
	}
	c, err := connect(x, f, rows, false, nil)
	c.count = len(p.commits)
	return c, err
}

func (p *PullRequest) reviewConnection(x *execution, f *selection) (any, error) {
	states, author := x.texts(f, "states"), x.text(f, "author")
	rows := slices.DeleteFunc(p.visibleReviews(x.user), func(v *Review) bool {
		return (len(states) > 0 && !slices.Contains(states, v.state)) ||
			(author != "" && (v.author == nil || !strings.EqualFold(v.author.graphQLLogin(), author)))
	})
	return connect(x, f, rows, false, nil)
}

type pullRequestCommit struct {
	pull   *PullRequest
	commit *Commit
}

func (pullRequestCommit) graphQLType() string { return "PullRequestCommit" }

func (c pullRequestCommit) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return nodeID("PURC", c.pull.repo.ID, c.pull.ID) + c.commit.SHA, nil
	case "commit":
		return c.commit, nil
	case "pullRequest":
		return c.pull, nil
	case "url":
		return c.pull.url() + "/commits/" + c.commit.SHA, nil
	}
	return nil, errGap
}

func (v *Review) graphQLType() string { return "PullRequestReview" }

func (v *Review) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return v.NodeID, nil
	case "databaseId":
		return databaseID(v.ID)
	case "fullDatabaseId":
		return bigInt(v.ID), nil
	case "author":
		return actor(v.author), nil
	case "authorAssociation":
		return v.pull.repo.association(v.author), nil
	case "state":
		return v.state, nil
	case "body", "bodyText":
		return v.body, nil
	case "commit":
		return v.commit, nil
	case "createdAt":
		return v.createdAt, nil
	case "updatedAt":
		return v.updatedAt, nil
	case "submittedAt", "publishedAt":
		return v.submittedAt, nil
	case "pullRequest":
		return v.pull, nil
	case "repository":
		return v.pull.repo, nil
	case "url":
		return v.pull.url() + "#pullrequestreview-" + bigInt(v.ID), nil
	case "comments":
		rows := slices.DeleteFunc(slices.Clone(v.pull.comments), func(c *ReviewComment) bool { return c.review != v })
		return connect(x, f, rows, false, nil)
	}
	return nil, errGap
}

func (c *ReviewComment) graphQLType() string { return "PullRequestReviewComment" }

func (c *ReviewComment) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return c.NodeID, nil
	case "databaseId":
		return databaseID(c.ID)
	case "fullDatabaseId":
		return bigInt(c.ID), nil
	case "author":
		return actor(c.author), nil
	case "authorAssociation":
		return c.pull.repo.association(c.author), nil
	case "body", "bodyText":
		return c.body, nil
	case "path":
		return c.path, nil
	case "line", "originalLine":
		return c.line, nil
	case "diffHunk":
		return "@@ -1,1 +1,1 @@", nil
	case "outdated", "isMinimized":
		return false, nil
	case "state":
		return "SUBMITTED", nil
	case "subjectType":
		return "LINE", nil
	case "commit":
		return c.pull.head(), nil
	case "originalCommit":
		return c.originalCommit, nil
	case "createdAt", "draftedAt", "publishedAt":
		return c.createdAt, nil
	case "updatedAt":
		return c.updatedAt, nil
	case "pullRequest":
		return c.pull, nil
	case "pullRequestReview":
		return c.review, nil
	case "replyTo":
		return c.replyTo, nil
	case "repository":
		return c.pull.repo, nil
	case "url":
		return c.pull.url() + "#discussion_r" + bigInt(c.ID), nil
	}
	return nil, errGap
}

func (t *ReviewThread) graphQLType() string { return "PullRequestReviewThread" }

func (t *ReviewThread) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return t.NodeID, nil
	case "isResolved", "isCollapsed":
		return t.resolvedBy != nil, nil
	case "isOutdated":
		return false, nil
	case "resolvedBy":
		return person(t.resolvedBy), nil
	case "comments":
		return connect(x, f, t.comments, false, nil)
	case "pullRequest":
		return t.pull, nil
	case "repository":
		return t.pull.repo, nil
	}
	if len(t.comments) == 0 {
		return nil, errGap
	}
	switch f.name {
	case "path":
		return t.comments[0].path, nil
	case "line", "originalLine":
		return t.comments[0].line, nil
	}
	return nil, errGap
}
