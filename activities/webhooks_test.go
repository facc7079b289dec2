package activities_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// hooked is a bench with a receiver, whose integration reads with the token of an owner.
type hooked struct {
	*synctest.Bench
	clock  *atomic.Int64
	org    *githubsim.Organization
	api    *githubsim.Repository
	person *githubsim.User
	wakes  int

	url      string // of the database
	mu       sync.Mutex
	refuse   bool
	arrived  []models.Delivery // that are not stored yet
	received []string          // the events of all
}

func newHooked(t *testing.T, url string) *hooked {
	t.Helper()
	h := &hooked{clock: &atomic.Int64{}, url: url}
	h.clock.Store(storetest.Noon.UnixNano())
	now := func() time.Time { return time.Unix(0, h.clock.Load()).UTC() }
	sim := githubsim.New(githubsim.Config{Now: now, AllowLocalHooks: true})
	t.Cleanup(sim.Close)
	h.org, h.person = sim.AddOrganization("acme"), sim.AddUser("mona")
	for _, name := range []string{"api", "web"} {
		h.api = h.org.AddRepository(name)
		h.push()
	}
	h.later(time.Hour)
	h.Bench = synctest.New(t, sim, "acme", url, now)
	h.use(t, h.org.Owner("boss"))
	h.Sync(t)
	receiver := httptest.NewServer(h)
	t.Cleanup(receiver.Close)
	h.Activities.PublicURL = receiver.URL
	h.Activities.Wake = func(context.Context, int64) error { h.wakes++; return nil }
	return h
}

func (h *hooked) later(d time.Duration) { h.clock.Add(int64(d)) }

func (h *hooked) push() {
	h.api.Commit(githubsim.CommitSpec{Author: h.person, Message: "Push", Additions: 1})
}

// use lets the integration go on with somebody's token.
func (h *hooked) use(t *testing.T, p githubsim.Persona) {
	t.Helper()
	connection, err := h.Store.CreateConnection(t.Context(), models.PersonalAccessToken, store.Secret(p.Token))
	must(t, err)
	must(t, h.Store.AuthorizeConnection(t.Context(), connection.ID, store.Identity{Login: p.User.Login(), RateOwner: "user/" + p.User.Login(), Scopes: []string{"repo", "admin:org"}}))
	_, err = h.Store.ReplaceConnection(t.Context(), h.Integration.ID, connection.ID)
	must(t, err)
}

// ServeHTTP receives deliveries; deliver stores them.
func (h *hooked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	event := r.Header.Get("X-GitHub-Event")
	h.received = append(h.received, event)
	var body struct {
		Repository   struct{ ID int64 }
		Organization struct{ ID int64 }
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	h.arrived = append(h.arrived, models.Delivery{OrganizationID: body.Organization.ID, RepositoryID: body.Repository.ID, WebhookID: r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:], GUID: r.Header.Get("X-GitHub-Delivery"), Event: event, State: models.DeliveryIgnored})
}

func (h *hooked) refuseDeliveries(refuse bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse = refuse
}

func (h *hooked) organizationID(t *testing.T) int64 {
	t.Helper()
	organizations, err := h.Store.IngestedOrganizations(t.Context(), h.Integration.ID)
	must(t, err)
	return organizations[0].ID
}

func (h *hooked) switchOn(t *testing.T, source models.WebhookSource) {
	t.Helper()
	must(t, h.Store.SwitchOnWebhooks(t.Context(), h.Integration.ID, h.organizationID(t), source))
}

// look runs the activity, after all that was announced is delivered.
func (h *hooked) look(t *testing.T) []models.Webhook {
	t.Helper()
	h.deliver(t)
	for more := true; more; {
		looked, err := h.Activities.CheckWebhooks(t.Context(), activities.CheckWebhooksInput{OrganizationID: h.organizationID(t), All: true})
		must(t, err)
		more = looked.More
	}
	h.deliver(t)
	hooks, err := h.Store.Webhooks(t.Context(), h.Integration.ID)
	must(t, err)
	return hooks
}

