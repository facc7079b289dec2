package receiver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/api/problem"
	"tributary/api/receiver"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

const (
	largest = 25 << 20
	// gitHubsSecret is that of GitHub's documents.
	gitHubsSecret = "It's a Secret to Everybody"
)

// fixture is a receiver, and a hook of an organization whose deliveries it takes.
type fixture struct {
	t           *testing.T
	url         string
	store       *store.Store
	integration models.Integration
	hook        models.Webhook
	secret      string
	handler     http.Handler
	log         *bytes.Buffer

	mu    sync.Mutex
	now   time.Time
	woken []int64
}

func newFixture(t *testing.T, databaseURL string) *fixture {
	t.Helper()
	f := &fixture{t: t, url: databaseURL, now: storetest.Noon, log: &bytes.Buffer{}}
	f.store = storetest.OpenAt(t, databaseURL, f.clock)
	f.integration = storetest.Integration(t, f.store, 1)
	check(t, f.store.SwitchOnWebhooks(t.Context(), f.integration.ID, storetest.OrganizationID, models.OrganizationHook))
	f.readHook()
	f.handler = receiver.New(receiver.Config{
		Store: f.store, Logger: slog.New(slog.NewTextHandler(f.log, nil)), Now: f.clock,
		AppSecrets: func(context.Context) ([]store.Secret, error) {
			return []store.Secret{"the next one", gitHubsSecret}, nil
		},
		Wake: func(_ context.Context, organizationID int64) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.woken = append(f.woken, organizationID)
			return nil
		},
		Problem: func(_ context.Context, err error) *problem.Problem {
			var made *problem.Problem
			if errors.As(err, &made) {
				return made
			}
			return problem.New(problem.Internal, "")
		},
	})
	return f
}

// databases runs a test with a receiver on each database.
func databases(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newFixture(t, storetest.SQLiteURL(t)))
	})
	if storetest.WithoutPostgres() {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newFixture(t, storetest.PostgresURL(t)))
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func (f *fixture) readHook() {
	f.t.Helper()
	hooks, err := f.store.OrganizationWebhooks(f.t.Context(), storetest.OrganizationID)
	check(f.t, err)
	secret, err := f.store.WebhookSecret(hooks[0])
	check(f.t, err)
	f.hook, f.secret = hooks[0], string(secret)
}

// delivery is a request of GitHub's, before somebody changes it.
func (f *fixture) delivery(guid, event, body string) *delivery {
	return &delivery{f: f, hook: f.hook.ID, secret: f.secret, guid: guid, event: event, body: body}
}

type delivery struct {
	f                               *fixture
	hook, secret, guid, event, body string
	contentType, method             string
	change                          func(*http.Request)
	read                            int // bytes of the body that the receiver took
}

func (d *delivery) send() *httptest.ResponseRecorder {
	d.f.t.Helper()
	method := d.method
	if method == "" {
		method = http.MethodPost
	}
	r := httptest.NewRequestWithContext(d.f.t.Context(), method, receiver.Path, io.NopCloser(&counted{strings.NewReader(d.body), &d.read}))
	r.URL = &url.URL{Path: receiver.Path + d.hook}
	r.ContentLength = int64(len(d.body))
	sha256, sha1 := githubsim.Signatures(d.secret, []byte(d.body))
	r.Header = http.Header{
		"X-Hub-Signature-256": {sha256}, "X-Hub-Signature": {sha1}, "X-Github-Delivery": {d.guid}, "X-Github-Event": {d.event},
		"Content-Type": {"application/json"},
	}
	if d.contentType != "" {
		r.Header.Set("Content-Type", d.contentType)
	}
	if d.change != nil {
		d.change(r)
	}
	answer := httptest.NewRecorder()
	d.f.handler.ServeHTTP(answer, r)
	return answer
}

// accepted fails the test unless the delivery is stored.
func (d *delivery) accepted() {
	d.f.t.Helper()
	if answer := d.send(); answer.Code != http.StatusAccepted {
		d.f.t.Fatalf("%s %s is answered %d: %s", d.event, d.guid, answer.Code, answer.Body)
	}
}

