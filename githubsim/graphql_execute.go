package githubsim

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// execution runs one query. It writes the answer while it resolves; where a null must travel upwards, the
// buffer is cut back to where the nullable parent began.
type execution struct {
	*call
	schema    *ast.Schema
	operation *ast.OperationDefinition
	variables map[string]any
	price     price
	path      []any
	problems  []graphQLError
	missing   string        // a field that the simulator does not have
	poisoned  bool          // it takes GitHub too long
	exhausted int           // after so many objects of nodes(ids:) the resources are spent; 0 is never
	lag       time.Duration // for so long GraphQL does not know what is new
	endless   bool          // cursors of an endless list are none of ours
}

// object is anything with fields.
type object interface {
	graphQLType() string
	// field returns the value of a field: nil, a string, an integer, a boolean, a time, an object or a sequence.
	field(x *execution, f *selection) (any, error)
}

// sequence is a list whose elements are made when their turn comes; one that fails is null.
type sequence struct {
	length int
	at     func(i int) (any, error)
}

// selection is one key of the answer: a field, or several of the same key to be merged.
type selection struct {
	key    string
	name   string
	fields []*ast.Field
	values map[string]any          // arguments, once asked for
	byType map[string][]*selection // what is selected beneath, by the type of the parent
}

// errGap marks a field that is valid and that the simulator does not have.
var errGap = errors.New("githubsim does not have this field")

// run executes the query and writes the answer.
func (x *execution) run() {
	x.sim.mu.RLock()
	defer x.sim.mu.RUnlock()
	root := &selection{byType: map[string][]*selection{}}
	selected := x.collect(nil, x.operation.SelectionSet, "Query")
	if x.dryRun(selected) {
		selected = slices.DeleteFunc(selected, func(s *selection) bool { return s.name != "rateLimit" })
	}
	root.byType["Query"] = selected
	x.w.b = append(x.w.b, `{"data":`...)
	if !x.object(root, queryRoot{}) {
		x.w.b = append(x.w.b, "null"...)
	}
	if x.missing != "" {
		x.fail(http.StatusNotImplemented, "githubsim does not implement "+x.missing, "")
		return
	}
	if x.poisoned {
		x.graphQLTimeout()
		return
	}
	if len(x.problems) > 0 {
		x.w.b = appendErrors(append(x.w.b, `,"errors":`...), x.problems)
	}
	x.w.b = append(x.w.b, '}')
}

// dryRun: a query that asks for its own price is not executed.
func (x *execution) dryRun(selected []*selection) bool {
	for _, s := range selected {
		if s.name == "rateLimit" && x.boolean(s, "dryRun") {
			return true
		}
	}
	return false
}

// requestedIDs are the node ids the query names at its root, and how many of them it names in nodes(ids:).
func (x *execution) requestedIDs() (ids []string, inNodes int) {
	for _, s := range x.collect(nil, x.operation.SelectionSet, "Query") {
		switch s.name {
		case "node":
			ids = append(ids, x.text(s, "id"))
		case "nodes":
			these := x.texts(s, "ids")
			ids, inNodes = append(ids, these...), inNodes+len(these)
		}
	}
	return ids, inNodes
}

// collect gathers what is selected on an object of a type, in order, merging repeated keys.
func (x *execution) collect(into []*selection, set ast.SelectionSet, typeName string) []*selection {
	for _, chosen := range set {
		switch s := chosen.(type) {
		case *ast.Field:
			if x.included(s.Directives) {
				into = addField(into, s)
			}
		case *ast.InlineFragment:
			if x.included(s.Directives) && x.applies(s.TypeCondition, typeName) {
				into = x.collect(into, s.SelectionSet, typeName)
			}
		case *ast.FragmentSpread:
			if x.included(s.Directives) && x.applies(s.Definition.TypeCondition, typeName) {
				into = x.collect(into, s.Definition.SelectionSet, typeName)
			}
		}
	}
	return into
}

func addField(into []*selection, f *ast.Field) []*selection {
	for _, s := range into {
		if s.key == f.Alias {
			s.fields = append(s.fields, f)
			return into
		}
	}
	return append(into, &selection{key: f.Alias, name: f.Name, fields: []*ast.Field{f}, byType: map[string][]*selection{}})
}

func (x *execution) included(directives ast.DirectiveList) bool {
	for _, d := range directives {
		condition, _ := d.ArgumentMap(x.variables)["if"].(bool)
		if (d.Name == "skip" && condition) || (d.Name == "include" && !condition) {
			return false
		}
	}
	return true
}

// applies says whether a fragment on condition concerns objects of a type.
func (x *execution) applies(condition, typeName string) bool {
	if condition == "" || condition == typeName {
		return true
	}
	return slices.ContainsFunc(x.schema.PossibleTypes[condition], func(d *ast.Definition) bool { return d.Name == typeName })
}

func (x *execution) beneath(s *selection, typeName string) []*selection {
	if known, found := s.byType[typeName]; found {
		return known
	}
	var selected []*selection
	for _, f := range s.fields {
		selected = x.collect(selected, f.SelectionSet, typeName)
	}
	s.byType[typeName] = selected
	return selected
}

// object writes an object. False means that a field which must not be null is, so the object is null.
func (x *execution) object(s *selection, o object) bool {
	start := len(x.w.b)
	typeName := o.graphQLType()
	x.w.open('{')
	for _, child := range x.beneath(s, typeName) {
		x.w.key(child.key)
		x.path = append(x.path, child.key)
		ok := x.resolve(child, o, typeName)
		x.path = x.path[:len(x.path)-1]
		if !ok {
			x.w.b = x.w.b[:start]
			return false
		}
	}
	x.w.close('}')
	return true
}

