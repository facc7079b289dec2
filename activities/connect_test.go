package activities_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tributary/activities"
	"tributary/github"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestVerifyConnection_saysWhatGitHubRefusesAndKeepsNothing(t *testing.T) {
	t.Parallel()
	all := []string{"repo", "read:org"}
	for name, tt := range map[string]struct {
		world        func(org *githubsim.Organization)
		token        githubsim.Token
		wrong        bool // the token is not one of GitHub's
		organization string
		want         models.Code // empty: accepted
		url          string
		missing      string
		detail       string
	}{
		"an accepted token":       {token: githubsim.Token{Scopes: all}, organization: "acme"},
		"implied scopes":          {token: githubsim.Token{Scopes: []string{"repo", "admin:org"}}, organization: "acme"},
		"a fine-grained token":    {token: githubsim.Token{Kind: githubsim.FineGrainedToken}, organization: "acme"},
		"an unknown token":        {wrong: true, want: models.TokenInvalid},
		"an expired token":        {token: githubsim.Token{Scopes: all, ExpiresAt: time.Now().Add(-time.Hour)}, want: models.TokenInvalid},
		"a missing scope":         {token: githubsim.Token{Scopes: []string{"repo"}}, want: models.ScopeMissing, missing: "[read:org]", detail: "read with: read:org."},
		"no scope at all":         {token: githubsim.Token{Scopes: []string{}}, want: models.ScopeMissing, missing: "[repo read:org]", detail: "read with: repo and read:org."},
		"an unknown organization": {token: githubsim.Token{Scopes: all}, organization: "nobody", want: models.OrganizationUnknown, detail: "no organization of this name"},
		"a person's account":      {token: githubsim.Token{Scopes: all}, organization: "mona", want: models.OrganizationUnknown, detail: "mona is a person's account: only organizations are read."},
		"an OAuth restriction": {world: (*githubsim.Organization).RestrictOAuthApps, token: githubsim.Token{Kind: githubsim.OAuthToken, Scopes: all},
			organization: "acme", want: models.OAuthRestricted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := githubsim.New(githubsim.Config{})
			org := sim.AddOrganization("acme")
			account := sim.AddUser("mona")
			org.AddMember(account, "admin")
			secret := sim.IssueToken(account, tt.token)
			if tt.world != nil {
				tt.world(org)
			}
			if tt.wrong {
				secret = "ghp_wrong"
			}
			acts := against(t, sim)
			connection, err := acts.Store.CreateConnection(t.Context(), models.PersonalAccessToken, store.Secret(secret))
			if err != nil {
				t.Fatal(err)
			}

			got, err := acts.VerifyConnection(t.Context(), activities.VerifyConnectionInput{ConnectionID: connection.ID, Organization: tt.organization})

			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				if got.Refusal != nil || got.Login != "mona" {
					t.Errorf("verified = %+v (%+v), want mona", got, got.Refusal)
				}
				return
			}
			if got.Refusal == nil || got.Refusal.Code != tt.want {
				t.Fatalf("refusal = %+v, want %s", got.Refusal, tt.want)
			}
			if !strings.Contains(got.Refusal.URL, tt.url) || tt.missing != "" && fmt.Sprint(got.Refusal.Missing) != tt.missing || !strings.Contains(got.Refusal.Detail, tt.detail) {
				t.Errorf("refusal = %+v, want a URL with %q, missing %q and %q", got.Refusal, tt.url, tt.missing, tt.detail)
			}
			if strings.Contains(got.Refusal.Detail, secret) {
				t.Error("the refusal repeats the token")
			}
			if seen, err := acts.Store.ConnectionOrganizations(t.Context(), connection.ID); err != nil || len(seen) != 0 {
				t.Errorf("%d organizations were kept of a refused connection (%v)", len(seen), err)
			}
		})
	}
}

// against returns activities between a simulator and a fresh database.
func against(t testing.TB, sim *githubsim.Sim) *activities.Activities {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	host, err := github.NewHost(github.Config{APIURL: server.URL + "/"})
	if err != nil {
		t.Fatal(err)
	}
	return &activities.Activities{Store: storetest.New(t), GitHub: host, Now: time.Now}
}
