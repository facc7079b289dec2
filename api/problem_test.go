package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/api/problem"
	"tributary/models"
	"tributary/store/storetest"
)

const (
	someID = "01890a5d-ac96-774b-bcce-b302099a8057"
	// secret looks like the tokens of GitHub; nothing of it may come back.
	secret = "ghp_Zx9Qk2Lm7Vt4Bn8Rw3Yc6Hd1Js5Fg0PaEuTi"
)

func TestRemedies_coverEveryCode(t *testing.T) {
	t.Parallel()
	codes := append(codesIn(t, "../models/code.go"), codesIn(t, "problem/remedies.go")...)
	if len(codes) < 30 {
		t.Fatalf("found only %d codes", len(codes))
	}
	for _, code := range codes {
		remedy := problem.RemedyFor(code)
		if code != problem.Internal && remedy == problem.RemedyFor(problem.Internal) {
			t.Errorf("%s has no remedy", code)
		}
		if remedy.Status < 400 || remedy.Title == "" || remedy.Meaning == "" || remedy.Text == "" || remedy.Who == "" {
			t.Errorf("remedy of %s is incomplete: %+v", code, remedy)
		}
	}
}

// TestRemedies_sendNobodyToGitHubForWhatIsOurs: GitHub's status page says nothing of
// our database, our keys and our defects.
func TestRemedies_sendNobodyToGitHubForWhatIsOurs(t *testing.T) {
	t.Parallel()
	for _, code := range []models.Code{
		models.InternalError, models.DatabaseUnwritable, models.SecretKeyUnknown, models.SecretDamaged, models.SyncNotStarted, models.WorkerDown,
		problem.Internal, models.DatabaseDown, problem.TemporalDown, problem.SchemaWrong,
	} {
		if remedy := problem.RemedyFor(code); strings.Contains(remedy.URL+remedy.Text, "github.com") || strings.Contains(remedy.URL+remedy.Text, "githubstatus") {
			t.Errorf("the remedy of %s is at GitHub: %s %s", code, remedy.Text, remedy.URL)
		}
	}
}

// codesIn reads the codes from the source, so that one that is added cannot be
// forgotten here.
func codesIn(t *testing.T, path string) []models.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []models.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !isCode(spec.Type) {
			return true
		}
		for _, value := range spec.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, models.Code(text))
		}
		return true
	})
	return codes
}

func isCode(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "Code"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Code"
	}
	return false
}

