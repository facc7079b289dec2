package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// Refusal is why GitHub or the product will not do what the user asked. It is
// an answer to a person, so activities return it as a result, not as an error.
type Refusal struct {
	Code    models.Code
	Detail  string
	URL     string // where it can be mended, when GitHub says so
	Missing []string
}

// VerifyConnectionInput names a connection and, optionally, an organization
// that the account may read without being its member.
type VerifyConnectionInput struct {
	ConnectionID string
	Organization string
}

// VerifyConnectionResult is who the credential belongs to, or why it is refused.
type VerifyConnectionResult struct {
	Login   string
	Refusal *Refusal
}

// requiredScopes are those without which a classic token cannot list the
// organizations and their private repositories.
var requiredScopes = []string{"repo", "read:org"}

// VerifyConnection asks GitHub who a credential belongs to and which
// organizations it can see. Nothing is kept of a refused one but the refusal.
func (a *Activities) VerifyConnection(ctx context.Context, in VerifyConnectionInput) (VerifyConnectionResult, error) {
	gh, connection, err := a.client(ctx, in.ConnectionID, store.LanePeople)
	if err != nil {
		return VerifyConnectionResult{}, err
	}
	viewer, err := gh.Viewer(ctx)
	if err != nil {
		return refusedResult(err)
	}
	if missing := github.MissingScopes(viewer.Scopes, requiredScopes); viewer.ScopesKnown && len(missing) > 0 {
		return VerifyConnectionResult{Refusal: &Refusal{Code: models.ScopeMissing, Missing: missing,
			Detail: fmt.Sprintf("the token lacks the scopes %v", missing), URL: "https://github.com/settings/tokens"}}, nil
	}
	organizations, seen, err := a.visibleOrganizations(ctx, gh, in)
	if err != nil {
		return refusedResult(err)
	}
	if err := a.Store.AuthorizeConnection(ctx, connection.ID, store.Identity{
		Login: viewer.Login, RateOwner: rateOwner(viewer.ID), Scopes: viewer.Scopes, ExpiresAt: viewer.ExpiresAt,
	}); err != nil {
		return VerifyConnectionResult{}, err
	}
	return VerifyConnectionResult{Login: viewer.Login}, a.Store.SaveOrganizations(ctx, connection.ID, organizations, seen)
}

// visibleOrganizations are the account's memberships and the one it named.
func (a *Activities) visibleOrganizations(ctx context.Context, gh *github.Client, in VerifyConnectionInput) ([]models.Organization, []models.ConnectionOrganization, error) {
	var organizations []models.Organization
	var seen []models.ConnectionOrganization
	for cursor := ""; ; {
		page, err := gh.Memberships(ctx, cursor)
		if err != nil {
			return nil, nil, err
		}
		for _, m := range page.Items {
			organizations = append(organizations, models.Organization{ID: m.OrganizationID, NodeID: m.NodeID, Login: m.Login})
			seen = append(seen, models.ConnectionOrganization{ConnectionID: in.ConnectionID, OrganizationID: m.OrganizationID,
				Login: m.Login, Role: m.Role, Access: access(m), CheckedAt: a.Now().UTC()})
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if in.Organization == "" {
		return organizations, seen, nil
	}
	named, err := gh.Organization(ctx, in.Organization)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range organizations {
		if o.ID == named.ID {
			return organizations, seen, nil
		}
	}
	return append(organizations, models.Organization{ID: named.ID, NodeID: named.NodeID, Login: named.Login}),
		append(seen, models.ConnectionOrganization{ConnectionID: in.ConnectionID, OrganizationID: named.ID,
			Login: named.Login, Access: models.AccessOK, CheckedAt: a.Now().UTC()}), nil
}

func access(m github.Membership) models.OrganizationAccess {
	switch {
	case m.State == "pending":
		return models.AccessMembershipPending
	case m.Role == "admin":
		return models.AccessOK
	default:
		return models.AccessMember
	}
}

// refusedResult separates what GitHub refuses, which is an answer, from what
// is worth trying again, which is an error.
func refusedResult(err error) (VerifyConnectionResult, error) {
	var refused *github.Error
	if !errors.As(err, &refused) || refused.Temporary() {
		return VerifyConnectionResult{}, err
	}
	refusal := &Refusal{Code: codeOf(err), Detail: refused.Message, URL: refused.RemedyURL}
	if refused.Kind == github.NotFound {
		refusal.Code, refusal.Detail = models.OrganizationUnknown, "GitHub shows no organization of this name to the account"
	}
	return VerifyConnectionResult{Refusal: refusal}, nil
}

// ForgetConnectionInput names the connection to forget.
type ForgetConnectionInput struct{ ConnectionID string }

// ForgetConnection deletes a connection that no integration uses, and with it
// the credential.
func (a *Activities) ForgetConnection(ctx context.Context, in ForgetConnectionInput) error {
	err := a.Store.DeleteConnection(ctx, in.ConnectionID)
	if errors.Is(err, store.ErrInUse) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// CreateIntegrationInput is what the user chose in the wizard.
type CreateIntegrationInput struct {
	ConnectionID    string
	Name            string
	Services        models.Services
	OrganizationIDs []int64
	AutoImport      bool
	BackfillFrom    *time.Time
}

// CreateIntegrationResult names the integration and what it is to sync, or says
// why there is none.
type CreateIntegrationResult struct {
	IntegrationID string
	Organizations []ChosenOrganization
	Refusal       *Refusal
}

// ChosenOrganization is an organization of a new integration.
type ChosenOrganization struct {
	ID    int64
	Login string // for people who read the history
}

// CreateIntegration creates an integration, claims what it imports and queues
// the first sync of each organization, all or nothing.
func (a *Activities) CreateIntegration(ctx context.Context, in CreateIntegrationInput) (CreateIntegrationResult, error) {
	integration, err := a.Store.CreateIntegration(ctx, store.NewIntegration{
		ConnectionID: in.ConnectionID, Name: in.Name, Services: in.Services,
		OrganizationIDs: in.OrganizationIDs, AutoImport: in.AutoImport, BackfillFrom: in.BackfillFrom,
	})
	var claimed *store.ClaimedError
	switch {
	case errors.As(err, &claimed):
		return CreateIntegrationResult{Refusal: &Refusal{Code: models.ClaimedElsewhere, Detail: claimed.Error()}}, nil
	case errors.Is(err, store.ErrNameTaken):
		return CreateIntegrationResult{Refusal: &Refusal{Code: models.NameTaken, Detail: "another integration has this name"}}, nil
	case errors.Is(err, store.ErrNotFound):
		return CreateIntegrationResult{Refusal: &Refusal{Code: models.OrganizationUnknown, Detail: "the connection does not see this organization"}}, nil
	case err != nil:
		return CreateIntegrationResult{}, err
	}
	created := CreateIntegrationResult{IntegrationID: integration.ID}
	for _, id := range in.OrganizationIDs {
		organization, err := a.Store.Organization(ctx, id)
		if err != nil {
			return created, err
		}
		created.Organizations = append(created.Organizations, ChosenOrganization{ID: id, Login: organization.Login})
	}
	return created, nil
}
