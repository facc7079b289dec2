package behaviours_test

import (
	"net/http"
	"testing"
	"time"

	"tributary/api"
	"tributary/models"
)

// Of a fine-grained token GitHub tells no scopes, so what it may read is found out by reading.
func Test_P8_aFineGrainedTokenConnectsWithoutScopes(t *testing.T) {
	t.Parallel()
	o := organization(t)
	p := o.OwnerFineGrained(named(t, "owner"))
	test := connect(t, p.Token)
	if len(test.Scopes) > 0 || codeOf(test.Notice) != models.TokenWrongKind {
		t.Errorf("the test tells the scopes %v and notes %+v, want none and %s", test.Scopes, test.Notice, models.TokenWrongKind)
	}
	i := integrate(t, p.Token, o)
	synced(t, i.ID)
	checkCopy(t, o)
}

func Test_P9_aTokenThatEndsInADayIsWorthAWarning(t *testing.T) {
	t.Parallel()
	o := organization(t)
	p := o.OwnerFor(24*time.Hour, named(t, "owner"))
	test := connect(t, p.Token)
	c := get[api.Connection](t, "/connections/"+test.ConnectionID)
	if c.Health != models.CredentialExpiring || c.ExpiresAt == nil || time.Until(*c.ExpiresAt) > 24*time.Hour {
		t.Errorf("the connection is %s until %v, want expiring within a day", c.Health, c.ExpiresAt)
	}
	i := create(t, test.ConnectionID, body{"name": named(t)}, o)
	if check, found := diagnose(t, i.ID)[models.TokenExpiring]; !found || check.Severity != models.SeverityError || check.Remediation == nil {
		t.Errorf("the checks say %+v, want an error for a token that ends so soon, with what to do", check)
	}
}

// diagnose makes the checks of an integration and returns what they found, by code.
func diagnose(t testing.TB, integrationID string) map[models.Code]api.Check {
	t.Helper()
	before := get[api.Diagnostics](t, "/integrations/"+integrationID+"/diagnostics").CheckedAt
	ask[api.Diagnostics](t, http.MethodPost, "/integrations/"+integrationID+"/diagnostics/run", nil)
	found := map[models.Code]api.Check{}
	eventually(t, "the checks are made", func() bool {
		now := get[api.Diagnostics](t, "/integrations/"+integrationID+"/diagnostics")
		for _, check := range now.Items {
			found[check.Code] = check
		}
		return !now.Running && now.CheckedAt != nil && (before == nil || now.CheckedAt.After(*before))
	})
	return found
}
