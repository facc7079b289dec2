package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// fare has seven repositories: healthy, processing (begun), processing (never
// read), failing in a stream, lost, ignored, and empty, so healthy.
func fare(t *testing.T, s *store.Store) models.Integration {
	t.Helper()
	ctx := t.Context()
	integration := storetest.Integration(t, s, 7)
	probe := storetest.Repositories(7)
	for i := range probe {
		probe[i].PushedAt = new(storetest.Noon.AddDate(0, 0, -i/2)) // two each day
		probe[i].Fork, probe[i].Archived = i == 1, i == 2
	}
	probe[0].Visibility, probe[3].Visibility = "public", "internal"
	probe[6].PushedAt, probe[6].Probe = nil, models.Probe{}
	_, err := s.SaveProbe(ctx, storetest.OrganizationID, probe, storetest.Noon.Add(time.Hour))
	must(t, err)
	for i, kinds := range [][]models.StreamKind{models.StreamKinds, models.StreamKinds[:3], nil, models.StreamKinds, models.StreamKinds} {
		for _, kind := range kinds {
			claim, err := s.ClaimStream(ctx, repository+int64(i), kind)
			must(t, err)
			must(t, s.SavePage(ctx, &claim.Stream, models.Page{Next: models.Checkpoint{Seen: "x", CompleteThrough: &storetest.Noon}}))
			if i == 3 && kind == models.StreamIssues {
				_, err := s.FailStream(ctx, &claim.Stream, models.PermissionMissing, "403")
				must(t, err)
			}
		}
	}
	must(t, s.LoseRepository(ctx, repository+4, models.RepoBlocked))
	_, err = s.Ignore(ctx, integration.ID, store.Choice{RepositoryIDs: []int64{repository + 5}})
	must(t, err)
	return integration
}

// shown are repositories by their number, with their status.
func shown(r store.RepositoryView) string {
	return strings.TrimSuffix(fmt.Sprintf("%s %s", strings.TrimPrefix(r.FullName, "octo-org/repo-"), r.Status), " ")
}

func pageOf(t *testing.T, s *store.Store, f store.RepositoryFilter, c store.Cursor, limit int) (store.List[store.RepositoryView], error) {
	t.Helper()
	list, err := s.Repositories(t.Context(), f, c, limit)
	return list.List, err
}

func TestRepositories_areOrderedAndPaged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := fare(t, s)
		for sort, want := range map[store.RepositorySort][]string{
			"":               {"1 healthy", "2 processing", "3 processing", "4 failed", "5 failed", "6", "7 healthy"},
			store.SortName:   {"1 healthy", "2 processing", "3 processing", "4 failed", "5 failed", "6", "7 healthy"},
			store.SortPushed: {"2 processing", "1 healthy", "4 failed", "3 processing", "6", "5 failed", "7 healthy"},
			store.SortStatus: {"4 failed", "5 failed", "2 processing", "3 processing", "1 healthy", "7 healthy", "6"},
		} {
			for limit := 1; limit <= 8; limit++ {
				got := all(t, func(c store.Cursor) (store.List[store.RepositoryView], error) {
					return pageOf(t, s, store.RepositoryFilter{IntegrationID: integration.ID, Sort: sort}, c, limit)
				}, shown)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("by %q in pages of %d: %s", sort, limit, diff)
				}
			}
		}
		first, err := s.Repositories(t.Context(), store.RepositoryFilter{Sort: store.SortPushed}, "", 1)
		must(t, err)
		if _, err := s.Repositories(t.Context(), store.RepositoryFilter{}, first.Next, 1); !errors.Is(err, store.ErrCursor) {
			t.Errorf("a cursor of another order: %v, want ErrCursor", err)
		}
	})
}

