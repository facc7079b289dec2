package githubsim

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A GitHub App can be registered from a manifest: a site sends the person with a form to GitHub's page, the person
// confirms there, and the site exchanges the code that they come back with for the App and its secrets.
// https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest

// manifest is what a site wants of an App. Only the URL is required.
type manifest struct {
	Name           string            `json:"name"`
	URL            string            `json:"url"`
	HookAttributes *manifestHook     `json:"hook_attributes"`
	RedirectURL    string            `json:"redirect_url"`
	CallbackURLs   []string          `json:"callback_urls"`
	Description    string            `json:"description"`
	Events         []string          `json:"default_events"`
	Permissions    map[string]string `json:"default_permissions"`
}

type manifestHook struct {
	URL    string `json:"url"`
	Active *bool  `json:"active"` // default true
}

// manifestGrant is an App that somebody has confirmed, waiting to be exchanged.
type manifestGrant struct {
	manifest     manifest
	organization *Organization // nil: the App is the person's
	person       *User
	expires      time.Time
}

const (
	manifestLife = time.Hour
	longestName  = 34
)

// newAppPage is where Apps are registered: the whole path, and the organization in it.
var newAppPage = regexp.MustCompile(`^(?:/organizations/([^/]+))?/settings/apps/new$`)

// registerApp shows the page on which a person names and confirms an App, or sends the browser back with a code.
func (c *call) registerApp() {
	c.r.Body = http.MaxBytesReader(nil, c.r.Body, 1<<20)
	if c.r.ParseForm() != nil {
		c.html(http.StatusBadRequest, "<!DOCTYPE html>\n<title>Bad request</title>\n")
		return
	}
	var organization *Organization
	if login := newAppPage.FindStringSubmatch(c.path)[1]; login != "" {
		if organization = c.sim.organizations[strings.ToLower(login)]; organization == nil {
			c.page404()
			return
		}
	}
	var m manifest
	if err := json.Unmarshal([]byte(c.r.Form.Get("manifest")), &m); err != nil {
		c.invalidManifest("it is not JSON")
		return
	}
	if problem := c.sim.manifestProblem(m); problem != "" {
		c.invalidManifest(problem)
		return
	}
	c.decideApp(organization, m)
}

// decideApp finds the answer: what the page's button says, or what SignIn says.
func (c *call) decideApp(organization *Organization, m manifest) {
	b := c.browser()
	confirmed := b.user != nil && b.consent == AllowConsent
	if c.r.Form.Has("decision") {
		b.user, confirmed = c.sim.logins[strings.ToLower(c.r.Form.Get("account"))], true
		m.Name = strings.TrimSpace(c.r.Form.Get("name"))
	}
	switch {
	case !confirmed || b.user == nil:
		c.showNewApp(organization, b.user, m, "")
		return
	case organization != nil && !organization.ownedBy(b.user):
		c.page404()
		return
	}
	if problem := c.sim.nameProblem(m.Name); problem != "" {
		c.showNewApp(organization, b.user, m, problem)
		return
	}
	s := c.sim
	code := s.issued(letters(fmt.Sprintf("%d/manifest code/%d", s.config.Seed, s.nextID("code")), 40))
	s.apps.manifests[code] = &manifestGrant{manifest: m, organization: organization, person: b.user, expires: s.config.Now().Add(manifestLife)}
	c.redirect(m.RedirectURL, url.Values{"code": {code}})
}

func (o *Organization) ownedBy(u *User) bool {
	m := o.membership(u)
	return m != nil && m.state == "active" && m.role == "admin"
}

// manifestProblem says why GitHub takes no App from a manifest. A webhook without an address is refused also where it
// is not active, in words that could as well mean the App's own address.
func (s *Sim) manifestProblem(m manifest) string {
	if m.URL == "" || m.HookAttributes != nil && m.HookAttributes.URL == "" {
		return `"url" wasn't supplied.`
	}
	if m.HookAttributes != nil {
		target, err := url.Parse(m.HookAttributes.URL)
		switch {
		case err != nil || target.Host == "":
			return "Hook url is not a valid URL"
		case localHost(target) != "" && !s.config.AllowLocalHooks:
			return "Hook url is not supported because it isn't reachable over the public Internet (" + localHost(target) + ")"
		}
	}
	if back, err := url.Parse(m.RedirectURL); err != nil || back.Host == "" {
		return "Redirect url is not a valid URL"
	}
	if len(m.CallbackURLs) > maxCallbackURLs {
		return "Callback urls may be at most 10"
	}
	permissions := withMetadata(m.Permissions)
	for _, event := range m.Events {
		if needed := eventPermissions[event]; needed != "" && permissions[needed] == "" {
			return "Default events are not supported by permissions: " + event
		}
	}
	return ""
}

