package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/activities"
	"tributary/api"
	"tributary/api/problem"
	"tributary/cmd/tributary/apps"
	"tributary/config"
	"tributary/github"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// checkInstallation looks at what every integration stands on. Its error is a
// setting that the user has to change.
func (d *doctor) checkInstallation(ctx context.Context) error {
	if err := d.checkDatabase(ctx); err != nil {
		return err
	}
	d.checkPublicURL()
	d.checkEncryption()
	if d.offline {
		return nil
	}
	d.checkTemporal(ctx)
	return d.checkGitHub(ctx)
}

// checkDatabase keeps the database open when it can be used.
func (d *doctor) checkDatabase(ctx context.Context) error {
	keys, keysErr := store.ParseKeyring(d.settings.SecretKeys)
	db, err := connect(ctx, store.Config{URL: d.settings.DatabaseURL, Keys: keys, Now: time.Now})
	var setting *config.Error
	if errors.As(err, &setting) {
		return err
	}
	if err != nil {
		d.found(wrong("database", models.DatabaseDown, err))
		return nil
	}
	d.found(well("database", "It answers."))
	if err := db.CheckSchema(ctx); err != nil {
		d.found(wrong("schema", problem.SchemaWrong, err))
		return db.Close()
	}
	d.found(well("schema", "It is this version's."))
	d.db = db
	if keysErr != nil {
		d.found(wrong("secrets", models.SecretKeyUnknown, fmt.Errorf("%sSECRET_KEYS: %w", config.Prefix, keysErr)))
		return nil
	}
	secrets, err := db.CheckSecrets(ctx)
	if err != nil {
		d.found(wrong("secrets", models.DatabaseDown, err))
		return nil
	}
	if err := secrets.Err(); err != nil {
		d.found(wrong("secrets", activities.CodeOf(err), err))
		return nil
	}
	d.found(well("secrets", fmt.Sprintf("The keys that are set open every one; there are %d.", secrets.Opened)))
	return nil
}

// checkPublicURL: without an address that GitHub reaches everything works but
// webhooks.
func (d *doctor) checkPublicURL() {
	row := well("public_url", d.settings.PublicURL+" looks like an address that GitHub can reach.")
	if !api.IsPublic(d.settings.PublicURL) {
		row.Severity, row.Code, row.Detail = models.SeverityInfo, models.ReceiverNotPublic, ""
	}
	d.found(row)
}

// checkEncryption: reading works without it, also for others on the way.
func (d *doctor) checkEncryption() {
	variable := d.settings.InTheClear()
	if variable == "" {
		d.found(well("encryption", "Tokens travel over TLS, or do not leave this machine."))
		return
	}
	row := wrong("encryption", models.GitHubInTheClear, fmt.Errorf("%s begins with http:// and is another machine", variable))
	row.Severity = models.SeverityWarning
	d.found(row)
}

// checkTemporal keeps the client when there is somebody to ask.
func (d *doctor) checkTemporal(ctx context.Context) {
	temporal, _, err := dial(d.settings, quiet(), nil)
	if err != nil {
		d.found(wrong("temporal", problem.TemporalDown, err))
		return
	}
	d.found(well("temporal", "It answers."))
	queue, err := api.UnpolledQueue(ctx, temporal, time.Now())
	switch {
	case err != nil:
		d.found(wrong("workers", problem.TemporalDown, err))
	case queue != "":
		d.found(wrong("workers", models.WorkerDown, fmt.Errorf("no worker polls the task queue %s", queue)))
	default:
		d.found(well("workers", "Every task queue is polled."))
		d.temporal = temporal
		d.checkSyncs(ctx)
		return
	}
	temporal.Close()
}

// checkSyncs looks for syncs that wait and that nobody is about to start.
func (d *doctor) checkSyncs(ctx context.Context) {
	if d.db == nil {
		return
	}
	due, err := d.db.DueSyncs(ctx, store.StartTime)
	var abandoned []models.Sync
	if err == nil {
		abandoned, err = workflows.Abandoned(ctx, d.temporal, due)
	}
	switch {
	case err != nil:
		d.found(wrong("syncs", problem.TemporalDown, err))
	case len(abandoned) > 0:
		d.found(wrong("syncs", models.SyncNotStarted, fmt.Errorf("%d syncs wait and no workflow has them, among them %s", len(abandoned), abandoned[0].ID)))
	default:
		d.found(well("syncs", "None waits for somebody to start it."))
	}
}

// mostSkew is by how much the clock may differ from GitHub's. What an App signs
// is refused when it is a minute off.
const mostSkew = 30 * time.Second

func (d *doctor) checkGitHub(ctx context.Context) error {
	host, err := github.NewHost(github.Config{APIURL: d.settings.GitHubAPIURL, WebURL: d.settings.GitHubWebURL})
	if err != nil {
		return err
	}
	at, err := host.Clock(ctx)
	if err != nil {
		d.found(wrong("github", activities.CodeOf(err), err))
		return nil
	}
	d.found(well("github", host.Name()+" answers."))
	clock := well("clock", "It agrees with GitHub's.")
	if off := time.Since(at).Abs(); off > mostSkew {
		clock = wrong("clock", models.ClockSkewed, fmt.Errorf("this machine's clock differs from GitHub's by %s", off.Round(time.Second)))
	}
	d.found(clock)
	d.checkApp(ctx)
	return nil
}

func (d *doctor) checkApp(ctx context.Context) {
	ways, err := apps.New(d.settings, d.db, nil)
	var setting *config.Error
	if errors.As(err, &setting) && setting.Variable != config.Prefix+"GITHUB_APP_PRIVATE_KEY" {
		d.found(wrong("github_app", models.MethodNotConfigured, err))
		return
	}
	if err != nil {
		d.found(wrong("github_app", models.AppCredentialInvalid, err))
		return
	}
	app, err := ways.App(ctx)
	if err == nil && app == nil {
		return
	}
	var known github.App
	if err == nil {
		known, err = app.AppCredential.App(ctx)
	}
	if err != nil {
		d.found(wrong("github_app", activities.CodeOf(err), err))
		return
	}
	d.found(well("github_app", fmt.Sprintf("GitHub accepts the key of the App %s.", known.Slug)))
}
