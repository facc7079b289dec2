package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func selections(t *testing.T, s *store.Store) map[int64]models.Selection {
	t.Helper()
	var repositories []models.Repository
	must(t, s.DB().Find(&repositories).Error)
	found := map[int64]models.Selection{}
	for _, r := range repositories {
		found[r.ID] = r.Selection
	}
	return found
}

func TestSetExclusionRules_stopsWhatMatchesAndBringsItBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 4)
		must(t, s.DB().Exec("DELETE FROM syncs").Error)
		_, err := s.Ignore(ctx, integration.ID, store.Choice{RepositoryIDs: []int64{repository + 1}})
		must(t, err)
		reading, err := s.ClaimStream(ctx, repository, models.StreamIssues)
		must(t, err)

		rules := []models.ExclusionRule{{Kind: models.RuleRegexp, Value: "repo-[12]$"}, {Kind: models.RuleName, Value: "REPO-3"}}
		set, err := s.SetExclusionRules(ctx, integration.ID, rules)
		must(t, err)
		if want := (store.RulesEffect{Matched: 3, Excluded: 2, Stopped: 2}); set.Effect != want || len(set.Syncs) != 0 {
			t.Errorf("effect %+v and %d syncs, want %+v and none", set.Effect, len(set.Syncs), want)
		}
		want := map[int64]models.Selection{repository: models.ExcludedByRule, repository + 1: models.Ignored, repository + 2: models.ExcludedByRule, repository + 3: models.Imported}
		if diff := cmp.Diff(want, selections(t, s)); diff != "" {
			t.Error(diff)
		}
		if err := s.SavePage(ctx, &reading.Stream, models.Page{Next: models.Checkpoint{Cursor: "1"}}); !errors.Is(err, store.ErrServiceDisabled) {
			t.Errorf("a page of an excluded repository: %v, want ErrServiceDisabled", err)
		}

		again, err := s.SetExclusionRules(ctx, integration.ID, []models.ExclusionRule{rules[1], rules[0]})
		must(t, err)
		if again.Rules[0].ID != set.Rules[1].ID || again.Rules[1].ID != set.Rules[0].ID {
			t.Errorf("rules %+v in another order have other ids: %+v", set.Rules, again.Rules)
		}
		stored, err := s.ExclusionRules(ctx, integration.ID)
		must(t, err)
		if diff := cmp.Diff(again.Rules, stored); diff != "" {
			t.Error(diff)
		}

		none, err := s.SetExclusionRules(ctx, integration.ID, nil)
		must(t, err)
		if want := (store.RulesEffect{Returned: 2, Resumed: 2}); none.Effect != want || len(none.Syncs) != 1 || none.Syncs[0].OrganizationID != storetest.OrganizationID {
			t.Errorf("effect %+v and syncs %+v, want %+v and one", none.Effect, none.Syncs, want)
		}
	})
}

func TestSetExclusionRules_leavesWhatWasNeverReadAvailable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 3)
		_, err := s.SetAutoImport(ctx, integration.ID, storetest.OrganizationID, false, false)
		must(t, err)
		for _, id := range []int64{repository, repository + 1} {
			_, err = s.ClaimStream(ctx, id, models.StreamIssues)
			must(t, err)
		}
		for _, rules := range [][]models.ExclusionRule{{{Kind: models.RuleName, Value: "repo"}}, nil} {
			if rules == nil { // meanwhile the second is being deleted
				must(t, s.DB().Exec("UPDATE repositories SET purge_requested_at = ? WHERE id = ?", storetest.Noon, repository+1).Error)
			}
			_, err = s.SetExclusionRules(ctx, integration.ID, rules)
			must(t, err)
		}
		want := map[int64]models.Selection{repository: models.Imported, repository + 1: models.Available, repository + 2: models.Available}
		if diff := cmp.Diff(want, selections(t, s)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSetExclusionRules_saysWhichMakesNoSense(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		fork := models.ExclusionRule{Kind: models.RuleFork}
		for i, rules := range [][]models.ExclusionRule{
			{{Kind: models.RuleRegexp, Value: "("}},
			{fork, fork},
			{fork, {Kind: models.RuleArchived}, {Kind: models.RulePushedBefore, Value: "yesterday"}},
		} {
			_, err1 := s.SetExclusionRules(ctx, integration.ID, rules)
			_, err2 := s.PreviewExclusionRules(ctx, integration.ID, rules)
			for _, err := range []error{err1, err2} {
				var wrong *store.RuleError
				if !errors.As(err, &wrong) || wrong.Rule != i {
					t.Errorf("%+v: %v, want that rule %d makes no sense", rules, err, i)
				}
			}
		}
		if rules, err := s.ExclusionRules(ctx, integration.ID); err != nil || len(rules) != 0 {
			t.Errorf("stored rules %+v, %v; want none", rules, err)
		}
		for _, ask := range []func() error{
			func() error { _, err := s.SetExclusionRules(ctx, "unknown", nil); return err },
			func() error { _, err := s.PreviewExclusionRules(ctx, "unknown", nil); return err },
			func() error { _, err := s.ExclusionRules(ctx, "unknown"); return err },
		} {
			if err := ask(); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("unknown integration: %v, want ErrNotFound", err)
			}
		}
	})
}

