// Package worker runs workflows and activities: what is registered where, how
// much at once, and how it stops.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"tributary/activities"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// stopTimeout is what running activities get to store their page when the
// worker stops. Temporal's own default is none at all.
const stopTimeout = 20 * time.Second

// looksAtOnce is how many scheduled looks a worker makes at a time. Each is one request of
// GitHub's and two transactions at a time.
const looksAtOnce = 8

// Config is what a worker needs. All fields but Build are required.
type Config struct {
	Temporal   client.Client
	Activities *activities.Activities
	Workflows  *workflows.Workflows
	// IngestActivities is how many streams are read at a time.
	IngestActivities int
	// Build names the version of this program for Temporal's worker versioning: a
	// sync stays with the build that began it for as long as that has workers.
	// Empty is without versioning; whatever cannot go on is then begun anew.
	Build  string
	Logger *slog.Logger
}

// Run works until ctx ends and then lets running activities finish their page.
func Run(ctx context.Context, c Config) error {
	c.Activities.ApplySchedules = c.applySchedules
	c.Activities.DeleteSchedules = func(ctx context.Context, organizationID int64) error {
		return workflows.DeleteSchedules(ctx, c.Temporal, organizationID)
	}
	c.Activities.Wake = c.wake
	c.Activities.TellLimit = func(ctx context.Context, sync models.Sync, wait activities.LimitWait) error {
		return workflows.TellLimit(ctx, c.Temporal, sync, wait)
	}
	c.Activities.Log = c.Logger
	control := worker.New(c.Temporal, workflows.ControlQueue, worker.Options{
		WorkerStopTimeout: stopTimeout,
		Interceptors:      Around(c.Activities),
		DeploymentOptions: c.deployment(),
		// Looks are the only local activities. Those that wait for a worker come at once.
		MaxConcurrentLocalActivityExecutionSize: looksAtOnce,
		// A workflow ends when it panics or when it cannot replay what another version
		// did, and is begun anew from the rows. The default is to hold it for ever.
		WorkflowPanicPolicy: worker.FailWorkflow,
	})
	c.Workflows.Register(control)
	control.RegisterActivity(c.Activities)

	ingest := worker.New(c.Temporal, workflows.IngestQueue, worker.Options{
		DisableWorkflowWorker:              true,
		MaxConcurrentActivityExecutionSize: c.IngestActivities,
		WorkerStopTimeout:                  stopTimeout,
		// The throttle decides how late a cancelled activity learns of it.
		MaxHeartbeatThrottleInterval: 5 * time.Second,
		Interceptors:                 Around(c.Activities),
		DeploymentOptions:            c.deployment(),
	})
	ingest.RegisterActivity(c.Activities)

	defer c.giveBack(context.WithoutCancel(ctx)) // last: the workers that stop still spend
	if err := control.Start(); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	defer control.Stop()
	if err := ingest.Start(); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	defer ingest.Stop()
	if c.Build != "" {
		c.makeCurrent(ctx)
	}
	organizations, err := c.reconcile(ctx)
	if err != nil && ctx.Err() == nil {
		return err
	}
	c.Logger.Info("worker is running", "ingest_activities", c.IngestActivities)
	woken := make(chan struct{})
	go func() { defer close(woken); c.wakeAll(ctx, organizations) }()
	c.everyMinute(ctx)
	<-woken
	return nil
}

func (c Config) deployment() worker.DeploymentOptions {
	return worker.DeploymentOptions{
		UseVersioning: c.Build != "",
		Version:       worker.WorkerDeploymentVersion{DeploymentName: workflows.Deployment, BuildID: c.Build},
	}
}

// makeCurrent waits until Temporal has seen both queues polled, which takes it a second.
func (c Config) makeCurrent(ctx context.Context) {
	for tries := 0; ; tries++ {
		err := workflows.MakeCurrent(ctx, c.Temporal, c.Build)
		if err == nil {
			return
		}
		if tries%60 == 30 {
			c.Logger.WarnContext(ctx, "this build is not the current one of Temporal's yet", "build", c.Build, "error", err)
		}
		if !pause(ctx, time.Second) {
			return
		}
	}
}

