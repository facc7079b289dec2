package github_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"tributary/github"
	"tributary/githubsim"
)

// The bounds of a call, for any answer.
const (
	mostTime     = 30 * time.Second       // of the real clock, on a machine that also compiles
	patience     = 250 * time.Millisecond // with a server that stops answering
	mostPatience = 90 * time.Second       // after that the call counts as endless
	mostMemory   = 384 << 20              // two large bodies, decoded, and the simulator's data
	mostRequests = 300
	mostWaiting  = 5 * time.Minute           // by the simulated clock
	longestLimit = time.Hour + 5*time.Minute // a window, and a tolerance for clocks
	longestError = 2_000
	longestNext  = 8 << 10 // of a cursor
)

// hostileWorld is a simulated GitHub with an organization, an App and an OAuth app. Its clock moves only when the client
// waits.
type hostileWorld struct {
	*githubsim.Sim
	server *httptest.Server
	clock  *fakeClock
	viewer *githubsim.User
	org    *githubsim.Organization
	repo   githubsim.RepositoryTruth
	token  string

	app          *githubsim.App
	installation *githubsim.Installation
	oauth        *githubsim.OAuthApp
}

func newHostileWorld() *hostileWorld {
	w := &hostileWorld{clock: newFakeClock()}
	w.Sim = githubsim.New(githubsim.Config{Now: w.clock.Now, AnonymousRefusals: true})
	w.server = httptest.NewServer(w.Sim)
	w.viewer = w.AddUser("octocat")
	w.token = w.IssueToken(w.viewer, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: []string{"repo", "read:org"}})
	w.org = w.Populate(githubsim.Workload{Commits: 130, PullRequests: 9, ReviewsPerPullRequest: 2, ReviewCommentsPerPullRequest: 2,
		CommentsPerPullRequest: 2, Issues: 6, CommentsPerIssue: 2, Until: w.clock.Now()})
	w.org.AddMember(w.viewer, "admin")
	w.org.AddRepository("empty")
	w.app = w.AddApp(githubsim.AppSpec{Slug: "tributary", Permissions: reading, CallbackURLs: []string{callback}})
	w.installation = w.app.Install(w.org, githubsim.InstallSpec{})
	w.oauth = w.AddOAuthApp(githubsim.OAuthAppSpec{Name: "tributary", CallbackURL: callback})
	w.repo = w.Truth(w.org.Login()).Repositories[0]
	return w
}

// wire sends requests for github.com to the simulator, and refuses all others.
type wire struct {
	to       string // host and port
	base     http.RoundTripper
	requests atomic.Int64
	mu       sync.Mutex
	foreign  []string
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	w.requests.Add(1)
	if host := req.URL.Host; req.URL.Scheme != "https" || host != "api.github.com" && host != "github.com" {
		w.mu.Lock()
		w.foreign = append(w.foreign, req.URL.Scheme+"://"+host)
		w.mu.Unlock()
		return nil, errors.New("another host was asked")
	}
	out := req.Clone(req.Context())
	out.URL.Scheme, out.URL.Host, out.Host = "http", w.to, req.URL.Host
	resp, err := w.base.RoundTrip(out)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

// hostileClient is all clients of the package. Each call gets a new one, without the state of earlier answers.
type hostileClient struct {
	*hostileWorld
	wire      *wire
	waited    atomic.Int64 // nanoseconds
	host      *github.Host
	client    *github.Client
	asApp     *github.AppCredential
	installed *github.Client
	asOAuth   *github.OAuth
}

func (w *hostileWorld) newClient(t *testing.T, base http.RoundTripper) *hostileClient {
	t.Helper()
	c := &hostileClient{hostileWorld: w}
	c.wire = &wire{to: strings.TrimPrefix(w.server.URL, "http://"), base: base}
	c.host = newHost(t, github.Config{APIURL: "https://api.github.com/", Transport: c.wire, Now: w.clock.Now, Sleep: c.sleep})
	c.client = c.host.Client(github.Credential{Token: github.StaticToken(w.token), RateOwner: "user/1"})
	var errs [2]error
	c.asApp, errs[0] = c.host.App(github.AppConfig{Issuer: fmt.Sprint(w.app.ID), PrivateKey: w.app.PrivateKeyPEM()})
	c.asOAuth, errs[1] = c.host.OAuth(github.OAuthConfig{ClientID: w.oauth.ClientID, ClientSecret: w.oauth.ClientSecret, RedirectURL: callback})
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	c.installed = c.host.Client(github.Credential{RateOwner: github.InstallationOwner(w.installation.ID), Token: c.asApp.InstallationTokens(w.installation.ID)})
	return c
}

// sleep moves the clock instead of waiting.
func (c *hostileClient) sleep(ctx context.Context, d time.Duration) error {
	c.waited.Add(int64(max(0, d)))
	c.clock.move(max(0, d))
	return ctx.Err()
}

// question is one method of the package that asks GitHub.
type question struct {
	name string
	ask  func(context.Context, *hostileClient) (any, error)
}

// asked drops the type of a result.
func asked[T any](value T, err error) (any, error) { return value, err }

func idsOf[T any](rows []T, id func(T) string) []string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = id(row)
	}
	return ids
}