func (h *hooked) deliver(t *testing.T) {
	t.Helper()
	must(t, h.Sim.Deliver(t.Context()))
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.Store.SaveDeliveries(t.Context(), h.arrived)
	must(t, err)
	h.arrived = nil
}

// one is look where there is one hook.
func (h *hooked) one(t *testing.T) models.Webhook {
	t.Helper()
	hooks := h.look(t)
	if len(hooks) != 1 {
		t.Fatalf("there are %d hooks, want one", len(hooks))
	}
	return hooks[0]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWebhooks_areMadeOnceAndAsTheyShouldBe(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		h := newHooked(t, url)
		h.switchOn(t, models.OrganizationHook)
		made := h.one(t)
		// A crash after GitHub made it and before we knew, and a second click.
		storetest.Exec(t, url, "UPDATE webhooks SET state = 'creating', hook_id = 0")
		h.one(t)
		h.switchOn(t, models.OrganizationHook)
		again := h.one(t)

		if len(h.org.Hooks()) != 1 || again.ID != made.ID || again.HookID != made.HookID || again.State != models.WebhookActive || again.Code != "" {
			t.Fatalf("%d hooks at GitHub, %+v, then %+v", len(h.org.Hooks()), made, again)
		}
		secret, err := h.Store.WebhookSecret(again)
		must(t, err)
		want := githubsim.HookSpec{
			URL: h.Activities.PublicURL + "/webhooks/github/" + made.ID, Secret: string(secret), ContentType: "json", Events: models.OrganizationHook.Events(),
		}
		if diff := cmp.Diff(want, h.org.Hooks()[0].Spec()); diff != "" {
			t.Errorf("the hook (-want +got):\n%s", diff)
		}
		if again = h.one(t); again.PingedAt == nil || models.HealthOf([]models.Webhook{again}) != models.WebhooksHealthy {
			t.Errorf("after the ping: %+v", again)
		}
		must(t, h.Store.SwitchOffWebhooks(t.Context(), h.Integration.ID, h.organizationID(t)))
		if left := h.look(t); len(left) > 0 || len(h.org.Hooks()) > 0 {
			t.Errorf("switched off, %d rows and %d hooks are left", len(left), len(h.org.Hooks()))
		}
	})
}

func TestWebhooks_findWhatSomebodyDidToThemAndMendIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do    func(*githubsim.Hook)
		state models.WebhookState
		code  models.Code
	}{
		"deleted":          {(*githubsim.Hook).Delete, models.WebhookMissing, models.HookMissing},
		"muted":            {(*githubsim.Hook).Mute, models.WebhookMuted, models.HookMuted},
		"another address":  {func(h *githubsim.Hook) { h.Alter(func(s *githubsim.HookSpec) { s.URL = "https://example.com/x" }) }, models.WebhookAltered, models.HookAltered},
		"fewer events":     {func(h *githubsim.Hook) { h.Alter(func(s *githubsim.HookSpec) { s.Events = []string{"push"} }) }, models.WebhookAltered, models.HookAltered},
		"forms":            {func(h *githubsim.Hook) { h.Alter(func(s *githubsim.HookSpec) { s.ContentType = "form" }) }, models.WebhookAltered, models.HookAltered},
		"any certificates": {func(h *githubsim.Hook) { h.Alter(func(s *githubsim.HookSpec) { s.InsecureSSL = true }) }, models.WebhookAltered, models.HookAltered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHooked(t, storetest.SQLiteURL(t))
			h.switchOn(t, models.OrganizationHook)
			h.one(t)
			h.one(t)
			h.wakes = 0

			tt.do(h.org.Hooks()[0])
			if found := h.one(t); found.State != tt.state || found.Code != tt.code || h.wakes != 1 {
				t.Errorf("it is %s, %s; the organization was woken %d times", found.State, found.Code, h.wakes)
			}
			h.switchOn(t, models.OrganizationHook)
			h.one(t)
			if mended := h.one(t); mended.State != models.WebhookActive || mended.Code != "" || len(h.org.Hooks()) != 1 {
				t.Errorf("switched on again it is %s, %s, with %d hooks", mended.State, mended.Code, len(h.org.Hooks()))
			}
		})
	}
}

