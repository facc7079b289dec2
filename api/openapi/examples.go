package openapi

import (
	"cmp"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

func addExample(content map[string]*huma.MediaType, of examples) {
	for _, media := range content {
		if media.Example == nil && media.Examples == nil && media.Schema != nil {
			media.Example = of.value(media.Schema)
		}
	}
}

// examples makes realistic values that a schema allows.
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

// Example is a value that a schema allows, as a caller gets it.
func Example(schemas huma.Registry, s *huma.Schema) any { return examples{schemas: schemas}.value(s) }
