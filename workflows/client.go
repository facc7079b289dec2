package workflows

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/models"
)

// This file is all that the other packages, and Temporal, know workflows by: their ids,
// and what starts, wakes, asks and stops them from outside, at once or by a schedule.
// attributes.go has their search attributes.

// The workflow ids. One id per organization and per repository is what keeps
// two of them from running at once: Temporal refuses the second.
func ConnectID(connectionID string) string { return "connect/" + connectionID }

// RegisterAppID is the workflow id of taking over a GitHub App.
func RegisterAppID(setupID string) string { return "register-app/" + setupID }

// PreflightID is the workflow id of asking again what a connection may read.
func PreflightID(connectionID string) string { return "preflight/" + connectionID }

// DiagnoseID is the workflow id of an integration's checks: one at a time.
func DiagnoseID(integrationID string) string { return "diagnose/" + integrationID }

// DeletionID is the workflow id of the deletion of an integration.
func DeletionID(integrationID string) string { return "delete/" + integrationID }

// OrganizationID is the workflow id of an organization.
func OrganizationID(organizationID int64) string {
	return fmt.Sprintf("organization/%d", organizationID)
}

// LiveID is the workflow id of what follows an organization's deliveries.
func LiveID(organizationID int64) string { return fmt.Sprintf("live/%d", organizationID) }

// VerifyID is the workflow id of an organization's verification: one at a time.
func VerifyID(organizationID int64) string { return fmt.Sprintf("verify/%d", organizationID) }

// PurgeID is the workflow id of an organization's purge: one at a time.
func PurgeID(organizationID int64) string { return fmt.Sprintf("purge/%d", organizationID) }

// WebhooksID is the workflow id of what looks after an organization's webhooks: one at
// a time.
func WebhooksID(organizationID int64) string { return fmt.Sprintf("webhooks/%d", organizationID) }

// SyncID is the workflow id of a sync.
func SyncID(syncID string) string { return "sync/" + syncID }

func syncBatchID(syncID string, batch int) string { return fmt.Sprintf("sync/%s/%d", syncID, batch) }

// RepositoryID is the workflow id of a repository being synced. It has no sync
// in it: whichever sync comes first has the repository.
func RepositoryID(repositoryID int64) string { return fmt.Sprintf("repository/%d", repositoryID) }

// start is how a workflow is started from outside.
func start(id, summary string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: id, TaskQueue: ControlQueue, StaticSummary: short(summary)}
}

// startFor is start for a workflow of an organization.
func startFor(id string, organization models.Organization) client.StartWorkflowOptions {
	options := start(id, organization.Login)
	options.TypedSearchAttributes = attributes(organization.Login, "", "")
	return options
}

// startOrJoin is start for a workflow that answers everybody who asks while it runs.
func startOrJoin(id, summary string) client.StartWorkflowOptions {
	options := start(id, summary)
	options.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	return options
}

// StartConnect starts the wizard of a connection, if it does not run, and asks it
// for a ConnectResult, which is in the handle that it returns.
func StartConnect(ctx context.Context, c client.Client, in ConnectInput) (client.WorkflowUpdateHandle, error) {
	var named []string
	if in.Organization != "" {
		named = []string{in.Organization}
	}
	options := startOrJoin(ConnectID(in.ConnectionID), about("connect an account", named))
	options.TypedSearchAttributes = shared(named)
	return c.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: c.NewWithStartWorkflowOperation(options, flows.Connect, in),
		UpdateOptions:          client.UpdateWorkflowOptions{UpdateName: VerifyUpdate, WaitForStage: client.WorkflowUpdateStageAccepted},
	})
}

// CreateIntegrations hands a choice to the wizard that holds the connection.
// Temporal answers an update whose id it knows with the result of the first one.
func CreateIntegrations(ctx context.Context, c client.Client, connectionID, updateID string, choice CreateInput) (created activities.CreateIntegrationsResult, err error) {
	update, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: ConnectID(connectionID), UpdateName: CreateUpdate, UpdateID: updateID,
		Args: []any{choice}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return created, err
	}
	err = update.Get(ctx, &created)
	return created, err
}

// TerminateConnect ends the wizard of a connection whose row is about to go.
func TerminateConnect(ctx context.Context, c client.Client, connectionID, reason string) error {
	return c.TerminateWorkflow(ctx, ConnectID(connectionID), "", reason)
}

