package api

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// Repository is a GitHub repository and how completely it is stored.
type Repository struct {
	ID             int64                   `json:"id" doc:"GitHub's id; it survives renames and transfers." example:"1296269"`
	OrganizationID int64                   `json:"organization_id" example:"583231"`
	FullName       string                  `json:"full_name" example:"octo-org/hello-world"`
	Description    string                  `json:"description" example:"My first repository on GitHub"`
	Language       string                  `json:"language" example:"Go"`
	Visibility     string                  `json:"visibility" example:"private"`
	Fork           bool                    `json:"fork"`
	Archived       bool                    `json:"archived"`
	Disabled       bool                    `json:"disabled"`
	Empty          bool                    `json:"empty"`
	HasIssues      bool                    `json:"has_issues" example:"true"`
	DefaultBranch  string                  `json:"default_branch" example:"main"`
	PushedAt       *time.Time              `json:"pushed_at,omitempty"`
	Selection      models.Selection        `json:"selection" enum:"available,imported,ignored,excluded_by_rule" example:"imported"`
	Status         models.RepositoryStatus `json:"status,omitempty" enum:"processing,healthy,rate_limited,failed" doc:"How reading it fares; absent unless it is imported. processing: something was never read to its end. failed: it cannot be read, or not all of it." example:"healthy"`
	// Whoever looks for a repository looks at these first.
	HTMLURL          string     `json:"html_url" doc:"On GitHub." example:"https://github.com/octo-org/hello-world"`
	Integration      *Claim     `json:"integration,omitempty" doc:"That ingests it."`
	CompleteThrough  *time.Time `json:"complete_through,omitempty" doc:"All that is wanted of it is stored up to then. Absent until all of it was read to its end, and unless it is imported."`
	OpenPullRequests *int       `json:"open_pull_requests,omitempty" doc:"That are stored. Absent until pull requests were read." example:"3"`
	// A repository that cannot be read stays in the list and says why.
	Cause            *problem.Cause `json:"cause,omitempty" doc:"Why the repository cannot be read. What is stored is kept."`
	UnreadableSince  *time.Time     `json:"unreadable_since,omitempty"`
	DeletedAt        *time.Time     `json:"deleted_at,omitempty" doc:"When it was proven to be gone from the organization."`
	PurgeRequestedAt *time.Time     `json:"purge_requested_at,omitempty" doc:"When somebody asked for its records to be deleted. Until they are it cannot be imported."`
	Streams          []Stream       `json:"streams" nullable:"false" doc:"One for each kind of record that was ever read."`
}

// Stream is one kind of record of one repository.
type Stream struct {
	Kind     models.StreamKind `json:"kind"`
	Stored   int64             `json:"stored" doc:"Rows that are stored." example:"1234"`
	Expected int64             `json:"expected" doc:"Rows that GitHub says there are; an estimate." example:"1234"`
	// Readers of the data need not guess where it ends.
	CompleteFrom    *time.Time     `json:"complete_from,omitempty" doc:"Nothing older is stored; absent means from the beginning."`
	CompleteThrough *time.Time     `json:"complete_through,omitempty" doc:"Everything before is stored. Absent until the first pass ends."`
	LastSuccessAt   *time.Time     `json:"last_success_at,omitempty"`
	FailingSince    *time.Time     `json:"failing_since,omitempty"`
	Failures        int            `json:"failures" doc:"In a row; 0 while all is well."`
	Cause           *problem.Cause `json:"cause,omitempty" doc:"Why the last attempt failed."`
}

func (s *server) registerRepositories() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-repositories", Method: http.MethodGet, Path: "/integrations/{id}/repositories", Tags: []string{"repositories"},
		Summary: "List the repositories of an integration",
		Description: "With organization: the repositories of one organization that the integration has claimed, or sees and nobody has claimed. " +
			"Without: those of the organizations that the integration ingests. A cursor goes on in the order in which it was made.",
	}, []models.Code{problem.NotFound}, s.listRepositories)
	door.Register(s.door, huma.Operation{
		OperationID: "list-all-repositories", Method: http.MethodGet, Path: "/repositories", Tags: []string{"repositories"},
		Summary:     "List the repositories of all integrations",
		Description: "Of the organizations that some integration ingests, as in the list of one integration.",
	}, nil, s.listAllRepositories)
}

type listRepositoriesIn struct {
	IntegrationPath
	RepositoryQuery
}

// RepositoryQuery asks for a page of repositories.
type RepositoryQuery struct {
	Organization int64                     `query:"organization" minimum:"1" doc:"GitHub's id of the organization."`
	Selection    []models.Selection        `query:"selection" enum:"available,imported,ignored,excluded_by_rule" doc:"Any of these."`
	Query        string                    `query:"q" maxLength:"100" pattern:"^[A-Za-z0-9._/ -]*$" patternDescription:"a part of owner/name" doc:"A part of owner/name, in any case."`
	Status       []models.RepositoryStatus `query:"status" enum:"processing,healthy,rate_limited,failed" doc:"Any of these. Only imported repositories have one."`
	Visibility   []string                  `query:"visibility" enum:"public,private,internal" doc:"Any of these."`
	Archived     optional[bool]            `query:"archived" doc:"Only archived ones, or only others."`
	Fork         optional[bool]            `query:"fork" doc:"Only forks, or only others."`
	Language     []string                  `query:"language" maxItems:"50" doc:"Any of these, as GitHub writes them." example:"[\"Go\"]"`
	PushedSince  time.Time                 `query:"pushed_since" doc:"Pushed to since then."`
	HasCause     optional[bool]            `query:"has_cause" doc:"Only those that cannot be read, or only others."`
	Sort         store.RepositorySort      `query:"sort" enum:"name,pushed_at,status" default:"name" doc:"pushed_at: the newest first. status: the worst first, then by name; those that are not imported last."`
	PageQuery
}

