package githubsim

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The pages of OAuth are on GitHub's web host; here that is the host of the API.
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps

// Consent is how the person at the browser answers an app that asks for access.
type Consent string

// The answers. Where the person is asked, a page has a list of accounts and two buttons.
const (
	AskConsent   Consent = ""
	AllowConsent Consent = "allow"
	DenyConsent  Consent = "deny"
)

type browser struct {
	user    *User
	consent Consent
}

// SignIn says who sits at every browser that has not said so itself, on the page, and how they answer. Somebody who
// is signed in and has agreed before is not asked again unless the app says prompt=select_account. Without a user the
// page asks who it is.
func (s *Sim) SignIn(user *User, consent Consent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apps.browser = browser{user, consent}
}

const webResource = "web"

func isWeb(path string) bool {
	return strings.HasPrefix(path, "/login/oauth/") || newAppPage.MatchString(path)
}

// answerWeb answers a browser, or an app that exchanges a code. No token is needed and no rate budget spent.
func (c *call) answerWeb() *Fault {
	c.entry.Resource, c.points = webResource, 0
	fault := c.sim.faults.draw(c.entry)
	if c.strike(fault) {
		return fault
	}
	c.sim.mu.Lock()
	defer c.sim.mu.Unlock()
	if newAppPage.MatchString(c.path) && c.r.Method == http.MethodPost {
		c.registerApp()
		return fault
	}
	switch c.r.Method + " " + c.path {
	case "GET /login/oauth/authorize", "POST /login/oauth/authorize":
		c.authorize()
	case "POST /login/oauth/access_token":
		c.exchange()
	default:
		c.page404()
	}
	return fault
}

func (c *call) page404() {
	c.html(http.StatusNotFound, "<!DOCTYPE html>\n<title>Page not found</title>\n")
}

func (c *call) html(status int, text string) {
	c.status = status
	c.header["Content-Type"] = []string{"text/html; charset=utf-8"}
	c.w.b = append(c.w.b[:0], text...)
}

// authorize shows the page or, where it needs no answer, sends the browser back to the app.
func (c *call) authorize() {
	if c.r.ParseForm() != nil {
		c.html(http.StatusBadRequest, "<!DOCTYPE html>\n<title>Bad request</title>\n")
		return
	}
	form := c.r.Form
	client := c.sim.apps.clients[form.Get("client_id")]
	if client == nil || len(client.callbacks) == 0 {
		c.page404()
		return
	}
	target := form.Get("redirect_uri")
	switch {
	case target == "":
		target = client.callbacks[0]
	case !client.mayReturnTo(target):
		c.sendBack(client.callbacks[0], "redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application.")
		return
	}
	switch {
	case client.suspended:
		c.sendBack(target, "application_suspended", "Your application has been suspended. Contact support@github.com.")
	case form.Get("code_challenge") != "" && (form.Get("code_challenge_method") != "S256" || len(form.Get("code_challenge")) != 43):
		c.html(http.StatusBadRequest, "<!DOCTYPE html>\n<title>Only S256 challenges of 43 characters are supported</title>\n")
	default:
		c.decide(client, target)
	}
}

// decide finds the answer: what the page's button says, what SignIn says, or what was said before.
func (c *call) decide(client *oauthClient, target string) {
	form, b := c.r.Form, c.browser()
	scopes := normalScopes(strings.Fields(strings.ReplaceAll(form.Get("scope"), ",", " ")))
	before, agreed := client.authorized[b.user]
	switch {
	case c.r.Method == http.MethodPost:
		user := c.sim.logins[strings.ToLower(form.Get("account"))]
		if user == nil {
			c.showConsent(client, b.user, scopes)
			return
		}
		c.header["Set-Cookie"] = []string{(&http.Cookie{Name: browserCookie, Value: user.login, Path: "/login/oauth/", HttpOnly: true}).String()}
		c.conclude(client, user, target, scopes, form.Get("decision") == "allow")
	case b.user != nil && b.consent != AskConsent:
		c.conclude(client, b.user, target, scopes, b.consent == AllowConsent)
	case b.user != nil && agreed && form.Get("prompt") != "select_account" && contains(before, scopes):
		c.conclude(client, b.user, target, scopes, true)
	default:
		c.showConsent(client, b.user, scopes)
	}
}