func TestProblem_namesEveryFieldWithoutItsValue(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	long := strings.Repeat("n", 101)
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     []string
	}{
		{"no token", "POST", "/connections/github/token/test", `{}`, 422, []string{"body"}},
		{"token of spaces", "POST", "/connections/github/token/test", `{"token":" \n"}`, 422, []string{"body.token"}},
		{"two tokens", "POST", "/connections/github/token/test", `{"token":"` + secret + ` ` + secret + `"}`, 422, []string{"body.token"}},
		{"token with a line end", "POST", "/connections/github/token/test", `{"token":"` + secret + `\r\nX: y"}`, 422, []string{"body.token"}},
		{"token in a wrong field", "POST", "/connections/github/token/test", `{"token":"x","organization":"` + secret + `"}`, 422, []string{"body.organization"}},
		{"token as a name", "POST", "/connections/github/token/test", `{"token":"x","` + secret + `":1}`, 422, []string{"body.?"}},
		{"token with dots as a name", "POST", "/connections/github/token/test", `{"token":"x","` + secret + `.a":1}`, 422, []string{"body.?.a"}},
		{"misspelt field", "POST", "/connections/github/token/test", `{"token":"x","organisation":"o"}`, 422, []string{"body.organisation"}},
		{"token as the body", "POST", "/connections/github/token/test", secret, 400, []string{"body"}},
		{"no body", "POST", "/connections/github/token/test", ``, 400, []string{"body"}},
		{"number for a token", "POST", "/connections/github/token/test", `{"token":12345678901234567890}`, 422, []string{"body.token"}},
		{"everything wrong", "POST", "/integrations", `{"connection_id":"` + secret + `","name":"` + long + `","organizations":["` + secret + `"],"services":{"repos":"` + secret + `"},"extra":"` + secret + `"}`, 422,
			[]string{"body.connection_id", "body.connection_id", "body.extra", "body.name", "body.organizations[0]", "body.services.repos"}},
		{"nothing chosen", "POST", "/integrations", `{"connection_id":"` + someID + `","name":"n","organizations":[]}`, 422, []string{"body.organizations"}},
		{"no service on", "POST", "/integrations", `{"connection_id":"` + someID + `","name":"n","organizations":[1],"services":{"repos":false,"pull_requests":false,"tickets":false}}`, 422, []string{"body.services"}},
		{"name of spaces", "POST", "/integrations", `{"connection_id":"` + someID + `","name":"  ","organizations":[1]}`, 422, []string{"body.name"}},
		{"name with a NUL", "POST", "/integrations", `{"connection_id":"` + someID + `","name":"a\u0000b","organizations":[1]}`, 422, []string{"body.name"}},
		{"ids and all", "POST", "/integrations/" + someID + "/repositories/import", `{"repository_ids":[1],"all":true}`, 422, []string{"body"}},
		{"neither ids nor all", "POST", "/integrations/" + someID + "/repositories/ignore", `{}`, 422, []string{"body"}},
		{"malformed id", "GET", "/syncs/" + secret, ``, 422, []string{"path.id"}},
		{"malformed filters", "GET", "/commits?limit=1000&repository=" + secret + "&since=" + secret + "&integration=" + secret, ``, 422,
			[]string{"query.integration", "query.limit", "query.repository", "query.since"}},
		{"unknown filter", "GET", "/commits?" + secret + "=1", ``, 422, []string{"query.?"}},
		{"misspelt filter", "GET", "/commits?organisation=1", ``, 422, []string{"query.organisation"}},
		{"unknown state", "GET", "/tickets?state=" + secret, ``, 422, []string{"query.state"}},
		{"cursor of nothing", "GET", "/tickets?cursor=AAAA", ``, 422, []string{"query.cursor"}},
	}
	for _, tt := range tests {
		a := f.request(t, tt.method, "/api/v1"+tt.path, tt.body)
		p := a.problem(t, tt.status)
		got := locations(p)
		slices.Sort(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: locations = %q, want %q; %s", tt.name, got, tt.want, a.body)
		}
		if p.Code != problem.InvalidRequest {
			t.Errorf("%s: code = %s, want invalid_request", tt.name, p.Code)
		}
		if strings.Contains(a.body, secret) || strings.Contains(a.body, "1234567890") || strings.Contains(a.body, long) {
			t.Errorf("%s: the value is in the answer: %s", tt.name, a.body)
		}
		for _, e := range p.Errors {
			if !strings.HasPrefix(e.Message, "expected ") && e.Message != "malformed" && !strings.HasPrefix(e.Message, "invalid ") &&
				!strings.HasPrefix(e.Message, "un") {
				t.Errorf("%s: message %q", tt.name, e.Message)
			}
		}
	}
	if strings.Contains(f.log.String(), secret) {
		t.Error("the log has the secret")
	}
}

func TestProblem_neverRepeatsWhatWasSent(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for _, op := range operations(t) {
		path := "/api/v1" + op.path
		withID := strings.ReplaceAll(path, "{id}", someID)
		for _, a := range []answer{
			f.request(t, op.method, strings.ReplaceAll(path, "{id}", secret), ""),
			f.request(t, op.method, withID+"?"+secret+"="+secret, ""),
			f.request(t, op.method, withID+"?limit="+secret+"&q="+secret+"%00&state="+secret, ""),
			f.request(t, op.method, withID+"/"+secret, ""),
			f.request(t, op.method, withID, secret),
			f.request(t, op.method, withID, `{"`+secret+`":"`+secret+`"}`),
			f.request(t, op.method, withID, `{"token":["`+secret+`"],"name":{"`+secret+`":1}}`),
			f.request(t, op.method, withID, `["`+secret+`"]`),
			f.request(t, op.method, withID, "token="+secret, "Content-Type", "text/"+secret),
			f.request(t, op.method, withID, "", "Accept", secret, "X-Request-Id", "no "+secret, "Last-Event-ID", secret),
			f.request(t, strings.ToUpper(strings.ReplaceAll(secret, "_", "")), withID, ""),
		} {
			if strings.Contains(a.body, secret) || strings.Contains(a.body, strings.ToUpper(secret[4:])) {
				t.Errorf("%s %s repeats what was sent: %s", op.method, op.path, a.body)
			}
			for header, values := range a.header {
				if strings.Contains(strings.Join(values, " "), secret) {
					t.Errorf("%s %s repeats what was sent in header %s", op.method, op.path, header)
				}
			}
			if a.status >= 500 {
				t.Errorf("%s %s = %d: %s", op.method, op.path, a.status, a.body)
			}
		}
	}
	if log := f.log.String(); strings.Contains(log, secret) || strings.Contains(log, strings.ToUpper(secret[4:])) {
		t.Errorf("the log has the secret: %s", log)
	}
}

