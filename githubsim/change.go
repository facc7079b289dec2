package githubsim

import (
	"errors"
	"fmt"
)

// Change is a change of the world in plain values, for the control API.
type Change struct {
	Kind         string `json:"kind"`         // what happens; see Sim.Apply
	Organization string `json:"organization"` // by its present name
	Repository   string `json:"repository"`   // by its present name, without the owner
	Name         string `json:"name"`         // a new name
	Branch       string `json:"branch"`       // default the default branch
	SHA          string `json:"sha"`
	Number       int    `json:"number"` // of an issue or a pull request
	Count        int    `json:"count"`  // how many, default 1
	Login        string `json:"login"`  // who does it; added when unknown
	Title        string `json:"title"`
	Body         string `json:"body"`
	Token        string `json:"token"`
}

// Changed tells what a change made.
type Changed struct {
	OK     bool   `json:"ok"`
	SHA    string `json:"sha,omitempty"`    // the newest commit
	Number int    `json:"number,omitempty"` // of the newest issue or pull request
	ID     int64  `json:"id,omitempty"`     // of the comment, review or repository
}

// Apply makes a change. The kinds:
//
//	add_repository, rename_repository, delete_repository, make_private, make_public, block_repository
//	rename_organization
//	push_commits, force_push (to sha)
//	open_issue, edit_issue, close_issue, delete_issue, comment (on an issue or a pull request)
//	open_pull_request, push_to_pull_request, review, review_comment, merge_pull_request, close_pull_request
//	revoke_token
func (s *Sim) Apply(c Change) (Changed, error) {
	if c.Kind == "revoke_token" {
		s.RevokeToken(c.Token)
		return Changed{OK: true}, nil
	}
	o := s.Organization(c.Organization)
	if o == nil {
		return Changed{}, fmt.Errorf("organization %q: %w", c.Organization, errNothingThere)
	}
	switch c.Kind {
	case "add_repository":
		return Changed{OK: true, ID: o.AddRepository(c.Name).ID}, nil
	case "rename_organization":
		o.Rename(c.Name)
		return Changed{OK: true}, nil
	}
	r := o.Repository(c.Repository)
	if r == nil {
		return Changed{}, fmt.Errorf("repository %q: %w", c.Repository, errNothingThere)
	}
	if r.applySetting(c) {
		return Changed{OK: true, ID: r.ID}, nil
	}
	return r.applyWork(c, s.AddUser(c.by()))
}

var errNothingThere = errors.New("there is none of that name")

func (c Change) by() string {
	if c.Login == "" {
		return "octocat"
	}
	return c.Login
}

func (r *Repository) applySetting(c Change) bool {
	switch c.Kind {
	case "rename_repository":
		r.Rename(c.Name)
	case "delete_repository":
		r.Delete()
	case "make_private":
		r.Change(func(s *RepositorySettings) { s.Private = true })
	case "make_public":
		r.Change(func(s *RepositorySettings) { s.Private = false })
	case "block_repository":
		r.Change(func(s *RepositorySettings) { s.Blocked = "dmca" })
	default:
		return false
	}
	return true
}

func (r *Repository) applyWork(c Change, by *User) (Changed, error) {
	var made Changed
	for range max(c.Count, 1) {
		step, err := r.applyOnce(c, by)
		if err != nil {
			return Changed{}, err
		}
		made = step
	}
	made.OK = true
	return made, nil
}

func (r *Repository) applyOnce(c Change, by *User) (Changed, error) {
	switch c.Kind {
	case "push_commits":
		return Changed{SHA: r.Commit(CommitSpec{Branch: c.Branch, Author: by, Message: orElse(c.Title, "Change things"), Additions: 3, Deletions: 1}).SHA}, nil
	case "force_push":
		if r.Find(c.SHA) == nil {
			return Changed{}, fmt.Errorf("commit %q: %w", c.SHA, errNothingThere)
		}
		r.ForcePush(c.Branch, c.SHA)
		return Changed{SHA: c.SHA}, nil
	case "open_issue":
		return Changed{Number: r.OpenIssue(IssueSpec{Title: orElse(c.Title, "It is broken"), Body: c.Body, Author: by}).Number}, nil
	case "open_pull_request":
		p := r.OpenPullRequest(PullRequestSpec{
			Title: orElse(c.Title, "Mend it"), Body: c.Body, Author: by,
			Commits: []CommitSpec{{Message: "Mend it", Additions: 5, Deletions: 2}},
		})
		return Changed{Number: p.Number, SHA: p.HeadSHA()}, nil
	}
	if p := r.PullRequest(c.Number); p != nil {
		if made, ok := p.apply(c, by); ok {
			return made, nil
		}
	}
	if i := r.Issue(c.Number); i != nil {
		return i.apply(c, by)
	}
	return Changed{}, fmt.Errorf("change %q of number %d: %w", c.Kind, c.Number, errNothingThere)
}

func (p *PullRequest) apply(c Change, by *User) (Changed, bool) {
	made := Changed{Number: p.Number}
	switch c.Kind {
	case "push_to_pull_request":
		made.SHA = p.AddCommit(CommitSpec{Message: orElse(c.Title, "Address the review"), Author: by, Additions: 2}).SHA
	case "review":
		made.ID = p.Review(ReviewSpec{Author: by, State: orElse(c.Title, "APPROVED"), Body: c.Body}).ID
	case "review_comment":
		made.ID = p.ReviewComment(ReviewCommentSpec{Author: by, Body: orElse(c.Body, "Why?")}).ID
	case "merge_pull_request":
		made.SHA = p.Merge(MergeSpec{By: by}).SHA
	case "close_pull_request":
		p.Close(by)
	default:
		return Changed{}, false
	}
	return made, true
}

func (i *Issue) apply(c Change, by *User) (Changed, error) {
	made := Changed{Number: i.Number}
	switch c.Kind {
	case "edit_issue":
		i.Edit(c.Title, c.Body)
	case "close_issue":
		i.Close(by, "completed")
	case "delete_issue":
		i.Delete()
	case "comment":
		made.ID = i.Comment(CommentSpec{Author: by, Body: orElse(c.Body, "Same here.")}).ID
	default:
		return Changed{}, fmt.Errorf("change %q is not one that Apply knows", c.Kind)
	}
	return made, nil
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