func TestPreviewExclusionRules_tellsAndDoesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 60)
		_, err := s.SetExclusionRules(ctx, integration.ID, []models.ExclusionRule{{Kind: models.RuleName, Value: "repo-60"}})
		must(t, err)
		_, err = s.Ignore(ctx, integration.ID, store.Choice{RepositoryIDs: []int64{repository + 1}}) // repo-2
		must(t, err)
		before := selections(t, s)

		p, err := s.PreviewExclusionRules(ctx, integration.ID, []models.ExclusionRule{
			{Kind: models.RuleRegexp, Value: `repo-\d$`}, {Kind: models.RuleName, Value: "repo-1"}, {Kind: models.RuleArchived}})
		must(t, err)
		want := store.RulesPreview{
			Repositories: 60,
			Effect:       store.RulesEffect{Matched: 19, Excluded: 18, Stopped: 18, Returned: 1, Resumed: 1},
			Rules:        []store.RulesEffect{{Matched: 9, Excluded: 8, Stopped: 8}, {Matched: 11, Excluded: 11, Stopped: 11}, {}},
		}
		examples := p.Examples
		p.Examples = nil
		if diff := cmp.Diff(want, p); diff != "" {
			t.Error(diff)
		}
		if len(examples) != 19 || examples[0].FullName != "octo-org/repo-1" || examples[0].Rule != 0 || examples[1].FullName != "octo-org/repo-10" || examples[1].Rule != 1 ||
			examples[15].FullName != "octo-org/repo-60" || examples[15].Rule != -1 || examples[15].To != models.Imported {
			t.Errorf("%d examples: %+v; want 19 by name with the rule of each, and that repo-60 comes back", len(examples), examples)
		}
		if p, err = s.PreviewExclusionRules(ctx, integration.ID, []models.ExclusionRule{{Kind: models.RuleName, Value: "octo-org"}}); err != nil || len(p.Examples) != 50 || p.Effect.Excluded != 58 {
			t.Errorf("%d examples of %d (%v), want 50 of 58", len(p.Examples), p.Effect.Excluded, err)
		}
		if diff := cmp.Diff(before, selections(t, s)); diff != "" {
			t.Errorf("previews changed something: %s", diff)
		}
	})
}

func TestSetExclusionRules_leavesOtherIntegrationsAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Integration(t, s, 2)
		c, err := s.CreateConnection(ctx, models.OAuth, token)
		must(t, err)
		must(t, s.SaveOrganizations(ctx, c.ID, []models.Organization{{ID: storetest.OrganizationID, Login: "octo-org"}, {ID: 9001, Login: "acme"}},
			[]models.ConnectionOrganization{{OrganizationID: storetest.OrganizationID, Access: models.AccessOK}, {OrganizationID: 9001, Access: models.AccessOK}}))
		second, err := s.CreateIntegration(ctx, store.NewIntegration{ConnectionID: c.ID, Name: "second", OrganizationIDs: []int64{9001}})
		must(t, err)
		_, err = s.SaveProbe(ctx, 9001, []models.Repository{{ID: 1, FullName: "acme/repo"}}, storetest.Noon)
		must(t, err)

		set, err := s.SetExclusionRules(ctx, second.ID, []models.ExclusionRule{{Kind: models.RuleName, Value: "repo"}})
		must(t, err)
		want := map[int64]models.Selection{1: models.ExcludedByRule, repository: models.Imported, repository + 1: models.Imported}
		if diff := cmp.Diff(want, selections(t, s)); diff != "" || set.Effect.Matched != 1 {
			t.Errorf("%+v: %s", set.Effect, diff)
		}
	})
}

