package activities

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"golang.org/x/sync/errgroup"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// preflightWidth is how many organizations are asked about at a time. The client
// has no more requests of one account in flight.
const preflightWidth = 10

// PreflightConnectionInput names the connection. Relist asks GitHub again which
// organizations there are. What was learned after Since is not asked again: a
// preflight that is tried again goes on where it was.
type PreflightConnectionInput struct {
	ConnectionID string
	Relist       bool
	Since        time.Time
}

// PreflightConnection asks GitHub what a connection may read of each of its
// organizations, before anything is ingested, and stores the verdicts.
func (a *Activities) PreflightConnection(ctx context.Context, in PreflightConnectionInput) error {
	err := a.preflight(ctx, in)
	var refused *github.Error
	if errors.As(err, &refused) && refused.Kind == github.TokenInvalid {
		err = errors.Join(err, a.Store.SetConnectionHealth(ctx, in.ConnectionID, models.CredentialInvalid))
	}
	if err == nil {
		return nil
	}
	if noteErr := a.unasked(ctx, in.ConnectionID, err); noteErr != nil {
		return errors.Join(err, noteErr)
	}
	return a.caused(a.explain(ctx, "", fmt.Errorf("preflight: %w", err)))
}

// unasked says on the connection until when a limit holds, and on organizations
// that could not be asked about and will not be now, why.
func (a *Activities) unasked(ctx context.Context, connectionID string, err error) error {
	var limited *github.RateLimitError
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.As(err, &limited):
		return a.Store.HoldConnection(ctx, connectionID, CodeOf(err), limited.Until)
	case temporary(err) && !sealed(err) && attempts(ctx) < PreflightAttempts && activity.IsActivity(ctx):
		return nil
	}
	return a.Store.NoteUnasked(ctx, connectionID, CodeOf(err))
}

func (a *Activities) preflight(ctx context.Context, in PreflightConnectionInput) error {
	gh, connection, err := a.client(ctx, in.ConnectionID, store.LanePeople)
	if err != nil {
		return err
	}
	if in.Relist {
		if err := a.listOrganizations(ctx, gh, connection, "", false); err != nil {
			return err
		}
	}
	seen, err := a.Store.ConnectionOrganizations(ctx, connection.ID)
	if err != nil {
		return err
	}
	failures := make([]error, len(seen))
	var group errgroup.Group
	group.SetLimit(preflightWidth)
	for i, o := range seen {
		if o.Access != models.AccessChecking && !in.Since.IsZero() && o.CheckedAt.After(in.Since) {
			continue
		}
		group.Go(func() error {
			verdict, _, err := a.askOrganization(ctx, gh, connection, o.ConnectionOrganization)
			if err == nil && verdict.Access.Readable() {
				verdict.Lost, err = a.lostWith(ctx, connection, verdict)
			}
			if err == nil {
				err = a.Store.SaveVerdict(ctx, connection.ID, verdict)
			}
			failures[i] = err
			return nil
		})
	}
	_ = group.Wait()
	if err := errors.Join(failures...); err != nil {
		if mustAskAgain(ctx, err) || !slices.Contains(failures, nil) {
			return err
		}
		for i := range seen {
			if failures[i] == nil {
				continue
			}
			left := seen[i].ConnectionOrganization
			left.Code = CodeOf(failures[i])
			if err := a.Store.SaveVerdict(ctx, connection.ID, left); err != nil {
				return err
			}
		}
	}
	return a.Store.SavePreflight(ctx, connection.ID, nil)
}

// preflightTries is how often all are asked before one that GitHub fails to
// answer for is left as it was, so that it does not hold up the others.
const preflightTries = 3

// PreflightAttempts is how often a preflight is tried in all.
const PreflightAttempts = 5

func mustAskAgain(ctx context.Context, err error) bool {
	var limited *github.RateLimitError
	var refused *github.Error
	switch {
	case ctx.Err() != nil || errors.As(err, &limited):
		return true
	case errors.As(err, &refused) && !refused.Temporary(): // of the whole connection: it is no verdict
		return true
	}
	return activity.IsActivity(ctx) && activity.GetInfo(ctx).Attempt < preflightTries
}

