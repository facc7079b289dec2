package models_test

import (
	"strings"
	"testing"
	"time"

	"tributary/models"
)

func TestMatcher_looksAtWhatItsKindSays(t *testing.T) {
	pushed := time.Date(2024, 1, 30, 23, 59, 59, 0, time.UTC)
	repository := models.Repository{FullName: "Octo-Org/Sandbox-7", PushedAt: &pushed}
	archived, fork, never := repository, repository, repository
	archived.Archived, fork.Fork, never.PushedAt = true, true, nil
	for _, tt := range []struct {
		kind       models.RuleKind
		value      string
		repository models.Repository
		want       bool
	}{
		{models.RuleName, "org/SAND", repository, true},
		{models.RuleName, " sandbox ", repository, true},
		{models.RuleName, "sand.ox", repository, false},
		{models.RuleRegexp, "Sand.ox-[0-9]$", repository, true},
		{models.RuleRegexp, "^Sandbox", repository, false},
		{models.RuleRegexp, "sandbox", repository, false},
		{models.RuleRegexp, "(?i)sandbox", repository, true},
		{models.RuleArchived, "", repository, false},
		{models.RuleArchived, "", archived, true},
		{models.RuleFork, "", archived, false},
		{models.RuleFork, "", fork, true},
		{models.RulePushedBefore, "2024-01-30", repository, false},
		{models.RulePushedBefore, "2024-01-31", repository, true},
		{models.RulePushedBefore, "2024-01-30", never, true},
	} {
		match, err := models.ExclusionRule{Kind: tt.kind, Value: tt.value}.Matcher()
		if err != nil {
			t.Errorf("%s %q: %v", tt.kind, tt.value, err)
			continue
		}
		if got := match(tt.repository); got != tt.want {
			t.Errorf("%s %q matches %+v: %t, want %t", tt.kind, tt.value, tt.repository, got, tt.want)
		}
	}
}

func TestMatcher_refusesWhatMakesNoSenseWithoutRepeatingIt(t *testing.T) {
	for _, tt := range []struct {
		kind        models.RuleKind
		value, says string
	}{
		{models.RuleName, "", "a part of owner/name"},
		{models.RuleName, "   ", "a part of owner/name"},
		{models.RuleName, strings.Repeat("x", 201), "200 characters"},
		{models.RuleRegexp, "", "a regular expression"},
		{models.RuleRegexp, "secret(", "missing closing )"},
		{models.RuleRegexp, `secret\8`, "invalid escape sequence"},
		{models.RuleRegexp, "(?<=secret)x", "invalid named capture"},
		{models.RuleRegexp, "(secret){1000}", "fewer repetitions"},
		{models.RuleRegexp, "((s{1,30}){1,30}){1,30}", "invalid repeat count"},
		{models.RuleArchived, "secret", "no value"},
		{models.RuleFork, "secret", "no value"},
		{models.RulePushedBefore, "31.01.2024 secret", "a date such as 2024-01-31"},
		{models.RulePushedBefore, "2024-02-30", "a date such as 2024-01-31"},
		{"secret", "", "a kind that exists"},
	} {
		_, err := models.ExclusionRule{Kind: tt.kind, Value: tt.value}.Matcher()
		if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret") || strings.HasSuffix(err.Error(), tt.value) && tt.value != "" {
			t.Errorf("%s %q: %v, want %q and not the value", tt.kind, tt.value, err, tt.says)
		}
	}
}

func TestCost_isWhatMatchingCanTake(t *testing.T) {
	for _, tt := range []struct {
		kind  models.RuleKind
		value string
		over  bool
	}{
		{models.RuleRegexp, `([^z]?){300}z{1}$`, true},
		{models.RuleRegexp, `(a{1,50}b{1,50}){3}`, true},
		{models.RuleRegexp, strings.Repeat("é", models.MaxRuleValue), false},
		{models.RuleRegexp, `(?i)^(team-a|team-b|legacy)-.*-(archive|old|test)[0-9]{1,4}$`, false},
		{models.RuleRegexp, "(", false},
		{models.RuleName, `([^z]?){300}z{1}$`, false},
	} {
		rule := models.ExclusionRule{Kind: tt.kind, Value: tt.value}
		if cost := rule.Cost(); cost > models.MaxRuleCost != tt.over {
			t.Errorf("%s %q costs %d, more than %d is %t", tt.kind, tt.value, cost, models.MaxRuleCost, tt.over)
		}
	}
}
