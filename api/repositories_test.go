package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestRepositories_areFoundImportedAndIgnored(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 3)
	path := "/api/v1/integrations/" + integration.ID + "/repositories"

	var ignored api.Selected
	f.request(t, http.MethodPost, path+"/ignore", `{"repository_ids":[1001,1002]}`).into(t, http.StatusOK, &ignored)
	if ignored.Changed != 2 || len(ignored.Syncs) != 0 || len(fake.woken) != 0 {
		t.Errorf("ignored = %+v, woken = %q", ignored, fake.woken)
	}
	var imported api.Selected
	f.request(t, http.MethodPost, path+"/import", `{"repository_ids":[1001]}`).into(t, http.StatusOK, &imported)
	if imported.Changed != 1 || len(imported.Syncs) != 1 || imported.Syncs[0].OrganizationID != storetest.OrganizationID {
		t.Errorf("imported = %+v", imported)
	}
	if want := []string{"wake organization/9000"}; !slices.Equal(fake.woken, want) {
		t.Errorf("woken = %q, want %q", fake.woken, want)
	}
	for query, want := range map[string]int{
		"":                            3,
		"?selection=ignored":          1,
		"?selection=imported":         2,
		"?q=REPO-3":                   1,
		"?q=repo_":                    0,
		"?organization=9000&limit=2":  2,
		"?organization=9000&q=octo-o": 3,
	} {
		var page api.Page[api.Repository]
		f.get(t, path+query).into(t, http.StatusOK, &page)
		if len(page.Items) != want {
			t.Errorf("%q has %d repositories, want %d", query, len(page.Items), want)
		}
	}
	f.get(t, path+"?organization=1").problem(t, http.StatusNotFound)
	f.request(t, http.MethodPost, path+"/import", `{"repository_ids":[77]}`).problem(t, http.StatusNotFound)

	if _, err := f.store.Select(t.Context(), integration.ID, []int64{1002, 1003}, models.Available); err != nil {
		t.Fatal(err)
	}
	var all api.Selected
	f.request(t, http.MethodPost, path+"/import", `{"all":true}`).into(t, http.StatusOK, &all)
	if all.Changed != 2 || len(all.Syncs) != 1 || all.Syncs[0].ID != imported.Syncs[0].ID {
		t.Errorf("imported all = %+v; want 2 changed and the sync that is queued already", all)
	}
}