// optional is a parameter that also says whether it was sent.
type optional[T any] struct {
	Value T
	sent  bool
}

// Schema makes optional a huma.SchemaProvider.
func (o optional[T]) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[T]())
}

// Receiver makes optional a huma.ParamWrapper.
func (o *optional[T]) Receiver() reflect.Value { return reflect.ValueOf(o).Elem().Field(0) }

// OnParamSet makes optional a huma.ParamReactor.
func (o *optional[T]) OnParamSet(sent bool, _ any) { o.sent = sent }

func (o *optional[T]) pointer() *T {
	if !o.sent {
		return nil
	}
	return &o.Value
}

func (in *RepositoryQuery) filter() store.RepositoryFilter {
	return store.RepositoryFilter{
		OrganizationID: in.Organization, Selections: in.Selection, Query: in.Query,
		Statuses: in.Status, Visibilities: in.Visibility,
		Archived: in.Archived.pointer(), Fork: in.Fork.pointer(), Languages: in.Language, PushedSince: in.PushedSince, HasCause: in.HasCause.pointer(), Sort: in.Sort,
	}
}

type listRepositoriesOut struct {
	Link string `header:"Link"`
	Body RepositoryPage
}

// RepositoryPage is a page of repositories, with what there is to choose from.
type RepositoryPage struct {
	Page[Repository]
	Selections SelectionCounts `json:"selections" doc:"What each selection would show with the same other filters."`
	Languages  []LanguageCount `json:"languages" nullable:"false" doc:"The same of languages, the most frequent first; 50 at most."`
}

// SelectionCounts are repositories by selection.
type SelectionCounts struct {
	Available      int `json:"available" example:"14"`
	Imported       int `json:"imported" example:"42"`
	Ignored        int `json:"ignored"`
	ExcludedByRule int `json:"excluded_by_rule"`
}

// LanguageCount are the repositories of one language.
type LanguageCount struct {
	Language     string `json:"language" example:"Go"`
	Repositories int    `json:"repositories" example:"12"`
}

func (s *server) listRepositories(ctx context.Context, in *listRepositoriesIn) (*listRepositoriesOut, error) {
	filter := in.filter()
	filter.IntegrationID = in.ID
	return s.repositories(ctx, filter, in.PageQuery)
}

func (s *server) listAllRepositories(ctx context.Context, in *RepositoryQuery) (*listRepositoriesOut, error) {
	return s.repositories(ctx, in.filter(), in.PageQuery)
}

func (s *server) repositories(ctx context.Context, filter store.RepositoryFilter, page PageQuery) (*listRepositoriesOut, error) {
	found, err := s.Store.Repositories(ctx, filter, store.Cursor(page.Cursor), page.Limit)
	if err != nil {
		return nil, err
	}
	n := found.Selections
	return &listRepositoriesOut{Link: nextLink(ctx, found.Next), Body: RepositoryPage{
		Page:       viewPage(found.List, s.viewRepository),
		Selections: SelectionCounts{Available: n[models.Available], Imported: n[models.Imported], Ignored: n[models.Ignored], ExcludedByRule: n[models.ExcludedByRule]},
		Languages:  viewLanguages(found.Languages),
	}}, nil
}

// mostLanguages are enough to choose from.
const mostLanguages = 50

func viewLanguages(counts map[string]int) []LanguageCount {
	languages := []LanguageCount{}
	for language, n := range counts {
		languages = append(languages, LanguageCount{language, n})
	}
	slices.SortFunc(languages, func(a, b LanguageCount) int {
		return cmp.Or(cmp.Compare(b.Repositories, a.Repositories), cmp.Compare(a.Language, b.Language))
	})
	return languages[:min(mostLanguages, len(languages))]
}

func (s *server) viewRepository(r store.RepositoryView) Repository {
	view := Repository{
		ID: r.ID, OrganizationID: r.OrganizationID, FullName: r.FullName, Description: r.Description, Language: r.Language,
		Visibility: r.Visibility, Fork: r.Fork, Archived: r.Archived, Disabled: r.Disabled, Empty: r.Empty,
		HasIssues: r.HasIssues, DefaultBranch: r.DefaultBranch, PushedAt: r.PushedAt,
		Selection: r.Selection, Status: r.Status, Cause: problem.OptionalCause(r.AccessCode, "", ""), UnreadableSince: r.UnreadableSince,
		DeletedAt: r.DeletedAt, PurgeRequestedAt: r.PurgeRequestedAt,
		HTMLURL: s.Methods.page(nil, strings.Split(r.FullName, "/")...), CompleteThrough: r.CompleteThrough,
		Streams: views(r.Streams, viewStream),
	}
	if i := r.Integration; i != nil {
		view.Integration = &Claim{IntegrationID: i.ID, Name: i.Name}
	}
	if slices.ContainsFunc(r.Streams, func(stream models.Stream) bool { return stream.Kind == models.StreamPullRequests }) {
		view.OpenPullRequests = &r.OpenPullRequests
	}
	return view
}

func viewStream(m models.Stream) Stream {
	stream := Stream{
		Kind: m.Kind, Stored: m.Stored, Expected: m.Expected,
		CompleteFrom: m.Checkpoint.CompleteFrom, CompleteThrough: m.Checkpoint.CompleteThrough,
		LastSuccessAt: m.LastSuccessAt, FailingSince: m.FailingSince, Failures: m.Failures,
	}
	if m.FailingSince != nil {
		stream.Cause = problem.OptionalCause(m.LastCode, m.LastError, "")
	}
	return stream
}
