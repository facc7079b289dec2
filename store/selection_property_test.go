package store_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// Whatever the order of probes, rules, imports, ignores and restores of two
// integrations that see one organization, its repositories are selected as a
// simple model says.
func TestSelection_equalsASimpleModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		round := int64(0)
		rapid.Check(t, func(rt *rapid.T) {
			round++
			w := newSelectionWorld(t, rt, s, 20_000+round)
			w.probe(0, 1, 2, 3)
			for range rapid.IntRange(5, 25).Draw(rt, "steps") {
				w.step()
				w.compare()
			}
		})
	})
}

// selectionWorld is a store, and what it should hold of one organization.
type selectionWorld struct {
	t            *testing.T
	rt           *rapid.T
	store        *store.Store
	organization int64
	integrations []string
	model        selectionModel
}

type selectionModel struct {
	owner        string
	auto         bool
	rules        map[string][]models.ExclusionRule
	repositories map[int64]modelRepository
}

type modelRepository struct {
	models.Repository
	read bool
}

func newSelectionWorld(t *testing.T, rt *rapid.T, s *store.Store, organization int64) *selectionWorld {
	t.Helper()
	w := &selectionWorld{t: t, rt: rt, store: s, organization: organization,
		model: selectionModel{rules: map[string][]models.ExclusionRule{}, repositories: map[int64]modelRepository{}}}
	for i := range 2 {
		c, err := s.CreateConnection(t.Context(), models.OAuth, token)
		must(t, err)
		must(t, s.SaveOrganizations(t.Context(), c.ID, []models.Organization{{ID: organization, Login: "octo-org"}},
			[]models.ConnectionOrganization{{OrganizationID: organization, Access: models.AccessOK}}))
		integration, err := s.CreateIntegration(t.Context(), store.NewIntegration{ConnectionID: c.ID, Name: fmt.Sprint(organization, "-", i),
			OrganizationIDs: []int64{organization}, Services: models.Services{Repos: true}})
		must(t, err)
		w.integrations = append(w.integrations, integration.ID)
	}
	return w
}

func (w *selectionWorld) step() {
	by := w.integrations[max(0, rapid.IntRange(-3, 1).Draw(w.rt, "by"))] // more often the first
	steps := []string{"probe", "probe", "rules", "rules", "rules", "import", "import", "import all", "ignore", "restore", "restore all", "auto-import", "read", "read"}
	switch what := rapid.SampledFrom(steps).Draw(w.rt, "step"); what {
	case "probe":
		w.probe(w.some()...)
	case "rules":
		w.setRules(by)
	case "auto-import":
		w.autoImport(by)
	case "read":
		w.read()
	default:
		w.choose(by, what)
	}
}

