package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// ExclusionRule keeps repositories that match it from being imported.
type ExclusionRule struct {
	Kind models.RuleKind `json:"kind" enum:"name,regexp,archived,fork,pushed_before" doc:"What it looks at." example:"name"`
	// A schema cannot say what each kind takes; the place of what is wrong is told.
	Value string `json:"value,omitempty" maxLength:"200" doc:"name: a part of owner/name, in any case. regexp: found anywhere in owner/name (RE2); it may compile to 300 instructions, and all of them together to 2,000. pushed_before: a date, the beginning of which counts in UTC; what was never pushed to matches. Others take none." example:"sandbox"`
}

// ExclusionRules are the rules of an integration, in the order that the user
// gave them.
type ExclusionRules struct {
	Rules []ExclusionRule `json:"rules" nullable:"false" maxItems:"50" doc:"Each once. A repository is excluded when any of them matches, unless it is ignored."`
}

// RulesEffect counts what rules do to repositories.
type RulesEffect struct {
	Matched  int `json:"matched" doc:"Repositories that match." example:"14"`
	Excluded int `json:"excluded" doc:"Of those, become excluded." example:"9"`
	Stopped  int `json:"stopped" doc:"Of those, are imported until now. What is stored of them stays." example:"2"`
	Returned int `json:"returned" doc:"Repositories that no rule excludes any more." example:"3"`
	Resumed  int `json:"resumed" doc:"Of those, are imported again." example:"1"`
}

// ExclusionRulesSet are rules that hold from now on.
type ExclusionRulesSet struct {
	Rules  []StoredRule `json:"rules" nullable:"false"`
	Effect RulesEffect  `json:"effect"`
	Syncs  []Sync       `json:"syncs" nullable:"false" doc:"What was queued where something is imported again."`
}

// StoredRule is a rule with its id, which it keeps as long as it says the same.
type StoredRule struct {
	ID string `json:"id" format:"uuid"`
	ExclusionRule
	CreatedAt time.Time `json:"created_at"`
}

// StoredRules are the rules of an integration.
type StoredRules struct {
	Rules []StoredRule `json:"rules" nullable:"false"`
}

// RulesPreview is what rules would do.
type RulesPreview struct {
	Repositories int           `json:"repositories" doc:"Those that the rules decide on." example:"220"`
	Effect       RulesEffect   `json:"effect" doc:"Of all rules together; a repository counts once."`
	Rules        []RuleEffect  `json:"rules" nullable:"false" doc:"Of each rule, in their order; a repository counts for every rule that it matches."`
	Examples     []RuleExample `json:"examples" nullable:"false" doc:"Repositories that would change, by name; 50 at most."`
}

// RuleEffect counts what one rule does.
type RuleEffect struct {
	Matched  int `json:"matched" doc:"Repositories that match." example:"14"`
	Excluded int `json:"excluded" doc:"Of those, would become excluded." example:"9"`
	Stopped  int `json:"stopped" doc:"Of those, are imported now." example:"2"`
}

// RuleExample is a repository that rules would change.
type RuleExample struct {
	ID       int64            `json:"id" doc:"GitHub's id." example:"1296269"`
	FullName string           `json:"full_name" example:"octo-org/sandbox-7"`
	From     models.Selection `json:"from" enum:"available,imported,ignored,excluded_by_rule" example:"imported"`
	To       models.Selection `json:"to" enum:"available,imported,ignored,excluded_by_rule" example:"excluded_by_rule"`
	Rule     *int             `json:"rule,omitempty" doc:"The first rule that matches, counted from 0; absent for one that comes back." example:"0"`
}

const rulesPath = "/integrations/{id}/exclusion-rules"

