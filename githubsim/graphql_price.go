package githubsim

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// price is what GitHub asks for a query before it looks at any data.
// https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
type price struct {
	requests int // of connections, each counted once per parent, every parent list assumed full
	nodes    int
	cost     int
}

const maxNodes = 500_000

func priceOf(operation *ast.OperationDefinition, variables map[string]any) price {
	p := pricing{variables: variables}
	p.walk(operation.SelectionSet, 1)
	p.cost = max(1, int(math.Round(float64(p.requests)/100)))
	return p.price
}

type pricing struct {
	price
	variables map[string]any
}

func (p *pricing) walk(set ast.SelectionSet, parents int) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			p.walk(s.SelectionSet, p.field(s, parents))
		case *ast.InlineFragment:
			p.walk(s.SelectionSet, parents)
		case *ast.FragmentSpread:
			p.walk(s.Definition.SelectionSet, parents)
		}
	}
}

// field adds a field's own price and returns how many parents its children have.
func (p *pricing) field(f *ast.Field, parents int) int {
	if f.Definition == nil {
		return parents
	}
	size := 0
	switch {
	case f.Name == "nodes" && f.ObjectDefinition.Name == "Query":
		ids, _ := p.argument(f, "ids").([]any)
		size = len(ids)
	case isConnection(f):
		size = max(integer(p.argument(f, "first")), integer(p.argument(f, "last")))
	}
	if size == 0 {
		return parents // a count without a page is free
	}
	p.requests = saturate(p.requests + parents)
	p.nodes = saturate(p.nodes + parents*size)
	return saturate(parents * size)
}

// saturate keeps absurd queries from overflowing.
func saturate(n int) int { return min(n, 1<<30) }

func isConnection(f *ast.Field) bool {
	return strings.HasSuffix(f.Definition.Type.NamedType, "Connection") && f.Definition.Arguments.ForName("first") != nil
}

func (p *pricing) argument(f *ast.Field, name string) any {
	argument := f.Arguments.ForName(name)
	if argument == nil {
		return nil
	}
	value, err := argument.Value.Value(p.variables)
	if err != nil {
		return nil
	}
	return value
}

// integer reads an argument, which is an int64 in the query's text and a json.Number in the variables.
func integer(value any) int {
	switch n := value.(type) {
	case int64:
		return int(n)
	case json.Number:
		i, _ := n.Int64()
		return int(i)
	}
	return 0
}
