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
)

func (s *server) registerSelection() {
	door.Register(s.door, huma.Operation{
		OperationID: "import-repositories", Method: http.MethodPost, Path: "/integrations/{id}/repositories/import", Tags: []string{"repositories"},
		Summary: "Import repositories",
		Description: "The named ones, all that a filter shows, or all that are available. Claims their organizations for the integration, queues a sync of each and wakes it. " +
			"Named ones that a rule excludes, or whose records are being deleted, are refused, and nothing is imported; a filter leaves those out. Doing it again is harmless.",
	}, []models.Code{problem.NotFound, models.ClaimedElsewhere, models.ExcludedByRules, models.RepoPurging, problem.IntegrationPaused, problem.IntegrationDeleting, problem.TemporalDown}, s.importRepositories)
	door.Register(s.door, huma.Operation{
		OperationID: "ignore-repositories", Method: http.MethodPost, Path: "/integrations/{id}/repositories/ignore", Tags: []string{"repositories"},
		Summary:     "Ignore repositories",
		Description: "The named ones, all that a filter shows, or all that are available. Nothing more is read of them, whatever the rules say; what is stored is kept.",
	}, []models.Code{problem.NotFound, models.ClaimedElsewhere, problem.IntegrationDeleting}, s.ignoreRepositories)
	door.Register(s.door, huma.Operation{
		OperationID: "restore-repositories", Method: http.MethodPost, Path: "/integrations/{id}/repositories/restore", Tags: []string{"repositories"},
		Summary: "Take back that repositories were ignored",
		Description: "The named ones, all that a filter shows, or all that are ignored. They become what they would be otherwise: excluded where a rule matches, imported where something of them is stored " +
			"or the organization imports by itself, else available. Where something is imported again a sync is queued.",
	}, []models.Code{problem.NotFound, models.ClaimedElsewhere, problem.IntegrationDeleting, problem.TemporalDown}, s.restoreRepositories)
	door.Register(s.door, huma.Operation{
		OperationID: "resync-repositories", Method: http.MethodPost, Path: "/integrations/{id}/repositories/resync", Tags: []string{"repositories"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Read repositories again from the beginning",
		Description:   "Everything of them is read once more, and what differs is corrected; nothing is deleted beforehand. Of organizations that the integration has claimed. Those that are not imported stay as they are.",
	}, []models.Code{problem.NotFound, problem.IntegrationPaused, problem.IntegrationDeleting, problem.TemporalDown}, s.resyncRepositories)
	door.Register(s.door, huma.Operation{
		OperationID: "set-auto-import", Method: http.MethodPut, Path: "/integrations/{id}/organizations/{organization_id}/auto-import", Tags: []string{"repositories"},
		Summary: "Import an organization's repositories as they appear",
		Description: "On: claims the organization, imports repositories that are found later unless a rule excludes them, queues a sync and wakes it. " +
			"Off: what is imported stays so.",
	}, []models.Code{problem.NotFound, models.ClaimedElsewhere, problem.IntegrationPaused, problem.IntegrationDeleting, problem.TemporalDown}, s.setAutoImport)
}

// SelectRequest names repositories: some, all that a filter shows, or all.
type SelectRequest struct {
	RepositoryIDs []int64           `json:"repository_ids,omitempty" nullable:"false" maxItems:"500" uniqueItems:"true" doc:"GitHub's ids." example:"[1296269]"`
	Filter        *RepositoryFilter `json:"filter,omitempty" doc:"All that the list of repositories shows with the same filter."`
	All           bool              `json:"all,omitempty" doc:"The same as an empty filter."`
}

// RepositoryFilter is the filter of the list of repositories.
type RepositoryFilter struct {
	Organization int64                     `json:"organization,omitempty" minimum:"1" doc:"GitHub's id of the organization." example:"583231"`
	Selection    []models.Selection        `json:"selection,omitempty" nullable:"false" maxItems:"4" enum:"available,imported,ignored,excluded_by_rule" doc:"Any of these. Unless given: ignored to restore, else available." example:"[\"available\"]"`
	Query        string                    `json:"q,omitempty" maxLength:"100" pattern:"^[A-Za-z0-9._/ -]*$" patternDescription:"a part of owner/name" doc:"A part of owner/name, in any case." example:"hello"`
	Status       []models.RepositoryStatus `json:"status,omitempty" nullable:"false" maxItems:"4" enum:"processing,healthy,rate_limited,failed" doc:"Any of these." example:"[\"failed\"]"`
	Visibility   []string                  `json:"visibility,omitempty" nullable:"false" maxItems:"3" enum:"public,private,internal" doc:"Any of these." example:"[\"private\"]"`
	Archived     *bool                     `json:"archived,omitempty" doc:"Only archived ones, or only others."`
	Fork         *bool                     `json:"fork,omitempty" doc:"Only forks, or only others."`
	Language     []string                  `json:"language,omitempty" nullable:"false" maxItems:"50" doc:"Any of these, as GitHub writes them." example:"[\"Go\"]"`
	PushedSince  time.Time                 `json:"pushed_since,omitzero" doc:"Pushed to since then."`
	HasCause     *bool                     `json:"has_cause,omitempty" doc:"Only those that cannot be read, or only others."`
}

type selectIn struct {
	IntegrationPath
	Body SelectRequest
}

// choice is what a request names, which must be one thing.
func (in *selectIn) choice() (store.Choice, error) {
	ways := 0
	for _, given := range []bool{len(in.Body.RepositoryIDs) > 0, in.Body.Filter != nil, in.Body.All} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return store.Choice{}, problem.Invalid("body", "expected either repository_ids, filter or all")
	}
	choice := store.Choice{RepositoryIDs: in.Body.RepositoryIDs}
	if f := in.Body.Filter; f != nil {
		choice.Filter = store.RepositoryFilter{
			OrganizationID: f.Organization, Selections: f.Selection, Query: f.Query, Statuses: f.Status, Visibilities: f.Visibility,
			Archived: f.Archived, Fork: f.Fork, Languages: f.Language, PushedSince: f.PushedSince, HasCause: f.HasCause,
		}
	}
	return choice, nil
}

