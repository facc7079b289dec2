package browser_test

import (
	"context"
	"fmt"
	"testing"

	"tributary/api"
	"tributary/githubsim"
)

func TestWebhooks(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		owned, other := p.sim.AddGoldenOrganization("hooked"), p.sim.AddGoldenOrganization("unhooked")
		owner := owned.Owner("hooked-robot")
		path := "/integrations/" + integrate(t, p, owned, owner, true)
		integrate(t, p, other, other.Member("unhooked-robot"), false)
		secret := ""
		p.play(ctx, t, "webhooks.e2e.ts", stage{
			"webhooks":   func() any { return get[api.Items[api.Webhooks]](t, p, path+"/webhooks").Items[0] },
			"deliveries": func() any { return get[api.Page[api.WebhookDelivery]](t, p, path+"/webhook-deliveries").Items },
			"hooks":      func() any { return ids(owned) },
			"secret":     func() any { secret = owned.Hooks()[0].Spec().Secret; return nil },
			"replaced":   func() any { return owned.Hooks()[0].Spec().Secret != secret },
			"hold":       func() any { p.sim.HoldDeliveries(true); return nil },
			"release":    func() any { p.sim.HoldDeliveries(false); return nil },
			"openIssue":  func() any { openIssue(owned, owner); return nil },
			"burst": func() any {
				for range 20 {
					openIssue(owned, owner)
				}
				return nil
			},
			"forge": func() any { return forged(t, owned) },
			"lose": func() any {
				p.sim.SetDeliveryFaults(githubsim.DeliveryFaults{Drop: 1})
				for range 3 {
					openIssue(owned, owner)
				}
				if err := p.sim.Deliver(ctx); err != nil {
					t.Error(err)
				}
				return nil
			},
			"deliver": func() any { p.sim.SetDeliveryFaults(githubsim.DeliveryFaults{}); return nil },
			"mute":    func() any { owned.Hooks()[0].Mute(); return nil },
			"demote":  func() any { owned.AddMember(owner.User, "member"); return nil },
			"promote": func() any { owned.AddMember(owner.User, "admin"); return nil },
		})
	})
}

// forged sends what would delete an issue, if anybody believed it, and returns the answers.
func forged(t *testing.T, o *githubsim.Organization) (statuses []int) {
	hook, repository := o.Hooks()[0].Spec(), o.Repository("api")
	payload := fmt.Appendf(nil, `{"action": "deleted", "issue": {"number": 1}, "repository": {"id": %d}, "organization": {"id": %d}}`, repository.ID, o.ID)
	for _, request := range []githubsim.HookRequest{
		{URL: hook.URL, Signing: githubsim.Unsigned},
		{URL: hook.URL, Signing: githubsim.SHA1Only},
		{URL: hook.URL, Signing: githubsim.WrongSecret},
		{URL: hook.URL + "A"},
	} {
		request.Event, request.GUID, request.Secret, request.Payload, request.ContentType = "issues", "forged", hook.Secret, payload, "json"
		status, err := request.Send(t.Context())
		if err != nil {
			t.Error(err)
		}
		statuses = append(statuses, status)
	}
	return statuses
}

// ids are those of the webhooks that an organization has at GitHub.
func ids(o *githubsim.Organization) []int64 {
	all := []int64{}
	for _, hook := range o.Hooks() {
		all = append(all, hook.ID)
	}
	return all
}
