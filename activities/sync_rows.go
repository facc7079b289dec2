package activities

import (
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/models"
)

// accountSet collects the accounts that a page names, once each.
type accountSet map[models.Account]bool

// addUser adds an account and returns how rows refer to it. For a deleted account GitHub
// says null or names the ghost, and for an author whom it cannot map it says {}. Rows
// then refer to no account.
func (p accountSet) addUser(user *gh.User) (login string, id *int64) {
	return p.add(models.Account{ID: user.GetID(), NodeID: user.GetNodeID(), Login: user.GetLogin(), Type: models.AccountType(user.GetType())})
}

// addActor is addUser for GraphQL's form of an account.
func (p accountSet) addActor(actor *github.Actor) (login string, id *int64) {
	if actor == nil {
		return "", nil
	}
	return p.add(models.Account{ID: actor.ID, NodeID: actor.NodeID, Login: actor.Login, Type: models.AccountType(actor.Type)})
}

// noreplyAddress is an address that GitHub gives to accounts: id, then login. Older ones
// only have a login, which may belong to another account now.
// https://docs.github.com/account-and-profile/reference/email-addresses-reference
var noreplyAddress = regexp.MustCompile(`(?i)^(\d+)\+([^@]+)@users\.noreply\.github\.com$`)

// addNoreply is addUser for an author or committer for whom GitHub names no account.
// GraphQL leaves bots out there, but their address names them.
func (p accountSet) addNoreply(email string) (login string, id *int64) {
	parts := noreplyAddress.FindStringSubmatch(email)
	if parts == nil {
		return "", nil
	}
	account := models.Account{Login: parts[2]}
	account.ID, _ = strconv.ParseInt(parts[1], 10, 64) // 0, which is no account, where it is no id
	if strings.HasSuffix(account.Login, "[bot]") {
		account.Type = models.Bot
	}
	return p.add(account)
}

// addAuthor is addUser for an author or committer.
func (p accountSet) addAuthor(user *gh.User, email string) (login string, id *int64) {
	if login, id = p.addUser(user); id == nil {
		login, id = p.addNoreply(email)
	}
	return login, id
}

// addGitActor is addAuthor for GraphQL.
func (p accountSet) addGitActor(actor github.GitActor) (login string, id *int64) {
	if login, id = p.addActor(actor.User); id == nil {
		login, id = p.addNoreply(actor.Email)
	}
	return login, id
}

// ghost is the account that GitHub shows in place of deleted ones. No other account can
// have its login.
// https://docs.github.com/account-and-profile/how-tos/account-management/deleting-your-personal-account
const ghost = "ghost"

func (p accountSet) add(account models.Account) (login string, id *int64) {
	if account.ID == 0 || strings.EqualFold(account.Login, ghost) {
		return "", nil
	}
	p[account] = true
	return account.Login, &account.ID
}

func (p accountSet) all() []models.Account { return slices.Collect(maps.Keys(p)) }

// pageOf makes a page of what GitHub lists. It calls add for each row; accounts collects
// those that the rows name.
func pageOf[T any](listed github.Page[T], add func(page *models.Page, accounts accountSet, item T)) models.Page {
	page, accounts := models.Page{ReadAt: listed.ReadAt}, accountSet{}
	for _, m := range listed.Malformed {
		page.Unreadable = append(page.Unreadable, models.UnreadableRow{NodeID: m.NodeID, Reason: m.Reason})
	}
	for _, item := range listed.Items {
		add(&page, accounts, item)
	}
	page.Accounts = accounts.all()
	return page
}

// mapped applies a function to each row.
func mapped[From, To any](rows []From, of func(From) To) []To {
	made := make([]To, len(rows))
	for i, row := range rows {
		made[i] = of(row)
	}
	return made
}

func commitsPage(repositoryID int64, head string, listed github.Page[*gh.RepositoryCommit]) models.Page {
	return pageOf(listed, func(page *models.Page, accounts accountSet, c *gh.RepositoryCommit) {
		row := models.Commit{
			RepositoryID:    repositoryID,
			SHA:             c.GetSHA(),
			NodeID:          c.GetNodeID(),
			Message:         c.GetCommit().GetMessage(),
			AuthorName:      c.GetCommit().GetAuthor().GetName(),
			AuthorEmail:     c.GetCommit().GetAuthor().GetEmail(),
			AuthoredAt:      c.GetCommit().GetAuthor().GetDate().Time,
			CommitterName:   c.GetCommit().GetCommitter().GetName(),
			CommitterEmail:  c.GetCommit().GetCommitter().GetEmail(),
			CommittedAt:     c.GetCommit().GetCommitter().GetDate().Time,
			OnDefaultBranch: true,
			ReachedFrom:     head,
			CommitDetails:   models.CommitDetails{DetailsState: models.DetailsPending},
		}
		row.AuthorLogin, row.AuthorID = accounts.addAuthor(c.GetAuthor(), row.AuthorEmail)
		row.CommitterLogin, row.CommitterID = accounts.addAuthor(c.GetCommitter(), row.CommitterEmail)
		row.Parents = []string{}
		for _, parent := range c.Parents {
			row.Parents = append(row.Parents, parent.GetSHA())
		}
		page.Commits = append(page.Commits, row)
	})
}

