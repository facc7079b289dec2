package browser_test

import (
	"context"
	"testing"
	"time"

	"tributary/api"
)

func TestAccess(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		closed := sideDoor(t, api.Config{Store: p.Store, Temporal: p.Temporal, Tokens: []string{apiToken}})
		p.play(ctx, t, "access.e2e.ts", stage{
			"tokens": func() any {
				tokens, err := p.Store.Tokens(ctx)
				if err != nil {
					t.Error(err)
				}
				var shown []map[string]string
				for _, token := range tokens {
					shown = append(shown, map[string]string{"name": token.Name, "role": string(token.Role), "state": string(token.StateAt(time.Now()))})
				}
				return shown
			},
		}, "CLOSED_UI="+closed, "API_TOKEN="+apiToken)
	})
}
