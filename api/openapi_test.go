package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
)

// document is what these tests read of the OpenAPI document.
type document struct {
	OpenAPI    string `json:"openapi"`
	Info       struct{ License, Contact map[string]string }
	Paths      map[string]map[string]documented
	Components struct {
		Schemas   map[string]json.RawMessage
		Responses map[string]answered
		Examples  map[string]struct {
			Summary, Description string
			Value                json.RawMessage
		}
	}
}

type documented struct {
	OperationID string   `json:"operationId"`
	Summary     string   `json:"summary"`
	Description string   `json:"description"`
	Tags        []string `json:"tags"`
	Security    []map[string][]string
	Parameters  []parameter
	RequestBody struct{ Content map[string]media } `json:"requestBody"`
	Responses   map[string]answered
}

// answered is a response, or refers to one.
type answered struct {
	Ref         string `json:"$ref"`
	Description string
	Content     map[string]media
}

type parameter struct {
	Name, In string
	Required bool
	Schema   map[string]any
}

// media is what is sent or answered with one content type.
type media struct {
	Schema   map[string]any
	Example  any
	Examples map[string]struct {
		Ref string `json:"$ref"`
	}
}

// operation is one method of one path.
type operation struct {
	method, path string
	documented
}

// read returns the document, and what it says with each response in its place.
func read(t *testing.T) ([]byte, document) {
	t.Helper()
	raw, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	for _, methods := range d.Paths {
		for _, op := range methods {
			for status, response := range op.Responses {
				if response.Ref != "" {
					op.Responses[status] = d.Components.Responses[strings.TrimPrefix(response.Ref, "#/components/responses/")]
				}
			}
		}
	}
	return raw, d
}

