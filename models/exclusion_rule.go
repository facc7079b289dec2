package models

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"
	"unicode/utf8"
)

// RuleKind is what an exclusion rule looks at.
type RuleKind string

// The kinds of rules. Of archived and fork the value is empty.
const (
	RuleName         RuleKind = "name"          // part of owner/name, in any case
	RuleRegexp       RuleKind = "regexp"        // RE2, found anywhere in owner/name
	RuleArchived     RuleKind = "archived"      //
	RuleFork         RuleKind = "fork"          //
	RulePushedBefore RuleKind = "pushed_before" // a date, 2024-01-31; never pushed to counts as long ago
)

// RuleKinds are all kinds, in the order in which people are offered them.
var RuleKinds = []RuleKind{RuleName, RuleRegexp, RuleArchived, RuleFork, RulePushedBefore}

// ExclusionRule keeps repositories of an integration from being imported.
type ExclusionRule struct {
	ID            string `gorm:"primaryKey"`
	IntegrationID string
	Position      int // in the order in which the user has put them, from 0
	Kind          RuleKind
	Value         string
	CreatedAt     time.Time
}

// MaxRuleValue is how long a rule's value may be, in characters.
const MaxRuleValue = 200

// maxRuleProgram is what a stored pattern may compile to, in instructions. Every
// repository is matched against it, and a repetition makes a huge program out of
// a few characters. What may be stored today is less: see Cost.
const maxRuleProgram = 2000

// How much the patterns of an integration may cost, one of them and all together.
// A literal character is one instruction; ten thousand long names are matched
// against 2,000 instructions in less than half a minute.
const (
	MaxRuleCost  = 300
	MaxRulesCost = 2000
)

// Matcher returns what tells whether a repository matches. The error says what
// was expected of the value, without repeating it.
func (r ExclusionRule) Matcher() (func(Repository) bool, error) {
	if utf8.RuneCountInString(r.Value) > MaxRuleValue {
		return nil, fmt.Errorf("expected at most %d characters", MaxRuleValue)
	}
	switch r.Kind {
	case RuleName:
		return nameMatcher(r.Value)
	case RuleRegexp:
		return patternMatcher(r.Value)
	case RuleArchived:
		return func(repository Repository) bool { return repository.Archived }, expectNothing(r.Value)
	case RuleFork:
		return func(repository Repository) bool { return repository.Fork }, expectNothing(r.Value)
	case RulePushedBefore:
		return dateMatcher(r.Value)
	}
	return nil, errors.New("expected a kind that exists")
}

// Cost is what matching a repository can cost: the instructions that a pattern
// compiles to, and nothing for other kinds. Of a rule that makes no sense it is 0.
func (r ExclusionRule) Cost() int {
	if r.Kind != RuleRegexp {
		return 0
	}
	parsed, err := syntax.Parse(r.Value, syntax.Perl)
	if err != nil {
		return 0
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0
	}
	return len(program.Inst)
}

func expectNothing(value string) error {
	if value != "" {
		return errors.New("expected no value for a rule of this kind")
	}
	return nil
}

func nameMatcher(part string) (func(Repository) bool, error) {
	if strings.TrimSpace(part) == "" {
		return nil, errors.New("expected a part of owner/name")
	}
	part = strings.ToLower(strings.TrimSpace(part))
	return func(repository Repository) bool { return strings.Contains(strings.ToLower(repository.FullName), part) }, nil
}

func patternMatcher(pattern string) (func(Repository) bool, error) {
	if pattern == "" {
		return nil, errors.New("expected a regular expression")
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		var wrong *syntax.Error
		if errors.As(err, &wrong) { // the rest of it repeats the pattern
			return nil, fmt.Errorf("expected a regular expression (RE2), but found: %s", wrong.Code)
		}
		return nil, errors.New("expected a regular expression (RE2)")
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(program.Inst) > maxRuleProgram {
		return nil, errors.New("expected a regular expression with fewer repetitions")
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return nil, errors.New("expected a regular expression (RE2)")
	}
	return func(repository Repository) bool { return compiled.MatchString(repository.FullName) }, nil
}

func dateMatcher(date string) (func(Repository) bool, error) {
	before, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil, errors.New("expected a date such as 2024-01-31")
	}
	return func(repository Repository) bool {
		return repository.PushedAt == nil || repository.PushedAt.Before(before)
	}, nil
}
