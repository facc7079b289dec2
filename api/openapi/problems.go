package openapi

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/problem"
	"tributary/models"
)

// AddProblem documents a code among the answers of an operation, with its example.
func AddProblem(doc *huma.OpenAPI, answers map[string]*huma.Response, status int, code models.Code, meaning string) {
	key := strconv.Itoa(status)
	if answers[key] == nil {
		answers[key] = &huma.Response{Content: map[string]*huma.MediaType{problem.ContentType: ProblemBody(doc)}}
	}
	if problem.New(code, "").GetHeaders().Get("Retry-After") != "" {
		answers[key].Headers = map[string]*huma.Param{"Retry-After": {
			Description: "In how many seconds to ask again. Absent where waiting does not help.", Schema: &huma.Schema{Type: huma.TypeInteger},
		}}
	}
	name, example := problemExample(doc, status, code)
	answers[key].Content[problem.ContentType].Examples[name] = example
	line := "`" + string(code) + "`: " + meaning
	answers[key].Description = strings.TrimPrefix(answers[key].Description+"\n"+line, "\n")
}

// mostInName is how many problems a response has that is named by them.
const mostInName = 3

// shared is a reference to a response that is named by its problems; most operations answer
// with the same few. It is the response itself where that has many, or the name is another's.
func shared(doc *huma.OpenAPI, response *huma.Response) *huma.Response {
	problems := slices.Sorted(maps.Keys(response.Content[problem.ContentType].Examples))
	if len(problems) > mostInName {
		return response
	}
	all := &doc.Components.Responses
	if *all == nil {
		*all = map[string]*huma.Response{}
	}
	name := strings.Join(problems, ".")
	if known := (*all)[name]; known == nil {
		(*all)[name] = response
	} else if !reflect.DeepEqual(known, response) {
		return response
	}
	return &huma.Response{Ref: "#/components/responses/" + name}
}

// ProblemBody is the body of an answer that is a problem, without examples yet.
func ProblemBody(doc *huma.OpenAPI) *huma.MediaType {
	return &huma.MediaType{
		Schema:   doc.Components.Schemas.Schema(reflect.TypeFor[problem.Problem](), true, ""),
		Examples: map[string]*huma.Example{},
	}
}

// exampleRequestID has the form of our request ids.
const exampleRequestID = "7QK3M2XW5ZJ4N6B7H2RVTC4L5D"

// problemExample returns a reference to the example of a code, which all
// operations that can give it share.
func problemExample(doc *huma.OpenAPI, status int, code models.Code) (name string, reference *huma.Example) {
	p := problem.New(code, "")
	name = string(code)
	if p.Status != status {
		name = fmt.Sprintf("%s_%d", code, status)
	}
	p.Status, p.RequestID = status, exampleRequestID
	if code == problem.InvalidRequest {
		p.Errors = exampleErrors[status]
	}
	if doc.Components.Examples == nil {
		doc.Components.Examples = map[string]*huma.Example{}
	}
	doc.Components.Examples[name] = &huma.Example{Summary: p.Title, Description: whoActs[p.Remediation.Who], Value: p}
	return name, &huma.Example{Ref: "#/components/examples/" + name}
}

// exampleErrors are those of a request that breaks the schema, by status.
var exampleErrors = map[int][]problem.FieldError{
	http.StatusBadRequest:          {{Location: "body", Message: "expected a body"}},
	http.StatusUnprocessableEntity: {{Location: "query.limit", Message: "expected number <= 200"}},
}

var whoActs = map[problem.Who]string{
	problem.You:      "Whoever made the request can mend it.",
	problem.OrgOwner: "An owner of the GitHub organization can mend it.",
	problem.Operator: "Whoever runs this installation can mend it.",
	problem.Nobody:   "Nothing needs to be mended.",
}

const schemaPrefix = "#/components/schemas/"

// nameCodes lists all codes in a schema of their own, which every field that
// holds a code refers to.
func nameCodes(schemas huma.Registry) {
	list := &huma.Schema{Type: huma.TypeString, Description: codeTable()}
	for _, code := range problem.Codes() {
		list.Enum = append(list.Enum, string(code))
	}
	list.PrecomputeMessages()
	for name, schema := range schemas.Map() {
		for _, field := range codeFields(schemas.TypeFromRef(schemaPrefix + name)) {
			if p := schema.Properties[field]; p != nil {
				schema.Properties[field] = &huma.Schema{Ref: schemaPrefix + "Code", Description: p.Description, Examples: p.Examples}
			}
		}
	}
	schemas.Map()["Code"] = list
}

// codeFields are the JSON names of a type's fields that hold a code.
func codeFields(t reflect.Type) (names []string) {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range reflect.VisibleFields(t) {
		if f.Type == reflect.TypeFor[models.Code]() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	return names
}

func codeTable() string {
	table := strings.Builder{}
	table.WriteString("What went wrong. Codes are stable, and more are added over time.\n\n| Code | Meaning | What to do | Who |\n|---|---|---|---|\n")
	for _, code := range problem.Codes() {
		remedy := problem.RemedyFor(code)
		fmt.Fprintf(&table, "| `%s` | %s. %s | %s | `%s` |\n", code, remedy.Title, remedy.Meaning, remedy.Text, remedy.Who)
	}
	return table.String()
}
