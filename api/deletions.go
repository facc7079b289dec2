package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/workflows"
)

// Deletion is how far the deletion of an integration is.
type Deletion struct {
	IntegrationID string               `json:"integration_id" format:"uuid"`
	Name          string               `json:"name" doc:"That the integration had." example:"GitHub – octocat"`
	Step          models.DeletionStep  `json:"step" enum:"schedules,syncs,rows,claims,completed" doc:"What it is at. syncs: it waits for those that run to stop." example:"rows"`
	RowsTotal     int64                `json:"rows_total" doc:"Rows that were stored when it began; a guess until the syncs have stopped." example:"48210"`
	RowsDeleted   int64                `json:"rows_deleted" example:"16000"`
	RequestedAt   time.Time            `json:"requested_at" example:"2026-05-04T09:30:00Z"`
	CompletedAt   *time.Time           `json:"completed_at,omitempty" doc:"From then on its organizations can be connected again."`
	WebhooksLeft  []models.WebhookLeft `json:"webhooks_left" nullable:"false" doc:"Webhooks that GitHub did not let us delete: somebody who may has to, in the settings of the organization or repository. What they deliver is refused."`
	WorkflowID    string               `json:"workflow_id" doc:"In Temporal." example:"delete/01890a5d-ac96-774b-bcce-b302099a8057"`
	TemporalUIURL string               `json:"temporal_ui_url,omitempty" doc:"The workflow's history, where a Temporal UI is configured." example:"http://127.0.0.1:8233/namespaces/default/workflows/delete%2F01890a5d-ac96-774b-bcce-b302099a8057"`
}

func (s *server) viewDeletion(d models.Deletion) Deletion {
	id := workflows.DeletionID(d.IntegrationID)
	return Deletion{IntegrationID: d.IntegrationID, Name: d.Name, Step: d.Step, RowsTotal: d.RowsTotal, RowsDeleted: d.RowsDeleted,
		WebhooksLeft: append([]models.WebhookLeft{}, d.WebhooksLeft...), RequestedAt: d.RequestedAt, CompletedAt: d.CompletedAt, WorkflowID: id, TemporalUIURL: s.temporalURL("workflows", id)}
}

func (s *server) registerDeletions() {
	door.Register(s.door, huma.Operation{
		OperationID: "delete-integration", Method: http.MethodDelete, Path: "/integrations/{id}", Tags: []string{"integrations"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Delete an integration with all that was ingested for it",
		Description: "From the answer on nothing is stored. Schedules, syncs, rows, settings and claims are deleted in the background, and the credential unless another integration uses it; " +
			"then the organizations can be connected again. At GitHub our webhooks are deleted, and nothing else changes; webhooks_left names those that we may not delete. It cannot be undone; doing it again is harmless.",
	}, []models.Code{problem.NotFound, problem.TemporalDown}, s.deleteIntegration)
	door.Register(s.door, huma.Operation{
		OperationID: "get-deletion", Method: http.MethodGet, Path: "/integrations/{id}/deletion", Tags: []string{"integrations"},
		Summary:     "See how far the deletion of an integration is",
		Description: "Also for at least 30 days after it is completed.",
	}, []models.Code{problem.NotFound}, s.getDeletion)
	door.Register(s.door, huma.Operation{
		OperationID: "remove-repositories", Method: http.MethodPost, Path: "/integrations/{id}/repositories/remove", Tags: []string{"repositories"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Remove repositories, with or without their data",
		Description: "They are ignored from the answer on: nothing more is stored of them. With data delete, what is stored is deleted in the background; " +
			"a repository that is imported again afterwards is read from the beginning. Doing it again is harmless.",
	}, []models.Code{problem.NotFound, models.ClaimedElsewhere, problem.IntegrationDeleting, problem.TemporalDown}, s.removeRepositories)
}

type deletionOut struct{ Body Deletion }

// deleteIntegration stores the request first. If Temporal is away, a worker starts
// the deletion later.
func (s *server) deleteIntegration(ctx context.Context, in *IntegrationPath) (*deletionOut, error) {
	deletion, err := s.Store.DeleteIntegration(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if deletion.CompletedAt != nil {
		return &deletionOut{Body: s.viewDeletion(deletion)}, nil
	}
	organizations, err := s.Store.IngestedOrganizations(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	err = s.askTemporal(ctx, func(ctx context.Context) error {
		return workflows.StartDeletion(ctx, s.Temporal, deletion, organizations)
	})
	return &deletionOut{Body: s.viewDeletion(deletion)}, err
}

func (s *server) getDeletion(ctx context.Context, in *IntegrationPath) (*deletionOut, error) {
	deletion, err := s.Store.Deletion(ctx, in.ID)
	return &deletionOut{Body: s.viewDeletion(deletion)}, err
}

// RemoveRequest names repositories and says whether their rows are kept.
type RemoveRequest struct {
	RepositoryIDs []int64 `json:"repository_ids" nullable:"false" minItems:"1" maxItems:"500" uniqueItems:"true" doc:"GitHub's ids." example:"[1296269]"`
	Data          string  `json:"data" enum:"keep,delete" doc:"keep: only nothing more is read. delete: what is stored goes, too." example:"keep"`
}

type removeIn struct {
	IntegrationPath
	Body RemoveRequest
}

// Removed is what came of removing repositories.
type Removed struct {
	Changed int `json:"changed" doc:"Repositories that were not ignored before." example:"1"`
}

type removedOut struct{ Body Removed }

func (s *server) removeRepositories(ctx context.Context, in *removeIn) (*removedOut, error) {
	changed, purging, err := s.Store.RemoveRepositories(ctx, in.ID, in.Body.RepositoryIDs, in.Body.Data == "delete")
	if err != nil {
		return nil, err
	}
	return &removedOut{Body: Removed{Changed: changed}}, inParallel(ctx, purging, s.wakePurge)
}

func (s *server) wakePurge(ctx context.Context, organizationID int64) error {
	organization, err := s.Store.Organization(ctx, organizationID)
	if err != nil {
		return err
	}
	return s.askTemporal(ctx, func(ctx context.Context) error { return workflows.WakePurge(ctx, s.Temporal, organization) })
}
