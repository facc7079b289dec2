package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tributary/activities"
	"tributary/api"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
	"tributary/workflows"
)

// requestsOfAWorld is after how many requests the fuzz test begins anew: by then
// most of what was there is paused, ignored or deleted.
const requestsOfAWorld = 250

// world is a server with rows of every kind, and what its callers know of them.
type world struct {
	temporal *moodyTemporal
	log      *lockedBuffer
	url      string // of the database
	now      atomic.Int64
	caller   // the one who is alone in most worlds

	known       map[string][]any    // ids by what they are of: "integrations", "organizations", ...
	cursors     map[string][]string // by the operation that gave them
	reached     map[string]bool     // the operations that have succeeded
	journeys    []journeyBack
	credentials []string // header lines; the first is the best
	secrets     []string // of API tokens that are good
}

// newWorld serves an API in which everybody may do everything, or one where it
// depends on who asks.
func newWorld(t *testing.T, open, postgres bool) *world {
	t.Helper()
	if postgres {
		return newWorldOn(t, open, storetest.PostgresURL(t))
	}
	return newWorldOn(t, open, storetest.SQLiteURL(t))
}

// newWorldOn is newWorld on an empty database.
func newWorldOn(t *testing.T, open bool, url string) *world {
	t.Helper()
	w := &world{url: url, temporal: &moodyTemporal{}, log: &lockedBuffer{}, known: map[string][]any{}, cursors: map[string][]string{}, reached: map[string]bool{}, credentials: []string{""}}
	w.now.Store(storetest.Noon.UnixNano())
	clock := func() time.Time { return time.Unix(0, w.now.Load()).UTC() }
	db := storetest.OpenAt(t, w.url, clock)
	h, err := api.New(api.Config{
		Store: db, Temporal: w.temporal, Now: clock, Dev: open, Heartbeat: 10 * time.Millisecond, HookTime: 20 * time.Millisecond,
		Methods: methods(t, oauthApp()), PublicURL: publicURL, TemporalUIURL: "http://localhost:8233", TemporalNamespace: "tributary",
		Logger: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog, srv.Config.MaxHeaderBytes = log.New(w.log, "", 0), 16<<10
	srv.Start()
	t.Cleanup(func() {
		w.hangUp()
		srv.Close()
	})
	w.address = srv.Listener.Addr().String()
	w.furnish(t, db)
	w.admit(t, fixture{store: db, url: srv.URL, log: w.log})
	if open {
		w.credentials = w.credentials[len(w.credentials)-1:] // none
	}
	return w
}

// furnish makes rows of every kind, in several states.
func (w *world) furnish(t *testing.T, db *store.Store) {
	t.Helper()
	ctx := t.Context()
	main := storetest.Integration(t, db, 3)
	at := storetest.Noon
	save(t, db, models.StreamCommits, models.Page{Commits: storetest.Commits(1, 5)})
	save(t, db, models.StreamPullRequests, models.Page{PullRequests: []models.PullRequest{
		{ID: 1, Number: 1, Title: "=open", State: "open", AuthorLogin: "mona", CreatedAt: at, UpdatedAt: at},
		{ID: 2, Number: 2, Title: "merged", State: "closed", Merged: true, CreatedAt: at, UpdatedAt: at, MergedAt: &at},
	}})
	save(t, db, models.StreamIssues, models.Page{Issues: []models.Issue{{ID: 3, Number: 3, Title: "open", State: "open", CreatedAt: at, UpdatedAt: at}}})
	save(t, db, models.StreamReviewComments, models.Page{ReviewComments: []models.ReviewComment{
		{ID: 5, Number: 1, Body: "on a line", AuthorLogin: "mona", CreatedAt: at, UpdatedAt: at},
	}})
	spare, err := db.CreateConnection(ctx, models.PersonalAccessToken, "ghp_spare")
	must(t, err)
	authorize(t, db, spare.ID)
	pending, err := db.CreateConnection(ctx, models.PersonalAccessToken, "ghp_pending")
	must(t, err)
	second, err := db.CreateIntegration(ctx, store.NewIntegration{
		ConnectionID: spare.ID, Name: "Second", OrganizationIDs: []int64{2}, AutoImport: true, Services: models.Services{Repos: true},
	})
	must(t, err)
	elsewhere := storetest.Repositories(1)
	elsewhere[0].ID, elsewhere[0].NodeID, elsewhere[0].OrganizationID, elsewhere[0].FullName = 2001, "R_2001", 2, "claimed-org/repo-1"
	_, err = db.SaveProbe(ctx, 2, elsewhere, at)
	must(t, err)
	must(t, db.SaveOrganizations(ctx, main.ConnectionID,
		[]models.Organization{{ID: storetest.OrganizationID, NodeID: "O_9000", Login: "octo-org"}, {ID: 2, Login: "claimed-org"}},
		[]models.ConnectionOrganization{
			{OrganizationID: storetest.OrganizationID, Login: "octo-org", Role: "admin", Access: models.AccessOK, CheckedAt: at},
			{OrganizationID: 2, Login: "claimed-org", Role: "admin", Access: models.AccessOK, CheckedAt: at},
		}))
	must(t, db.SetConnectionHealth(ctx, spare.ID, models.CredentialInvalid))
	_, err = db.SaveDiagnosis(ctx, store.Diagnosis{IntegrationID: main.ID, ConnectionID: main.ConnectionID, Rows: []models.Diagnostic{
		{IntegrationID: main.ID, Name: "credential", Severity: models.SeverityError, Code: models.TokenInvalid, Detail: "401", Endpoint: "GET /user", Status: 401, CheckedAt: at},
		{IntegrationID: main.ID, OrganizationID: storetest.OrganizationID, Name: "access", Severity: models.SeverityOK, CheckedAt: at},
	}})
	must(t, err)
	must(t, db.SwitchOnWebhooks(ctx, main.ID, storetest.OrganizationID, models.OrganizationHook))
	hooks, err := db.Webhooks(ctx, main.ID)
	must(t, err)
	must(t, db.WebhookMade(ctx, hooks[0], 77))
	for n := range 5 {
		_, err = db.SaveDeliveries(ctx, []models.Delivery{{
			WebhookID: models.AppWebhook, GUID: fmt.Sprint(n), OrganizationID: storetest.OrganizationID, Event: "push", OccurredAt: &at, State: models.DeliveryReceived,
		}})
		must(t, err)
	}
	verification, err := db.CreateVerification(ctx, storetest.OrganizationID, true)
	must(t, err)
	syncs, err := db.OpenSyncs(ctx, storetest.OrganizationID)
	must(t, err)
	w.know("integrations", main.ID, second.ID)
	w.know("connections", main.ConnectionID, spare.ID, pending.ID)
	w.know("organizations", float64(storetest.OrganizationID), 1.0, 2.0)
	w.know("repositories", float64(storetest.RepositoryID), float64(storetest.RepositoryID+1), float64(storetest.RepositoryID+2), 2001.0)
	w.know("verifications", verification.ID)
	for _, sync := range syncs {
		w.know("syncs", sync.ID)
	}
	w.temporal.register = func(setupID string) (result activities.RegisterAppResult, err error) {
		err = db.FinishAppSetup(ctx, setupID, store.RegisteredApp{
			RegisteredApp: models.RegisteredApp{ID: 7, Slug: "tributary", Name: "Tributary", Owner: "octo-org", ClientID: "Iv23"},
			PrivateKey:    "a key", ClientSecret: clientSecret, WebhookSecret: "another secret",
		})
		if errors.Is(err, store.ErrAppExists) {
			return activities.RegisterAppResult{Refusal: &activities.Refusal{Code: models.GitHubAppExists}}, nil
		}
		return result, err
	}
	w.temporal.update = func(name string, args []any) (any, error) {
		if name == workflows.VerifyUpdate {
			in := args[0].(workflows.ConnectInput)
			err := db.AuthorizeConnection(ctx, in.ConnectionID, store.Identity{Login: "octocat", RateOwner: "user/1", Scopes: []string{"repo"}})
			return map[string]any{"Login": "octocat"}, err
		}
		return map[string]any{"IntegrationID": main.ID, "IntegrationIDs": []string{main.ID}}, nil
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// admit gives the callers credentials that are good, weak and no good.
func (w *world) admit(t *testing.T, f fixture) {
	t.Helper()
	admin, _ := f.token(t, "admin", models.RoleAdmin)
	viewer, _ := f.token(t, "viewer", models.RoleViewer)
	revoked, id := f.token(t, "revoked", models.RoleAdmin)
	_, err := f.store.RevokeToken(t.Context(), id, "mona", false)
	must(t, err)
	cookie, _, err := f.store.CreateSession(t.Context(), store.HashToken(store.Secret(admin)))
	must(t, err)
	w.secrets = []string{admin, viewer}
	w.credentials = []string{
		"Authorization: Bearer " + admin, "Cookie: __Host-tributary_session=" + string(cookie), "Authorization: Bearer " + viewer,
		"Authorization: Bearer " + revoked, "Authorization: Basic " + marker, "Authorization: Bearer " + marker, "Cookie: __Host-tributary_session=" + marker, "Cookie: tributary_session=" + string(cookie), "",
	}
}

// know remembers ids, each once: otherwise one that is in many answers would crowd the others out. The youngest are the
// most useful.
func (w *world) know(kind string, ids ...any) {
	known := slices.DeleteFunc(w.known[kind], func(id any) bool { return slices.Contains(ids, id) })
	known = append(known, ids...)
	w.known[kind] = known[max(0, len(known)-20):]
}

// learn remembers the ids and cursors of an answer, which is of a kind itself.
func (w *world) learn(kind string, value any) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			w.learn(kind, item)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) { // in the same order each time the test is played
			w.learnMember(kind, name, value[name])
		}
	}
}

func (w *world) learnMember(kind, name string, member any) {
	of, isID := strings.CutSuffix(name, "_id")
	_, isText := member.(string)
	_, isNumber := member.(float64)
	switch {
	case name == "id" && (isText || isNumber):
		w.know(kind, member)
	case isID && (isText || isNumber):
		w.know(plural(of), member)
	case name == "items":
		w.learn(kind, member)
	default:
		w.learn(plural(name), member)
	}
}

// journeyBack is what a browser brings that was sent to GitHub.
type journeyBack struct{ path, state, cookie string }

// learnCursor remembers where a list goes on.
func (w *world) learnCursor(op operation, value any) {
	page, _ := value.(map[string]any)
	if next, _ := page["next_cursor"].(string); next != "" {
		w.cursors[op.OperationID] = append(w.cursors[op.OperationID], next)
	}
}

// learnJourney remembers where a browser was sent, and where it comes back to.
func (w *world) learnJourney(answer response, value any) {
	body, _ := value.(map[string]any)
	for member, path := range map[string]string{"authorize_url": "/connections/github/oauth/callback", "post_url": "/github-app/callback"} {
		address, _ := body[member].(string)
		u, err := url.Parse(address)
		if cookies := answer.Cookies(); err == nil && address != "" && len(cookies) > 0 {
			w.journeys = append(w.journeys, journeyBack{path, u.Query().Get("state"), cookies[0].Name + "=" + cookies[0].Value})
		}
	}
}

func plural(name string) string {
	if stem, ok := strings.CutSuffix(name, "y"); ok {
		return stem + "ies"
	}
	return strings.TrimSuffix(name, "s") + "s"
}

// response is what came back for one request.
type response struct {
	*http.Response
	body   []byte
	events bool // the body is the beginning of an event stream
}

// caller speaks HTTP over one connection.
type caller struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
}

