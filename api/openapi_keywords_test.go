package api_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// keywords are those of JSON Schema that the document may use: no generator of clients
// has to know any other. What begins with x- is nobody's but ours.
var keywords = []string{
	"$ref", "additionalProperties", "const", "contentEncoding", "contentMediaType", "default", "deprecated", "description", "enum", "examples", "format", "items",
	"maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "oneOf", "pattern", "properties", "readOnly", "required", "title", "type", "uniqueItems", "writeOnly",
}

// schemasIn hands out each schema of a part of the document, with its place.
func schemasIn(part any, at string, found func(schema map[string]any, at string)) {
	switch part := part.(type) {
	case []any:
		for _, item := range part {
			schemasIn(item, at, found)
		}
	case map[string]any:
		for name, member := range part {
			switch at := at + "/" + name; name {
			case "example", "examples": // values, which may have any names
			case "schema":
				schemaIn(member, at, found)
			case "schemas":
				for name, schema := range member.(map[string]any) {
					schemaIn(schema, at+"/"+name, found)
				}
			default:
				schemasIn(member, at, found)
			}
		}
	}
}

// schemaIn hands out a schema and those in it.
func schemaIn(part any, at string, found func(schema map[string]any, at string)) {
	schema, ok := part.(map[string]any)
	if !ok {
		return // additionalProperties may be true or false
	}
	found(schema, at)
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		schemaIn(property, at+"/"+name, found)
	}
	kinds, _ := schema["oneOf"].([]any)
	for _, kind := range append(kinds, schema["items"], schema["additionalProperties"]) {
		schemaIn(kind, at, found)
	}
}

// TestOpenAPI_isReadByOtherTools has what Redocly's and Spectral's rules ask for and can
// be told without them.
func TestOpenAPI_isReadByOtherTools(t *testing.T) {
	t.Parallel()
	raw, d := read(t)
	if d.Info.License["identifier"] != "Apache-2.0" || d.Info.Contact["name"] == "" {
		t.Errorf("the document has no licence or contact: %+v", d.Info)
	}
	var whole map[string]any
	if err := json.Unmarshal(raw, &whole); err != nil {
		t.Fatal(err)
	}
	seen := 0
	schemasIn(whole, "", func(schema map[string]any, at string) {
		seen++
		for _, keyword := range slices.Sorted(maps.Keys(schema)) {
			if !slices.Contains(keywords, keyword) && !strings.HasPrefix(keyword, "x-") {
				t.Errorf("%s: %s is no keyword of JSON Schema", at, keyword)
			}
		}
		// RE2 and ECMA 262 without its flag u read these differently.
		if pattern, _ := schema["pattern"].(string); regexp.MustCompile(`\\[pPAzQE]|\(\?[^:]|\[\[:`).MatchString(pattern) {
			t.Errorf("%s: the pattern %s means something else in JavaScript", at, pattern)
		}
		if examples, _ := schema["examples"].([]any); schema["format"] == "uri" {
			for _, example := range examples {
				if text := example.(string); !regexp.MustCompile(`^[a-z]+:[!-~]+$`).MatchString(text) {
					t.Errorf("%s: %q is no URI", at, text)
				}
			}
		}
	})
	if seen < 500 {
		t.Errorf("found only %d schemas", seen)
	}
}