// refused fails the test unless the delivery is, for a reason.
func (d *delivery) refused(status int, code models.Code) {
	d.f.t.Helper()
	answer := d.send()
	var p problem.Problem
	if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil || answer.Code != status || p.Code != code {
		d.f.t.Errorf("%s %s is answered %d, want %d %s: %s", d.event, d.guid, answer.Code, status, code, answer.Body)
	}
}

type counted struct {
	io.Reader
	n *int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.n += n
	return n, err
}

// stored are the deliveries in the database.
func (f *fixture) stored() []models.Delivery {
	f.t.Helper()
	return storetest.Deliveries(f.t, f.url)
}

// only is the one delivery in the database.
func (f *fixture) only() models.Delivery {
	f.t.Helper()
	all := f.stored()
	if len(all) != 1 {
		f.t.Fatalf("%d deliveries are stored, want one: %+v", len(all), all)
	}
	return all[0]
}

// issue is the body of an event about an issue of the organization.
func issue(number int) string {
	return `{"action": "edited", "issue": {"id": 1, "number": ` + strconv.Itoa(number) + `, "updated_at": "2026-11-22T11:59:57Z"}, ` + place + `}`
}

const place = `"repository": {"id": 1001, "full_name": "octo-org/repo-1", "default_branch": "main", "pushed_at": 1795348796, "owner": {"id": 9000, "login": "octo-org", "type": "Organization"}}, "organization": {"id": 9000, "login": "octo-org"}`

