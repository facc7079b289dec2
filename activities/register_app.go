package activities

import (
	"context"
	"errors"

	"tributary/models"
	"tributary/store"
)

// RegisterAppInput names the set-up whose admin is back from GitHub.
type RegisterAppInput struct{ SetupID string }

// RegisterAppResult says why there is no App; empty when there is.
type RegisterAppResult struct{ Refusal *Refusal }

// RegisterApp takes over the App that an admin has registered on GitHub: from then on every process acts through it.
// GitHub tells its secrets once: a worker that dies between GitHub's answer and our database costs another round.
func (a *Activities) RegisterApp(ctx context.Context, in RegisterAppInput) (RegisterAppResult, error) {
	err := a.registerApp(ctx, in.SetupID)
	if err == nil {
		return RegisterAppResult{}, nil
	}
	var refusal *Refusal
	switch d := decide(err); {
	case errors.Is(err, store.ErrAppExists):
		refusal = &Refusal{Code: models.GitHubAppExists}
	case errors.Is(err, store.ErrNotFound), d.Code == models.OAuthExpired:
		refusal = &Refusal{Code: models.AppSetupExpired}
	case d.refusal(), d.Do == waitUntil: // nobody comes back for it
		refusal = &Refusal{Code: d.Code, Detail: a.detailOf(d), URL: d.RemedyURL}
	default:
		return RegisterAppResult{}, err
	}
	return RegisterAppResult{Refusal: refusal}, a.Store.EndAppSetup(ctx, in.SetupID)
}

func (a *Activities) registerApp(ctx context.Context, setupID string) error {
	code, err := a.Store.ManifestCode(ctx, setupID)
	if errors.Is(err, store.ErrNotFound) {
		// An attempt that stored the App, and whose answer was lost, is done.
		if _, known := a.Store.GitHubApp(ctx); known == nil {
			return nil
		}
	}
	if err != nil {
		return err
	}
	switch _, err := a.app(ctx); {
	case err == nil: // GitHub would register one that nobody uses
		return store.ErrAppExists
	case !errors.Is(err, errNoApp):
		return err
	}
	made, err := a.GitHub.ConvertManifest(ctx, string(code))
	if err != nil {
		return err
	}
	return a.Store.FinishAppSetup(ctx, setupID, store.RegisteredApp{
		RegisteredApp: models.RegisteredApp{ID: made.ID, Slug: made.Slug, Name: made.Name, Owner: made.Owner, HTMLURL: made.HTMLURL, ClientID: made.ClientID},
		PrivateKey:    store.Secret(made.PrivateKey), ClientSecret: store.Secret(made.ClientSecret), WebhookSecret: store.Secret(made.WebhookSecret),
	})
}
