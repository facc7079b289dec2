package synctest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"tributary/activities"
	"tributary/githubsim"
	"tributary/models"
)

// Listen gives the organization a webhook that delivers to a receiver.
func (b *Bench) Listen(t testing.TB, receiver http.Handler) *githubsim.Hook {
	t.Helper()
	check(t, b.Store.SwitchOnWebhooks(t.Context(), b.Integration.ID, b.Organization.ID, models.OrganizationHook))
	hooks, err := b.Store.OrganizationWebhooks(t.Context(), b.Organization.ID)
	check(t, err)
	secret, err := b.Store.WebhookSecret(hooks[0])
	check(t, err)
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	hook := b.Organization.AddHook(githubsim.HookSpec{
		URL: server.URL + "/webhooks/github/" + hooks[0].ID, Secret: string(secret), ContentType: "json", Events: models.OrganizationHook.Events(),
	})
	check(t, b.Store.WebhookMade(t.Context(), hooks[0], hook.ID))
	t.Cleanup(b.Sim.Close)
	return hook
}

// Follow waits for the deliveries that are under way, and follows what they hint at. Its
// error is what ended that.
func (b *Bench) Follow(t testing.TB) error {
	t.Helper()
	check(t, b.Sim.Deliver(t.Context()))
	in := activities.FollowHintsInput{OrganizationID: b.Organization.ID}
	ended := activities.FinishSyncInput{State: models.SyncCompleted}
	var failed error
	for {
		var round activities.Followed
		failed = b.try(func() (err error) {
			round, err = Attempt(t, b.Activities, b.Activities.FollowHints, in)
			return err
		})
		if failed == nil && round.Relist {
			b.RunScheduled(t)
		}
		if failed != nil || !round.More {
			break
		}
		in.SyncID = round.SyncID
	}
	if ended.SyncID = in.SyncID; in.SyncID == "" {
		return failed
	}
	if failed != nil {
		ended.State, ended.Code, ended.Error = models.SyncFailed, codeOf(failed), failed.Error()
	}
	_, err := b.Activities.FinishSync(t.Context(), ended)
	check(t, err)
	return failed
}

// RunScheduled runs the scheduled sync that is queued, or that a look has begun.
func (b *Bench) RunScheduled(t testing.TB) {
	t.Helper()
	open, err := b.Store.OpenSyncs(t.Context(), b.Organization.ID)
	check(t, err)
	for _, sync := range open {
		if sync.Trigger == models.TriggerSchedule {
			_, _ = b.run(t, sync) // however it ends
		}
	}
}
