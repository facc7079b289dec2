package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/openapi"
	"tributary/api/problem"
	"tributary/models"
)

const pageType = "text/html; charset=utf-8"

// arrivalStyle and arrivalScript are all that the page may run: its policy names
// their hashes. They are the frontend's colours, in the theme that people chose
// there. The script tells the window that opened this one, if that is still there
// and of our own origin; a policy of GitHub's pages can cut the tie.
const (
	arrivalStyle = `:root{color-scheme:light dark;font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
body{margin:0;padding:1rem;color:#000;color:light-dark(#000,#d5dae0);background:#f6f8fa;background:light-dark(#f6f8fa,#171a1f);overflow-wrap:anywhere}
main{max-width:30rem;margin:12vh auto 0;padding:1.5rem 2rem;border:1px solid #d9dfe5;border-color:light-dark(#d9dfe5,#363c45);border-radius:.5rem;background:#fff;background:light-dark(#fff,#1e2228)}
.brand{display:flex;align-items:center;gap:.5rem;margin:0;font-weight:700}
a{color:#175cd3;color:light-dark(#175cd3,#8ab8ff)}
h1{margin:1rem 0 .5rem;font-size:1.25rem;line-height:1.3}
.ok{color:#1f7a3d;color:light-dark(#1f7a3d,#6fd391)}
.bad{color:#b42318;color:light-dark(#b42318,#ff9b91)}
p{margin:.5rem 0}
button{margin-top:.75rem;padding:.5rem 1.1rem;border:0;border-radius:.5rem;font:600 .875rem/1.4 inherit;font-family:inherit;color:#fff;background:#1864ab;cursor:pointer}
.small{font-size:.8125rem;color:#52606d;color:light-dark(#52606d,#a3adb8)}`

	arrivalScript = `const told = document.body.dataset;
try {
  const theme = localStorage.getItem("mantine-color-scheme-value");
  if (theme === "light" || theme === "dark") document.documentElement.style.colorScheme = theme;
} catch {}
if (window.opener) {
  const button = document.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", () => window.close());
  if (told.connection) {
    window.opener.postMessage({type: "tributary:connected", connection_id: told.connection, ok: told.ok === "true"}, location.origin);
    if (told.ok === "true") window.close();
  }
}`
)

var arrivalPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src " +
	sourceHash(arrivalStyle) + "; script-src " + sourceHash(arrivalScript)

func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var arrivalPage = template.Must(template.New("arrival").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}} – Tributary</title>
<style>` + arrivalStyle + `</style>
</head>
<body data-connection="{{.ConnectionID}}" data-ok="{{not .Problem}}">
<main>
<p class="brand"><svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="#175cd3"/><path d="M8 6c0 8 8 7 8 14v6M24 6c0 8-8 7-8 14" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>Tributary</p>
{{- with .Problem}}
<div role="alert"><h1 class="bad">{{.Title}}</h1></div>
<p>{{.Detail}}</p>
<p>{{$.Who}}{{.Remediation.Text}}</p>
{{- with .Remediation.URL}}
<p><a href="{{.}}" target="_blank" rel="noopener noreferrer">{{.}}</a></p>
{{- end}}
<p>Close this window and try again where you began, or <a href="{{$.Wizard}}">start again here</a>.</p>
{{- with .RequestID}}
<p class="small">Request {{.}}</p>
{{- end}}
{{- else}}
<div role="status"><h1 class="ok" data-testid="connection-success">{{.Title}}</h1></div>
<p>You can close this window, or <a href="{{.Wizard}}">go on here</a>.</p>
{{- end}}
<button hidden>Close this window</button>
</main>
<script>` + arrivalScript + `</script>
</body>
</html>
`))

// whoDoes introduces what another person has to do.
var whoDoes = map[problem.Who]string{
	problem.OrgOwner: "For an owner of the organization: ",
	problem.Operator: "For whoever runs this installation: ",
}

// writeArrival is the answer for a person, whose other window may be closed by
// now.
func writeArrival(w http.ResponseWriter, back arrival) {
	page := struct {
		Title, ConnectionID, Wizard, Who string
		Problem                          *problem.Problem
	}{connectedMessage(back.login), back.connection.ID, wizardURL(back.connection), "", back.problem}
	status := http.StatusOK
	if back.problem != nil {
		page.Title, page.Who, status = back.problem.Title, whoDoes[back.problem.Remediation.Who], back.problem.Status
		page.Wizard = wizardURL(models.Connection{Method: back.connection.Method}) // another connection, made the same way
	}
	var body bytes.Buffer
	if err := arrivalPage.Execute(&body, page); err != nil {
		panic(err) // the template is part of the program
	}
	h := w.Header()
	h.Set("Content-Type", pageType)
	h.Set("Content-Security-Policy", arrivalPolicy)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser is gone if this fails
}

// aPage documents a status that is answered with a page, or with a problem where
// the request was refused before its operation began.
func (s *server) aPage(status string) *huma.Response {
	page := &huma.Response{Content: map[string]*huma.MediaType{"text/html": {
		Schema: &huma.Schema{Type: huma.TypeString}, Example: "<!doctype html>\n<html lang=\"en\">…</html>\n",
	}}}
	if status == "200" {
		page.Description = "The account is connected."
		return page
	}
	page.Content[problem.ContentType] = openapi.ProblemBody(s.door.API.OpenAPI())
	return page
}

// arrival is how a browser came back from GitHub. What is not known is empty.
type arrival struct {
	connection models.Connection
	mode       models.AuthorizationMode
	login      string
	problem    *problem.Problem // nil when the account is connected
}

// wizardURL is the step of the wizard that goes on with a connection, or begins a
// new one in the same way.
func wizardURL(c models.Connection) string {
	query := url.Values{"provider": {providerID}}
	if c.Method != "" {
		query.Set("method", string(c.Method))
	}
	if c.ID != "" {
		query.Set("connection", c.ID)
	}
	return wizardPath + "?" + query.Encode()
}

// wizardPath is the page of the UI on which integrations are set up.
const wizardPath = "/settings/integrations/new"
