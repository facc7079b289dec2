package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// Sync is one pass over one organization.
type Sync struct {
	ID              string             `json:"id" format:"uuid"`
	OrganizationID  int64              `json:"organization_id" example:"583231"`
	IntegrationID   string             `json:"integration_id" format:"uuid"`
	Trigger         models.SyncTrigger `json:"trigger" enum:"connect,import,manual,schedule,settings,verify,webhook"`
	State           models.SyncState   `json:"state" enum:"queued,running,waiting,completed,partial,failed,cancelled" example:"completed"`
	CancelRequested bool               `json:"cancel_requested" doc:"Somebody wants it to stop; it stops at the next page."`
	Cause           *problem.Cause     `json:"cause,omitempty" doc:"Why it failed, or what it waits for."`
	Repositories    int                `json:"repositories" doc:"In which something has changed. 0 until the organization was probed." example:"12"`
	Done            int                `json:"done" doc:"Repositories that were read to the end." example:"12"`
	Failed          int                `json:"failed" doc:"Repositories of which a part could not be read."`
	Usage           Usage              `json:"usage"`
	Stored          Counts             `json:"stored" doc:"Rows that are new or changed."`
	WaitingUntil    *time.Time         `json:"waiting_until,omitempty" doc:"When GitHub's rate limit lets it go on."`
	CreatedAt       time.Time          `json:"created_at"`
	StartedAt       *time.Time         `json:"started_at,omitempty"`
	EndedAt         *time.Time         `json:"ended_at,omitempty"`
	WorkflowID      string             `json:"workflow_id" doc:"In Temporal. Of a scheduled sync that found nothing to read: its schedule there." example:"sync/01890a5d-ac96-774b-bcce-b302099a8057"`
	TemporalUIURL   string             `json:"temporal_ui_url,omitempty" doc:"The workflow's history, or the schedule, where a Temporal UI is configured."`
}

// Usage is what GitHub charged.
type Usage struct {
	Requests      int64   `json:"requests" doc:"All HTTP requests, REST and GraphQL."`
	GraphQLPoints int64   `json:"graphql_points"`
	WaitedSeconds float64 `json:"waited_seconds" doc:"Spent waiting for limits."`
}

// SyncDetail is a sync and where its repositories stand.
type SyncDetail struct {
	Sync
	States  RepositoryStates     `json:"repository_states"`
	AtWork  []RepositoryProgress `json:"at_work" nullable:"false" doc:"The repositories that are being read now."`
	Budgets []Budget             `json:"budgets" nullable:"false" doc:"Of the account that pays for it."`
	// A partial sync is only as good as the list of what it lacks.
	Failures []RepositoryFailure `json:"failures" nullable:"false" doc:"The repositories of which something could not be read; 500 at most."`
}

// RepositoryFailure is a repository that a sync could not read to the end.
type RepositoryFailure struct {
	ID       int64          `json:"id" example:"1296269"`
	FullName string         `json:"full_name" example:"octo-org/hello-world"`
	Cause    *problem.Cause `json:"cause"`
}

// RepositoryStates are a sync's repositories by state.
type RepositoryStates struct {
	Queued    int `json:"queued"`
	Running   int `json:"running"`
	Completed int `json:"completed"`
	Partial   int `json:"partial"`
	Failed    int `json:"failed"`
	Cancelled int `json:"cancelled"`
}

// RepositoryProgress is how far a repository has come.
type RepositoryProgress struct {
	ID       int64    `json:"id" example:"1296269"`
	FullName string   `json:"full_name" example:"octo-org/hello-world"`
	Streams  []Stream `json:"streams" nullable:"false"`
}

func viewStates(n map[models.SyncState]int) RepositoryStates {
	return RepositoryStates{Queued: n[models.SyncQueued], Running: n[models.SyncRunning], Completed: n[models.SyncCompleted],
		Partial: n[models.SyncPartial], Failed: n[models.SyncFailed], Cancelled: n[models.SyncCancelled]}
}

func viewAtWork(p store.SyncProgress) []RepositoryProgress {
	return views(p.Running, func(r store.RepositoryView) RepositoryProgress {
		return RepositoryProgress{ID: r.ID, FullName: r.FullName, Streams: views(r.Streams, viewStream)}
	})
}

func (s *server) viewSync(m models.Sync) Sync {
	workflowID := workflows.SyncID(m.ID)
	workflowURL := s.temporalURL("workflows", workflowID)
	if m.OnlyLooked() {
		workflowID = workflows.ResyncScheduleID(m.OrganizationID)
		workflowURL = s.temporalURL("schedules", workflowID)
	}
	return Sync{
		ID: m.ID, OrganizationID: m.OrganizationID, IntegrationID: m.IntegrationID, Trigger: m.Trigger, State: m.StateAt(s.Now()),
		CancelRequested: m.CancelRequested, Cause: s.causeOfSync(m),
		Repositories: m.Repositories, Done: m.Done, Failed: m.Failed,
		Usage: Usage(m.Usage), Stored: viewStored(m.Counts),
		WaitingUntil: m.WaitingUntil, CreatedAt: m.CreatedAt, StartedAt: m.StartedAt, EndedAt: m.EndedAt,
		WorkflowID: workflowID, TemporalUIURL: workflowURL,
	}
}