func TestRepositories_areNarrowedByEachFilter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := fare(t, s)
		for want, f := range map[string]store.RepositoryFilter{
			"1 2 3 4 5 6 7": {OrganizationID: storetest.OrganizationID},
			"6":             {Selections: []models.Selection{models.Ignored}},
			"1 2 3 4 5 7 ":  {Selections: []models.Selection{models.Imported, models.ExcludedByRule}},
			"3":             {Query: "O-ORG/repo-3"},
			"4 5":           {Statuses: []models.RepositoryStatus{models.RepositoryFailed}},
			"1 2 3 7":       {Statuses: []models.RepositoryStatus{models.RepositoryHealthy, models.RepositoryProcessing}},
			"1 4":           {Visibilities: []string{"public", "internal"}},
			"3 ":            {Archived: new(true)},
			"2":             {Fork: new(true)},
			"1 3 4 5 6 7":   {Fork: new(false)},
			"5":             {HasCause: new(true)},
			"1 2 3 4 6 7":   {HasCause: new(false)},
			"2 3":           {HasCause: new(false), Statuses: []models.RepositoryStatus{models.RepositoryProcessing}, Sort: store.SortStatus},
		} {
			f.IntegrationID = integration.ID
			list, err := s.Repositories(t.Context(), f, "", 0)
			must(t, err)
			var got []string
			for _, r := range list.Rows {
				number, _, _ := strings.Cut(shown(r), " ")
				got = append(got, number)
			}
			if diff := cmp.Diff(strings.Fields(want), got); diff != "" || *list.Total != len(got) {
				t.Errorf("%+v: %d are counted; %s", f, *list.Total, diff)
			}
		}
	})
}

func TestRepositories_areJudgedByTheServicesThatAreOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := fare(t, s)
		_, _, err := s.SetServices(t.Context(), integration.ID, models.Services{Repos: true})
		must(t, err)
		got := all(t, func(c store.Cursor) (store.List[store.RepositoryView], error) {
			return pageOf(t, s, store.RepositoryFilter{IntegrationID: integration.ID}, c, 0)
		}, shown)
		if diff := cmp.Diff([]string{"1 healthy", "2 healthy", "3 processing", "4 healthy", "5 failed", "6", "7 healthy"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRepositories_areRateLimitedWhileTheirSyncWaits(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 2)
		sync, err := s.QueueSync(ctx, integration.ID, storetest.OrganizationID, models.TriggerManual)
		must(t, err)
		must(t, s.StartSync(ctx, sync.ID))
		_, err = s.PlanSync(ctx, sync.ID)
		must(t, err)
		if _, err := s.HoldSync(ctx, sync.ID, storetest.Noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		for _, want := range []models.RepositoryStatus{models.RepositoryRateLimited, models.RepositoryProcessing} {
			list, err := s.Repositories(ctx, store.RepositoryFilter{IntegrationID: integration.ID}, "", 1)
			must(t, err)
			if got := list.Rows[0].Status; got != want {
				t.Errorf("status = %s, want %s", got, want)
			}
			pass(time.Hour + time.Second)
		}
	})
}

func TestIntegrationOrganizations_countsWhatIsPrivateAndWhatFails(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := fare(t, s)
		views, err := s.IntegrationOrganizations(t.Context(), integration.ID)
		must(t, err)
		if got := views[0]; got.Private != 6 || got.Failing != 2 || got.Selections[models.Imported] != 6 {
			t.Errorf("%d private and %d failing of %v, want 6 and 2", got.Private, got.Failing, got.Selections)
		}
	})
}

func TestRepositories_areCountedByWhatPeopleChooseFrom(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := fare(t, s)
		for i, language := range []string{"Go", "Go", "C++", "Ada"} {
			must(t, s.DB().Model(&models.Repository{}).Where("id = ?", 1001+i).Updates(map[string]any{
				"language": language, "pushed_at": storetest.Noon.AddDate(0, 0, -i),
			}).Error)
		}
		for _, test := range []struct {
			filter store.RepositoryFilter
			shown  int
			views  map[models.Selection]int
			spoken map[string]int
		}{
			{store.RepositoryFilter{}, 7, map[models.Selection]int{models.Imported: 6, models.Ignored: 1}, map[string]int{"Go": 2, "C++": 1, "Ada": 1}},
			{store.RepositoryFilter{Languages: []string{"Go"}}, 2, map[models.Selection]int{models.Imported: 2}, map[string]int{"Go": 2, "C++": 1, "Ada": 1}},
			{store.RepositoryFilter{Languages: []string{"go\x00", "C++", "Ada"}}, 2, map[models.Selection]int{models.Imported: 2}, map[string]int{"Go": 2, "C++": 1, "Ada": 1}},
			{store.RepositoryFilter{Selections: []models.Selection{models.Ignored}}, 1, map[models.Selection]int{models.Imported: 6, models.Ignored: 1}, map[string]int{}},
			{store.RepositoryFilter{PushedSince: storetest.Noon.AddDate(0, 0, -1)}, 2, map[models.Selection]int{models.Imported: 2}, map[string]int{"Go": 2}},
			{store.RepositoryFilter{Statuses: []models.RepositoryStatus{models.RepositoryFailed}}, 2, map[models.Selection]int{models.Imported: 2}, map[string]int{"Ada": 1}},
		} {
			for _, test.filter.IntegrationID = range []string{integration.ID, ""} {
				list, err := s.Repositories(t.Context(), test.filter, "", 1)
				must(t, err)
				if diff := cmp.Diff(test.views, list.Selections); diff != "" || *list.Total != test.shown {
					t.Errorf("%+v: %d, want %d; by selection: %s", test.filter, *list.Total, test.shown, diff)
				}
				if diff := cmp.Diff(test.spoken, list.Languages); diff != "" {
					t.Errorf("%+v by language: %s", test.filter, diff)
				}
			}
		}
	})
}