func TestWebhooks_letWhatFailedBeDeliveredAgain(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		h := newHooked(t, url)
		h.switchOn(t, models.OrganizationHook)
		h.one(t)
		h.later(time.Minute)
		h.one(t)

		h.refuseDeliveries(true)
		h.later(time.Minute)
		for range 5 {
			h.push()
		}
		h.deliver(t)
		h.later(time.Minute)
		failing := h.one(t)
		if failing.State != models.WebhookFailing || failing.Code != models.HookFailing || failing.Undelivered != 5 || failing.Redelivered != 0 {
			t.Fatalf("with the receiver away: %+v", failing)
		}
		h.later(time.Minute)
		if again := h.one(t); again.Undelivered != 5 {
			t.Errorf("%d are counted as undelivered, want the same 5", again.Undelivered)
		}

		h.refuseDeliveries(false)
		for range 3 {
			h.later(time.Minute)
			h.one(t)
		}
		back := h.one(t)
		if back.State != models.WebhookActive || back.Undelivered != 5 || back.Redelivered != 5 {
			t.Errorf("with the receiver back: %+v", back)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if n := len(slices.DeleteFunc(h.received, func(event string) bool { return event != "push" })); n != 5 {
			t.Errorf("%d pushes arrived, want 5", n)
		}
	})
}

// The webhook of our App is GitHub's: it can be looked at, and what failed be delivered
// again, to the organization that asks.
func TestWebhooks_ofTheAppAreLookedAfterToo(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		h := newHooked(t, url)
		address := h.Activities.PublicURL + "/webhooks/github/" + models.AppWebhook
		app, _ := installed(t, h.Bench, h.org, h.org.Owner("installer").User, githubsim.AppSpec{Events: models.OrganizationHook.Events(), WebhookURL: address, WebhookSecret: "It is a secret"})
		other := h.Sim.AddOrganization("globex")
		elsewhere := other.AddRepository("api")
		app.Install(other, githubsim.InstallSpec{})
		h.switchOn(t, models.AppHook)
		h.push()
		if found := h.one(t); found.State != models.WebhookActive || found.Code != "" || found.CheckedAt == nil || found.Undelivered != 0 {
			t.Fatalf("with all well: %+v", found)
		}

		h.refuseDeliveries(true)
		h.later(time.Minute)
		for range 4 {
			h.push()
			elsewhere.Commit(githubsim.CommitSpec{Author: h.person})
		}
		h.deliver(t)
		h.later(time.Minute)
		if found := h.one(t); found.State != models.WebhookFailing || found.Code != models.HookFailing || found.Undelivered != 4 {
			t.Fatalf("with the receiver away: %+v", found)
		}
		h.refuseDeliveries(false)
		for range 3 {
			h.later(time.Minute)
			h.one(t)
		}
		if back := h.one(t); back.State != models.WebhookActive || back.Undelivered != 4 || back.Redelivered != 4 {
			t.Errorf("with the receiver back: %+v", back)
		}

		app.Hook().Alter(func(s *githubsim.HookSpec) { s.Secret = "" })
		if found := h.one(t); found.State != models.WebhookAltered || found.Code != models.HookAltered || !strings.Contains(found.Error, "no secret") {
			t.Errorf("without a secret: %+v", found)
		}
		h.use(t, h.org.Owner("another"))
		if left := h.look(t); len(left) > 0 {
			t.Errorf("with a token in place of the App: %+v", left)
		}
	})
}

