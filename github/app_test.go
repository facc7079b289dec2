package github_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tributary/github"
	"tributary/githubsim"
)

// fakeClock is a clock that tests move.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func (h *fakeClock) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *fakeClock) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func newFakeClock() *fakeClock { return &fakeClock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

var reading = map[string]string{"contents": "read", "issues": "read", "members": "read", "pull_requests": "read"}

// appWorld is a simulated GitHub with an App that is installed on acme, and its credential.
type appWorld struct {
	*world
	clock        *fakeClock // GitHub's
	ours         *fakeClock
	app          *githubsim.App
	org          *githubsim.Organization
	secret       *githubsim.Repository
	installation *githubsim.Installation
	host         *github.Host
	credential   *github.AppCredential
}

func newAppWorld(t *testing.T) *appWorld {
	t.Helper()
	w := &appWorld{clock: newFakeClock(), ours: newFakeClock()}
	w.world = newWorldWith(t, githubsim.Config{Now: w.clock.Now})
	w.org = w.AddOrganization("acme")
	w.org.AddMember(w.viewer, "admin")
	w.secret = w.org.AddRepository("secret", githubsim.RepositorySettings{Private: true})
	w.secret.Commit(githubsim.CommitSpec{Author: w.viewer})
	w.app = w.AddApp(githubsim.AppSpec{Slug: "tributary", Permissions: reading, CallbackURLs: []string{"http://127.0.0.1:7000/callback"}})
	w.installation = w.app.Install(w.org, githubsim.InstallSpec{})
	w.host = newHost(t, github.Config{APIURL: w.server.URL, MaxWait: time.Nanosecond, Now: w.ours.Now, RequestsPerMinute: 60_000})
	w.credential = w.credentialFor(t, w.app.PrivateKeyPEM())
	return w
}

func (w *appWorld) credentialFor(t *testing.T, key []byte) *github.AppCredential {
	t.Helper()
	credential, err := w.host.App(github.AppConfig{Issuer: fmt.Sprint(w.app.ID), PrivateKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

// move moves GitHub's clock and ours.
func (w *appWorld) move(d time.Duration) {
	w.clock.move(d)
	w.ours.move(d)
}

// installed is a client that acts for an installation.
func (w *appWorld) installed(i *githubsim.Installation) *github.Client {
	return w.host.Client(github.Credential{RateOwner: github.InstallationOwner(i.ID), Token: w.credential.InstallationTokens(i.ID)})
}

// count is how many requests had this in their method and address.
func (w *appWorld) count(part string) int {
	n := 0
	for _, r := range w.Requests() {
		if strings.Contains(r.Method+" "+r.URL, part) {
			n++
		}
	}
	return n
}

func TestAppCredential_knowsWhoItIs(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	pkcs8, err := x509.ParsePKCS1PrivateKey(decodePEM(t, w.app.PrivateKeyPEM()))
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(pkcs8)
	if err != nil {
		t.Fatal(err)
	}
	oneLine := strings.ReplaceAll(string(w.app.PrivateKeyPEM()), "\n", `\n`)
	for name, config := range map[string]github.AppConfig{
		"app id, PKCS#1":    {Issuer: fmt.Sprint(w.app.ID), PrivateKey: w.app.PrivateKeyPEM()},
		"client id, PKCS#8": {Issuer: w.app.ClientID, PrivateKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})},
		"key in one line":   {Issuer: w.app.ClientID, PrivateKey: []byte(oneLine)},
	} {
		credential, err := w.host.App(config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		app, err := credential.App(t.Context())
		if err != nil || app.ID != w.app.ID || app.Slug != "tributary" {
			t.Errorf("%s: %+v, %v", name, app, err)
		}
		if printed := fmt.Sprintf("%v %+v %#v", credential, credential, credential); strings.Contains(printed, "0x") {
			t.Errorf("%s prints as %s", name, printed)
		}
	}
}

func decodePEM(t *testing.T, text []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatal("no PEM")
	}
	return block.Bytes
}

func TestApp_saysWhatIsWrongWithAKey(t *testing.T) {
	t.Parallel()
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(elliptical)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, bytes []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes})
	}
	host := newHost(t, github.Config{APIURL: "https://api.github.com/"})
	for says, key := range map[string][]byte{
		"must be PEM":                   []byte("SHA256:c2VjcmV0"),
		"is no RSA key":                 block("PRIVATE KEY", der),
		"not PKCS#8":                    block("PRIVATE KEY", []byte("secret")),
		"not PKCS#1":                    block("RSA PRIVATE KEY", []byte("secret")),
		"is encrypted":                  block("ENCRYPTED PRIVATE KEY", []byte("secret")),
		`this is "PUBLIC KEY"`:          block("PUBLIC KEY", []byte("secret")),
		`this is "OPENSSH PRIVATE KEY"`: block("OPENSSH PRIVATE KEY", []byte("secret")),
	} {
		_, err := host.App(github.AppConfig{Issuer: "7", PrivateKey: key})
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	if _, err := host.App(github.AppConfig{PrivateKey: block("PRIVATE KEY", der)}); err == nil || !strings.Contains(err.Error(), "id") {
		t.Errorf("without an id: %v", err)
	}
}