// questions are all of them.
var questions = []question{
	{"Clock", func(ctx context.Context, c *hostileClient) (any, error) { return asked(c.host.Clock(ctx)) }},
	{"Viewer", func(ctx context.Context, c *hostileClient) (any, error) { return asked(c.client.Viewer(ctx)) }},
	{"Memberships", func(ctx context.Context, c *hostileClient) (any, error) { return asked(c.client.Memberships(ctx, "")) }},
	{"Membership", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.Membership(ctx, c.org.Login()))
	}},
	{"Organization", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.Organization(ctx, c.org.Login()))
	}},
	{"OrganizationByID", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.OrganizationByID(ctx, c.org.ID))
	}},
	{"PublicOrganizations", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.PublicOrganizations(ctx, "octocat", ""))
	}},
	{"PrivateRepositories", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.PrivateRepositories(ctx, c.org.ID))
	}},
	{"RepositoryByID", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.RepositoryByID(ctx, c.repo.ID))
	}},
	{"ListRepositories", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.ListRepositories(ctx, c.org.ID, ""))
	}},
	{"Examine", func(ctx context.Context, c *hostileClient) (any, error) {
		p := github.ProbedRepository{ID: c.repo.ID, DefaultBranch: "main", HasIssues: true}
		return asked(p, c.client.Examine(ctx, &p))
	}},
	{"BranchHead", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.BranchHead(ctx, c.repo.ID, "main"))
	}},
	{"Commits", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.Commits(ctx, c.repo.ID, c.repo.HeadSHA, ""))
	}},
	{"Commits, all", func(ctx context.Context, c *hostileClient) (any, error) {
		return eachPage(ctx, func(ctx context.Context, cursor string) (github.Page[any], error) {
			page, err := c.client.Commits(ctx, c.repo.ID, c.repo.HeadSHA, cursor)
			return github.Page[any]{Next: page.Next}, err
		})
	}},
	{"Commit", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.Commit(ctx, c.repo.ID, c.repo.HeadSHA))
	}},
	{"Compare", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.Compare(ctx, c.repo.ID, c.before(40), c.repo.HeadSHA, ""))
	}},
	{"CommitDetails", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.CommitDetails(ctx, c.repo.ID, commitRefs(c.repo.Commits[:20])))
	}},
	{"PullRequests", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.PullRequests(ctx, c.repo.ID, github.NewestFirst, ""))
	}},
	{"PullRequestDetails", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.PullRequestDetails(ctx, c.repo.ID, pullRequestRefs(c.repo.PullRequests)))
	}},
	{"PullRequestStates", func(ctx context.Context, c *hostileClient) (any, error) {
		ids := idsOf(c.repo.PullRequests, func(p githubsim.PullRequestTruth) string { return p.NodeID })
		return asked(c.client.PullRequestStates(ctx, c.repo.NodeID, ids))
	}},
	{"ReviewComments", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.ReviewComments(ctx, c.repo.ID, github.Position{}))
	}},
	{"IssueComments", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.IssueComments(ctx, c.repo.ID, github.Position{}))
	}},
	{"CommentStates", func(ctx context.Context, c *hostileClient) (any, error) {
		ids := idsOf(c.repo.IssueComments, func(i githubsim.IssueCommentTruth) string { return i.NodeID })
		return asked(c.client.CommentStates(ctx, c.repo.NodeID, ids))
	}},
	{"Conversation", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.Conversation(ctx, c.repo.ID, c.repo.PullRequests[0].Number, ""))
	}},
	{"IssueConversations", func(ctx context.Context, c *hostileClient) (any, error) {
		var refs []github.ConversationRef
		for _, i := range c.repo.Issues {
			refs = append(refs, github.ConversationRef{NodeID: i.NodeID, Count: i.Comments})
		}
		return asked(c.client.IssueConversations(ctx, refs))
	}},
	{"PullRequestConversations", func(ctx context.Context, c *hostileClient) (any, error) {
		var refs []github.ConversationRef
		for _, p := range c.repo.PullRequests {
			refs = append(refs, github.ConversationRef{NodeID: p.NodeID, Count: p.Comments})
		}
		return asked(c.client.PullRequestConversations(ctx, refs))
	}},
	{"ReviewConversations", func(ctx context.Context, c *hostileClient) (any, error) {
		var refs []github.ConversationRef
		for _, v := range c.repo.Reviews {
			refs = append(refs, github.ConversationRef{NodeID: v.NodeID})
		}
		return asked(c.client.ReviewConversations(ctx, refs))
	}},
	{"PullRequestHeads", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.PullRequestHeads(ctx, []github.HeadRef{{NodeID: c.repo.NodeID, First: 100}}))
	}},
	{"IssueHeads", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.IssueHeads(ctx, []github.HeadRef{{NodeID: c.repo.NodeID, First: 100}}))
	}},
	{"Issues", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.Issues(ctx, c.repo.ID, github.Position{}))
	}},
	{"IssueStates", func(ctx context.Context, c *hostileClient) (any, error) {
		ids := idsOf(c.repo.Issues, func(i githubsim.IssueTruth) string { return i.NodeID })
		return asked(c.client.IssueStates(ctx, c.repo.NodeID, ids))
	}},
	{"IssueEvents", func(ctx context.Context, c *hostileClient) (any, error) {
		var issues []github.IssueRef
		for _, i := range c.repo.Issues {
			issues = append(issues, github.IssueRef{NodeID: i.NodeID, Number: i.Number})
		}
		return asked(c.client.IssueEvents(ctx, c.repo.ID, c.repo.NodeID, issues))
	}},
	{"IssuePresence", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.IssuePresence(ctx, c.repo.ID, c.repo.Issues[0].Number))
	}},
	{"IssueCommentPresence", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.IssueCommentPresence(ctx, c.repo.ID, c.repo.IssueComments[0].ID))
	}},
	{"ReviewCommentPresence", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.ReviewCommentPresence(ctx, c.repo.ID, c.repo.ReviewComments[0].ID))
	}},
	{"Labels", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.Labels(ctx, c.repo.ID, ""))
	}},
	{"LabelPresence", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.LabelPresence(ctx, c.repo.ID, "bug"))
	}},
	{"ProbeRepositories", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.ProbeRepositories(ctx, ref(c.org), ""))
	}},
	{"EachProbe", func(ctx context.Context, c *hostileClient) (any, error) {
		return nil, c.client.EachProbe(ctx, ref(c.org), func(github.RepositoriesPage) error { return nil })
	}},
	{"RepositoryTotals", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.client.RepositoryTotals(ctx, []string{c.repo.NodeID}))
	}},
	{"CheckQueries", func(ctx context.Context, c *hostileClient) (any, error) {
		return nil, c.client.CheckQueries(ctx, ref(c.org))
	}},
	{"App", func(ctx context.Context, c *hostileClient) (any, error) { return asked(c.asApp.App(ctx)) }},
	{"Installation", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.asApp.Installation(ctx, c.installation.ID))
	}},
	{"InstallationTokens", func(ctx context.Context, c *hostileClient) (any, error) {
		_, err := c.asApp.InstallationTokens(c.installation.ID).Token(ctx)
		return nil, err
	}},
	{"Commits, installed", func(ctx context.Context, c *hostileClient) (any, error) {
		return asked(c.installed.Commits(ctx, c.repo.ID, c.repo.HeadSHA, ""))
	}},
	{"UserInstallations", func(ctx context.Context, c *hostileClient) (any, error) {
		person := c.app.Authorize(c.viewer)
		client := c.host.Client(github.Credential{Token: github.StaticToken(person.Access)})
		return asked(client.UserInstallations(ctx, ""))
	}},
	{"ExchangeCode", func(ctx context.Context, c *hostileClient) (any, error) {
		token, err := c.asOAuth.ExchangeCode(ctx, c.code(), "")
		return asked(token, err)
	}},
	{"RevokeToken", func(ctx context.Context, c *hostileClient) (any, error) {
		person := c.oauth.Authorize(c.viewer, "repo")
		return nil, c.asOAuth.RevokeToken(ctx, github.StaticToken(person.Access))
	}},
}

