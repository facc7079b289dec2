package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/models"
	"tributary/store"
)

// Repository is a GitHub repository and how completely it is stored.
type Repository struct {
	ID             int64            `json:"id" doc:"GitHub's id; it survives renames and transfers." example:"1296269"`
	OrganizationID int64            `json:"organization_id" example:"583231"`
	FullName       string           `json:"full_name" example:"octo-org/hello-world"`
	Description    string           `json:"description" example:"My first repository on GitHub"`
	Language       string           `json:"language" example:"Go"`
	Visibility     string           `json:"visibility" example:"private"`
	Fork           bool             `json:"fork"`
	Archived       bool             `json:"archived"`
	Disabled       bool             `json:"disabled"`
	Empty          bool             `json:"empty"`
	HasIssues      bool             `json:"has_issues" example:"true"`
	DefaultBranch  string           `json:"default_branch" example:"main"`
	PushedAt       *time.Time       `json:"pushed_at,omitempty"`
	Selection      models.Selection `json:"selection" enum:"available,imported,ignored,excluded_by_rule" example:"imported"`
	// What became of a repository is not told by its absence.
	Cause           *Cause     `json:"cause,omitempty" doc:"Why the repository cannot be read. What is stored is kept."`
	UnreadableSince *time.Time `json:"unreadable_since,omitempty"`
	DeletedAt       *time.Time `json:"deleted_at,omitempty" doc:"When it was proven to be gone from the organization."`
	Streams         []Stream   `json:"streams" nullable:"false" doc:"One for each kind of record that was ever read."`
}

// Stream is one kind of record of one repository.
type Stream struct {
	Kind     models.StreamKind `json:"kind" enum:"commits,commit_details,pull_requests,pull_request_details,review_comments,issue_comments,issues,issue_events"`
	Stored   int64             `json:"stored" doc:"Rows that are stored." example:"1234"`
	Expected int64             `json:"expected" doc:"Rows that GitHub says there are; an estimate." example:"1234"`
	// Nobody who reads the data has to guess where it ends.
	CompleteFrom    *time.Time `json:"complete_from,omitempty" doc:"Nothing older is stored; absent means from the beginning."`
	CompleteThrough *time.Time `json:"complete_through,omitempty" doc:"Everything before is stored. Absent until the first pass ends."`
	LastSuccessAt   *time.Time `json:"last_success_at,omitempty"`
	FailingSince    *time.Time `json:"failing_since,omitempty"`
	Cause           *Cause     `json:"cause,omitempty" doc:"Why the last attempt failed."`
}

func (s *server) registerRepositories() {
	register(s, huma.Operation{
		OperationID: "list-repositories", Method: http.MethodGet, Path: "/integrations/{id}/repositories", Tags: []string{"repositories"},
		Summary: "List the repositories of an integration",
		Description: "By name. With organization: all repositories of one of the integration's organizations. " +
			"Without: those of the organizations that the integration has claimed, which it does at the first import.",
	}, []models.Code{NotFound}, s.listRepositories)
	register(s, huma.Operation{
		OperationID: "import-repositories", Method: http.MethodPost, Path: "/integrations/{id}/repositories/import", Tags: []string{"repositories"},
		Summary: "Import repositories",
		Description: "Either the named ones or, with all, every one that is available. Claims their organizations for the integration, queues a sync of each and wakes it. " +
			"Doing it again is harmless.",
	}, []models.Code{NotFound, models.ClaimedElsewhere, IntegrationPaused, IntegrationDeleting, TemporalDown}, s.importRepositories)
	register(s, huma.Operation{
		OperationID: "ignore-repositories", Method: http.MethodPost, Path: "/integrations/{id}/repositories/ignore", Tags: []string{"repositories"},
		Summary:     "Ignore repositories",
		Description: "Either the named ones or, with all, every one that is available. Nothing more is read of them; what is stored is kept.",
	}, []models.Code{NotFound}, s.ignoreRepositories)
}

type listRepositoriesIn struct {
	IntegrationPath
	Organization int64            `query:"organization" minimum:"1" doc:"GitHub's id of the organization."`
	Selection    models.Selection `query:"selection" enum:"available,imported,ignored,excluded_by_rule"`
	Query        string           `query:"q" maxLength:"100" pattern:"^[A-Za-z0-9._/ -]*$" patternDescription:"a part of owner/name" doc:"A part of owner/name, in any case."`
	PageQuery
}

type listRepositoriesOut struct {
	Link string `header:"Link"`
	Body Page[Repository]
}

