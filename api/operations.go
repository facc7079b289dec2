package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tributary/models"
)

// maxBody is far more than any operation takes.
const maxBody = 1 << 20

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
