package e2e_test

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/testing/protocmp"

	"tributary/api"
	"tributary/models"
	"tributary/workflows"
)

func TestSchedule_isFollowedAndOutlivesTemporalsDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)

	first := p.awaitNextRuns(t)
	if in := time.Until(first.NextRuns[0]); first.IntervalSeconds != 900 || in < 0 || in > 18*time.Minute {
		t.Errorf("a new organization is synced every %d seconds, next in %s; want every 15 minutes and 3 for the jitter", first.IntervalSeconds, in)
	}

	for cron, wrong := range map[string]string{"61 * * * 1-9": "Minute is not in range [0-59], DayOfWeek", "*/sesame * * * *": "each field is"} {
		err := request(t.Context(), http.MethodPut, p.api+"/api/v1"+schedulePath(w), map[string]any{"cron": cron}, nil)
		if err == nil || !strings.Contains(err.Error(), "422") || !strings.Contains(err.Error(), "body.cron") || !strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s is answered with %v; want 422, body.cron and %q", cron, err, wrong)
		}
	}
	if now := p.schedule(t, http.MethodGet, "", nil); now.IntervalSeconds != 900 || !slices.Equal(now.NextRuns, first.NextRuns) {
		t.Errorf("a refused schedule has changed it to %+v", now)
	}

	mornings := map[string]any{"cron": "30 4 * * 1-5", "time_zone": "Europe/Berlin"}
	p.schedule(t, http.MethodPut, "", mornings)
	weekdayMornings(t, p.awaitNextRuns(t))

	if paused := p.schedule(t, http.MethodPost, "/pause", nil); !paused.Paused || len(paused.NextRuns) > 0 {
		t.Errorf("the paused schedule is %+v, want no next runs", paused)
	}
	w.earlier(func() { w.repository(1).Commit(oneMore) })
	p.schedule(t, http.MethodPost, "/trigger", nil)
	p.awaitSync(t, p.awaitTriggered(t, integration, models.TriggerSchedule).ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
	eventually(t, time.Minute, "the schedule tells of its last run", func() bool {
		return len(p.schedule(t, http.MethodGet, "", nil).LastRuns) == 1
	})
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}

	p.loseTemporal(t)
	p.run(t)
	eventually(t, time.Minute, "the paused schedule is back", func() bool {
		described, err := p.Temporal.ScheduleClient().GetHandle(t.Context(), "resync/"+id(w.Organization.ID)).Describe(t.Context())
		return err == nil && described.Schedule.State.Paused
	})
	if _, err := p.Temporal.ScheduleClient().GetHandle(t.Context(), "verify/"+id(w.Organization.ID)).Describe(t.Context()); err != nil {
		t.Errorf("the schedule of verifications: %v", err)
	}
	p.schedule(t, http.MethodPost, "/resume", nil)
	weekdayMornings(t, p.awaitNextRuns(t))
	w.earlier(func() { w.repository(1).Commit(oneMore) })
	p.awaitSync(t, p.startSync(t, integration).ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
}