// before is the n-th commit before the head.
func (w *hostileWorld) before(n int) string {
	parents := map[string]string{}
	for _, c := range w.repo.Commits {
		if len(c.Parents) > 0 {
			parents[c.SHA] = c.Parents[0]
		}
	}
	sha := w.repo.HeadSHA
	for range n {
		sha = parents[sha]
	}
	return sha
}

// eachPage reads a listing to its end and keeps none of it.
func eachPage(ctx context.Context, read func(context.Context, string) (github.Page[any], error)) (any, error) {
	pages := 0
	err := github.EachPage(ctx, 100, read, func(github.Page[any]) error { pages++; return nil })
	return pages, err
}

// code is the one that GitHub gives a person who agrees.
func (c *hostileClient) code() string {
	c.SignIn(c.viewer, githubsim.AllowConsent)
	recorder := httptest.NewRecorder()
	query := url.Values{"client_id": {c.oauth.ClientID}, "redirect_uri": {callback}, "state": {"x"}, "scope": {"repo"}}
	c.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/login/oauth/authorize?"+query.Encode(), nil))
	location, _ := url.Parse(recorder.Header().Get("Location"))
	return location.Query().Get("code")
}

// fuzzRun plays faults against questions and collects findings, by kind.
type fuzzRun struct {
	world *hostileWorld
	base  http.RoundTripper
	heap  *heapWatch

	findings map[string]*finding
	ends     map[string]int // calls by how they ended
	stuck    bool           // a call still runs and disturbs others
}

