package e2e_test

import (
	"cmp"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tributary/dev/ingest"
	"tributary/dev/leaks"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

func TestIngestCommand_refusesWhatGitHubRefuses(t *testing.T) {
	t.Parallel()
	classic := githubsim.Token{Kind: githubsim.ClassicToken, Scopes: []string{"repo", "read:org"}}
	for name, c := range map[string]struct {
		token        githubsim.Token
		organization string
		rule         func(*githubsim.Organization)
		code         int // 1 unless set
		want         []string
	}{
		"a wrong token":           {token: githubsim.Token{Revoked: true}, want: []string{"token_invalid"}},
		"a scope missing":         {token: githubsim.Token{Scopes: []string{"public_repo"}}, want: []string{"scope_missing", "repo", "read:org"}},
		"an unknown organization": {token: classic, organization: "nobody", code: 2, want: []string{"organization_unknown"}},
		"a person's account":      {token: classic, organization: "tributary-service", code: 2, want: []string{"tributary-service is a person's account: only organizations are read"}},
		"single sign-on":          {token: classic, rule: (*githubsim.Organization).RequireSSO, want: []string{"sso_required", "/orgs/acme/sso"}},
		"restricted OAuth apps": {
			token: githubsim.Token{Kind: githubsim.OAuthToken, Scopes: classic.Scopes}, rule: (*githubsim.Organization).RestrictOAuthApps, want: []string{"oauth_restricted"},
		},
		"forbidden classic tokens": {token: classic, rule: (*githubsim.Organization).ForbidClassicTokens, want: []string{"classic_token_forbidden"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 0)
			token := w.issue(c.token)
			if c.rule != nil {
				c.rule(w.Organization)
			}
			organization := acme
			if c.organization != "" {
				organization = c.organization
			}
			directory := t.TempDir()

			got := run(t, []string{"GITHUB_TOKEN=" + token}, "ingest", "--org", organization, "--data", directory, "--github-api-url", w.URL, "--json")

			if want := cmp.Or(c.code, 1); got.code != want || got.stdout != "" {
				t.Errorf("exit code %d and %q on stdout, want %d and nothing", got.code, got.stdout, want)
			}
			if strings.Contains(got.stderr, "/api/v1") || strings.Contains(got.stderr, "POST ") || strings.Contains(got.stderr, "GET ") {
				t.Errorf("stderr speaks of our API:\n%s", got.stderr)
			}
			for _, want := range c.want {
				if !strings.Contains(got.stderr, want) {
					t.Errorf("stderr lacks %q:\n%s", want, got.stderr)
				}
			}
			if lines := strings.Split(strings.TrimSpace(got.stderr), "\n"); len(lines) < 2 {
				t.Errorf("stderr names no remedy:\n%s", got.stderr)
			}
			for _, table := range []string{"connections", "integrations", "syncs"} {
				if n := count(t, filepath.Join(directory, "tributary.db"), table); n != 0 {
					t.Errorf("%d %s were created, want none", n, table)
				}
			}
			for path, content := range files(t, directory) {
				if _, found := leaks.For([]string{token}).In(content); found {
					t.Errorf("%s holds the token", path)
				}
			}
			if strings.Contains(got.stderr, token) {
				t.Error("stderr holds the token")
			}
		})
	}
}

