package activities

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// CheckWebhooksInput names the organization.
type CheckWebhooksInput struct {
	OrganizationID int64
	Ping           bool // each hook, so that somebody sees whether deliveries arrive
	All            bool // also those that were checked a moment ago
}

// CheckWebhooksResult says whether there is more to do.
type CheckWebhooksResult struct{ More bool }

// hooksPerCheck bounds one look at the hooks of an organization: each costs three
// requests, and an organization may have one for each of its repositories.
const hooksPerCheck = 50

// CheckWebhooks makes the hooks of an organization at GitHub what the rows say, and looks
// whether those that are there are as they should be and deliver. What GitHub refuses is
// on the row, and tried again with the next check. It returns what may pass, which
// Temporal tries again.
func (a *Activities) CheckWebhooks(ctx context.Context, in CheckWebhooksInput) (CheckWebhooksResult, error) {
	hooks, err := a.Store.OrganizationWebhooks(ctx, in.OrganizationID)
	if err != nil || len(hooks) == 0 {
		return CheckWebhooksResult{}, err
	}
	if hooks, err = a.missingWebhooks(ctx, in, hooks); err != nil {
		return CheckWebhooksResult{}, err
	}
	before := models.HealthOf(hooks)
	k, err := a.hookKeeper(ctx, in.OrganizationID, hooks[0].IntegrationID)
	if errors.Is(err, store.ErrNotFound) || err == nil && k == nil {
		return CheckWebhooksResult{}, nil
	}
	if err != nil {
		return CheckWebhooksResult{}, errors.Join(err, a.refuseWebhooks(ctx, hooks, err))
	}
	due := slices.DeleteFunc(hooks, func(hook models.Webhook) bool { return !a.isDue(in, hook) })
	more := len(due) > hooksPerCheck
	for _, hook := range due[:min(len(due), hooksPerCheck)] {
		if err := k.keep(ctx, hook, in.Ping); err != nil {
			return CheckWebhooksResult{}, err
		}
	}
	hooks, err = a.Store.OrganizationWebhooks(ctx, in.OrganizationID)
	if err == nil && models.HealthOf(hooks) != before {
		err = a.wake(ctx, in.OrganizationID)
	}
	return CheckWebhooksResult{More: more}, err
}

// missingWebhooks adds the hooks of repositories that were imported since.
func (a *Activities) missingWebhooks(ctx context.Context, in CheckWebhooksInput, hooks []models.Webhook) ([]models.Webhook, error) {
	if !slices.ContainsFunc(hooks, func(hook models.Webhook) bool { return hook.Source == models.RepositoryHook }) {
		return hooks, nil
	}
	err := a.Store.AddRepositoryWebhooks(ctx, hooks[0].IntegrationID, in.OrganizationID)
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrDeleting) {
		return nil, err
	}
	return a.Store.OrganizationWebhooks(ctx, in.OrganizationID)
}

func (a *Activities) isDue(in CheckWebhooksInput, hook models.Webhook) bool {
	return in.Ping || in.All || hook.Pending() || hook.CheckedAt == nil || a.Now().Sub(*hook.CheckedAt) >= store.WebhookCheckInterval
}

// refuseWebhooks says on hooks why nothing can be asked about them.
func (a *Activities) refuseWebhooks(ctx context.Context, hooks []models.Webhook, cause error) error {
	d := decide(cause)
	for _, hook := range hooks {
		if err := a.Store.WebhookRefused(ctx, hook, d.Code, a.detailOf(d)); err != nil {
			return err
		}
	}
	return nil
}

// hookKeeper looks after the hooks of an organization.
type hookKeeper struct {
	a            *Activities
	gh           *github.Client
	organization models.Organization
	installation int64 // of our App; 0 without
}

// hookKeeper is nil for an integration that is being deleted: see removeWebhooks.
func (a *Activities) hookKeeper(ctx context.Context, organizationID int64, integrationID string) (*hookKeeper, error) {
	integration, err := a.Store.Integration(ctx, integrationID)
	if err != nil || integration.Lifecycle == models.IntegrationDeleting {
		return nil, err
	}
	k := &hookKeeper{a: a}
	if k.organization, err = a.Store.Organization(ctx, organizationID); err != nil {
		return nil, err
	}
	gh, connection, err := a.client(ctx, integration.ConnectionID, store.PriorityNudges)
	if k.gh = gh; connection.InstallationID != nil {
		k.installation = *connection.InstallationID
	}
	return k, err
}

// keep does what is to be done with one hook.
func (k *hookKeeper) keep(ctx context.Context, hook models.Webhook, ping bool) error {
	err := k.settle(ctx, hook, ping)
	d := decide(err)
	if err == nil || ctx.Err() != nil || d.Refused == nil && d.Do != waitUntil && d.Do != mendByOperator {
		return err
	}
	if refusedErr := k.a.Store.WebhookRefused(ctx, hook, codeOfHook(d, hook), k.a.detailOf(d)); refusedErr != nil {
		return refusedErr
	}
	if d.passes() {
		return err
	}
	return nil
}