func TestAppCredential_toleratesClocksThatDiffer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ahead time.Duration // our clock, compared with GitHub's
		kind  github.Kind   // empty: accepted
	}{
		{0, ""},
		{55 * time.Second, ""},
		{-8 * time.Minute, ""},
		{90 * time.Second, github.ClockSkewed},
		{5 * time.Minute, github.ClockSkewed},
		{-10 * time.Minute, github.ClockSkewed},
	} {
		w := newAppWorld(t)
		w.ours.move(test.ahead)
		_, err := w.credential.App(t.Context())
		if test.kind == "" {
			if err != nil {
				t.Errorf("%v ahead: %v", test.ahead, err)
			}
			continue
		}
		if got := refused(t, err); got.Kind != test.kind {
			t.Errorf("%v ahead: %s, want %s", test.ahead, got.Kind, test.kind)
		}
	}
}

func TestAppCredential_isRefusedWithAnotherKey(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	w.app.RotateKey()
	_, err := w.credential.App(t.Context())
	if got := refused(t, err); got.Kind != github.AppCredentialInvalid {
		t.Errorf("who it is: %v", got)
	}
	_, err = w.installed(w.installation).Organization(t.Context(), "acme")
	if got := refused(t, err); got.Kind != github.AppCredentialInvalid || !strings.Contains(got.Endpoint, "access_tokens") {
		t.Errorf("for an installation: %v", got)
	}
	if n := w.count("GET /orgs/acme"); n != 0 {
		t.Errorf("%d requests without a token", n)
	}
}

func TestInstallation_saysWhereItIs(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	found, err := w.credential.Installation(t.Context(), w.installation.ID)
	if err != nil || found.ID != w.installation.ID || found.AccountID != w.org.ID || found.AccountLogin != "acme" || found.AccountType != "Organization" ||
		found.Selection != "all" || found.SuspendedAt != nil || found.Permissions["pull_requests"] != "read" {
		t.Errorf("it is %+v, %v", found, err)
	}
	other := w.AddApp(githubsim.AppSpec{Slug: "other"}).Install(w.AddOrganization("elsewhere"), githubsim.InstallSpec{})
	if got := refused(t, second(w.credential.Installation(t.Context(), other.ID))); got.Kind != github.NotInstalled {
		t.Errorf("of another App: %v", got)
	}
}

func TestInstallation_tellsWhatItIsNotGranted(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	asked := map[string]string{"contents": "read", "pull_requests": "write", "organization_hooks": "write"}
	w.app.RequestPermissions(asked)
	missing := func() []string {
		found, err := w.credential.Installation(t.Context(), w.installation.ID)
		if err != nil {
			t.Fatal(err)
		}
		return github.MissingPermissions(found.Permissions, asked)
	}
	if got := missing(); !slices.Equal(got, []string{"organization_hooks=write", "pull_requests=write"}) {
		t.Errorf("before the owner accepts: %v", got)
	}
	w.installation.AcceptPermissions()
	if got := missing(); got != nil {
		t.Errorf("after: %v", got)
	}
}

func TestInstallationTokens_areReplacedBeforeTheyEnd(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	client := w.installed(w.installation)
	read := func(issued int) {
		t.Helper()
		if _, err := client.RepositoryByID(t.Context(), w.secret.ID); err != nil {
			t.Fatal(err)
		}
		if n := w.count("access_tokens"); n != issued {
			t.Errorf("%d tokens, want %d", n, issued)
		}
	}
	read(1)
	w.move(54 * time.Minute)
	read(1)
	w.move(90 * time.Second) // 55 and a half minutes of 60
	read(2)
	w.move(3 * time.Hour)
	read(3)
	for _, r := range w.Requests() {
		if r.Status == 401 {
			t.Errorf("%s %s was refused", r.Method, r.URL)
		}
		if want := fmt.Sprint("installation:", w.installation.ID); strings.HasPrefix(r.URL, "/repositories/") && r.Owner != want {
			t.Errorf("%s spends of %s, want %s", r.URL, r.Owner, want)
		}
	}
}

