package githubsim

import (
	"slices"
	"time"
)

// Close closes the pull request without merging it.
func (p *PullRequest) Close(by *User) {
	p.issue.change(time.Time{}, func(at time.Time) { p.issue.close(by, "", at) })
}

// Reopen opens the pull request again.
func (p *PullRequest) Reopen(by *User) { p.issue.Reopen(by) }

// Edit changes title or body; an empty argument leaves it.
func (p *PullRequest) Edit(title, body string) { p.issue.Edit(title, body) }

// Label adds a label.
func (p *PullRequest) Label(name string, by ...*User) { p.issue.Label(name, by...) }

// Unlabel takes a label away.
func (p *PullRequest) Unlabel(name string, by ...*User) { p.issue.Unlabel(name, by...) }

// Assign makes accounts responsible.
func (p *PullRequest) Assign(by *User, assignees ...*User) { p.issue.Assign(by, assignees...) }

// Unassign relieves accounts.
func (p *PullRequest) Unassign(by *User, assignees ...*User) { p.issue.Unassign(by, assignees...) }

// SetDraft makes the pull request a draft, or ready. It is the author's doing unless somebody else is named.
func (p *PullRequest) SetDraft(draft bool, by ...*User) {
	p.issue.change(time.Time{}, func(at time.Time) {
		if p.draft == draft {
			return
		}
		event := "ready_for_review"
		if draft {
			event = "convert_to_draft"
		}
		p.draft = draft
		p.issue.record(IssueEvent{event: event, actor: p.issue.doer(by), at: at})
	})
}

// RequestReview asks accounts for a review.
func (p *PullRequest) RequestReview(by *User, reviewers ...*User) {
	p.issue.change(time.Time{}, func(at time.Time) {
		for _, u := range reviewers {
			if !slices.Contains(p.reviewers, u) {
				p.reviewers = append(p.reviewers, u)
				p.issue.record(IssueEvent{event: "review_requested", actor: by, account: u, at: at})
			}
		}
	})
}

// RequestTeamReview asks a team of the organization, which is added when there is none of that name.
func (p *PullRequest) RequestTeamReview(by *User, name string) {
	p.issue.change(time.Time{}, func(at time.Time) {
		if team := p.repo.owner.team(name); !slices.Contains(p.teams, team) {
			p.teams = append(p.teams, team)
			p.issue.record(IssueEvent{event: "review_requested", actor: by, team: team, at: at})
		}
	})
}