func pullRequestsPage(repositoryID int64, listed github.Page[*gh.PullRequest]) models.Page {
	return pageOf(listed, func(page *models.Page, accounts accountSet, pr *gh.PullRequest) {
		row := models.PullRequest{
			RepositoryID:       repositoryID,
			Number:             pr.GetNumber(),
			ID:                 pr.GetID(),
			NodeID:             pr.GetNodeID(),
			Title:              pr.GetTitle(),
			Body:               pr.GetBody(),
			State:              pr.GetState(),
			Draft:              pr.GetDraft(),
			Merged:             pr.MergedAt != nil, // the list has no "merged", but the date tells
			BaseRef:            pr.GetBase().GetRef(),
			HeadRef:            pr.GetHead().GetRef(),
			HeadSHA:            pr.GetHead().GetSHA(),
			MergeCommitSHA:     mergedAs(pr),
			CreatedAt:          pr.GetCreatedAt().Time,
			UpdatedAt:          second(pr.GetUpdatedAt().Time),
			ClosedAt:           instant(pr.ClosedAt),
			MergedAt:           instant(pr.MergedAt),
			PullRequestDetails: models.PullRequestDetails{DetailsState: models.DetailsPending},
		}
		row.AuthorLogin, row.AuthorID = accounts.addUser(pr.GetUser())
		row.Labels, row.LabelIDs = addLabels(page, pr.Labels)
		page.PullRequests = append(page.PullRequests, row)
	})
}

// mergedAs is the commit that a pull request was merged as. Until it is merged, GitHub shows a commit that only tests
// the merge: it is on no branch, and changes without moving updated_at.
func mergedAs(pr *gh.PullRequest) string {
	if pr.MergedAt == nil {
		return ""
	}
	return pr.GetMergeCommitSHA()
}

func reviewCommentsPage(repositoryID int64, listed github.Page[*gh.PullRequestComment]) models.Page {
	return pageOf(listed, func(page *models.Page, accounts accountSet, c *gh.PullRequestComment) {
		row := models.ReviewComment{
			RepositoryID:      repositoryID,
			ID:                c.GetID(),
			NodeID:            c.GetNodeID(),
			Number:            lastNumber(c.GetPullRequestURL()),
			ReviewID:          c.PullRequestReviewID,
			InReplyToID:       c.InReplyTo,
			Path:              c.GetPath(),
			CommitSHA:         c.GetOriginalCommitID(),
			Body:              c.GetBody(),
			AuthorAssociation: c.GetAuthorAssociation(),
			CreatedAt:         c.GetCreatedAt().Time,
			UpdatedAt:         second(c.GetUpdatedAt().Time),
		}
		row.AuthorLogin, row.AuthorID = accounts.addUser(c.GetUser())
		page.ReviewComments = append(page.ReviewComments, row)
	})
}

func issueCommentsPage(repositoryID int64, listed github.Page[*gh.IssueComment]) models.Page {
	return pageOf(listed, func(page *models.Page, accounts accountSet, c *gh.IssueComment) {
		row := models.IssueComment{
			RepositoryID: repositoryID,
			ID:           c.GetID(),
			NodeID:       c.GetNodeID(),
			Number:       lastNumber(c.GetIssueURL()),
			// The store corrects this where it knows the number.
			OnPullRequest:     path.Base(path.Dir(pageOfComment(c))) == "pull",
			Body:              c.GetBody(),
			AuthorAssociation: c.GetAuthorAssociation(),
			CreatedAt:         c.GetCreatedAt().Time,
			UpdatedAt:         second(c.GetUpdatedAt().Time),
		}
		row.AuthorLogin, row.AuthorID = accounts.addUser(c.GetUser())
		page.IssueComments = append(page.IssueComments, row)
	})
}

