package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// Lane is what requests are for. The more urgent a lane, the further it may
// spend the allowance down.
type Lane string

// The lanes, most urgent first.
const (
	LanePeople    Lane = "people"    // somebody sits in front of the wizard
	LaneNudges    Lane = "nudges"    // a webhook said that something changed
	LaneScheduled Lane = "scheduled" // keeping up with what changes
	LaneBackfill  Lane = "backfill"  // reading the past, which takes hours in any case
	LaneVerify    Lane = "verify"    // counting again what is stored, which can wait for days
)

// reserves is what a lane leaves to those before it, in percent of the
// allowance. Of 5,000 an hour people keep 100, more than thirty passes through
// the wizard; nudges 150 on top, fifty changes; scheduled syncs 250, the change
// probe of thousands of repositories; and a backfill 750 more than a
// verification.
var reserves = map[Lane]int{
	LanePeople:    0,
	LaneNudges:    2,
	LaneScheduled: 5,
	LaneBackfill:  10,
	LaneVerify:    25,
}

// LeaseBudget takes up to want units (requests or points) of what an owner's
// allowance for a resource holds above the lane's reserve. seen is the newest
// rate that GitHub reported to this process, zero if none.
//
// Nothing granted means that the lane may send nothing before until. A want of
// 0 asks only whether the budget is blocked; until is zero when it is not.
func (s *Store) LeaseBudget(ctx context.Context, owner, resource string, lane Lane, want int, seen models.RateBudget) (granted int, until time.Time, err error) {
	percent, known := reserves[lane]
	if !known {
		return 0, time.Time{}, fmt.Errorf("no lane %q", lane)
	}
	err = s.changeBudget(ctx, owner, resource, func(budget *models.RateBudget) {
		now := s.now()
		begin(budget, now)
		correct(budget, seen, now)
		granted, until = lease(budget, budget.Limit*percent/100, want, now)
	})
	return granted, until, err
}

// ReturnBudget puts back units that were leased and not spent.
func (s *Store) ReturnBudget(ctx context.Context, owner, resource string, units int) error {
	return s.changeBudget(ctx, owner, resource, func(budget *models.RateBudget) {
		begin(budget, s.now())
		budget.Remaining = min(budget.Limit, budget.Remaining+units)
	})
}

// BlockBudget forbids all requests until then: after a secondary limit, which
// no count announces, or when GitHub refuses although something seemed left. A
// longer block stays.
func (s *Store) BlockBudget(ctx context.Context, owner, resource string, until time.Time) error {
	return s.changeBudget(ctx, owner, resource, func(budget *models.RateBudget) {
		if budget.BlockedUntil == nil || until.After(*budget.BlockedUntil) {
			budget.BlockedUntil = &until
		}
	})
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

// begin starts a new window when the one known is over. Until somebody reports
// it, it has no end and is taken to be full; what is leased counts.
func begin(budget *models.RateBudget, now time.Time) {
	if !budget.ResetAt.After(now) && !budget.ResetAt.IsZero() {
		budget.Remaining, budget.ResetAt = budget.Limit, time.Time{}
	}
}

// sameWindow is by how much GitHub's answers within one window may differ about
// its end.
const sameWindow = 2 * time.Second

// correct applies a report. What others have leased and not yet spent is
// missing from it, so within one window the smaller number is the truer one.
func correct(budget *models.RateBudget, seen models.RateBudget, now time.Time) {
	switch apart := seen.ResetAt.Sub(budget.ResetAt); {
	case !seen.ResetAt.After(now): // of a window that is over, or no report
	case budget.ResetAt.IsZero():
		remaining := budget.Remaining + seen.Limit - budget.Limit
		budget.Limit, budget.Remaining, budget.ResetAt = seen.Limit, min(remaining, seen.Remaining), instant(seen.ResetAt)
	case apart >= sameWindow:
		budget.Limit, budget.Remaining, budget.ResetAt = seen.Limit, seen.Remaining, instant(seen.ResetAt)
	case apart > -sameWindow:
		budget.Limit, budget.Remaining = seen.Limit, min(budget.Remaining, seen.Remaining)
	}
}

func lease(budget *models.RateBudget, reserve, want int, now time.Time) (granted int, until time.Time) {
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
