// Package synctest runs syncs in tests as the workflows do, activity after
// activity, against the simulator over HTTP and a real database, and compares
// the copy with what the simulator knows to be true.
package synctest

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/github"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// Bench is a simulated GitHub, a database and the activities between them.
type Bench struct {
	Sim        *githubsim.Sim
	Store      *store.Store
	Activities *activities.Activities
	URL        string // of the database

	Token        string // of the connection
	Connection   models.Connection
	Integration  models.Integration
	Organization *githubsim.Organization

	// Attempts is how often an activity is tried that may succeed on another attempt; 1
	// when not set. Temporal tries as often as needed.
	Attempts int
	// Looks lets the schedule look before every second sync, and runs what that begins.
	Looks bool

	tried int // syncs
}

// New connects an organization of the simulator and imports all of it, with a
// database that storetest.SQLiteURL or storetest.PostgresURL made. All sides use the
// clock now. Nothing waits for it: limits are errors at once.
func New(t testing.TB, sim *githubsim.Sim, organization, url string, now func() time.Time) *Bench {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	host, err := github.NewHost(github.Config{
		APIURL: server.URL + "/", Now: now, MaxWait: time.Nanosecond, RequestsPerMinute: 1_000_000,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	check(t, err)
	b := &Bench{Sim: sim, Store: storetest.OpenAt(t, url, now), URL: url, Organization: sim.Organization(organization)}
	b.Activities = &activities.Activities{Store: b.Store, GitHub: host, Now: now}
	b.connect(t, githubsim.ClassicToken)
	created, err := b.Activities.CreateIntegrations(t.Context(), activities.CreateIntegrationsInput{
		ConnectionID: b.Connection.ID, Name: organization, AutoImport: true, OrganizationIDs: []int64{b.organizationID(t)},
		Services: models.Services{Repos: true, PullRequests: true, Tickets: true},
	})
	check(t, err)
	if created.Refusal != nil {
		t.Fatalf("refused: %+v", *created.Refusal)
	}
	b.Integration, err = b.Store.Integration(t.Context(), created.IntegrationIDs[0])
	check(t, err)
	return b
}

// connect verifies a new token of the service account.
func (b *Bench) connect(t testing.TB, kind githubsim.TokenKind) {
	t.Helper()
	ctx := t.Context()
	account := b.Sim.AddUser("tributary-service")
	b.Organization.AddMember(account, "admin")
	b.Token = b.Sim.IssueToken(account, TokenFor(b.Organization, kind))
	var err error
	b.Connection, err = b.Store.CreateConnection(ctx, models.PersonalAccessToken, store.Secret(b.Token))
	check(t, err)
	verified, err := b.Activities.VerifyConnection(ctx, activities.VerifyConnectionInput{ConnectionID: b.Connection.ID, Organization: b.Organization.Login()})
	check(t, err)
	if verified.Refusal != nil {
		t.Fatalf("refused: %+v", *verified.Refusal)
	}
	check(t, b.Activities.PreflightConnection(ctx, activities.PreflightConnectionInput{ConnectionID: b.Connection.ID}))
}

// TokenFor is a token of a kind that may read all of an organization.
func TokenFor(organization *githubsim.Organization, kind githubsim.TokenKind) githubsim.Token {
	if kind == githubsim.FineGrainedToken {
		return githubsim.Token{Kind: kind, Organization: organization}
	}
	return githubsim.Token{Kind: kind, Scopes: []string{"repo", "read:org"}}
}

// Reconnect lets the integration go on with a new token.
func (b *Bench) Reconnect(t testing.TB, kind githubsim.TokenKind) {
	t.Helper()
	b.connect(t, kind)
	_, err := b.Store.ReplaceConnection(t.Context(), b.Integration.ID, b.Connection.ID)
	check(t, err)
}

// Wake does nothing: no workflow sleeps here.
func (b *Bench) Wake(testing.TB) {}

// Remember and Forget do nothing: no workflow knows anything here.
func (b *Bench) Remember(testing.TB) {}

// Forget is what Remember is for.
func (b *Bench) Forget(testing.TB) {}

func (b *Bench) organizationID(t testing.TB) int64 {
	t.Helper()
	seen, err := b.Store.ConnectionOrganizations(t.Context(), b.Connection.ID)
	check(t, err)
	return seen[0].OrganizationID
}

// Sync runs the sync that is queued, or a new one, to its end and returns its
// row. What cannot be read of a repository is on the row; GitHub must answer
// the change probe.
func (b *Bench) Sync(t testing.TB) models.Sync {
	t.Helper()
	ended, err := b.TrySync(t)
	check(t, err)
	return ended
}

// TrySync is Sync for when GitHub may refuse all of it. Its error is what ended
// the sync.
func (b *Bench) TrySync(t testing.TB) (models.Sync, error) {
	t.Helper()
	ctx := t.Context()
	if b.tried++; b.Looks && b.tried%2 == 0 {
		_, err := Attempt(t, b.Activities, b.Activities.Look, activities.LookInput{OrganizationID: b.organizationID(t)})
		check(t, err)
		b.RunScheduled(t)
	}
	queued, err := b.Store.QueueSync(ctx, b.Integration.ID, b.organizationID(t), models.TriggerManual)
	check(t, err)
	return b.run(t, queued)
}

// run runs a sync that is queued.
func (b *Bench) run(t testing.TB, queued models.Sync) (models.Sync, error) {
	t.Helper()
	ctx := t.Context()
	ended := activities.FinishSyncInput{SyncID: queued.ID, State: models.SyncCompleted}
	refused := b.try(func() error { return b.probe(t, activities.SyncInput{SyncID: queued.ID}) })
	if refused == nil {
		refused = b.syncRepositories(t, queued.ID)
	}
	if refused != nil {
		ended.State, ended.Code, ended.Error = models.SyncFailed, codeOf(refused), refused.Error()
	}
	_, err := b.Activities.FinishSync(ctx, ended)
	check(t, err)
	row, err := b.Store.Sync(ctx, queued.ID)
	check(t, err)
	return row, refused
}

// probe finds out what has changed.
func (b *Bench) probe(t testing.TB, in activities.SyncInput) error {
	t.Helper()
	probed, err := Attempt(t, b.Activities, b.Activities.ProbeOrganization, in)
	if err != nil || !probed.Compare {
		return err
	}
	return Do(t, b.Activities, b.Activities.ComparePullRequests, in)
}

func (b *Bench) syncRepositories(t testing.TB, syncID string) error {
	t.Helper()
	plan, err := b.Activities.PlanSync(t.Context(), activities.SyncInput{SyncID: syncID})
	check(t, err)
	for n := range plan.Batches {
		if err := b.syncBatch(t, activities.BatchInput{SyncID: syncID, Batch: n}); err != nil {
			return err
		}
	}
	return nil
}

// syncBatch reads the small repositories of a batch together, then each of the others.
func (b *Bench) syncBatch(t testing.TB, in activities.BatchInput) error {
	t.Helper()
	for {
		var together activities.TogetherResult
		err := b.try(func() (err error) {
			together, err = Attempt(t, b.Activities, b.Activities.SyncTogether, in)
			return err
		})
		if err != nil {
			return err
		}
		for _, repository := range together.Left {
			if err := b.syncRepository(t, activities.StreamInput{SyncID: in.SyncID, RepositoryID: repository.ID}); err != nil {
				return err
			}
		}
		if !together.More {
			return nil
		}
	}
}

// syncRepository reads all streams of a repository. It returns an error only if that ends
// the sync.
func (b *Bench) syncRepository(t testing.TB, in activities.StreamInput) error {
	t.Helper()
	kinds, err := b.Activities.StartRepository(t.Context(), in)
	check(t, err)
	ended := activities.FinishRepositoryInput{SyncID: in.SyncID, RepositoryID: in.RepositoryID, State: models.SyncCompleted}
	for _, kind := range models.InOrder(kinds) {
		err := b.try(func() error { return b.SyncStream(t, in, kind) })
		var failure *temporal.ApplicationError
		switch errors.As(err, &failure); {
		case err == nil || failure != nil && failure.Type() == activities.ServiceDisabled:
		case failure != nil && failure.Type() == activities.CredentialInvalid:
			return err
		case ended.State == models.SyncCompleted: // the first one stands for the others
			ended.State, ended.Code, ended.Error = models.SyncFailed, codeOf(err), err.Error()
		}
	}
	check(t, b.Activities.FinishRepository(t.Context(), ended))
	return nil
}

// try repeats what may succeed on another attempt. It does not wait for limits.
func (b *Bench) try(do func() error) (err error) {
	for range max(1, b.Attempts) {
		err = do()
		var failure *temporal.ApplicationError
		if err == nil || errors.As(err, &failure) && (failure.NonRetryable() || failure.Type() == activities.RateLimited) {
			return err
		}
	}
	return err
}

// codeOf returns the code that a workflow finds in the error of an activity, and the code
// of a limit where a workflow would wait.
func codeOf(err error) models.Code {
	var failure *temporal.ApplicationError
	var code models.Code
	switch {
	case !errors.As(err, &failure):
	case failure.Type() == activities.RateLimited:
		return models.RateLimited
	case failure.HasDetails() && failure.Details(&code) == nil:
		return code
	}
	return activities.CodeOf(err)
}

// SyncStream runs one stream to its end or to its first error.
func (b *Bench) SyncStream(t testing.TB, in activities.StreamInput, kind models.StreamKind) error {
	t.Helper()
	sync := activities.SyncStreams(b.Activities)[kind]
	for {
		slice, err := Attempt(t, b.Activities, sync, in)
		if err != nil || !slice.More {
			return err
		}
	}
}

// Check fails the test unless the copy equals the truth.
func (b *Bench) Check(t testing.TB) {
	t.Helper()
	if diff := Diff(b.Sim.Truth(b.Organization.Login()), storetest.ReadCopy(t, b.URL)); diff != "" {
		t.Errorf("the copy differs from the truth (-truth +copy):\n%.6000s", diff)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