// RegisterApp takes over the GitHub App that an admin has registered, and waits for the
// end.
func RegisterApp(ctx context.Context, c client.Client, setupID string) (result activities.RegisterAppResult, err error) {
	run, err := c.ExecuteWorkflow(ctx, startOrJoin(RegisterAppID(setupID), "register the GitHub App"), flows.RegisterApp, RegisterAppInput{SetupID: setupID})
	if err != nil {
		return result, fmt.Errorf("start taking over a GitHub App: %w", err)
	}
	err = run.Get(ctx, &result)
	return result, err
}

// RunPreflight asks again what a connection may read, or joins those who ask
// already, and waits for the end.
func RunPreflight(ctx context.Context, c client.Client, connection models.Connection) error {
	run, err := c.ExecuteWorkflow(ctx, startOrJoin(PreflightID(connection.ID), "what may "+connection.Login+" read"), flows.Preflight, PreflightInput{ConnectionID: connection.ID})
	if err != nil {
		return fmt.Errorf("start preflight: %w", err)
	}
	return run.Get(ctx, nil)
}

// Wake makes an organization's workflow read the database, and starts it if it
// does not run. Callers write what they want there first.
func Wake(ctx context.Context, c client.Client, organization models.Organization) error {
	_, err := c.SignalWithStartWorkflow(ctx, OrganizationID(organization.ID), WakeSignal, nil,
		startFor(OrganizationID(organization.ID), organization), flows.Organization, OrganizationInput{OrganizationID: organization.ID})
	if err != nil {
		return fmt.Errorf("wake %s: %w", organization.Login, err)
	}
	return nil
}

// TellLimit tells the workflow of a sync, and that of its organization, that a limit of
// GitHub's holds the sync up. One that does not run need not know.
func TellLimit(ctx context.Context, c client.Client, sync models.Sync, wait activities.LimitWait) error {
	for _, id := range []string{SyncID(sync.ID), OrganizationID(sync.OrganizationID)} {
		if err := c.SignalWorkflow(ctx, id, "", LimitSignal, wait); err != nil && !isMissing(err) {
			return fmt.Errorf("tell %s of a limit: %w", id, err)
		}
	}
	return nil
}

// WakeLive makes the workflow that follows an organization's deliveries read the
// database, and starts it if it does not run.
func WakeLive(ctx context.Context, c client.Client, organization models.Organization) error {
	_, err := c.SignalWithStartWorkflow(ctx, LiveID(organization.ID), WakeSignal, nil,
		startFor(LiveID(organization.ID), organization), flows.Live, LiveInput{OrganizationID: organization.ID})
	if err != nil {
		return fmt.Errorf("follow the deliveries of %s: %w", organization.Login, err)
	}
	return nil
}

// Abandoned returns those of some syncs that no workflow has.
func Abandoned(ctx context.Context, c client.Client, syncs []models.Sync) (abandoned []models.Sync, err error) {
	for _, sync := range syncs {
		running, err := isRunning(ctx, c, SyncID(sync.ID))
		if err != nil {
			return nil, err
		}
		if !running {
			abandoned = append(abandoned, sync)
		}
	}
	return abandoned, nil
}

// Diagnosing reports whether the checks of an integration are being made.
func Diagnosing(ctx context.Context, c client.Client, integrationID string) (bool, error) {
	return isRunning(ctx, c, DiagnoseID(integrationID))
}