func issuesPage(repositoryID int64, listed github.Page[*gh.Issue]) models.Page {
	return pageOf(listed, func(page *models.Page, accounts accountSet, i *gh.Issue) {
		if i.IsPullRequest() {
			page.LeftOut = append(page.LeftOut, i.GetNodeID())
			return
		}
		row := models.Issue{
			RepositoryID:  repositoryID,
			Number:        i.GetNumber(),
			ID:            i.GetID(),
			NodeID:        i.GetNodeID(),
			Title:         i.GetTitle(),
			Body:          i.GetBody(),
			State:         i.GetState(),
			StateReason:   i.GetStateReason(),
			Assignees:     []string{},
			Milestone:     i.GetMilestone().GetTitle(),
			CommentsCount: i.GetComments(),
			CreatedAt:     i.GetCreatedAt().Time,
			UpdatedAt:     second(i.GetUpdatedAt().Time),
			ClosedAt:      instant(i.ClosedAt),
		}
		row.AuthorLogin, row.AuthorID = accounts.addUser(i.GetUser())
		row.Labels, row.LabelIDs = addLabels(page, i.Labels)
		for _, assignee := range i.Assignees {
			if login, id := accounts.addUser(assignee); id != nil {
				row.Assignees, row.AssigneeIDs = append(row.Assignees, login), append(row.AssigneeIDs, *id)
			}
		}
		page.Issues = append(page.Issues, row)
	})
}

// addLabels adds the labels of a row to a page. It returns how the row refers to them.
func addLabels(page *models.Page, labels []*gh.Label) (names []string, ids []int64) {
	names = []string{}
	for _, label := range labels {
		names, ids = append(names, label.GetName()), append(ids, label.GetID())
		page.Labels = append(page.Labels, labelRow(label))
	}
	return names, ids
}

func labelRow(l *gh.Label) models.Label {
	return models.Label{ID: l.GetID(), NodeID: l.GetNodeID(), Name: l.GetName(), Color: l.GetColor(), Description: l.GetDescription()}
}

func (a *Activities) detailedCommit(commit models.Commit, d github.CommitDetails) models.DetailedCommit {
	if d.Unavailable != "" {
		return models.DetailedCommit{SHA: commit.SHA, NodeID: commit.NodeID, Details: models.CommitDetails{
			DetailsState: models.DetailsUnavailable, DetailsReason: d.Unavailable, Tries: a.nextTries(commit.CommitDetails.Tries, d.Absence),
		}}
	}
	details := models.CommitDetails{
		Additions:       &d.Additions,
		Deletions:       &d.Deletions,
		ChangedFiles:    d.ChangedFiles,
		AuthoredOffset:  offset(d.AuthoredAt),
		CommittedOffset: offset(d.CommittedAt),
		DetailsState:    models.DetailsDone,
	}
	if d.UnknownToGraphQL { // believed when GitHub says it a second time, as with what is gone
		if tries := a.nextTries(commit.CommitDetails.Tries, github.Absence{Gone: true}); tries.RetryAt != nil {
			details.DetailsState, details.DetailsReason, details.Tries = models.DetailsUnavailable, "GraphQL does not know the time zones yet", tries
		}
	}
	return models.DetailedCommit{SHA: commit.SHA, NodeID: commit.NodeID, Parents: d.Parents, Details: details}
}