func (w *selectionWorld) probe(numbers ...int64) {
	var page []models.Repository
	for _, n := range numbers {
		r := models.Repository{
			ID: 10*w.organization + n, OrganizationID: w.organization,
			FullName: "octo-org/" + rapid.SampledFrom([]string{"api", "Api-old", "sandbox"}).Draw(w.rt, "name"),
			Archived: rapid.Bool().Draw(w.rt, "archived"), Fork: rapid.Bool().Draw(w.rt, "fork"),
		}
		if year := rapid.IntRange(2022, 2025).Draw(w.rt, "pushed"); year > 2022 {
			r.PushedAt = new(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
		}
		page = append(page, r)
	}
	_, err := w.store.SaveProbe(w.t.Context(), w.organization, page, storetest.Noon)
	w.must(err)
	for _, r := range page {
		known, found := w.model.repositories[r.ID]
		if r.Selection = known.Selection; !found {
			r.Selection = models.Available
			if w.model.auto {
				r.Selection = models.Imported
			}
		}
		w.model.repositories[r.ID] = modelRepository{r, known.read}
		w.model.settle(r.ID)
	}
}

// some draws a few repositories.
func (w *selectionWorld) some() []int64 {
	return rapid.SliceOfNDistinct(rapid.Int64Range(0, 4), 1, 4, rapid.ID[int64]).Draw(w.rt, "repositories")
}

func (w *selectionWorld) setRules(by string) {
	rules := rapid.SliceOfNDistinct(rapid.SampledFrom([]models.ExclusionRule{
		{Kind: models.RuleName, Value: "API"}, {Kind: models.RuleName, Value: "box"}, {Kind: models.RuleRegexp, Value: "/[a-z]+$"},
		{Kind: models.RuleArchived}, {Kind: models.RuleFork}, {Kind: models.RulePushedBefore, Value: "2024-01-01"}, {Kind: models.RulePushedBefore, Value: "2025-01-02"},
	}), 0, 3, rapid.ID[models.ExclusionRule]).Draw(w.rt, "rules")
	preview, err := w.store.PreviewExclusionRules(w.t.Context(), by, rules)
	w.must(err)
	set, err := w.store.SetExclusionRules(w.t.Context(), by, rules)
	w.must(err)
	w.model.rules[by] = rules
	if w.model.owner == "" || w.model.owner == by {
		w.model.settleAll()
	}
	preview.Effect.Matched, set.Effect.Matched = 0, 0 // others' rules do not count as ours
	if diff := cmp.Diff(preview.Effect, set.Effect); diff != "" {
		w.rt.Errorf("rules do not what their preview said: %s", diff)
	}
	if (set.Effect.Resumed > 0) != (len(set.Syncs) > 0) {
		w.rt.Errorf("%d repositories are imported again and %d syncs queued", set.Effect.Resumed, len(set.Syncs))
	}
}

func (w *selectionWorld) autoImport(by string) {
	on, existing := rapid.Bool().Draw(w.rt, "on"), rapid.Bool().Draw(w.rt, "existing")
	_, err := w.store.SetAutoImport(w.t.Context(), by, w.organization, on, existing)
	if w.model.elsewhere(by) {
		w.refused(err, new(*store.ClaimedError))
		return
	}
	w.must(err)
	if on {
		w.model.claim(by, true)
		if existing {
			w.model.importAvailable()
		}
	} else if w.model.owner == by {
		w.model.auto = false
	}
}

// read has a sync begin to read a repository.
func (w *selectionWorld) read() {
	id := 10*w.organization + rapid.Int64Range(0, 4).Draw(w.rt, "repository")
	r, found := w.model.repositories[id]
	_, err := w.store.ClaimStream(w.t.Context(), id, models.StreamCommits)
	switch {
	case !found:
		w.refused(err, store.ErrNotFound)
	case r.Selection != models.Imported:
		w.refused(err, store.ErrServiceDisabled)
	default:
		w.must(err)
		r.read = true
		w.model.repositories[id] = r
	}
}

func (w *selectionWorld) choose(by, what string) {
	var ids []int64
	choice := store.Choice{Filter: store.RepositoryFilter{OrganizationID: w.organization}}
	if !strings.HasSuffix(what, "all") {
		for _, n := range w.some() {
			ids = append(ids, 10*w.organization+n)
		}
		choice = store.Choice{RepositoryIDs: ids}
	}
	do := map[string]func() (store.Chosen, error){
		"import":  func() (store.Chosen, error) { return w.store.Import(w.t.Context(), by, choice) },
		"ignore":  func() (store.Chosen, error) { return w.store.Ignore(w.t.Context(), by, choice) },
		"restore": func() (store.Chosen, error) { return w.store.Restore(w.t.Context(), by, choice) },
	}[strings.TrimSuffix(what, " all")]
	known := func(id int64) bool { return w.model.repositories[id].ID != 0 }
	before := w.model.selections()
	chosen, err := do()
	switch unknown := len(choice.RepositoryIDs) > 0 && slices.ContainsFunc(ids, func(id int64) bool { return !known(id) }); {
	case unknown, w.model.elsewhere(by) && len(choice.RepositoryIDs) == 0:
		w.refused(err, store.ErrNotFound)
		return
	case w.model.elsewhere(by):
		w.refused(err, new(*store.ClaimedError))
		return
	}
	next := w.model.clone()
	switch what {
	case "import":
		next.claim(by, false)
		for _, id := range ids {
			if next.matches(next.repositories[id]) {
				w.refused(err, new(*store.ExcludedError))
				return
			}
			next.set(id, models.Imported)
		}
	case "import all":
		if slices.Contains(slices.Collect(maps.Values(before)), models.Available) {
			next.claim(by, false)
			next.importAvailable()
		}
	case "ignore":
		for _, id := range ids {
			next.set(id, models.Ignored)
		}
	case "restore all":
		ids = slices.Collect(maps.Keys(next.repositories))
		fallthrough
	case "restore":
		for _, id := range ids {
			if next.repositories[id].Selection == models.Ignored {
				next.set(id, models.ExcludedByRule)
				next.settle(id)
			}
		}
	}
	w.must(err)
	settled := w.model.clone() // a claim alone may change something, too
	settled.owner = next.owner
	settled.settleAll()
	if changed := differences(settled.selections(), next.selections()); chosen.Changed != changed {
		w.rt.Errorf("%s changed %d, want %d", what, chosen.Changed, changed)
	}
	w.model = next
}

func (w *selectionWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.rt.Fatal(err)
	}
}

