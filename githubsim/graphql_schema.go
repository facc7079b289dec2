package githubsim

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	_ "github.com/vektah/gqlparser/v2/validator/rules" // Validate knows no rules without them
)

//go:embed schema/github.graphql.gz
var schemaArchive []byte

// officialSchema is GitHub's public schema, as @octokit/graphql-schema 15.26.1 has it, with what is newer and in use:
// assignedActors and its types, whose descriptions say so. Parsing it takes a noticeable part of a second, so it happens once
// per process and only when somebody sends a query.
var officialSchema = sync.OnceValues(func() (*ast.Schema, error) { return schemaWithout(nil) })

// schemaWithout is the schema of an Enterprise Server that does not know some fields yet, each named as Type.field.
func schemaWithout(unknown []string) (*ast.Schema, error) {
	archive, err := gzip.NewReader(bytes.NewReader(schemaArchive))
	if err != nil {
		return nil, fmt.Errorf("open GitHub's schema: %w", err)
	}
	text, err := io.ReadAll(archive)
	if err != nil {
		return nil, fmt.Errorf("read GitHub's schema: %w", err)
	}
	document, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: "github.graphql", Input: string(text)})
	if err != nil {
		return nil, fmt.Errorf("parse GitHub's schema: %w", err)
	}
	for _, definition := range document.Definitions {
		definition.Fields = slices.DeleteFunc(withoutRepeats(definition.Fields), func(f *ast.FieldDefinition) bool {
			return slices.Contains(unknown, definition.Name+"."+f.Name)
		})
	}
	schema, err := validator.ValidateSchemaDocument(document)
	if err != nil {
		return nil, fmt.Errorf("GitHub's schema: %w", err)
	}
	return schema, nil
}

// withoutRepeats drops fields that are defined twice: GitHub publishes EnterpriseOwnerInfo that way.
func withoutRepeats(fields ast.FieldList) ast.FieldList {
	seen := make(map[string]bool, len(fields))
	kept := fields[:0]
	for _, field := range fields {
		if !seen[field.Name] {
			seen[field.Name] = true
			kept = append(kept, field)
		}
	}
	return kept
}

// queryCache keeps each distinct query text parsed and validated; clients send the same few again and again.
type queryCache struct {
	mu      sync.Mutex
	queries map[string]*query
}

type query struct {
	document *ast.QueryDocument
	errors   []graphQLError
}

func (q *queryCache) get(schema *ast.Schema, text string) *query {
	q.mu.Lock()
	defer q.mu.Unlock()
	if known := q.queries[text]; known != nil {
		return known
	}
	if len(q.queries) >= 1000 || q.queries == nil {
		q.queries = map[string]*query{}
	}
	compiled := compile(schema, text)
	q.queries[text] = compiled
	return compiled
}

func compile(schema *ast.Schema, text string) *query {
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return &query{errors: []graphQLError{{Message: err.Error()}}}
	}
	var errors []graphQLError
	for _, problem := range validator.Validate(schema, document) {
		errors = append(errors, staticError(problem))
	}
	return &query{document: document, errors: errors}
}

// staticError words a validation error as GitHub does, as far as clients look at it.
func staticError(problem *gqlerror.Error) graphQLError {
	code := strings.ToLower(problem.Rule[:1]) + problem.Rule[1:]
	message := problem.Message
	switch problem.Rule {
	case "FieldsOnCorrectType":
		code = "undefinedField"
		var field, owner string
		if _, err := fmt.Sscanf(problem.Message, "Cannot query field %q on type %q", &field, &owner); err == nil {
			message = fmt.Sprintf("Field '%s' doesn't exist on type '%s'", field, owner)
		}
	case "KnownArgumentNames":
		code = "argumentNotAccepted"
	case "ScalarLeafs":
		code = "selectionMismatch"
	case "ProvidedRequiredArguments":
		code = "missingRequiredArguments"
	}
	e := graphQLError{Message: message, Extensions: map[string]any{"code": code}}
	for _, at := range problem.Locations {
		e.Locations = append(e.Locations, location{at.Line, at.Column})
	}
	return e
}
