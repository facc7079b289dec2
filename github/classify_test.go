package github_test

import (
	"net/http"
	"strings"
	"testing"

	"tributary/github"
)

func TestClient_namesEveryRefusalOfREST(t *testing.T) {
	t.Parallel()
	message := func(status int, text string) answer {
		return answer{status: status, body: `{"message":"` + text + `","documentation_url":"https://docs.github.com/rest"}`}
	}
	with := func(a answer, headers ...string) answer {
		a.headers = map[string]string{}
		for i := 0; i < len(headers); i += 2 {
			a.headers[headers[i]] = headers[i+1]
		}
		return a
	}
	const correct = "Although you appear to have the correct authorization credentials, the `acme` organization has "
	sso := "https://github.com/orgs/acme/sso?authorization_request=AAA"
	tests := map[string]struct {
		answer    answer
		kind      github.Kind
		temporary bool
		needs     string
		remedy    string
	}{
		"revoked token":                 {answer: message(401, "Bad credentials"), kind: github.TokenInvalid},
		"revoked token with fake rate":  {answer: with(message(401, "Bad credentials"), "X-RateLimit-Limit", "5000", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "4000000000"), kind: github.TokenInvalid},
		"no token seen":                 {answer: with(message(403, "API rate limit exceeded for 203.0.113.7."), "X-RateLimit-Limit", "0", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "4000000000"), kind: github.TokenInvalid},
		"hidden or absent":              {answer: message(404, "Not Found"), kind: github.NotFound},
		"scope that would do":           {answer: with(message(404, "Not Found"), "X-OAuth-Scopes", "gist", "X-Accepted-OAuth-Scopes", "repo"), kind: github.ScopeMissing, needs: "repo"},
		"scope that does":               {answer: with(message(404, "Not Found"), "X-OAuth-Scopes", "repo", "X-Accepted-OAuth-Scopes", "repo, public_repo"), kind: github.NotFound},
		"token without any scope":       {answer: with(message(404, "Not Found"), "X-OAuth-Scopes", "", "X-Accepted-OAuth-Scopes", "admin:org_hook"), kind: github.ScopeMissing, needs: "admin:org_hook"},
		"scope for organizations":       {answer: message(403, "You need at least read:org scope or user scope to list your organizations."), kind: github.ScopeMissing},
		"permission of an App":          {answer: with(message(403, "Resource not accessible by integration"), "X-Accepted-GitHub-Permissions", "contents=read"), kind: github.PermissionMissing, needs: "contents=read"},
		"permission of a token":         {answer: message(403, "Resource not accessible by personal access token"), kind: github.PermissionMissing},
		"permission at the last minute": {answer: with(message(403, "Resource not accessible by integration"), "X-RateLimit-Limit", "5000", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "4000000000"), kind: github.PermissionMissing},
		"SSO":                           {answer: with(message(403, "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization."), "X-GitHub-SSO", "required; url="+sso), kind: github.SSORequired, remedy: sso},
		"SSO as absence":                {answer: with(message(404, "Not Found"), "X-GitHub-SSO", "required; url="+sso), kind: github.SSORequired, remedy: sso},
		"OAuth restrictions":            {answer: message(403, correct+"enabled OAuth App access restrictions, meaning that data access to third-parties is limited."), kind: github.OAuthRestricted},
		"IP allow list":                 {answer: message(403, correct+"an IP allow list enabled, and your IP address is not permitted to access this resource."), kind: github.IPAllowList},
		"classic token":                 {answer: message(403, "`acme` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions."), kind: github.ClassicTokenForbidden},
		"fine-grained token":            {answer: message(403, "`acme` forbids access via a fine-grained personal access tokens. Please use a GitHub App, OAuth App, or a personal access token (classic)."), kind: github.TokenForbidden},
		"a lifetime":                    {answer: message(403, "`acme` forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 90 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/personal-access-tokens/42"), kind: github.TokenLifetime, remedy: "https://github.com/settings/personal-access-tokens/42"},
		"a lifetime of a classic token": {answer: message(403, "`acme` forbids access via a personal access token (classic) if the token's lifetime is greater than 366 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/tokens/7."), kind: github.TokenLifetime, remedy: "https://github.com/settings/tokens/7"},
		"suspended installation":        {answer: message(403, "This installation has been suspended"), kind: github.Suspended},
		"unexplained":                   {answer: message(403, "Forbidden"), kind: github.Refused},
		"no user agent":                 {answer: answer{status: 403, headers: map[string]string{"Content-Type": "text/plain"}, body: "Request forbidden by administrative rules."}, kind: github.Refused},
		"DMCA":                          {answer: answer{status: 451, body: `{"message":"Repository access blocked","block":{"reason":"dmca"}}`}, kind: github.Blocked},
		"takedown":                      {answer: message(403, "Repository access blocked"), kind: github.Blocked},
		"empty repository":              {answer: message(409, "Git Repository is empty."), kind: github.EmptyRepository},
		"busy repository":               {answer: message(409, "Conflict"), kind: github.ServerError, temporary: true},
		"deleted":                       {answer: message(410, "This issue was deleted"), kind: github.Gone},
		"no common ancestor":            {answer: message(404, "No common ancestor between a and b."), kind: github.NoCommonAncestor},
		"unknown commit":                {answer: message(422, "No commit found for SHA: abc"), kind: github.UnknownCommit},
		"pages of issues":               {answer: message(422, "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)"), kind: github.PaginationLimit},
		"pages of comments":             {answer: message(422, "In order to keep the API fast for everyone, pagination is limited for this resource."), kind: github.PaginationLimit},
		"validation":                    {answer: answer{status: 422, body: `{"message":"Validation Failed","errors":"as a string"}`}, kind: github.Validation},
		"bad API version":               {answer: message(400, "X-GitHub-Api-Version is invalid"), kind: github.Validation},
		"server error":                  {answer: message(500, "Server Error"), kind: github.ServerError, temporary: true},
		"HTML of a proxy":               {answer: answer{status: 502, headers: map[string]string{"Content-Type": "text/html"}, body: "<html>unicorn</html>"}, kind: github.ServerError, temporary: true},
		"nobody there":                  {answer: message(503, "No server is currently available to service your request."), kind: github.ServerError, temporary: true},
		"gave up computing":             {answer: message(502, "We couldn't respond to your request in time. Sorry about that."), kind: github.Timeout, temporary: true},
		"gateway timeout":               {answer: answer{status: 504}, kind: github.Timeout, temporary: true},
		"computing in the background":   {answer: answer{status: 202}, kind: github.BadResponse, temporary: true},
		"empty success":                 {answer: ok(""), kind: github.BadResponse, temporary: true},
		"blank success":                 {answer: ok("\n"), kind: github.BadResponse, temporary: true},
		"HTML as success":               {answer: answer{status: 200, headers: map[string]string{"Content-Type": "text/html"}, body: "<html></html>"}, kind: github.NotAPI, temporary: true},
		"a page for what is not there":  {answer: answer{status: 404, headers: map[string]string{"Content-Type": "text/html"}, body: "<html>Whoops</html>"}, kind: github.NotAPI, temporary: true},
		"a gateway that wants a login":  {answer: answer{status: 401, headers: map[string]string{"Content-Type": "text/html", "WWW-Authenticate": "Basic"}, body: "<html></html>"}, kind: github.NotAPI, temporary: true},
		"a gateway that forbids":        {answer: answer{status: 403, headers: map[string]string{"Content-Type": "text/html"}, body: "<html>Forbidden</html>"}, kind: github.NotAPI, temporary: true},
		"plain HTTP to a port with TLS": {answer: answer{status: 400, headers: map[string]string{"Content-Type": "text/plain"}, body: "Client sent an HTTP request to an HTTPS server.\n"}, kind: github.NotAPI, temporary: true},
		"XML":                           {answer: answer{status: 200, headers: map[string]string{"Content-Type": "application/xml"}, body: "<a/>"}, kind: github.NotAPI, temporary: true},
		"a proxy that wants a login":    {answer: answer{status: 407, headers: map[string]string{"Content-Type": "text/html"}, body: "<html></html>"}, kind: github.ProxyFailed, temporary: true},
		"truncated JSON":                {answer: ok(`[{"sha":"a"},{"sh`), kind: github.BadResponse, temporary: true},
		"an object for a list":          {answer: ok(`{"message":"hello"}`), kind: github.BadResponse, temporary: true},
		"the token repeated":            {answer: message(400, "Bad header: Bearer "+secret), kind: github.Validation},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, tt.answer).client(t).Commits(t.Context(), 7, "main", "")
			got := refused(t, err)
			if got.Kind != tt.kind || got.Temporary() != tt.temporary || got.Status != tt.answer.status {
				t.Errorf("got %s, temporary %t, status %d (%v); want %s, temporary %t", got.Kind, got.Temporary(), got.Status, err, tt.kind, tt.temporary)
			}
			if got.Needs != tt.needs || got.RemedyURL != tt.remedy {
				t.Errorf("needs %q and remedy %q, want %q and %q", got.Needs, got.RemedyURL, tt.needs, tt.remedy)
			}
			if got.Endpoint != "GET /repositories/7/commits" || got.RequestID != "8D8C:1" {
				t.Errorf("endpoint %q and request %q", got.Endpoint, got.RequestID)
			}
			if strings.Contains(err.Error(), "unicorn") || strings.Contains(err.Error(), "per_page") {
				t.Errorf("the error shows the body or the query: %v", err)
			}
		})
	}
}