// askOrganization asks GitHub about one organization of a connection: whether
// it may be read, what limits that, and how many private repositories are shown.
// Of a refusal, which is a verdict, it also returns what GitHub said; the error
// is what is worth trying again.
func (a *Activities) askOrganization(ctx context.Context, gh *github.Client, c models.Connection, o models.ConnectionOrganization) (models.ConnectionOrganization, *github.Error, error) {
	o.CheckedAt, o.Code, o.RemedyURL, o.Limits, o.PrivateRepositories = a.Now().UTC(), "", "", nil, nil
	if c.Method == models.GitHubApp && o.InstallationID != nil {
		return a.askInstallation(ctx, o)
	}
	if o.Access == models.AccessMembershipPending {
		return a.refuse(o, models.MembershipPending, ""), nil, nil
	}
	private, err := gh.PrivateRepositories(ctx, o.OrganizationID)
	refused, err := asVerdict(err)
	switch {
	case err != nil:
		return o, nil, err
	case refused != nil:
		return a.refuse(o, organizationCode(refused), refused.RemedyURL), refused, nil
	}
	o.PrivateRepositories = &private
	o.Access = models.AccessMember
	if o.Role == "admin" {
		o.Access = models.AccessOK
	}
	switch {
	case o.Role != "admin":
		o.Limits = append(o.Limits, models.Limit{Service: models.ServiceWebhooks, Code: models.NotOrgOwner})
	case len(c.Scopes) > 0 && len(github.MissingScopes(c.Scopes, []string{"admin:org_hook"})) > 0:
		o.Limits = append(o.Limits, models.Limit{Service: models.ServiceWebhooks, Code: models.ScopeMissing})
	}
	// An owner with a full token is shown every repository there is.
	mayMiss := o.Role != "admin" || len(c.Scopes) > 0 && len(github.MissingScopes(c.Scopes, []string{"repo"})) > 0
	if private == 0 && mayMiss {
		o.Code = models.NoPrivateReposVisible
	}
	return o, nil, nil
}

// neededPermissions are what each service reads with as a GitHub App.
// https://docs.github.com/rest/authentication/permissions-required-for-github-apps
var neededPermissions = []struct {
	service     models.Service
	permissions map[string]string
}{
	{models.ServiceRepos, map[string]string{"metadata": "read", "contents": "read"}},
	{models.ServicePullRequests, map[string]string{"metadata": "read", "pull_requests": "read"}},
	{models.ServiceTickets, map[string]string{"metadata": "read", "issues": "read"}},
}

func (a *Activities) askInstallation(ctx context.Context, o models.ConnectionOrganization) (models.ConnectionOrganization, *github.Error, error) {
	if a.App == nil {
		return o, nil, errNoApp
	}
	installation, err := a.App.Installation(ctx, *o.InstallationID)
	if err == nil && installation.SuspendedAt != nil {
		err = &github.Error{Kind: github.Suspended, Message: "the installation is suspended"}
	}
	var gh *github.Client
	if err == nil {
		gh, err = a.installationClient(installation.ID, store.LanePeople)
	}
	private := 0
	if err == nil {
		private, err = gh.PrivateRepositories(ctx, o.OrganizationID)
	}
	refused, err := asVerdict(err)
	switch {
	case err != nil:
		return o, nil, err
	case refused != nil:
		return a.refuse(o, organizationCode(refused), refused.RemedyURL), refused, nil
	}
	o.Access, o.Login, o.RepositorySelection, o.PrivateRepositories = models.AccessOK, installation.AccountLogin, installation.Selection, &private
	for _, needed := range neededPermissions {
		if len(github.MissingPermissions(installation.Permissions, needed.permissions)) > 0 {
			o.Limits = append(o.Limits, models.Limit{Service: needed.service, Code: models.AppPermissionPending})
			o.Code, o.RemedyURL = models.AppPermissionPending, installation.HTMLURL
		}
	}
	if len(installation.Events) == 0 {
		o.Limits = append(o.Limits, models.Limit{Service: models.ServiceWebhooks, Code: models.AppPermissionPending})
	}
	if o.Code == "" && installation.Selection == "selected" {
		o.Code, o.RemedyURL = models.AppSelectedReposOnly, installation.HTMLURL
	}
	return o, nil, nil
}

// asVerdict separates a refusal of one organization from what is worth trying
// again and from what concerns more than this organization.
func asVerdict(err error) (*github.Error, error) {
	var refused *github.Error
	if !errors.As(err, &refused) || refused.Temporary() {
		return nil, err
	}
	switch refused.Kind {
	case github.TokenInvalid, github.AppCredentialInvalid, github.ClockSkewed:
		return nil, err
	}
	return refused, nil
}

