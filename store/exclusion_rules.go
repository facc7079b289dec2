package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

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

func compile(rules []models.ExclusionRule) (ruleSet, error) {
	set := make(ruleSet, len(rules))
	for i, rule := range rules {
		match, err := rule.Matcher()
		if err != nil {
			return nil, &RuleError{i, err.Error()}
		}
		if slices.ContainsFunc(rules[:i], func(other models.ExclusionRule) bool { return same(rule, other) }) {
			return nil, &RuleError{i, "expected each rule once"}
		}
		set[i] = match
	}
	return set, nil
}

func same(a, b models.ExclusionRule) bool { return a.Kind == b.Kind && a.Value == b.Value }

// first is the rule that excludes a repository, or -1.
func (s ruleSet) first(r models.Repository) int {
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

// RulesSet is what came of setting exclusion rules.
type RulesSet struct {
	Rules  []models.ExclusionRule
	Effect RulesEffect
	Syncs  []models.Sync // queued where something is imported again
}

// SetExclusionRules replaces the rules of an integration. In the same
// transaction the repositories of its organizations, and of those that it sees
// and nobody has claimed, become excluded or come back. It returns a *RuleError
// for a rule that makes no sense, ErrNotFound, or ErrDeleting; then nothing is
// changed.
func (s *Store) SetExclusionRules(ctx context.Context, integrationID string, rules []models.ExclusionRule) (RulesSet, error) {
	clean(&rules)
	if _, err := compile(rules); err != nil {
		return RulesSet{}, err
	}
	var set RulesSet
	_, err := s.intend(ctx, integrationID, func(i *intent) error {
		set = RulesSet{}
		organizations, err := ruled(locked(i.tx), i.integration)
		if err != nil {
			return err
		}
		if set.Rules, err = s.replaceRules(i.tx, integrationID, rules); err != nil {
			return err
		}
		for _, o := range organizations {
			effect, err := settle(i.tx, o)
			if err != nil {
				return err
			}
			set.Effect = sum(set.Effect, effect)
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

func sum(a, b RulesEffect) RulesEffect {
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
		if old := slices.IndexFunc(before, func(r models.ExclusionRule) bool { return same(r, rule) }); old >= 0 {
			after[i] = before[old]
		}
		after[i].Position = i
	}
	if len(after) == 0 {
		return after, nil
	}
	return after, tx.Create(&after).Error
}

// ruled are the organizations that an integration's rules are about: claimed by
// it, or seen by it while nobody has claimed them.
func ruled(tx *gorm.DB, integration models.Integration) ([]models.Organization, error) {
	var organizations []models.Organization
	err := tx.Where("integration_id = ? OR integration_id = '' AND id IN (SELECT organization_id FROM connection_organizations WHERE connection_id = ?)",
		integration.ID, integration.ConnectionID).Order("id").Find(&organizations).Error
	return organizations, err
}

// rulesIn returns the rules that hold in an organization: those of the
// integration that has claimed it. Until one has, the repositories are everybody's
// who sees them, and so are the rules. Rules of some integrations can be left out.
func rulesIn(tx *gorm.DB, o models.Organization, except ...string) (ruleSet, error) {
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
	if err := query.Find(&rules).Error; err != nil {
		return nil, err
	}
	set := make(ruleSet, len(rules))
	for i, rule := range rules {
		match, err := rule.Matcher()
		if err != nil {
			return nil, fmt.Errorf("stored rule %s: %w", rule.ID, err)
		}
		set[i] = match
	}
	return set, nil
}

// ruledRepository is a repository with what decides on its selection.
type ruledRepository struct {
	models.Repository      // ID, OrganizationID, what rules look at, Selection, PurgeRequestedAt and DeletedAt only
	WasRead           bool // something of it is stored; only known of those that nothing is read of now
}

const ruledColumns = `id, organization_id, full_name, archived, fork, pushed_at, selection, purge_requested_at, deleted_at,
	selection IN ('excluded_by_rule', 'ignored') AND EXISTS (SELECT 1 FROM streams WHERE streams.repository_id = repositories.id) AS was_read`

// under is the selection of a repository under rules. What somebody ignored
// stays ignored; what no rule excludes any more is as it would be without rules.
func (r ruledRepository) under(matches bool, o models.Organization) models.Selection {
	switch {
	case r.Selection == models.Ignored:
		return models.Ignored
	case matches:
		return models.ExcludedByRule
	case r.Selection != models.ExcludedByRule:
		return r.Selection
	case o.IntegrationID != "" && r.PurgeRequestedAt == nil && (o.AutoImport || r.WasRead):
		return models.Imported
	}
	return models.Available
}

// settle lets the rules that hold in an organization, which is locked, decide on
// its repositories, or on some.
func settle(tx *gorm.DB, o models.Organization, some ...int64) (RulesEffect, error) {
	set, err := rulesIn(tx, o)
	if err != nil {
		return RulesEffect{}, err
	}
	repositories, err := concerned(tx, o, len(set) > 0, some)
	if err != nil {
		return RulesEffect{}, err
	}
	var effect RulesEffect
	changes := selectionChanges{}
	for _, r := range repositories {
		matches := set.first(r.Repository) >= 0
		if matches {
			effect.Matched++
		}
		to := r.under(matches, o)
		effect.add(r.Selection, to)
		changes.add(r, to)
	}
	return effect, changes.apply(tx)
}

// concerned are the repositories of an organization, or some, on which rules
// may decide. Without rules those are the ones that former rules excluded.
func concerned(tx *gorm.DB, o models.Organization, haveRules bool, some []int64) ([]ruledRepository, error) {
	query := tx.Model(&models.Repository{}).Select(ruledColumns).Where("organization_id = ? AND deleted_at IS NULL", o.ID)
	if !haveRules {
		query = query.Where("selection = ?", models.ExcludedByRule)
	}
	if len(some) > 0 {
		query = query.Where("id IN ?", some)
	}
	var repositories []ruledRepository
	err := query.Order("id").Scan(&repositories).Error
	return repositories, err
}

// selectionChanges are repositories by the selection that they are to get.
type selectionChanges map[models.Selection][]int64

func (c selectionChanges) add(r ruledRepository, to models.Selection) {
	if r.Selection != to {
		c[to] = append(c[to], r.ID)
	}
}

// apply waits for the pages that are being stored of the repositories: those
// that come later see the change.
func (c selectionChanges) apply(tx *gorm.DB) error {
	all := slices.Concat(slices.Collect(maps.Values(c))...)
	slices.Sort(all)
	for some := range slices.Chunk(all, rowsPerStatement) {
		var ids []int64
		if err := locked(tx).Model(&models.Repository{}).Where("id IN ?", some).Order("id").Pluck("id", &ids).Error; err != nil {
			return err
		}
	}
	for _, to := range slices.Sorted(maps.Keys(c)) {
		for some := range slices.Chunk(c[to], rowsPerStatement) {
			if err := tx.Model(&models.Repository{}).Where("id IN ?", some).Update("selection", to).Error; err != nil {
				return err
			}
		}
	}
	return nil
}

// RulesPreview is what rules would do.
type RulesPreview struct {
	Repositories int // that the rules are about
	Effect       RulesEffect
	Rules        []RulesEffect // of each rule alone; nothing returns because of a rule
	Examples     []RuleExample
}

// RuleExample is a repository whose selection would change.
type RuleExample struct {
	RepositoryID int64
	FullName     string
	From, To     models.Selection
	Rule         int // the first one that matches, from 0; -1 for one that comes back
}

// maxExamples is as many as a person looks through.
const maxExamples = 50

// PreviewExclusionRules tells what SetExclusionRules would do, and does nothing.
// Its errors are the same, but for ErrDeleting.
func (s *Store) PreviewExclusionRules(ctx context.Context, integrationID string, rules []models.ExclusionRule) (RulesPreview, error) {
	clean(&rules)
	set, err := compile(rules)
	if err != nil {
		return RulesPreview{}, err
	}
	p := preview{integrationID: integrationID, rules: rules, set: set}
	p.Rules = make([]RulesEffect, len(rules))
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		if err := tx.Where("id = ?", integrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		organizations, err := ruled(tx, integration)
		if err != nil {
			return err
		}
		for _, o := range organizations {
			if err := p.look(tx, o); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(p.Examples, func(a, b RuleExample) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.FullName), strings.ToLower(b.FullName)), cmp.Compare(a.RepositoryID, b.RepositoryID))
	})
	p.Examples = p.Examples[:min(len(p.Examples), maxExamples)]
	return p.RulesPreview, err
}

type preview struct {
	RulesPreview
	integrationID string
	rules         []models.ExclusionRule
	set           ruleSet
}

func (p *preview) look(tx *gorm.DB, o models.Organization) error {
	var others ruleSet // of integrations that see an organization as we do, which nobody has claimed
	var err error
	if o.IntegrationID == "" {
		if others, err = rulesIn(tx, o, p.integrationID); err != nil {
			return err
		}
	}
	repositories, err := concerned(tx, o, true, nil)
	if err != nil {
		return err
	}
	p.Repositories += len(repositories)
	for _, r := range repositories {
		first := p.set.first(r.Repository)
		if first >= 0 {
			p.Effect.Matched++
		}
		to := r.under(first >= 0 || others.first(r.Repository) >= 0, o)
		p.Effect.add(r.Selection, to)
		for i, match := range p.set {
			if match(r.Repository) {
				p.Rules[i].Matched++
				p.Rules[i].add(r.Selection, to)
			}
		}
		if r.Selection != to {
			p.Examples = append(p.Examples, RuleExample{RepositoryID: r.ID, FullName: r.FullName, From: r.Selection, To: to, Rule: first})
		}
	}
	return nil
}
