package door

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/openapi"
	"tributary/api/problem"
	"tributary/models"
)

// maxBody is far more than any operation takes.
const maxBody = 1 << 20

// Register adds an operation. The codes are those it can answer with beside
// the ones that any operation can.
func Register[I, O any](d *Door, op huma.Operation, codes []models.Code, handle func(context.Context, *I) (*O, error)) {
	if _, ok := reflect.TypeFor[I]().FieldByName("Body"); ok {
		codes = append(slices.Clone(codes), problem.BodyTooLarge, problem.UnsupportedMedia)
		if op.Responses == nil {
			op.Responses = map[string]*huma.Response{}
		}
		openapi.AddProblem(d.API.OpenAPI(), op.Responses, http.StatusBadRequest, problem.InvalidRequest, "The body is missing, or is not JSON.")
		openapi.AddProblem(d.API.OpenAPI(), op.Responses, http.StatusRequestTimeout, problem.InvalidRequest, "The body did not arrive, or not in time.")
	}
	if op.Method != http.MethodGet {
		handle = audited(d, handle)
	} else {
		if op.Responses == nil {
			op.Responses = map[string]*huma.Response{}
		}
		op.Responses["304"] = &huma.Response{Description: "If-None-Match names the answer that this would be."} // see compact
	}
	huma.Register(d.API, d.Describe(op, codes), func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, d.Problem(ctx, err)
		}
		return out, nil
	})
}

// Describe documents the role that an operation needs, and its errors, by
// status, with their codes.
func (d *Door) Describe(op huma.Operation, codes []models.Code) huma.Operation {
	codes = append(slices.Clone(codes), problem.InvalidRequest, problem.Unauthorized, problem.ForbiddenOrigin, problem.TooManyRequests, problem.Internal, models.DatabaseDown, models.DatabaseUnwritable)
	role := roleFor(&op)
	if role == models.RoleAdmin {
		codes = append(codes, problem.RoleMissing)
	}
	op.Security = securityFor(role)
	op.MaxBodyBytes, op.BodyReadTimeout = maxBody, d.BodyTime
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	for _, code := range codes {
		remedy := problem.RemedyFor(code)
		openapi.AddProblem(d.API.OpenAPI(), op.Responses, remedy.Status, code, remedy.Title+".")
	}
	return op
}