func (s *server) registerExclusionRules() {
	door.Register(s.door, huma.Operation{
		OperationID: "get-exclusion-rules", Method: http.MethodGet, Path: rulesPath, Tags: []string{"repositories"},
		Summary: "Get the exclusion rules of an integration", Description: "In their order.",
	}, []models.Code{problem.NotFound}, s.getExclusionRules)
	door.Register(s.door, huma.Operation{
		OperationID: "set-exclusion-rules", Method: http.MethodPut, Path: rulesPath, Tags: []string{"repositories"},
		Summary: "Replace the exclusion rules of an integration",
		Description: "They hold at once, and again whenever a repository changes: what matches is excluded, also what is imported; its data stays and nothing more is read of it. What matches no more comes back: imported where " +
			"something of it is stored or its organization imports by itself, else available. Ignored repositories stay ignored. Where something is imported again a sync is queued.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown}, s.setExclusionRules)
	door.Register(s.door, huma.Operation{
		OperationID: "preview-exclusion-rules", Method: http.MethodPost, Path: rulesPath + "/preview", Tags: []string{"repositories"},
		Summary: "See what exclusion rules would do", Description: "What replacing the rules by these would change. Nothing is changed.",
	}, []models.Code{problem.NotFound}, s.previewExclusionRules)
}

type exclusionRulesIn struct {
	IntegrationPath
	Body ExclusionRules
}

func (in *exclusionRulesIn) rules() []models.ExclusionRule {
	return views(in.Body.Rules, func(r ExclusionRule) models.ExclusionRule { return models.ExclusionRule{Kind: r.Kind, Value: r.Value} })
}

func viewRule(r models.ExclusionRule) StoredRule {
	return StoredRule{ID: r.ID, ExclusionRule: ExclusionRule{Kind: r.Kind, Value: r.Value}, CreatedAt: r.CreatedAt}
}

type storedRulesOut struct{ Body StoredRules }

func (s *server) getExclusionRules(ctx context.Context, in *IntegrationPath) (*storedRulesOut, error) {
	rules, err := s.Store.ExclusionRules(ctx, in.ID)
	return &storedRulesOut{Body: StoredRules{Rules: views(rules, viewRule)}}, err
}

type exclusionRulesSetOut struct{ Body ExclusionRulesSet }

func (s *server) setExclusionRules(ctx context.Context, in *exclusionRulesIn) (*exclusionRulesSetOut, error) {
	set, err := s.Store.SetExclusionRules(ctx, in.ID, in.rules())
	if err != nil {
		return nil, ruleProblem(err)
	}
	err = inParallel(ctx, views(set.Syncs, func(sync models.Sync) int64 { return sync.OrganizationID }), s.wake)
	return &exclusionRulesSetOut{Body: ExclusionRulesSet{
		Rules: views(set.Rules, viewRule), Effect: RulesEffect(set.Effect), Syncs: views(set.Syncs, s.viewSync),
	}}, err
}

// ruleProblem says which rule of the request is wrong.
func ruleProblem(err error) error {
	var wrong *store.RuleError
	if errors.As(err, &wrong) {
		return problem.Invalid(fmt.Sprintf("body.rules[%d].value", wrong.Rule), wrong.Problem)
	}
	return err
}

type rulesPreviewOut struct{ Body RulesPreview }

func (s *server) previewExclusionRules(ctx context.Context, in *exclusionRulesIn) (*rulesPreviewOut, error) {
	p, err := s.Store.PreviewExclusionRules(ctx, in.ID, in.rules())
	if err != nil {
		return nil, ruleProblem(err)
	}
	return &rulesPreviewOut{Body: RulesPreview{
		Repositories: p.Repositories, Effect: RulesEffect(p.Effect),
		Rules: views(p.Rules, func(e store.RulesEffect) RuleEffect {
			return RuleEffect{Matched: e.Matched, Excluded: e.Excluded, Stopped: e.Stopped}
		}),
		Examples: views(p.Examples, viewExample),
	}}, nil
}

func viewExample(e store.RuleExample) RuleExample {
	view := RuleExample{ID: e.RepositoryID, FullName: e.FullName, From: e.From, To: e.To}
	if e.Rule >= 0 {
		view.Rule = &e.Rule
	}
	return view
}
