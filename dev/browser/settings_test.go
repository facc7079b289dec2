package browser_test

import (
	"context"
	"testing"

	"tributary/api"
	"tributary/config"
	"tributary/dev/stack"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
)

// withoutApps is a product whose settings name no application of GitHub's.
func withoutApps(c *stack.Config) { c.Apps = config.Apps{} }

func TestGitHubApp(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		o := p.sim.AddGoldenOrganization("manifest")
		owner := o.Owner("manifest-owner").User
		p.play(ctx, t, "github-app.e2e.ts", stage{
			"world": func() any { return map[string]string{"organization": o.Login(), "login": owner.Login()} },
			"install": func() any {
				p.sim.App("tributary-manifest-two").Install(o, githubsim.InstallSpec{})
				return nil
			},
		})
	}, withoutApps)
}

func TestGitHubApp_ofTheEnvironment(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		p.play(ctx, t, "github-app-environment.e2e.ts", stage{"world": func() any { return map[string]string{"slug": p.app.Slug} }})
	})
}

func TestSettings(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		o := p.sim.AddGoldenOrganization("replace")
		owner, outside := o.Owner("replace-owner"), o.MemberOutside("replace-member")
		p.app.Install(o, githubsim.InstallSpec{})
		viewer, _, err := p.Store.CreateToken(ctx, store.NewToken{Name: "looks", Role: models.RoleViewer})
		if err != nil {
			t.Error(err)
			return
		}
		guarded := sideDoor(t, api.Config{Store: p.Store, Temporal: p.Temporal})
		p.play(ctx, t, "settings.e2e.ts", stage{
			"connect": func() any { return ingested(ctx, t, p, o.Login(), owner.Token) },
			"world": func() any {
				return map[string]string{
					"organization": o.Login(), "owner": owner.User.Login(), "member": outside.User.Login(), "memberToken": outside.Token,
				}
			},
		}, "VIEWER_UI="+guarded, "VIEWER_TOKEN="+string(viewer))
	})
}