// https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
func TestReceiver_makesTheSignatureOfGitHubsDocuments(t *testing.T) {
	t.Parallel()
	f := newFixture(t, storetest.SQLiteURL(t))
	d := f.delivery("1", "issues", "Hello, World!")
	d.hook = models.AppWebhook
	d.change = func(r *http.Request) {
		r.Header.Set("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
	}
	d.refused(http.StatusUnprocessableEntity, problem.InvalidRequest) // it is no JSON
	if got := f.only(); got.State != models.DeliveryFailed || got.WebhookID != models.AppWebhook {
		t.Errorf("stored is %+v", got)
	}
	d.guid, d.body = "2", "Hello, World?"
	d.refused(http.StatusUnauthorized, problem.SignatureWrong)
}

// What nobody proved to have sent leaves nothing behind, and as little work as can be:
// without the name of a hook and a signature no byte of the body is read.
func TestReceiver_refusesWhatGitHubDidNotSign(t *testing.T) {
	t.Parallel()
	header := func(name, value string) func(d *delivery) {
		return func(d *delivery) { d.change = func(r *http.Request) { r.Header.Set(name, value) } }
	}
	hook := func(id string) func(d *delivery) { return func(d *delivery) { d.hook = id } }
	method := func(method string) func(d *delivery) { return func(d *delivery) { d.method = method } }
	unread := func(n int) bool { return n == 0 }
	for name, c := range map[string]struct {
		change func(d *delivery)
		status int
		code   models.Code
		read   func(n int) bool // nil: it does not matter
	}{
		"not signed": {func(d *delivery) {
			d.change = func(r *http.Request) { r.Header.Del("X-Hub-Signature-256"); r.Header.Del("X-Hub-Signature") }
		}, 401, problem.SignatureWrong, unread},
		"signed with SHA-1 only": {func(d *delivery) { d.change = func(r *http.Request) { r.Header.Del("X-Hub-Signature-256") } }, 401, problem.SignatureWrong, unread},
		"SHA-1 in the other's place": {func(d *delivery) {
			d.change = func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", r.Header.Get("X-Hub-Signature")) }
		}, 401, problem.SignatureWrong, unread},
		"half a signature": {func(d *delivery) {
			d.change = func(r *http.Request) {
				r.Header.Set("X-Hub-Signature-256", r.Header.Get("X-Hub-Signature-256")[:39])
			}
		}, 401, problem.SignatureWrong, unread},
		"another secret":           {func(d *delivery) { d.secret += "?" }, 401, problem.SignatureWrong, nil},
		"no secret":                {func(d *delivery) { d.secret = "" }, 401, problem.SignatureWrong, nil},
		"the App's secret":         {func(d *delivery) { d.secret = gitHubsSecret }, 401, problem.SignatureWrong, nil},
		"the hook's, at the App's": {hook(models.AppWebhook), 401, problem.SignatureWrong, nil},
		"an altered body": {func(d *delivery) {
			d.change = func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(strings.Replace(d.body, "7", "8", 1))) }
		}, 401, problem.SignatureWrong, nil},
		"an unknown hook":        {hook("AAAAAAAAAAAAAAAAAAAAAAAAAA"), 404, problem.NotFound, unread},
		"no hook":                {hook(""), 404, problem.NotFound, unread},
		"below a hook":           {func(d *delivery) { d.hook += "/more" }, 404, problem.NotFound, unread},
		"a hook that is none":    {hook("\x00"), 404, problem.NotFound, unread},
		"a way out":              {hook("../../api/v1/integrations"), 404, problem.NotFound, unread},
		"GET":                    {method(http.MethodGet), 405, problem.MethodNotAllowed, unread},
		"PUT":                    {method(http.MethodPut), 405, problem.MethodNotAllowed, unread},
		"OPTIONS":                {method(http.MethodOptions), 405, problem.MethodNotAllowed, unread},
		"a method of nobody":     {method("BREW"), 405, problem.MethodNotAllowed, unread},
		"no GUID":                {header("X-GitHub-Delivery", ""), 422, problem.InvalidRequest, unread},
		"a long GUID":            {header("X-GitHub-Delivery", strings.Repeat("1", 65)), 422, problem.InvalidRequest, unread},
		"a GUID that is none":    {header("X-GitHub-Delivery", "1 OR 2"), 422, problem.InvalidRequest, unread},
		"no event":               {header("X-GitHub-Event", ""), 422, problem.InvalidRequest, unread},
		"an event that is none":  {header("X-GitHub-Event", "<issues>"), 422, problem.InvalidRequest, unread},
		"more than GitHub sends": {func(d *delivery) { d.body = strings.Repeat(" ", largest+1) }, 413, problem.BodyTooLarge, unread},
		"as much without saying so": {func(d *delivery) {
			d.body = strings.Repeat(" ", largest+5<<20)
			d.change = func(r *http.Request) { r.ContentLength = -1 }
		}, 413, problem.BodyTooLarge, func(n int) bool { return n <= largest+64<<10 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, storetest.SQLiteURL(t))
			d := f.delivery("1", "issues", issue(7))
			c.change(d)
			d.refused(c.status, c.code)
			if c.read != nil && !c.read(d.read) {
				t.Errorf("%d bytes of the body were read", d.read)
			}
			if got := f.stored(); len(got) != 0 {
				t.Errorf("stored: %+v", got)
			}
			if f.readHook(); f.hook.Received != 0 || f.hook.LastDeliveryAt != nil || len(f.woken) != 0 {
				t.Errorf("it counts as received, or woke somebody: %+v, %v", f.hook, f.woken)
			}
		})
	}
}

func TestReceiver_takesTheLargestThatGitHubSends(t *testing.T) {
	t.Parallel()
	f := newFixture(t, storetest.SQLiteURL(t))
	f.delivery("1", "issues", issue(7)+strings.Repeat(" ", largest-len(issue(7)))).accepted()
	if got := f.only(); got.Notice.Number != 7 {
		t.Errorf("stored is %+v", got)
	}
}