func TestRepositories_areFilteredAndOrdered(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	integration := storetest.Integration(t, f.store, 4)
	probe := storetest.Repositories(4)
	for i := range probe {
		probe[i].Fork, probe[i].Archived = i == 0, i == 1
		probe[i].PushedAt = new(storetest.Noon.AddDate(0, 0, i))
	}
	probe[2].Visibility = "public"
	if _, err := f.store.SaveProbe(t.Context(), storetest.OrganizationID, probe, storetest.Noon.AddDate(0, 0, 5)); err != nil {
		t.Fatal(err)
	}
	if err := f.store.LoseRepository(t.Context(), 1004, models.RepoBlocked); err != nil {
		t.Fatal(err)
	}
	path := "/api/v1/integrations/" + integration.ID + "/repositories"
	for query, want := range map[string]string{
		"":                                   "1 2 3 4",
		"?sort=pushed_at":                    "4 3 2 1",
		"?sort=status":                       "4 1 2 3",
		"?fork=true":                         "1",
		"?fork=false":                        "2 3 4",
		"?archived=true":                     "2",
		"?visibility=public,internal":        "3",
		"?has_cause=true":                    "4",
		"?has_cause=false&archived=false":    "1 3",
		"?status=failed":                     "4",
		"?status=failed,processing":          "1 2 3 4",
		"?status=healthy":                    "",
		"?selection=imported,ignored&q=po-2": "2",
	} {
		var page api.Page[api.Repository]
		f.get(t, path+query).into(t, http.StatusOK, &page)
		var got []string
		for _, r := range page.Items {
			got = append(got, strings.TrimPrefix(r.FullName, "octo-org/repo-"))
			if want := map[bool]models.RepositoryStatus{true: models.RepositoryFailed, false: models.RepositoryProcessing}[r.ID == 1004]; r.Status != want {
				t.Errorf("%s is %s, want %s", r.FullName, r.Status, want)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q shows %v, want %s", query, got, want)
		}
	}
	var first, second api.Page[api.Repository]
	f.get(t, path+"?sort=status&limit=3").into(t, http.StatusOK, &first)
	f.get(t, path+"?sort=status&limit=3&cursor="+first.NextCursor).into(t, http.StatusOK, &second)
	if len(second.Items) != 1 || second.Items[0].ID != 1003 {
		t.Errorf("second page = %+v", second)
	}
	f.get(t, path+"?sort=name&cursor="+first.NextCursor).problem(t, http.StatusUnprocessableEntity)
	for _, query := range []string{"?status=fine", "?sort=size", "?fork=maybe", "?visibility=secret", "?selection=imported,gone"} {
		f.get(t, path+query).problem(t, http.StatusUnprocessableEntity)
	}

	var organizations api.Items[api.IntegrationOrganization]
	f.get(t, "/api/v1/integrations/"+integration.ID+"/organizations").into(t, http.StatusOK, &organizations)
	if got, want := organizations.Items[0].Repositories, (api.RepositoryCounts{Imported: 4, Visible: 4, Private: 3, Failing: 1}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
}

func TestRepositories_areChosenByFilterAndRestored(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 12)
	path := "/api/v1/integrations/" + integration.ID + "/repositories"
	for _, step := range []struct {
		path, body     string
		changed, syncs int
	}{
		{"/ignore", `{"filter":{"q":"repo-1","selection":["imported"]}}`, 4, 0},
		{"/ignore", `{"filter":{"q":"repo-1","selection":["imported"]}}`, 0, 0},
		{"/restore", `{"repository_ids":[1001,1002]}`, 1, 1},
		{"/import", `{"filter":{"selection":["ignored"],"q":"repo-12","archived":false}}`, 1, 1},
		{"/restore", `{"filter":{"organization":9000,"visibility":["private"]}}`, 2, 1},
		{"/restore", `{"all":true}`, 0, 0},
		{"/import", `{"filter":{}}`, 0, 0},
	} {
		before := len(fake.woken)
		var got api.Selected
		f.request(t, http.MethodPost, path+step.path, step.body).into(t, http.StatusOK, &got)
		if got.Changed != step.changed || len(got.Syncs) != step.syncs || len(fake.woken)-before != step.syncs {
			t.Errorf("%s %s: %d changed, %d syncs, %d woken; want %d, %d", step.path, step.body, got.Changed, len(got.Syncs), len(fake.woken)-before, step.changed, step.syncs)
		}
	}
	for body, location := range map[string]string{
		`{}`: "body", `{"all":true,"repository_ids":[1]}`: "body", `{"all":true,"filter":{}}`: "body",
		`{"filter":{"selection":["none"]}}`: "body.filter.selection[0]",
		`{"filter":{"organisation":1}}`:     "body.filter.organisation",
	} {
		if p := f.request(t, http.MethodPost, path+"/import", body).problem(t, http.StatusUnprocessableEntity); !slices.Equal(locations(p), []string{location}) {
			t.Errorf("%s: wrong at %v, want %s", body, locations(p), location)
		}
	}
	f.request(t, http.MethodPost, path+"/import", `{"filter":{"organization":1}}`).problem(t, http.StatusNotFound)
}

func TestRepositories_areReadAgain(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 2)
	path := "/api/v1/integrations/" + integration.ID + "/repositories/resync"
	var got api.Selected
	f.request(t, http.MethodPost, path, `{"repository_ids":[1001]}`).into(t, http.StatusAccepted, &got)
	if got.Changed != 1 || len(got.Syncs) != 1 || !slices.Equal(fake.woken, []string{"wake organization/9000"}) {
		t.Errorf("resync = %+v, woken %q", got, fake.woken)
	}
	f.request(t, http.MethodPost, path, `{"repository_ids":[77]}`).problem(t, http.StatusNotFound)
	f.request(t, http.MethodPost, path, `{"repository_ids":[]}`).problem(t, http.StatusUnprocessableEntity)
}

