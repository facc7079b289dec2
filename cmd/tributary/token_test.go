package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tributary/config"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// said is what a command printed.
type said struct {
	out, errors string
	err         error
}

func runCommand(t *testing.T, args ...string) said {
	t.Helper()
	cmd := root()
	var out, errs bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return said{out.String(), errs.String(), err}
}

// onDatabase makes an empty database the one that commands work on.
func onDatabase(t *testing.T) *store.Store {
	t.Helper()
	url := storetest.SQLiteURL(t)
	t.Setenv("TRIBUTARY_DATABASE_URL", url)
	return storetest.Open(t, url)
}

func TestTokenCreate_printsOnlyTheToken(t *testing.T) {
	db := onDatabase(t)
	got := runCommand(t, "token", "create", "--name", "mona's laptop", "--role", "admin", "--expires", "90d")
	if got.err != nil {
		t.Fatal(got.err)
	}
	secret := strings.TrimSuffix(got.out, "\n")
	token, err := db.UsableToken(t.Context(), store.HashToken(store.Secret(secret)))
	if err != nil {
		t.Fatalf("what was printed, %d characters, is no token: %v", len(secret), err)
	}
	if token.Name != "mona's laptop" || token.Role != models.RoleAdmin || token.CreatedBy == "" || token.ExpiresAt == nil {
		t.Errorf("token = %+v", token)
	} else if life := token.ExpiresAt.Sub(token.CreatedAt); life < 90*24*time.Hour-time.Minute || life > 90*24*time.Hour+time.Minute {
		t.Errorf("it is good for %s, want 90 days", life)
	}
	if strings.Contains(got.errors, secret) || !strings.Contains(got.errors, "not shown again") {
		t.Errorf("standard error: %s", got.errors)
	}
}

