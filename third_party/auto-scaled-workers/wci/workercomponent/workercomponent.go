// Package workercomponent is a stand-in for the workflows that start and stop workers: there are none, see package client.
package workercomponent

import "go.uber.org/fx"

// Module adds nothing to the server.
var Module = fx.Options()
