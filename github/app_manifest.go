package github

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
)

// NewApp is a GitHub App that has just been registered, with the secrets that GitHub tells this once.
type NewApp struct {
	ID            int64
	Slug          string
	Name          string
	HTMLURL       string // of its page; empty where GitHub names none on its own host
	Owner         string // login
	ClientID      string
	ClientSecret  string
	WebhookSecret string // empty where the App has no webhook
	PrivateKey    string // PEM
}

// String keeps the secrets out of logs.
func (a NewApp) String() string { return "[app " + a.Slug + "]" }

// GoString is String for %#v.
func (a NewApp) GoString() string { return a.String() }

// ConvertManifest turns the code that a person brings back from GitHub's page for new Apps into the App. A code works
// once and for an hour; the kind CodeRejected means that it does not.
// https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest
func (h *Host) ConvertManifest(ctx context.Context, code string) (NewApp, error) {
	client := withTransport(h, &transport{host: h, limiter: h.limiter(Credential{}), token: StaticToken(code), anonymous: true})
	var answer struct {
		ID            int64  `json:"id"`
		Slug          string `json:"slug"`
		Name          string `json:"name"`
		HTMLURL       string `json:"html_url"`
		ClientID      string `json:"client_id"`
		ClientSecret  string `json:"client_secret"`
		WebhookSecret string `json:"webhook_secret"`
		PEM           string `json:"pem"`
		Owner         struct {
			Login string `json:"login"`
		} `json:"owner"`
	}
	address := "app-manifests/" + url.PathEscape(code) + "/conversions"
	if err := client.write(ctx, http.MethodPost, address, nil, &answer); err != nil {
		return NewApp{}, withKinds(err, map[Kind]Kind{NotFound: CodeRejected})
	}
	app := NewApp{
		ID: answer.ID, Slug: answer.Slug, Name: answer.Name, HTMLURL: h.safeURL(answer.HTMLURL), Owner: answer.Owner.Login,
		ClientID: answer.ClientID, ClientSecret: answer.ClientSecret, WebhookSecret: answer.WebhookSecret, PrivateKey: answer.PEM,
	}
	if app.ID <= 0 || app.Slug == "" || app.ClientID == "" || app.ClientSecret == "" || app.PrivateKey == "" {
		return NewApp{}, &Error{Kind: BadResponse, Status: http.StatusCreated, Message: "the response holds no App", Endpoint: "POST /" + withoutCode(address)}
	}
	if _, err := parseKey([]byte(app.PrivateKey)); err != nil {
		return NewApp{}, &Error{Kind: BadResponse, Status: http.StatusCreated, Message: "the App's private key cannot be read", Endpoint: "POST /" + withoutCode(address)}
	}
	return app, nil
}

var manifestCode = regexp.MustCompile(`app-manifests/[^/]+`)

// withoutCode is a path as errors may name it. The code of a manifest is worth an App until it is exchanged.
func withoutCode(path string) string {
	return manifestCode.ReplaceAllLiteralString(path, "app-manifests/[code]")
}
