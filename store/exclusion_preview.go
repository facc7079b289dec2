package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"tributary/models"
)

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
	clean(&rules) // as SetExclusionRules does
	set, err := compile(rules)
	if err != nil {
		return RulesPreview{}, err
	}
	p := preview{integrationID: integrationID, set: set}
	var seen []organizationSubjects
	p.Rules = make([]RulesEffect, len(rules))
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		if err := tx.Where("id = ?", integrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		organizations, err := organizationsUnderRules(tx, integration)
		if err != nil {
			return err
		}
		seen, err = p.read(tx, organizations)
		return err
	})
	if err != nil {
		return RulesPreview{}, err
	}
	for _, o := range seen {
		if err := p.add(ctx, o); err != nil {
			return RulesPreview{}, err
		}
	}
	slices.SortFunc(p.Examples, func(a, b RuleExample) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.FullName), strings.ToLower(b.FullName)), cmp.Compare(a.RepositoryID, b.RepositoryID))
	})
	p.Examples = p.Examples[:min(len(p.Examples), maxExamples)]
	return p.RulesPreview, nil
}

type preview struct {
	RulesPreview
	integrationID string
	set           ruleSet
}

// organizationSubjects is an organization with what rules decide on in it.
type organizationSubjects struct {
	models.Organization
	others       ruleSet // of integrations that see an organization as we do, which nobody has claimed
	repositories []ruleSubject
}

// read reads what rules are applied to once the transaction is over.
func (p *preview) read(tx *gorm.DB, organizations []models.Organization) (seen []organizationSubjects, err error) {
	for _, o := range organizations {
		var others []models.ExclusionRule
		if o.IntegrationID == "" {
			if others, err = rulesIn(tx, o, p.integrationID); err != nil {
				return nil, err
			}
		}
		subjects := organizationSubjects{Organization: o}
		if subjects.others, err = patternMatches(nil).set(others); err != nil {
			return nil, err
		}
		if subjects.repositories, err = concerned(tx, o, true, nil); err != nil {
			return nil, err
		}
		seen = append(seen, subjects)
	}
	return seen, nil
}

func (p *preview) add(ctx context.Context, o organizationSubjects) error {
	p.Repositories += len(o.repositories)
	for _, r := range o.repositories {
		if err := ctx.Err(); err != nil {
			return err
		}
		matches := make([]bool, len(p.set)) // each rule is asked once: a pattern may be slow
		for i, match := range p.set {
			matches[i] = match(r.Repository)
		}
		first := slices.Index(matches, true)
		if first >= 0 {
			p.Effect.Matched++
		}
		to := r.under(first >= 0 || o.others.firstMatch(r.Repository) >= 0, o.Organization)
		p.Effect.add(r.Selection, to)
		for i := range p.set {
			if matches[i] {
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