// operations lists every operation there is.
func operations(t *testing.T) []operation {
	t.Helper()
	_, d := read(t)
	var all []operation
	for path, methods := range d.Paths {
		for method, documented := range methods {
			all = append(all, operation{strings.ToUpper(method), path, documented})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	if len(all) < 20 {
		t.Fatalf("found only %d operations", len(all))
	}
	return all
}

func TestOpenAPI_isTheSameEveryTime(t *testing.T) {
	t.Parallel()
	first, _ := read(t)
	for range 5 {
		if again, _ := read(t); !bytes.Equal(first, again) {
			t.Fatal("two documents differ")
		}
	}
	f := start(t, nil)
	if a := f.get(t, "/api/openapi.json"); a.status != http.StatusOK || a.body != string(first) {
		t.Error("/api/openapi.json serves another document")
	}
}

func TestOpenAPI_describesEveryOperation(t *testing.T) {
	t.Parallel()
	_, d := read(t)
	if d.OpenAPI != "3.1.0" {
		t.Errorf("version = %s, want 3.1.0", d.OpenAPI)
	}
	seen := map[string]bool{}
	for _, op := range operations(t) {
		name := op.method + " " + op.path
		if op.Summary == "" || op.Description == "" || len(op.Tags) == 0 || op.OperationID == "" || seen[op.OperationID] {
			t.Errorf("%s: summary, description, tag or an id of its own is missing: %+v", name, op)
		}
		seen[op.OperationID] = true
		codes := map[string]bool{}
		for status, response := range op.Responses {
			if response.Description == "" {
				t.Errorf("%s: response %s has no description", name, status)
			}
			if status >= "4" && len(response.Content["application/problem+json"].Examples) == 0 {
				t.Errorf("%s: response %s is no problem", name, status)
			}
			for _, code := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(response.Description, -1) {
				codes[code[1]] = true
			}
		}
		for _, code := range []string{"invalid_request", "unauthorized", "internal"} {
			if !codes[code] {
				t.Errorf("%s does not document %s", name, code)
			}
		}
		if strings.Contains(op.path, "{id}") && !codes["not_found"] {
			t.Errorf("%s does not document not_found", name)
		}
	}
}

func TestOpenAPI_listsTheRecordsOfEveryListedStream(t *testing.T) {
	t.Parallel()
	_, doc := read(t)
	for _, stream := range models.Streams {
		if stream.Listed() && doc.Paths["/"+stream.List] == nil {
			t.Errorf("GET /%s, which shows %s, is no operation", stream.List, stream.Kind)
		}
	}
}

func TestOpenAPI_refersOnlyToSchemasThatExist(t *testing.T) {
	t.Parallel()
	raw, d := read(t)
	used := map[string]bool{}
	for _, ref := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllSubmatch(raw, -1) {
		name := string(ref[1])
		used[name] = true
		if d.Components.Schemas[name] == nil {
			t.Errorf("schema %s does not exist", name)
		}
	}
	for name := range d.Components.Schemas {
		if !used[name] {
			t.Errorf("schema %s is not used", name)
		}
	}
}

// TestOpenAPI_showsWhatIsSentAndAnswered wants an example wherever there is a
// schema. Those of errors are in one list, which the next test reads.
func TestOpenAPI_showsWhatIsSentAndAnswered(t *testing.T) {
	t.Parallel()
	schemas := newSchemas(t)
	for _, op := range operations(t) {
		shown := map[string]media{}
		for contentType, media := range op.RequestBody.Content {
			shown["body as "+contentType] = media
		}
		for status, response := range op.Responses {
			for contentType, media := range response.Content {
				if contentType != problemType {
					shown[status+" as "+contentType] = media
				}
			}
		}
		for what, media := range shown {
			if media.Example == nil || media.Example == "" {
				t.Errorf("%s: %s has no example", op.OperationID, what)
				continue
			}
			for _, wrong := range schemas.check(media.Schema, media.Example, "example") {
				t.Errorf("%s: %s: %s", op.OperationID, what, wrong)
			}
		}
	}
}

// TestOpenAPI_hasAnExampleForEveryText finds fields whose type says too little
// to be shown by anything but their tag. What is optional is shown only if it has
// one.
func TestOpenAPI_hasAnExampleForEveryText(t *testing.T) {
	t.Parallel()
	d := newSchemas(t)
	for name, schema := range d.named {
		properties, _ := schema.(map[string]any)["properties"].(map[string]any)
		required, _ := schema.(map[string]any)["required"].([]any)
		for _, field := range required {
			property := d.resolve(properties[field.(string)].(map[string]any))
			tagged := property["examples"] != nil || property["enum"] != nil || property["default"] != nil
			formatted := property["format"] == "uuid" || property["format"] == "date-time"
			if hasType(property["type"], "") && !tagged && !formatted {
				t.Errorf("%s.%s has no example tag", name, field)
			}
		}
	}
}

const problemType = "application/problem+json"

// TestOpenAPI_explainsEveryCode wants each code once, with what it means and who
// can mend it, and with the same words wherever it is given.
func TestOpenAPI_explainsEveryCode(t *testing.T) {
	t.Parallel()
	_, d := read(t)
	schemas := newSchemas(t)
	for name, example := range d.Components.Examples {
		var p problem.Problem
		var value any
		if err := errors.Join(json.Unmarshal(example.Value, &p), json.Unmarshal(example.Value, &value)); err != nil {
			t.Fatal(err)
		}
		if example.Summary == "" || example.Description == "" || p.Code == "" || p.Remediation.Text == "" {
			t.Errorf("%s explains nothing: %+v", name, example)
		}
		for _, wrong := range schemas.check(map[string]any{"$ref": "#/components/schemas/Problem"}, value, name) {
			t.Error(wrong)
		}
	}
	listed := schemas.named["Code"].(map[string]any)
	for _, code := range append(codesIn(t, "../models/code.go"), codesIn(t, "problem/remedies.go")...) {
		if !slices.Contains(listed["enum"].([]any), any(string(code))) || !strings.Contains(listed["description"].(string), "| `"+string(code)+"` |") {
			t.Errorf("the schema Code does not explain %s", code)
		}
	}
	unused := maps.Clone(d.Components.Examples)
	for _, op := range operations(t) {
		for status, response := range op.Responses {
			for name, example := range response.Content[problemType].Examples {
				delete(unused, name)
				var p problem.Problem
				if err := json.Unmarshal(d.Components.Examples[strings.TrimPrefix(example.Ref, "#/components/examples/")].Value, &p); err != nil {
					t.Errorf("%s: %s refers to %s: %v", op.OperationID, status, example.Ref, err)
				}
				if strconv.Itoa(p.Status) != status || !strings.HasPrefix(name, string(p.Code)) || !strings.Contains(response.Description, "`"+string(p.Code)+"`: ") {
					t.Errorf("%s: %s has the example %s of %s with status %d: %s", op.OperationID, status, name, p.Code, p.Status, response.Description)
				}
			}
		}
	}
	for name := range unused {
		t.Errorf("no operation answers with the example %s", name)
	}
}
