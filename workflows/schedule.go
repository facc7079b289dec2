package workflows

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// ResyncInput names the organization whose time has come.
type ResyncInput struct{ OrganizationID int64 }

// Resync is what an organization's schedule starts: it queues a sync and wakes
// the workflow that runs it. It takes milliseconds, because the schedule skips a
// time at which the last one still runs.
func (w *Workflows) Resync(ctx workflow.Context, in ResyncInput) error {
	result, err := call(w.control(ctx, "queue a sync"), acts.QueueScheduled, activities.QueueScheduledInput(in))
	if err != nil || !result.Queued {
		return err
	}
	err = workflow.SignalExternalWorkflow(ctx, OrganizationID(in.OrganizationID), "", WakeSignal, nil).Get(ctx, nil)
	var missing *temporal.UnknownExternalWorkflowExecutionError
	if errors.As(err, &missing) {
		return startOrganization(ctx, activities.ChosenOrganization{ID: in.OrganizationID, Login: result.Login})
	}
	return err
}

// What an organization's two schedules are called in Temporal.
func resyncScheduleID(organizationID int64) string { return fmt.Sprintf("resync/%d", organizationID) }
func verifyScheduleID(organizationID int64) string { return fmt.Sprintf("verify/%d", organizationID) }

// Every copy is compared with GitHub once a week, each at another hour.
const (
	verifyInterval = 7 * 24 * time.Hour
	verifyJitter   = 6 * time.Hour
)

// catchUp is how late a time that was missed, because nothing ran, still counts.
// However many were missed, they lead to one sync.
const catchUp = 24 * time.Hour

// ApplySchedules makes an organization's two schedules in Temporal, the one for
// syncs and the one for verifications, what its rows say, whatever they were
// before. Suspended ones start nothing. It returns an error that is a
// *serviceerror.InvalidArgument for a cron text or a time zone that Temporal
// does not accept; then neither is changed.
func ApplySchedules(ctx context.Context, c client.Client, organization models.Organization, schedule models.Schedule, suspended bool) error {
	resync := scheduleOptions(resyncScheduleID(organization.ID), organization, client.ScheduleWorkflowAction{
		Workflow: flows.Resync, Args: []any{ResyncInput{OrganizationID: organization.ID}}, Priority: priority(models.TriggerSchedule),
	})
	resync.Spec, resync.Note = timesOf(schedule, organization)
	resync.Paused = schedule.Paused || suspended
	if err := apply(ctx, c, resync); err != nil {
		return fmt.Errorf("schedule syncs of %s: %w", organization.Login, err)
	}
	verify := scheduleOptions(verifyScheduleID(organization.ID), organization, client.ScheduleWorkflowAction{
		Workflow: flows.Verify, Args: []any{VerifyInput{OrganizationID: organization.ID}}, Priority: leastUrgent,
	})
	verify.Spec, verify.Note = intervals(verifyInterval, verifyJitter, organization)
	verify.Paused = suspended
	if err := apply(ctx, c, verify); err != nil {
		return fmt.Errorf("schedule verifications of %s: %w", organization.Login, err)
	}
	return nil
}

func scheduleOptions(id string, organization models.Organization, action client.ScheduleWorkflowAction) client.ScheduleOptions {
	action.ID, action.TaskQueue, action.StaticSummary = id, ControlQueue, called(organization.Login) // Temporal appends the time to the id
	action.TypedSearchAttributes = temporal.NewSearchAttributes(OrganizationAttribute.ValueSet(called(organization.Login)))
	return client.ScheduleOptions{ID: id, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: catchUp, Action: &action}
}

// timesOf also describes the times, for people and because Temporal does not
// give a cron text back.
func timesOf(schedule models.Schedule, organization models.Organization) (spec client.ScheduleSpec, note string) {
	jitter := time.Duration(schedule.JitterSeconds) * time.Second
	if schedule.Cron == "" {
		return intervals(time.Duration(schedule.IntervalSeconds)*time.Second, jitter, organization)
	}
	spec = client.ScheduleSpec{CronExpressions: []string{schedule.Cron}, TimeZoneName: schedule.TimeZone, Jitter: jitter}
	return spec, fmt.Sprintf("%s: %s in %s, up to %s late", organization.Login, schedule.Cron, schedule.TimeZone, jitter)
}

// intervals count from when the organization was first seen: connecting it has
// just synced it, and those that were connected at other times have their turns
// at other times.
func intervals(every, jitter time.Duration, organization models.Organization) (spec client.ScheduleSpec, note string) {
	offset := time.Duration(organization.CreatedAt.Unix()%int64(every.Seconds())) * time.Second
	spec = client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every, Offset: offset}}, Jitter: jitter}
	return spec, fmt.Sprintf("%s: every %s, up to %s late", organization.Login, every, jitter)
}

// apply updates a schedule, or creates it. One that is as it should be is only
// read, which costs Temporal a third.
func apply(ctx context.Context, c client.Client, want client.ScheduleOptions) error {
	schedules := c.ScheduleClient()
	update := client.ScheduleUpdate{Schedule: &client.Schedule{
		Spec: &want.Spec, Action: want.Action,
		Policy: &client.SchedulePolicies{Overlap: want.Overlap, CatchupWindow: want.CatchupWindow},
		State:  &client.ScheduleState{Paused: want.Paused, Note: want.Note},
	}}
	err := schedules.GetHandle(ctx, want.ID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			if is := in.Description.Schedule; *is.State == *update.Schedule.State && *is.Policy == *update.Schedule.Policy {
				return nil, temporal.ErrSkipScheduleUpdate
			}
			return &update, nil
		},
	})
	if !isMissing(err) {
		return err
	}
	_, err = schedules.Create(ctx, want)
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return nil // another worker was faster, with the same rows
	}
	return err
}

// TriggerResync syncs an organization as if its time had come, also while its
// schedule is paused.
func TriggerResync(ctx context.Context, c client.Client, organizationID int64) error {
	err := c.ScheduleClient().GetHandle(ctx, resyncScheduleID(organizationID)).Trigger(ctx, client.ScheduleTriggerOptions{})
	if err != nil {
		return fmt.Errorf("trigger the schedule of organization %d: %w", organizationID, err)
	}
	return nil
}

// ResyncTimes returns when an organization's schedule starts syncs next, at
// most ten times, and when it last did, the latest first. While there is no such
// schedule in Temporal there are none.
func ResyncTimes(ctx context.Context, c client.Client, organizationID int64) (next, last []time.Time, err error) {
	schedule, err := c.ScheduleClient().GetHandle(ctx, resyncScheduleID(organizationID)).Describe(ctx)
	if isMissing(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("describe the schedule of organization %d: %w", organizationID, err)
	}
	for i := len(schedule.Info.RecentActions) - 1; i >= 0; i-- {
		last = append(last, schedule.Info.RecentActions[i].ActualTime)
	}
	return schedule.Info.NextActionTimes, last, nil
}

// DeleteSchedules deletes an organization's schedules from Temporal. Doing it
// again is harmless.
func DeleteSchedules(ctx context.Context, c client.Client, organizationID int64) error {
	for _, id := range []string{resyncScheduleID(organizationID), verifyScheduleID(organizationID)} {
		if err := c.ScheduleClient().GetHandle(ctx, id).Delete(ctx); err != nil && !isMissing(err) {
			return fmt.Errorf("delete schedule %s: %w", id, err)
		}
	}
	return nil
}

func isMissing(err error) bool {
	var missing *serviceerror.NotFound
	return errors.As(err, &missing)
}
