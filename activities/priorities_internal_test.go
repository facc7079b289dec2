package activities

import (
	"errors"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tributary/github"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestPriorityOf_putsTheShortBeforeTheLong(t *testing.T) {
	t.Parallel()
	for trigger, want := range map[models.SyncTrigger]store.Priority{
		models.TriggerSchedule: store.PriorityScheduled,
		models.TriggerManual:   store.PriorityScheduled,
		models.TriggerConnect:  store.PriorityBackfill,
		models.TriggerImport:   store.PriorityBackfill,
		models.TriggerSettings: store.PriorityBackfill,
	} {
		if got := priorityOf(trigger); got != want {
			t.Errorf("a sync by %s has the priority %s, want %s", trigger, got, want)
		}
	}
}

// TestPriorities_keepAReserveFromABackfill lets a backfill in two processes have as
// much as it gets of an allowance of 100, and then others come.
func TestPriorities_keepAReserveFromABackfill(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			sim := githubsim.New(githubsim.Config{})
			org := sim.AddOrganization("acme")
			a, b, connection := twoProcesses(t, sim, url(t))
			sim.SetLimits(100, 100, time.Hour)

			if sent := spend(t, connection, store.PriorityBackfill, a, b); sent != 90 {
				t.Errorf("a backfill sent %d requests of 100, want 90", sent)
			}
			if sent := spend(t, connection, store.PriorityVerify, a); sent != 0 {
				t.Errorf("a verification sent %d requests after that, want none", sent)
			}
			in := VerifyConnectionInput{ConnectionID: connection, Organization: "acme"}
			if verified, err := b.VerifyConnection(ctx, in); err != nil || verified.Login != "mona" {
				t.Errorf("the wizard got %+v, %v while the backfill waits", verified, err)
			}
			if err := b.PreflightConnection(ctx, PreflightConnectionInput{ConnectionID: connection}); err != nil {
				t.Errorf("the wizard could not ask about the organizations while the backfill waits: %v", err)
			}

			integration, err := a.Store.CreateIntegration(ctx, store.NewIntegration{
				ConnectionID: connection, Name: "GitHub", OrganizationIDs: []int64{org.ID}, Services: models.Services{Repos: true},
			})
			must(t, err)
			probe := func(a *Activities, trigger models.SyncTrigger) error {
				sync, err := a.Store.QueueSync(ctx, integration.ID, org.ID, trigger)
				must(t, err)
				in := SyncInput{SyncID: sync.ID}
				_, err = a.Attempt(ctx, in, func() (any, error) { return a.ProbeOrganization(ctx, in) })
				must(t, a.Store.FinishSync(ctx, sync.ID, models.SyncCancelled, "", ""))
				return err
			}
			probes := 0
			for err = probe(a, models.TriggerImport); err == nil; err = probe(a, models.TriggerImport) {
				probes++
			}
			var limited *temporal.ApplicationError
			if !errors.As(err, &limited) || limited.Type() != RateLimited || probes < 27 {
				t.Errorf("first syncs got %v after %d probes of 3 points, want to wait after 30 or a few less", err, probes)
			}
			if err := probe(b, models.TriggerManual); err != nil {
				t.Errorf("a sync that somebody started got %v while the first one waits", err)
			}
			if stats := sim.Stats(); stats.SentWhileLimited != 0 || stats.Errors != 0 {
				t.Errorf("%d requests were sent while limited and %d refused", stats.SentWhileLimited, stats.Errors)
			}
		})
	}
}

// twoProcesses share a database and a verified connection of mona, who owns acme.
func twoProcesses(t *testing.T, sim *githubsim.Sim, database string) (a, b *Activities, connectionID string) {
	t.Helper()
	account := sim.AddUser("mona")
	sim.Organization("acme").AddMember(account, "admin")
	token := sim.IssueToken(account, githubsim.Token{Scopes: []string{"repo", "read:org"}})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	start := func() *Activities {
		host, err := github.NewHost(github.Config{APIURL: server.URL + "/", MaxWait: time.Nanosecond})
		must(t, err)
		return &Activities{Store: storetest.Open(t, database), GitHub: host, Now: time.Now}
	}
	a, b = start(), start()
	connection, err := a.Store.CreateConnection(t.Context(), models.PersonalAccessToken, store.Secret(token))
	must(t, err)
	verified, err := a.VerifyConnection(t.Context(), VerifyConnectionInput{ConnectionID: connection.ID, Organization: "acme"})
	if err != nil || verified.Refusal != nil {
		t.Fatalf("verified = %+v, %v", verified, err)
	}
	return a, b, connection.ID
}

// spend sends requests of a priority from all processes until each is told to wait.
func spend(t *testing.T, connectionID string, priority store.Priority, processes ...*Activities) (sent int) {
	t.Helper()
	var total atomic.Int64
	var done sync.WaitGroup
	for _, a := range processes {
		client, _, err := a.client(t.Context(), connectionID, priority)
		must(t, err)
		done.Go(func() {
			for {
				_, err := client.Memberships(t.Context(), "")
				if errors.As(err, new(*github.RateLimitError)) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				total.Add(1)
			}
		})
	}
	done.Wait()
	return int(total.Load())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