// finding is one way in which calls misbehave.
type finding struct {
	calls    int
	faults   map[string]int
	examples []string
}

func newFuzzRun(t *testing.T) *fuzzRun {
	t.Helper()
	o := &fuzzRun{findings: map[string]*finding{}, ends: map[string]int{}}
	quietly(t)
	log.SetOutput(io.Discard) // net/http reports unsolicited answers
	before := runtime.NumGoroutine()
	o.world = newHostileWorld()
	o.base = github.DefaultTransport()
	o.heap = watchHeap()
	t.Cleanup(func() {
		o.heap.stop()
		(&http.Client{Transport: o.base}).CloseIdleConnections()
		o.world.server.CloseClientConnections()
		closed := make(chan struct{})
		go func() { o.world.server.Close(); close(closed) }()
		select {
		case <-closed:
		case <-time.After(mostTime):
			o.stuck = true // only the simulator takes a connection for open
			t.Log("the simulated server does not close")
		}
		log.SetOutput(os.Stderr)
		if left := settled(before); left > before && !o.stuck {
			t.Errorf("goroutine leak: %d goroutines, %d before", left, before)
		}
	})
	return o
}

// quietly makes the garbage collector run often, so that the measured heap is in use.
func quietly(t *testing.T) {
	percent, limit := debug.SetGCPercent(30), debug.SetMemoryLimit(mostMemory)
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
}

