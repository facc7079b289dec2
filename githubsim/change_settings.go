package githubsim

import (
	"fmt"
	"strings"
)

// applyAccount makes changes of tokens and people; done is false for all others.
func (s *Sim) applyAccount(c Change) (done bool, err error) {
	switch c.Kind {
	case "revoke_token":
		s.RevokeToken(c.Token)
		return true, nil
	case "sign_in":
		s.SignIn(s.AddUser(c.by()), Consent(c.Name))
		return true, nil
	case "rename_user", "delete_user":
		u := s.userNamed(c.Login)
		if u == nil {
			return false, fmt.Errorf("account %q: %w", c.Login, errNothingThere)
		}
		if c.Kind == "rename_user" {
			u.Rename(c.Name)
		} else {
			u.Delete()
		}
		return true, nil
	}
	return false, nil
}

func (s *Sim) userNamed(login string) *User {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.logins[strings.ToLower(login)]
}

// applySetting makes changes of the repository itself; done is false for all others.
func (r *Repository) applySetting(c Change) (done bool, err error) {
	if edit := settingChanges[c.Kind]; edit != nil {
		r.Change(edit)
		return true, nil
	}
	switch c.Kind {
	case "rename_repository":
		r.Rename(c.Name)
	case "delete_repository":
		r.Delete()
	case "add_collaborator":
		r.AddCollaborator(r.sim.AddUser(c.Login))
	case "add_admin":
		r.AddAdmin(r.sim.AddUser(c.Login))
	case "rename_label":
		r.RenameLabel(c.Name, c.Title)
	case "delete_label":
		r.DeleteLabel(c.Name)
	case "empty_repository":
		r.Empty()
	case "transfer_repository":
		to := r.sim.Organization(c.Name)
		if to == nil || to.Repository(r.Name()) != nil {
			return false, fmt.Errorf("transfer to %q: there is none of that name, or it has such a repository", c.Name)
		}
		r.TransferTo(to)
	default:
		return false, nil
	}
	return true, nil
}

var settingChanges = map[string]func(*RepositorySettings){
	"make_private":          func(s *RepositorySettings) { s.Private = true },
	"make_public":           func(s *RepositorySettings) { s.Private = false },
	"archive_repository":    func(s *RepositorySettings) { s.Archived = true },
	"unarchive_repository":  func(s *RepositorySettings) { s.Archived = false },
	"block_repository":      func(s *RepositorySettings) { s.Blocked = "dmca" },
	"unblock_repository":    func(s *RepositorySettings) { s.Blocked = "" },
	"disable_pull_requests": func(s *RepositorySettings) { s.PullRequestsDisabled = true },
	"enable_pull_requests":  func(s *RepositorySettings) { s.PullRequestsDisabled = false },
	"disable_issues":        func(s *RepositorySettings) { s.IssuesDisabled = true },
	"enable_issues":         func(s *RepositorySettings) { s.IssuesDisabled = false },
}