func TestRepositories_areNotImportedWhileTheirRecordsAreDeleted(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	integration := storetest.Integration(t, f.store, 2)
	path := "/api/v1/integrations/" + integration.ID + "/repositories"
	if _, _, err := f.store.RemoveRepositories(t.Context(), integration.ID, []int64{1001}, true); err != nil {
		t.Fatal(err)
	}
	p := f.request(t, http.MethodPost, path+"/import", `{"repository_ids":[1001]}`).problem(t, http.StatusConflict)
	if p.Code != models.RepoPurging || !strings.Contains(p.Detail, "octo-org/repo-1") {
		t.Errorf("problem = %+v", p)
	}
	var some api.Selected
	f.request(t, http.MethodPost, path+"/import", `{"filter":{"selection":["ignored"]}}`).into(t, http.StatusOK, &some)
	var page api.Page[api.Repository]
	f.get(t, path+"?selection=ignored").into(t, http.StatusOK, &page)
	if some.Changed != 0 || len(page.Items) != 1 || page.Items[0].PurgeRequestedAt == nil {
		t.Errorf("%d imported; ignored are %+v", some.Changed, page.Items)
	}
}

func TestAutoImport_claimsQueuesAndWakes(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 2)
	if _, err := f.store.Select(t.Context(), integration.ID, []int64{1001}, models.Available); err != nil {
		t.Fatal(err)
	}
	path := "/api/v1/integrations/" + integration.ID + "/organizations/9000/auto-import"
	for _, step := range []struct {
		body           string
		changed, syncs int
		auto           bool
	}{
		{`{"auto_import":false}`, 0, 0, false},
		{`{"auto_import":true}`, 0, 1, true},
		{`{"auto_import":true,"import_existing":true}`, 1, 1, true},
	} {
		before := len(fake.woken)
		var got api.Selected
		f.request(t, http.MethodPut, path, step.body).into(t, http.StatusOK, &got)
		if got.Changed != step.changed || len(got.Syncs) != step.syncs || len(fake.woken)-before != step.syncs {
			t.Errorf("%s: %+v, woken %q", step.body, got, fake.woken[before:])
		}
		if o, err := f.store.Organization(t.Context(), 9000); err != nil || o.AutoImport != step.auto {
			t.Errorf("%s: auto_import is %t (%v)", step.body, o.AutoImport, err)
		}
	}
	p := f.request(t, http.MethodPut, path, `{"auto_import":false,"import_existing":true}`).problem(t, http.StatusUnprocessableEntity)
	if !slices.Equal(locations(p), []string{"body.import_existing"}) {
		t.Errorf("wrong at %v", locations(p))
	}
	f.request(t, http.MethodPut, strings.Replace(path, "9000", "77", 1), `{"auto_import":true}`).problem(t, http.StatusNotFound)

	connection, err := f.store.CreateConnection(t.Context(), models.PersonalAccessToken, secret)
	if err == nil {
		err = f.store.SaveOrganizations(t.Context(), connection.ID, []models.Organization{{ID: 9000, Login: "octo-org"}, {ID: 9001, Login: "acme"}},
			[]models.ConnectionOrganization{{OrganizationID: 9000, Access: models.AccessOK}, {OrganizationID: 9001, Access: models.AccessOK}})
	}
	if err != nil {
		t.Fatal(err)
	}
	other, err := f.store.CreateIntegration(t.Context(), store.NewIntegration{ConnectionID: connection.ID, Name: "other", OrganizationIDs: []int64{9001}})
	if err != nil {
		t.Fatal(err)
	}
	p = f.request(t, http.MethodPut, strings.Replace(path, integration.ID, other.ID, 1), `{"auto_import":true}`).problem(t, http.StatusConflict)
	if p.Code != models.ClaimedElsewhere {
		t.Errorf("code = %s", p.Code)
	}
}

