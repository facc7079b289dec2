package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"tributary/api/problem"
	"tributary/models"
	"tributary/store/storetest"
)

// TestFuzz_everyOperationAnswers sends requests, good ones and all kinds of bad
// ones, to every operation of the OpenAPI document. Each has to be answered as
// the document says, never with a failure of our own, and without repeating what
// looks like a secret.
//
// TRIBUTARY_FUZZ_REQUESTS is how many, TRIBUTARY_FUZZ_SEED is where other ones
// come from, and TRIBUTARY_FUZZ_REQUEST plays a failing one again, after those
// of its world that came before it.
func TestFuzz_everyOperationAnswers(t *testing.T) {
	t.Parallel()
	seed, requests := uint64(setting(t, "TRIBUTARY_FUZZ_SEED", 1)), setting(t, "TRIBUTARY_FUZZ_REQUESTS", 5_000)
	first, only := 0, setting(t, "TRIBUTARY_FUZZ_REQUEST", -1)
	if only >= 0 {
		first, requests = only-only%requestsOfAWorld, only+1
	}
	f := newFuzz(t, seed)
	f.only = only
	for from := first; from < requests; from += requestsOfAWorld {
		t.Run(fmt.Sprintf("requests from %d", from), func(t *testing.T) {
			f.play(t, from, min(from+requestsOfAWorld, requests))
		})
	}
	t.Logf("seed %d, %d requests\n%s", seed, requests-first, f.table())
	if only < 0 && requests >= 5_000 {
		f.checkReach(t)
	}
}

func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text, ok := os.LookupEnv(name)
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// fuzz plays requests and counts how they were answered.
type fuzz struct {
	seed        uint64
	only        int // the request to show, -1 for none
	operations  []operation
	schemas     schemas
	diagnostics []models.Code
	answers     map[string]map[string]int  // by operation and status
	codes       map[string]map[string]bool // statuses and codes that an operation gave
}

func newFuzz(t *testing.T, seed uint64) *fuzz {
	t.Helper()
	return &fuzz{
		seed: seed, only: -1, operations: operations(t), schemas: newSchemas(t), diagnostics: codesIn(t, "../models/code.go"),
		answers: map[string]map[string]int{}, codes: map[string]map[string]bool{},
	}
}

// TestFuzz_everyOperationAnswersAlsoMany is the same with many callers at once,
// whose requests meet in the database. Temporal is well all the time, so that
// whatever fails is ours.
func TestFuzz_everyOperationAnswersAlsoMany(t *testing.T) {
	t.Parallel()
	for _, postgres := range []bool{false, true} {
		if postgres && storetest.WithoutPostgres() {
			continue
		}
		t.Run(map[bool]string{false: "sqlite", true: "postgres"}[postgres], func(t *testing.T) {
			f, w := newFuzz(t, 1), newWorld(t, true, postgres)
			w.temporal.calm = true
			w.temporal.begin(rand.New(rand.NewPCG(1, 1)), nil)
			f.crowd(t, w, 8, setting(t, "TRIBUTARY_FUZZ_REQUESTS", 5_000)/80)
		})
	}
}

