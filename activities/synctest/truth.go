package synctest

import (
	stdcmp "cmp"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// Diff returns how a copy differs from the simulator's truth; it is empty when they are
// equal. Only rows that are alive are compared.
func Diff(truth githubsim.Truth, got storetest.Copy) string {
	complete, copied := want(truth), alive(got)
	inOneOrder(complete.IssueEvents)
	inOneOrder(copied.IssueEvents)
	return cmp.Diff(complete, copied, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(storetest.Copy{}, "Streams", "Unreadable", "Labels"),
		cmpopts.IgnoreFields(models.Account{}, "NamedAt"), cmpopts.IgnoreFields(models.IssueEvent{}, "LabelNodeID"))
}

// inOneOrder sorts events by node id, because they have no number.
func inOneOrder(events []models.IssueEvent) {
	slices.SortFunc(events, func(a, b models.IssueEvent) int {
		return stdcmp.Or(stdcmp.Compare(a.RepositoryID, b.RepositoryID), stdcmp.Compare(a.NodeID, b.NodeID))
	})
}

// want is a complete copy of the truth.
func want(truth githubsim.Truth) storetest.Copy {
	c := storetest.Copy{Plain: map[string][]models.PlainRecord{}}
	for _, r := range truth.Repositories {
		c.Repositories = append(c.Repositories, models.Repository{
			ID: r.ID, NodeID: r.NodeID, OrganizationID: truth.OrganizationID, Name: r.Name, FullName: r.FullName,
			Fork: r.Fork, Archived: r.Archived, HasIssues: !r.IssuesDisabled, DefaultBranch: branchOf(r),
			Probe: headOf(r.HeadSHA),
		})
		addCommits(&c, r)
		addPullRequests(&c, r)
		addConversations(&c, r)
		addReleases(&c, r)
	}
	for _, a := range slices.Concat(truth.Accounts, truth.EventAccounts) {
		c.Accounts = append(c.Accounts, models.Account{ID: a.ID, NodeID: a.NodeID, Login: a.Login, Type: models.AccountType(a.Type)})
	}
	slices.SortFunc(c.Accounts, func(a, b models.Account) int { return stdcmp.Compare(a.ID, b.ID) })
	return c
}

func headOf(sha string) models.Probe {
	probe := models.Probe{}
	probe.Set(models.StreamCommits, models.Mark{Head: sha})
	return probe
}

// branchOf is empty for an empty repository: it has a name for its default
// branch, but no branch.
func branchOf(r githubsim.RepositoryTruth) string {
	if r.HeadSHA == "" {
		return ""
	}
	return r.DefaultBranch
}

func addCommits(c *storetest.Copy, r githubsim.RepositoryTruth) {
	for _, t := range r.Commits {
		c.Commits = append(c.Commits, models.Commit{
			RepositoryID: r.ID, SHA: t.SHA, NodeID: t.NodeID, Message: t.Message, Parents: t.Parents,
			AuthorName: t.AuthorName, AuthorEmail: t.AuthorEmail, AuthorLogin: t.AuthorLogin, AuthorID: id(t.AuthorID), AuthoredAt: t.AuthoredAt,
			CommitterName: t.CommitterName, CommitterEmail: t.CommitterEmail, CommitterLogin: t.CommitterLogin, CommitterID: id(t.CommitterID), CommittedAt: t.CommittedAt,
			OnDefaultBranch: t.OnDefaultBranch,
			CommitDetails: models.CommitDetails{
				Additions: &t.Additions, Deletions: &t.Deletions, ChangedFiles: &t.ChangedFiles,
				AuthoredOffset: minutes(t.AuthoredOffset), CommittedOffset: minutes(t.CommittedOffset), DetailsState: models.DetailsDone,
			},
		})
	}
}

func addPullRequests(c *storetest.Copy, r githubsim.RepositoryTruth) {
	reviews := map[int]int{}
	for _, t := range r.Reviews {
		reviews[t.Number]++
		c.Reviews = append(c.Reviews, models.Review{
			RepositoryID: r.ID, ID: t.ID, NodeID: t.NodeID, Number: t.Number, State: t.State, Body: t.Body,
			AuthorLogin: t.AuthorLogin, AuthorID: id(t.AuthorID), CommitSHA: t.CommitSHA, SubmittedAt: instant(t.SubmittedAt),
		})
	}
	for _, t := range r.PullRequests {
		reviewsCount := reviews[t.Number]
		c.PullRequests = append(c.PullRequests, models.PullRequest{
			RepositoryID: r.ID, Number: t.Number, ID: t.ID, NodeID: t.NodeID, Title: t.Title, Body: t.Body, State: t.State,
			Draft: t.Draft, Merged: t.Merged, AuthorLogin: t.AuthorLogin, AuthorID: id(t.AuthorID), BaseRef: t.BaseRef, HeadRef: t.HeadRef,
			HeadSHA: t.HeadSHA, MergeCommitSHA: t.MergeCommitSHA, Labels: t.Labels, LabelIDs: t.LabelIDs,
			CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, ClosedAt: instant(t.ClosedAt), MergedAt: instant(t.MergedAt),
			EventsState: models.DetailsDone,
			PullRequestDetails: models.PullRequestDetails{
				Additions: &t.Additions, Deletions: &t.Deletions, ChangedFiles: &t.ChangedFiles,
				CommitsCount: &t.Commits, ReviewsCount: &reviewsCount, CommentsCount: &t.Comments,
				MergedByLogin: t.MergedByLogin, MergedByID: id(t.MergedByID), DetailsState: models.DetailsDone,
			},
		})
	}
	for _, t := range r.PullRequestCommits {
		c.PullRequestCommits = append(c.PullRequestCommits, models.PullRequestCommit{RepositoryID: r.ID, Number: t.Number, SHA: t.SHA, Position: t.Position})
	}
	for _, t := range r.ReviewComments {
		c.ReviewComments = append(c.ReviewComments, models.ReviewComment{
			RepositoryID: r.ID, ID: t.ID, NodeID: t.NodeID, Number: t.Number, ReviewID: id(t.ReviewID), InReplyToID: id(t.InReplyToID),
			Path: t.Path, CommitSHA: t.OriginalCommitSHA, Body: t.Body, AuthorLogin: t.AuthorLogin, AuthorID: id(t.AuthorID),
			CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
		})
	}
}

func addConversations(c *storetest.Copy, r githubsim.RepositoryTruth) {
	pulls := map[int]bool{}
	for _, t := range r.PullRequests {
		pulls[t.Number] = true
	}
	for _, t := range r.IssueComments {
		c.IssueComments = append(c.IssueComments, models.IssueComment{
			RepositoryID: r.ID, ID: t.ID, NodeID: t.NodeID, Number: t.Number, OnPullRequest: pulls[t.Number], Body: t.Body,
			AuthorLogin: t.AuthorLogin, AuthorID: id(t.AuthorID), CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
		})
	}
	for _, t := range r.Issues {
		c.Issues = append(c.Issues, models.Issue{
			RepositoryID: r.ID, Number: t.Number, ID: t.ID, NodeID: t.NodeID, Title: t.Title, Body: t.Body, State: t.State, StateReason: t.StateReason,
			AuthorLogin: t.AuthorLogin, AuthorID: id(t.AuthorID), Labels: t.Labels, LabelIDs: t.LabelIDs, Assignees: t.Assignees, AssigneeIDs: t.AssigneeIDs, Milestone: t.Milestone,
			CommentsCount: t.Comments, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, ClosedAt: instant(t.ClosedAt), EventsState: models.DetailsDone,
		})
	}
	for _, t := range r.IssueEvents {
		c.IssueEvents = append(c.IssueEvents, models.IssueEvent{
			RepositoryID: r.ID, NodeID: t.NodeID, Number: t.Number, OnPullRequest: pulls[t.Number], Event: t.Event,
			ActorLogin: t.ActorLogin, ActorID: id(t.ActorID), Subject: t.Subject, SubjectID: id(t.SubjectID),
			StateReason: t.StateReason, CommitSHA: t.CommitSHA, CreatedAt: t.CreatedAt,
		})
	}
}

func addReleases(c *storetest.Copy, r githubsim.RepositoryTruth) {
	for _, t := range r.Releases {
		c.Plain["releases"] = append(c.Plain["releases"], &models.Release{
			RepositoryID: r.ID, ID: t.ID, NodeID: t.NodeID, TagName: t.TagName, TargetCommitish: t.TargetCommitish, Name: t.Name, Body: t.Body,
			Draft: t.Draft, Prerelease: t.Prerelease, AuthorLogin: t.AuthorLogin, AuthorID: id(t.AuthorID),
			CreatedAt: t.CreatedAt, PublishedAt: instant(t.PublishedAt), UpdatedAt: t.UpdatedAt,
		})
	}
}

// alive reduces a copy to the rows that are alive and to the columns that the
// simulator's truth speaks of.
func alive(c storetest.Copy) storetest.Copy {
	var a storetest.Copy
	for _, r := range c.Repositories {
		if r.DeletedAt == nil {
			a.Repositories = append(a.Repositories, models.Repository{
				ID: r.ID, NodeID: r.NodeID, OrganizationID: r.OrganizationID, Name: r.Name, FullName: r.FullName, Fork: r.Fork,
				Archived: r.Archived, HasIssues: r.HasIssues, DefaultBranch: r.DefaultBranch, Probe: headOf(r.Probe[models.StreamCommits].Head),
			})
		}
	}
	a.Commits = living(c.Commits, func(r *models.Commit) *time.Time { r.ReachedFrom = ""; return r.DeletedAt })
	a.PullRequests = living(c.PullRequests, func(r *models.PullRequest) *time.Time { return r.DeletedAt })
	a.Reviews = living(c.Reviews, func(r *models.Review) *time.Time {
		r.CreatedAt, r.UpdatedAt, r.Words = time.Time{}, time.Time{}, nil
		return r.DeletedAt
	})
	a.ReviewComments = living(c.ReviewComments, func(r *models.ReviewComment) *time.Time { r.AuthorAssociation, r.Words = "", nil; return r.DeletedAt })
	a.IssueComments = living(c.IssueComments, func(r *models.IssueComment) *time.Time { r.AuthorAssociation, r.Words = "", nil; return r.DeletedAt })
	a.Issues = living(c.Issues, func(r *models.Issue) *time.Time { return r.DeletedAt })
	a.IssueEvents = living(c.IssueEvents, func(r *models.IssueEvent) *time.Time { return r.DeletedAt })
	a.Plain = map[string][]models.PlainRecord{}
	for table, rows := range c.Plain {
		if rows = slices.DeleteFunc(slices.Clone(rows), func(r models.PlainRecord) bool { return r.Tombstone() != "" }); len(rows) > 0 {
			a.Plain[table] = rows
		}
	}
	a.PullRequestCommits, a.Accounts = c.PullRequestCommits, c.Accounts
	return a
}

// living returns the rows that were not deleted. The function reduce empties the columns
// of a row that are not compared, and returns when it was deleted.
func living[T any](rows []T, reduce func(*T) *time.Time) (left []T) {
	for _, row := range rows {
		if reduce(&row) == nil {
			left = append(left, row)
		}
	}
	return left
}

func id(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

func minutes(seconds int) *int {
	seconds /= 60
	return &seconds
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
