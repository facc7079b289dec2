package models

import "time"

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

// ExclusionRule keeps repositories of an integration from being imported.
type ExclusionRule struct {
	ID            string `gorm:"primaryKey"`
	IntegrationID string
	Position      int // in the order in which the user has put them, from 0
	Kind          RuleKind
	Value         string
	CreatedAt     time.Time
}