// browserCookie keeps who is signed in at a browser.
const browserCookie = "githubsim_user"

// browser is who sits at the browser of this request.
func (c *call) browser() browser {
	if cookie, err := c.r.Cookie(browserCookie); err == nil {
		if user := c.sim.logins[strings.ToLower(cookie.Value)]; user != nil {
			return browser{user: user}
		}
	}
	return c.sim.apps.browser
}

func contains(granted, asked []string) bool {
	token := Token{Scopes: granted}
	return !slices.ContainsFunc(asked, func(scope string) bool { return !token.hasScope(scope) })
}

func (c *call) conclude(client *oauthClient, user *User, target string, scopes []string, allowed bool) {
	if !allowed {
		c.sendBack(target, "access_denied", "The user has denied your application access.")
		return
	}
	s := c.sim
	code := s.issued(letters(fmt.Sprintf("%d/code/%d", s.config.Seed, s.nextID("code")), 20))
	s.apps.codes[code] = &codeGrant{
		client: client, user: user, redirectURI: c.r.Form.Get("redirect_uri"), scopes: scopes,
		challenge: c.r.Form.Get("code_challenge"), expires: s.config.Now().Add(codeLife),
	}
	c.redirect(target, url.Values{"code": {code}})
}

func (c *call) sendBack(target, problem, description string) {
	c.redirect(target, url.Values{
		"error": {problem}, "error_description": {description},
		"error_uri": {"https://docs.github.com/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/"},
	})
}

func (c *call) redirect(target string, answer url.Values) {
	u, err := url.Parse(target)
	if err != nil {
		c.page404()
		return
	}
	query := u.Query()
	for name, values := range answer {
		query[name] = values
	}
	if state := c.r.Form.Get("state"); state != "" {
		query.Set("state", state)
	}
	u.RawQuery = query.Encode()
	c.html(http.StatusFound, "")
	c.header["Location"] = []string{u.String()}
}