// send writes a request as it is and reads the answer. It calls again when the
// server has hung up before the request.
func (c *caller) send(r rawRequest) (response, error) {
	answer, err := c.try(r)
	if err != nil && !r.cutOff {
		c.hangUp()
		answer, err = c.try(r)
	}
	if err != nil || answer.Close || answer.events || r.cutOff {
		c.hangUp()
	}
	return answer, err
}

func (c *caller) try(r rawRequest) (answer response, err error) {
	if c.conn == nil {
		if c.conn, err = net.Dial("tcp", c.address); err != nil {
			return answer, err
		}
		c.reader = bufio.NewReader(c.conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return answer, err
	}
	if _, err := c.conn.Write(r.bytes()); err != nil && len(r.body) < 1<<16 {
		return answer, err // of a large body the server need not read all
	}
	if r.cutOff {
		_ = c.conn.(*net.TCPConn).CloseWrite() // what fails here fails again when reading
	}
	for answer.Response == nil || answer.StatusCode == http.StatusContinue {
		if answer.Response, err = http.ReadResponse(c.reader, &http.Request{Method: r.method}); err != nil {
			return response{}, err
		}
	}
	if answer.events = strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream"); answer.events {
		answer.body, err = firstEvent(answer.Body)
		return answer, err
	}
	answer.body, err = io.ReadAll(answer.Body)
	return answer, err
}