func TestWebhooks_changeTheirSecretWithoutLosingADelivery(t *testing.T) {
	t.Parallel()
	h := newHooked(t, storetest.SQLiteURL(t))
	h.switchOn(t, models.OrganizationHook)
	before := h.one(t)
	for range 2 { // the second click changes nothing
		if n, err := h.Store.RotateWebhookSecrets(t.Context(), h.Integration.ID, h.organizationID(t)); err != nil || n != 1 {
			t.Fatalf("rotated %d, %v", n, err)
		}
	}
	hooks, err := h.Store.Webhooks(t.Context(), h.Integration.ID)
	must(t, err)
	if hook := hooks[0]; hook.Previous == "" || hook.PreviousUntil.Sub(time.Unix(0, h.clock.Load())) < 24*time.Hour {
		t.Errorf("while GitHub has the old secret: until %v", hook.PreviousUntil)
	}
	h.deliver(t)
	_, err = h.Activities.CheckWebhooks(t.Context(), activities.CheckWebhooksInput{OrganizationID: h.organizationID(t)})
	must(t, err)
	hooks, err = h.Store.Webhooks(t.Context(), h.Integration.ID)
	must(t, err)
	after := hooks[0]
	secret, err := h.Store.WebhookSecret(after)
	must(t, err)
	if got := h.org.Hooks()[0].Spec().Secret; got != string(secret) || after.Secret == before.Secret || after.State != models.WebhookActive {
		t.Errorf("GitHub does not have the new secret; the hook is %s", after.State)
	}
	if left := after.PreviousUntil.Sub(time.Unix(0, h.clock.Load())); after.Previous == "" || left < time.Minute || left > time.Hour {
		t.Errorf("the old secret is accepted for %s more", left)
	}
	h.later(time.Hour)
	if later := h.one(t); later.Previous != "" || later.PreviousUntil != nil {
		t.Error("the old secret is still there")
	}
}

func TestWebhooks_ofRepositoriesForThoseWhoAdministerSome(t *testing.T) {
	t.Parallel()
	h := newHooked(t, storetest.SQLiteURL(t))
	p := h.org.Member("helper")
	h.api.AddAdmin(p.User)
	h.use(t, p)
	h.switchOn(t, models.RepositoryHook)

	hooks := h.look(t)

	states := map[models.WebhookState]models.Code{}
	for _, hook := range hooks {
		states[hook.State] = hook.Code
	}
	if want := (map[models.WebhookState]models.Code{models.WebhookActive: "", models.WebhookCreating: models.PermissionMissing}); !cmp.Equal(states, want) {
		t.Errorf("states are %v, want %v", states, want)
	}
	if hooks := h.api.Hooks(); len(hooks) != 1 || !slices.Equal(hooks[0].Spec().Events, models.RepositoryHook.Events()) {
		t.Errorf("the repository has %d hooks", len(hooks))
	}
	h.switchOn(t, models.OrganizationHook)
	if got := h.look(t); len(h.api.Hooks()) != 0 || got[0].Code != models.NotOrgOwner {
		t.Errorf("for the organization: %d hooks at the repository, %s", len(h.api.Hooks()), got[0].Code)
	}
}

func TestDeleteIntegration_deletesItsWebhooksOrNamesThem(t *testing.T) {
	t.Parallel()
	for name, owner := range map[string]bool{"an owner": true, "a member": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				h := newHooked(t, url)
				h.switchOn(t, models.OrganizationHook)
				hook := h.one(t)
				if !owner {
					h.use(t, h.org.Member("helper"))
				}
				_, err := h.Store.DeleteIntegration(t.Context(), h.Integration.ID)
				must(t, err)
				in := activities.DeletionInput{IntegrationID: h.Integration.ID}
				must(t, h.Activities.DeleteIntegrationSchedules(t.Context(), in))

				deletion, err := h.Store.Deletion(t.Context(), h.Integration.ID)
				must(t, err)
				var want models.List[models.WebhookLeft]
				if !owner {
					want = models.List[models.WebhookLeft]{{Organization: "acme", HookID: hook.HookID, Code: models.NotOrgOwner}}
				}
				if diff := cmp.Diff(want, deletion.WebhooksLeft, cmp.Transformer("empty", func(l models.List[models.WebhookLeft]) []models.WebhookLeft {
					return append([]models.WebhookLeft{}, l...)
				})); diff != "" || len(h.org.Hooks()) != len(want) {
					t.Errorf("as an owner: %t: %s; %d hooks are left at GitHub", owner, diff, len(h.org.Hooks()))
				}
			})
		})
	}
}