func TestSaveProbe_followsTheRules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 2)
		_, err := s.SetExclusionRules(ctx, integration.ID, []models.ExclusionRule{{Kind: models.RuleArchived}, {Kind: models.RuleName, Value: "repo-3"}})
		must(t, err)
		probe := storetest.Repositories(3)
		probe[0].Archived = true
		for i, want := range []struct {
			changed    int
			selections []models.Selection
		}{
			{2, []models.Selection{models.ExcludedByRule, models.Imported, models.ExcludedByRule}},
			{0, []models.Selection{models.ExcludedByRule, models.Imported, models.ExcludedByRule}},
			{2, []models.Selection{models.Imported, models.Imported, models.Imported}},
		} {
			if i == 2 {
				probe[0].Archived, probe[2].FullName = false, "octo-org/renamed"
			}
			changed, err := s.SaveProbe(ctx, storetest.OrganizationID, probe, storetest.Noon.Add(time.Duration(i+1)*time.Hour))
			must(t, err)
			found := selections(t, s)
			got := []models.Selection{found[repository], found[repository+1], found[repository+2]}
			if diff := cmp.Diff(want.selections, got); diff != "" || changed != want.changed {
				t.Errorf("probe %d changed %d, want %d: %s", i, changed, want.changed, diff)
			}
		}
	})
}

func TestImport_refusesWhatIsExcludedOrPurgedAndDoesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 4)
		_, err := s.Select(ctx, integration.ID, []int64{repository, repository + 1, repository + 2, repository + 3}, models.Available)
		must(t, err)
		_, err = s.SetExclusionRules(ctx, integration.ID, []models.ExclusionRule{{Kind: models.RuleName, Value: "repo-2"}})
		must(t, err)
		must(t, s.DB().Exec("UPDATE repositories SET purge_requested_at = ? WHERE id = ?", storetest.Noon, repository+2).Error)

		before := selections(t, s)
		var excluded *store.ExcludedError
		if _, err := s.Import(ctx, integration.ID, store.Choice{RepositoryIDs: []int64{repository, repository + 1}}); !errors.As(err, &excluded) || excluded.FullName != "octo-org/repo-2" {
			t.Errorf("repo-2: %v, want an ExcludedError", err)
		}
		if _, err := s.Import(ctx, integration.ID, store.Choice{RepositoryIDs: []int64{repository, repository + 2}}); !errors.As(err, new(*store.PurgingError)) {
			t.Errorf("repo-3: %v, want a PurgingError", err)
		}
		if diff := cmp.Diff(before, selections(t, s)); diff != "" {
			t.Errorf("something was done: %s", diff)
		}
		everything := store.Choice{Filter: store.RepositoryFilter{Selections: []models.Selection{models.Available, models.ExcludedByRule}}}
		done, err := s.Import(ctx, integration.ID, everything)
		if err != nil || done.Changed != 2 {
			t.Errorf("Import of all = %+v, %v; want the two that can be", done, err)
		}
	})
}

func TestChoose_takesAllThatAFilterShows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 12)
		probe := storetest.Repositories(12)
		for i := range probe {
			probe[i].Archived = i%2 == 0
		}
		_, err := s.SaveProbe(ctx, storetest.OrganizationID, probe, storetest.Noon.Add(time.Hour))
		must(t, err)

		one := store.Choice{Filter: store.RepositoryFilter{OrganizationID: storetest.OrganizationID, Query: "repo-1"}} // 1, 10, 11, 12
		if done, err := s.Ignore(ctx, integration.ID, one); err != nil || done.Changed != 0 {
			t.Errorf("ignoring what is available: %+v, %v; want nothing, all are imported", done, err)
		}
		one.Filter.Selections, one.Filter.Archived = []models.Selection{models.Imported}, new(true)
		if done, err := s.Ignore(ctx, integration.ID, one); err != nil || done.Changed != 2 {
			t.Errorf("ignoring: %+v, %v; want 1 and 11", done, err)
		}
		if done, err := s.Restore(ctx, integration.ID, store.Choice{Filter: store.RepositoryFilter{Query: "repo-11"}}); err != nil || done.Changed != 1 || len(done.Imported) != 1 {
			t.Errorf("restoring: %+v, %v; want 11, imported by itself", done, err)
		}
		if done, err := s.Restore(ctx, integration.ID, store.Choice{}); err != nil || done.Changed != 1 {
			t.Errorf("restoring all: %+v, %v; want 1", done, err)
		}
		failing := store.Choice{Filter: store.RepositoryFilter{Selections: []models.Selection{models.Imported}, Statuses: []models.RepositoryStatus{models.RepositoryFailed}}}
		must(t, s.LoseRepository(ctx, repository+4, models.RepoBlocked))
		if done, err := s.Ignore(ctx, integration.ID, failing); err != nil || done.Changed != 1 || selections(t, s)[repository+4] != models.Ignored {
			t.Errorf("ignoring what fails: %+v, %v; want the one that is blocked", done, err)
		}
		for _, organization := range []int64{1, 404} {
			if _, err := s.Import(ctx, integration.ID, store.Choice{Filter: store.RepositoryFilter{OrganizationID: organization}}); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("organization %d: %v, want ErrNotFound", organization, err)
			}
		}
	})
}

