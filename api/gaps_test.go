package api_test

import (
	"net/http"
	"slices"
	"testing"

	"tributary/api"
	"tributary/models"
	"tributary/store/storetest"
)

func TestGaps_areListed(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	integration := storetest.Integration(t, f.store, 3)
	path := "/api/v1/integrations/" + integration.ID + "/gaps"
	var got api.Items[api.Gap]
	if f.get(t, path).into(t, http.StatusOK, &got); got.Items == nil || len(got.Items) > 0 {
		t.Errorf("of what is read to the end is missing: %+v", got.Items)
	}
	for _, id := range []int64{storetest.RepositoryID, storetest.RepositoryID + 2} {
		if err := f.store.LoseRepository(t.Context(), id, models.RepoBlocked); err != nil {
			t.Fatal(err)
		}
	}
	f.get(t, path).into(t, http.StatusOK, &got)
	if len(got.Items) != 1 {
		t.Fatalf("gaps = %+v, want one for both repositories", got.Items)
	}
	gap := got.Items[0]
	if gap.Code != models.RepoBlocked || gap.Subject != "repositories" || gap.Count != 2 || gap.Repositories != 2 || len(gap.Examples) != 2 ||
		gap.Organization == "" || gap.Since == nil || gap.Title == "" || gap.Effect == "" || gap.Remediation.Text == "" {
		t.Errorf("gap = %+v, want two blocked repositories, since when and what to do", gap)
	}
	if !slices.IsSorted(gap.Examples) {
		t.Errorf("examples = %q, want them in order", gap.Examples)
	}
	f.get(t, "/api/v1/integrations/00000000-0000-4000-8000-000000000000/gaps").problem(t, http.StatusNotFound)
}