func TestExclusionRules_areSetPreviewedAndExplained(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 3)
	path := "/api/v1/integrations/" + integration.ID + "/exclusion-rules"
	const rules = `{"rules":[{"kind":"regexp","value":"-[12]$"},{"kind":"archived"}]}`

	var preview api.RulesPreview
	f.request(t, http.MethodPost, path+"/preview", rules).into(t, http.StatusOK, &preview)
	if preview.Repositories != 3 || preview.Effect.Stopped != 2 || len(preview.Rules) != 2 || preview.Rules[0].Matched != 2 ||
		len(preview.Examples) != 2 || preview.Examples[0].FullName != "octo-org/repo-1" || *preview.Examples[0].Rule != 0 || preview.Examples[0].To != models.ExcludedByRule {
		t.Errorf("preview = %+v", preview)
	}
	var stored api.StoredRules
	f.get(t, path).into(t, http.StatusOK, &stored)
	if stored.Rules == nil || len(stored.Rules) != 0 {
		t.Errorf("a preview stored %+v", stored)
	}

	var set api.ExclusionRulesSet
	f.request(t, http.MethodPut, path, rules).into(t, http.StatusOK, &set)
	if set.Effect != preview.Effect || len(set.Syncs) != 0 || len(set.Rules) != 2 || len(fake.woken) != 0 {
		t.Errorf("set = %+v, woken %q", set, fake.woken)
	}
	f.get(t, path).into(t, http.StatusOK, &stored)
	if len(stored.Rules) != 2 || stored.Rules[0] != set.Rules[0] || stored.Rules[0].Value != "-[12]$" || stored.Rules[1].Kind != models.RuleArchived {
		t.Errorf("stored = %+v", stored)
	}
	p := f.request(t, http.MethodPost, strings.TrimSuffix(path, "exclusion-rules")+"repositories/import", `{"repository_ids":[1001,1003]}`).problem(t, http.StatusConflict)
	if p.Code != models.ExcludedByRules || !strings.Contains(p.Detail, "octo-org/repo-1") {
		t.Errorf("importing an excluded repository: %+v", p)
	}
	f.request(t, http.MethodPut, path, `{"rules":[]}`).into(t, http.StatusOK, &set)
	if set.Effect.Returned != 2 || set.Effect.Resumed != 2 || len(set.Syncs) != 1 || !slices.Equal(fake.woken, []string{"wake organization/9000"}) {
		t.Errorf("without rules: %+v, woken %q", set, fake.woken)
	}
}

func TestExclusionRules_sayWhereTheyMakeNoSenseAndNotWhat(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	integration := storetest.Integration(t, f.store, 1)
	path := "/api/v1/integrations/" + integration.ID + "/exclusion-rules"
	for body, want := range map[string]problem.FieldError{
		`{"rules":[{"kind":"fork"},{"kind":"archived"},{"kind":"regexp","value":"` + secret + `("}]}`: {Location: "body.rules[2].value", Message: "expected a regular expression (RE2), but found: missing closing )"},
		`{"rules":[{"kind":"pushed_before","value":"` + secret + `"}]}`:                               {Location: "body.rules[0].value", Message: "expected a date such as 2024-01-31"},
		`{"rules":[{"kind":"fork","value":"` + secret + `"}]}`:                                        {Location: "body.rules[0].value", Message: "expected no value for a rule of this kind"},
		`{"rules":[{"kind":"fork"},{"kind":"fork"}]}`:                                                 {Location: "body.rules[1].value", Message: "expected each rule once"},
	} {
		for _, method := range []string{http.MethodPut, http.MethodPost} {
			a := f.request(t, method, path+map[string]string{http.MethodPost: "/preview"}[method], body)
			p := a.problem(t, http.StatusUnprocessableEntity)
			if len(p.Errors) != 1 || p.Errors[0] != want || strings.Contains(a.body+f.log.String(), secret) {
				t.Errorf("%s %s: %s", method, body, a.body)
			}
		}
	}
	if p := f.request(t, http.MethodPut, path, `{"rules":[{"kind":"`+secret+`"}]}`).problem(t, http.StatusUnprocessableEntity); !slices.Equal(locations(p), []string{"body.rules[0].kind"}) {
		t.Errorf("an unknown kind is wrong at %v", locations(p))
	}
}
