package githubsim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/githubsim"
)

// world is a GitHub with one organization, its owner, and the owner's token.
type world struct {
	t      *testing.T
	sim    *githubsim.Sim
	server *httptest.Server
	org    *githubsim.Organization
	user   *githubsim.User
	token  string
}

func newWorld(t *testing.T, config githubsim.Config) *world {
	t.Helper()
	sim := githubsim.New(config)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	user := sim.AddUser("octocat")
	org := sim.AddOrganization("acme")
	org.AddMember(user, "admin")
	token := sim.IssueToken(user, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: []string{"repo", "read:org"}})
	return &world{t: t, sim: sim, server: server, org: org, user: user, token: token}
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// with changes a request before it is sent.
type with func(*http.Request)

func header(name, value string) with { return func(r *http.Request) { r.Header.Set(name, value) } }

func token(text string) with { return header("Authorization", "Bearer "+text) }

func anonymous() with { return func(r *http.Request) { r.Header.Del("Authorization") } }

// get sends a GET without following redirects; path may be a whole URL from a Link header.
func (w *world) get(path string, changes ...with) answer {
	w.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = w.server.URL + path
	}
	return w.send(http.MethodGet, path, nil, changes)
}

func (w *world) send(method, url string, body []byte, changes []with) answer {
	w.t.Helper()
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.token)
	for _, change := range changes {
		change(request)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, url, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatalf("%s %s: read: %v", method, url, err)
	}
	return answer{response.StatusCode, response.Header, content}
}

// query posts a GraphQL query.
func (w *world) query(text string, variables map[string]any, changes ...with) answer {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(http.MethodPost, w.server.URL+"/graphql", body, changes)
}

// decoded reads a JSON document.
func decoded[T any](t *testing.T, a answer) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(a.body, &value); err != nil {
		t.Fatalf("status %d, not the JSON expected: %v\n%.500s", a.status, err, a.body)
	}
	return value
}

type object = map[string]any

func (a answer) message(t *testing.T) string {
	t.Helper()
	text, _ := decoded[object](t, a)["message"].(string)
	return text
}

func (a answer) expect(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %.300s", a.status, status, a.body)
	}
	return a
}

var linkPattern = regexp.MustCompile(`<([^>]+)>; rel="(\w+)"`)

// links are the relations of a Link header.
func (a answer) links() map[string]string {
	found := map[string]string{}
	for _, m := range linkPattern.FindAllStringSubmatch(a.header.Get("Link"), -1) {
		found[m[2]] = m[1]
	}
	return found
}

// all follows next to the end and returns one member of every row.
func (w *world) all(path, member string) []any {
	w.t.Helper()
	var values []any
	for path != "" {
		page := w.get(path).expect(w.t, http.StatusOK)
		for _, row := range decoded[[]object](w.t, page) {
			values = append(values, row[member])
		}
		path = page.links()["next"]
	}
	return values
}

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func day(n int) time.Time { return time.Date(2024, 1, n, 12, 0, 0, 0, time.UTC) }