func isRunning(ctx context.Context, c client.Client, workflowID string) (bool, error) {
	described, err := c.DescribeWorkflowExecution(ctx, workflowID, "")
	if isMissing(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("describe workflow %s: %w", workflowID, err)
	}
	return described.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

func isMissing(err error) bool {
	var missing *serviceerror.NotFound
	return errors.As(err, &missing)
}

// StartDiagnose starts the checks of an integration, or hurries those that wait
// for a limit. Checks that are under way are left alone.
func StartDiagnose(ctx context.Context, c client.Client, integration models.Integration, organizations []models.Organization) (client.WorkflowRun, error) {
	options := start(DiagnoseID(integration.ID), about("checks of "+integration.Name, logins(organizations)))
	options.TypedSearchAttributes = shared(logins(organizations))
	run, err := c.SignalWithStartWorkflow(ctx, DiagnoseID(integration.ID), DiagnoseSignal, nil, options, flows.Diagnose, DiagnoseInput{IntegrationID: integration.ID})
	if err != nil {
		return nil, fmt.Errorf("check integration %s: %w", integration.ID, err)
	}
	return run, nil
}

// ErrVerifying means that another verification of the organization is running.
var ErrVerifying = errors.New("a verification of this organization is running already")

// StartVerification starts a verification that is in the database. It returns
// ErrVerifying when another one of its organization is running.
func StartVerification(ctx context.Context, c client.Client, organization models.Organization, verificationID string) error {
	options := startFor(VerifyID(organization.ID), organization)
	options.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL
	options.WorkflowExecutionErrorWhenAlreadyStarted = true
	options.Priority = leastUrgent
	_, err := c.ExecuteWorkflow(ctx, options, flows.Verify, VerifyInput{OrganizationID: organization.ID, VerificationID: verificationID})
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &started) {
		return ErrVerifying
	}
	if err != nil {
		return fmt.Errorf("start a verification of %s: %w", organization.Login, err)
	}
	return nil
}

// StartDeletion starts the deletion of an integration that is in the database,
// unless it runs already.
func StartDeletion(ctx context.Context, c client.Client, deletion models.Deletion, organizations []models.Organization) error {
	options := startOrJoin(DeletionID(deletion.IntegrationID), about("deletion of "+deletion.Name, logins(organizations)))
	options.TypedSearchAttributes = shared(logins(organizations))
	_, err := c.ExecuteWorkflow(ctx, options, flows.DeleteIntegration, DeleteIntegrationInput{IntegrationID: deletion.IntegrationID})
	if err != nil {
		return fmt.Errorf("start the deletion of %s: %w", deletion.Name, err)
	}
	return nil
}

// WakePurge makes an organization's purge read the database, and starts it if it
// does not run.
func WakePurge(ctx context.Context, c client.Client, organization models.Organization) error {
	_, err := c.SignalWithStartWorkflow(ctx, PurgeID(organization.ID), WakeSignal, nil,
		startFor(PurgeID(organization.ID), organization), flows.PurgeRepositories, PurgeRepositoriesInput{OrganizationID: organization.ID})
	if err != nil {
		return fmt.Errorf("purge repositories of %s: %w", organization.Login, err)
	}
	return nil
}

// WakeWebhooks lets somebody look after an organization's webhooks, and starts that if
// it does not run.
func WakeWebhooks(ctx context.Context, c client.Client, organization models.Organization) error {
	return signalWebhooks(ctx, c, organization, WakeSignal)
}

// PingWebhooks is WakeWebhooks that also lets GitHub send a ping.
func PingWebhooks(ctx context.Context, c client.Client, organization models.Organization) error {
	return signalWebhooks(ctx, c, organization, PingSignal)
}

func signalWebhooks(ctx context.Context, c client.Client, organization models.Organization, signal string) error {
	_, err := c.SignalWithStartWorkflow(ctx, WebhooksID(organization.ID), signal, nil,
		startFor(WebhooksID(organization.ID), organization), flows.Webhooks, WebhooksInput{OrganizationID: organization.ID})
	if err != nil {
		return fmt.Errorf("look after the webhooks of %s: %w", organization.Login, err)
	}
	return nil
}

// Deployment is what Temporal calls the workers that say their build.
const Deployment = "tributary"

// MakeCurrent lets a build begin what begins from now on, unless it was the current
// one before: its workers may be restarted after a newer build has taken over. It
// returns an error while Temporal does not see its workers yet.
func MakeCurrent(ctx context.Context, c client.Client, build string) error {
	deployment := c.WorkerDeploymentClient().GetHandle(Deployment)
	described, err := deployment.Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	if err != nil {
		return err
	}
	for _, version := range described.Info.VersionSummaries {
		if version.Version.BuildID == build && version.DrainageStatus != client.WorkerDeploymentVersionDrainageStatusUnspecified {
			return nil
		}
	}
	if current := described.Info.RoutingConfig.CurrentVersion; current != nil && current.BuildID == build {
		return nil
	}
	_, err = deployment.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: build, ConflictToken: described.ConflictToken})
	return err
}

