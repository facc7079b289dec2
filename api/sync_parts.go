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

// SyncPart is a repository's part in a sync.
type SyncPart struct {
	ID        int64            `json:"id" doc:"GitHub's id of the repository." example:"1296269"`
	FullName  string           `json:"full_name" doc:"Empty when the repository was deleted here." example:"octo-org/hello-world"`
	State     models.SyncState `json:"state" enum:"queued,running,completed,partial,failed,cancelled" example:"failed"`
	Cause     *problem.Cause   `json:"cause,omitempty" doc:"What could not be read, and why."`
	StartedAt *time.Time       `json:"started_at,omitempty"`
	EndedAt   *time.Time       `json:"ended_at,omitempty"`
	Streams   []Stream         `json:"streams" nullable:"false" doc:"As they are now. failures says how often one failed in a row."`
}

func (s *server) registerSyncParts() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-sync-repositories", Method: http.MethodGet, Path: "/syncs/{id}/repositories", Tags: []string{"syncs"},
		Summary: "List the repositories of a sync",
		Description: "Those in which something had changed, by id. What failed is tried again by the next sync, which POST /integrations/{id}/syncs starts; " +
			"POST /integrations/{id}/repositories/resync reads one from the beginning.",
	}, []models.Code{problem.NotFound}, s.listSyncParts)
}

type syncPartsIn struct {
	SyncPath
	State models.SyncState `query:"state" enum:"queued,running,completed,partial,failed,cancelled"`
	PageQuery
}

type syncPartsOut struct {
	Link string `header:"Link"`
	Body Page[SyncPart]
}

func (s *server) listSyncParts(ctx context.Context, in *syncPartsIn) (*syncPartsOut, error) {
	found, err := s.Store.SyncParts(ctx, in.ID, in.State, store.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	return &syncPartsOut{Link: nextLink(ctx, found.Next), Body: viewPage(found, func(p store.SyncPart) SyncPart {
		return SyncPart{ID: p.RepositoryID, FullName: p.FullName, State: p.State, Cause: syncCause(p.Code, p.Error),
			StartedAt: p.StartedAt, EndedAt: p.EndedAt, Streams: views(p.Streams, viewStream)}
	})}, nil
}