func TestReceiver_keepsWhatADeliveryIsAbout(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, f *fixture) {
		f.delivery("1", "issues", issue(7)).accepted()
		got := f.only()
		happened := storetest.Noon.Add(-3 * time.Second)
		if got.OccurredAt == nil || !got.OccurredAt.Equal(happened) || !got.ReceivedAt.Equal(storetest.Noon) || !got.DueAt.Equal(storetest.Noon) {
			t.Errorf("times are %v, %v, %v", got.OccurredAt, got.ReceivedAt, got.DueAt)
		}
		got.OccurredAt, got.ReceivedAt, got.DueAt = nil, time.Time{}, time.Time{}
		if want := (models.Delivery{
			WebhookID: f.hook.ID, GUID: "1", OrganizationID: storetest.OrganizationID, RepositoryID: storetest.RepositoryID, Event: "issues", Action: "edited",
			Notice: models.Notice{Organization: "octo-org", Repository: "octo-org/repo-1", Number: 7}, State: models.DeliveryReceived, Times: 1,
		}); got != want {
			t.Errorf("stored is %+v, want %+v", got, want)
		}
		if f.readHook(); f.hook.Received != 1 || f.hook.LastDeliveryAt == nil || f.hook.PingedAt != nil {
			t.Errorf("the hook's meter is %+v", f.hook)
		}
		f.delivery("2", "ping", `{"zen": "Keep it logically awesome.", "hook_id": 5, `+place+`}`).accepted()
		if f.readHook(); f.hook.Received != 2 || f.hook.PingedAt == nil {
			t.Errorf("after a ping the hook's meter is %+v", f.hook)
		}
	})
}

func TestReceiver_takesBothSecretsWhileOneIsReplaced(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, f *fixture) {
		check(t, f.store.WebhookMade(t.Context(), f.hook, 12))
		before := f.secret
		f.delivery("before", "issues", issue(7)).accepted()
		if _, err := f.store.RotateWebhookSecrets(t.Context(), f.integration.ID, storetest.OrganizationID); err != nil {
			t.Fatal(err)
		}
		signed := func(guid, secret string) *delivery {
			d := f.delivery(guid, "issues", issue(7))
			d.secret = secret
			return d
		}
		if f.readHook(); f.secret == before {
			t.Fatal("the secret is the same")
		}
		signed("0", f.secret).accepted() // at once
		f.pass(24 * time.Hour)           // GitHub does not have the new one yet
		signed("1", before).accepted()
		signed("2", f.secret).accepted()
		check(t, f.store.WebhookMade(t.Context(), f.hook, 12))
		f.pass(time.Minute) // what is on its way is signed with the one before
		signed("3", before).accepted()
		f.pass(time.Hour)
		signed("4", before).refused(http.StatusUnauthorized, problem.SignatureWrong)
		signed("5", f.secret).accepted()
	})
}

func TestReceiver_takesNothingThroughAHookThatIsGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, storetest.SQLiteURL(t))
	f.delivery("1", "issues", issue(7)).accepted()
	check(t, f.store.WebhookRemoved(t.Context(), f.hook))
	f.pass(time.Minute)
	f.delivery("2", "issues", issue(7)).refused(http.StatusNotFound, problem.NotFound)
}

// Whoever holds up the memory for large bodies, which needs no signature, holds up no
// other deliveries.
func TestReceiver_takesSmallOnesWhileLargeOnesStall(t *testing.T) {
	t.Parallel()
	f := newFixture(t, storetest.SQLiteURL(t))
	stalled, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			d := f.delivery(strconv.Itoa(n), "issues", strings.Repeat(" ", 1<<20))
			d.change = func(r *http.Request) {
				r.ContentLength = -1
				r.Body = io.NopCloser(io.MultiReader(strings.NewReader(d.body), stalling{stalled, release}))
			}
			d.send()
		})
	}
	for range 4 {
		<-stalled
	}
	f.delivery("small", "issues", issue(7)).accepted()
	d := f.delivery("large", "issues", issue(7)+strings.Repeat(" ", 1<<20))
	d.change = func(r *http.Request) {
		ctx, leave := context.WithTimeout(r.Context(), 50*time.Millisecond)
		t.Cleanup(leave)
		*r = *r.WithContext(ctx)
	}
	d.refused(http.StatusTooManyRequests, problem.TooManyRequests)
	close(release)
	all.Wait()
	d.change = nil
	d.accepted()
}

