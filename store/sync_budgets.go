package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// Priority is what requests are for. The more urgent a priority, the further it may
// spend the allowance down.
type Priority string

// The priorities, most urgent first.
const (
	PriorityPeople    Priority = "people"    // somebody sits in front of the wizard
	PriorityNudges    Priority = "nudges"    // a webhook said that something changed
	PriorityScheduled Priority = "scheduled" // keeping up with what changes
	PriorityBackfill  Priority = "backfill"  // reading the past, which takes hours in any case
	PriorityVerify    Priority = "verify"    // counting again what is stored, which can wait for days
)

// reserves is what a priority leaves to those before it, in percent of the
// allowance. Of 5,000 an hour people keep 100, more than thirty passes through
// the wizard; nudges 150 on top, fifty changes; scheduled syncs 250, the change
// probe of thousands of repositories; and a backfill 750 more than a
// verification.
var reserves = map[Priority]int{
	PriorityPeople:    0,
	PriorityNudges:    2,
	PriorityScheduled: 5,
	PriorityBackfill:  10,
	PriorityVerify:    25,
}

// LeaseBudget takes up to want units (requests or points) of what an owner's
// allowance for a resource holds above the priority's reserve. seen is the newest
// rate that GitHub reported to this process, zero if none.
//
// Nothing granted means that the priority may send nothing before until. A want of
// 0 asks only whether the budget is blocked; until is zero when it is not.
func (s *Store) LeaseBudget(ctx context.Context, owner, resource string, priority Priority, want int, seen models.RateBudget) (granted int, until time.Time, err error) {
	percent, known := reserves[priority]
	if !known {
		return 0, time.Time{}, fmt.Errorf("no priority %q", priority)
	}
	err = s.changeBudget(ctx, owner, resource, func(budget *models.RateBudget) {
		now := s.now()
		beginWindow(budget, now)
		correctBudget(budget, seen, now)
		granted, until = leaseUnits(budget, budget.Limit*percent/100, want, now)
	})
	return granted, until, err
}

// ReturnBudget puts back units that were leased and not spent.
func (s *Store) ReturnBudget(ctx context.Context, owner, resource string, units int) error {
	return s.changeBudget(ctx, owner, resource, func(budget *models.RateBudget) {
		beginWindow(budget, s.now())
		budget.Remaining = min(budget.Limit, budget.Remaining+units)
	})
}

// BlockBudget forbids all requests until then, for a limit that GitHub refused a
// request for. A longer block stays.
func (s *Store) BlockBudget(ctx context.Context, owner, resource string, until time.Time, code models.Code) error {
	return s.changeBudget(ctx, owner, resource, func(budget *models.RateBudget) {
		if budget.BlockedUntil == nil || until.After(*budget.BlockedUntil) {
			budget.BlockedUntil, budget.BlockedCode = &until, code
		}
	})
}

// LiftBudgets takes away whatever holds up the requests of an owner, and what is
// known of its allowances: GitHub is asked again, and says what is true. What
// waits for it goes on within minutes. It returns the syncs that waited.
func (s *Store) LiftBudgets(ctx context.Context, owner string) (waited []models.Sync, err error) {
	if owner == "" {
		return nil, nil
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		waited = nil
		err := tx.Model(&models.RateBudget{}).Where("rate_owner = ?", owner).Updates(map[string]any{
			"allowance": 0, "remaining": 0, "reset_at": time.Time{}, "seen_at": nil,
			"blocked_until": nil, "blocked_code": "", "lifted_at": s.now(),
		}).Error
		if err != nil {
			return err
		}
		if err := tx.Model(&models.Connection{}).Where("rate_owner = ?", owner).Update("waiting_until", nil).Error; err != nil {
			return err
		}
		const held = `ended_at IS NULL AND waiting_until IS NOT NULL AND integration_id IN (SELECT integrations.id FROM integrations
			JOIN connections ON connections.id = integrations.connection_id WHERE rate_owner = ?)`
		if err := tx.Where(held, owner).Order("id").Find(&waited).Error; err != nil {
			return err
		}
		// What a sync has noted is what it waits for.
		err = tx.Model(&models.Sync{}).Where(held, owner).Updates(map[string]any{"waiting_until": nil, "code": "", "error": ""}).Error
		if err != nil {
			return err
		}
		return tx.Model(&models.Verification{}).Where(held, owner).Update("waiting_until", nil).Error
	})
	return waited, err
}

