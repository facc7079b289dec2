package behaviours_test

import (
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
	test := connect(t, o.OwnerFor(24*time.Hour, named(t, "owner")).Token)
	c := get[api.Connection](t, "/connections/"+test.ConnectionID)
	if c.Health != models.CredentialExpiring || c.ExpiresAt == nil || time.Until(*c.ExpiresAt) > 24*time.Hour {
		t.Errorf("the connection is %s until %v, want expiring within a day", c.Health, c.ExpiresAt)
	}
}