// stalling is the rest of a body that does not come.
type stalling struct{ stalled, release chan struct{} }

func (s stalling) Read([]byte) (int, error) {
	s.stalled <- struct{}{}
	<-s.release
	return 0, io.ErrUnexpectedEOF
}

func TestReceiver_takesBothSecretsOfTheApp(t *testing.T) {
	t.Parallel()
	f := newFixture(t, storetest.SQLiteURL(t))
	for guid, secret := range map[string]string{"1": gitHubsSecret, "2": "the next one"} {
		d := f.delivery(guid, "issues", issue(7))
		d.hook, d.secret = models.AppWebhook, secret
		d.accepted()
	}
	if got := f.stored(); len(got) != 2 || got[0].WebhookID != models.AppWebhook {
		t.Errorf("stored: %+v", got)
	}
}

func TestReceiver_knowsADeliveryByItsHookAndGUID(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, f *fixture) {
		f.delivery("1", "issues", issue(7)).accepted()
		f.pass(time.Minute)
		f.delivery("1", "issues", issue(8)).accepted() // GitHub sends the same; whoever does not changes nothing
		if got := f.only(); got.Times != 2 || got.Notice.Number != 7 || !got.ReceivedAt.Equal(storetest.Noon) {
			t.Errorf("stored is %+v", got)
		}
		if f.readHook(); f.hook.Received != 1 {
			t.Errorf("the meter counts %d, want the first arrival only", f.hook.Received)
		}
		d := f.delivery("1", "issues", issue(8))
		d.hook, d.secret = models.AppWebhook, gitHubsSecret
		d.accepted()
		if got := f.stored(); len(got) != 2 || got[0].Times+got[1].Times != 3 {
			t.Errorf("stored: %+v", got)
		}
	})
}

func TestReceiver_processesARedeliveryOfWhatFailed(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, f *fixture) {
		half := issue(7)[:len(issue(7))/2]
		f.delivery("1", "issues", half).refused(http.StatusUnprocessableEntity, problem.InvalidRequest)
		if got := f.only(); got.State != models.DeliveryFailed || got.Error == "" || got.OrganizationID != storetest.OrganizationID || len(f.woken) != 0 {
			t.Errorf("a half is stored as %+v", got)
		}
		f.pass(time.Hour)
		f.delivery("1", "issues", issue(7)).accepted()
		if got := f.only(); got.State != models.DeliveryReceived || got.Error != "" || got.Times != 2 || got.Notice.Number != 7 ||
			got.OrganizationID != storetest.OrganizationID || got.OccurredAt == nil || !got.DueAt.Equal(f.clock()) {
			t.Errorf("the whole is stored as %+v", got)
		}
		f.delivery("1", "issues", half).refused(http.StatusUnprocessableEntity, problem.InvalidRequest)
		if got := f.only(); got.State != models.DeliveryReceived || got.Times != 3 {
			t.Errorf("after another half it is %+v", got)
		}
	})
}

func TestReceiver_takesForms(t *testing.T) {
	t.Parallel()
	f := newFixture(t, storetest.SQLiteURL(t))
	d := f.delivery("1", "issues", "payload="+url.QueryEscape(issue(7)))
	d.contentType = "application/x-www-form-urlencoded"
	d.accepted()
	if got := f.only(); got.Notice.Number != 7 || got.State != models.DeliveryReceived {
		t.Errorf("stored is %+v", got)
	}
	for guid, form := range map[string]string{"2": "payload=%", "3": "else=1", "4": ""} {
		d.guid, d.body = guid, form
		d.refused(http.StatusUnprocessableEntity, problem.InvalidRequest)
	}
}