// codeOfHook knows that only owners are shown the hooks of an organization.
func codeOfHook(d decision, hook models.Webhook) models.Code {
	if d.Code == models.PermissionMissing && hook.Source == models.OrganizationHook {
		return models.NotOrgOwner
	}
	return d.Code
}

func (k *hookKeeper) settle(ctx context.Context, hook models.Webhook, ping bool) error {
	if hook.Source == models.AppHook {
		return k.checkApp(ctx, hook)
	}
	has, found, err := k.find(ctx, hook)
	if err != nil {
		return err
	}
	switch hook.State {
	case models.WebhookRemoving:
		if found {
			err = k.remove(ctx, hook, has)
		}
		if err != nil {
			return err
		}
		return k.a.Store.WebhookRemoved(ctx, hook)
	case models.WebhookCreating:
		return k.make(ctx, hook, has, found)
	}
	return k.check(ctx, hook, has, found, ping)
}

func (k *hookKeeper) owner(hook models.Webhook) github.HookOwner {
	return github.HookOwner{Organization: k.organization.Login, RepositoryID: hook.RepositoryID}
}

const noPublicURL = "This worker has no TRIBUTARY_PUBLIC_URL."

func (k *hookKeeper) address(hook models.Webhook) string { return hook.Address(k.a.PublicURL) }

// hookPages are more than an organization can have: 20 hooks for each event.
const hookPages = 10

// find looks for a hook by its address, which no other has, and by its id where somebody
// gave it another address. So one that was made before a crash is found.
func (k *hookKeeper) find(ctx context.Context, hook models.Webhook) (has github.Hook, found bool, err error) {
	var all []github.Hook
	err = github.EachPage(ctx, hookPages, func(ctx context.Context, cursor string) (github.Page[github.Hook], error) {
		return k.gh.Hooks(ctx, k.owner(hook), cursor)
	}, func(page github.Page[github.Hook]) error {
		all = append(all, page.Items...)
		return nil
	})
	for _, h := range all {
		if strings.HasSuffix(h.URL, "/"+hook.ID) {
			return h, true, err
		}
	}
	for _, h := range all {
		if h.ID == hook.HookID {
			return h, true, err
		}
	}
	return github.Hook{}, false, err
}

// make creates a hook, or makes one that is there as it should be.
func (k *hookKeeper) make(ctx context.Context, hook models.Webhook, has github.Hook, found bool) error {
	if k.a.PublicURL == "" {
		return k.a.Store.WebhookRefused(ctx, hook, models.ReceiverNotPublic, noPublicURL)
	}
	secret, err := k.a.Store.WebhookSecret(hook)
	if err != nil {
		return fmt.Errorf("secret of webhook %s: %w", hook.ID, err)
	}
	settings := github.HookSettings{URL: k.address(hook), Secret: string(secret), Events: hook.Source.Events()}
	if !found {
		has, err = k.gh.CreateHook(ctx, k.owner(hook), settings)
		if isKind(err, github.Validation) { // perhaps because it exists: an answer may get lost
			refused := err
			if has, found, err = k.find(ctx, hook); err == nil && !found {
				err = refused
			}
		}
	}
	if err == nil && found {
		err = k.gh.EditHook(ctx, k.owner(hook), has.ID, settings)
	}
	if err != nil {
		return err
	}
	return k.a.Store.WebhookMade(ctx, hook, has.ID)
}

// remove deletes a hook; somebody may have been faster.
func (k *hookKeeper) remove(ctx context.Context, hook models.Webhook, has github.Hook) error {
	err := k.gh.DeleteHook(ctx, k.owner(hook), has.ID)
	if isKind(err, github.NotFound) || isKind(err, github.Gone) {
		return nil
	}
	return err
}

// check compares a hook with what it should be and looks at its deliveries.
func (k *hookKeeper) check(ctx context.Context, hook models.Webhook, has github.Hook, found, ping bool) error {
	if !found {
		return k.a.Store.WebhookChecked(ctx, hook, store.WebhookCheck{At: k.a.Now(), State: models.WebhookMissing, Code: models.HookMissing})
	}
	if ping {
		if err := k.gh.PingHook(ctx, k.owner(hook), has.ID); err != nil {
			return err
		}
	}
	check, err := k.checkDeliveries(ctx, hook, k.gh.HookLog(k.owner(hook), has.ID))
	if err != nil {
		return err
	}
	switch altered := k.altered(hook, has); {
	case !has.Active:
		check.State, check.Code, check.Error = models.WebhookMuted, models.HookMuted, ""
	case altered != "":
		check.State, check.Code, check.Error = models.WebhookAltered, models.HookAltered, "At GitHub it has "+altered+"."
	}
	return k.a.Store.WebhookChecked(ctx, hook, check)
}