func TestInstallationTokens_lastAMinuteAtLeastAndAnHourAtMost(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pemKey := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	start := newFakeClock().Now()
	for name, tt := range map[string]struct {
		end  string // a member of the answer
		life time.Duration
	}{
		"missing":         {``, time.Minute},
		"null":            {`,"expires_at":null`, time.Minute},
		"no text":         {`,"expires_at":[17]`, time.Minute},
		"no time":         {`,"expires_at":"soon"`, time.Minute},
		"past":            {`,"expires_at":"2020-01-01T00:00:00Z"`, time.Minute},
		"before the year": {`,"expires_at":"0000-01-01T00:00:00+14:00"`, time.Minute},
		"now":             {`,"expires_at":"` + start.Format(time.RFC3339) + `"`, time.Minute},
		"half an hour":    {`,"expires_at":"` + start.Add(35*time.Minute).Format(time.RFC3339) + `"`, 30 * time.Minute},
		"an hour":         {`,"expires_at":"` + start.Add(time.Hour).Format(time.RFC3339) + `"`, 55 * time.Minute},
		"a day":           {`,"expires_at":"` + start.Add(24*time.Hour).Format(time.RFC3339) + `"`, 55 * time.Minute},
		"year 9999":       {`,"expires_at":"9999-12-31T23:59:59-12:00"`, 55 * time.Minute},
		"year 10000":      {`,"expires_at":"10000-01-01T00:00:00Z"`, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var issued atomic.Int64
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer{status: http.StatusCreated, body: fmt.Sprintf(`{"token":"ghs_%d"%s}`, issued.Add(1), tt.end)}.ServeHTTP(w, r)
			}))
			clock := newFakeClock()
			host := newHost(t, github.Config{APIURL: s.URL, Now: clock.Now, RequestsPerMinute: 60_000})
			credential, err := host.App(github.AppConfig{Issuer: "7", PrivateKey: pemKey})
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []struct {
				after  time.Duration
				tokens int64
			}{{0, 1}, {tt.life - time.Second, 1}, {2 * time.Second, 2}} {
				clock.move(step.after)
				token, err := credential.InstallationTokens(42).Token(t.Context())
				if err != nil || token != fmt.Sprint("ghs_", step.tokens) {
					t.Errorf("at %s: %q, %v, want token %d", clock.Now().Sub(start), token, err, step.tokens)
				}
			}
		})
	}
}

func TestInstallationTokens_areAskedForOnce(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	revoked := func() int {
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if _, err := w.installed(w.installation).RepositoryByID(t.Context(), w.secret.ID); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		return w.count("access_tokens")
	}
	if n := revoked(); n != 1 {
		t.Errorf("50 callers asked for %d tokens", n)
	}
	token, err := w.credential.InstallationTokens(w.installation.ID).Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.RevokeToken(token)
	if n := revoked(); n != 2 {
		t.Errorf("after the token died 50 callers asked for %d", n-1)
	}
}

func TestInstallationTokens_areRenewedOnceWhenRefused(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	w.Fail(githubsim.Fault{Match: "GET /orgs/acme", Kind: githubsim.HTTPStatus, Status: 401})
	_, err := w.installed(w.installation).Organization(t.Context(), "acme")
	if got := refused(t, err); got.Kind != github.Unauthorized {
		t.Errorf("got %v", got)
	}
	if tokens, tries := w.count("access_tokens"), w.count("GET /orgs/acme"); tokens != 2 || tries != 2 {
		t.Errorf("%d tokens for %d tries", tokens, tries)
	}
}

func TestInstallationTokens_outliveTheCallerWhoAsked(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.Fail(githubsim.Fault{Match: "access_tokens", Times: 1, Do: cancel})
	source := w.credential.InstallationTokens(w.installation.ID)
	others := make(chan error, 1)
	_, first := source.Token(ctx)
	go func() {
		_, err := source.Token(t.Context())
		others <- err
	}()
	if err := <-others; err != nil {
		t.Errorf("another caller: %v, the first: %v", err, first)
	}
	if n := w.count("access_tokens"); n != 1 {
		t.Errorf("%d tokens", n)
	}
	if printed := fmt.Sprintf("%v %+v %#v", source, source, source); strings.Contains(printed, "ghs_") {
		t.Errorf("it prints %s", printed)
	}
}