// settled waits at most ten seconds until no more goroutines run than before.
func settled(before int) int {
	for range 1000 {
		if n := runtime.NumGoroutine(); n <= before {
			return n
		}
		time.Sleep(10 * time.Millisecond)
	}
	return runtime.NumGoroutine()
}

// fuzzCase is one call with its faults.
type fuzzCase struct {
	label    string // how to play it again
	question question
	faults   []githubsim.Fault
}

// play asks one question of a hostile server and checks the outcome.
func (o *fuzzRun) play(t *testing.T, asking fuzzCase) {
	t.Helper()
	client := o.world.newClient(t, o.base)
	for _, fault := range asking.faults {
		fault.MatchFunc = func(r githubsim.Request) bool { return !strings.HasPrefix(r.URL, "/login/oauth/authorize") } // the browser's
		o.world.Fail(fault)
	}
	o.world.ResetRequests()
	call := o.ask(client, asking.question, asking.allowed())
	struck := o.struck()
	if call.endless {
		o.note("time: it never ends", struck, asking, "still running after "+mostPatience.String())
		o.stuck = true
		return
	}
	o.world.Heal()
	(&http.Client{Transport: o.base}).CloseIdleConnections() // bytes behind an answer must not reach the next call
	o.ends[call.end()]++
	if call.took > time.Second {
		t.Logf("%s: %s after %s took %s", asking.label, asking.question.name, struck, call.took)
	}
	for kind, what := range call.wrongs(client) {
		o.note(kind, struck, asking, what)
	}
	if asking.allowed() == mostTime && call.panicked == nil { // otherwise a token request may still run
		o.askAgain(t, client, asking, struck)
	}
}

// askAgain shows that the same client works again when GitHub does and every limit has ended.
func (o *fuzzRun) askAgain(t *testing.T, client *hostileClient, asking fuzzCase, struck string) {
	o.world.clock.move(longestLimit + time.Minute)
	call := o.ask(client, asking.question, mostTime)
	if call.err != nil {
		call = o.ask(client, asking.question, mostTime) // bytes behind an answer spoil the next one on that connection
	}
	if call.panicked != nil || call.err != nil {
		o.note("recovery: the same call fails when GitHub is well again", struck, asking, fmt.Sprintf("%.300q", fmt.Sprint(call.err, call.panicked)))
	}
}

// struck names the faults that struck since requests were reset.
func (o *fuzzRun) struck() string {
	var names []string
	for _, r := range o.world.Requests() {
		if r.Fault != "" && !slices.Contains(names, r.Fault) {
			names = append(names, r.Fault)
		}
	}
	return strings.Join(names, "+")
}

func (o *fuzzRun) note(kind, struck string, asking fuzzCase, what string) {
	f := o.findings[kind]
	if f == nil {
		f = &finding{faults: map[string]int{}}
		o.findings[kind] = f
	}
	f.calls++
	f.faults[struck]++
	if f.faults[struck] == 1 {
		f.examples = append(f.examples, fmt.Sprintf("%s: %s after %s: %s", asking.label, asking.question.name, struck, what))
	}
}

// tell fails one subtest for each kind of finding.
func (o *fuzzRun) tell(t *testing.T) {
	t.Helper()
	for _, kind := range slices.Sorted(maps.Keys(o.findings)) {
		t.Run(strings.ReplaceAll(kind, " ", "_"), func(t *testing.T) {
			f := o.findings[kind]
			t.Errorf("%s: %d calls, %d faults\n\t%s", kind, f.calls, len(f.faults), strings.Join(f.examples, "\n\t"))
		})
	}
	t.Logf("ends of calls: %v", o.ends)
}

// outcome is how one call ended.
type outcome struct {
	endless  bool // it has not returned, and nothing else is known
	value    any
	err      error
	panicked any
	began    time.Time // by the simulated clock
	ended    time.Time
	took     time.Duration
	allowed  time.Duration
	heap     uint64
	requests int64
	waited   time.Duration
	secrets  []string
	foreign  []string
}

