// Package synctest runs syncs in tests as the workflows do, activity after
// activity, against the simulator over HTTP and a real database, and compares
// the copy with what the simulator knows to be true.
package synctest

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

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

	Connection   models.Connection
	Integration  models.Integration
	Organization string
}

// New connects an organization of the simulator and imports all of it, with a
// database that storetest.SQLiteURL or storetest.PostgresURL made. Both sides
// have the clock now.
func New(t testing.TB, sim *githubsim.Sim, organization, url string, now func() time.Time) *Bench {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	host, err := github.NewHost(github.Config{APIURL: server.URL + "/", Now: now})
	check(t, err)
	b := &Bench{Sim: sim, Store: storetest.Open(t, url), URL: url, Organization: organization}
	b.Activities = &activities.Activities{Store: b.Store, GitHub: host, Now: now}
	b.connect(t)
	return b
}

func (b *Bench) connect(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	account := b.Sim.AddUser("tributary-service")
	b.Sim.Organization(b.Organization).AddMember(account, "admin")
	token := b.Sim.IssueToken(account, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: []string{"repo", "read:org"}})
	var err error
	b.Connection, err = b.Store.CreateConnection(ctx, models.PersonalAccessToken, store.Secret(token))
	check(t, err)
	verified, err := b.Activities.VerifyConnection(ctx, activities.VerifyConnectionInput{ConnectionID: b.Connection.ID, Organization: b.Organization})
	check(t, err)
	if verified.Refusal != nil {
		t.Fatalf("refused: %+v", *verified.Refusal)
	}
	seen, err := b.Store.ConnectionOrganizations(ctx, b.Connection.ID)
	check(t, err)
	created, err := b.Activities.CreateIntegration(ctx, activities.CreateIntegrationInput{
		ConnectionID: b.Connection.ID, Name: b.Organization, AutoImport: true, OrganizationIDs: []int64{seen[0].OrganizationID},
		Services: models.Services{Repos: true, PullRequests: true, Tickets: true},
	})
	check(t, err)
	b.Integration, err = b.Store.Integration(ctx, created.IntegrationID)
	check(t, err)
}

// Sync runs the sync that is queued, or a new one, to its end and returns its row.
func (b *Bench) Sync(t testing.TB) models.Sync {
	t.Helper()
	ctx := t.Context()
	seen, err := b.Store.ConnectionOrganizations(ctx, b.Connection.ID)
	check(t, err)
	queued, err := b.Store.QueueSync(ctx, b.Integration.ID, seen[0].OrganizationID, models.TriggerManual)
	check(t, err)
	input := activities.SyncInput{SyncID: queued.ID}
	check(t, b.Activities.ProbeOrganization(ctx, input))
	plan, err := b.Activities.PlanSync(ctx, input)
	check(t, err)
	for n := range plan.Batches {
		batch, err := b.Activities.Batch(ctx, activities.BatchInput{SyncID: queued.ID, Batch: n})
		check(t, err)
		for _, repository := range batch {
			b.syncRepository(t, activities.StreamInput{SyncID: queued.ID, RepositoryID: repository.ID})
		}
	}
	check(t, b.Activities.FinishSync(ctx, activities.FinishSyncInput{SyncID: queued.ID, State: models.SyncCompleted}))
	ended, err := b.Store.Sync(ctx, queued.ID)
	check(t, err)
	return ended
}

func (b *Bench) syncRepository(t testing.TB, in activities.StreamInput) {
	t.Helper()
	kinds, err := b.Activities.StartRepository(t.Context(), in)
	check(t, err)
	ended := activities.FinishRepositoryInput{SyncID: in.SyncID, RepositoryID: in.RepositoryID, State: models.SyncCompleted}
	for _, kind := range inOrder(kinds) {
		if err := b.SyncStream(t, in, kind); err != nil {
			ended.State, ended.Error = models.SyncFailed, err.Error()
		}
	}
	check(t, b.Activities.FinishRepository(t.Context(), ended))
}

// inOrder puts details behind the lists that they complete.
func inOrder(kinds []models.StreamKind) []models.StreamKind {
	var lists, details []models.StreamKind
	for _, kind := range kinds {
		if kind == models.StreamCommitDetails {
			details = append(details, kind)
		} else {
			lists = append(lists, kind)
		}
	}
	return append(lists, details...)
}

// SyncStream runs one stream to its end or to its first error.
func (b *Bench) SyncStream(t testing.TB, in activities.StreamInput, kind models.StreamKind) error {
	t.Helper()
	sync := map[models.StreamKind]syncStream{
		models.StreamCommits:            b.Activities.SyncCommits,
		models.StreamCommitDetails:      b.Activities.SyncCommitDetails,
		models.StreamPullRequests:       b.Activities.SyncPullRequests,
		models.StreamPullRequestDetails: b.Activities.SyncPullRequestDetails,
		models.StreamReviewComments:     b.Activities.SyncReviewComments,
		models.StreamIssueComments:      b.Activities.SyncIssueComments,
		models.StreamIssues:             b.Activities.SyncIssues,
	}[kind]
	for {
		slice, err := sync(t.Context(), in)
		if err != nil || !slice.More {
			return err
		}
	}
}

// Check fails the test unless the copy equals the truth.
func (b *Bench) Check(t testing.TB) {
	t.Helper()
	if diff := Diff(b.Sim.Truth(b.Organization), storetest.ReadCopy(t, b.URL)); diff != "" {
		t.Errorf("the copy differs from the truth (-truth +copy):\n%.6000s", diff)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type syncStream func(context.Context, activities.StreamInput) (activities.StreamResult, error)
