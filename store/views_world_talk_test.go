package store_test

import (
	"fmt"
	"time"

	"tributary/models"
	"tributary/store/storetest"
)

// viewedReviews are of pull request 1, which is mona's.
func (k talk) viewedReviews() {
	k.t.Helper()
	waits := review(107, hubot, 7, "PENDING", "Not sent yet")
	waits.SubmittedAt = nil
	ghosts := models.Review{ID: 110, State: "APPROVED", Body: "ok", CreatedAt: hour(9), UpdatedAt: hour(9), SubmittedAt: new(hour(9))}
	stay := []models.Review{
		review(101, hubot, 2, "APPROVED", "Looks good to me, thank you"),
		review(102, hubot, 3, "CHANGES_REQUESTED", ""),
		review(103, hubot, 4, "COMMENTED", "👍"),
		review(104, hubot, 5, "DISMISSED", "No"),
		review(105, mona, 6, "COMMENTED", "My own"),
		review(106, ci, 1, "APPROVED", "All green"),
		waits,
		review(108, hubot, 7, "COMMENTED", ""), // holds comments on lines
		ghosts,
	}
	d := models.DetailedPullRequest{Number: 1, UpdatedAt: hour(1), Reviews: append(stay, review(109, hubot, 8, "APPROVED", "Taken back")),
		Commits: []models.PullRequestCommit{{SHA: storetest.SHA(4)}}, Details: models.PullRequestDetails{DetailsState: models.DetailsDone, Additions: new(10), Deletions: new(5),
			ChangedFiles: new(2), CommitsCount: new(1), MergedByID: hubot, MergedByLogin: "hubot"}}
	k.read(1, models.StreamPullRequestDetails, models.Page{DetailedPullRequests: []models.DetailedPullRequest{d}})
	d.Reviews = stay
	k.read(2, models.StreamPullRequestDetails, models.Page{DetailedPullRequests: []models.DetailedPullRequest{d}})
}

func (k talk) viewedComments() {
	k.t.Helper()
	page := models.Page{}
	for i, body := range []string{
		"👍", ":shipit:", "👨‍👩‍👧‍👦", "🇩🇪", "1️⃣", "🎉 Thanks a lot", "> quoted words", "`code` and text", "```\ncode\n```", "",
	} {
		page.IssueComments = append(page.IssueComments, said(int64(201+i), 1, hubot, 3, body))
	}
	ghosts, ticket := said(213, 1, hubot, 3, "Me too"), said(215, 50, hubot, 51, "On a ticket")
	ghosts.AuthorID, ghosts.AuthorLogin, ticket.OnPullRequest = nil, "", false
	page.IssueComments = append(page.IssueComments, said(211, 1, mona, 3, "Author's reply"), said(212, 1, ci, 3, "Deployed"), ghosts, said(214, 1, hubot, 3, "Deleted"), ticket)
	k.read(3, models.StreamIssueComments, page)
	lines := []models.ReviewComment{onLine(301, 1, hubot, 3, "Why is this here?"), onLine(302, 1, mona, 4, "Because."), onLine(303, 1, hubot, 4, "Deleted"), onLine(304, 8, hubot, 4, "On what is gone")}
	for i := range lines {
		lines[i].Path = "main.go"
	}
	k.read(4, models.StreamReviewComments, models.Page{ReviewComments: lines})
	k.gone(models.StreamIssueComments, 214)
	k.gone(models.StreamReviewComments, 303)
}