func (o *fuzzRun) ask(client *hostileClient, q question, allowed time.Duration) (call outcome) {
	call.allowed = allowed
	ctx, cancel := context.WithTimeout(context.Background(), call.allowed)
	defer cancel()
	requests, waited := client.wire.requests.Load(), client.waited.Load()
	o.heap.reset()
	call.began = o.world.clock.Now()
	began := time.Now()
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		defer func() { call.panicked = recover() }()
		call.value, call.err = q.ask(ctx, client)
	}()
	select {
	case <-returned:
	case <-time.After(mostPatience):
		return outcome{endless: true}
	}
	call.took, call.ended = time.Since(began), o.world.clock.Now()
	call.heap = o.heap.peak()
	call.requests, call.waited = client.wire.requests.Load()-requests, time.Duration(client.waited.Load()-waited)
	call.secrets, call.foreign = o.world.Secrets(), client.wire.foreign
	return call
}

// allowed is how long a call may take. It is short with a server that stops answering, because only the context ends it.
func (t fuzzCase) allowed() time.Duration {
	for _, f := range t.faults {
		switch f.Variant {
		case "byte_by_byte", "stalled_body", "stalled_at_once":
			return patience
		}
	}
	return mostTime
}

func (c outcome) end() string {
	var refused *github.Error
	var limited *github.RateLimitError
	switch {
	case c.panicked != nil:
		return "panic"
	case c.err == nil:
		return "good"
	case errors.As(c.err, &refused):
		return string(refused.Kind)
	case errors.As(c.err, &limited):
		return "limited"
	}
	return "other"
}

// wrongs are what must not happen for any answer, by kind.
func (c outcome) wrongs(client *hostileClient) map[string]string {
	wrong := map[string]string{}
	if c.panicked != nil {
		wrong["panic"] = fmt.Sprintf("%.300q", fmt.Sprint(c.panicked))
	}
	if c.took > c.allowed+time.Second {
		wrong["time: it goes on after its context has ended"] = c.took.String()
	} else if c.allowed == mostTime && c.took >= c.allowed {
		wrong["time: it does not end before its context"] = c.took.String()
	}
	if c.heap > mostMemory {
		wrong["memory"] = fmt.Sprintf("%d MB", c.heap>>20)
	}
	if c.requests > mostRequests {
		wrong["requests"] = fmt.Sprint(c.requests)
	}
	if c.waited > mostWaiting {
		wrong["waits"] = c.waited.String()
	}
	if len(c.foreign) > 0 {
		wrong["foreign host"] = fmt.Sprintf("%.200q", c.foreign)
	}
	if c.err != nil {
		c.wrongsOfError(wrong)
	} else {
		c.wrongsOfValue(wrong)
	}
	return wrong
}

func (c outcome) wrongsOfError(wrong map[string]string) {
	text := c.err.Error()
	var refused *github.Error
	var limited *github.RateLimitError
	switch {
	case errors.As(c.err, &limited):
		if limited.Until.After(c.ended.Add(longestLimit)) {
			wrong["limit: ends later than any window"] = limited.Until.Sub(c.ended).String() + " from now, " + limited.Until.String()
		} else if limited.Until.Before(c.began) {
			wrong["limit: has ended before it began"] = limited.Until.Sub(c.began).String() + " from now"
		}
	case errors.As(c.err, &refused):
		if link := refused.RemedyURL; link != "" && !isRemedy(link) {
			wrong["remedy: leads elsewhere"] = fmt.Sprintf("%.200q", link)
		}
	case errors.Is(c.err, context.DeadlineExceeded):
	default:
		wrong["error: of no type of the package"] = fmt.Sprintf("%T %.300q", c.err, text)
	}
	c.wrongsOfErrorText(wrong, c.err)
}

func (c outcome) wrongsOfErrorText(wrong map[string]string, err error) {
	text := err.Error()
	if where := strange(text); where != "" {
		wrong["error: text with control characters"] = where
	}
	if len(text) > longestError {
		wrong["error: text without end"] = fmt.Sprintf("%d bytes: %.200q", len(text), text)
	}
	for _, secret := range c.secrets {
		if strings.Contains(text, secret) {
			wrong["error: text shows a secret"] = fmt.Sprintf("%.300q", strings.ReplaceAll(text, secret, "SECRET"))
		}
	}
}