// giveBack returns what was leased of rate budgets and not spent.
func (c Config) giveBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := c.Activities.GitHub.ReturnLeases(ctx); err != nil {
		c.Logger.WarnContext(ctx, "leased requests are not given back; they are free again with the next window", "error", err)
	}
}

// wakeInterval is how soon a row is noticed although the process that wrote it
// could not wake a workflow, because Temporal was away or the process died.
const wakeInterval = time.Minute

// everyMinute wakes organizations that wait in the database, and forgets people
// who never came back from GitHub, until ctx ends.
func (c Config) everyMinute(ctx context.Context) {
	ticker := time.NewTicker(wakeInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := c.wakeWaiting(ctx); err != nil && ctx.Err() == nil {
				c.Logger.WarnContext(ctx, "organizations that wait are not woken", "error", err)
			}
			if err := c.wakeLive(ctx, liveDelay); err != nil && ctx.Err() == nil {
				c.Logger.WarnContext(ctx, "deliveries that wait are not followed", "error", err)
			}
			if err := c.moveStranded(ctx); err != nil && ctx.Err() == nil {
				c.Logger.WarnContext(ctx, "syncs of builds that are gone are not moved", "error", err)
			}
			if err := c.startDeletions(ctx); err != nil && ctx.Err() == nil {
				c.Logger.WarnContext(ctx, "deletions that wait are not started", "error", err)
			}
			if err := c.lookAfterWebhooks(ctx); err != nil && ctx.Err() == nil {
				c.Logger.WarnContext(ctx, "webhooks are not looked after", "error", err)
			}
			if err := c.forgetLost(ctx); err != nil && ctx.Err() == nil {
				c.Logger.WarnContext(ctx, "connections that nobody uses are not forgotten", "error", err)
			}
			if err := c.Activities.Store.ForgetDeliveries(ctx); err != nil && ctx.Err() == nil {
				c.Logger.WarnContext(ctx, "old deliveries are not forgotten", "error", err)
			}
			if err := c.Activities.Store.ForgetExpiredAuthorizations(ctx); err != nil && ctx.Err() == nil {
				c.Logger.WarnContext(ctx, "expired authorizations are not forgotten", "error", err)
			}
		}
	}
}

// liveDelay is how long a delivery may wait before a worker looks after it: its
// receiver has woken the workflow, unless it died.
const liveDelay = 10 * time.Second

// wakeLive wakes what follows the deliveries of organizations in which some have waited
// for some time.
func (c Config) wakeLive(ctx context.Context, forSome time.Duration) error {
	organizations, err := c.Activities.Store.WaitingOrganizations(ctx, forSome)
	for _, organization := range organizations {
		err = errors.Join(err, workflows.WakeLive(ctx, c.Temporal, organization))
	}
	return err
}

// moveStranded lets syncs go on whose build has no worker any more.
func (c Config) moveStranded(ctx context.Context) error {
	if c.Build == "" {
		return nil
	}
	moved, err := workflows.MoveStranded(ctx, c.Temporal, time.Now())
	if moved > 0 {
		c.Logger.InfoContext(ctx, "workflows of builds that are gone go on with the current one", "workflows", moved)
	}
	return err
}

