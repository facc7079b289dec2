package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tributary/models"
)

// maxBody is far more than any operation takes.
const maxBody = 1 << 20

var tags = []*huma.Tag{
	{Name: "connections", Description: "Connecting to GitHub: testing a credential and seeing what it can read."},
	{Name: "integrations", Description: "What is ingested, and through which connection."},
	{Name: "repositories", Description: "Choosing what is ingested."},
	{Name: "syncs", Description: "Passes over an organization: starting, watching, cancelling."},
	{Name: "schedules", Description: "When an organization is synced by itself."},
	{Name: "verifications", Description: "Comparisons of the copy with GitHub."},
	{Name: "diagnostics", Description: "What is wrong, what stops because of it, and who can mend it."},
	{Name: "access", Description: "Who may do what: signing in and out, and what everybody did."},
	{Name: "data", Description: "What has been ingested, as pages of JSON or as one CSV file."},
}

// register adds an operation. The codes are those it can answer with beside
// the ones that any operation can.
func register[I, O any](s *server, op huma.Operation, codes []models.Code, handle func(context.Context, *I) (*O, error)) {
	if _, ok := reflect.TypeFor[I]().FieldByName("Body"); ok {
		codes = append(slices.Clone(codes), BodyTooLarge, UnsupportedMedia)
		op.Responses = map[string]*huma.Response{}
		s.describeError(op.Responses, http.StatusBadRequest, InvalidRequest, "The body is missing, or is not JSON.")
		s.describeError(op.Responses, http.StatusRequestTimeout, InvalidRequest, "The body did not arrive, or not in time.")
	}
	if op.Method != http.MethodGet {
		handle = audited(s, handle)
	}
	huma.Register(s.api, s.describe(op, codes), func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.problemFrom(ctx, err)
		}
		return out, nil
	})
}

// describe documents the role that an operation needs, and its errors, by
// status, with their codes.
func (s *server) describe(op huma.Operation, codes []models.Code) huma.Operation {
	codes = append(slices.Clone(codes), InvalidRequest, Unauthorized, ForbiddenOrigin, TooManyRequests, Internal)
	role := roleFor(&op)
	if role == models.RoleAdmin {
		codes = append(codes, RoleMissing)
	}
	op.Security = securityFor(role)
	op.MaxBodyBytes, op.BodyReadTimeout = maxBody, s.BodyTime
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	for _, code := range codes {
		remedy := RemedyFor(code)
		s.describeError(op.Responses, remedy.Status, code, remedy.Title+".")
	}
	return op
}

func (s *server) describeError(responses map[string]*huma.Response, status int, code models.Code, meaning string) {
	key := strconv.Itoa(status)
	if responses[key] == nil {
		responses[key] = &huma.Response{Content: map[string]*huma.MediaType{
			problemType: {
				Schema:   s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, ""),
				Examples: map[string]*huma.Example{},
			},
		}}
	}
	name, example := s.problemExample(status, code)
	responses[key].Content[problemType].Examples[name] = example
	line := "`" + string(code) + "`: " + meaning
	responses[key].Description = strings.TrimPrefix(responses[key].Description+"\n"+line, "\n")
}

// views shows each item. It is never nil, so that JSON has [] and not null.
func views[T, V any](items []T, view func(T) V) []V {
	shown := make([]V, len(items))
	for i, item := range items {
		shown[i] = view(item)
	}
	return shown
}
