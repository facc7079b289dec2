package browser_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
)

func TestRepos_import(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		o := p.sim.AddGoldenOrganization("importing")
		longAgo := time.Now().AddDate(-1, 0, 0)
		dormant := o.AddRepository("dormant", githubsim.RepositorySettings{CreatedAt: longAgo})
		owner := o.Owner("importing-robot")
		for range 3 {
			dormant.OpenIssue(githubsim.IssueSpec{Title: "It sleeps", Author: owner.User, CreatedAt: longAgo})
		}
		path := "/integrations/" + integrate(t, p, o, owner, false)
		from := time.Now().AddDate(0, -6, 0).UTC()
		send[api.Integration](t, p, http.MethodPut, path+"/backfill", map[string]any{"from": from})
		estimate := func(filter url.Values) any {
			filter.Set("selection", "available")
			filter.Set("backfill_from", from.Format(time.RFC3339))
			return get[api.Estimate](t, p, path+"/estimate?"+filter.Encode())
		}
		p.play(ctx, t, "repos-import.e2e.ts", stage{
			"estimate": func() any { return estimate(url.Values{}) },
			"estimateOfRecent": func() any {
				return estimate(url.Values{"pushed_since": {time.Now().AddDate(0, 0, -90).Format(time.RFC3339)}})
			},
		})
	})
}