// PollerAge is for how long a worker counts as present that does not poll any more.
// Workers poll once a minute at least, and Temporal remembers them for five.
const PollerAge = 90 * time.Second

// MoveStranded lets syncs go on with the current build that stay with a build of
// which no worker is left. It returns how many it moved.
func MoveStranded(ctx context.Context, c client.Client, now time.Time) (moved int, err error) {
	queue, err := c.DescribeTaskQueue(ctx, ControlQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return 0, err
	}
	present := map[string]bool{}
	for _, poller := range queue.GetPollers() {
		if now.Sub(poller.GetLastAccessTime().AsTime()) < PollerAge {
			present[poller.GetDeploymentOptions().GetBuildId()] = true
		}
	}
	described, err := c.WorkerDeploymentClient().GetHandle(Deployment).Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	if err != nil {
		return 0, err
	}
	for _, version := range described.Info.VersionSummaries {
		if present[version.Version.BuildID] || version.DrainageStatus != client.WorkerDeploymentVersionDrainageStatusDraining {
			continue
		}
		n, err := unpin(ctx, c, version.Version.BuildID)
		if moved += n; err != nil {
			return moved, err
		}
	}
	return moved, nil
}

func unpin(ctx context.Context, c client.Client, build string) (moved int, err error) {
	var next []byte
	pinned := fmt.Sprintf("ExecutionStatus = 'Running' AND TemporalWorkflowVersioningBehavior = 'Pinned' AND TemporalWorkerDeploymentVersion = '%s:%s'", Deployment, build)
	for {
		page, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: pinned, NextPageToken: next})
		if err != nil {
			return moved, err
		}
		for _, run := range page.GetExecutions() {
			_, err := c.UpdateWorkflowExecutionOptions(ctx, client.UpdateWorkflowExecutionOptionsRequest{
				WorkflowId: run.GetExecution().GetWorkflowId(), RunId: run.GetExecution().GetRunId(),
				WorkflowExecutionOptionsChanges: client.WorkflowExecutionOptionsChanges{VersioningOverride: &client.VersioningOverrideChange{Value: &client.AutoUpgradeVersioningOverride{}}},
			})
			if err != nil && !isMissing(err) {
				return moved, err
			}
			moved++
		}
		if next = page.GetNextPageToken(); len(next) == 0 {
			return moved, nil
		}
	}
}

// ResyncScheduleID is the id in Temporal of an organization's schedule of syncs.
func ResyncScheduleID(organizationID int64) string { return fmt.Sprintf("resync/%d", organizationID) }
func verifyScheduleID(organizationID int64) string { return fmt.Sprintf("verify/%d", organizationID) }

// Every copy is compared with GitHub once a week, each at another hour.
const (
	verifyInterval = 7 * 24 * time.Hour
	verifyJitter   = 6 * time.Hour
)

// How late a time that was missed, because Temporal did not run, still counts. However
// many were missed, they lead to one sync. Where the next is near none counts: all
// organizations would come at once with the end of an outage.
const (
	catchUp   = 24 * time.Hour
	noCatchUp = time.Minute
	nearby    = time.Hour
)

func catchUpOf(spec client.ScheduleSpec) time.Duration {
	if len(spec.Intervals) == 1 && spec.Intervals[0].Every <= nearby {
		return noCatchUp
	}
	return catchUp
}

// ApplySchedules makes an organization's two schedules in Temporal, the one for
// syncs and the one for verifications, what its rows say. Suspended ones start
// nothing. A schedule is written unless all of it is as seen, which is what this
// function returned the last time: somebody may change any part of one in
// Temporal's UI, and a new release may want another. It returns an error that is
// a *serviceerror.InvalidArgument for a cron text or a time zone that Temporal
// does not accept.
func ApplySchedules(ctx context.Context, c client.Client, organization models.Organization, schedule models.Schedule, suspended bool, seen activities.SeenSchedules) (activities.SeenSchedules, error) {
	resync := resyncSchedule(organization, schedule)
	resync.Paused = schedule.Paused || suspended
	verify := scheduleOf(verifyScheduleID(organization.ID), organization, client.ScheduleWorkflowAction{
		Workflow: "Verify", Args: []any{VerifyInput{OrganizationID: organization.ID}}, Priority: leastUrgent,
		TypedSearchAttributes: attributes(organization.Login, "", ""),
	})
	verify.Spec, verify.Note = intervals(verifyInterval, verifyJitter, organization)
	verify.CatchupWindow = catchUpOf(verify.Spec)
	verify.Paused = suspended
	var err error
	if seen.Verify, err = apply(ctx, c, verify, seen.Verify); err != nil {
		return activities.SeenSchedules{}, fmt.Errorf("schedule verifications of %s: %w", organization.Login, err)
	}
	if seen.Resync, err = apply(ctx, c, resync, seen.Resync); err != nil {
		return activities.SeenSchedules{}, fmt.Errorf("schedule syncs of %s: %w", organization.Login, err)
	}
	return seen, nil
}

