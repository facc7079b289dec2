// Package openapi completes the API's OpenAPI document: the problems that an
// operation can answer with, an example of each body, and the list of all codes.
// It describes what huma knows of the operations and adds none.
package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/problem"
)

// Write returns the document as JSON. The same code gives the same bytes.
func Write(doc *huma.OpenAPI) ([]byte, error) {
	compact, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	// huma writes the words for a pattern under a name that JSON Schema does not know. No text
	// contains the name like this: its quotes would be escaped.
	compact = bytes.ReplaceAll(compact, []byte(`"patternDescription":`), []byte(`"x-pattern-description":`))
	var indented bytes.Buffer
	if err := json.Indent(&indented, compact, "", "  "); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

// Complete finishes the document when every operation is in it: each body that is
// sent or answered gets an example, from the example tags of its fields, one list
// has every code, and operations refer to the problems that they have in common.
func Complete(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas
	// huma describes its own errors beside the ones that we answer with.
	delete(schemas.Map(), "ErrorModel")
	delete(schemas.Map(), "ErrorDetail")
	nameCodes(schemas)
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) { // which response has a name goes by their order
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if op == nil {
				continue
			}
			if op.RequestBody != nil {
				addExample(op.RequestBody.Content, examples{schemas: schemas, sent: true})
			}
			for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
				response := op.Responses[status]
				addExample(response.Content, examples{schemas: schemas})
				if response.Content[problem.ContentType] != nil {
					op.Responses[status] = shared(doc, response)
				}
			}
		}
	}
}
