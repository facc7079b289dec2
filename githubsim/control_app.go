package githubsim

import "io"

// registration is an app to register. Client id and secret are made up where they are left out, and so is the
// private key of a GitHub App.
type registration struct {
	Slug          string            `json:"slug"` // of a GitHub App; an OAuth app has none
	Name          string            `json:"name"`
	ClientID      string            `json:"client_id"`
	ClientSecret  string            `json:"client_secret"`
	CallbackURL   string            `json:"callback_url"`
	Permissions   map[string]string `json:"permissions"` // of a GitHub App, as are the next three
	Events        []string          `json:"events"`
	WebhookURL    string            `json:"webhook_url"`
	WebhookSecret string            `json:"webhook_secret"`
	PrivateKey    string            `json:"private_key"` // PEM
}

// registered is what its owner needs to know of an app.
type registered struct {
	ID           int64  `json:"id,omitempty"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	PrivateKey   string `json:"private_key,omitempty"`
}

func (s *Sim) controlApp(body io.Reader) (any, error) {
	var in registration
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.Slug == "" {
		a := s.AddOAuthApp(OAuthAppSpec{Name: in.Name, ClientID: in.ClientID, ClientSecret: in.ClientSecret, CallbackURL: in.CallbackURL})
		return registered{ClientID: a.ClientID, ClientSecret: a.ClientSecret}, nil
	}
	key := []byte(in.PrivateKey)
	if in.PrivateKey == "" {
		key = nil
	}
	if _, err := appKey(key); err != nil {
		return nil, err
	}
	a := s.AddApp(AppSpec{
		Slug: in.Slug, Name: in.Name, ClientID: in.ClientID, ClientSecret: in.ClientSecret, CallbackURLs: []string{in.CallbackURL},
		Permissions: in.Permissions, PrivateKeyPEM: key, Events: in.Events, WebhookURL: in.WebhookURL, WebhookSecret: in.WebhookSecret,
	})
	return registered{ID: a.ID, ClientID: a.ClientID, ClientSecret: a.ClientSecret, PrivateKey: string(a.PrivateKeyPEM())}, nil
}