// BudgetLifted is when a block was last lifted, zero for never.
func (s *Store) BudgetLifted(ctx context.Context, owner, resource string) (time.Time, error) {
	var budget models.RateBudget
	err := s.read(ctx).Where("rate_owner = ? AND resource = ? AND lifted_at IS NOT NULL", owner, resource).Limit(1).Find(&budget).Error
	if err != nil || budget.LiftedAt == nil {
		return time.Time{}, err
	}
	return *budget.LiftedAt, nil
}

// Budgets returns what is known of an owner's budgets, by resource.
func (s *Store) Budgets(ctx context.Context, owner string) ([]models.RateBudget, error) {
	var budgets []models.RateBudget
	err := s.read(ctx).Where("rate_owner = ?", owner).Order("resource").Find(&budgets).Error
	return budgets, err
}

// changeBudget changes a row that is locked, and makes it if there is none.
func (s *Store) changeBudget(ctx context.Context, owner, resource string, change func(*models.RateBudget)) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		budget := models.RateBudget{RateOwner: owner, Resource: resource}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&budget).Error; err != nil {
			return err
		}
		if err := locked(tx).Where("rate_owner = ? AND resource = ?", owner, resource).Take(&budget).Error; err != nil {
			return err
		}
		change(&budget)
		return tx.Select("*").Updates(&budget).Error
	})
}

// longestWindow is further away than any limit of GitHub's ends, which all do
// within an hour. What is said to end later was written by a clock that was wrong.
const longestWindow = time.Hour + 2*time.Minute

// beginWindow starts a new window when the one known is over. Until somebody reports
// it, it has no end and is taken to be full; what is leased counts.
func beginWindow(budget *models.RateBudget, now time.Time) {
	farthest := now.Add(longestWindow)
	if !budget.ResetAt.IsZero() && (!budget.ResetAt.After(now) || budget.ResetAt.After(farthest)) {
		budget.Remaining, budget.ResetAt = budget.Limit, time.Time{}
	}
	if budget.BlockedUntil != nil && budget.BlockedUntil.After(farthest) {
		budget.BlockedUntil, budget.BlockedCode = nil, ""
	}
}

// sameWindow is by how much GitHub's answers within one window may differ about
// its end.
const sameWindow = 2 * time.Second

// correctBudget applies a report. What others have leased and not yet spent is
// missing from it, so within one window the smaller number is the truer one, and
// of two windows the later one counts: unless the report is newer than what it
// contradicts, which then was none of this account's.
func correctBudget(budget *models.RateBudget, seen models.RateBudget, now time.Time) {
	apart := seen.ResetAt.Sub(budget.ResetAt)
	newer := budget.SeenAt != nil && seen.SeenAt != nil && seen.SeenAt.After(*budget.SeenAt)
	switch {
	case !seen.ResetAt.After(now): // of a window that is over, or no report
	case budget.ResetAt.IsZero():
		budget.Remaining += seen.Limit - budget.Limit
		budget.Remaining, budget.ResetAt = min(budget.Remaining, seen.Remaining), instant(seen.ResetAt)
		budget.Limit, budget.SeenAt = seen.Limit, seen.SeenAt
	case apart >= sameWindow, newer && (apart <= -sameWindow || seen.Limit > budget.Limit):
		budget.Remaining, budget.ResetAt = seen.Remaining, instant(seen.ResetAt)
		budget.Limit, budget.SeenAt = seen.Limit, seen.SeenAt
	case apart > -sameWindow:
		budget.Remaining = min(budget.Remaining, seen.Remaining)
		budget.Limit, budget.SeenAt = seen.Limit, seen.SeenAt
	}
}

func leaseUnits(budget *models.RateBudget, reserve, want int, now time.Time) (granted int, until time.Time) {
	switch {
	case budget.BlockedUntil != nil && budget.BlockedUntil.After(now):
		return 0, *budget.BlockedUntil
	case want == 0:
		return 0, time.Time{}
	case budget.Limit == 0: // of the first window ever not even the limit is known
		granted = want
	case budget.ResetAt.IsZero(): // one request at least must find out when the window ends
		granted = max(1, min(want, budget.Remaining-reserve))
	case budget.Remaining <= reserve:
		return 0, budget.ResetAt
	default:
		granted = min(want, budget.Remaining-reserve)
	}
	budget.Remaining -= granted
	return granted, time.Time{}
}