// firstEvent reads a stream up to the end of its first event or comment.
func firstEvent(stream io.Reader) ([]byte, error) {
	var event bytes.Buffer
	for lines := bufio.NewReader(stream); ; {
		line, err := lines.ReadBytes('\n')
		event.Write(line)
		if err != nil || len(bytes.TrimSpace(line)) == 0 || line[0] == ':' {
			return event.Bytes(), err
		}
	}
}

func (c *caller) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing more is expected of it
		c.conn = nil
	}
}

// hasSecret reports whether a text has what no one may repeat.
func (w *world) hasSecret(text string) bool {
	return slices.ContainsFunc(append(w.secrets, marker), func(secret string) bool { return strings.Contains(text, secret) })
}

// leaks returns where something is that no one may keep: the log, or a file of
// the database.
func (w *world) leaks(t *testing.T) (places []string) {
	t.Helper()
	if w.hasSecret(w.log.String()) {
		places = append(places, "the log")
	}
	path, ok := strings.CutPrefix(w.url, "sqlite:")
	if !ok {
		return places
	}
	files, err := filepath.Glob(path + "*")
	must(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(t, err)
		if w.hasSecret(string(content)) {
			places = append(places, filepath.Base(file))
		}
	}
	return places
}

// pick is one of several.
func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func decode(raw []byte) (value any, err error) {
	err = json.Unmarshal(raw, &value)
	if err != nil {
		err = fmt.Errorf("%w in %.200q", err, raw)
	}
	return value, err
}