func TestTokenCreate_refusesWhatItCannotMake(t *testing.T) {
	db := onDatabase(t)
	if got := runCommand(t, "token", "create", "--name", "taken", "--role", "viewer"); got.err != nil {
		t.Fatal(got.err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--role", "admin"}, `"name" not set`},
		{[]string{"--name", "x"}, `"role" not set`},
		{[]string{"--name", "x", "--role", "owner"}, "--role: expected viewer or admin"},
		{[]string{"--name", " x", "--role", "viewer"}, "--name: expected"},
		{[]string{"--name", "", "--role", "viewer"}, "--name: expected"},
		{[]string{"--name", strings.Repeat("n", 101), "--role", "viewer"}, "--name: expected"},
		{[]string{"--name", "a\nb", "--role", "viewer"}, "--name: expected"},
		{[]string{"--name", "a\u202eb", "--role", "viewer"}, "--name: expected"},
		{[]string{"--name", "a\u200bb", "--role", "viewer"}, "--name: expected"},
		{[]string{"--name", "a\u2028b", "--role", "viewer"}, "--name: expected"},
		{[]string{"--name", "\ufeff", "--role", "viewer"}, "--name: expected"},
		{[]string{"--name", "a\u00a0", "--role", "viewer"}, "--name: expected"},
		{[]string{"--name", "taken", "--role", "viewer"}, "already"},
		{[]string{"--name", "x", "--role", "viewer", "--expires", "soon"}, "--expires: expected"},
		{[]string{"--name", "x", "--role", "viewer", "--expires", "0d"}, "--expires: expected"},
		{[]string{"--name", "x", "--role", "viewer", "--expires", "-1h"}, "--expires: expected"},
		{[]string{"--name", "x", "--role", "viewer", "--expires", "99999d"}, "--expires: expected"},
		{[]string{"--name", "x", "--role", "viewer", "more"}, "knows no \"more\""},
	} {
		got := runCommand(t, append([]string{"token", "create"}, tt.args...)...)
		if got.err == nil || !strings.Contains(got.err.Error(), tt.want) || got.out != "" {
			t.Errorf("%q: %v, printed %q; want an error with %q", tt.args, got.err, got.out, tt.want)
		}
	}
	if tokens, err := db.Tokens(t.Context()); err != nil || len(tokens) != 1 {
		t.Errorf("%d tokens, %v; want only the first", len(tokens), err)
	}
}

func TestToken_needsADatabaseAndNothingElse(t *testing.T) {
	t.Setenv("TRIBUTARY_DATABASE_URL", "")
	got := runCommand(t, "token", "list")
	if setting := new(config.Error); !errors.As(got.err, &setting) || setting.Variable != "TRIBUTARY_DATABASE_URL" || exitCode(got.err) != 2 {
		t.Errorf("without a database: %v", got.err)
	}
	t.Setenv("TRIBUTARY_DATABASE_URL", "sqlite:"+t.TempDir()+"/new.db")
	if got := runCommand(t, "token", "list"); !errors.Is(got.err, store.ErrSchemaBehind) {
		t.Errorf("before migrating: %v, want ErrSchemaBehind", got.err)
	}
}

func TestTokenList_showsTheStateOfEach(t *testing.T) {
	db := onDatabase(t)
	if got := runCommand(t, "token", "list"); got.err != nil || got.out != "" || !strings.Contains(got.errors, "token create") {
		t.Errorf("an empty list: %+v", got)
	}
	var made struct{ Token, Name, State string }
	got := runCommand(t, "token", "create", "--name", "gone", "--role", "viewer", "--json")
	if err := json.Unmarshal([]byte(got.out), &made); err != nil || !strings.HasPrefix(made.Token, "trb_") || made.Name != "gone" || made.State != "usable" {
		t.Fatalf("created %s, %v", got.out, err)
	}
	if got := runCommand(t, "token", "revoke", "gone"); got.err != nil || !strings.Contains(got.out, `"gone" is revoked`) {
		t.Fatalf("revoke: %+v", got)
	}
	for name, expires := range map[string]*time.Time{"old": new(time.Now().Add(-time.Hour)), "good": nil} {
		if _, _, err := db.CreateToken(t.Context(), store.NewToken{Name: name, Role: models.RoleAdmin, CreatedBy: "mona", ExpiresAt: expires}); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"gone": "revoked", "old": "expired", "good": "usable"}
	asJSON, asTable := runCommand(t, "token", "list", "--json"), runCommand(t, "token", "list")
	var list struct {
		Tokens []struct{ Name, State, Prefix string }
	}
	if err := json.Unmarshal([]byte(asJSON.out), &list); err != nil || len(list.Tokens) != len(want) {
		t.Fatalf("list: %s, %v", asJSON.out, err)
	}
	for _, token := range list.Tokens {
		if token.State != want[token.Name] || len(token.Prefix) != 10 {
			t.Errorf("%s is %s, want %s", token.Name, token.State, want[token.Name])
		}
	}
	for name, state := range want {
		found := false
		for line := range strings.Lines(asTable.out) {
			fields := strings.Fields(line)
			found = found || fields[0] == name && fields[3] == state
		}
		if !found {
			t.Errorf("the table does not show that %s is %s:\n%s", name, state, asTable.out)
		}
	}
	for _, shown := range []string{asJSON.out, asTable.out} {
		if strings.Contains(shown, made.Token) || strings.Contains(shown, store.HashToken(store.Secret(made.Token))) {
			t.Errorf("the list shows a token or its hash:\n%s", shown)
		}
	}
}

// A name may be older than the rules for names, and who made a token is what the
// operating system says.
func TestToken_showsNamesPlainly(t *testing.T) {
	db := onDatabase(t)
	const odd = "\x1b[2Jmona\u202e\nx"
	if _, _, err := db.CreateToken(t.Context(), store.NewToken{Name: odd, Role: models.RoleViewer, CreatedBy: odd}); err != nil {
		t.Fatal(err)
	}
	list, again := runCommand(t, "token", "list"), runCommand(t, "token", "revoke", odd)
	if strings.Count(list.out, `\x1b[2Jmona\u202e\nx`) != 2 || strings.Count(list.out, "\n") != 2 {
		t.Errorf("the list is %q", list.out)
	}
	if want := `token "\x1b[2Jmona\u202e\nx" is revoked` + "\n"; again.out != want {
		t.Errorf("revoked: %q, want %q", again.out, want)
	}
}

func TestComplain_breaksLinesWhereWeDo(t *testing.T) {
	var out strings.Builder
	complain(&out, fmt.Errorf("connect: %w\n\n\tlook at: tributary doctor", errors.New("\x1b]0;owned\a\u202e\r")))
	want := `tributary: connect: \x1b]0;owned\a\u202e\r` + "\n\n\tlook at: tributary doctor\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestTokenRevoke_keepsTheLastAdminUnlessForced(t *testing.T) {
	db := onDatabase(t)
	for _, args := range [][]string{{"--name", "only", "--role", "admin"}, {"--name", "viewer", "--role", "viewer"}} {
		if got := runCommand(t, append([]string{"token", "create"}, args...)...); got.err != nil {
			t.Fatal(got.err)
		}
	}
	if got := runCommand(t, "token", "revoke", "only"); !errors.Is(got.err, store.ErrLastAdmin) || !strings.Contains(got.err.Error(), "--force") {
		t.Errorf("the last admin: %v", got.err)
	}
	if got := runCommand(t, "token", "revoke", "trb_somebody's token"); got.err == nil || strings.Contains(got.err.Error(), "somebody") {
		t.Errorf("an unknown name: %v", got.err)
	}
	if got := runCommand(t, "token", "revoke", "only", "--force"); got.err != nil {
		t.Error(got.err)
	}
	if has, err := db.HasAdminToken(t.Context()); err != nil || has {
		t.Errorf("HasAdminToken = %v, %v; want false", has, err)
	}
	events, err := db.AuditEvents(t.Context(), "", 10)
	if err != nil || len(events.Rows) != 3 {
		t.Fatalf("%d audit events, %v; want 3", len(events.Rows), err)
	}
	if e := events.Rows[0]; e.Action != "revoke-token" || e.Actor != models.ActorCommand || e.ActorName == "" || e.SubjectKind != "token" || e.SubjectID == "" {
		t.Errorf("event = %+v", e)
	}
}

func TestAPI_doesNotStartWhereNobodyCouldChangeAnything(t *testing.T) {
	onDatabase(t)
	t.Setenv("TRIBUTARY_SECRET_KEYS", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	t.Setenv("TRIBUTARY_TEMPORAL_ADDRESS", "127.0.0.1:1")
	t.Setenv("TRIBUTARY_API_TOKEN", "")
	got := runCommand(t, "api")
	if setting := new(config.Error); !errors.As(got.err, &setting) || setting.Variable != "TRIBUTARY_API_TOKEN" || !strings.Contains(setting.Problem, "tributary token create") {
		t.Errorf("without any token: %v", got.err)
	}
	if got := runCommand(t, "token", "create", "--name", "mona", "--role", "admin"); got.err != nil {
		t.Fatal(got.err)
	}
	if got := runCommand(t, "api"); got.err == nil || !strings.Contains(got.err.Error(), "connect to Temporal") {
		t.Errorf("with a token in the database: %v, want it to get as far as Temporal", got.err)
	}
}