// organizationCode is codeOf for an organization: what is hidden is no repository.
func organizationCode(refused *github.Error) models.Code {
	if refused.Kind == github.NotFound || refused.Kind == github.Gone {
		return models.OrganizationUnknown
	}
	return CodeOf(refused)
}

var accessOf = map[models.Code]models.OrganizationAccess{
	models.OAuthRestricted:     models.AccessOAuthRestricted,
	models.SSORequired:         models.AccessSSORequired,
	models.MembershipPending:   models.AccessMembershipPending,
	models.AppNotInstalled:     models.AccessAppNotInstalled,
	models.AppSuspended:        models.AccessAppSuspended,
	models.OrganizationUnknown: models.AccessGone,
}

// refuse makes a row say why its organization cannot be read. GitHub's own link,
// where it sends one, is better than ours.
func (a *Activities) refuse(o models.ConnectionOrganization, code models.Code, url string) models.ConnectionOrganization {
	o.Access, o.Code, o.RemedyURL = accessOf[code], code, url
	if o.Access == "" {
		o.Access = models.AccessRefused
	}
	if o.RemedyURL == "" {
		o.RemedyURL = a.remedyPage(code, o)
	}
	return o
}

// listOrganizations stores which organizations a connection sees now. Those that
// are new wait to be asked about; of the others only name and role change.
func (a *Activities) listOrganizations(ctx context.Context, gh *github.Client, c models.Connection, named string, only bool) error {
	var organizations []models.Organization
	var seen []models.ConnectionOrganization
	var err error
	if c.Method == models.GitHubApp {
		organizations, seen, err = a.installations(ctx, gh, c)
	} else if only && named != "" {
		organizations, seen, err = a.oneOrganization(ctx, gh, named)
	} else {
		organizations, seen, err = a.memberships(ctx, gh, c, named)
	}
	if err != nil {
		return err
	}
	return a.Store.SaveOrganizations(ctx, c.ID, organizations, seen)
}

// allReadable refuses a list of organizations of which one cannot be read: without
// it the list would say that it is gone.
func allReadable[T any](page github.Page[T]) error {
	if len(page.Malformed) == 0 {
		return nil
	}
	return &github.Error{Kind: github.BadResponse, Status: http.StatusOK, Message: "an organization of the account cannot be read: " + page.Malformed[0].Reason}
}

// mostOrganizationPages are 10,000 organizations of one account, for which people
// do not wait.
const mostOrganizationPages = 100

// installations are the organizations that have our GitHub App and that the
// connection's account sees; for an installation's own connection only that one.
func (a *Activities) installations(ctx context.Context, gh *github.Client, c models.Connection) (organizations []models.Organization, seen []models.ConnectionOrganization, err error) {
	if c.InstallationID != nil {
		return nil, nil, nil // askInstallation says what it is now
	}
	err = github.EachPage(ctx, mostOrganizationPages, gh.UserInstallations, func(page github.Page[github.Installation]) error {
		if err := allReadable(page); err != nil {
			return err
		}
		for _, i := range page.Items {
			if i.AccountType != "Organization" {
				continue // a person's repositories are no organization's
			}
			organizations = append(organizations, models.Organization{ID: i.AccountID, NodeID: i.AccountNodeID, Login: i.AccountLogin})
			seen = append(seen, models.ConnectionOrganization{
				ConnectionID: c.ID, OrganizationID: i.AccountID, Login: i.AccountLogin, Access: models.AccessChecking,
				InstallationID: &i.ID, RepositorySelection: i.Selection, CheckedAt: a.Now().UTC(),
			})
		}
		return nil
	})
	return organizations, seen, err
}