func TestSetAutoImport_claimsTheOrganization(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Integration(t, s, 1)
		c, err := s.CreateConnection(ctx, models.OAuth, token)
		must(t, err)
		must(t, s.SaveOrganizations(ctx, c.ID, []models.Organization{{ID: storetest.OrganizationID, Login: "octo-org"}, {ID: 9001, Login: "acme"}},
			[]models.ConnectionOrganization{{OrganizationID: storetest.OrganizationID, Access: models.AccessOK}, {OrganizationID: 9001, Access: models.AccessOK}}))
		second, err := s.CreateIntegration(ctx, store.NewIntegration{ConnectionID: c.ID, Name: "second", OrganizationIDs: []int64{9001}})
		must(t, err)
		found := func(n int64) {
			_, err = s.SaveProbe(ctx, 9001, []models.Repository{{ID: n, FullName: fmt.Sprint("acme/", n)}}, storetest.Noon)
			must(t, err)
		}
		found(1)
		for _, on := range []bool{true, false} {
			if _, err := s.SetAutoImport(ctx, second.ID, storetest.OrganizationID, on, false); !errors.As(err, new(*store.ClaimedError)) {
				t.Errorf("another integration's organization (%t): %v, want a ClaimedError", on, err)
			}
			if _, err := s.SetAutoImport(ctx, second.ID, 404, on, false); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("an unknown organization (%t): %v, want ErrNotFound", on, err)
			}
		}
		for _, step := range []struct {
			on, existing bool
			changed      int
			want         models.Selection // of the next one that is found
		}{{true, false, 0, models.Imported}, {false, false, 0, models.Available}, {true, true, 2, models.Imported}} {
			done, err := s.SetAutoImport(ctx, second.ID, 9001, step.on, step.existing)
			if err != nil || done.Changed != step.changed {
				t.Errorf("%+v: %+v, %v", step, done, err)
			}
			next := int64(len(selections(t, s)) + 1)
			found(next)
			if got := selections(t, s)[next]; got != step.want {
				t.Errorf("%+v: a new repository is %s", step, got)
			}
		}
		if o, err := s.Organization(ctx, 9001); err != nil || o.IntegrationID != second.ID {
			t.Errorf("organization = %+v, %v, want it claimed", o, err)
		}
	})
}

// Rules that change while probes change what they look at, and while people
// choose, hold in the end for every repository.
func TestSetExclusionRules_holdBesideProbesAndChoices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		const n = 20
		integration := storetest.Integration(t, s, n)
		everything := store.Choice{Filter: store.RepositoryFilter{OrganizationID: storetest.OrganizationID}}
		for round := range 30 {
			rules := []models.ExclusionRule{{Kind: models.RuleArchived}, {Kind: models.RuleFork}, {Kind: models.RuleName, Value: "repo-1"}}[round%3:]
			atOnce(t,
				func() error {
					page := storetest.Repositories(n)
					for k := range page {
						page[k].Archived, page[k].Fork = (k+round)%3 == 0, (k+round)%4 == 0
					}
					_, err := s.SaveProbe(ctx, storetest.OrganizationID, page, storetest.Noon.Add(time.Duration(round)*time.Second))
					return err
				},
				func() error { _, err := s.SetExclusionRules(ctx, integration.ID, rules); return err },
				func() error { _, err := s.Import(ctx, integration.ID, everything); return err },
				func() error {
					_, err := s.Ignore(ctx, integration.ID, store.Choice{RepositoryIDs: []int64{repository}})
					return err
				},
				func() error { _, err := s.Restore(ctx, integration.ID, store.Choice{}); return err },
			)
			var repositories []models.Repository
			must(t, s.DB().Where("selection <> ?", models.Ignored).Find(&repositories).Error)
			for _, r := range repositories {
				matches := slices.ContainsFunc(rules, func(rule models.ExclusionRule) bool { return modelMatches(rule, r) })
				if matches != (r.Selection == models.ExcludedByRule) {
					t.Fatalf("round %d: %s (archived %t, fork %t) is %s under %+v", round, r.FullName, r.Archived, r.Fork, r.Selection, rules)
				}
			}
		}
	})
}