func (k talk) viewedTickets() {
	k.t.Helper()
	var issues, events models.Page
	add := func(number int, by *int64, login string, closed time.Time) *models.Issue {
		i := models.Issue{Number: number, ID: int64(number), Title: fmt.Sprint("Ticket ", number), State: "open", AuthorLogin: login, AuthorID: by, CreatedAt: hour(number), UpdatedAt: hour(number)}
		if !closed.IsZero() {
			i.State, i.StateReason, i.ClosedAt = "closed", "completed", &closed
		}
		issues.Issues = append(issues.Issues, i)
		return &issues.Issues[len(issues.Issues)-1]
	}
	happened := func(number int, event string, at time.Time, by *int64, subject string) {
		e := models.IssueEvent{NodeID: fmt.Sprint("T", number, event, at.Sub(hour(0)).Hours()), Event: event, CreatedAt: at, ActorID: by, Subject: subject}
		if by != nil {
			e.ActorLogin = login(by)
		}
		events.DetailedIssues = append(events.DetailedIssues, models.DetailedIssue{Number: number, UpdatedAt: hour(number), State: models.DetailsDone, Events: []models.IssueEvent{e}})
	}
	half := 30 * time.Minute
	first := add(50, mona, "mona", hour(52).Add(half))
	first.Labels, first.LabelIDs, first.Assignees, first.AssigneeIDs, first.Milestone, first.CommentsCount = []string{"bug", "help"}, []int64{1, 2}, []string{"hubot"}, []int64{8}, "v1", 1
	happened(50, "assigned", hour(51), mona, "hubot")
	happened(50, "labeled", hour(51), mona, "bug")
	happened(50, "closed", hour(52).Add(half), hubot, "")
	add(51, hubot, "hubot", time.Time{})
	happened(51, "closed", hour(52), hubot, "")
	happened(51, "reopened", hour(53), mona, "")
	happened(51, "closed", hour(54), hubot, "")
	happened(51, "reopened", hour(55), mona, "")
	happened(51, "reopened", hour(56), mona, "") // no longer told
	add(52, mona, "mona", time.Time{})           // deleted
	add(53, nil, "", hour(55))
	happened(53, "closed", hour(55), nil, "")
	add(54, ci, "ci[bot]", hour(56)) // its events are not read yet
	add(55, mona, "mona", time.Time{})
	k.read(0, models.StreamIssues, issues)
	k.read(0, models.StreamIssueEvents, events)
	k.tombstone("issue_events WHERE node_id = 'T51reopened56'")
	k.gone(models.StreamIssues, 52)
}

// hidden are rows like those of the others, in repositories that no view shows: one that is not imported, one that
// GitHub does not have any more and one that somebody wants purged.
func (k talk) hidden() {
	k.t.Helper()
	for i, state := range []string{"selection = 'ignored'", "deleted_at = probed_at", "purge_requested_at = probed_at"} {
		id := int64(repository + 1 + i)
		must(k.t, k.s.DB().Exec("UPDATE repositories SET "+state+" WHERE id = ?", id).Error)
		c := storetest.Commits(1, 1)[0]
		c.RepositoryID = id
		pull := models.PullRequest{RepositoryID: id, Number: 1, AuthorLogin: "mona", AuthorID: mona, CreatedAt: hour(1), UpdatedAt: hour(1), MergedAt: new(hour(2)), PullRequestDetails: models.PullRequestDetails{MergedByLogin: "mona"}}
		said, line, review := said(1, 1, hubot, 1, "👍"), onLine(1, 1, hubot, 1, "👍"), review(1, hubot, 2, "APPROVED", "👍")
		said.RepositoryID, line.RepositoryID, review.RepositoryID, review.Number = id, id, id, 1
		said.Words, line.Words, review.Words = new(0), new(0), new(0)
		for _, row := range []any{&c, &pull, &said, &line, &review,
			&models.Issue{RepositoryID: id, Number: 2, AuthorLogin: "mona", AuthorID: mona, CreatedAt: hour(1), UpdatedAt: hour(1)},
			&models.IssueEvent{RepositoryID: id, NodeID: "E", Number: 2, Event: "closed", ActorLogin: "mona", ActorID: mona, CreatedAt: hour(1)},
			&models.Stream{RepositoryID: id, Kind: models.StreamCommits},
		} {
			must(k.t, k.s.DB().Create(row).Error)
		}
		must(k.t, k.s.RefreshFacts(id, 1))
	}
}