// memberships are the organizations of an account, those that GitHub hides from
// its credential, and the one that was named.
func (a *Activities) memberships(ctx context.Context, gh *github.Client, c models.Connection, named string) (organizations []models.Organization, seen []models.ConnectionOrganization, err error) {
	add := func(o models.Organization, role string, access models.OrganizationAccess) {
		if slices.ContainsFunc(organizations, func(other models.Organization) bool { return other.ID == o.ID }) {
			return
		}
		organizations = append(organizations, o)
		seen = append(seen, models.ConnectionOrganization{OrganizationID: o.ID, Login: o.Login, Role: role, Access: access, CheckedAt: a.Now().UTC()})
	}
	var hidden []int64
	err = github.EachPage(ctx, mostOrganizationPages, gh.Memberships, func(page github.Page[github.Membership]) error {
		if err := allReadable(page); err != nil {
			return err
		}
		for _, m := range page.Items {
			add(models.Organization{ID: m.OrganizationID, NodeID: m.NodeID, Login: m.Login}, m.Role, accessBefore(m))
		}
		hidden = append(hidden, page.PartialSSO...)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	// An OAuth app is not told of organizations that restrict it, nor a token of
	// those whose single sign-on it lacks. Who is a member in public can be asked.
	if c.Method == models.OAuth || len(hidden) > 0 {
		public := func(ctx context.Context, cursor string) (github.Page[github.Organization], error) {
			return gh.PublicOrganizations(ctx, c.Login, cursor)
		}
		err := github.EachPage(ctx, mostOrganizationPages, public, func(page github.Page[github.Organization]) error {
			if err := allReadable(page); err != nil {
				return err
			}
			for _, o := range page.Items {
				add(models.Organization{ID: o.ID, NodeID: o.NodeID, Login: o.Login}, "", models.AccessChecking)
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	for _, id := range hidden {
		o, err := a.hiddenOrganization(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		add(o, "", models.AccessChecking)
	}
	if named != "" && !slices.ContainsFunc(organizations, func(o models.Organization) bool { return strings.EqualFold(o.Login, named) }) {
		o, err := a.organizationNamed(ctx, gh, named, seen)
		if err != nil {
			return nil, nil, err
		}
		add(models.Organization{ID: o.ID, NodeID: o.NodeID, Login: o.Login}, "", models.AccessChecking)
	}
	return organizations, seen, nil
}

// organizationNamed finds an organization by a name that it has or had. One that
// we know is known by its id, whoever has its former name now.
func (a *Activities) organizationNamed(ctx context.Context, gh *github.Client, name string, members []models.ConnectionOrganization) (github.Organization, error) {
	known, err := a.Store.OrganizationNamed(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return gh.Organization(ctx, name)
	}
	if err != nil {
		return github.Organization{}, err
	}
	for _, o := range members {
		if o.OrganizationID == known.ID {
			return github.Organization{ID: known.ID, NodeID: known.NodeID, Login: o.Login}, nil // it is a member's already
		}
	}
	o, err := gh.OrganizationByID(ctx, known.ID)
	if isKind(err, github.NoOrganization) {
		return gh.Organization(ctx, name)
	}
	return o, err
}

// oneOrganization is the one that was named and no other, with the account's part
// in it where GitHub tells that. Of a member's one question tells both.
func (a *Activities) oneOrganization(ctx context.Context, gh *github.Client, named string) ([]models.Organization, []models.ConnectionOrganization, error) {
	known, err := a.Store.OrganizationNamed(ctx, named)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, nil, err
	}
	m, refused, err := membershipIn(ctx, gh, named)
	if err != nil {
		return nil, nil, err
	}
	o := github.Organization{ID: m.OrganizationID, NodeID: m.NodeID, Login: m.Login}
	if refused || known.ID != 0 && known.ID != o.ID {
		if o, err = a.organizationNamed(ctx, gh, named, nil); err != nil {
			return nil, nil, err
		}
		if !strings.EqualFold(o.Login, named) {
			m, refused, err = membershipIn(ctx, gh, o.Login)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	seen := models.ConnectionOrganization{OrganizationID: o.ID, Login: o.Login, Access: models.AccessChecking, CheckedAt: a.Now().UTC()}
	if !refused {
		seen.Role, seen.Access = m.Role, accessBefore(m)
	}
	return []models.Organization{{ID: o.ID, NodeID: o.NodeID, Login: o.Login}}, []models.ConnectionOrganization{seen}, nil
}

// membershipIn is the account's part in an organization, unless GitHub refuses to
// tell it.
func membershipIn(ctx context.Context, gh *github.Client, login string) (m github.Membership, refused bool, err error) {
	m, err = gh.Membership(ctx, login)
	verdict, err := asVerdict(err)
	return m, verdict != nil, err
}

// hiddenOrganization is one of which GitHub told nothing but the id. Where we do
// not know it either it has a provisional name, so that it is not missing.
func (a *Activities) hiddenOrganization(ctx context.Context, id int64) (models.Organization, error) {
	known, err := a.Store.Organization(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return models.Organization{ID: id, Login: fmt.Sprintf("organization %d", id)}, nil
	}
	return known, err
}

// accessBefore is what a membership says before the organization is asked.
func accessBefore(m github.Membership) models.OrganizationAccess {
	if m.State == "pending" {
		return models.AccessMembershipPending
	}
	return models.AccessChecking
}