// TestRepositories_ofAllIntegrationsAreJudgedByWhatEachWants has two integrations
// with other services, and repositories that nobody has claimed.
func TestRepositories_ofAllIntegrationsAreJudgedByWhatEachWants(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		fare(t, s)
		for id, auto := range map[int64]bool{2: true, 3: false, 4: false} {
			c, err := s.CreateConnection(ctx, models.OAuth, token)
			must(t, err)
			login := fmt.Sprint("org-", id)
			must(t, s.SaveOrganizations(ctx, c.ID, []models.Organization{{ID: id, Login: login}}, []models.ConnectionOrganization{{OrganizationID: id, Login: login, Access: models.AccessOK}}))
			if id != 4 {
				_, err = s.CreateIntegration(ctx, store.NewIntegration{ConnectionID: c.ID, Name: login, OrganizationIDs: []int64{id}, AutoImport: auto, Services: models.Services{Repos: true}})
				must(t, err)
			}
			probe := storetest.Repositories(1)
			probe[0].ID, probe[0].NodeID, probe[0].OrganizationID, probe[0].FullName = 2000+id, fmt.Sprint("R_", id), id, login+"/octo-org/repo-x"
			_, err = s.SaveProbe(ctx, id, probe, storetest.Noon)
			must(t, err)
		}
		commits := models.Stream{RepositoryID: 2002, Kind: models.StreamCommits, Checkpoint: models.Checkpoint{CompleteThrough: &storetest.Noon}}
		must(t, s.DB().Save(&commits).Error)
		must(t, s.DB().Save(&models.Stream{RepositoryID: 2002, Kind: models.StreamReleases, Checkpoint: models.Checkpoint{CompleteThrough: new(storetest.Noon.Add(time.Hour))}}).Error)
		must(t, s.DB().Save(&models.PullRequest{RepositoryID: 2002, Number: 1, State: "open"}).Error)
		must(t, s.DB().Save(&models.PullRequest{RepositoryID: 2002, Number: 2, State: "closed"}).Error)

		for _, sort := range []store.RepositorySort{store.SortName, store.SortStatus} {
			list, err := s.Repositories(ctx, store.RepositoryFilter{Sort: sort}, "", 0)
			must(t, err)
			if len(list.Rows) != 9 || *list.Total != 9 || list.Selections[models.Available] != 1 {
				t.Fatalf("by %s %d of %d repositories, %v", sort, len(list.Rows), *list.Total, list.Selections)
			}
			for _, r := range list.Rows {
				switch {
				case r.ID == 2002 && (r.Status != models.RepositoryHealthy || r.Integration.Name != "org-2" || r.OpenPullRequests != 1 || r.CompleteThrough == nil || !r.CompleteThrough.Equal(storetest.Noon)):
					t.Errorf("by %s: %s in %+v, %d open, complete through %v", sort, r.Status, r.Integration, r.OpenPullRequests, r.CompleteThrough)
				case r.ID == 2003 && (r.Status != "" || r.Integration.Name != "org-3" || r.CompleteThrough != nil):
					t.Errorf("by %s: what nobody imported is %s in %+v", sort, r.Status, r.Integration)
				}
			}
		}
		list, err := s.Repositories(ctx, store.RepositoryFilter{Statuses: []models.RepositoryStatus{models.RepositoryFailed}}, "", 0)
		must(t, err)
		if len(list.Rows) != 2 {
			t.Errorf("%d fail, want the two of the first integration", len(list.Rows))
		}
	})
}
