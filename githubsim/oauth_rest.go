package githubsim

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// isClientRoute says whether a route is for apps that look after the tokens they were given: it takes the app's
// id and secret as user and password.
func isClientRoute(path string) bool { return strings.HasPrefix(path, "/applications/") }

func (c *call) authenticateClient() bool {
	id, secret, _ := c.r.BasicAuth()
	c.sim.mu.RLock()
	defer c.sim.mu.RUnlock()
	client := c.sim.apps.clients[id]
	if client == nil || subtle.ConstantTimeCompare([]byte(client.ClientSecret), []byte(secret)) == 0 {
		c.points = 0
		c.fail(http.StatusUnauthorized, "Bad credentials", "")
		return false
	}
	c.client, c.owner = client, "client:"+client.ClientID
	return true
}

// grantedToken is the token that the body names, if it is a living one of this app; else the answer is 404.
func (c *call) grantedToken() (text string, token *Token) {
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if !c.readJSON(&body) {
		return "", nil
	}
	if body.AccessToken == "" {
		c.validationFailed("OauthAccess", "access_token")
		return "", nil
	}
	token = c.sim.tokens[body.AccessToken]
	if c.client.ClientID != c.params[0] || token == nil || token.client != c.client || !token.lives(c.now) {
		c.notFound()
		return "", nil
	}
	return body.AccessToken, token
}

func (c *call) checkToken() {
	text, token := c.grantedToken()
	if token == nil {
		return
	}
	w := &c.w
	w.open('{')
	w.int("id", token.createdAt.Unix())
	w.str("url", c.base, "/authorizations/1")
	w.key("app")
	w.open('{')
	w.str("name", c.client.name)
	w.str("url", "https://example.com")
	w.str("client_id", c.client.ClientID)
	w.close('}')
	w.str("token", text)
	w.str("token_last_eight", text[len(text)-8:])
	w.null("note")
	w.null("note_url")
	w.time("created_at", token.createdAt)
	w.time("updated_at", token.createdAt)
	c.texts("scopes", token.Scopes)
	w.null("fingerprint")
	w.time("expires_at", token.ExpiresAt)
	c.account("user", token.user)
	w.close('}')
}

func (c *call) deleteToken() {
	if text, token := c.grantedToken(); token != nil {
		c.client.revoke(text)
		c.noContent()
	}
}

func (c *call) deleteGrant() {
	if _, token := c.grantedToken(); token != nil {
		c.client.withdraw(token.user)
		c.noContent()
	}
}
