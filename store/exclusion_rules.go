package store

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"tributary/models"
)

// RuleError says which of the exclusion rules makes no sense, from 0, and what
// was expected of it. It never has the value.
type RuleError struct {
	Rule    int
	Problem string
}

func (e *RuleError) Error() string { return fmt.Sprintf("rule %d: %s", e.Rule, e.Problem) }

// ruleSet are rules that make sense.
type ruleSet []func(models.Repository) bool

// compile refuses also what costs too much. Rules that were stored before there
// was such a bound hold until they are replaced: without them repositories would
// be imported that somebody has excluded.
func compile(rules []models.ExclusionRule) (ruleSet, error) {
	set, cost := make(ruleSet, len(rules)), 0
	for i, rule := range rules {
		if cost += rule.Cost(); rule.Cost() > models.MaxRuleCost {
			return nil, &RuleError{i, fmt.Sprintf("expected a simpler regular expression: it compiles to %d instructions, and %d are allowed", rule.Cost(), models.MaxRuleCost)}
		} else if cost > models.MaxRulesCost {
			return nil, &RuleError{i, fmt.Sprintf("expected fewer or simpler regular expressions: together they may compile to %d instructions", models.MaxRulesCost)}
		}
		match, err := rule.Matcher()
		if err != nil {
			return nil, &RuleError{i, err.Error()}
		}
		if slices.ContainsFunc(rules[:i], func(other models.ExclusionRule) bool { return sameRule(rule, other) }) {
			return nil, &RuleError{i, "expected each rule once"}
		}
		set[i] = match
	}
	return set, nil
}

func sameRule(a, b models.ExclusionRule) bool { return a.Kind == b.Kind && a.Value == b.Value }

// firstMatch is the rule that excludes a repository, or -1.
func (s ruleSet) firstMatch(r models.Repository) int {
	return slices.IndexFunc(s, func(match func(models.Repository) bool) bool { return match(r) })
}

// ExclusionRules returns the rules of an integration in their order, or
// ErrNotFound.
func (s *Store) ExclusionRules(ctx context.Context, integrationID string) ([]models.ExclusionRule, error) {
	if _, err := s.Integration(ctx, integrationID); err != nil {
		return nil, err
	}
	return rulesOf(s.read(ctx), integrationID)
}

func rulesOf(tx *gorm.DB, integrationID string) ([]models.ExclusionRule, error) {
	var rules []models.ExclusionRule
	err := tx.Where("integration_id = ?", integrationID).Order("position").Find(&rules).Error
	return rules, err
}

// RulesEffect is what exclusion rules do to repositories.
type RulesEffect struct {
	Matched  int // by any of the rules
	Excluded int // become excluded
	Stopped  int // of those, were imported until now
	Returned int // are excluded no longer
	Resumed  int // of those, are imported again
}

func (e *RulesEffect) add(from, to models.Selection) {
	switch {
	case from == to:
	case to == models.ExcludedByRule:
		e.Excluded++
		if from == models.Imported {
			e.Stopped++
		}
	case from == models.ExcludedByRule:
		e.Returned++
		if to == models.Imported {
			e.Resumed++
		}
	}
}

// RulesSet is the result of setting exclusion rules.
type RulesSet struct {
	Rules  []models.ExclusionRule
	Effect RulesEffect
	Syncs  []models.Sync // queued where something is imported again
}

// SetExclusionRules replaces the rules of an integration. Names are matched first,
// which can take seconds and stops when ctx ends, and then in the same
// transaction the repositories of its organizations, and of those that it sees
// and nobody has claimed, become excluded or come back. It returns a *RuleError
// for a rule that makes no sense, ErrNotFound, or ErrDeleting; then nothing is
// changed.
func (s *Store) SetExclusionRules(ctx context.Context, integrationID string, rules []models.ExclusionRule) (RulesSet, error) {
	clean(&rules) // before they are compiled and compared
	if _, err := compile(rules); err != nil {
		return RulesSet{}, err
	}
	matched, err := s.matchAhead(ctx, integrationID, rules)
	if err != nil {
		return RulesSet{}, err
	}
	var set RulesSet
	_, err = s.intend(ctx, integrationID, func(i *intent) error {
		set = RulesSet{}
		organizations, err := organizationsUnderRules(locked(i.tx), i.integration)
		if err != nil {
			return err
		}
		if set.Rules, err = s.replaceRules(i.tx, integrationID, rules); err != nil {
			return err
		}
		for _, o := range organizations {
			effect, err := applyRules(i.tx, o, matched)
			if err != nil {
				return err
			}
			set.Effect = addEffects(set.Effect, effect)
			if effect.Resumed == 0 || i.integration.Lifecycle != models.IntegrationActive {
				continue // what is paused gets its syncs when it is resumed
			}
			sync, err := s.queueSync(i.tx, integrationID, o.ID, models.TriggerSettings)
			if err != nil {
				return err
			}
			set.Syncs = append(set.Syncs, sync)
		}
		return nil
	})
	return set, err
}

func addEffects(a, b RulesEffect) RulesEffect {
	return RulesEffect{a.Matched + b.Matched, a.Excluded + b.Excluded, a.Stopped + b.Stopped, a.Returned + b.Returned, a.Resumed + b.Resumed}
}

// replaceRules lets a rule that was there before keep its id.
func (s *Store) replaceRules(tx *gorm.DB, integrationID string, rules []models.ExclusionRule) ([]models.ExclusionRule, error) {
	before, err := rulesOf(tx, integrationID)
	if err != nil {
		return nil, err
	}
	if err := tx.Where("integration_id = ?", integrationID).Delete(&models.ExclusionRule{}).Error; err != nil {
		return nil, err
	}
	after := make([]models.ExclusionRule, len(rules))
	for i, rule := range rules {
		after[i] = models.ExclusionRule{ID: newID(), IntegrationID: integrationID, Kind: rule.Kind, Value: rule.Value, CreatedAt: s.now()}
		if old := slices.IndexFunc(before, func(r models.ExclusionRule) bool { return sameRule(r, rule) }); old >= 0 {
			after[i] = before[old]
		}
		after[i].Position = i
	}
	if len(after) == 0 {
		return after, nil
	}
	return after, tx.Create(&after).Error
}

// organizationsUnderRules are the organizations to which an integration's rules
// apply: it has claimed them, or it sees them while nobody has.
func organizationsUnderRules(tx *gorm.DB, integration models.Integration) ([]models.Organization, error) {
	var organizations []models.Organization
	err := tx.Where("integration_id = ? OR integration_id = '' AND id IN (SELECT organization_id FROM connection_organizations WHERE connection_id = ?)",
		integration.ID, integration.ConnectionID).Order("id").Find(&organizations).Error
	return organizations, err
}

// rulesIn returns the rules that hold in an organization: those of the
// integration that has claimed it. Until one has, the repositories are everybody's
// who sees them, and so are the rules. Rules of some integrations can be left out.
func rulesIn(tx *gorm.DB, o models.Organization, except ...string) ([]models.ExclusionRule, error) {
	query := tx.Order("integration_id, position")
	if o.IntegrationID != "" {
		query = query.Where("integration_id = ?", o.IntegrationID)
	} else {
		query = query.Where(`integration_id IN (SELECT integrations.id FROM integrations
			JOIN connection_organizations AS seen ON seen.connection_id = integrations.connection_id WHERE seen.organization_id = ?)`, o.ID)
	}
	if len(except) > 0 {
		query = query.Where("integration_id NOT IN ?", except)
	}
	var rules []models.ExclusionRule
	err := query.Find(&rules).Error
	return rules, err
}