func atOnce(t *testing.T, do ...func() error) {
	t.Helper()
	var group errgroup.Group
	for _, one := range do {
		group.Go(one)
	}
	must(t, group.Wait())
}

// slow is a pattern of the kind that takes seconds on thousands of names.
const slow = `([^z]?){300}z{1}$`

func TestSetExclusionRules_refusesPatternsThatCostTooMuch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		many := []models.ExclusionRule{}
		for i := range 30 { // each is cheap enough
			many = append(many, models.ExclusionRule{Kind: models.RuleRegexp, Value: fmt.Sprintf("(x{1,30}y%d){1,2}", i)})
		}
		for want, rules := range map[int][]models.ExclusionRule{
			1:  {{Kind: models.RuleFork}, {Kind: models.RuleRegexp, Value: slow}},
			15: many,
		} {
			_, err1 := s.SetExclusionRules(ctx, integration.ID, rules)
			_, err2 := s.PreviewExclusionRules(ctx, integration.ID, rules)
			for _, err := range []error{err1, err2} {
				var wrong *store.RuleError
				if !errors.As(err, &wrong) || wrong.Rule != want || !strings.Contains(wrong.Problem, "instructions") || strings.Contains(wrong.Problem, "[") {
					t.Errorf("%d rules: %v, want that rule %d costs too much", len(rules), err, want)
				}
			}
		}
	})
}

// TestSetExclusionRules_keepsWhatWasStoredBeforeTheBound plays an upgrade: what
// somebody has excluded stays so, until the rules are set again.
func TestSetExclusionRules_keepsWhatWasStoredBeforeTheBound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		old := models.ExclusionRule{ID: "old", IntegrationID: integration.ID, Kind: models.RuleRegexp, Value: "([^z]?){300}o-[0-9]$", CreatedAt: storetest.Noon}
		must(t, s.DB().Create(&old).Error)
		_, err := s.SaveProbe(ctx, storetest.OrganizationID, storetest.Repositories(2), storetest.Noon)
		must(t, err)
		want := map[int64]models.Selection{repository: models.ExcludedByRule, repository + 1: models.ExcludedByRule}
		if diff := cmp.Diff(want, selections(t, s)); diff != "" {
			t.Error(diff)
		}
		var wrong *store.RuleError
		if _, err := s.SetExclusionRules(ctx, integration.ID, []models.ExclusionRule{old}); !errors.As(err, &wrong) {
			t.Errorf("set again: %v, want that it costs too much", err)
		}
	})
}

// endsAfter is a context that ends when it was asked so often.
type endsAfter struct {
	context.Context
	left int
}

func (c *endsAfter) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestExclusionRules_stopMatchingWhenNobodyWaits(t *testing.T) {
	names := make([]string, 5000)
	for i := range names {
		names[i] = fmt.Sprintf("octo-org/%0100d", i)
	}
	rules := []models.ExclusionRule{{Kind: models.RuleRegexp, Value: slow}}
	ctx := &endsAfter{Context: t.Context(), left: 10}
	if _, err := store.MatchNames(ctx, rules, names); !errors.Is(err, context.Canceled) || ctx.left != -1 {
		t.Errorf("%v after %d names, want that it stops at the eleventh", err, 10-ctx.left)
	}
}

// TestExclusionRules_areMatchedBeforeTheirTransaction lets what was found before
// contradict the pattern.
func TestExclusionRules_areMatchedBeforeTheirTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 2)
		_, err := s.SetExclusionRules(t.Context(), integration.ID, []models.ExclusionRule{{Kind: models.RuleRegexp, Value: "nothing"}})
		must(t, err)
		must(t, s.ApplyRules(t.Context(), storetest.OrganizationID, "nothing", map[string]bool{"octo-org/repo-1": true}))
		want := map[int64]models.Selection{repository: models.ExcludedByRule, repository + 1: models.Imported}
		if diff := cmp.Diff(want, selections(t, s)); diff != "" {
			t.Error(diff)
		}
	})
}
