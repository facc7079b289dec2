package githubsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// graphQLError is an entry of errors. Type is missing from what static validation finds.
type graphQLError struct {
	Type       string         `json:"type,omitempty"`
	Path       []any          `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
	Locations  []location     `json:"locations,omitempty"`
	Message    string         `json:"message"`
}

type location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

func (e *graphQLError) Error() string { return e.Message }

type graphQLRequest struct {
	Query         any            `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

// answerGraphQL reads, validates, prices and executes a query. Everything GraphQL has to say comes with HTTP
// 200; other statuses are the front door's.
func (c *call) answerGraphQL() *Fault {
	if c.r.Method != http.MethodPost {
		c.notFound()
		return nil
	}
	if c.token == nil {
		c.refuse(Fault{Kind: PrimaryLimit})
		c.status = http.StatusForbidden
		rate{resource: graphQLResource, reset: c.now.Add(c.sim.config.RateWindow)}.setHeaders(c.header)
		return nil
	}
	request, ok := c.readQuery()
	if !ok {
		return nil
	}
	schema, err := c.sim.schema()
	if err != nil {
		c.fail(http.StatusInternalServerError, err.Error(), "")
		return nil
	}
	x, problems := c.prepare(schema, request)
	fault := c.sim.faults.draw(c.entry)
	if c.strike(fault) {
		return fault
	}
	if len(problems) > 0 {
		c.points = 1
		c.writeErrors(problems)
		return fault
	}
	ids, inNodes := x.requestedIDs()
	if hit := c.sim.faults.drawForNodes(c.entry, ids, inNodes); hit != nil {
		c.points = 2 * x.price.cost // GitHub charges more for what it had to give up
		switch hit.Kind {
		case PoisonedNode:
			c.graphQLTimeout()
		case PartialResourceLimits:
			x.exhausted = max(hit.MaxNodes, 1)
			x.run()
		default:
			c.strike(hit)
		}
		return hit
	}
	c.points = x.price.cost
	x.endless = fault != nil && fault.Kind == EndlessList
	if fault != nil && fault.Kind == NodeLag {
		x.lag = fault.For
	}
	x.run()
	return fault
}

func (c *call) readQuery() (graphQLRequest, bool) {
	var request graphQLRequest
	body, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, 8<<20))
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		err = decoder.Decode(&request)
	}
	if err != nil {
		c.fail(http.StatusBadRequest, "Problems parsing JSON", "graphql")
		return request, false
	}
	if text, ok := request.Query.(string); !ok || text == "" {
		c.fail(http.StatusBadRequest, "A query attribute must be specified and must be a string.", "graphql")
		return request, false
	}
	return request, true
}

// prepare does all that needs no data: parse, validate, choose the operation, take in variables, price.
func (c *call) prepare(schema *ast.Schema, request graphQLRequest) (*execution, []graphQLError) {
	compiled := c.sim.queries.get(schema, request.Query.(string))
	if len(compiled.errors) > 0 {
		return nil, compiled.errors
	}
	operation := compiled.document.Operations.ForName(request.OperationName)
	if operation == nil {
		return nil, []graphQLError{{Message: fmt.Sprintf("No operation named %q", request.OperationName)}}
	}
	c.entry.Operation = operation.Name
	if operation.Operation != ast.Query {
		return nil, []graphQLError{{Type: "FORBIDDEN", Message: "The simulator takes no mutations."}}
	}
	variables, err := validator.VariableValues(schema, operation, request.Variables)
	if err != nil {
		return nil, []graphQLError{{Message: err.Error(), Extensions: map[string]any{"code": "variableMismatch"}}}
	}
	x := &execution{call: c, schema: schema, operation: operation, variables: variables}
	x.price = priceOf(operation, variables)
	if x.price.nodes > maxNodes {
		return nil, []graphQLError{{Type: "MAX_NODE_LIMIT_EXCEEDED", Message: fmt.Sprintf(
			"This query requests up to %s possible nodes which exceeds the maximum limit of 500,000.", withCommas(x.price.nodes))}}
	}
	return x, nil
}

// writeErrors answers without data.
func (c *call) writeErrors(problems []graphQLError) {
	c.status = http.StatusOK
	c.w.b = append(c.w.b[:0], `{"errors":`...)
	c.w.b = appendErrors(c.w.b, problems)
	c.w.b = append(c.w.b, '}')
}

func appendErrors(b []byte, problems []graphQLError) []byte {
	encoded, err := json.Marshal(problems)
	if err != nil {
		panic(err) // strings, numbers and maps of them
	}
	return append(b, encoded...)
}

// graphQLRefusal is one error without data.
func (c *call) graphQLRefusal(kind, message string) {
	c.writeErrors([]graphQLError{{Type: kind, Message: message}})
}

// graphQLTimeout is what the proxy says after ten seconds.
func (c *call) graphQLTimeout() {
	c.status = http.StatusBadGateway
	c.w.b = c.w.b[:0]
	c.w.open('{')
	c.w.str("message", "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us "+
		"if the problem persists.")
	c.w.str("documentation_url", "https://docs.github.com/graphql")
	c.w.close('}')
}

func withCommas(n int) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}