func TestInstallationTokens_sayWhyThereIsNone(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	client := w.installed(w.installation)
	read := func() error {
		_, err := client.RepositoryByID(t.Context(), w.secret.ID)
		return err
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	w.installation.Suspend(w.viewer)
	if got := refused(t, read()); got.Kind != github.Suspended {
		t.Errorf("suspended, with a token: %v", got)
	}
	w.move(2 * time.Hour)
	if got := refused(t, read()); got.Kind != github.Suspended || !strings.Contains(got.Endpoint, "access_tokens") {
		t.Errorf("suspended, without: %v", got)
	}
	if found, err := w.credential.Installation(t.Context(), w.installation.ID); err != nil || found.SuspendedAt == nil {
		t.Errorf("GitHub shows it as %+v, %v", found.SuspendedAt, err)
	}
	w.installation.Unsuspend()
	if err := read(); err != nil {
		t.Errorf("unsuspended: %v", err)
	}
	w.installation.Uninstall()
	for range 2 { // with a token that has ended, and without one
		if got := refused(t, read()); got.Kind != github.NotInstalled {
			t.Errorf("uninstalled: %v", got)
		}
	}
}

func TestInstallation_readsWhatItIsGranted(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	hidden := w.org.AddRepository("hidden", githubsim.RepositorySettings{Private: true})
	w.secret.OpenPullRequest(githubsim.PullRequestSpec{Author: w.viewer})
	w.installation.Select(w.secret)
	client := w.installed(w.installation)
	reached, err := client.RepositoryByID(t.Context(), w.secret.ID)
	if err != nil || reached.OwnerID != w.org.ID || reached.FullName != "acme/secret" {
		t.Errorf("it reaches %+v, %v", reached, err)
	}
	if got := refused(t, second(client.RepositoryByID(t.Context(), hidden.ID))); got.Kind != github.NotFound {
		t.Errorf("a repository that was not selected: %v", got)
	}
	probed, err := client.ProbeRepositories(t.Context(), ref(w.org), "")
	if err != nil || len(probed.Repositories) != 1 || probed.Repositories[0].ID != w.secret.ID || probed.Repositories[0].PullRequests.Count != 1 {
		t.Errorf("the probe sees %+v, %v", probed, err)
	}

	poor := w.app.Install(w.AddOrganization("poor"), githubsim.InstallSpec{Permissions: map[string]string{"issues": "read"}})
	private := w.Organization("poor").AddRepository("private", githubsim.RepositorySettings{Private: true})
	head := private.Commit(githubsim.CommitSpec{Author: w.viewer}).SHA
	client = w.installed(poor)
	if got := refused(t, second(client.Commits(t.Context(), private.ID, head, ""))); got.Kind != github.PermissionMissing || got.Needs != "contents=read" {
		t.Errorf("commits without contents: %v", got)
	}
	if got := refused(t, second(client.PullRequests(t.Context(), private.ID, github.NewestFirst, ""))); got.Kind != github.PermissionMissing {
		t.Errorf("pull requests without pull_requests: %v", got)
	}
	blind, err := client.ProbeRepositories(t.Context(), ref(w.Organization("poor")), "")
	if err != nil || len(blind.Repositories) != 1 || len(blind.Hidden) != 0 || blind.Repositories[0].ID != private.ID {
		t.Fatalf("the probe: %+v, %v", blind, err)
	}
	parts := map[github.Part]github.Kind{}
	for _, refused := range blind.Repositories[0].Refused {
		parts[refused.Part] = refused.Reason.Kind
	}
	if len(parts) != 2 || parts[github.CommitsPart] != github.PermissionMissing || parts[github.PullRequestsPart] != github.PermissionMissing {
		t.Errorf("the probe was refused %v", parts)
	}
	if got := refused(t, second(client.Viewer(t.Context()))); got.Kind != github.NoAccount {
		t.Errorf("who it is: %v", got)
	}
}

// vault shares tokens like the store does between processes.
type vault struct {
	mu     sync.Mutex
	shared map[int64]github.InstallationToken
}

func (v *vault) Share(ctx context.Context, id int64, usable func(github.InstallationToken) bool,
	issue func(context.Context) (github.InstallationToken, error)) (github.InstallationToken, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if usable(v.shared[id]) {
		return v.shared[id], nil
	}
	token, err := issue(ctx)
	if err == nil {
		v.shared[id] = token
	}
	return token, err
}

func TestInstallationTokens_areSharedBetweenProcesses(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	v := &vault{shared: map[int64]github.InstallationToken{}}
	var sources []*github.InstallationTokens
	for range 3 {
		process, err := w.host.App(github.AppConfig{Issuer: w.app.ClientID, PrivateKey: w.app.PrivateKeyPEM(), Share: v})
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, process.InstallationTokens(w.installation.ID))
	}
	read := func(issued int) {
		t.Helper()
		for _, source := range sources {
			client := w.host.Client(github.Credential{RateOwner: github.InstallationOwner(w.installation.ID), Token: source})
			if _, err := client.RepositoryByID(t.Context(), w.secret.ID); err != nil {
				t.Error(err)
			}
		}
		if n := w.count("access_tokens"); n != issued {
			t.Errorf("three processes asked for %d tokens, want %d", n, issued)
		}
	}
	read(1)
	w.move(56 * time.Minute)
	read(2)
	w.RevokeToken(string(v.shared[w.installation.ID].Token))
	read(3)
}