func TestClient_namesEveryRefusalOfGraphQL(t *testing.T) {
	t.Parallel()
	failing := func(body string) answer { return ok(`{"data":{"node":null},"errors":[` + body + `]}`) }
	tests := map[string]struct {
		answer answer
		kind   github.Kind
	}{
		"unknown organization":  {failing(`{"type":"NOT_FOUND","path":["node"],"message":"Could not resolve to a node with the global id of 'O_acme'."}`), github.NotFound},
		"SSO":                   {failing(`{"type":"FORBIDDEN","path":["node"],"extensions":{"saml_failure":true},"message":"Resource protected by organization SAML enforcement."}`), github.SSORequired},
		"OAuth restrictions":    {failing(`{"type":"FORBIDDEN","path":["node"],"message":"Although you appear to have the correct authorization credentials, the organization has enabled OAuth App access restrictions"}`), github.OAuthRestricted},
		"permission":            {failing(`{"type":"FORBIDDEN","path":["node"],"message":"Resource not accessible by integration"}`), github.PermissionMissing},
		"scopes":                {failing(`{"type":"INSUFFICIENT_SCOPES","message":"Your token has not been granted the required scopes to execute this query."}`), github.ScopeMissing},
		"nodes":                 {failing(`{"type":"MAX_NODE_LIMIT_EXCEEDED","message":"This query requests up to 2,010,050 possible nodes"}`), github.Validation},
		"unexplained":           {failing(`{"message":"Something else"}`), github.ServerError},
		"revoked token":         {answer{status: 401, headers: map[string]string{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4000000000"}, body: `{"message":"Bad credentials"}`}, github.TokenInvalid},
		"neither data nor else": {ok(`{"data":null}`), github.BadResponse},
		"no organization":       {ok(`{"data":{"node":null}}`), github.NotFound},
		"unavailable":           {answer{status: 503}, github.ServerError},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, tt.answer).client(t).ProbeRepositories(t.Context(), acme, "")
			got := refused(t, err)
			if got.Kind != tt.kind || got.Endpoint != "POST /graphql" {
				t.Errorf("got %s at %s (%v), want %s", got.Kind, got.Endpoint, err, tt.kind)
			}
		})
	}
}

func TestClient_doesNotTakeA401ForALimit(t *testing.T) {
	t.Parallel()
	calls := 0
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			answer{status: 401, headers: map[string]string{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4000000000"}, body: `{"message":"Bad credentials"}`}.ServeHTTP(w, r)
			return
		}
		ok(`[]`).ServeHTTP(w, r)
	}))
	client := s.client(t)
	for range 2 {
		if _, err := client.Memberships(t.Context(), ""); err != nil {
			t.Errorf("after a 401: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
