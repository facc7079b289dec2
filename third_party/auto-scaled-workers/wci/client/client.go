// Package client is a stand-in for the client through which Temporal's server starts and stops workers at a compute provider.
//
// The real one brings the SDKs of Kubernetes, AWS and Google, a quarter of the time that ./task demo takes to compile, and
// nobody who runs Temporal inside Tributary has a compute provider. Here no version of a worker has one, nor can it get one.
// Versions of workers as such are the server's own and work.
package client

import (
	"context"

	deploymentpb "go.temporal.io/api/deployment/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/auto-scaled-workers/wci/workflow/iface"
	"go.uber.org/fx"
)

// Module gives the server its client.
var Module = fx.Supply(Client{})

// Client takes namespaces as any: their type is the server's, which imports this package.
type Client struct{}

// DescribeWorkerControllerInstance answers what the server takes for a version whose workers start by themselves.
func (Client) DescribeWorkerControllerInstance(context.Context, any, *deploymentpb.WorkerDeploymentVersion) (*iface.QueryDescribeWorkerControllerInstanceResponse, []byte, error) {
	return nil, nil, serviceerror.NewNotFound("no compute provider: they are not part of this build")
}

func (Client) UpdateWorkerControllerInstance(context.Context, any, *deploymentpb.WorkerDeploymentVersion, []byte, string, map[string]iface.ScalingGroupSpecUpdate, []string) (*iface.UpdateWorkerControllerInstanceResponse, error) {
	return nil, notPartOfThisBuild()
}

func (Client) ValidateWorkerControllerInstanceSpec(context.Context, any, *deploymentpb.WorkerDeploymentVersion, string, map[string]iface.ScalingGroupSpecUpdate, []string) error {
	return notPartOfThisBuild()
}

// DeleteWorkerControllerInstance is called for every version that is deleted, and by contract is content with none.
func (Client) DeleteWorkerControllerInstance(context.Context, any, *deploymentpb.WorkerDeploymentVersion, string) error {
	return nil
}

// notPartOfThisBuild is an invalid argument because the server tries again after any other error.
func notPartOfThisBuild() error {
	return serviceerror.NewInvalidArgument("compute providers are not part of this build of Temporal's server")
}