// checkApp looks at the webhook of our App, which all its installations share, and at what
// it delivered for the one of this organization. GitHub lets nobody ping it.
func (k *hookKeeper) checkApp(ctx context.Context, hook models.Webhook) error {
	if k.installation == 0 { // the integration is connected in another way by now
		return k.a.Store.WebhookRemoved(ctx, hook)
	}
	app, err := k.a.app(ctx)
	if err != nil {
		return err
	}
	if k.a.PublicURL == "" {
		return k.a.Store.WebhookRefused(ctx, hook, models.ReceiverNotPublic, noPublicURL)
	}
	has, err := app.Hook(ctx)
	if isKind(err, github.NotFound) || err == nil && has.URL == "" {
		return k.a.Store.WebhookChecked(ctx, hook, store.WebhookCheck{At: k.a.Now(), State: models.WebhookMissing, Code: models.HookMissing})
	}
	if err != nil {
		return err
	}
	check, err := k.checkDeliveries(ctx, hook, app.HookLog())
	if err != nil {
		return err
	}
	if altered := k.alteredConfig(hook, has); altered != "" {
		check.State, check.Code, check.Error = models.WebhookAltered, models.HookAltered, "At GitHub it has "+altered+"."
	}
	return k.a.Store.WebhookChecked(ctx, hook, check)
}

// altered says what of a hook is not as it was made.
func (k *hookKeeper) altered(hook models.Webhook, has github.Hook) string {
	if altered := k.alteredConfig(hook, has); altered != "" {
		return altered
	}
	events := slices.Sorted(slices.Values(has.Events))
	switch {
	case !slices.Equal(events, hook.Source.Events()):
		return "other events"
	case has.ID != hook.HookID:
		return "another id, so somebody made it anew"
	}
	return ""
}

func (k *hookKeeper) alteredConfig(hook models.Webhook, has github.Hook) string {
	switch {
	case has.URL != k.address(hook):
		return "another address"
	case has.ContentType != "json":
		return "another content type"
	case has.Insecure:
		return "no verification of certificates"
	case !has.Signed:
		return "no secret"
	}
	return ""
}

// checkWebhooks looks at the hooks of all organizations and says whether they work.
func (d *diagnosis) checkWebhooks(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(d.health)) {
		if !d.mute() {
			_, err := d.a.CheckWebhooks(ctx, CheckWebhooksInput{OrganizationID: id, All: true})
			if cause := decide(err); err != nil && (ctx.Err() != nil || cause.Refused == nil && cause.Do != waitUntil && cause.Do != mendByOperator) {
				return err
			}
		}
		hooks, err := d.a.Store.OrganizationWebhooks(ctx, id)
		if err != nil {
			return err
		}
		if len(hooks) > 0 {
			d.found(webhooksRow(id, hooks))
		}
	}
	return nil
}

// webhooksRow is about the first hook that is not as it should be.
func webhooksRow(organizationID int64, hooks []models.Webhook) models.Diagnostic {
	row := models.Diagnostic{OrganizationID: organizationID, Name: "webhooks", Severity: models.SeverityOK, Detail: "GitHub delivers what happens."}
	if models.HealthOf(hooks) == models.WebhooksUnknown {
		row.Severity, row.Detail = models.SeverityInfo, "They are switched on, and nothing has arrived yet."
	}
	for _, hook := range hooks {
		if code := hook.Trouble(); code != "" {
			row.Severity, row.Code, row.Detail = models.SeverityWarning, code, hook.Error
			break
		}
	}
	return row
}

// removeWebhooks deletes the hooks of an integration that is being deleted, as far as
// GitHub lets us, and notes on the deletion what is left there. It holds nothing up: after
// the first answer that does not come, nothing more is asked.
func (a *Activities) removeWebhooks(ctx context.Context, integrationID string) error {
	hooks, err := a.Store.RemovableWebhooks(ctx, integrationID)
	if err != nil || len(hooks) == 0 {
		return err
	}
	if err := a.removeEach(ctx, integrationID, hooks); err != nil {
		return err
	}
	return a.Store.NoteWebhooksLeft(ctx, integrationID)
}

func (a *Activities) removeEach(ctx context.Context, integrationID string, hooks []models.Webhook) error {
	integration, err := a.Store.Integration(ctx, integrationID)
	if err != nil {
		return unlessGone(err)
	}
	gh, _, err := a.client(ctx, integration.ConnectionID, store.PriorityNudges)
	if err != nil {
		return a.refuseWebhooks(ctx, hooks, err)
	}
	for i, hook := range hooks {
		organization, err := a.Store.Organization(ctx, hook.OrganizationID)
		if err != nil {
			return err
		}
		k := &hookKeeper{a: a, gh: gh, organization: organization}
		err = k.keep(ctx, hook, false)
		if d := decide(err); err != nil && ctx.Err() == nil && (d.Refused != nil || d.Do == waitUntil) {
			return a.refuseWebhooks(ctx, hooks[i:], err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