// nameProblem says why an App cannot have a name: they are unique in all of GitHub.
func (s *Sim) nameProblem(name string) string {
	switch slug := slugOf(name); {
	case slug == "":
		return "Name can't be blank"
	case len(name) > longestName:
		return "Name is too long (maximum is 34 characters)"
	case s.logins[slug+"[bot]"] != nil:
		return "Name is already taken"
	}
	return ""
}

// slugOf is the part of an App's address that is made of its name.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

func (c *call) invalidManifest(problem string) {
	c.html(http.StatusUnprocessableEntity, "<!DOCTYPE html>\n<title>Invalid GitHub App configuration</title>\n"+
		"<h1>Invalid GitHub App configuration</h1>\n<p>The configuration does not appear to be a valid GitHub App manifest.</p>\n<p>Error "+
		template.HTMLEscapeString(problem)+"</p>\n")
}

var newAppForm = template.Must(template.New("new app").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Create GitHub App</title></head>
<body>
<h1>Create GitHub App for {{.Owner}}</h1>
<p>This is a simulated GitHub. The App will belong to {{.Owner}}.</p>
{{with .Problem}}<p role="alert">{{.}}</p>{{end}}
<form method="post">
<input type="hidden" name="manifest" value="{{.Manifest}}">
<input type="hidden" name="state" value="{{.State}}">
<p><label>GitHub App name <input name="name" value="{{.Name}}"></label></p>
<p>It may, and is told of:</p>
<ul>{{range $name, $level := .Permissions}}<li><code>{{$name}}: {{$level}}</code></li>{{end}}{{range .Events}}<li><code>{{.}}</code></li>{{end}}</ul>
<p><label>Account <select name="account">{{range .Accounts}}<option{{if eq . $.Account}} selected{{end}}>{{.}}</option>{{end}}</select></label></p>
<button name="decision" value="create">Create GitHub App for {{.Owner}}</button>
</form>
</body>
</html>
`))

// showNewApp shows the page with the name and the button. Its form comes back to the same address.
func (c *call) showNewApp(organization *Organization, user *User, m manifest, problem string) {
	page := struct {
		Owner, Problem, Manifest, State, Name, Account string
		Permissions                                    map[string]string
		Events, Accounts                               []string
	}{
		Owner: "your account", Problem: problem, Manifest: c.r.Form.Get("manifest"), State: c.r.Form.Get("state"), Name: m.Name,
		Permissions: withMetadata(m.Permissions), Events: m.Events,
	}
	if organization != nil {
		page.Owner = organization.login
	}
	for _, u := range c.sim.accounts {
		if u.Type == TypeUser && (organization == nil || organization.ownedBy(u)) {
			page.Accounts = append(page.Accounts, u.login)
		}
	}
	slices.Sort(page.Accounts)
	if user != nil {
		page.Account = user.login
	}
	var text bytes.Buffer
	if err := newAppForm.Execute(&text, page); err != nil {
		c.fail(http.StatusInternalServerError, err.Error(), "")
		return
	}
	c.html(http.StatusOK, text.String())
}

// convertManifest exchanges a code for the App, which comes into being here, with all its secrets. It needs no token,
// and a code is good for one hour and once.
// https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest
func (c *call) convertManifest() {
	s := c.sim
	grant := s.apps.manifests[c.params[0]]
	if grant == nil || !c.now.Before(grant.expires) {
		c.notFound()
		return
	}
	delete(s.apps.manifests, c.params[0])
	if problem := s.nameProblem(grant.manifest.Name); problem != "" { // somebody was faster
		c.fail(http.StatusUnprocessableEntity, problem, "")
		return
	}
	key, err := appKey(nil)
	if err != nil {
		c.fail(http.StatusInternalServerError, err.Error(), "")
		return
	}
	app := s.addApp(grant.spec(s), key)
	app.person, app.description, app.url = grant.person, grant.manifest.Description, grant.manifest.URL
	c.status = http.StatusCreated
	w := &c.w
	w.open('{')
	c.appFields(app)
	w.str("client_id", app.ClientID)
	w.str("client_secret", app.ClientSecret)
	w.strOrNull("webhook_secret", app.hook.spec.Secret)
	w.str("pem", string(keyPEM(app.key)))
	w.close('}')
}

// spec makes up what GitHub makes up for an App.
func (g *manifestGrant) spec(s *Sim) AppSpec {
	m := g.manifest
	spec := AppSpec{
		Slug: slugOf(m.Name), Name: m.Name, Owner: g.organization, Permissions: m.Permissions, Events: m.Events,
		CallbackURLs: slices.Clone(m.CallbackURLs),
	}
	if hook := m.HookAttributes; hook != nil {
		sum := sha256.Sum256([]byte(fmt.Sprintf("%d/hook secret/%s", s.config.Seed, spec.Slug)))
		spec.WebhookURL, spec.WebhookSecret = hook.URL, hex.EncodeToString(sum[:20])
		spec.WebhookInactive = !*cmp.Or(hook.Active, new(true))
	}
	return spec
}