// TestSchedule_isPutRight changes every part of a schedule, as a person may in
// Temporal's UI and as an earlier release may have left it.
func TestSchedule_isPutRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)
	p.schedule(t, http.MethodPut, "", map[string]any{"cron": "30 4 * * 1-5", "time_zone": "Europe/Berlin"})
	idle := func() bool { // and has seen what it has written
		d, err := p.Temporal.DescribeWorkflowExecution(t.Context(), workflows.OrganizationID(w.Organization.ID), "")
		must(t, err)
		return len(d.GetPendingActivities()) == 0 && d.GetPendingWorkflowTask() == nil
	}
	type changes map[string]func(*client.Schedule, *client.ScheduleWorkflowAction)
	for name, changes := range map[string]changes{"verify/": {
		"its workflow": func(_ *client.Schedule, a *client.ScheduleWorkflowAction) { a.Workflow = "Former" },
	}, "resync/": {
		"its times":  func(s *client.Schedule, _ *client.ScheduleWorkflowAction) { s.Spec.Calendars[0].Hour[0].Start = 3 },
		"its jitter": func(s *client.Schedule, _ *client.ScheduleWorkflowAction) { s.Spec.Jitter = time.Hour },
		"its input": func(_ *client.Schedule, a *client.ScheduleWorkflowAction) {
			a.Args = []any{workflows.ResyncInput{OrganizationID: 1}}
		},
		"its queue":    func(_ *client.Schedule, a *client.ScheduleWorkflowAction) { a.TaskQueue = "former" },
		"its priority": func(_ *client.Schedule, a *client.ScheduleWorkflowAction) { a.Priority.PriorityKey = 1 },
		"its attributes": func(_ *client.Schedule, a *client.ScheduleWorkflowAction) {
			a.TypedSearchAttributes = temporal.NewSearchAttributes()
		},
		"its overlap": func(s *client.Schedule, _ *client.ScheduleWorkflowAction) {
			s.Policy.Overlap = enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL
		},
		"its window": func(s *client.Schedule, _ *client.ScheduleWorkflowAction) { s.Policy.CatchupWindow = time.Minute },
		"its pause":  func(s *client.Schedule, _ *client.ScheduleWorkflowAction) { s.State.Paused = true },
		"its note":   func(s *client.Schedule, _ *client.ScheduleWorkflowAction) { s.State.Note = "by hand" },
	}} {
		handle := p.Temporal.ScheduleClient().GetHandle(t.Context(), name+id(w.Organization.ID))
		described := func() *client.ScheduleDescription {
			d, err := handle.Describe(t.Context())
			must(t, err)
			return d
		}
		eventually(t, time.Minute, "the workflow waits", idle)
		right := described()
		for part, change := range changes {
			must(t, handle.Update(t.Context(), client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
				change(&in.Description.Schedule, in.Description.Schedule.Action.(*client.ScheduleWorkflowAction))
				return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
			}}))
			if cmp.Diff(right.Schedule, described().Schedule, sameSchedule) == "" {
				t.Fatalf("%s: %s has not changed", name, part)
			}
			must(t, workflows.Wake(t.Context(), p.Temporal, models.Organization{ID: w.Organization.ID, Login: acme}))
			eventually(t, time.Minute, name+": "+part+" is put right", func() bool {
				return cmp.Diff(right.Schedule, described().Schedule, sameSchedule) == "" && idle()
			})
		}
		before := described().Info.LastUpdateAt
		p.awaitSync(t, p.startSync(t, integration).ID, waitForEnd, models.SyncCompleted)
		if after := described().Info.LastUpdateAt; !after.Equal(before) {
			t.Errorf("%s was written although it was right, at %s and at %s", name, before, after)
		}
	}
}

var sameSchedule = cmp.Options{
	cmp.Comparer(func(a, b temporal.SearchAttributes) bool {
		return maps.Equal(a.GetUntypedValues(), b.GetUntypedValues())
	}),
	protocmp.Transform(),
}

func schedulePath(w *world) string { return "/organizations/" + id(w.Organization.ID) + "/schedule" }

// schedule asks for the schedule of the organization, or changes it.
func (p *product) schedule(t *testing.T, method, path string, in any) api.Schedule {
	t.Helper()
	var schedule api.Schedule
	p.call(t, method, schedulePath(p.world)+path, in, &schedule)
	return schedule
}

// awaitNextRuns waits until Temporal tells when the organization is synced next.
func (p *product) awaitNextRuns(t *testing.T) (schedule api.Schedule) {
	t.Helper()
	eventually(t, time.Minute, "there are three next runs", func() bool {
		schedule = p.schedule(t, http.MethodGet, "", nil)
		return len(schedule.NextRuns) == 3
	})
	if !slices.IsSortedFunc(schedule.NextRuns, time.Time.Compare) {
		t.Errorf("the next runs are %v, want the nearest first", schedule.NextRuns)
	}
	return schedule
}

// awaitTriggered waits for a sync that was started for a reason.
func (p *product) awaitTriggered(t *testing.T, integrationID string, trigger models.SyncTrigger) (found api.Sync) {
	t.Helper()
	eventually(t, time.Minute, "there is a sync with the trigger "+string(trigger), func() bool {
		for _, sync := range p.syncs(t, integrationID) {
			if sync.Trigger == trigger {
				found = sync
				return true
			}
		}
		return false
	})
	return found
}

func weekdayMornings(t *testing.T, schedule api.Schedule) {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range schedule.NextRuns {
		at = at.In(berlin)
		if at.Format(time.TimeOnly) != "04:30:00" || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			t.Errorf("a next run is on %s, want half past four on a weekday", at.Format(time.RFC1123))
		}
	}
}

// loseTemporal leaves a product that is stopped nothing but its database and its
// keys. The files are not deleted: Temporal's driver would go on with them for as
// long as this process lives.
func (p *product) loseTemporal(t *testing.T) {
	t.Helper()
	keys, err := os.ReadFile(filepath.Join(p.config.Directory, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	p.config.Directory, p.config.DatabaseURL = t.TempDir(), p.database
	if err := os.WriteFile(filepath.Join(p.config.Directory, "keys"), keys, 0o600); err != nil {
		t.Fatal(err)
	}
}
