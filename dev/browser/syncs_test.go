package browser_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
)

// What was synced, and what the checks say of it: the second script breaks what the first has used.
func TestSyncs_andDiagnostics(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		read, unread := p.sim.AddGoldenOrganization("golden"), p.sim.AddGoldenOrganization("unread")
		owner := read.Owner("golden-service")
		viewer, _, err := p.Store.CreateToken(ctx, store.NewToken{Name: "viewer", Role: models.RoleViewer, CreatedBy: "test"})
		if err != nil {
			t.Error(err)
			return
		}
		closed := sideDoor(t, api.Config{Store: p.Store, Temporal: p.Temporal, Tokens: []string{apiToken}})
		ids := map[string]string{"read": integrate(t, p, read, owner, true), "unread": integrate(t, p, unread, unread.Owner("unread-service"), false)}
		actions := stage{
			"integrations": func() any { return ids },
			"schedule":     func() any { return get[api.Schedule](t, p, fmt.Sprintf("/organizations/%d/schedule", read.ID)) },
			"block": func() any { // while it is being read: what was blocked before is not even tried
				web := read.Repository("web")
				web.Commit(githubsim.CommitSpec{Author: owner.User, Message: "Redraw"})
				p.sim.Fail(githubsim.Fault{Match: fmt.Sprintf("GET /repositories/%d/", web.ID), Times: 1, Do: func() {
					web.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
				}})
				return nil
			},
			"comment": func() any { read.Repository("ideas").Issue(1).Comments()[0].Delete(); return nil },
			"slowDown": func() any { // and there is something to read
				read.Repository("api").Commit(githubsim.CommitSpec{Author: owner.User, Message: "Wait"})
				p.sim.SetLatency(3 * time.Second)
				return nil
			},
			"speedUp": func() any { p.sim.SetLatency(0); return nil },
			"revoke":  func() any { p.sim.RevokeToken(owner.Token); return nil },
		}
		for _, script := range []string{"syncs.e2e.ts", "diagnostics.e2e.ts"} {
			p.play(ctx, t, script, actions, "CLOSED_UI="+closed, "VIEWER_TOKEN="+string(viewer))
		}
	})
}
