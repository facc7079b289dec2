package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// schemas checks values against the schemas of the OpenAPI document. It reads
// the document as any client does, and shares no code with what wrote it.
type schemas struct{ named map[string]any }

func newSchemas(t *testing.T) schemas {
	t.Helper()
	raw, _ := read(t)
	var d struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return schemas{d.Components.Schemas}
}

// resolve follows references.
func (d schemas) resolve(schema map[string]any) map[string]any {
	for {
		ref, ok := schema["$ref"].(string)
		if !ok {
			return schema
		}
		schema, _ = d.named[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
	}
}

// annotations say nothing about what is valid.
var annotations = []string{"title", "description", "examples", "default", "writeOnly", "readOnly", "deprecated", "format", "nullable"}

// check returns what is wrong with a value, each with its place.
func (d schemas) check(schema map[string]any, value any, at string) (wrong []string) {
	schema = d.resolve(schema)
	if schema == nil {
		return []string{at + ": no such schema"}
	}
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		if why := d.breaks(keyword, schema, value, at, &wrong); why != "" {
			wrong = append(wrong, at+": "+why)
		}
	}
	if text, ok := value.(string); ok && !hasFormat(schema["format"], text) {
		wrong = append(wrong, fmt.Sprintf("%s: %.40q is no %s", at, text, schema["format"]))
	}
	return wrong
}

// breaks says how a value breaks one keyword; what is deeper goes to wrong.
func (d schemas) breaks(keyword string, schema map[string]any, value any, at string, wrong *[]string) string {
	rule := schema[keyword]
	limit, _ := rule.(float64)
	number, isNumber := value.(float64)
	text, isText := value.(string)
	list, isList := value.([]any)
	object, isObject := value.(map[string]any)
	length := float64(utf8.RuneCountInString(text))
	is := false
	switch keyword {
	case "type":
		is = !hasType(rule, value)
	case "enum":
		is = value != nil && !slices.Contains(rule.([]any), value)
	case "const":
		is = value != rule
	case "minimum":
		is = isNumber && number < limit
	case "maximum":
		is = isNumber && number > limit
	case "minLength":
		is = isText && length < limit
	case "maxLength":
		is = isText && length > limit
	case "pattern":
		is = isText && !regexp.MustCompile(rule.(string)).MatchString(text)
	case "minItems":
		is = isList && float64(len(list)) < limit
	case "maxItems":
		is = isList && float64(len(list)) > limit
	case "uniqueItems":
		is = isList && !unique(list)
	case "items":
		for i, item := range list {
			*wrong = append(*wrong, d.check(rule.(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case "oneOf":
		fits := 0
		for _, kind := range rule.([]any) {
			if len(d.check(kind.(map[string]any), value, at)) == 0 {
				fits++
			}
		}
		is = fits != 1
	case "required":
		for _, name := range rule.([]any) {
			if _, ok := object[name.(string)]; isObject && !ok {
				return fmt.Sprintf("%s is missing", name)
			}
		}
	case "properties":
		for name, property := range rule.(map[string]any) {
			if member, ok := object[name]; ok {
				*wrong = append(*wrong, d.check(property.(map[string]any), member, at+"."+name)...)
			}
		}
	case "additionalProperties":
		return d.breaksAdditional(rule, schema, object, at, wrong)
	default:
		if !slices.Contains(annotations, keyword) && !strings.HasPrefix(keyword, "x-") {
			return "the keyword " + keyword + " is not one that these tests know"
		}
	}
	if is {
		return fmt.Sprintf("%.60v breaks %s %.200v", value, keyword, rule)
	}
	return ""
}

func (d schemas) breaksAdditional(rule any, schema, object map[string]any, at string, wrong *[]string) string {
	known, _ := schema["properties"].(map[string]any)
	for name, member := range object {
		if known[name] != nil {
			continue
		}
		if rule == false {
			return name + " is unknown"
		}
		if of, ok := rule.(map[string]any); ok {
			*wrong = append(*wrong, d.check(of, member, at+"."+name)...)
		}
	}
	return ""
}

func hasType(rule, value any) bool {
	if one, ok := rule.(string); ok {
		rule = []any{one}
	}
	return slices.ContainsFunc(rule.([]any), func(name any) bool {
		switch value := value.(type) {
		case nil:
			return name == "null"
		case bool:
			return name == "boolean"
		case string:
			return name == "string"
		case float64:
			return name == "number" || name == "integer" && value == math.Trunc(value)
		case []any:
			return name == "array"
		}
		return name == "object"
	})
}

func hasFormat(format any, text string) bool {
	var err error
	switch format {
	case "uuid":
		err = uuid.Validate(text)
	case "date-time":
		_, err = time.Parse(time.RFC3339, text)
	case "uri":
		var u *url.URL
		u, err = url.Parse(text)
		return err == nil && u.Scheme != ""
	}
	return err == nil
}

func unique(list []any) bool {
	for i, item := range list {
		if slices.ContainsFunc(list[:i], func(other any) bool { return reflect.DeepEqual(item, other) }) {
			return false
		}
	}
	return true
}

func TestSchemas_findWhatIsWrong(t *testing.T) {
	t.Parallel()
	d := schemas{map[string]any{}}
	for schema, values := range map[string][]string{
		`{"type":"string"}`:                                         {`1`, `null`},
		`{"type":["string","null"],"enum":["a"]}`:                   {`"b"`},
		`{"type":"integer","minimum":1}`:                            {`0`, `1.5`, `"1"`},
		`{"type":"array","items":{"type":"boolean"}}`:               {`[1]`, `{}`},
		`{"uniqueItems":true}`:                                      {`[1,1]`},
		`{"required":["a"]}`:                                        {`{}`},
		`{"properties":{"a":{"type":"string"}}}`:                    {`{"a":1}`},
		`{"additionalProperties":false}`:                            {`{"a":1}`},
		`{"additionalProperties":{"type":"string"}}`:                {`{"a":1}`},
		`{"oneOf":[{"const":"a"},{"const":"b"}]}`:                   {`"c"`},
		`{"type":"string","format":"date-time"}`:                    {`"today"`},
		`{"type":"string","pattern":"^a$","maxLength":1}`:           {`"b"`, `"aa"`},
		`{"$ref":"#/components/schemas/Nothing"}`:                   {`1`},
		`{"ifNobodyKnowsThis":true}`:                                {`1`},
		`{"properties":{"a":{"properties":{"b":{"type":"null"}}}}}`: {`{"a":{"b":1}}`},
	} {
		for _, text := range values {
			var rules map[string]any
			var value any
			if json.Unmarshal([]byte(schema), &rules) != nil || json.Unmarshal([]byte(text), &value) != nil {
				t.Fatalf("%s or %s is no JSON", schema, text)
			}
			if len(d.check(rules, value, "")) == 0 {
				t.Errorf("%s takes %s", schema, text)
			}
		}
	}
}
