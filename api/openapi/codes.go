package openapi

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/problem"
	"tributary/models"
)

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
