package api

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tributary/models"
)

// exampleRequestID is what ids of requests look like.
const exampleRequestID = "7QK3M2XW5ZJ4N6B7H2RVTC4L5D"

// addExamples completes the OpenAPI document when every operation is in it: what
// is sent and what is answered gets an example, from the example tags of the
// fields, and every code stands in one list.
func (s *server) addExamples() {
	schemas := s.api.OpenAPI().Components.Schemas
	for _, code := range slices.Sorted(maps.Keys(remedies)) {
		s.problemExample(RemedyFor(code).Status, code)
	}
	nameCodes(schemas)
	for _, item := range s.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if op == nil {
				continue
			}
			if op.RequestBody != nil {
				addExample(op.RequestBody.Content, examples{schemas: schemas, sent: true})
			}
			for _, response := range op.Responses {
				addExample(response.Content, examples{schemas: schemas})
			}
		}
	}
}

func addExample(content map[string]*huma.MediaType, of examples) {
	for _, media := range content {
		if media.Example == nil && media.Examples == nil && media.Schema != nil {
			media.Example = of.value(media.Schema)
		}
	}
}

// problemExample returns a reference to the example of a code, which all
// operations that can give it share.
func (s *server) problemExample(status int, code models.Code) (name string, reference *huma.Example) {
	p := problem(code, "")
	name = string(code)
	if p.Status != status {
		name = fmt.Sprintf("%s_%d", code, status)
	}
	p.Status, p.RequestID = status, exampleRequestID
	if code == InvalidRequest {
		p.Errors = exampleErrors[status]
	}
	components := s.api.OpenAPI().Components
	if components.Examples == nil {
		components.Examples = map[string]*huma.Example{}
	}
	components.Examples[name] = &huma.Example{Summary: p.Title, Description: whoActs[p.Remediation.Who], Value: p}
	return name, &huma.Example{Ref: "#/components/examples/" + name}
}

// exampleErrors are those of a request that breaks the schema, by status.
var exampleErrors = map[int][]FieldError{
	http.StatusBadRequest:          {{Location: "body", Message: "expected a body"}},
	http.StatusUnprocessableEntity: {{Location: "query.limit", Message: "expected number <= 200"}},
}

var whoActs = map[Who]string{
	You:      "Whoever made the request can mend it.",
	OrgOwner: "An owner of the GitHub organization can mend it.",
	Operator: "Whoever runs this installation can mend it.",
}

// examples makes values that a schema allows and that look like real ones.
type examples struct {
	schemas huma.Registry
	sent    bool // by a caller, and not to one
}

// exampleTexts are texts whose format says all about them.
var exampleTexts = map[string]string{
	"uuid":      "01890a5d-ac96-774b-bcce-b302099a8057",
	"date-time": "2026-01-15T09:30:00Z",
	"uri":       "https://github.com/octo-org",
}

func (e examples) value(s *huma.Schema) any {
	if len(s.Examples) > 0 {
		return s.Examples[0]
	}
	if s.Ref != "" {
		return e.value(e.schemas.SchemaFromRef(s.Ref))
	}
	if constant := cmp.Or(s.Const, s.Extensions["const"]); constant != nil {
		return constant
	}
	if s.Default != nil {
		return s.Default
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	switch s.Type {
	case huma.TypeObject:
		return e.object(s)
	case huma.TypeArray:
		return e.list(s.Items)
	case huma.TypeString:
		return exampleTexts[s.Format]
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 0
	case huma.TypeBoolean:
		return false
	}
	return nil
}

// object leaves out what is optional unless its own tag says what it would be:
// the reason of a failure has no place beside a success.
func (e examples) object(s *huma.Schema) map[string]any {
	object := map[string]any{}
	for name, property := range s.Properties {
		hidden := e.sent && property.ReadOnly || !e.sent && property.WriteOnly
		if !hidden && (slices.Contains(s.Required, name) || len(property.Examples) > 0) {
			object[name] = e.value(property)
		}
	}
	return object
}

// list has one item, or one of each kind where a schema has several.
func (e examples) list(item *huma.Schema) []any {
	kinds, _ := item.Extensions["oneOf"].([]*huma.Schema) // as huma describes event streams
	if len(kinds) == 0 {
		return []any{e.value(item)}
	}
	list := []any{}
	for _, kind := range kinds {
		list = append(list, e.value(kind))
	}
	return list
}