// crowd lets callers send their requests at once. What they know is shared, and
// only what is between them and the server happens at the same time.
func (f *fuzz) crowd(t *testing.T, w *world, callers, each int) {
	var all sync.WaitGroup
	var mu sync.Mutex
	for number := range callers {
		all.Go(func() {
			c := caller{address: w.address}
			defer c.hangUp()
			for i := range each {
				mu.Lock()
				g := &generator{schemas: f.schemas, Rand: rand.New(rand.NewPCG(f.seed, uint64(number*each+i))), world: w}
				r := g.request(f.operation(g))
				w.now.Add(60e6)
				mu.Unlock()
				answer, err := c.send(r)
				mu.Lock()
				if wrong := f.check(w, r, answer, err); len(wrong) > 0 {
					t.Errorf("%s\n\t%.300q\n\t%s", strings.Join(wrong, "; "), r.bytes(), shown(answer))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	f.checkWorld(t, w)
}

// play sends the requests of one world. Every fourth is on Postgres, and every
// other one is open to all.
func (f *fuzz) play(t *testing.T, from, until int) {
	number := from / requestsOfAWorld
	w := newWorld(t, number%2 == 0, number%4 == 1 && !storetest.WithoutPostgres())
	for i := from; i < until; i++ {
		g := &generator{schemas: f.schemas, Rand: rand.New(rand.NewPCG(f.seed, uint64(i))), world: w}
		op := f.operation(g)
		r := g.request(op)
		w.temporal.begin(g.Rand, f.refusals(op))
		w.now.Add(60e6) // a pace that one caller may keep up for ever
		answer, err := w.send(r)
		wrong := f.check(w, r, answer, err)
		if len(wrong) > 0 {
			t.Errorf("request %d: %s\n\tTRIBUTARY_FUZZ_SEED=%d TRIBUTARY_FUZZ_REQUEST=%d go test ./api -run TestFuzz -v # %.300q\n\t%s",
				i, strings.Join(wrong, "; "), f.seed, i, r.bytes(), shown(answer))
		}
		if i == f.only {
			t.Logf("%.5000q\n%s", r.bytes(), shown(answer))
		}
	}
	f.checkWorld(t, w)
}

// checkWorld looks at what requests have left behind.
func (f *fuzz) checkWorld(t *testing.T, w *world) {
	t.Helper()
	for _, place := range w.leaks(t) {
		t.Errorf("what looks like a secret is in %s", place)
	}
	if strings.Contains(w.log.String(), "panic") {
		t.Errorf("something panicked:\n%s", linesWith(w.log.String(), "panic"))
	}
}

// operation is the next one: every other time one that has not succeeded in this world. What is deleted cannot be tried
// any more, so that is rarer than the rest.
func (f *fuzz) operation(g *generator) operation {
	from := f.operations
	if g.chance(50) {
		from = slices.DeleteFunc(slices.Clone(from), func(op operation) bool { return g.world.reached[op.OperationID] })
	}
	op := pick(g.Rand, from...)
	if op.method == http.MethodDelete && g.chance(70) {
		return pick(g.Rand, f.operations...)
	}
	return op
}

// refusals are the codes that an operation documents and that a worker can
// answer with.
func (f *fuzz) refusals(op operation) (codes []string) {
	for _, response := range op.Responses {
		for code := range response.Content[problemType].Examples {
			if slices.Contains(f.diagnostics, models.Code(code)) {
				codes = append(codes, code)
			}
		}
	}
	slices.Sort(codes)
	return codes
}

func shown(answer response) string {
	if answer.Response == nil {
		return "no answer"
	}
	return fmt.Sprintf("%s %.600s", answer.Status, answer.body)
}

func linesWith(log, word string) string {
	var lines []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, word) {
			lines = append(lines, line[:min(len(line), 3_000)])
		}
	}
	return strings.Join(lines[:min(len(lines), 3)], "")
}

// check returns what is wrong with an answer.
func (f *fuzz) check(w *world, r rawRequest, answer response, err error) []string {
	if err != nil {
		if r.cutOff || len(r.bytes()) > 1<<12 { // the server may hang up instead of reading on
			f.count(r.operation, "hung up")
			return nil
		}
		return []string{err.Error()}
	}
	if answer.Header.Get("X-Request-Id") == "" { // net/http itself did not like it
		f.count(r.operation, "no HTTP")
		if !slices.Contains([]int{400, 417, 431, 501, 505}, answer.StatusCode) {
			return []string{"it never came to the API"}
		}
		return nil
	}
	op, isOperation := f.route(r)
	name := op.OperationID
	if !isOperation {
		name = "(none)"
	}
	f.count(name, strconv.Itoa(answer.StatusCode))
	var wrong []string
	if w.hasSecret(string(answer.body) + fmt.Sprint(answer.Header)) {
		wrong = append(wrong, "it repeats what looks like a secret")
	}
	if answer.StatusCode < 400 {
		w.reached[name] = true
		return append(wrong, f.checkSuccess(w, op, answer)...)
	}
	return append(wrong, f.checkProblem(w, name, op, r, answer)...)
}

func (f *fuzz) count(operation, status string) {
	if f.answers[operation] == nil {
		f.answers[operation] = map[string]int{}
	}
	f.answers[operation][status]++
}

// route finds the operation that a request reaches, if any.
func (f *fuzz) route(r rawRequest) (found operation, ok bool) {
	u, err := url.ParseRequestURI(r.target)
	if err != nil {
		return found, false
	}
	for _, op := range f.operations {
		if r.method == op.method && reaches("/api/v1"+op.path, u.Path) && (!ok || !strings.HasSuffix(op.path, "}")) {
			found, ok = op, true
		}
	}
	return found, ok
}

func reaches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && !(strings.HasPrefix(want[i], "{") && got[i] != "") {
			return false
		}
	}
	return true
}

func (f *fuzz) checkSuccess(w *world, op operation, answer response) []string {
	documented, ok := op.Responses[strconv.Itoa(answer.StatusCode)]
	if !ok {
		return []string{"the status is not documented"}
	}
	if len(answer.body) == 0 {
		return nil
	}
	contentType, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	media, ok := documented.Content[contentType]
	if !ok {
		return []string{"the content type " + contentType + " is not documented"}
	}
	if !utf8.Valid(answer.body) {
		return []string{"the body is no UTF-8"}
	}
	switch contentType {
	case "text/csv":
		if _, err := csv.NewReader(bytes.NewReader(answer.body)).ReadAll(); err != nil {
			return []string{err.Error()}
		}
	case "text/event-stream":
		return f.checkEvent(media, answer.body)
	case "application/json":
		value, err := decode(answer.body)
		if err != nil {
			return []string{err.Error()}
		}
		w.learn(collection(op), value)
		w.learnCursor(op, value)
		w.learnJourney(answer, value)
		return f.schemas.check(media.Schema, value, "body")
	}
	return nil
}

// collection is what an operation is about: the last word of its path that is
// a list.
func collection(op operation) string {
	segments := strings.Split(op.path, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") && i == len(segments)-1 {
			return strings.ReplaceAll(segments[i-1], "-", "_")
		}
	}
	return strings.ReplaceAll(segments[len(segments)-1], "-", "_")
}

