package activities

import (
	"context"

	"golang.org/x/sync/errgroup"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// organizationsAtOnce are asked about side by side. The client has no more requests
// of one account in flight.
const organizationsAtOnce = 10

// answer is what a connection can see and do in an organization.
type answer struct {
	verdict models.ConnectionOrganization // zero where GitHub was not asked
	refused *github.Error                 // GitHub's words, where it refuses the organization
	denied  []models.Service              // that turned out not to be readable; only a diagnosis tries
	err     error                         // in place of a verdict
}

// askOrganizations asks about several organizations at a time. then completes each
// verdict. The answers are in the order of the organizations.
func (a *Activities) askOrganizations(ctx context.Context, gh *github.Client, c models.Connection, organizations []models.ConnectionOrganization,
	then func(context.Context, *answer) error) []answer {
	answers := make([]answer, len(organizations))
	var group errgroup.Group
	group.SetLimit(organizationsAtOnce)
	for i, o := range organizations {
		group.Go(func() error {
			found := &answers[i]
			defer func() { // Attempt recovers in its own goroutine only
				if defect := recover(); defect != nil {
					found.err = panicked(ctx, defect)
				}
			}()
			if *found = a.askOrganization(ctx, gh, c, o); found.err == nil {
				found.err = then(ctx, found)
			}
			return nil
		})
	}
	_ = group.Wait()
	return answers
}

// askOrganization asks GitHub about one organization of a connection: whether
// it may be read, what limits that, and how many private repositories are shown.
// A refusal of the organization is a verdict. What concerns more than that, or may
// pass, is an error.
func (a *Activities) askOrganization(ctx context.Context, gh *github.Client, c models.Connection, o models.ConnectionOrganization) answer {
	o.CheckedAt, o.Code, o.RemedyURL, o.Limits, o.PrivateRepositories = a.Now().UTC(), "", "", nil, nil
	ask := a.askAsAccount
	switch {
	case c.Method == models.GitHubApp && o.InstallationID != nil:
		ask = a.askAsInstallation
	case o.Access == models.AccessMembershipPending:
		return answer{verdict: a.refused(ctx, o, models.MembershipPending, "")}
	}
	verdict, err := ask(ctx, gh, c, o)
	if err == nil {
		return answer{verdict: verdict}
	}
	d := decide(aboutOrganization{err})
	if d.Do != endOrganization {
		return answer{verdict: o, err: err}
	}
	return answer{verdict: a.refused(ctx, o, d.Code, d.RemedyURL), refused: d.Refused}
}

func (a *Activities) askAsAccount(ctx context.Context, gh *github.Client, c models.Connection, o models.ConnectionOrganization) (models.ConnectionOrganization, error) {
	private, err := gh.PrivateRepositories(ctx, o.OrganizationID)
	if err != nil {
		return o, err
	}
	lacks := func(scope string) bool {
		return len(c.Scopes) > 0 && len(github.MissingScopes(c.Scopes, []string{scope})) > 0
	}
	owner := o.Role == "admin"
	o.Access, o.PrivateRepositories = models.AccessMember, &private
	if owner {
		o.Access = models.AccessOK
	}
	switch {
	case !owner:
		o.Limits = append(o.Limits, models.Limit{Service: models.ServiceWebhooks, Code: models.NotOrgOwner})
	case lacks("admin:org_hook"):
		o.Limits = append(o.Limits, models.Limit{Service: models.ServiceWebhooks, Code: models.ScopeMissing})
	}
	// An owner with a full token is shown every repository there is.
	if private == 0 && (!owner || lacks("repo")) {
		o.Code = models.NoPrivateReposVisible
	}
	return o, nil
}

// askAsInstallation asks as the installation that an organization has of our App.
// gh is that already unless the connection is a person's.
func (a *Activities) askAsInstallation(ctx context.Context, gh *github.Client, c models.Connection, o models.ConnectionOrganization) (models.ConnectionOrganization, error) {
	app, err := a.app(ctx)
	if err != nil {
		return o, err
	}
	installation, err := app.Installation(ctx, *o.InstallationID)
	if err != nil {
		return o, err
	}
	if installation.SuspendedAt != nil {
		return o, &github.Error{Kind: github.Suspended, Message: "the installation is suspended"}
	}
	if c.InstallationID == nil {
		if gh, err = a.installationClient(ctx, installation.ID, store.PriorityPeople); err != nil {
			return o, err
		}
	}
	private, err := gh.PrivateRepositories(ctx, o.OrganizationID)
	if err != nil {
		return o, err
	}
	o.Access, o.Login, o.RepositorySelection, o.PrivateRepositories = models.AccessOK, installation.AccountLogin, installation.Selection, &private
	for _, needed := range models.AppPermissions {
		if len(github.MissingPermissions(installation.Permissions, needed.Permissions)) > 0 {
			o.Limits = append(o.Limits, models.Limit{Service: needed.Service, Code: models.AppPermissionPending})
			o.Code, o.RemedyURL = models.AppPermissionPending, installation.HTMLURL
		}
	}
	if len(installation.Events) == 0 {
		o.Limits = append(o.Limits, models.Limit{Service: models.ServiceWebhooks, Code: models.AppPermissionPending})
	}
	if o.Code == "" && installation.Selection == "selected" {
		o.Code, o.RemedyURL = models.AppSelectedReposOnly, installation.HTMLURL
	}
	return o, nil
}

var accessOf = map[models.Code]models.OrganizationAccess{
	models.OAuthRestricted:     models.AccessOAuthRestricted,
	models.SSORequired:         models.AccessSSORequired,
	models.MembershipPending:   models.AccessMembershipPending,
	models.AppNotInstalled:     models.AccessAppNotInstalled,
	models.AppSuspended:        models.AccessAppSuspended,
	models.OrganizationUnknown: models.AccessGone,
}

// refused makes a row say why its organization cannot be read. GitHub's own URL,
// where it sends one, is better than ours.
func (a *Activities) refused(ctx context.Context, o models.ConnectionOrganization, code models.Code, url string) models.ConnectionOrganization {
	o.Access, o.Code, o.RemedyURL = accessOf[code], code, url
	if o.Access == "" {
		o.Access = models.AccessRefused
	}
	if o.RemedyURL == "" {
		o.RemedyURL = a.remedyURL(ctx, code, o)
	}
	return o
}
