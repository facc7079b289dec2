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

// Gap is something that is known to be missing.
type Gap struct {
	OrganizationID int64               `json:"organization_id" doc:"GitHub's id." example:"583231"`
	Organization   string              `json:"organization" doc:"The login." example:"octo-org"`
	Subject        store.GapSubject    `json:"subject" enum:"organization,repositories,streams,rows" doc:"What is counted: an organization that cannot be read or hides something, repositories, kinds of record of repositories, or single rows." example:"repositories"`
	Code           models.Code         `json:"code" doc:"Stable; programs branch on it." example:"repo_blocked"`
	Title          string              `json:"title" doc:"The code in words." example:"GitHub blocks the repository"`
	Detail         string              `json:"detail" doc:"What GitHub said of one of them, or what the code means." example:"GitHub disabled access to the repository. What is stored is kept."`
	Effect         string              `json:"effect,omitempty" doc:"What stops because of it." example:"Nothing more of the repository is read. What is stored stays."`
	Count          int                 `json:"count" doc:"Of the subject." example:"1"`
	Repositories   int                 `json:"repositories" doc:"How many repositories that concerns." example:"1"`
	Examples       []string            `json:"examples" nullable:"false" doc:"Of those, ten at most." example:"[\"octo-org/hello-world\"]"`
	Since          *time.Time          `json:"since,omitempty" doc:"Of the oldest of them; absent where nobody knows."`
	Remediation    problem.Remediation `json:"remediation" doc:"What to do, where and who."`
}

func viewGap(g store.Gap) Gap {
	cause := problem.CauseOf(g.Code, g.Example, g.RemedyURL)
	return Gap{
		OrganizationID: g.OrganizationID, Organization: g.Organization, Subject: g.Subject, Code: g.Code,
		Title: cause.Title, Detail: cause.Detail, Effect: problem.RemedyFor(g.Code).Effect,
		Count: g.Count, Repositories: g.Repositories, Examples: append([]string{}, g.Names...), Since: g.Since, Remediation: cause.Remediation,
	}
}

func (s *server) registerGaps() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-gaps", Method: http.MethodGet, Path: "/integrations/{id}/gaps", Tags: []string{"integrations"},
		Summary: "List what is known to be missing",
		Description: "Of everything that the integration is to ingest: organizations that are refused or may hide something, repositories and kinds of record that cannot be read or not to the end, and rows of which GitHub does not tell everything; " +
			"how many of each, since when, and who mends it where. What is not listed is stored as far as complete_through says. From the database: GitHub is asked by syncs and checks.",
	}, []models.Code{problem.NotFound}, s.listGaps)
}

type gapsOut struct{ Body Items[Gap] }

func (s *server) listGaps(ctx context.Context, in *IntegrationPath) (*gapsOut, error) {
	gaps, err := s.Store.Gaps(ctx, in.ID)
	return &gapsOut{Body: Items[Gap]{Items: views(gaps, viewGap)}}, err
}
