package githubsim

import (
	"errors"
	"fmt"
	"strings"
)

// Change is a change of the world in plain values, for the control API.
type Change struct {
	Kind         string `json:"kind"`         // what happens; see Sim.Apply
	Organization string `json:"organization"` // by its present name
	Repository   string `json:"repository"`   // by its present name, without the owner
	Name         string `json:"name"`         // a new name, or whom or what it is about; see Sim.Apply
	Branch       string `json:"branch"`       // default the default branch
	SHA          string `json:"sha"`
	Number       int    `json:"number"` // of an issue or a pull request
	ID           int64  `json:"id"`     // of a comment, a review or a release; default the newest
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
	Token  string `json:"token,omitempty"`  // that was issued
}

// Apply makes a change. The kinds, and what Name is to them:
//
//	revoke_token, issue_token (to Login, a classic one with the scopes Name), rename_user (to Name), delete_user
//	sign_in (Login sits at every browser, and is asked, unless Name says allow or deny)
//	add_organization (Name), add_repository (Name), rename_organization (to Name)
//	add_owner, add_member, invite_member, remove_member (Login), add_collaborator, add_admin (Login, of Repository), require_sso, authorize_sso (Token), forbid_classic_tokens, restrict_oauth_apps,
//	approve_oauth_app (by the client id Name)
//	install_app (with the slug Name, on one Repository or on all), uninstall_app, suspend_app, unsuspend_app,
//	accept_permissions_of_app
//	rename_repository (to Name), transfer_repository (to the organization Name), delete_repository, make_private, make_public,
//	archive_repository, unarchive_repository, block_repository, unblock_repository, disable_issues, enable_issues,
//	empty_repository (of all branches)
//	push_commits, force_push (to sha), delete_branch, push_tags (Name, separated by spaces)
//	publish_release (with the tag Name), edit_release, delete_release
//	rename_label (Name, to Title), delete_label (Name)
//	open_issue, edit_issue, close_issue, reopen_issue, delete_issue, comment (on an issue or a pull request),
//	transfer_issue (to the repository Name), convert_issue (to a discussion), edit_comment, delete_comment
//	assign, unassign (the account Name), label, unlabel (Name)
//	open_pull_request, push_to_pull_request, review, review_comment, merge_pull_request, close_pull_request, reopen_pull_request,
//	convert_to_draft, ready_for_review, request_review (of the account Name), request_team_review (of the team Name),
//	edit_review, dismiss_review, edit_review_comment, delete_review_comment, resolve_thread, unresolve_thread (of a line comment)
//	alter_hook (its Title, which is url, secret, content_type or events, to Body), mute_hook, delete_hook: all hooks of the
//	organization, or of the Repository, in whose URL Name is
func (s *Sim) Apply(c Change) (Changed, error) {
	switch c.Kind {
	case "issue_token":
		return Changed{OK: true, Token: s.IssueToken(s.AddUser(c.by()), Token{Scopes: strings.Fields(c.Name)})}, nil
	case "add_organization":
		return Changed{OK: true, ID: s.AddOrganization(c.Name).ID}, nil
	}
	if done, err := s.applyAccount(c); done || err != nil {
		return Changed{OK: done}, err
	}
	o := s.Organization(c.Organization)
	if o == nil {
		return Changed{}, fmt.Errorf("organization %q: %w", c.Organization, errNothingThere)
	}
	if strings.HasSuffix(c.Kind, "_hook") {
		return Changed{OK: true}, o.applyHook(c)
	}
	if c.Kind == "add_repository" {
		return Changed{OK: true, ID: o.AddRepository(c.Name).ID}, nil
	}
	if done, err := o.applyOrganization(c); done || err != nil {
		return Changed{OK: done}, err
	}
	r := o.Repository(c.Repository)
	if r == nil {
		return Changed{}, fmt.Errorf("repository %q: %w", c.Repository, errNothingThere)
	}
	if done, err := r.applySetting(c); done || err != nil {
		return Changed{OK: done, ID: r.ID}, err
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
	case "delete_branch":
		r.DeleteBranch(c.Branch)
		return Changed{}, nil
	case "push_tags":
		r.PushTags(by, strings.Fields(c.Name)...)
		return Changed{}, nil
	case "publish_release":
		return Changed{ID: r.Release(ReleaseSpec{Author: by, Tag: c.Name, Name: c.Title, Body: c.Body}).ID}, nil
	case "open_issue":
		return Changed{Number: r.OpenIssue(IssueSpec{Title: orElse(c.Title, "It is broken"), Body: c.Body, Author: by}).Number}, nil
	case "open_pull_request":
		p := r.OpenPullRequest(PullRequestSpec{
			Title: orElse(c.Title, "Mend it"), Body: c.Body, Author: by,
			Commits: []CommitSpec{{Message: "Mend it", Additions: 5, Deletions: 2}},
		})
		return Changed{Number: p.Number, SHA: p.HeadSHA()}, nil
	}
	if done, err := r.applyToOne(c); done || err != nil {
		return Changed{ID: c.ID}, err
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

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