func (x *execution) resolve(s *selection, o object, typeName string) bool {
	if s.name == "__typename" {
		x.w.text(typeName)
		return true
	}
	if text, unreadable := x.sim.faults.unreadableValue(func() any { return x.idOf(o) }, s.name); unreadable {
		x.w.text(text)
		return true
	}
	value, err := x.value(s, o, typeName)
	if err != nil {
		x.report(err, typeName+"."+s.name)
		value = nil
	}
	return x.complete(s.fields[0].Definition.Type, s, value, err != nil)
}

// idOf is the node id of an object that has one.
func (x *execution) idOf(o object) any {
	id, _ := o.field(x, &selection{name: "id"})
	return id
}

func (x *execution) value(s *selection, o object, typeName string) (any, error) {
	if problem := x.lacksScope(s, typeName); problem != nil {
		return nil, problem
	}
	if problem := x.badPage(s); problem != nil {
		return nil, problem
	}
	if problem := x.lacksPermission(o, s.name); problem != nil {
		return nil, problem
	}
	return o.field(x, s)
}

// lacksScope: reading an organization's own fields, and those of its teams, takes read:org.
func (x *execution) lacksScope(s *selection, typeName string) *graphQLError {
	own := typeName == "Organization" && s.fields[0].ObjectDefinition.Name == "Organization" && s.name != "repositories"
	if !(own || typeName == "Team") || !x.token.scoped() || x.token.hasScope("read:org", "user") {
		return nil
	}
	return &graphQLError{Type: "INSUFFICIENT_SCOPES", Message: fmt.Sprintf("Your token has not been granted the required scopes to execute this query. "+
		"The '%s' field requires one of the following scopes: ['read:org'], but your token has only been granted the: %s scopes. "+
		"Please modify your token's scopes at: https://github.com/settings/tokens.", s.name, quoted(x.token.Scopes))}
}

func quoted(scopes []string) string {
	text := "["
	for i, scope := range scopes {
		if i > 0 {
			text += ", "
		}
		text += "'" + scope + "'"
	}
	return text + "]"
}

// complete writes a value as its type demands. False sends the null to the parent.
func (x *execution) complete(t *ast.Type, s *selection, value any, reported bool) bool {
	if isNil(value) {
		if t.NonNull {
			if !reported {
				x.report(&graphQLError{Message: "Cannot return null for non-nullable field"}, s.name)
			}
			return false
		}
		x.writeNull()
		return true
	}
	start := len(x.w.b)
	if x.write(t, s, value) {
		return true
	}
	x.w.b = x.w.b[:start]
	if t.NonNull {
		return false
	}
	x.writeNull()
	return true
}

func (x *execution) writeNull() {
	x.w.separate()
	x.w.b = append(x.w.b, "null"...)
}

func isNil(value any) bool {
	if value == nil {
		return true
	}
	v := reflect.ValueOf(value)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

func (x *execution) write(t *ast.Type, s *selection, value any) bool {
	switch v := value.(type) {
	case string:
		x.w.text(v)
	case int:
		x.w.separate()
		x.w.b = strconv.AppendInt(x.w.b, int64(v), 10)
	case bool:
		x.w.separate()
		x.w.b = strconv.AppendBool(x.w.b, v)
	case time.Time:
		return x.writeTime(t, v)
	case sequence:
		return x.sequence(t.Elem, s, v)
	case object:
		return x.object(s, v)
	default:
		panic(fmt.Sprintf("githubsim: field %s resolved to %T", s.name, value))
	}
	return true
}

// writeTime: a zero time is a null, a GitTimestamp keeps its zone, a DateTime is in UTC.
func (x *execution) writeTime(t *ast.Type, at time.Time) bool {
	if at.IsZero() {
		if !t.NonNull {
			x.writeNull()
		}
		return !t.NonNull
	}
	if t.NamedType == "GitTimestamp" {
		x.w.text(at.Format("2006-01-02T15:04:05-07:00"))
		return true
	}
	x.w.text(at.UTC().Format("2006-01-02T15:04:05Z"))
	return true
}

func (x *execution) sequence(t *ast.Type, s *selection, list sequence) bool {
	x.w.open('[')
	for i := range list.length {
		x.path = append(x.path, i)
		element, err := list.at(i)
		if err != nil {
			x.report(err, s.name)
			element = nil
		}
		ok := x.complete(t, s, element, err != nil)
		x.path = x.path[:len(x.path)-1]
		if !ok {
			return false
		}
	}
	x.w.close(']')
	return true
}

// report notes an error at the present path. A field that the simulator lacks spoils the whole answer on purpose.
func (x *execution) report(err error, field string) {
	if errors.Is(err, errGap) {
		x.sim.journal.addGap(field)
		x.missing = field
		return
	}
	problem := graphQLError{Message: err.Error()}
	var known *graphQLError
	if errors.As(err, &known) {
		problem = *known
	}
	problem.Path = slices.Clone(x.path)
	x.problems = append(x.problems, problem)
}

// arguments are evaluated once per selection: they are the same for every parent.
func (x *execution) arguments(s *selection) map[string]any {
	if s.values == nil {
		s.values = s.fields[0].ArgumentMap(x.variables)
	}
	return s.values
}

func (x *execution) text(s *selection, name string) string {
	text, _ := x.arguments(s)[name].(string)
	return text
}

func (x *execution) boolean(s *selection, name string) bool {
	value, _ := x.arguments(s)[name].(bool)
	return value
}

func (x *execution) texts(s *selection, name string) []string {
	var texts []string
	switch values := x.arguments(s)[name].(type) {
	case []any:
		for _, value := range values {
			text, _ := value.(string)
			texts = append(texts, text)
		}
	case []string:
		texts = values
	case string: // a single value stands for a list of one
		texts = []string{values}
	}
	return texts
}
