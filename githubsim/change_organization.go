package githubsim

import (
	"fmt"
	"strings"
)

// applyOrganization makes changes of an organization's members, policies and installed Apps; done is false for all
// others.
func (o *Organization) applyOrganization(c Change) (done bool, err error) {
	if app := o.sim.appNamed(c.Name); strings.HasSuffix(c.Kind, "_app") && c.Kind != "approve_oauth_app" {
		if app == nil {
			return false, fmt.Errorf("App %q: %w", c.Name, errNothingThere)
		}
		return o.applyInstallation(c, app)
	}
	switch c.Kind {
	case "rename_organization":
		o.Rename(c.Name)
	case "add_owner":
		o.AddMember(o.sim.AddUser(c.Login), "admin")
	case "add_member":
		o.AddMember(o.sim.AddUser(c.Login), "member")
	case "invite_member":
		o.Invite(o.sim.AddUser(c.Login), "member")
	case "remove_member":
		o.RemoveMember(o.sim.AddUser(c.Login))
	case "require_sso":
		o.RequireSSO()
	case "authorize_sso":
		o.AuthorizeSSO(c.Token)
	case "forbid_classic_tokens":
		o.ForbidClassicTokens()
	case "restrict_oauth_apps":
		o.RestrictOAuthApps()
	case "approve_oauth_app":
		app := o.sim.oauthAppOf(c.Name)
		if app == nil {
			return false, fmt.Errorf("OAuth app with the client id %q: %w", c.Name, errNothingThere)
		}
		o.ApproveOAuthApp(app)
	default:
		return false, nil
	}
	return true, nil
}

func (o *Organization) applyInstallation(c Change, app *App) (done bool, err error) {
	if c.Kind == "install_app" {
		var spec InstallSpec
		if c.Repository != "" {
			r := o.Repository(c.Repository)
			if r == nil {
				return false, fmt.Errorf("repository %q: %w", c.Repository, errNothingThere)
			}
			spec.Repositories = []*Repository{r}
		}
		app.Install(o, spec)
		return true, nil
	}
	i := app.installationOn(o)
	if i == nil {
		return false, fmt.Errorf("installation of %q on %q: %w", c.Name, c.Organization, errNothingThere)
	}
	switch c.Kind {
	case "uninstall_app":
		i.Uninstall()
	case "suspend_app":
		i.Suspend(nil)
	case "unsuspend_app":
		i.Unsuspend()
	case "accept_permissions_of_app":
		i.AcceptPermissions()
	default:
		return false, nil
	}
	return true, nil
}

func (a *App) installationOn(o *Organization) *Installation {
	a.sim.mu.RLock()
	defer a.sim.mu.RUnlock()
	return a.on(o)
}

// appNamed finds a GitHub App by its slug; nil when there is none.
func (s *Sim) appNamed(slug string) *App {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.apps.byID {
		if strings.EqualFold(a.Slug, slug) {
			return a
		}
	}
	return nil
}

// oauthAppOf finds an OAuth app by its client id; nil when there is none.
func (s *Sim) oauthAppOf(clientID string) *OAuthApp {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if client := s.apps.clients[clientID]; client != nil {
		return client.oauth
	}
	return nil
}