func TestProblem_forWhatIsNotThere(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for _, op := range operations(t) {
		if !strings.Contains(op.path, "{id}") {
			continue
		}
		path, body := target(op)
		a := f.request(t, op.method, path, body)
		if p := a.problem(t, http.StatusNotFound); p.Code != problem.NotFound {
			t.Errorf("%s %s: code = %s, want not_found", op.method, op.path, p.Code)
		}
	}
	if p := f.request(t, "PATCH", "/api/v1/integrations", "").problem(t, http.StatusMethodNotAllowed); p.Code != problem.MethodNotAllowed {
		t.Errorf("code = %s, want method_not_allowed", p.Code)
	}
	if p := f.request(t, "POST", "/api/v1/integrations", `{"name":"`+strings.Repeat("n", 2<<20)+`"}`).problem(t, http.StatusRequestEntityTooLarge); p.Code != problem.BodyTooLarge {
		t.Errorf("code = %s, want body_too_large", p.Code)
	}
	if p := f.request(t, "POST", "/api/v1/integrations", "name=x", "Content-Type", "application/x-www-form-urlencoded").problem(t, http.StatusUnsupportedMediaType); p.Code != problem.UnsupportedMedia {
		t.Errorf("code = %s, want unsupported_media_type", p.Code)
	}
}

func TestProblem_hidesWhatIsNotForTheCaller(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	storetest.Integration(t, f.store, 1)
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	a := f.get(t, "/api/v1/integrations")
	p := a.problem(t, http.StatusInternalServerError)
	if p.Code != problem.Internal || strings.Contains(a.body, "sql") || strings.Contains(a.body, "closed") {
		t.Errorf("answer tells about the inside: %s", a.body)
	}
	if log := f.log.String(); !strings.Contains(log, p.RequestID) || !strings.Contains(log, "closed") {
		t.Errorf("log lacks the cause or the request id: %s", log)
	}
}

// JSON knows no year beyond 9999.
func TestProblems_areWhatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	f := start(t, onlyLooked{next: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)})
	storetest.Integration(t, f.store, 1)
	p := f.get(t, "/api/v1/organizations/9000/schedule").problem(t, http.StatusInternalServerError)
	if p.Code != problem.Internal {
		t.Errorf("code = %s, want internal", p.Code)
	}
	if log := f.log.String(); !strings.Contains(log, "encode answer") || !strings.Contains(log, p.RequestID) {
		t.Errorf("the log does not say why: %s", log)
	}
}

// net/url leaves out what it cannot read, and the rest would show everything.
func TestProblems_areQueriesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	storetest.Integration(t, f.store, 1)
	paths := []string{"/healthz", "/readyz", "/nothing", "/api/openapi.json", "/api/v1/nothing"}
	for _, op := range operations(t) {
		if op.method == http.MethodGet {
			path, _ := target(op)
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		for _, query := range []string{"author=nobody;x", "author=nobody;", ";", "limit=%zz", "%=1"} {
			p := f.get(t, path+"?"+query).problem(t, http.StatusUnprocessableEntity)
			if p.Code != problem.InvalidRequest || !slices.Equal(locations(p), []string{"query"}) {
				t.Errorf("%s?%s: %s at %v", path, query, p.Code, locations(p))
			}
		}
	}
	for method, path := range map[string]string{http.MethodPost: "/api/v1/integrations", http.MethodDelete: "/api/v1/connections/" + someID} {
		if p := f.request(t, method, path+"?a;b", "{}").problem(t, http.StatusUnprocessableEntity); !slices.Equal(locations(p), []string{"query"}) {
			t.Errorf("%s %s: %s at %v", method, path, p.Code, locations(p))
		}
	}
}