func (a *Activities) detailedPullRequest(pull models.PullRequest, d github.PullRequestDetails, readAt time.Time, accounts accountSet) models.DetailedPullRequest {
	detailed := models.DetailedPullRequest{Number: pull.Number, NodeID: pull.NodeID, UpdatedAt: pull.UpdatedAt}
	if d.Unavailable != "" {
		detailed.Details = models.PullRequestDetails{
			DetailsState: models.DetailsUnavailable, DetailsReason: d.Unavailable, Tries: a.nextTries(pull.PullRequestDetails.Tries, d.Absence),
		}
		return detailed
	}
	reviews := submitted(d.Reviews)
	reviewsCount := len(reviews)
	if !d.UpdatedAt.IsZero() {
		detailed.UpdatedAt = d.UpdatedAt
	}
	detailed.Again = readAt.Sub(detailed.UpdatedAt) < timePrecision
	detailed.Details = models.PullRequestDetails{
		Additions:     &d.Additions,
		Deletions:     &d.Deletions,
		ChangedFiles:  &d.ChangedFiles,
		CommitsCount:  &d.CommitsCount,
		ReviewsCount:  &reviewsCount,
		CommentsCount: &d.CommentsCount,
		DetailsState:  models.DetailsDone,
	}
	detailed.Details.MergedByLogin, detailed.Details.MergedByID = accounts.addActor(d.MergedBy)
	for _, r := range reviews {
		row := models.Review{
			RepositoryID: pull.RepositoryID,
			ID:           r.ID,
			NodeID:       r.NodeID,
			Number:       pull.Number,
			State:        r.State,
			Body:         r.Body,
			CommitSHA:    r.CommitSHA,
			CreatedAt:    r.CreatedAt,
			UpdatedAt:    r.UpdatedAt,
			SubmittedAt:  r.SubmittedAt,
		}
		row.AuthorLogin, row.AuthorID = accounts.addActor(r.Author)
		detailed.Reviews = append(detailed.Reviews, row)
	}
	for position, c := range d.Commits {
		detailed.Commits = append(detailed.Commits, models.PullRequestCommit{
			RepositoryID: pull.RepositoryID, Number: pull.Number, SHA: c.SHA, Position: position,
		})
		row := models.Commit{
			RepositoryID:   pull.RepositoryID,
			SHA:            c.SHA,
			NodeID:         c.NodeID,
			Message:        c.Message,
			Parents:        []string{}, // come with the commit's details
			AuthorName:     c.Author.Name,
			AuthorEmail:    c.Author.Email,
			AuthoredAt:     c.AuthoredAt,
			CommitterName:  c.Committer.Name,
			CommitterEmail: c.Committer.Email,
			CommittedAt:    c.CommittedAt,
			CommitDetails:  models.CommitDetails{DetailsState: models.DetailsPending},
		}
		row.AuthorLogin, row.AuthorID = accounts.addGitActor(c.Author)
		row.CommitterLogin, row.CommitterID = accounts.addGitActor(c.Committer)
		detailed.KnownCommits = append(detailed.KnownCommits, row)
	}
	return detailed
}

// submitted leaves out drafts. GitHub shows a draft to its author only, and it may never
// be submitted.
func submitted(reviews []github.Review) []github.Review {
	return slices.DeleteFunc(slices.Clone(reviews), func(r github.Review) bool { return r.State == "PENDING" })
}

func repositoryRow(organizationID int64, r github.ProbedRepository) models.Repository {
	row := models.Repository{
		ID:             r.ID,
		NodeID:         r.NodeID,
		OrganizationID: organizationID,
		Name:           r.Name,
		FullName:       r.FullName,
		Description:    r.Description,
		Language:       r.Language,
		Visibility:     r.Visibility,
		Fork:           r.Fork,
		Archived:       r.Archived,
		Disabled:       r.Disabled,
		Empty:          r.Empty,
		HasIssues:      r.HasIssues,
		DefaultBranch:  r.DefaultBranch,
		CreatedAt:      r.CreatedAt,
		UpdatedAt:      r.UpdatedAt,
		PushedAt:       r.PushedAt,
		Probe:          probeOf(r.Marks, r.HasIssues),
	}
	for _, refused := range r.Refused {
		row.Limits = append(row.Limits, models.Limit{Service: serviceOf[refused.Part], Code: CodeOf(refused.Reason)})
	}
	return row
}

// probeOf is what the change probe shows of a repository. Issues are hidden where
// they are switched off, whatever GitHub counts.
func probeOf(marks github.Marks, hasIssues bool) models.Probe {
	probe := models.Probe{}
	probe.Set(models.StreamCommits, models.Mark{Head: marks.HeadSHA})
	for name, total := range marks.Totals() {
		if kind := models.StreamKind(name); hasIssues || kind != models.StreamIssues {
			probe.Set(kind, models.Mark{Total: total.Count, Newest: total.NewestAt})
		}
	}
	return probe
}

// serviceOf is the service that reads each part of a repository.
var serviceOf = map[github.Part]models.Service{
	github.CommitsPart:      models.ServiceRepos,
	github.PullRequestsPart: models.ServicePullRequests,
	github.IssuesPart:       models.ServiceTickets,
}

func instant(t *gh.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	return &t.Time
}

// offset is how far east of UTC a clock was, in minutes; nil when git recorded no author.
func offset(t time.Time) *int {
	if t.IsZero() {
		return nil
	}
	_, seconds := t.Zone()
	minutes := seconds / 60
	return &minutes
}

// pageOfComment is the path of the web page that shows a comment. It ends in
// pull/7 or issues/7, whatever the organization, the repository and the host are called.
func pageOfComment(c *gh.IssueComment) string {
	page, err := url.Parse(c.GetHTMLURL())
	if err != nil {
		return ""
	}
	return page.Path
}

// lastNumber reads the issue number at the end of an API URL.
func lastNumber(address string) int {
	number, _ := strconv.Atoi(path.Base(address))
	return number
}
