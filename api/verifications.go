package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.temporal.io/sdk/client"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// Verification is a comparison of an organization's copy with GitHub.
type Verification struct {
	ID             string             `json:"id" format:"uuid"`
	OrganizationID int64              `json:"organization_id" example:"583231"`
	IntegrationID  string             `json:"integration_id" format:"uuid"`
	Trigger        models.SyncTrigger `json:"trigger" enum:"manual,schedule"`
	Repair         bool               `json:"repair" doc:"What differs is mended, not only reported."`
	State          models.SyncState   `json:"state" enum:"queued,running,waiting,completed,partial,failed,cancelled" doc:"Of a partial one, some repositories could not be compared." example:"completed"`
	Cause          *problem.Cause     `json:"cause,omitempty" doc:"Why it failed, or what it could not compare."`
	Repositories   int                `json:"repositories" doc:"That were compared."`
	Compared       int64              `json:"compared" doc:"Objects that were looked at one by one." example:"1500"`
	Drifts         int                `json:"drifts" doc:"Differences that were found."`
	Repaired       int                `json:"repaired" doc:"Of them: mended, compared again, and equal. The verification waits for the sync that reads what is missing or outdated."`
	Skipped        int                `json:"skipped" doc:"Streams that were not counted, because the next sync reads them anyway."`
	Usage          Usage              `json:"usage"`
	WaitingUntil   *time.Time         `json:"waiting_until,omitempty" doc:"When GitHub's rate limit lets it go on."`
	CreatedAt      time.Time          `json:"created_at"`
	StartedAt      *time.Time         `json:"started_at,omitempty"`
	EndedAt        *time.Time         `json:"ended_at,omitempty"`
	WorkflowID     string             `json:"workflow_id" doc:"In Temporal." example:"verify/583231"`
	TemporalUIURL  string             `json:"temporal_ui_url,omitempty" doc:"The workflow's history, where a Temporal UI is configured."`
}

// VerificationDetail is a verification with what it has found.
type VerificationDetail struct {
	Verification
	Extent int           `json:"extent" doc:"Repositories to compare."`
	Counts []DriftCounts `json:"counts" nullable:"false" doc:"All differences, by kind and finding."`
	Items  []Drift       `json:"items" nullable:"false" doc:"The differences, by repository; 500 at most."`
}

// DriftCounts are differences of one kind.
type DriftCounts struct {
	Kind     models.StreamKind `json:"kind"`
	Finding  models.Finding    `json:"finding" enum:"missing,gone,stale"`
	Drifts   int               `json:"drifts"`
	Repaired int               `json:"repaired"`
}

// Drift is one difference between the copy and GitHub.
type Drift struct {
	RepositoryID int64             `json:"repository_id" example:"1296269"`
	Repository   string            `json:"repository" example:"octo-org/hello-world"`
	Kind         models.StreamKind `json:"kind"`
	Subject      string            `json:"subject" doc:"The number of an issue or a pull request, the id of a comment or a label, #number for the comments of one. Empty for all rows of the kind." example:"42"`
	Finding      models.Finding    `json:"finding" enum:"missing,gone,stale" doc:"missing: GitHub has more than is stored. gone: proven to be gone from GitHub. stale: stored in an older state."`
	Expected     int64             `json:"expected" doc:"Rows that GitHub has, where it is about numbers."`
	Stored       int64             `json:"stored"`
	Reason       string            `json:"reason" doc:"In words." example:"deleted"`
	Repair       models.Repair     `json:"repair" enum:",queued,mended,failed" doc:"queued: a sync reads it again. mended: compared again after that, and equal. failed: different still; reason says in what. Empty where nothing was to be mended." example:"mended"`
}

func viewDrift(d store.DriftView) Drift {
	return Drift{RepositoryID: d.RepositoryID, Repository: d.Repository, Kind: d.Kind, Subject: d.Subject,
		Finding: d.Finding, Expected: d.Expected, Stored: d.Stored, Reason: d.Reason, Repair: d.Repair}
}

// ViewVerification is a verification as the API shows it, without URLs.
func ViewVerification(v models.Verification, now time.Time) Verification {
	state := models.Sync{State: v.State, WaitingUntil: v.WaitingUntil}.StateAt(now)
	return Verification{
		ID: v.ID, OrganizationID: v.OrganizationID, IntegrationID: v.IntegrationID, Trigger: v.Trigger, Repair: v.Repair,
		State: state, Cause: syncCause(cmp.Or(v.StuckCode, v.Code), cmp.Or(v.StuckError, v.Error)),
		Repositories: v.Repositories, Compared: v.Compared, Drifts: v.Drifts, Repaired: v.Repaired, Skipped: v.Skipped,
		Usage: Usage(v.Usage), WaitingUntil: v.WaitingUntil, CreatedAt: v.CreatedAt, StartedAt: v.StartedAt, EndedAt: v.EndedAt,
		WorkflowID: workflows.VerifyID(v.OrganizationID),
	}
}