// refused expects an error that is want, or of the type that want points to.
func (w *selectionWorld) refused(err error, want any) {
	w.t.Helper()
	if sentinel, ok := want.(error); ok && errors.Is(err, sentinel) {
		return
	} else if !ok && err != nil && errors.As(err, want) {
		return
	}
	w.rt.Fatalf("got %v, want %T", err, want)
}

func (w *selectionWorld) compare() {
	var stored []models.Repository
	w.must(w.store.DB().Where("organization_id = ?", w.organization).Find(&stored).Error)
	got := map[int64]models.Selection{}
	for _, r := range stored {
		got[r.ID] = r.Selection
	}
	if diff := cmp.Diff(w.model.selections(), got); diff != "" {
		w.rt.Fatalf("owner %s, auto %t, rules %v: %s", w.model.owner, w.model.auto, w.model.rules, diff)
	}
	o, err := w.store.Organization(w.t.Context(), w.organization)
	w.must(err)
	if o.IntegrationID != w.model.owner || o.AutoImport != w.model.auto {
		w.rt.Fatalf("owned by %q (auto %t), want %q (%t)", o.IntegrationID, o.AutoImport, w.model.owner, w.model.auto)
	}
}

func (m selectionModel) clone() selectionModel {
	m.repositories = maps.Clone(m.repositories)
	return m
}

func (m selectionModel) selections() map[int64]models.Selection {
	selections := map[int64]models.Selection{}
	for id, r := range m.repositories {
		selections[id] = r.Selection
	}
	return selections
}

func differences(a, b map[int64]models.Selection) (n int) {
	for id := range b {
		if a[id] != b[id] {
			n++
		}
	}
	return n
}

func (m selectionModel) elsewhere(by string) bool { return m.owner != "" && m.owner != by }

func (m selectionModel) set(id int64, to models.Selection) {
	r := m.repositories[id]
	r.Selection = to
	m.repositories[id] = r
}

func (m *selectionModel) claim(by string, auto bool) {
	first := m.owner == ""
	m.owner, m.auto = by, m.auto || auto
	if first {
		m.settleAll()
	}
}

func (m selectionModel) importAvailable() {
	for id, r := range m.repositories {
		if r.Selection == models.Available {
			m.set(id, models.Imported)
		}
	}
}

func (m selectionModel) settleAll() {
	for id := range m.repositories {
		m.settle(id)
	}
}

func (m selectionModel) settle(id int64) {
	r := m.repositories[id]
	switch excluded := m.matches(r); {
	case r.Selection == models.Ignored:
	case excluded:
		m.set(id, models.ExcludedByRule)
	case r.Selection == models.ExcludedByRule && m.owner != "" && (m.auto || r.read):
		m.set(id, models.Imported)
	case r.Selection == models.ExcludedByRule:
		m.set(id, models.Available)
	}
}

func (m selectionModel) matches(r modelRepository) bool {
	for by, rules := range m.rules {
		if !m.elsewhere(by) && slices.ContainsFunc(rules, func(rule models.ExclusionRule) bool { return modelMatches(rule, r.Repository) }) {
			return true
		}
	}
	return false
}

func modelMatches(rule models.ExclusionRule, r models.Repository) bool {
	switch rule.Kind {
	case models.RuleName:
		return regexp.MustCompile("(?i)" + regexp.QuoteMeta(rule.Value)).MatchString(r.FullName)
	case models.RuleRegexp:
		return regexp.MustCompile(rule.Value).MatchString(r.FullName)
	case models.RuleArchived:
		return r.Archived
	case models.RuleFork:
		return r.Fork
	}
	return r.PushedAt == nil || r.PushedAt.Format(time.DateOnly) < rule.Value
}