// isRemedy accepts a URL of github.com for people.
func isRemedy(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "https" && u.Host == "github.com" && u.User == nil && strange(link) == "" && len(link) <= longestError
}

// strange is the part of a text with control characters or invalid UTF-8, or empty.
func strange(text string) string {
	if !utf8.ValidString(text) {
		return fmt.Sprintf("no UTF-8: %.200q", text)
	}
	for i, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return fmt.Sprintf("%.200q", text[max(0, i-40):])
		}
	}
	return ""
}

func (c outcome) wrongsOfValue(wrong map[string]string) {
	if _, err := json.Marshal(c.value); err != nil {
		wrong["value: no JSON can be made of it"] = fmt.Sprintf("%.300q", err.Error())
	}
	walk(reflect.ValueOf(c.value), "", func(path string, v reflect.Value) {
		if !v.CanInterface() {
			return
		}
		switch value := v.Interface().(type) {
		case time.Time:
			if year := value.UTC().Year(); !value.IsZero() && (year < 1 || year > 9999 || value.Year() < 0 || value.Year() > 9999) {
				wrong["value: a time of no calendar"] = path + " " + value.String()
			}
		case string:
			c.wrongsOfText(wrong, path, value)
		case *github.Error: // why a part is missing
			if value != nil {
				c.wrongsOfErrorText(wrong, value)
			}
		}
	})
}

// wrongsOfText checks the texts that the client makes.
func (c outcome) wrongsOfText(wrong map[string]string, path, text string) {
	if strings.HasSuffix(path, ".Verification.Reason") {
		return // of a signature, in GitHub's words
	}
	switch name := path[strings.LastIndex(path, ".")+1:]; name {
	case "Next":
		if text != "" && !strings.HasPrefix(text, "https://api.github.com/") && strings.Contains(text, "://") {
			wrong["cursor: leads elsewhere"] = fmt.Sprintf("%.200q", text)
		}
		if len(text) > longestNext {
			wrong["cursor: without end"] = fmt.Sprintf("%d bytes: %.100q", len(text), text)
		}
	case "Reason", "Unavailable", "Undecodable", "ExpiresText":
		if where := strange(text); where != "" {
			wrong["reason: text with control characters"] = path + " " + where
		}
		if len(text) > longestError {
			wrong["reason: text without end"] = fmt.Sprintf("%s %d bytes: %.200q", path, len(text), text)
		}
		for _, secret := range c.secrets {
			if strings.Contains(text, secret) {
				wrong["reason: text shows a secret"] = path + fmt.Sprintf(" %.300q", strings.ReplaceAll(text, secret, "SECRET"))
			}
		}
	case "RemedyURL":
		if text != "" && !isRemedy(text) {
			wrong["remedy: leads elsewhere"] = fmt.Sprintf("%.200q", text)
		}
	}
}

// walk visits every value inside a value, with its path.
func walk(v reflect.Value, path string, visit func(string, reflect.Value)) {
	if !v.IsValid() {
		return
	}
	visit(path, v)
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		walk(v.Elem(), path, visit)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			walk(v.Index(i), path, visit)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			walk(v.MapIndex(key), path, visit)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				walk(v.Field(i), path+"."+field.Name, visit)
			}
		}
	}
}

// heapWatch measures the largest heap since the last reset.
type heapWatch struct {
	most    atomic.Uint64
	ended   chan struct{}
	stopped chan struct{}
}

func watchHeap() *heapWatch {
	h := &heapWatch{ended: make(chan struct{}), stopped: make(chan struct{})}
	go func() {
		defer close(h.stopped)
		ticker := time.NewTicker(2 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				h.look()
			case <-h.ended:
				return
			}
		}
	}()
	return h
}

func (h *heapWatch) look() {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if n := sample[0].Value.Uint64(); n > h.most.Load() {
		h.most.Store(n)
	}
}

func (h *heapWatch) reset() { h.most.Store(0) }

func (h *heapWatch) peak() uint64 {
	h.look()
	return h.most.Load()
}

func (h *heapWatch) stop() {
	close(h.ended)
	<-h.stopped
}
