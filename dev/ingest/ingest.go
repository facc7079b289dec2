// Package ingest copies one organization through the product's API: it
// connects, imports every repository, and follows the sync to its end. It is
// what `ingest` and `demo` run, and it does nothing that another client of the
// API could not.
package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tributary/api"
	"tributary/api/problem"
	"tributary/dev/progress"
	"tributary/models"
	"tributary/plain"
)

// Options say what is copied, and where the progress is shown.
type Options struct {
	APIURL       string
	Organization string
	Token        string
	// ConfirmLoss takes the token although it reads less than the one before.
	ConfirmLoss bool
	Progress    *progress.Renderer
}

// Run ingests an organization and returns how its sync ended. A sync that an
// earlier process left behind is followed to its end in place of a new one.
func Run(ctx context.Context, o Options) (Summary, error) {
	c := &client{url: o.APIURL, http: &http.Client{}}
	picture := newPicture(o.Organization, o.Progress, time.Now)
	connectionID, organization, err := c.connect(ctx, o, picture)
	if err != nil {
		return Summary{}, err
	}
	integrationID, err := c.integrate(ctx, connectionID, organization, o.ConfirmLoss)
	if err != nil {
		return Summary{}, err
	}
	picture.organization = organization.Login
	if picture.imported, err = c.unfinished(ctx, integrationID); err != nil {
		return Summary{}, err
	}
	sync, err := c.startSync(ctx, integrationID, organization.ID)
	if err != nil {
		return Summary{}, err
	}
	ended, err := c.follow(ctx, sync, picture)
	if err != nil {
		return Summary{}, err
	}
	return c.summarize(ctx, organization.Login, ended)
}

// Connect begins to ingest an organization and does not wait for its end.
func Connect(ctx context.Context, o Options) (integrationID string, err error) {
	c := &client{url: o.APIURL, http: &http.Client{}}
	connectionID, organization, err := c.connect(ctx, o, newPicture(o.Organization, o.Progress, time.Now))
	if err != nil {
		return "", err
	}
	return c.integrate(ctx, connectionID, organization, o.ConfirmLoss)
}

// RefusedError is GitHub's refusal of the token or of the organization.
type RefusedError struct{ Cause problem.Cause }

func (e *RefusedError) Error() string {
	return plain.Sprintf("%s: %s", e.Cause.Code, e.Cause.Detail) + remedy(e.Cause.Remediation)
}

// LostError says what a token does not read that another one does, which is kept.
type LostError struct{ Problem problem.Problem }

func (e *LostError) Error() string {
	var b strings.Builder
	plain.Fprintf(&b, "%s: %s", e.Problem.Code, e.Problem.Detail)
	for _, lost := range e.Problem.Lost {
		if len(lost.Repositories) == 0 {
			plain.Fprintf(&b, "\n  %s (%s)", lost.Organization, cmp.Or(listed(lost.Services), string(lost.Access)))
		}
		for _, r := range lost.Repositories {
			b.WriteString("\n  " + plain.Line(r.FullName))
			if len(r.Services) > 0 {
				fmt.Fprintf(&b, " (%s)", listed(r.Services))
			}
		}
	}
	b.WriteString("\nThe token of before stays in use.")
	return b.String() + remedy(e.Problem.Remediation)
}

func listed[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, ", ")
}

// connect tests the token and finds the organization among those it can see.
func (c *client) connect(ctx context.Context, o Options, picture *picture) (connectionID string, _ api.ConnectionOrganization, _ error) {
	picture.phase("connecting")
	var test api.TokenTest
	if err := c.post(ctx, "/connections/github/token/test", map[string]any{"token": o.Token, "organization": o.Organization, "only": true}, &test); err != nil {
		return "", api.ConnectionOrganization{}, err
	}
	if !test.OK && test.WaitingUntil == nil {
		return "", api.ConnectionOrganization{}, &RefusedError{*test.Error}
	}
	organization, found, err := c.awaitVerdict(ctx, test.ConnectionID, o.Organization, picture)
	if err != nil {
		return "", organization, err
	}
	switch {
	case !found:
		return "", organization, fmt.Errorf("the token sees no organization named %s", o.Organization)
	case !organization.Access.Readable() && organization.Cause != nil:
		// Nothing will be made of the token, so it is not kept either.
		return "", organization, errors.Join(&RefusedError{*organization.Cause}, c.do(ctx, http.MethodDelete, "/connections/"+test.ConnectionID, nil, nil))
	}
	return test.ConnectionID, organization, nil
}

// integrate creates the integration that imports everything, or gives the one
// that has the organization already the token of today. One that reads less is
// not taken unless that is confirmed, and forgotten.
func (c *client) integrate(ctx context.Context, connectionID string, organization api.ConnectionOrganization, confirm bool) (integrationID string, err error) {
	if organization.Claim != nil {
		id := organization.Claim.IntegrationID
		err := c.do(ctx, http.MethodPut, "/integrations/"+id+"/credentials", map[string]any{"connection_id": connectionID, "confirm": confirm}, nil)
		var refused *ProblemError
		if errors.As(err, &refused) && refused.Problem.Code == models.AccessLost {
			return id, errors.Join(&LostError{refused.Problem}, c.do(ctx, http.MethodDelete, "/connections/"+connectionID, nil, nil))
		}
		return id, err
	}
	var created api.CreatedIntegrations
	err = c.post(ctx, "/integrations", map[string]any{
		"connection_id": connectionID, "name": organization.Login,
		"organizations": []int64{organization.ID}, "auto_import": true,
	}, &created)
	if err != nil {
		return "", err
	}
	return created.Items[0].ID, nil
}

// unfinished is how many repositories an integration of one organization imports, 0 of one
// that was read to its end before.
func (c *client) unfinished(ctx context.Context, integrationID string) (imported int, err error) {
	var integration api.Integration
	err = c.get(ctx, "/integrations/"+integrationID, &integration)
	if err != nil || integration.CompleteThrough != nil || len(integration.Organizations) != 1 || integration.Repositories == nil {
		return 0, err
	}
	return integration.Repositories.Imported, nil
}

// startSync returns the sync that is under way or queued, as after creating an
// integration or after a process that was killed, or else starts one.
func (c *client) startSync(ctx context.Context, integrationID string, organizationID int64) (api.Sync, error) {
	var organizations api.Items[api.IntegrationOrganization]
	if err := c.get(ctx, "/integrations/"+integrationID+"/organizations", &organizations); err != nil {
		return api.Sync{}, err
	}
	for _, o := range organizations.Items {
		if o.ID == organizationID && o.LatestSync != nil && !o.LatestSync.State.Ended() {
			return *o.LatestSync, nil
		}
	}
	var started api.Items[api.Sync]
	if err := c.post(ctx, "/integrations/"+integrationID+"/syncs", nil, &started); err != nil {
		return api.Sync{}, err
	}
	for _, sync := range started.Items {
		if sync.OrganizationID == organizationID {
			return sync, nil
		}
	}
	return api.Sync{}, fmt.Errorf("no sync of organization %d was started", organizationID)
}
