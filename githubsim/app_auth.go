package githubsim

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// isAppRoute says whether a route is for Apps themselves: it takes a JSON web token and nothing else.
func isAppRoute(path string) bool {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	return parts[0] == "app" || (len(parts) == 3 && parts[0] == "orgs" && parts[2] == "installation")
}

// longestJWT is how far ahead of GitHub's clock a JSON web token may end.
const longestJWT = 10 * time.Minute

// authenticateApp checks a JSON web token as GitHub does.
// https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
func (c *call) authenticateApp(text string) bool {
	c.sim.mu.RLock()
	defer c.sim.mu.RUnlock()
	app, problem := c.sim.verifyJWT(text, c.now)
	if problem != "" {
		c.points = 0
		c.fail(http.StatusUnauthorized, problem, "")
		return false
	}
	c.app, c.owner = app, fmt.Sprintf("app:%d", app.ID)
	return true
}

const undecodableJWT = "A JSON web token could not be decoded"

func (s *Sim) verifyJWT(text string, now time.Time) (app *App, problem string) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, undecodableJWT
	}
	var header struct {
		Alg string `json:"alg"`
	}
	var claims struct {
		IAT any `json:"iat"`
		EXP any `json:"exp"`
		ISS any `json:"iss"`
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !decodeSegment(parts[0], &header) || !decodeSegment(parts[1], &claims) || header.Alg != "RS256" {
		return nil, undecodableJWT
	}
	if claims.ISS == nil {
		return nil, "Missing 'issuer' claim ('iss') in assertion"
	}
	if app = s.appOf(claims.ISS); app == nil {
		return nil, "Integration not found"
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(&app.key.PublicKey, crypto.SHA256, digest[:], signature) != nil {
		return nil, undecodableJWT
	}
	return app, badTimes(claims.IAT, claims.EXP, now)
}

func decodeSegment(segment string, into any) bool {
	text, err := base64.RawURLEncoding.DecodeString(segment)
	return err == nil && json.Unmarshal(text, into) == nil
}

// appOf finds the App by its id, as number or text, or by its client id.
func (s *Sim) appOf(issuer any) *App {
	text := fmt.Sprint(issuer)
	if number, ok := issuer.(float64); ok {
		text = strconv.FormatInt(int64(number), 10)
	}
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return s.apps.byID[id]
	}
	if client := s.apps.clients[text]; client != nil {
		return client.app
	}
	return nil
}

// badTimes compares with GitHub's clock, not with the client's: that is why clients date their tokens back.
func badTimes(iat, exp any, now time.Time) string {
	issued, whole := iat.(float64)
	if !whole || time.Unix(int64(issued), 0).After(now) {
		return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	}
	ends, whole := exp.(float64)
	switch {
	case !whole || !time.Unix(int64(ends), 0).After(now):
		return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
	case time.Unix(int64(ends), 0).After(now.Add(longestJWT)):
		return "'Expiration time' claim ('exp') is too far in the future"
	}
	return ""
}

// anonymous says whether nobody is known to call.
func (c *call) anonymous() bool { return c.token == nil && c.app == nil && c.client == nil }

// throughApp says whether the token lets an App act, for its installation or for a person.
func (t *Token) throughApp() bool { return t.Kind == InstallationToken || t.Kind == AppUserToken }

// installationFor is the installation that carries the token into an organization; nil where none does.
func (t *Token) installationFor(o *Organization) *Installation {
	switch {
	case t.isInstallationOn(o):
		return t.installation
	case t.Kind == AppUserToken:
		if i := t.app.on(o); i != nil && !i.suspended() {
			return i
		}
	}
	return nil
}

func (t *Token) isInstallationOn(o *Organization) bool {
	return t.installation != nil && t.installation.organization == o
}

// seesThroughApp: a private repository is seen by those whom both the installation and, for a person's token,
// the person's membership let in.
func (c *call) seesThroughApp(r *Repository) bool {
	i := c.token.installationFor(r.owner)
	if i == nil || !i.covers(r) {
		return false
	}
	if c.token.Kind == AppUserToken {
		return r.mayRead(c.user) && !c.lacksSSO(r.owner)
	}
	return c.token.Repositories == nil || slices.Contains(c.token.Repositories, r)
}

// grants says whether the token may read a resource of an organization: what the installation was granted,
// and of that what the token was made for.
func (t *Token) grants(o *Organization, resource string) bool {
	if resource == "metadata" || resource == "" {
		return true
	}
	i := t.installationFor(o)
	if i == nil || !permits(i.permissions[resource], "read") {
		return false
	}
	return t.Kind == AppUserToken || permits(t.Permissions[resource], "read")
}

// inaccessible is GitHub's message for a missing permission.
func (t *Token) inaccessible() string {
	if t.throughApp() {
		return "Resource not accessible by integration"
	}
	return "Resource not accessible by personal access token"
}

// lives says whether the token still works. Suspension does not end it.
func (t *Token) lives(now time.Time) bool {
	return !t.Revoked && !t.user.deleted && (t.ExpiresAt.IsZero() || now.Before(t.ExpiresAt))
}

// rateOwner is whose budget the token spends.
func (t *Token) rateOwner() string {
	if t.installation != nil {
		return fmt.Sprintf("installation:%d", t.installation.ID)
	}
	return "user:" + t.user.login
}

// lacksPermission words a missing permission as GraphQL does. What is public needs none.
func (x *execution) lacksPermission(o object, field string) *graphQLError {
	r, resource := guarded(o, field)
	if r == nil || x.permitted(r, resource) {
		return nil
	}
	return &graphQLError{Type: "FORBIDDEN", Message: x.token.inaccessible()}
}

// guarded is the permission that reading a field takes, and the repository that it is about.
func guarded(o object, field string) (*Repository, string) {
	switch o := o.(type) {
	case *PullRequest:
		return o.repo, "pull_requests"
	case *Issue:
		return o.repo, "issues"
	case *Commit:
		return o.repo, "contents"
	case *Comment:
		if o.issue.pull != nil {
			return o.issue.repo, "pull_requests"
		}
		return o.issue.repo, "issues"
	case *Review:
		return o.pull.repo, "pull_requests"
	case *ReviewComment:
		return o.pull.repo, "pull_requests"
	case *Repository:
		switch field {
		case "pullRequests", "pullRequest":
			return o, "pull_requests"
		case "issues", "issue":
			return o, "issues"
		case "object", "ref", "refs", "defaultBranchRef", "releases":
			return o, "contents"
		}
	}
	return nil, ""
}
