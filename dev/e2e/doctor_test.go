package e2e_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// doctor runs tributary doctor beside the product.
func (p *product) doctor(t *testing.T, args ...string) outcome {
	t.Helper()
	return runTributary(t, []string{
		"TRIBUTARY_DATABASE_URL=" + p.database, "TRIBUTARY_TEMPORAL_ADDRESS=" + p.TemporalAddress,
		"TRIBUTARY_SECRET_KEYS_FILE=" + filepath.Join(p.config.Directory, "keys"), "TRIBUTARY_GITHUB_API_URL=" + p.world.URL,
	}, append([]string{"doctor"}, args...)...)
}

func TestDoctorCommand_findsWhatIsWrongAndLetsItGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	p := start(t, w)
	token := w.issue(githubsim.Token{Kind: githubsim.ClassicToken, Scopes: githubsim.AllScopes})
	integration := p.integrate(t, token, true)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)
	if got := p.doctor(t); got.code != 0 || !strings.Contains(got.stdout, "All is well") {
		t.Fatalf("exit code %d where all is well, want 0:\n%s%s", got.code, got.stdout, got.stderr)
	}

	w.Organization.RequireSSO()
	got := p.doctor(t)
	if got.code != 1 || !strings.Contains(got.stdout, "sso_required") || !strings.Contains(got.stdout, "/orgs/acme/sso?") || strings.Contains(got.stdout+got.stderr, token) {
		t.Errorf("exit code %d without single sign-on, want 1 and where to authorize:\n%s%s", got.code, got.stdout, got.stderr)
	}
	syncs := len(p.syncs(t, integration))

	w.Organization.AuthorizeSSO(token)
	got = p.doctor(t, "--json", "--integration", "github")
	var report struct {
		Counts       api.Severities
		Installation []api.Check
		Integrations []struct{ api.Diagnostics }
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.code != 0 || report.Counts.Error != 0 || len(report.Integrations) != 1 {
		t.Fatalf("exit code %d with it, %v, want 0:\n%s%s", got.code, err, got.stdout, got.stderr)
	}
	eventually(t, waitForEnd, "a sync goes on by itself", func() bool { return len(p.syncs(t, integration)) == syncs+1 })
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)

	var listed api.Diagnostics
	p.call(t, http.MethodPost, "/integrations/"+integration+"/diagnostics/run", nil, &listed)
	eventually(t, waitForEnd, "the checks that were asked for have ended", func() bool {
		p.call(t, http.MethodGet, "/integrations/"+integration+"/diagnostics", nil, &listed)
		return !listed.Running
	})
	if found := report.Integrations[0].Items; listed.CheckedAt == nil || !slices.EqualFunc(listed.Items, found, func(a, b api.Check) bool {
		return a.Name == b.Name && a.Severity == b.Severity && a.Organization == b.Organization
	}) {
		t.Errorf("the API lists %+v, doctor %+v", listed.Items, found)
	}
}

func TestDiagnose_isStartedByItselfOnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)
	due := func() (listed api.Diagnostics) {
		before := len(p.executions(t, "WorkflowType = 'DiagnoseDue' AND ExecutionStatus = 'Completed'"))
		if err := p.Temporal.ScheduleClient().GetHandle(t.Context(), "diagnose").Trigger(t.Context(), client.ScheduleTriggerOptions{}); err != nil {
			t.Fatal(err)
		}
		eventually(t, waitForEnd, "the schedule has started what is due", func() bool {
			return len(p.executions(t, "WorkflowType = 'DiagnoseDue' AND ExecutionStatus = 'Completed'")) > before
		})
		p.call(t, http.MethodGet, "/integrations/"+integration+"/diagnostics", nil, &listed)
		return listed
	}
	if listed := due(); listed.CheckedAt != nil {
		t.Errorf("a new integration was checked at %s", listed.CheckedAt)
	}

	storetest.Exec(t, p.database, "UPDATE integrations SET created_at = ?", time.Now().Add(-25*time.Hour))

	if listed := due(); listed.CheckedAt == nil || listed.Counts.Error+listed.Counts.Warning > 0 || len(listed.Items) < 10 {
		t.Errorf("a day later its checks are %+v", listed)
	}
}
