package browser_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
)

func TestServices(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		organization := p.sim.AddGoldenOrganization("services")
		robot := organization.Owner("services-robot")
		path := "/integrations/" + integrate(t, p, organization, robot, true)
		p.play(ctx, t, "services.e2e.ts", stage{
			"integration": func() any { return get[api.Integration](t, p, path) },
			"collected":   func() any { return get[api.Collected](t, p, path+"/collected") },
			"openIssue":   func() any { openIssue(organization, robot); return nil },
			"narrow": func() any {
				return send[api.Integration](t, p, http.MethodPut, path+"/backfill", map[string]any{"from": time.Now().AddDate(0, 0, -10)})
			},
			"onlyTickets": func() any {
				return send[api.ServicesChanged](t, p, http.MethodPut, path+"/services", models.Services{Tickets: true})
			},
		})
	})
}

func openIssue(o *githubsim.Organization, as githubsim.Persona) {
	o.Repository("api").OpenIssue(githubsim.IssueSpec{Title: "It is new", Author: as.User})
}