// checkEvent checks the first event of a stream, unless it was only a sign of
// life.
func (f *fuzz) checkEvent(media media, stream []byte) []string {
	event := map[string]any{}
	for line := range strings.Lines(string(stream)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		var err error
		switch name {
		case "id", "data":
			event[name], err = decode([]byte(value))
		case "event":
			event[name] = value
		}
		if err != nil {
			return []string{err.Error()}
		}
	}
	if len(event) == 0 {
		return nil
	}
	return f.schemas.check(media.Schema, []any{event}, "events")
}

// unrouted are the codes of requests that reach no operation.
var unrouted = map[string]int{
	string(problem.NotFound): 404, string(problem.MethodNotAllowed): 405, string(problem.Unauthorized): 401, string(problem.ForbiddenOrigin): 403, string(problem.TooManyRequests): 429,
	string(problem.InvalidRequest): 422, // a query that cannot be read
}

func (f *fuzz) checkProblem(w *world, name string, op operation, r rawRequest, answer response) (wrong []string) {
	contentType, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	_, page := op.Responses[strconv.Itoa(answer.StatusCode)].Content["text/html"]
	page = page && contentType == "text/html" // for people, who may bring the bad news with them
	away := w.temporal.wasAway() || page
	// Whose caller is gone is not served to the end.
	if !r.cutOff && (answer.StatusCode == http.StatusInternalServerError || answer.StatusCode > 500 && !away) {
		wrong = append(wrong, "a failure of our own: "+errorOf(w.log.String(), answer))
	}
	if page || r.method == http.MethodHead {
		return wrong
	}
	if contentType != problemType {
		wrong = append(wrong, "an error as "+contentType)
	}
	var p problem.Problem
	value, err := decode(answer.body)
	if err == nil {
		err = json.Unmarshal(answer.body, &p)
	}
	if err != nil {
		return append(wrong, err.Error())
	}
	status := strconv.Itoa(answer.StatusCode)
	f.note(name, status+" "+string(p.Code))
	code := string(p.Code)
	if op.OperationID == "" {
		if unrouted[code] != answer.StatusCode {
			wrong = append(wrong, "no operation was reached, and it answers "+status+" "+code)
		}
	} else if !strings.Contains(op.Responses[status].Description, "`"+code+"`: ") {
		wrong = append(wrong, status+" "+code+" is not documented")
	}
	return append(wrong, f.schemas.check(map[string]any{"$ref": "#/components/schemas/Problem"}, value, "body")...)
}

func (f *fuzz) note(operation, code string) {
	if f.codes[operation] == nil {
		f.codes[operation] = map[string]bool{}
	}
	f.codes[operation][code] = true
}

// errorOf is what the log says of a request that failed.
func errorOf(log string, answer response) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, `"level":"ERROR"`) && strings.Contains(line, answer.Header.Get("X-Request-Id")) {
			return line[:min(len(line), 1_000)]
		}
	}
	return "nothing in the log"
}

// table is how many requests each operation answered with each status, and the
// codes that it documents and did not give.
func (f *fuzz) table() string {
	var table strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.answers)) {
		all := 0
		var counts []string
		for _, status := range slices.Sorted(maps.Keys(f.answers[name])) {
			all += f.answers[name][status]
			counts = append(counts, fmt.Sprintf("%s: %d", status, f.answers[name][status]))
		}
		fmt.Fprintf(&table, "%6d %-32s %s%s\n", all, name, strings.Join(counts, ", "), f.silent(name))
	}
	return table.String()
}

// silent lists the codes that an operation documents and did not give. Pages do
// not show theirs.
func (f *fuzz) silent(name string) string {
	var silent []string
	for _, op := range f.operations {
		if _, pages := op.Responses["200"].Content["text/html"]; op.OperationID != name || pages {
			continue
		}
		for status, response := range op.Responses {
			for code := range response.Content[problemType].Examples {
				code = status + " " + strings.TrimSuffix(code, "_"+status)
				if !f.codes[name][code] && status != "500" {
					silent = append(silent, code)
				}
			}
		}
	}
	if len(silent) == 0 {
		return ""
	}
	slices.Sort(silent)
	return " (never " + strings.Join(silent, ", ") + ")"
}

// checkReach fails when requests do not get beyond the checks of an operation:
// then the test proves little.
func (f *fuzz) checkReach(t *testing.T) {
	t.Helper()
	for _, op := range f.operations {
		reached := 0
		for status, n := range f.answers[op.OperationID] {
			if status < "400" {
				reached += n
			}
		}
		if reached == 0 {
			t.Errorf("%s never succeeds: %v", op.OperationID, f.answers[op.OperationID])
		}
	}
}
