package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func nameOf(t *testing.T, s *store.Store, id string) models.Integration {
	t.Helper()
	found, err := s.Integration(t.Context(), id)
	must(t, err)
	return found
}

func TestRenameIntegration_takesAnyNameThatIsFree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		first := storetest.Integration(t, s, 1)
		other, err := s.CreateIntegration(t.Context(), store.NewIntegration{ConnectionID: first.ConnectionID, Name: "Other"})
		must(t, err)
		for _, name := range []string{"GitHub – 🚀", "גיטהאב", "github", "GITHUB"} {
			must(t, s.RenameIntegration(t.Context(), first.ID, "  "+name+" "))
			if got := nameOf(t, s, first.ID); got.Name != name {
				t.Errorf("name = %q, want %q", got.Name, name)
			}
		}
		for _, taken := range []string{"other", "OTHER ", "Other"} {
			if err := s.RenameIntegration(t.Context(), first.ID, taken); !errors.Is(err, store.ErrNameTaken) {
				t.Errorf("%q: %v, want ErrNameTaken", taken, err)
			}
		}
		must(t, s.RenameIntegration(t.Context(), other.ID, "other"))
		if err := s.RenameIntegration(t.Context(), "unknown", "x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown: %v, want ErrNotFound", err)
		}
	})
}

func TestRenameOrganization_takesTheNameAlongUntilSomebodyChoosesOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		_, err := s.CreateIntegration(ctx, store.NewIntegration{ConnectionID: integration.ConnectionID, Name: "Taken"})
		must(t, err)
		rename := func(login, want string) {
			t.Helper()
			must(t, s.RenameOrganization(ctx, storetest.OrganizationID, login))
			if o, err := s.Organization(ctx, storetest.OrganizationID); err != nil || o.Login != login {
				t.Errorf("the organization is %q (%v), want %q", o.Login, err, login)
			}
			if got := nameOf(t, s, integration.ID).Name; got != want {
				t.Errorf("organization %q: the integration is %q, want %q", login, got, want)
			}
		}
		rename("acme", "GitHub") // somebody chose that
		must(t, s.DB().Model(&integration).Update("name_follows", true).Error)
		rename("acme-inc", "acme-inc")
		rename("taken", "acme-inc")
		rename("acme", "acme")
		must(t, s.RenameIntegration(ctx, integration.ID, "Ours"))
		rename("acme-inc", "Ours")

		must(t, s.DB().Model(&integration).Update("name_follows", true).Error)
		must(t, s.SaveOrganizations(ctx, integration.ConnectionID, []models.Organization{{ID: storetest.OrganizationID, Login: "listed"}}, nil))
		if got := nameOf(t, s, integration.ID).Name; got != "listed" {
			t.Errorf("the integration is %q after a listing, want listed", got)
		}
	})
}

func TestRenameOrganization_remembersTheLastNames(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Integration(t, s, 1)
		var want []string
		for i := range 30 {
			login := fmt.Sprint("acme-", i)
			must(t, s.RenameOrganization(ctx, storetest.OrganizationID, login))
			must(t, s.RenameOrganization(ctx, storetest.OrganizationID, strings.Repeat("x", 100_000+i))) // nobody's name
			want = append(want, login)
		}
		o, err := s.Organization(ctx, storetest.OrganizationID)
		must(t, err)
		if want = want[len(want)-20:]; !slices.Equal(o.FormerLogins, want) {
			t.Errorf("remembered are %.1000q, want %q", o.FormerLogins, want)
		}
		for login, found := range map[string]bool{"ACME-10": true, "acme-29": true, "acme-9": false, "octo-org": false} {
			if _, err := s.OrganizationNamed(ctx, login); (err == nil) != found {
				t.Errorf("%s: %v, want it to be found: %t", login, err, found)
			}
		}
	})
}