// CheckTimes returns a *serviceerror.InvalidArgument for a cron text or a time zone
// that Temporal does not accept. Temporal says so before it says that the schedule
// exists already. Where it does not exist, it is created, paused until the
// organization's workflow is woken.
func CheckTimes(ctx context.Context, c client.Client, organization models.Organization, schedule models.Schedule) error {
	candidate := resyncSchedule(organization, schedule)
	candidate.Paused = true
	_, err := c.ScheduleClient().Create(ctx, candidate)
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return nil
	}
	return err
}

func resyncSchedule(organization models.Organization, schedule models.Schedule) client.ScheduleOptions {
	resync := scheduleOf(ResyncScheduleID(organization.ID), organization, client.ScheduleWorkflowAction{
		Workflow: "Resync", Args: []any{ResyncInput{OrganizationID: organization.ID, Look: true}}, Priority: priority(models.TriggerSchedule),
		TypedSearchAttributes: attributes(organization.Login, models.TriggerSchedule, ""),
	})
	resync.Spec, resync.Note = timesOf(schedule, organization)
	resync.CatchupWindow = catchUpOf(resync.Spec)
	return resync
}

func scheduleOf(id string, organization models.Organization, action client.ScheduleWorkflowAction) client.ScheduleOptions {
	action.ID, action.TaskQueue, action.StaticSummary = id, ControlQueue, short(organization.Login) // Temporal appends the time to the id
	return client.ScheduleOptions{ID: id, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, Action: &action}
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

// intervals begin at another instant for each organization: however many were connected
// together, their turns are spread over the interval.
func intervals(every, jitter time.Duration, organization models.Organization) (spec client.ScheduleSpec, note string) {
	offset := phase(organization.ID, every)
	spec = client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every, Offset: offset}}, Jitter: jitter}
	return spec, fmt.Sprintf("%s: every %s, up to %s late", organization.Login, every, jitter)
}

// phase is an organization's share of a period, in whole seconds: always the same, and
// those of many organizations are spread evenly. GitHub's ids are not, among those that
// one account sees.
func phase(organizationID int64, period time.Duration) time.Duration {
	hash := fnv.New64a()
	_, _ = hash.Write(binary.BigEndian.AppendUint64(nil, uint64(organizationID))) // a hash takes everything
	return time.Duration(hash.Sum64()%uint64(max(period.Seconds(), 1))) * time.Second
}

// apply updates a schedule, or creates it, unless it is as seen. It returns what it
// is like then.
func apply(ctx context.Context, c client.Client, want client.ScheduleOptions, seen string) (string, error) {
	handle := c.ScheduleClient().GetHandle(ctx, want.ID)
	has, err := handle.Describe(ctx)
	switch {
	case isMissing(err):
		_, err = c.ScheduleClient().Create(ctx, want)
	case err == nil:
		var is string
		if is, err = fingerprint(want, has.Schedule); err != nil || is == seen {
			return is, err
		}
		err = handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			return &client.ScheduleUpdate{Schedule: &client.Schedule{
				Spec: &want.Spec, Action: want.Action,
				Policy: &client.SchedulePolicies{Overlap: want.Overlap, CatchupWindow: want.CatchupWindow},
				State:  &client.ScheduleState{Paused: want.Paused, Note: want.Note},
			}}, nil
		}})
	}
	if err != nil {
		return "", err
	}
	if has, err = handle.Describe(ctx); err != nil {
		return "", err
	}
	return fingerprint(want, has.Schedule)
}