// wakeWaiting wakes the organizations of syncs that should start or stop and that
// no workflow has, and says on their rows that they wait.
func (c Config) wakeWaiting(ctx context.Context) error {
	db := c.Activities.Store
	due, err := db.DueSyncs(ctx, wakeInterval/2)
	if err != nil {
		return err
	}
	abandoned, err := workflows.Abandoned(ctx, c.Temporal, due)
	if err != nil {
		return err
	}
	for _, sync := range due {
		alone := slices.ContainsFunc(abandoned, func(s models.Sync) bool { return s.ID == sync.ID })
		if !alone && !sync.CancelRequested {
			continue
		}
		if alone && sync.Code == "" {
			if err := db.NoteSync(ctx, sync.ID, models.SyncNotStarted, "no workflow had it; it is being started"); err != nil {
				return err
			}
		}
		if err := c.wake(ctx, sync.OrganizationID); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) wake(ctx context.Context, organizationID int64) error {
	organization, err := c.Activities.Store.Organization(ctx, organizationID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	return workflows.Wake(ctx, c.Temporal, organization)
}

// lookAfterWebhooks starts what makes and checks webhooks where something waits that
// nobody began, and where the last check is a while ago.
func (c Config) lookAfterWebhooks(ctx context.Context) error {
	due, err := c.Activities.Store.WebhooksDue(ctx, wakeInterval/2)
	for _, organization := range due {
		err = errors.Join(err, workflows.WakeWebhooks(ctx, c.Temporal, organization))
	}
	return err
}

// lostAfter is longer than a wizard waits for a choice.
const lostAfter = 25 * time.Hour

// forgetLost forgets credentials whose wizard is gone, as after each process that
// was killed in the middle of one with the Temporal that it had.
func (c Config) forgetLost(ctx context.Context) error {
	lost, err := c.Activities.Store.LostConnections(ctx, lostAfter)
	for _, id := range lost {
		err = errors.Join(err, c.Activities.ForgetConnection(ctx, activities.ForgetConnectionInput{ConnectionID: id, As: models.ConnectionExpired}))
	}
	return err
}

// startDeletions starts what deletes integrations and records of repositories,
// unless it runs.
func (c Config) startDeletions(ctx context.Context) error {
	deletions, err := c.Activities.Store.OpenDeletions(ctx)
	if err != nil {
		return err
	}
	for _, deletion := range deletions {
		organizations, err := c.Activities.Store.IngestedOrganizations(ctx, deletion.IntegrationID)
		if err != nil {
			return err
		}
		if err := workflows.StartDeletion(ctx, c.Temporal, deletion, organizations); err != nil {
			return err
		}
	}
	purging, err := c.Activities.Store.PurgingOrganizations(ctx)
	if err != nil {
		return err
	}
	for _, organization := range purging {
		if err := workflows.WakePurge(ctx, c.Temporal, organization); err != nil {
			return err
		}
	}
	return nil
}

// reconcile begins what the rows say should run, and returns the organizations that are
// to have their workflows. It makes Temporal's own database disposable: wiped or
// restored, the rows bring back what should run, deletions too.
func (c Config) reconcile(ctx context.Context) ([]models.Organization, error) {
	organizations, err := c.Activities.Store.ClaimedOrganizations(ctx)
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	if err := c.wakeLive(ctx, 0); err != nil {
		return nil, err
	}
	if err := workflows.ApplyDiagnoseSchedule(ctx, c.Temporal); err != nil {
		return nil, err
	}
	return organizations, c.startDeletions(ctx)
}

// wakePause is between two organizations that a worker wakes when it starts, beyond the
// first few: each compares its schedules, which is some forty events of Temporal's, and
// mostly finds them as they were.
const (
	wakePause   = 100 * time.Millisecond
	wokenAtOnce = 20
	wakeRetry   = 5 * time.Second
)

// wakeAll gives organizations their workflows, which give them their schedules, one
// after the other: the restart of a worker is no load.
func (c Config) wakeAll(ctx context.Context, organizations []models.Organization) {
	for n, organization := range organizations {
		if n >= wokenAtOnce && !pause(ctx, wakePause) {
			return
		}
		for err := c.wake(ctx, organization.ID); err != nil; err = c.wake(ctx, organization.ID) {
			if ctx.Err() == nil {
				c.Logger.WarnContext(ctx, "organization is not woken yet", "organization", organization.Login, "error", err)
			}
			if !pause(ctx, wakeRetry) {
				return
			}
		}
	}
}

// pause reports whether its time passed before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// applySchedules logs it when Temporal does not accept a schedule any more, as
// another version of it might: the organization's workflow goes on without.
func (c Config) applySchedules(ctx context.Context, organization models.Organization, schedule models.Schedule, suspended bool, seen activities.SeenSchedules) (activities.SeenSchedules, error) {
	seen, err := workflows.ApplySchedules(ctx, c.Temporal, organization, schedule, suspended, seen)
	var refused *serviceerror.InvalidArgument
	if errors.As(err, &refused) {
		c.Logger.ErrorContext(ctx, "organization is not scheduled", "organization", organization.Login, "error", err)
		return activities.SeenSchedules{}, nil
	}
	return seen, err
}