func (s *server) listRepositories(ctx context.Context, in *listRepositoriesIn) (*listRepositoriesOut, error) {
	filter := store.RepositoryFilter{Selection: in.Selection, Query: in.Query}
	organizations, err := s.Store.IntegrationOrganizations(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Organization == 0 {
		filter.IntegrationID = in.ID
	} else if filter.OrganizationID = in.Organization; !mayChoose(in.ID, organizations, in.Organization) {
		return nil, problem(NotFound, "The integration has no such organization.")
	}
	found, err := s.Store.Repositories(ctx, filter, store.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	return &listRepositoriesOut{
		Link: nextLink(ctx, found.Next),
		Body: Page[Repository]{Items: views(found.Rows, viewRepository), NextCursor: string(found.Next)},
	}, nil
}

// mayChoose reports whether an integration may show and import repositories of
// an organization.
func mayChoose(integrationID string, organizations []store.IntegrationOrganization, id int64) bool {
	return slices.ContainsFunc(organizations, func(o store.IntegrationOrganization) bool {
		return o.ID == id && !claimedElsewhere(integrationID, o)
	})
}

func viewRepository(r store.RepositoryView) Repository {
	return Repository{
		ID: r.ID, OrganizationID: r.OrganizationID, FullName: r.FullName, Description: r.Description, Language: r.Language,
		Visibility: r.Visibility, Fork: r.Fork, Archived: r.Archived, Disabled: r.Disabled, Empty: r.Empty,
		HasIssues: r.HasIssues, DefaultBranch: r.DefaultBranch, PushedAt: r.PushedAt,
		Selection: r.Selection, Cause: optionalCause(r.AccessCode, "", ""), UnreadableSince: r.UnreadableSince, DeletedAt: r.DeletedAt,
		Streams: views(r.Streams, viewStream),
	}
}

func viewStream(m models.Stream) Stream {
	stream := Stream{
		Kind: m.Kind, Stored: m.Stored, Expected: m.Expected,
		CompleteFrom: m.Checkpoint.CompleteFrom, CompleteThrough: m.Checkpoint.CompleteThrough,
		LastSuccessAt: m.LastSuccessAt, FailingSince: m.FailingSince,
	}
	if m.FailingSince != nil {
		stream.Cause = optionalCause(m.LastCode, m.LastError, "")
	}
	return stream
}

// SelectRequest names repositories: either some or all.
type SelectRequest struct {
	RepositoryIDs []int64 `json:"repository_ids,omitempty" nullable:"false" maxItems:"500" uniqueItems:"true" doc:"GitHub's ids." example:"[1296269]"`
	All           bool    `json:"all,omitempty" doc:"Every repository that is available."`
}

type selectIn struct {
	IntegrationPath
	Body SelectRequest
}

func (in *selectIn) check() error {
	if in.Body.All == (len(in.Body.RepositoryIDs) > 0) {
		return invalid("body", "expected either repository_ids or all")
	}
	return nil
}

// Selected is what came of importing or ignoring repositories.
type Selected struct {
	Changed int    `json:"changed" doc:"Repositories whose selection is another one now."`
	Syncs   []Sync `json:"syncs" nullable:"false" doc:"What was queued because of it."`
}

type selectOut struct{ Body Selected }

func (s *server) importRepositories(ctx context.Context, in *selectIn) (*selectOut, error) {
	out, organizations, err := s.choose(ctx, in, models.Imported)
	if err != nil {
		return nil, err
	}
	out.Body.Syncs, err = s.queueSyncs(ctx, in.ID, organizations, models.TriggerImport)
	return out, err
}

func (s *server) ignoreRepositories(ctx context.Context, in *selectIn) (*selectOut, error) {
	out, _, err := s.choose(ctx, in, models.Ignored)
	return out, err
}

// choose sets the selection and returns the organizations it concerns.
func (s *server) choose(ctx context.Context, in *selectIn, selection models.Selection) (*selectOut, []int64, error) {
	if err := in.check(); err != nil {
		return nil, nil, err
	}
	if selection == models.Imported {
		if err := s.active(ctx, in.ID); err != nil {
			return nil, nil, err
		}
	}
	out := &selectOut{Body: Selected{Syncs: []Sync{}}}
	if !in.Body.All {
		var err error
		if out.Body.Changed, err = s.Store.Select(ctx, in.ID, in.Body.RepositoryIDs, selection); err != nil {
			return nil, nil, err
		}
		organizations, err := s.organizationsOf(ctx, in.Body.RepositoryIDs)
		return out, organizations, err
	}
	organizations, err := s.chosenOrganizations(ctx, in.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range organizations {
		changed, err := s.Store.SelectAvailable(ctx, in.ID, id, selection)
		if err != nil {
			return nil, nil, err
		}
		out.Body.Changed += changed
	}
	return out, organizations, nil
}

func (s *server) organizationsOf(ctx context.Context, repositoryIDs []int64) ([]int64, error) {
	var organizations []int64
	for _, id := range repositoryIDs {
		repository, err := s.Store.Repository(ctx, id)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(organizations, repository.OrganizationID) {
			organizations = append(organizations, repository.OrganizationID)
		}
	}
	return organizations, nil
}

// chosenOrganizations are those that an integration ingests: claimed, or
// chosen when it was created, which shows in their first sync. Its connection
// may see many more that nobody asked for.
func (s *server) chosenOrganizations(ctx context.Context, integrationID string) ([]int64, error) {
	organizations, err := s.Store.IntegrationOrganizations(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	var chosen []int64
	for _, o := range organizations {
		if o.IntegrationID == integrationID || o.IntegrationID == "" && o.LatestSync != nil {
			chosen = append(chosen, o.ID)
		}
	}
	return chosen, nil
}
