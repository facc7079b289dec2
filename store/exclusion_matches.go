package store

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"tributary/models"
)

// patternMatches are what patterns say of names, by both. They are found before a
// transaction that needs them: nobody waits for a lock because a pattern is slow.
type patternMatches map[string]map[string]bool

// matchAhead matches the names that rules of an integration are about, with these
// rules and with those of others that hold there too. What appears meanwhile is
// matched when it is met.
func (s *Store) matchAhead(ctx context.Context, integrationID string, rules []models.ExclusionRule) (patternMatches, error) {
	var names []string
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		if err := tx.Where("id = ?", integrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		organizations, err := organizationsUnderRules(tx, integration)
		if err != nil {
			return err
		}
		for _, o := range organizations {
			others, err := rulesIn(tx, o, integrationID)
			if err != nil {
				return err
			}
			repositories, err := concerned(tx, o, true, nil)
			if err != nil {
				return err
			}
			rules = slices.Concat(rules, others)
			names = append(names, keysOf(repositories, func(r ruleSubject) string { return r.FullName })...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return matchNames(ctx, rules, names)
}

// matchNames matches names with the rules that are patterns, until ctx ends.
func matchNames(ctx context.Context, rules []models.ExclusionRule, names []string) (patternMatches, error) {
	found := patternMatches{}
	for _, rule := range rules {
		if rule.Kind != models.RuleRegexp || found[rule.Value] != nil {
			continue
		}
		match, err := rule.Matcher()
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", rule.ID, err)
		}
		found[rule.Value] = make(map[string]bool, len(names))
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			found[rule.Value][name] = match(models.Repository{FullName: name})
		}
	}
	return found, nil
}

// set are stored rules that know what was found before.
func (v patternMatches) set(rules []models.ExclusionRule) (ruleSet, error) {
	set := make(ruleSet, len(rules))
	for i, rule := range rules {
		match, err := rule.Matcher()
		if err != nil {
			return nil, fmt.Errorf("stored rule %s: %w", rule.ID, err)
		}
		set[i] = match
		if known := v[rule.Value]; rule.Kind == models.RuleRegexp && known != nil {
			set[i] = func(r models.Repository) bool {
				matches, found := known[r.FullName]
				return found && matches || !found && match(r)
			}
		}
	}
	return set, nil
}
