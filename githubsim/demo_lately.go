package githubsim

import "time"

// lately is what has happened in the demo's organization in the last days: something of each kind that people look for.
// It is the work of people who stay, of whom there are a dozen at least.
func (s *Sim) lately(o *Organization, people []*User) {
	author, reviewer, lead := people[0], people[1], people[2]
	checkout, search, gateway := o.Repository("checkout"), o.Repository("search"), o.Repository("gateway")
	var rewritten, discussed *PullRequest
	var first *Commit
	for _, event := range []struct {
		ago    time.Duration
		happen func()
	}{
		{50 * time.Hour, func() { s.reopen(o.Repository("storefront"), lead, 3) }},
		{26 * time.Hour, func() {
			rewritten = search.OpenPullRequest(PullRequestSpec{Title: "Rank what is in stock first", Body: "Measured on last week's queries.", Author: author,
				Commits: []CommitSpec{{Message: "Rank what is in stock first", Additions: 64, Deletions: 12}, {Message: "Try another weight", Additions: 9, Deletions: 3}}})
			first = rewritten.commits[0]
		}},
		{25 * time.Hour, func() { search.ForcePush(rewritten.headRef, first.SHA) }},
		{20 * time.Hour, func() { s.reopen(checkout, reviewer, 2) }},
		{5 * time.Hour, func() {
			discussed = checkout.OpenPullRequest(PullRequestSpec{Title: "Round taxes once, at the end", Body: "Three lines were rounded one by one.", Author: author,
				Commits: []CommitSpec{{Message: "Round taxes once, at the end", Additions: 31, Deletions: 22}}})
		}},
		{4 * time.Hour, func() {
			discussed.Review(ReviewSpec{Author: reviewer, State: "CHANGES_REQUESTED", Body: "What about orders that mix two rates? Please add a test."})
		}},
		{3 * time.Hour, func() { s.reopen(o.Repository("mobile-ios"), lead, 1) }},
		{40 * time.Minute, func() { discussed.AddCommit(CommitSpec{Message: "Test two rates in one order", Additions: 18}) }},
		{25 * time.Minute, func() {
			discussed.Review(ReviewSpec{Author: reviewer, State: "APPROVED", Body: "Thank you, that was it."})
		}},
		{12 * time.Minute, func() {
			gateway.Commit(CommitSpec{Author: lead, Message: "Answer 503 while a service starts", Additions: 14, Deletions: 3})
		}},
		{6 * time.Minute, func() {
			gateway.OpenIssue(IssueSpec{Title: "The health check flickers after a restart", Body: "Twice this morning.", Author: reviewer, Labels: []string{"bug"}})
		}},
		{2 * time.Minute, func() { discussed.Comment(CommentSpec{Author: lead, Body: "Good to go from my side as well."}) }},
	} {
		s.ago(event.ago, event.happen)
	}
}

// ago lets something have happened some time before now. Nobody else may use the simulator meanwhile.
func (s *Sim) ago(d time.Duration, happen func()) {
	now := s.config.Now
	defer func() { s.config.Now = now }()
	s.config.Now = func() time.Time { return now().Add(-d) }
	happen()
}

// reopen opens the newest issues again that were closed.
func (s *Sim) reopen(r *Repository, by *User, n int) {
	for i := len(r.allIssues) - 1; i >= 0 && n > 0; i-- {
		if issue := r.allIssues[i]; issue.pull == nil && issue.closed && issue.closedAt.Before(s.now()) {
			issue.Reopen(by)
			n--
		}
	}
}
