package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/problem"
	"tributary/config"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// testKey is the key that storetest seals with.
const testKey = "YSBrZXkgdGhhdCBvbmx5IHRlc3RzIHVzZSwgMzIgYnk="

// onInstallation makes a database with one integration, whose checks found
// trouble, and a simulated GitHub those that doctor looks at. Temporal is away.
func onInstallation(t *testing.T) (*store.Store, *githubsim.Sim) {
	t.Helper()
	db := onDatabase(t)
	sim := githubsim.New(githubsim.Config{})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	t.Setenv("TRIBUTARY_GITHUB_API_URL", server.URL+"/")
	t.Setenv("TRIBUTARY_SECRET_KEYS", testKey)
	t.Setenv("TRIBUTARY_TEMPORAL_ADDRESS", "127.0.0.1:1")
	t.Setenv("TRIBUTARY_PUBLIC_URL", "https://tributary.example.com")
	integration := storetest.Integration(t, db, 1)
	_, err := db.SaveDiagnosis(t.Context(), store.Diagnosis{IntegrationID: integration.ID, ConnectionID: integration.ConnectionID, Rows: []models.Diagnostic{
		{Name: "credential", Severity: models.SeverityOK, Detail: "GitHub accepts the credential of octocat."},
		{OrganizationID: storetest.OrganizationID, Name: "access", Severity: models.SeverityError, Code: models.IPAllowList, Detail: "Your IP address is not permitted.",
			Endpoint: "GET /organizations/9000/repos", Status: 403, RemedyURL: "https://github.com/organizations/octo-org/settings/security"},
		{OrganizationID: storetest.OrganizationID, Name: "role", Severity: models.SeverityInfo, Code: models.NotOrgOwner},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return db, sim
}

func codeOfExit(err error) int {
	if err == nil {
		return 0
	}
	return exitCode(err)
}

func TestDoctor_saysWhatIsWrongWhyWhoAndWhere(t *testing.T) {
	onInstallation(t)
	got := runCommand(t, "doctor", "--offline")
	if codeOfExit(got.err) != 1 || !strings.Contains(got.err.Error(), "1 error, 0 warnings") {
		t.Errorf("ended with %v", got.err)
	}
	want := `GitHub, checked at DATE
  error    octo-org  The organization allows only listed addresses (ip_allow_list)
                     why    Your IP address is not permitted.
                     stops  Nothing of the organization is read. What is stored stays.
                     do     Add the address of this installation to the organization's IP allow list.
                     who    an owner of octo-org
                     where  https://github.com/organizations/octo-org/settings/security
                     seen   GET /organizations/9000/repos answered 403
  info     octo-org  The account is not an owner of the organization (not_org_owner)
                     why    Only owners can manage an organization's webhooks. Everything else works.
                     stops  There are no webhooks. Everything else works.
                     do     Connect with an account that is an owner, or let an owner make this one an owner.
                     who    an owner of octo-org
  ok                 The credential: GitHub accepts the credential of octocat.
`
	_, section, _ := strings.Cut(got.out, "\n\n")
	heading, rest, _ := strings.Cut(section, "\n")
	wantHeading, wantRest, _ := strings.Cut(want, "\n")
	if !strings.HasPrefix(heading, strings.TrimSuffix(wantHeading, "DATE")) || !strings.HasPrefix(rest, wantRest) {
		t.Errorf("printed\n%s\nwant\n%s", got.out, want)
	}
	if strings.Contains(got.out, "ghp_secret") || strings.Contains(got.out, testKey) {
		t.Error("a secret is printed")
	}
	for _, name := range []string{"Temporal", "Workers", "GitHub:"} {
		if strings.Contains(got.out, name) {
			t.Errorf("--offline looked at %s", name)
		}
	}
}

// website is what people see of GitHub.
func website(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html>Page not found</html>"))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

func TestDoctor_checksTheInstallationFirst(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*testing.T, *githubsim.Sim)
		check  string
		want   models.Code
	}{
		"a well one":         {func(*testing.T, *githubsim.Sim) {}, "github", ""},
		"Temporal is away":   {func(*testing.T, *githubsim.Sim) {}, "temporal", problem.TemporalDown},
		"another key":        {func(t *testing.T, _ *githubsim.Sim) { t.Setenv("TRIBUTARY_SECRET_KEYS", strings.Repeat("A", 43)+"=") }, "secrets", models.SecretKeyUnknown},
		"no key":             {func(t *testing.T, _ *githubsim.Sim) { t.Setenv("TRIBUTARY_SECRET_KEYS", "") }, "secrets", models.SecretKeyUnknown},
		"GitHub is down":     {func(_ *testing.T, sim *githubsim.Sim) { sim.Fail(githubsim.Fault{Kind: githubsim.HTTPStatus}) }, "github", models.GitHubUnavailable},
		"a website":          {func(t *testing.T, _ *githubsim.Sim) { t.Setenv("TRIBUTARY_GITHUB_API_URL", website(t)) }, "github", models.GitHubAddressWrong},
		"GitHub is nowhere":  {func(t *testing.T, _ *githubsim.Sim) { t.Setenv("TRIBUTARY_GITHUB_API_URL", "http://127.0.0.1:1/") }, "github", models.GitHubUnreachable},
		"an encrypted way":   {func(t *testing.T, _ *githubsim.Sim) { t.Setenv("TRIBUTARY_GITHUB_WEB_URL", "https://ghe.example.com/") }, "encryption", ""},
		"an unencrypted way": {func(t *testing.T, _ *githubsim.Sim) { t.Setenv("TRIBUTARY_GITHUB_WEB_URL", "http://ghe.example.com/") }, "encryption", models.GitHubInTheClear},
		"no public address":  {func(t *testing.T, _ *githubsim.Sim) { t.Setenv("TRIBUTARY_PUBLIC_URL", "") }, "public_url", models.ReceiverNotPublic},
		"an empty database": {func(t *testing.T, _ *githubsim.Sim) {
			t.Setenv("TRIBUTARY_DATABASE_URL", "sqlite:"+t.TempDir()+"/new.db")
		}, "schema", problem.SchemaWrong},
		"a database nowhere": {func(t *testing.T, _ *githubsim.Sim) {
			t.Setenv("TRIBUTARY_DATABASE_URL", "sqlite:"+t.TempDir()+"/no/such.db")
		}, "database", models.DatabaseDown},
		"a good App":          {func(t *testing.T, sim *githubsim.Sim) { setApp(t, sim, false) }, "github_app", ""},
		"an App's former key": {func(t *testing.T, sim *githubsim.Sim) { setApp(t, sim, true) }, "github_app", models.AppCredentialInvalid},
		"an App's broken key": {func(t *testing.T, sim *githubsim.Sim) {
			setApp(t, sim, false)
			t.Setenv("TRIBUTARY_GITHUB_APP_PRIVATE_KEY", "broken")
		}, "github_app", models.AppCredentialInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, sim := onInstallation(t)
			tt.change(t, sim)
			got := runCommand(t, "doctor", "--json")
			if codeOfExit(got.err) != 1 { // Temporal is away at least
				t.Errorf("ended with %v", got.err)
			}
			var report doctorReport
			if err := json.Unmarshal([]byte(got.out), &report); err != nil {
				t.Fatalf("printed %s: %v", got.out, err)
			}
			at := slices.IndexFunc(report.Installation, func(c api.Check) bool { return c.Name == tt.check })
			if at < 0 {
				t.Fatalf("%s was not looked at: %s", tt.check, got.out)
			}
			check := report.Installation[at]
			if check.Code != tt.want || check.Group != api.GroupPlatform || check.Detail == "" {
				t.Errorf("%s = %+v, want the code %q", tt.check, check, tt.want)
			}
			if tt.want == models.GitHubInTheClear && check.Severity != models.SeverityWarning {
				t.Errorf("it is %s", check.Severity)
			}
			if tt.want != "" && tt.want != models.ReceiverNotPublic && tt.want != models.GitHubInTheClear && (check.Severity != models.SeverityError || report.Installation[0].Severity != models.SeverityError) {
				t.Errorf("it is %s, and the first is %+v", check.Severity, report.Installation[0])
			}
		})
	}
}

func setApp(t *testing.T, sim *githubsim.Sim, rotate bool) {
	t.Helper()
	app := sim.AddApp(githubsim.AppSpec{Slug: "tributary", Permissions: map[string]string{"contents": "read"}})
	for variable, value := range map[string]string{
		"ID": fmt.Sprint(app.ID), "PRIVATE_KEY": string(app.PrivateKeyPEM()), "CLIENT_ID": "Iv23li", "CLIENT_SECRET": "secret", "SLUG": "tributary",
	} {
		t.Setenv("TRIBUTARY_GITHUB_APP_"+variable, value)
	}
	if rotate {
		app.RotateKey()
	}
}

func TestDoctor_listsOneIntegrationOrAll(t *testing.T) {
	db, _ := onInstallation(t)
	for _, args := range [][]string{{}, {"--integration", "github"}} {
		got := runCommand(t, append([]string{"doctor", "--offline", "--json"}, args...)...)
		var report doctorReport
		if err := json.Unmarshal([]byte(got.out), &report); err != nil || codeOfExit(got.err) != 1 {
			t.Fatalf("%q printed %s: %v, %v", args, got.out, got.err, err)
		}
		if len(report.Integrations) != 1 || report.Integrations[0].Name != "GitHub" || report.Integrations[0].Counts != (api.Severities{Error: 1, Info: 1, OK: 1}) || len(report.Integrations[0].Items) != 3 {
			t.Errorf("%q lists %+v", args, report.Integrations)
		}
	}
	for _, args := range [][]string{{"--integration", "nobody"}, {"GitHub"}, {"--nonsense"}} {
		if got := runCommand(t, append([]string{"doctor", "--offline"}, args...)...); codeOfExit(got.err) != 2 || got.out != "" {
			t.Errorf("%q ended with %v and printed %q, want exit code 2", args, got.err, got.out)
		}
	}

	integration, err := db.IntegrationByName(t.Context(), "GitHub")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.SaveDiagnosis(t.Context(), store.Diagnosis{IntegrationID: integration.ID, ConnectionID: integration.ConnectionID,
		Rows: []models.Diagnostic{{Name: "credential", Severity: models.SeverityOK, Detail: "fine"}, {Name: "rate_limit", Severity: models.SeverityInfo, Code: models.RateLimited}}}); err != nil {
		t.Fatal(err)
	}
	if got := runCommand(t, "doctor", "--offline"); got.err != nil || !strings.Contains(got.out, "All is well: ") {
		t.Errorf("where all is well it ended with %v:\n%s", got.err, got.out)
	}
}

func TestDoctor_saysWhichSettingIsWrong(t *testing.T) {
	t.Setenv("TRIBUTARY_DATABASE_URL", "")
	got := runCommand(t, "doctor")
	if setting := new(config.Error); !errors.As(got.err, &setting) || setting.Variable != "TRIBUTARY_DATABASE_URL" || codeOfExit(got.err) != 2 {
		t.Errorf("without a database: %v", got.err)
	}
}

func TestDoctor_tellsWhenIntegrationsWereChecked(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for want, i := range map[string]doctorIntegration{
		"acme, checked at 2026-11-22 12:00:00 UTC": {Name: "acme", Lifecycle: models.IntegrationActive, Diagnostics: api.Diagnostics{CheckedAt: &at}},
		"acme (paused), not checked yet":           {Name: "acme", Lifecycle: models.IntegrationPaused},
	} {
		if got := headingOf(i); got != want {
			t.Errorf("heading = %q, want %q", got, want)
		}
	}
}

func TestPrintReport_showsWhatGitHubSentPlainly(t *testing.T) {
	t.Parallel()
	hostile := "octo\x1b[2J\r\nforged line"
	var out strings.Builder
	err := printReport(&out, doctorReport{Integrations: []doctorIntegration{{Name: hostile, Diagnostics: api.Diagnostics{Items: []api.Check{
		{Severity: models.SeverityError, Code: models.RepoGone, Title: "Gone", Organization: hostile, Detail: hostile, Effect: hostile, Remediation: &problem.Remediation{}},
	}}}}})
	if err != nil || strings.ContainsAny(out.String(), "\x1b\r") || strings.Contains(out.String(), "\nforged") || strings.Count(out.String(), `octo\x1b[2J\r\nforged`) < 3 {
		t.Errorf("%v: what GitHub sent is shown as it is, or not at all:\n%q", err, out.String())
	}
}

func TestDoctor_saysInOneLineWhatIsFine(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	fine := func(title, organization string) api.Check {
		return api.Check{Title: title, Organization: organization, Severity: models.SeverityOK, Detail: "Long, and the same for all."}
	}
	err := printReport(&out, doctorReport{Installation: []api.Check{
		fine("The database", ""), {Title: "Temporal does not answer", Severity: models.SeverityError, Code: problem.TemporalDown, Detail: "refused", Remediation: &problem.Remediation{}}, fine("Access", "acme"), fine("Access", "globex"),
	}})
	want := "  ok       3 checks: The database, Access (2)\n"
	if err != nil || !strings.Contains(out.String(), want) || strings.Contains(out.String(), "Long") || !strings.Contains(out.String(), "why    refused") {
		t.Errorf("printed %v\n%s\nwant the line\n%s", err, out.String(), want)
	}
}
