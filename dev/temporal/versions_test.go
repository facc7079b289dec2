package temporal_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	computepb "go.temporal.io/api/compute/v1"
	deploymentpb "go.temporal.io/api/deployment/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tributary/dev/temporal/temporaltest"
)

// The server keeps versions of workers through what third_party/auto-scaled-workers stands in for.
func TestStart_runsVersionsOfWorkersButNoComputeProviders(t *testing.T) {
	t.Parallel()
	c := temporaltest.Dial(t, temporaltest.Start(t))
	first := worker.WorkerDeploymentVersion{DeploymentName: "greeters", BuildID: "1"}
	w := worker.New(c, queue, worker.Options{DeploymentOptions: worker.DeploymentOptions{
		UseVersioning: true, Version: first, DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
	}})
	w.RegisterWorkflow(greet)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	versions := c.WorkerDeploymentClient().GetHandle(first.DeploymentName)
	await(t, "the worker's version is known", func() error {
		_, err := versions.SetCurrentVersion(t.Context(), client.WorkerDeploymentSetCurrentVersionOptions{BuildID: first.BuildID})
		return err
	})
	if _, err := versions.DescribeVersion(t.Context(), client.WorkerDeploymentDescribeVersionOptions{BuildID: first.BuildID}); err != nil {
		t.Errorf("a version without a compute provider can't be described: %v", err)
	}
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: queue}, greet, "Hello")
	if err != nil {
		t.Fatal(err)
	}
	if got := answer(t, c, run, "Mona"); got != "Hello, Mona" {
		t.Errorf("the workflow returned %q, want %q", got, "Hello, Mona")
	}

	service := c.WorkflowService()
	lambda := &computepb.ComputeConfigScalingGroup{Provider: &computepb.ComputeProvider{Type: "aws-lambda"}}
	update := map[string]*computepb.ComputeConfigScalingGroupUpdate{"all": {ScalingGroup: lambda}}
	known := &deploymentpb.WorkerDeploymentVersion{DeploymentName: first.DeploymentName, BuildId: first.BuildID}
	second := &deploymentpb.WorkerDeploymentVersion{DeploymentName: first.DeploymentName, BuildId: "2"}
	for name, call := range map[string]func() error{
		"validate": func() error {
			_, err := service.ValidateWorkerDeploymentVersionComputeConfig(t.Context(), &workflowservice.ValidateWorkerDeploymentVersionComputeConfigRequest{
				Namespace: "default", DeploymentVersion: known, ComputeConfigScalingGroups: update,
			})
			return err
		},
		"update": func() error {
			_, err := service.UpdateWorkerDeploymentVersionComputeConfig(t.Context(), &workflowservice.UpdateWorkerDeploymentVersionComputeConfigRequest{
				Namespace: "default", DeploymentVersion: known, ComputeConfigScalingGroups: update,
			})
			return err
		},
		"create": func() error {
			_, err := service.CreateWorkerDeploymentVersion(t.Context(), &workflowservice.CreateWorkerDeploymentVersionRequest{
				Namespace: "default", DeploymentVersion: second,
				ComputeConfig: &computepb.ComputeConfig{ScalingGroups: map[string]*computepb.ComputeConfigScalingGroup{"all": lambda}},
			})
			return err
		},
	} {
		err := call()
		if refused := new(serviceerror.InvalidArgument); !errors.As(err, &refused) || !strings.Contains(err.Error(), "not part of this build") {
			t.Errorf("%s with a compute provider answered %v, want that they are not part of this build", name, err)
		}
	}

	_, err = service.CreateWorkerDeploymentVersion(t.Context(), &workflowservice.CreateWorkerDeploymentVersionRequest{Namespace: "default", DeploymentVersion: second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := versions.DeleteVersion(t.Context(), client.WorkerDeploymentDeleteVersionOptions{BuildID: second.BuildId}); err != nil {
		t.Errorf("a version without a compute provider can't be deleted: %v", err)
	}
}

func TestStart_followsSchedules(t *testing.T) {
	t.Parallel()
	c := temporaltest.Dial(t, temporaltest.Start(t))
	work(t, c)
	schedule, err := c.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
		ID:     "each second",
		Spec:   client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Second}}},
		Action: &client.ScheduleWorkflowAction{ID: "greeting", Workflow: greet, Args: []any{"Hello"}, TaskQueue: queue},
	})
	if err != nil {
		t.Fatal(err)
	}
	var started client.ScheduleActionResult
	await(t, "the schedule has started a workflow", func() error {
		described, err := schedule.Describe(t.Context())
		if err != nil {
			return err
		}
		if len(described.Info.RecentActions) == 0 {
			return errors.New("none was started")
		}
		started = described.Info.RecentActions[0]
		return nil
	})
	if got := answer(t, c, c.GetWorkflow(t.Context(), started.StartWorkflowResult.WorkflowID, ""), "Mona"); got != "Hello, Mona" {
		t.Errorf("the workflow returned %q, want %q", got, "Hello, Mona")
	}
}

// await tries until there is no error left.
func await(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("waited in vain until %s: %v", what, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