func TestDiagnose_saysWhetherWebhooksDeliver(t *testing.T) {
	t.Parallel()
	h := newHooked(t, storetest.SQLiteURL(t))
	h.switchOn(t, models.OrganizationHook)
	h.one(t)
	for _, want := range []models.Code{"", models.HookMuted} {
		_, err := h.Activities.Diagnose(t.Context(), activities.DiagnoseInput{IntegrationID: h.Integration.ID, Asked: true})
		must(t, err)
		found, err := h.Store.Diagnostics(t.Context(), h.Integration.ID)
		must(t, err)
		i := slices.IndexFunc(found, func(d store.DiagnosticView) bool { return d.Name == "webhooks" })
		if i < 0 || found[i].Code != want {
			t.Fatalf("found %+v, want %q", found, want)
		}
		h.org.Hooks()[0].Mute()
	}
}

// plan begins a scheduled sync, up to the plan, and ends it.
func (h *hooked) plan(t *testing.T) {
	t.Helper()
	_, err := h.Store.QueueScheduled(t.Context(), h.organizationID(t))
	must(t, err)
	open, err := h.Store.OpenSyncs(t.Context(), h.organizationID(t))
	must(t, err)
	in := activities.SyncInput{SyncID: open[0].ID}
	_, err = h.Activities.ProbeOrganization(t.Context(), in)
	must(t, err)
	_, err = h.Activities.PlanSync(t.Context(), in)
	must(t, err)
	_, err = h.Activities.FinishSync(t.Context(), activities.FinishSyncInput{SyncID: in.SyncID, State: models.SyncCompleted})
	must(t, err)
}

func TestPlanSync_countsWhatNoDeliveryAnnounced(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		h := newHooked(t, url)
		h.push()
		h.later(time.Hour)
		h.switchOn(t, models.OrganizationHook)
		h.one(t)
		expect := func(when string, unannounced int64, gap bool) {
			t.Helper()
			hooks, err := h.Store.Webhooks(t.Context(), h.Integration.ID)
			must(t, err)
			if hook := hooks[0]; hook.Unannounced != unannounced || (hook.GapSince != nil) != gap || (hook.Trouble() == models.HookGap) != gap {
				t.Errorf("%s: %d unannounced, a gap since %v; want %d, and a gap: %t", when, hook.Unannounced, hook.GapSince, unannounced, gap)
			}
		}
		h.later(time.Minute)
		h.plan(t)
		expect("what was behind before there was a hook", 0, false)
		h.Sync(t)
		h.later(10 * time.Minute)
		h.Sync(t) // once more for what was very new
		h.later(10 * time.Minute)
		h.plan(t)
		expect("nothing new", 0, false)

		h.Sim.SetDeliveryFaults(githubsim.DeliveryFaults{Seed: 1, Drop: 1, Unlogged: 1})
		h.push()
		h.plan(t)
		expect("a change that is a moment old", 0, false)
		h.later(5 * time.Minute)
		h.wakes = 0
		h.plan(t)
		expect("a change that was not delivered", 1, true)
		if h.wakes != 1 {
			t.Errorf("the organization was woken %d times, want once", h.wakes)
		}
		o, err := h.Store.OrganizationSchedule(t.Context(), h.organizationID(t))
		must(t, err)
		if got := o.Effective().IntervalSeconds; got != 450 {
			t.Errorf("with a gap it is synced every %d seconds, want 450", got)
		}

		h.Sim.SetDeliveryFaults(githubsim.DeliveryFaults{})
		h.Sync(t)
		h.later(10 * time.Minute)
		h.Sync(t)
		h.later(time.Hour)
		h.push()
		h.deliver(t)
		h.later(5 * time.Minute)
		h.plan(t)
		expect("a change that was delivered", 1, false)
	})
}
