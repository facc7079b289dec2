package activities

import (
	"context"

	"tributary/models"
)

// The pages of GitHub on which a person can lift a refusal. They are no part of
// GitHub's API and may change, so all of them are here.

// remedyURL is where a refusal of one organization is lifted; empty where no
// page of GitHub's helps.
func (a *Activities) remedyURL(ctx context.Context, code models.Code, o models.ConnectionOrganization) string {
	owner := o.Role == "admin"
	switch code {
	case models.OAuthRestricted:
		switch {
		case owner:
			return a.GitHub.WebURL("organizations", o.Login, "settings", "oauth_application_policy")
		case a.OAuth != nil: // has a button with which a member asks the owners
			return a.GitHub.WebURL("settings", "connections", "applications", a.OAuth.ClientID())
		}
	case models.MembershipPending:
		return a.GitHub.WebURL("orgs", o.Login, "invitation")
	case models.IPAllowList:
		return a.GitHub.WebURL("organizations", o.Login, "settings", "security")
	case models.ClassicTokenForbidden, models.FineGrainedForbidden, models.TokenLifetime:
		return a.GitHub.WebURL("settings", "personal-access-tokens", "new")
	case models.AppNotInstalled:
		if app, err := a.app(ctx); err == nil {
			return app.InstallURL()
		}
	case models.AppSuspended, models.AppPermissionPending:
		return a.GitHub.WebURL("organizations", o.Login, "settings", "installations")
	}
	return ""
}

// tokensURL is where people manage their classic tokens.
func (a *Activities) tokensURL() string { return a.GitHub.WebURL("settings", "tokens") }