// Not every event names its organization in the same place.
func TestReceiver_knowsWhoseADeliveryIs(t *testing.T) {
	t.Parallel()
	f := newFixture(t, storetest.SQLiteURL(t))
	for event, body := range map[string]string{
		"organization":        `{"organization": {"id": 9000, "login": "octo-org"}, "repository": {"owner": {"id": 1, "type": "Organization"}}}`,
		"push":                `{"repository": {"id": 1001, "owner": {"id": 9000, "login": "octo-org", "type": "Organization"}}, "installation": {"id": 3}}`,
		"installation":        `{"installation": {"id": 3, "account": {"id": 9000, "login": "octo-org", "type": "Organization"}}}`,
		"installation_target": `{"account": {"id": 9000, "login": "octo-org"}, "target_type": "Organization", "installation": {"id": 3}}`,
	} {
		f.delivery(strings.ReplaceAll(event, "_", "-"), event, body).accepted()
	}
	for _, d := range f.stored() {
		if d.OrganizationID != storetest.OrganizationID || d.Notice.Organization != "octo-org" || d.State != models.DeliveryReceived {
			t.Errorf("%s is of %d, %+v, %s", d.Event, d.OrganizationID, d.Notice, d.State)
		}
	}
}

func TestReceiver_countsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, f *fixture) {
		for guid, body := range map[string]string{
			"action":    `{"action": "teleported", ` + place + `}`,
			"form":      `{"action": ["edited"], "issue": "7", "comment": [], "review": 3, "installation": true, "member": [{}], ` + place + `}`,
			"numbers":   `{"issue": {"number": 1e400, "updated_at": 5}, "hook_id": 99999999999999999999, ` + place + `}`,
			"times":     `{"issue": {"number": 1, "updated_at": "0000-01-01T00:00:00Z"}, ` + place + `}`,
			"later":     `{"issue": {"number": 1, "updated_at": "9999-12-31T23:59:59.999999999-12:00"}, ` + place + `}`,
			"text":      `{"action": "\u0000` + strings.Repeat("ü", 100) + `\ud800", ` + place + `}`,
			"cut":       `{"action": "x` + strings.Repeat("ü", 200) + `", "member": {"login": "` + strings.Repeat("é", 1000) + `\u0000"}, ` + place + `}`,
			"person":    `{"repository": {"id": 5, "owner": {"id": 6, "type": "User"}}}`,
			"nothing":   `{}`,
			"no-object": `[1, null]`,
			"null":      `null`,
		} {
			f.delivery(guid, "quantum_leap", body).accepted()
		}
		ours := 0
		for _, d := range f.stored() {
			switch {
			case d.OrganizationID == storetest.OrganizationID && d.State == models.DeliveryReceived:
				ours++
			case d.OrganizationID != storetest.OrganizationID || d.State != models.DeliveryIgnored:
				t.Errorf("stored is %+v", d)
			}
		}
		if f.readHook(); f.hook.Received != 11 || ours != 7 {
			t.Errorf("%d are counted, want 11; %d wait, want 7", f.hook.Received, ours)
		}
	})
}

// A secret may stand anywhere in a body: in a comment, a diff, the configuration of a
// hook. None reaches the database or the log.
func TestReceiver_keepsNoMoreOfABodyThanItNeeds(t *testing.T) {
	t.Parallel()
	const secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
	databases(t, func(t *testing.T, f *fixture) {
		for guid, event := range map[string]string{"1": "issue_comment", "2": "ping", "3": "push", "4": "organization", "5": "release"} {
			f.delivery(guid, event, strings.ReplaceAll(`{"action": "created", "zen": "…", "hook": {"config": {"secret": "…", "url": "…"}}, "number": 7, "ref": "refs/heads/…", "base_ref": "…",
				"issue": {"number": 7, "title": "…", "body": "…", "user": {"login": "…"}}, "comment": {"id": 8, "body": "…"}, "commits": [{"message": "…", "author": {"email": "…"}}],
				"changes": {"body": {"from": "…"}}, "sender": {"login": "…", "email": "…"}, "label": {"name": "…"}, "release": {"body": "…", "name": "…"}, "description": "…",
				"installation": {"id": 9, "access_tokens_url": "…"}, "invitation": {"email": "…"}, "client_payload": {"token": "…"}, `, "…", secret)+place+`}`).accepted()
		}
		f.delivery("6", "issues", `{"issue": {"title": "`+secret).refused(http.StatusUnprocessableEntity, problem.InvalidRequest)
		text := f.log.String()
		for _, d := range f.stored() {
			row, err := json.Marshal(d)
			check(t, err)
			text += string(row)
		}
		if path, ok := strings.CutPrefix(f.url, "sqlite:"); ok {
			for _, file := range []string{path, path + "-wal"} {
				raw, err := os.ReadFile(file)
				check(t, err)
				text += string(raw)
			}
		}
		for _, each := range []string{secret, f.secret} {
			if i := strings.Index(text, each); i >= 0 {
				t.Errorf("a secret was kept: %q", text[max(0, i-200):i+len(each)])
			}
		}
		if !strings.Contains(text, "octo-org/repo-1") {
			t.Error("nothing was searched")
		}
	})
}

