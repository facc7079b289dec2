package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tributary/api"
)

// document is what these tests read of the OpenAPI document.
type document struct {
	OpenAPI    string `json:"openapi"`
	Paths      map[string]map[string]documented
	Components struct {
		Schemas map[string]json.RawMessage
	}
}

type documented struct {
	OperationID string   `json:"operationId"`
	Summary     string   `json:"summary"`
	Description string   `json:"description"`
	Tags        []string `json:"tags"`
	Security    []map[string][]string
	Responses   map[string]struct {
		Description string
		Content     map[string]json.RawMessage
	}
}

// operation is one method of one path.
type operation struct {
	method, path string
	documented
}

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
			if status >= "4" && response.Content["application/problem+json"] == nil {
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