// mayReturnTo compares with the registered addresses: a GitHub App's exactly; an OAuth app's by host, port and
// the beginning of the path, where sub-domains will do and a loopback address may have any port.
func (a *oauthClient) mayReturnTo(target string) bool {
	if a.app != nil {
		return slices.Contains(a.callbacks, target)
	}
	registered, err := url.Parse(a.callbacks[0])
	if err != nil {
		return false
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != registered.Scheme || !below(registered.Path, u.Path) {
		return false
	}
	host, wanted := u.Hostname(), registered.Hostname()
	if isLoopback(wanted) {
		return host == wanted
	}
	return u.Port() == registered.Port() && (host == wanted || strings.HasSuffix(host, "."+wanted))
}

func below(parent, path string) bool {
	parent = strings.TrimSuffix(parent, "/")
	return path == parent || strings.HasPrefix(path, parent+"/")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

var consentPage = template.Must(template.New("consent").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Authorize {{.App}}</title></head>
<body>
<h1>Authorize {{.App}}</h1>
<p>This is a simulated GitHub. {{.App}} would like to act for your account.</p>
{{if .Scopes}}<p>It asks for:</p>
<ul>{{range .Scopes}}<li><code>{{.}}</code></li>{{end}}</ul>{{end}}
<form method="post" action="/login/oauth/authorize">
{{range .Fields}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{end}}<p><label>Account <select name="account">{{range .Accounts}}<option{{if eq . $.Account}} selected{{end}}>{{.}}</option>{{end}}</select></label></p>
<button name="decision" value="allow">Authorize {{.App}}</button>
<button name="decision" value="deny">Cancel</button>
</form>
</body>
</html>
`))

type formField struct{ Name, Value string }

// showConsent shows the page with the two buttons.
func (c *call) showConsent(client *oauthClient, user *User, scopes []string) {
	page := struct {
		App, Account string
		Scopes       []string
		Accounts     []string
		Fields       []formField
	}{App: client.name, Account: c.r.Form.Get("login"), Scopes: scopes}
	if user != nil && page.Account == "" {
		page.Account = user.login
	}
	for _, name := range []string{"client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"} {
		if c.r.Form.Has(name) {
			page.Fields = append(page.Fields, formField{name, c.r.Form.Get(name)})
		}
	}
	for _, u := range c.sim.accounts {
		if u.Type == TypeUser {
			page.Accounts = append(page.Accounts, u.login)
		}
	}
	slices.Sort(page.Accounts)
	var text bytes.Buffer
	if err := consentPage.Execute(&text, page); err != nil {
		c.fail(http.StatusInternalServerError, err.Error(), "")
		return
	}
	c.html(http.StatusOK, text.String())
}

// exchange turns a code, or a refresh token, into tokens. Its errors come with status 200.
func (c *call) exchange() {
	form, ok := c.exchangeForm()
	if !ok {
		c.fail(http.StatusBadRequest, "Problems parsing JSON", "")
		return
	}
	client := c.sim.apps.clients[form["client_id"]]
	if client == nil || subtle.ConstantTimeCompare([]byte(client.ClientSecret), []byte(form["client_secret"])) == 0 {
		c.exchangeError("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
		return
	}
	if form["grant_type"] == "refresh_token" {
		tokens, ok := client.renew(form["refresh_token"])
		if !ok {
			c.exchangeError("bad_refresh_token", "The refresh token passed is incorrect or expired.")
			return
		}
		c.tokens(client, tokens, nil)
		return
	}
	grant := c.sim.apps.codes[form["code"]]
	switch {
	case grant == nil || grant.client != client || !c.now.Before(grant.expires) || grant.user.deleted:
		c.exchangeError("bad_verification_code", "The code passed is incorrect or expired.")
		return
	case form["redirect_uri"] != "" && form["redirect_uri"] != grant.redirectURI:
		c.exchangeError("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application.")
		return
	}
	delete(c.sim.apps.codes, form["code"]) // whatever comes of it
	if !grant.verifies(form["code_verifier"]) {
		c.exchangeError("bad_verification_code", "The code passed is incorrect or expired.")
		return
	}
	c.tokens(client, client.issue(grant.user, grant.scopes), grant.scopes)
}

// verifies compares a verifier with the challenge; one without the other is refused too.
func (g *codeGrant) verifies(verifier string) bool {
	if g.challenge == "" {
		return true
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
}

// exchangeForm reads the parameters, which come as a form or as JSON.
func (c *call) exchangeForm() (map[string]string, bool) {
	form := map[string]string{}
	body := http.MaxBytesReader(nil, c.r.Body, 1<<20)
	if mediaType, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); mediaType == "application/json" {
		return form, json.NewDecoder(body).Decode(&form) == nil
	}
	c.r.Body = body
	if c.r.ParseForm() != nil {
		return nil, false
	}
	for name := range c.r.Form {
		form[name] = c.r.Form.Get(name)
	}
	return form, true
}

func (c *call) exchangeError(problem, description string) {
	c.exchanged([]formField{
		{"error", problem}, {"error_description", description},
		{"error_uri", "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/"},
	})
}

func (c *call) tokens(client *oauthClient, tokens UserTokens, scopes []string) {
	answer := []formField{{"access_token", tokens.Access}}
	if client.app != nil {
		scopes = nil // an App's permissions are its own, whatever was asked for
		answer = append(answer, formField{"expires_in", strconv.Itoa(int(userTokenLife.Seconds()))},
			formField{"refresh_token", tokens.Refresh}, formField{"refresh_token_expires_in", strconv.Itoa(int(refreshLife.Seconds()))})
	}
	c.exchanged(append(answer, formField{"scope", strings.Join(scopes, ",")}, formField{"token_type", "bearer"}))
}

// exchanged answers as a form unless the client accepts JSON.
func (c *call) exchanged(fields []formField) {
	if !strings.Contains(c.r.Header.Get("Accept"), "json") {
		form := url.Values{}
		for _, f := range fields {
			form.Set(f.Name, f.Value)
		}
		c.header["Content-Type"] = []string{"application/x-www-form-urlencoded; charset=utf-8"}
		c.w.b = append(c.w.b[:0], form.Encode()...)
		return
	}
	c.w.open('{')
	for _, f := range fields {
		if seconds, err := strconv.ParseInt(f.Value, 10, 64); err == nil && strings.HasSuffix(f.Name, "expires_in") {
			c.w.int(f.Name, seconds)
			continue
		}
		c.w.str(f.Name, f.Value)
	}
	c.w.close('}')
}