// ViewReport is what a verification found, as the API shows it, without URLs.
func ViewReport(r store.VerificationReport, now time.Time) VerificationDetail {
	return VerificationDetail{
		Verification: ViewVerification(r.Verification, now), Extent: r.Extent,
		Counts: views(r.Counts, func(c store.DriftCounts) DriftCounts { return DriftCounts(c) }),
		Items:  views(r.Drifts, viewDrift),
	}
}

func (s *server) viewVerification(v models.Verification) Verification {
	view := ViewVerification(v, s.Now())
	view.TemporalUIURL = s.temporalURL("workflows", view.WorkflowID)
	return view
}

func (s *server) registerVerifications() {
	door.Register(s.door, huma.Operation{
		OperationID: "start-verification", Method: http.MethodPost, Path: "/organizations/{id}/verifications", Tags: []string{"verifications"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Verify an organization now",
		Description: "Counts what is stored against GitHub's own totals, and looks at up to 500 rows of each kind in each repository one by one; every verification takes the next ones. " +
			"With repair, what is proven to be gone gets a tombstone, what is missing or outdated is read by a sync and compared again. " +
			"If one is running already, remediation.url of the answer is where to look at it.",
	}, []models.Code{problem.NotFound, problem.VerificationRunning, problem.IntegrationPaused, problem.IntegrationDeleting, models.TokenInvalid, problem.TemporalDown}, s.startVerification)
	door.Register(s.door, huma.Operation{
		OperationID: "list-verifications", Method: http.MethodGet, Path: "/organizations/{id}/verifications", Tags: []string{"verifications"},
		Summary: "List the verifications of an organization", Description: "The newest first.",
	}, []models.Code{problem.NotFound}, s.listVerifications)
	door.Register(s.door, huma.Operation{
		OperationID: "get-verification", Method: http.MethodGet, Path: "/verifications/{id}", Tags: []string{"verifications"},
		Summary: "Get a verification", Description: "With what it has found so far.",
	}, []models.Code{problem.NotFound}, s.getVerification)
}

// VerificationRequest says what to do about differences.
type VerificationRequest struct {
	Repair bool `json:"repair" doc:"Mend what differs. Without it nothing changes."`
}

type startVerificationIn struct {
	OrganizationPath
	Body VerificationRequest
}

type verificationOut struct{ Body Verification }

func (s *server) startVerification(ctx context.Context, in *startVerificationIn) (*verificationOut, error) {
	o, err := s.claimed(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.startable(ctx, o.IntegrationID); err != nil {
		return nil, err
	}
	var v models.Verification
	err = s.askTemporal(ctx, func(ctx context.Context) error {
		v, err = StartVerification(ctx, s.Store, s.Temporal, o.Organization, in.Body.Repair)
		return err
	})
	if errors.Is(err, workflows.ErrVerifying) {
		return nil, verificationRunning(v.ID)
	}
	return &verificationOut{Body: s.viewVerification(v)}, err
}

func verificationRunning(id string) *problem.Problem {
	if id == "" {
		return problem.New(problem.VerificationRunning, "")
	}
	running := problem.New(problem.VerificationRunning, "Verification "+id+" is running.")
	running.Remediation.URL = "/api/v1/verifications/" + id
	return running
}

// StartVerification writes a verification down and starts it. When another one
// of the organization is running it returns that one and workflows.ErrVerifying.
func StartVerification(ctx context.Context, db *store.Store, temporal client.Client, organization models.Organization, repair bool) (models.Verification, error) {
	asked, err := db.CreateVerification(ctx, organization.ID, repair)
	if err != nil {
		return asked, err
	}
	started := workflows.StartVerification(ctx, temporal, organization, asked.ID)
	if started == nil {
		return asked, nil
	}
	if err := db.DiscardVerification(context.WithoutCancel(ctx), asked.ID); err != nil {
		return asked, errors.Join(started, err)
	}
	if !errors.Is(started, workflows.ErrVerifying) {
		return asked, started
	}
	running, err := db.OpenVerification(ctx, organization.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // it may be about to make its row, or just have ended
		return running, err
	}
	return running, started
}

type listVerificationsIn struct {
	OrganizationPath
	PageQuery
}

type listVerificationsOut struct {
	Link string `header:"Link"`
	Body Page[Verification]
}

func (s *server) listVerifications(ctx context.Context, in *listVerificationsIn) (*listVerificationsOut, error) {
	if _, err := s.Store.Organization(ctx, in.ID); err != nil {
		return nil, err
	}
	found, err := s.Store.Verifications(ctx, in.ID, store.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	return &listVerificationsOut{
		Link: nextLink(ctx, found.Next),
		Body: viewPage(found, s.viewVerification),
	}, nil
}

type verificationDetailOut struct{ Body VerificationDetail }

func (s *server) getVerification(ctx context.Context, in *VerificationPath) (*verificationDetailOut, error) {
	r, err := s.Store.VerificationReport(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	detail := ViewReport(r, s.Now())
	detail.TemporalUIURL = s.temporalURL("workflows", detail.WorkflowID)
	return &verificationDetailOut{Body: detail}, nil
}
