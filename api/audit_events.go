package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/models"
	"tributary/store"
)

// AuditEvent is one action that changes something: who, what, when.
type AuditEvent struct {
	ID            string              `json:"id" format:"uuid"`
	At            time.Time           `json:"at"`
	Actor         string              `json:"actor" doc:"The id of the token; environment, dev or command for those without one; empty for a sign-in that was refused." example:"01890a5d-ac96-774b-bcce-b302099a8057"`
	ActorName     string              `json:"actor_name" doc:"The name that the token had, or the user of the operating system." example:"ci"`
	Role          models.Role         `json:"role" example:"admin"`
	Action        string              `json:"action" doc:"The operation's id." example:"pause-integration"`
	SubjectKind   string              `json:"subject_kind" doc:"What it was done to." example:"integration"`
	SubjectID     string              `json:"subject_id" example:"01890a5d-ac96-774b-bcce-b302099a8057"`
	RequestID     string              `json:"request_id" doc:"Finds the request in the server's log." example:"7QK3M2XW5ZJ4N6B7H2RVTC4L5D"`
	RemoteAddress string              `json:"remote_address" example:"192.0.2.7"`
	Details       map[string]string   `json:"details" doc:"code: why it was refused or failed; via: what admitted the request; body.…: the booleans, numbers and times that were sent; created: the ids where several were." example:"{\"via\":\"token\"}"`
	Outcome       models.AuditOutcome `json:"outcome" enum:"begun,done,refused,failed" doc:"begun: it goes on, or was cut off." example:"done"`
}

func (s *server) registerAuditEvents() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-audit-events", Method: http.MethodGet, Path: "/audit-events", Tags: []string{"access"},
		Summary:     "List what was changed, and by whom",
		Description: "Every operation that changes something, also those that failed or that the caller's role does not allow. The newest first.",
	}, nil, s.listAuditEvents)
}

type listAuditIn struct{ PageQuery }

type listAuditOut struct {
	Link string `header:"Link"`
	Body Page[AuditEvent]
}

func (s *server) listAuditEvents(ctx context.Context, in *listAuditIn) (*listAuditOut, error) {
	found, err := s.Store.AuditEvents(ctx, store.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	return &listAuditOut{
		Link: nextLink(ctx, found.Next),
		Body: Page[AuditEvent]{Items: views(found.Rows, func(e models.AuditEvent) AuditEvent { return AuditEvent(e) }), NextCursor: string(found.Next)},
	}, nil
}
