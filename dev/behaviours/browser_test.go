package behaviours_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
)

// browser is a person's: it keeps cookies and shows where it is sent.
type browser struct{ http.Client }

func newBrowser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// page is what a browser shows.
type page struct {
	status   int
	location string // where it is sent on to
	text     string
}

func (b *browser) visit(t testing.TB, address string) page {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.show(t, request)
}

func (b *browser) show(t testing.TB, request *http.Request) page {
	t.Helper()
	answer, err := b.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{answer.StatusCode, answer.Header.Get("Location"), string(text)}
}

// leave asks the product where to go at GitHub. Purpose is oauth or app_orgs.
func (b *browser) leave(t testing.TB, choice body) (start api.OAuthStart) {
	t.Helper()
	text, err := json.Marshal(choice)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, product.url+"/api/v1/connections/github/oauth/start", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	shown := b.show(t, request)
	if err := json.Unmarshal([]byte(shown.text), &start); err != nil || start.AuthorizeURL == "" {
		t.Fatalf("the way to GitHub: %d %s", shown.status, shown.text)
	}
	return start
}

// answer presses a button on GitHub's page, as somebody, and returns where GitHub sends the browser back to.
func (b *browser) answer(t testing.TB, authorizeURL string, as *githubsim.User, decision string) string {
	t.Helper()
	asked, err := url.Parse(authorizeURL)
	if err != nil {
		t.Fatal(err)
	}
	form := asked.Query()
	form.Set("account", as.Login())
	form.Set("decision", decision)
	asked.RawQuery = ""
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, asked.String(), bytes.NewReader([]byte(form.Encode())))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	shown := b.show(t, request)
	if shown.location == "" {
		t.Fatalf("GitHub does not send the browser back: %d %.500s", shown.status, shown.text)
	}
	return shown.location
}

// authorize goes through GitHub's page and back, and returns the connection.
func authorize(t testing.TB, purpose string, as *githubsim.User) api.Connection {
	t.Helper()
	b := newBrowser(t)
	start := b.leave(t, body{"purpose": purpose})
	if shown := b.visit(t, b.answer(t, start.AuthorizeURL, as, "allow")); shown.status != http.StatusOK {
		t.Fatalf("back from GitHub: %d %.500s", shown.status, shown.text)
	}
	c := get[api.Connection](t, "/connections/"+start.ConnectionID)
	if c.State != models.ConnectionAuthorized {
		t.Fatalf("the connection is %s: %+v", c.State, c.Cause)
	}
	return c
}