// Selected is what came of choosing repositories.
type Selected struct {
	Changed int    `json:"changed" doc:"Repositories whose selection is another one now." example:"12"`
	Syncs   []Sync `json:"syncs" nullable:"false" doc:"What was queued because of it."`
}

type selectOut struct{ Body Selected }

func (s *server) importRepositories(ctx context.Context, in *selectIn) (*selectOut, error) {
	choice, err := in.choice()
	if err != nil {
		return nil, err
	}
	if err := s.active(ctx, in.ID); err != nil {
		return nil, err
	}
	chosen, err := s.Store.Import(ctx, in.ID, choice)
	if err != nil {
		return nil, err
	}
	return s.selected(ctx, in.ID, chosen.Changed, chosen.Organizations, models.TriggerImport)
}

func (s *server) ignoreRepositories(ctx context.Context, in *selectIn) (*selectOut, error) {
	choice, err := in.choice()
	if err != nil {
		return nil, err
	}
	chosen, err := s.Store.Ignore(ctx, in.ID, choice)
	if err != nil {
		return nil, err
	}
	return s.selected(ctx, in.ID, chosen.Changed, nil, "")
}

func (s *server) restoreRepositories(ctx context.Context, in *selectIn) (*selectOut, error) {
	choice, err := in.choice()
	if err != nil {
		return nil, err
	}
	chosen, err := s.Store.Restore(ctx, in.ID, choice)
	if err != nil {
		return nil, err
	}
	// What is paused gets its syncs when it is resumed.
	if integration, err := s.Store.Integration(ctx, in.ID); err != nil || integration.Lifecycle != models.IntegrationActive {
		chosen.Imported = nil
	}
	return s.selected(ctx, in.ID, chosen.Changed, chosen.Imported, models.TriggerImport)
}

// selected queues and wakes a sync of each organization.
func (s *server) selected(ctx context.Context, integrationID string, changed int, organizations []int64, trigger models.SyncTrigger) (*selectOut, error) {
	syncs, err := s.queueSyncs(ctx, integrationID, organizations, trigger)
	return &selectOut{Body: Selected{Changed: changed, Syncs: syncs}}, err
}

// ResyncRequest names repositories.
type ResyncRequest struct {
	RepositoryIDs []int64 `json:"repository_ids" nullable:"false" minItems:"1" maxItems:"100" uniqueItems:"true" doc:"GitHub's ids." example:"[1296269]"`
}

type resyncIn struct {
	IntegrationPath
	Body ResyncRequest
}

func (s *server) resyncRepositories(ctx context.Context, in *resyncIn) (*selectOut, error) {
	if err := s.active(ctx, in.ID); err != nil {
		return nil, err
	}
	begun, organizations, err := s.Store.Resync(ctx, in.ID, in.Body.RepositoryIDs)
	if err != nil {
		return nil, err
	}
	return s.selected(ctx, in.ID, begun, organizations, models.TriggerManual)
}

// AutoImportRequest says whether repositories that are found later are imported.
type AutoImportRequest struct {
	AutoImport     bool `json:"auto_import" doc:"Whether they are imported without asking." example:"true"`
	ImportExisting bool `json:"import_existing,omitempty" doc:"Import those that are available now, too. Only with auto_import."`
}

type setAutoImportIn struct {
	IntegrationPath
	OrganizationID int64 `path:"organization_id" minimum:"1" doc:"GitHub's id of the organization." example:"583231"`
	Body           AutoImportRequest
}

func (s *server) setAutoImport(ctx context.Context, in *setAutoImportIn) (*selectOut, error) {
	if in.Body.ImportExisting && !in.Body.AutoImport {
		return nil, problem.Invalid("body.import_existing", "expected false without auto_import")
	}
	var organizations []int64
	if in.Body.AutoImport {
		if err := s.active(ctx, in.ID); err != nil {
			return nil, err
		}
		organizations = []int64{in.OrganizationID}
	}
	chosen, err := s.Store.SetAutoImport(ctx, in.ID, in.OrganizationID, in.Body.AutoImport, in.Body.ImportExisting)
	if err != nil {
		return nil, err
	}
	return s.selected(ctx, in.ID, chosen.Changed, organizations, models.TriggerImport)
}
