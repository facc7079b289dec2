package temporal

import (
	"net"
	"strconv"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

// newServer wires Temporal's services and binds their ports. Temporal reports
// a taken port by Logger.Fatal, which our logger turns into a panic that is
// caught here.
func newServer(data config.Persistence, p ports, log *logger) (server temporal.Server, err error) {
	defer func() {
		switch problem := recover().(type) {
		case nil:
		case fatalError:
			server, err = nil, problem
		default:
			panic(problem)
		}
	}()
	return temporal.NewServer(
		temporal.WithConfig(serverConfig(data, p)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(map[primitives.ServiceName]static.Hosts{
			primitives.FrontendService: static.SingleLocalHost(p.frontend),
			primitives.HistoryService:  static.SingleLocalHost(p.history),
			primitives.MatchingService: static.SingleLocalHost(p.matching),
			primitives.WorkerService:   static.SingleLocalHost(p.worker),
		}),
		temporal.WithLogger(log),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }),
		temporal.WithDynamicConfigClient(dynamicConfig(data.DataStores[data.DefaultStore].SQL.PluginName == sqlite.PluginName)),
	)
}

func serverConfig(data config.Persistence, p ports) *config.Config {
	host, _, _ := net.SplitHostPort(p.frontend)
	c := &config.Config{
		Persistence: data,
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled:                true,
				InitialFailoverVersion: 1,
				RPCAddress:             p.frontend,
				// Any UUID, always the same, so that a database meets its own cluster again.
				ClusterID: "6b1f0c5e-2d2a-4f43-9a53-7d3c1f0b8e21",
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			string(primitives.FrontendService): service(p.frontend),
			string(primitives.HistoryService):  service(p.history),
			string(primitives.MatchingService): service(p.matching),
			string(primitives.WorkerService):   service(p.worker),
		},
		PublicClient: config.PublicClient{HostPort: p.frontend},
	}
	c.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: host}
	c.Archival.History.State = config.ArchivalDisabled
	c.Archival.Visibility.State = config.ArchivalDisabled
	c.NamespaceDefaults.Archival.History.State = config.ArchivalDisabled
	c.NamespaceDefaults.Archival.Visibility.State = config.ArchivalDisabled
	return c
}

func service(address string) config.Service {
	host, port, _ := net.SplitHostPort(address)
	number, _ := strconv.Atoi(port)
	return config.Service{RPC: config.RPC{BindOnIP: host, GRPCPort: number}}
}

// dynamicConfig lifts limits that protect a shared cluster from its tenants.
// The client understands int, and no other kind of integer.
func dynamicConfig(onFile bool) dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// A new search attribute is usable at once instead of a minute later. It is a
		// dozen statements for each workflow, which deployments do without.
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): onFile,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():               10_000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                45_000,
		// The default cache is sized for a server of its own. Workflows stay in it
		// for an hour after their end, each with 50 KB; few are open at a time.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():                 1000,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		// Without it a task that meets the closing poll of a stopping worker is
		// lost, and is missed only after its heartbeat timeout.
		dynamicconfig.EnableCancelWorkerPollsOnShutdown.Key(): true,
		// Where the queues stand is written down every 5 minutes by default. A process
		// that ended sooner would leave all its tasks to be gone through by the next.
		dynamicconfig.ShardUpdateMinInterval.Key():               5 * time.Second,
		dynamicconfig.ShardFirstUpdateInterval.Key():             time.Second,
		dynamicconfig.TransferProcessorUpdateAckInterval.Key():   time.Second,
		dynamicconfig.TimerProcessorUpdateAckInterval.Key():      time.Second,
		dynamicconfig.VisibilityProcessorUpdateAckInterval.Key(): time.Second,
		// A small organization must not wait for the backlog of a big one.
		// Fairness holds within a partition, so there is one of each.
		dynamicconfig.MatchingEnableFairness.Key():              true,
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
	}
}
