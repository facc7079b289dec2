package store

import (
	"context"
	"time"

	"tributary/models"
)

// GitHub locks an address out from which several bad tokens came, with all good
// ones, and does not say how many those are. So an installation tries few at a
// time that nobody knows yet, and none while several were bad.
// https://docs.github.com/rest/authentication/authenticating-to-the-rest-api#failed-login-limit
const (
	mostBadTokens = 5
	badTokensFor  = 5 * time.Minute

	strangers = "strangers" // stands for a rate owner
	logins    = "login"     // and for a resource
)

// TryToken takes leave to show GitHub a token that it may refuse; FoundGood gives
// it back. Where there is none it returns when to ask again.
func (s *Store) TryToken(ctx context.Context) (notBefore time.Time, err error) {
	err = s.changeBudget(ctx, strangers, logins, func(budget *models.RateBudget) {
		now := s.now()
		if !budget.ResetAt.After(now) {
			budget.Limit, budget.Remaining, budget.ResetAt = mostBadTokens, mostBadTokens, now.Add(badTokensFor)
		}
		switch {
		case budget.BlockedUntil != nil && budget.BlockedUntil.After(now):
			notBefore = *budget.BlockedUntil
		case budget.Remaining <= 0:
			notBefore = budget.ResetAt
		default:
			budget.Remaining--
		}
	})
	return notBefore, err
}

// FoundGood gives back what TryToken took for a token that was no bad one.
func (s *Store) FoundGood(ctx context.Context) error {
	return s.changeBudget(ctx, strangers, logins, func(budget *models.RateBudget) {
		budget.Remaining = min(budget.Limit, budget.Remaining+1)
	})
}

// StopTokens lets no token be tried before an instant: GitHub refuses them all.
func (s *Store) StopTokens(ctx context.Context, until time.Time) error {
	return s.BlockBudget(ctx, strangers, logins, until, models.GitHubLockout)
}