func (s *server) registerSyncs() {
	door.Register(s.door, huma.Operation{
		OperationID: "start-syncs", Method: http.MethodPost, Path: "/integrations/{id}/syncs", Tags: []string{"syncs"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Sync an integration now",
		Description:   "Queues a sync of each organization that the integration ingests, and wakes it. An organization whose sync is queued already keeps that one.",
	}, []models.Code{problem.NotFound, problem.IntegrationPaused, problem.IntegrationDeleting, models.TokenInvalid, problem.TemporalDown}, s.startSyncs)
	door.Register(s.door, huma.Operation{
		OperationID: "list-syncs", Method: http.MethodGet, Path: "/integrations/{id}/syncs", Tags: []string{"syncs"},
		Summary: "List the syncs of an integration", Description: "The newest first.",
	}, []models.Code{problem.NotFound}, s.listSyncs)
	door.Register(s.door, huma.Operation{
		OperationID: "get-sync", Method: http.MethodGet, Path: "/syncs/{id}", Tags: []string{"syncs"},
		Summary: "Get a sync", Description: "With the number of its repositories by state, those that are being read now, and how far each of their streams is.",
	}, []models.Code{problem.NotFound}, s.getSync)
	door.Register(s.door, huma.Operation{
		OperationID: "cancel-sync", Method: http.MethodPost, Path: "/syncs/{id}/cancel", Tags: []string{"syncs"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Cancel a sync",
		Description:   "It stops at the next page and keeps what it has stored; the next sync goes on from there. Of one that has ended nothing changes.",
	}, []models.Code{problem.NotFound, problem.TemporalDown}, s.cancelSync)
}

type startSyncsOut struct{ Body Items[Sync] }

func (s *server) startSyncs(ctx context.Context, in *IntegrationPath) (*startSyncsOut, error) {
	if err := s.startable(ctx, in.ID); err != nil {
		return nil, err
	}
	organizations, err := s.chosenOrganizations(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &startSyncsOut{}
	out.Body.Items, err = s.queueSyncs(ctx, in.ID, organizations, models.TriggerManual)
	return out, err
}

type listSyncsIn struct {
	IntegrationPath
	Organization int64              `query:"organization" minimum:"1" doc:"GitHub's id."`
	State        models.SyncState   `query:"state" enum:"queued,running,waiting,completed,partial,failed,cancelled"`
	Trigger      models.SyncTrigger `query:"trigger" enum:"connect,import,manual,schedule,settings,verify,webhook"`
	PageQuery
}

type listSyncsOut struct {
	Link string `header:"Link"`
	Body Page[Sync]
}

func (s *server) listSyncs(ctx context.Context, in *listSyncsIn) (*listSyncsOut, error) {
	if _, err := s.Store.Integration(ctx, in.ID); err != nil {
		return nil, err
	}
	found, err := s.Store.Syncs(ctx, store.SyncFilter{IntegrationID: in.ID, OrganizationID: in.Organization, State: in.State, Trigger: in.Trigger}, store.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	return &listSyncsOut{
		Link: nextLink(ctx, found.Next),
		Body: viewPage(found, s.viewSync),
	}, nil
}

type syncDetailOut struct{ Body SyncDetail }

func (s *server) getSync(ctx context.Context, in *SyncPath) (*syncDetailOut, error) {
	p, err := s.Store.Progress(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	failed, err := s.Store.FailedParts(ctx, in.ID)
	return &syncDetailOut{Body: SyncDetail{
		Sync: s.viewSync(p.Sync), States: viewStates(p.States), AtWork: viewAtWork(p), Budgets: views(p.Budgets, s.viewBudget),
		Failures: views(failed, func(f store.SyncPart) RepositoryFailure {
			return RepositoryFailure{ID: f.RepositoryID, FullName: f.FullName, Cause: syncCause(f.Code, f.Error)}
		}),
	}}, err
}

type syncOut struct{ Body Sync }

func (s *server) cancelSync(ctx context.Context, in *SyncPath) (*syncOut, error) {
	if err := s.Store.RequestCancel(ctx, in.ID); err != nil {
		return nil, err
	}
	sync, err := s.Store.Sync(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !sync.State.Ended() {
		err = s.wake(ctx, sync.OrganizationID)
	}
	return &syncOut{Body: s.viewSync(sync)}, err
}

// causeOfSync knows also what cannot be written on a row.
func (s *server) causeOfSync(m models.Sync) *problem.Cause {
	if !m.State.Ended() && s.Store.Unwritable() {
		return problem.CauseOf(models.DatabaseUnwritable, "", "")
	}
	if m.Code == "" && m.StateAt(s.Now()) == models.SyncWaiting {
		return problem.CauseOf(models.RateLimited, "", "")
	}
	return syncCause(m.Code, m.Error)
}

// syncCause explains a failure. One without a code is not GitHub's doing.
func syncCause(code models.Code, message string) *problem.Cause {
	if code == "" && message != "" {
		code = problem.Internal
	}
	return problem.OptionalCause(code, message, "")
}

// queueSyncs asks for a sync of each organization and wakes their workflows.
// What is queued stays queued if Temporal is away: a worker that starts looks
// for it.
func (s *server) queueSyncs(ctx context.Context, integrationID string, organizations []int64, trigger models.SyncTrigger) ([]Sync, error) {
	queued := []Sync{}
	for _, id := range organizations {
		sync, err := s.Store.QueueSync(ctx, integrationID, id, trigger)
		if err != nil {
			return nil, err
		}
		queued = append(queued, s.viewSync(sync))
	}
	for _, id := range organizations {
		if err := s.wake(ctx, id); err != nil {
			return nil, err
		}
	}
	return queued, nil
}