// fingerprint is of a schedule as it is wanted and as Temporal has it. The two
// cannot be compared with each other: of a cron text Temporal keeps the times. What
// somebody changes in the milliseconds between a write and the read after it is
// taken for ours until the workflow has a new run.
func fingerprint(want client.ScheduleOptions, has client.Schedule) (string, error) {
	picture, err := json.Marshal([]any{want, attributesOf(want.Action), has, attributesOf(has.Action)})
	return fmt.Sprintf("%x", sha256.Sum256(picture)), err
}

// attributesOf are search attributes in a form that JSON shows.
func attributesOf(action client.ScheduleAction) map[string]any {
	shown := map[string]any{}
	if workflow, ok := action.(*client.ScheduleWorkflowAction); ok {
		for key, value := range workflow.TypedSearchAttributes.GetUntypedValues() {
			shown[key.GetName()] = value
		}
	}
	return shown
}

// TriggerResync syncs an organization as if its time had come, also while its
// schedule is paused.
func TriggerResync(ctx context.Context, c client.Client, organizationID int64) error {
	err := c.ScheduleClient().GetHandle(ctx, ResyncScheduleID(organizationID)).Trigger(ctx, client.ScheduleTriggerOptions{})
	if err != nil {
		return fmt.Errorf("trigger the schedule of organization %d: %w", organizationID, err)
	}
	return nil
}

// ResyncTimes are those of an organization's schedule.
type ResyncTimes struct {
	Next    []time.Time // ten at most
	Last    []time.Time // the latest first
	Applied bool        // Temporal's schedule has the times of the row; Next is empty until then
}

// ReadResyncTimes returns when an organization's schedule starts syncs next and when
// it last did. While there is no such schedule in Temporal there are none.
func ReadResyncTimes(ctx context.Context, c client.Client, organization models.Organization, schedule models.Schedule) (ResyncTimes, error) {
	described, err := c.ScheduleClient().GetHandle(ctx, ResyncScheduleID(organization.ID)).Describe(ctx)
	if isMissing(err) {
		return ResyncTimes{}, nil
	}
	if err != nil {
		return ResyncTimes{}, fmt.Errorf("describe the schedule of %s: %w", organization.Login, err)
	}
	_, note := timesOf(schedule, organization)
	has := described.Schedule.State.Note // empty when somebody has cleared it
	times := ResyncTimes{Applied: has == note || has == ""}
	for _, action := range slices.Backward(described.Info.RecentActions) {
		times.Last = append(times.Last, action.ActualTime)
	}
	if times.Applied {
		times.Next = described.Info.NextActionTimes
	}
	return times, nil
}

// DeleteSchedules deletes an organization's schedules from Temporal. Doing it
// again is harmless.
func DeleteSchedules(ctx context.Context, c client.Client, organizationID int64) error {
	for _, id := range []string{ResyncScheduleID(organizationID), verifyScheduleID(organizationID)} {
		if err := c.ScheduleClient().GetHandle(ctx, id).Delete(ctx); err != nil && !isMissing(err) {
			return fmt.Errorf("delete schedule %s: %w", id, err)
		}
	}
	return nil
}

// The installation's one schedule of checks, and how often it starts those that are due.
const (
	diagnoseScheduleID = "diagnose"
	diagnoseInterval   = time.Hour
	diagnoseJitter     = 10 * time.Minute
)

// ApplyDiagnoseSchedule makes Temporal start the checks that are due, every hour.
func ApplyDiagnoseSchedule(ctx context.Context, c client.Client) error {
	_, err := apply(ctx, c, client.ScheduleOptions{
		ID:      diagnoseScheduleID,
		Spec:    client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: diagnoseInterval}}, Jitter: diagnoseJitter},
		Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: diagnoseInterval,
		Note: "checks of integrations that were not checked for a day",
		Action: &client.ScheduleWorkflowAction{
			ID: diagnoseScheduleID, Workflow: "DiagnoseDue", TaskQueue: ControlQueue, Priority: leastUrgent,
			StaticSummary: "start the checks that are due",
		},
	}, "")
	if err != nil {
		return fmt.Errorf("schedule checks: %w", err)
	}
	return nil
}
