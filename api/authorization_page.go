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
// their hashes. The script tells the window that opened this one, if that is
// still there and of our own origin; a policy of GitHub's pages can cut the tie.
const (
	arrivalStyle = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
main{max-width:32rem;margin:15vh auto 0;padding:0 1rem}
h1{font-size:1.25rem}
.small{font-size:.875rem;opacity:.75}`

	arrivalScript = `const told = document.body.dataset;
if (window.opener && told.connection) {
  window.opener.postMessage({type: "tributary:connected", connection_id: told.connection, ok: told.ok === "true"}, location.origin);
  if (told.ok === "true") window.close();
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
{{- with .Problem}}
<h1 role="alert">{{.Title}}</h1>
<p>{{.Detail}}</p>
<p>{{$.Who}}{{.Remediation.Text}}</p>
{{- with .Remediation.URL}}
<p><a href="{{.}}" target="_blank" rel="noopener noreferrer">{{.}}</a></p>
{{- end}}
<p>Close this window, or <a href="{{$.Wizard}}">start again here</a>.</p>
{{- with .RequestID}}
<p class="small">Request {{.}}</p>
{{- end}}
{{- else}}
<h1 role="status" data-testid="connection-success">{{.Title}}</h1>
<p>You can close this window, or <a href="{{.Wizard}}">go on here</a>.</p>
{{- end}}
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
		page.Wizard = wizardURL(models.Connection{})
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

// wizardURL is the step of the wizard that goes on with a connection.
func wizardURL(c models.Connection) string {
	query := url.Values{"provider": {providerID}}
	if c.ID != "" {
		query.Set("method", string(c.Method))
		query.Set("connection", c.ID)
	}
	return wizardPath + "?" + query.Encode()
}

// wizardPath is the page of the UI on which integrations are set up.
const wizardPath = "/settings/integrations/new"
