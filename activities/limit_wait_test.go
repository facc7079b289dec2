package activities_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"tributary/activities"
	"tributary/githubsim"
	"tributary/models"
)

// However many streams meet a limit, and however often, the sync's workflow is told once.
func TestAttempt_tellsOfALimitOnce(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		holds time.Duration
		times int
	}{"half an hour": {30 * time.Minute, 1}, "some seconds": {30 * time.Second, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, sync, repository := benchWithSync(t, time.Now)
			check(t, attempt(t, b.Activities, b.Activities.ProbeOrganization, activities.SyncInput{SyncID: sync.ID}))
			b.Sim.Fail(githubsim.Fault{Kind: githubsim.SecondaryLimit, For: tt.holds, RetryAfter: true})
			var told []activities.LimitWait
			b.Activities.TellLimit = func(_ context.Context, of models.Sync, wait activities.LimitWait) error {
				if of.ID != sync.ID || of.OrganizationID != b.Organization.ID {
					t.Errorf("told of sync %s of organization %d", of.ID, of.OrganizationID)
				}
				told = append(told, wait)
				return nil
			}
			for range 3 {
				if err := attempt(t, b.Activities, b.Activities.SyncIssues, activities.StreamInput{SyncID: sync.ID, RepositoryID: repository}); err == nil {
					t.Fatal("the issues are read")
				}
			}
			if len(told) != tt.times {
				t.Fatalf("told %d times, want %d", len(told), tt.times)
			}
			for _, wait := range told {
				if left := time.Until(wait.Until); wait.Code != models.SecondaryLimited || left < 29*time.Minute || left > 31*time.Minute {
					t.Errorf("told of %+v, want a secondary limit for half an hour", wait)
				}
			}
		})
	}
}

func TestLimitWait_saysUntilWhenAndWhatIsLeft(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 11, 30, 16, 4, 5, 0, time.FixedZone("CET", 3600))
	for want, wait := range map[string]activities.LimitWait{
		"GitHub's limit is used up until 15:04:05 UTC; 120 repositories are left.": {Until: until, Code: models.RateLimited, Left: 120},
		"GitHub's limit is used up until 15:04:05 UTC; 1 repository is left.":      {Until: until, Left: 1},
		"GitHub asks to be left alone until 15:04:05 UTC.":                         {Until: until, Code: models.SecondaryLimited},
	} {
		if got := wait.String(); got != want {
			t.Errorf("%+v says %q, want %q", wait, got, want)
		}
	}
}

func TestOutcomes_areWellSpelled(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"**partial**: 2 repositories, 1 new or changed item, 1 request, 7 points. 1 repository failed.":          activities.SyncOutcome{State: models.SyncPartial, Repositories: 2, Items: 1, Requests: 1, Points: 7, Failed: 1}.String(),
		"**failed**: 0 repositories, 0 new and changed items, 0 requests, 0 points. The cause is token_invalid.": activities.SyncOutcome{State: models.SyncFailed, Code: models.TokenInvalid}.String(),
		"**completed**: 1 repository compared, 2 differences, 1 mended, 3 requests, 1 point.":                    activities.VerificationOutcome{State: models.SyncCompleted, Repositories: 1, Differ: 2, Mended: 1, Requests: 3, Points: 1}.String(),
		"Nothing of **acme** is behind.":                                activities.Plan{}.About("acme"),
		"**acme**: 1 repository is behind.":                             activities.Plan{Batches: 1, Repositories: 1}.About("acme"),
		"**acme**: 120 repositories are behind, and read in 2 batches.": activities.Plan{Batches: 2, Repositories: 120}.About("acme"),
	} {
		if got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}

// A workflow that began under an earlier version has ids in its history.
func TestDueIntegration_isReadFromAnIDToo(t *testing.T) {
	t.Parallel()
	var due []activities.DueIntegration
	err := json.Unmarshal([]byte(`["i1", {"ID": "i2", "Name": "GitHub", "Organizations": ["acme"]}]`), &due)
	if err != nil || len(due) != 2 || due[0].ID != "i1" || due[1].ID != "i2" || due[1].Name != "GitHub" || len(due[1].Organizations) != 1 {
		t.Errorf("read %+v (%v), want both integrations", due, err)
	}
}