func TestCommands_nameTheSettingThatIsWrong(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	port := taken.Addr().String()
	upAnywhere := func(last ...string) []string {
		return append([]string{"up", "--listen", anyPort, "--temporal-address", anyPort, "--temporal-ui-address", anyPort}, last...)
	}
	const secret = "correct-horse-battery"
	for name, c := range map[string]struct {
		args        []string
		environment []string
		want        string
	}{
		"no organization":          {args: []string{"ingest"}, want: "--org"},
		"no token":                 {args: []string{"ingest", "--org", acme}, want: "GITHUB_TOKEN"},
		"no token under its name":  {args: []string{"ingest", "--org", acme, "--token-env", "OTHER"}, environment: []string{"GITHUB_TOKEN=x"}, want: "OTHER"},
		"an unknown flag":          {args: []string{"ingest", "--organisation", acme}, want: "--organisation"},
		"an unknown command":       {args: []string{"injest"}, want: "injest"},
		"an argument":              {args: []string{"ingest", acme}, want: acme},
		"a taken port of the API":  {args: upAnywhere("--listen", port), want: "--listen"},
		"a taken port of Temporal": {args: upAnywhere("--temporal-address", port), want: "--temporal-address"},
		"a taken port of the UI":   {args: upAnywhere("--temporal-ui-address", port), want: "--temporal-ui-address"},
		"an API for everybody":     {args: upAnywhere("--listen", "0.0.0.0:0"), want: "--listen 127.0.0.1:PORT"},
		"an API on all addresses":  {args: upAnywhere("--listen", ":0"), want: "--listen 127.0.0.1:PORT"},
		"a demo for everybody":     {args: []string{"demo", "--listen", "[::]:0"}, want: "--listen 127.0.0.1:PORT"},
		"an ingest for everybody":  {args: []string{"ingest", "--org", acme, "--listen", "0.0.0.0:0"}, environment: []string{"GITHUB_TOKEN=x"}, want: "--listen 127.0.0.1:PORT"},
		"a Temporal for everybody": {args: upAnywhere("--temporal-address", "0.0.0.0:0"), want: "--temporal-address 127.0.0.1:PORT"},
		"a Temporal of its own":    {args: []string{"temporal", "--temporal-ui-address", "0.0.0.0:0"}, want: "--temporal-ui-address 127.0.0.1:PORT"},
		"no address":               {args: upAnywhere("--listen", "8080"), want: "--listen"},
		"a malformed duration":     {args: upAnywhere(), environment: []string{"TRIBUTARY_HEARTBEAT_TIMEOUT=" + secret}, want: "TRIBUTARY_HEARTBEAT_TIMEOUT"},
		"a malformed number":       {args: upAnywhere(), environment: []string{"TRIBUTARY_INGEST_ACTIVITIES=" + secret}, want: "TRIBUTARY_INGEST_ACTIVITIES"},
		"a malformed GitHub":       {args: upAnywhere("--github-api-url", secret), want: "--github-api-url"},
		"a malformed database":     {args: upAnywhere("--database-url", "mysql://"+secret), want: "--database-url"},
		"a database without name":  {args: upAnywhere(), environment: []string{"TRIBUTARY_DATABASE_URL=postgres://me:" + secret + "@127.0.0.1"}, want: "DATABASE_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, c.environment, c.args...)
			if got.code != 2 || got.stdout != "" {
				t.Errorf("exit code %d and %q on stdout, want 2 and nothing", got.code, got.stdout)
			}
			if lines := strings.Count(got.stderr, "\n"); lines != 1 || !strings.Contains(got.stderr, c.want) {
				t.Errorf("stderr is not one line that names %s:\n%s", c.want, got.stderr)
			}
			if strings.Contains(got.stderr, secret) {
				t.Errorf("stderr repeats the value:\n%s", got.stderr)
			}
		})
	}
}

func TestCommands_refuseADatabaseOfANewerVersion(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	url := storetest.SQLiteURL(t)
	path := strings.TrimPrefix(url, "sqlite:")
	db := open(t, path)
	for _, statement := range []string{"INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := digest(t, path)

	got := run(t, []string{"GITHUB_TOKEN=ghp_any"}, "ingest", "--org", acme, "--data", directory, "--database-url", url)

	if got.code != 1 || !strings.Contains(got.stderr, "newer version") {
		t.Errorf("exit code %d, want 1 and a word about the newer version:\n%s", got.code, got.stderr)
	}
	if digest(t, path) != before {
		t.Error("the database was touched")
	}
}

func TestCommands_keepASecondProcessOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	directory := t.TempDir()
	first, _ := up(t, w, directory)

	second := run(t, []string{"GITHUB_TOKEN=ghp_any"}, "ingest", "--org", acme, "--data", directory, "--github-api-url", w.URL)
	if second.code != 1 || !strings.Contains(second.stderr, "another process uses") || !strings.Contains(second.stderr, "--data") {
		t.Errorf("exit code %d, want 1 and what to do:\n%s", second.code, second.stderr)
	}

	first.interrupt(t)
	if code := first.wait(t, waitForEnd); code != 0 {
		t.Errorf("the first process ended with %d, want 0:\n%s", code, first.stderr.Tail())
	}
}

func TestIngestCommand_printsJSONAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	directory := t.TempDir()

	got := run(t, []string{"GITHUB_TOKEN=" + w.token()}, "ingest", "--org", acme, "--data", directory, "--github-api-url", w.URL, "--json")

	if got.code != 0 || strings.Count(got.stdout, "\n") != 1 {
		t.Fatalf("exit code %d, stdout %q; want 0 and one line:\n%s", got.code, got.stdout, got.stderr)
	}
	var summary ingest.Summary
	if err := json.Unmarshal([]byte(got.stdout), &summary); err != nil {
		t.Fatal(err)
	}
	if summary.State != models.SyncCompleted || summary.Repositories != 2 || summary.Items["commits"] < 200 || summary.Requests == 0 || summary.Failed == nil {
		t.Errorf("the summary is %+v, want one of a complete copy", summary)
	}
	w.check(t, "sqlite:"+filepath.Join(directory, "tributary.db"))
}

func TestIngestCommand_failsWhenSomethingIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.Fail(githubsim.Fault{MatchFunc: inRepository(w.repository(2)), Kind: githubsim.HTTPStatus, Status: 451})

	got := run(t, []string{"GITHUB_TOKEN=" + w.token()}, "ingest", "--org", acme, "--data", t.TempDir(), "--github-api-url", w.URL)

	if got.code != 1 || !strings.Contains(got.stdout, "acme/repository-002") || !strings.Contains(got.stdout, "repo_blocked") || !strings.Contains(got.stderr, "partial") {
		t.Errorf("exit code %d, want 1 and the repository with its reason:\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// open opens a SQLite file beside the product.
func open(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func count(t *testing.T, path, table string) (n int) {
	t.Helper()
	db := open(t, path)
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func digest(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(content)
}