// An answer of 202 promises that the delivery is stored. GitHub does not deliver again
// by itself, but what it could not deliver can be listed and asked for.
func TestReceiver_failsWhatItCannotStore(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, f *fixture) {
		storetest.Exec(t, f.url, "ALTER TABLE webhooks RENAME COLUMN received TO arrived") // the meter is written last
		f.delivery("1", "issues", issue(7)).refused(http.StatusInternalServerError, problem.Internal)
		if got := f.stored(); len(got) != 0 || len(f.woken) != 0 {
			t.Errorf("stored: %+v, woken: %v", got, f.woken)
		}
		storetest.Exec(t, f.url, "ALTER TABLE webhooks RENAME COLUMN arrived TO received")
		f.delivery("1", "issues", issue(7)).accepted()
		if got := f.only(); got.Times != 1 {
			t.Errorf("stored is %+v", got)
		}
	})
}

func TestReceiver_storesAllOfABurstBeforeItAnswers(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, f *fixture) {
		const deliveries = 200
		var all sync.WaitGroup
		for n := range deliveries {
			all.Go(func() {
				if answer := f.delivery(strconv.Itoa(n/2), "issues", issue(n/2)).send(); answer.Code != http.StatusAccepted { // each twice
					t.Errorf("%d is answered %d: %s", n, answer.Code, answer.Body)
				}
			})
		}
		all.Wait()
		stored := f.stored()
		for _, d := range stored {
			if strconv.Itoa(d.Notice.Number) != d.GUID || d.Times != 2 {
				t.Errorf("stored is %+v", d)
			}
		}
		if f.readHook(); len(stored) != deliveries/2 || f.hook.Received != deliveries/2 {
			t.Errorf("%d are stored and %d counted, want %d", len(stored), f.hook.Received, deliveries/2)
		}
		f.awaitWoken(1)
	})
}

// awaitWoken waits until an organization was woken so often, and fails the test when it
// was more often.
func (f *fixture) awaitWoken(times int) {
	f.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		f.mu.Lock()
		n := len(f.woken)
		f.mu.Unlock()
		switch {
		case n > times || time.Now().After(deadline):
			f.t.Fatalf("it was woken %d times, want %d", n, times)
		case n == times:
			return
		}
	}
}

// A workflow keeps each signal in its history, so not every delivery sends one.
func TestReceiver_wakesAnOrganizationNowAndThen(t *testing.T) {
	t.Parallel()
	f := newFixture(t, storetest.SQLiteURL(t))
	for n := range 50 {
		f.delivery(strconv.Itoa(n), "issues", issue(n)).accepted()
	}
	f.awaitWoken(1)
	f.pass(3 * time.Second)
	for n := 50; n < 100; n++ {
		f.delivery(strconv.Itoa(n), "issues", issue(n)).accepted()
	}
	f.awaitWoken(2)
	storetest.Exec(t, f.url, "UPDATE webhook_deliveries SET state = 'applied'") // and none waits
	f.delivery("100", "issues", issue(100)).accepted()
	f.awaitWoken(3)
	f.delivery("101", "star", `{}`).accepted() // which concerns nobody
	f.awaitWoken(3)
}
