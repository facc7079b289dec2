package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
)

// clusterVariable says how many small repositories the long version has; ./task test:cluster sets it.
const clusterVariable = "TRIBUTARY_TEST_CLUSTER"

// What the cluster is given to notice that somebody is gone, and how late a busy machine may be.
const (
	clusterHeartbeat = 5 * time.Second
	clusterLate      = 15 * time.Second
)

// TestCluster_survivesTheLossOfEachPart disturbs every part of the production shape in the
// middle of one first sync.
func TestCluster_survivesTheLossOfEachPart(t *testing.T) {
	t.Parallel()
	repositories := number(t, clusterVariable, 40)
	w := newWorldWith(t, githubsim.Config{}, 0)
	w.earlier(func() { w.Populate(githubsim.SmallWorkload(repositories)) })
	between := max(3, repositories/20) // requests: most of them are for many repositories
	front := newBarrier(w.Sim, math.MaxInt)
	w.serve(t, front)
	began := time.Now()
	i, postgres := compose(t, clusterSettings(w))
	t.Logf("the cluster works after %s", time.Since(began).Round(100*time.Millisecond))
	temporal := i.dial(t)

	body := i.connect(t, w, w.token())
	front.release(between)
	began = time.Now()
	must(t, request(t.Context(), http.MethodPost, i.api+"/api/v1/integrations", body, nil))

	underWay := func(what string) {
		t.Helper()
		select {
		case <-front.filled():
		case <-time.After(waitForEnd):
			t.Fatalf("too few requests before this: %s", what)
		}
	}
	// disturb does something while requests are under way, and looks how soon there are new ones.
	// It lets these in once they may be answered.
	disturb := func(what string, do func(open func()) (from time.Time)) {
		t.Helper()
		underWay(what)
		at, open := time.Now(), sync.OnceFunc(func() { front.release(between) })
		from := do(open)
		open()
		i.await(t)
		var first time.Time
		eventually(t, clusterHeartbeat+clusterLate, "work goes on after this: "+what, func() (any bool) {
			first, any = front.since(from)
			return any
		})
		t.Logf("%s took %s; %s later GitHub was asked again", what, time.Since(at).Round(100*time.Millisecond), first.Sub(from).Round(100*time.Millisecond))
	}
	disturb("the loss of a worker", func(open func()) time.Time { return i.loseWorker(t, temporal, i.part("worker 1"), open) })
	disturb("the loss of the API", func(func()) time.Time { i.part("api").kill(t.Context()); return time.Now() })
	disturb("the loss of Temporal", func(func()) time.Time {
		i.part("temporal").kill(t.Context())
		i.part("temporal").await(t)
		return time.Now()
	})
	disturb("a restart of Postgres", func(open func()) time.Time {
		must(t, postgres.Stop())
		open()
		must(t, postgres.Start())
		return time.Now()
	})
	disturb("the loss of Postgres", func(open func()) time.Time {
		before, err := i.startOfDatabase(t)
		must(t, err)
		must(t, postgres.Crash())
		open()
		eventually(t, time.Minute, "Postgres is back", func() bool {
			now, err := i.startOfDatabase(t)
			return err == nil && now.After(before)
		})
		return time.Now()
	})
	underWay("the proper restart of all workers")
	time.AfterFunc(100*time.Millisecond, func() { front.release(math.MaxInt) }) // they let what they read end
	for _, name := range []string{"worker 1", "worker 2"} {
		i.part(name).restart(t, 40*time.Second)
	}

	i.awaitSyncs(t, 1)
	t.Logf("%d repositories in %s", repositories, time.Since(began).Round(time.Second))
	w.check(t, i.database)
	i.checkNothingIsLeft(t)
	i.checkNothingHangs(t)
	must(t, request(t.Context(), http.MethodPost, i.api+"/api/v1/integrations/"+i.integration(t)+"/syncs", nil, nil))
	i.awaitSyncs(t, 2)
	w.check(t, i.database)
	i.checkNothingIsLeft(t)
	i.checkNothingHangs(t)
	i.checkIdleLooks(t, temporal, w.Organization.ID)
	i.stop(t)
}

func clusterSettings(w *world) map[string]string {
	return map[string]string{
		"TRIBUTARY_GITHUB_API_URL": w.URL, "TRIBUTARY_GITHUB_REQUESTS_PER_MINUTE": "100000", "TRIBUTARY_HEARTBEAT_TIMEOUT": clusterHeartbeat.String(),
	}
}

func (i *installation) dial(t *testing.T) client.Client {
	t.Helper()
	temporal, err := client.Dial(client.Options{HostPort: i.temporal, Namespace: i.namespace, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	must(t, err)
	t.Cleanup(temporal.Close)
	return temporal
}

// loseWorker kills a worker while it has something to do, and waits until all of that is taken
// from it: after its heartbeats were missed somebody else does it.
func (i *installation) loseWorker(t *testing.T, temporal client.Client, p *part, open func()) (killed time.Time) {
	t.Helper()
	p.mu.Lock()
	identity := fmt.Sprintf("%d@", p.process.cmd.Process.Pid)
	p.mu.Unlock()
	eventually(t, time.Minute, p.name+" waits for GitHub", func() bool { return heldBy(t, temporal, identity) > 0 })
	p.kill(t.Context())
	killed = time.Now()
	open()
	eventually(t, clusterHeartbeat+clusterLate, "nothing waits for a worker that is gone", func() bool { return heldBy(t, temporal, identity) == 0 })
	t.Logf("%s after its loss nothing waited for the worker", time.Since(killed).Round(100*time.Millisecond))
	return killed
}

// heldBy counts the activities that a worker carries out, as far as Temporal knows.
func heldBy(t *testing.T, temporal client.Client, identity string) (n int) {
	t.Helper()
	running, err := temporal.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "ExecutionStatus = 'Running'"})
	must(t, err)
	for _, execution := range running.GetExecutions() {
		w, err := temporal.DescribeWorkflowExecution(t.Context(), execution.GetExecution().GetWorkflowId(), execution.GetExecution().GetRunId())
		must(t, err)
		for _, a := range w.GetPendingActivities() {
			if a.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED && strings.HasPrefix(a.GetLastWorkerIdentity(), identity) {
				n++
			}
		}
	}
	return n
}

// startOfDatabase is when the Postgres that answers was started.
func (i *installation) startOfDatabase(t *testing.T) (at time.Time, err error) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), i.database)
	if err != nil {
		return at, err
	}
	defer connection.Close(context.Background())
	err = connection.QueryRow(t.Context(), "SELECT pg_postmaster_start_time()").Scan(&at)
	return at, err
}

// awaitSyncs waits until so many syncs have completed, as the database says.
func (i *installation) awaitSyncs(t *testing.T, n int) {
	t.Helper()
	database, err := store.Open(t.Context(), store.Config{URL: i.database})
	must(t, err)
	defer database.Close()
	eventually(t, longEnough(t), fmt.Sprintf("%d syncs have completed", n), func() bool {
		syncs, err := database.Syncs(t.Context(), store.SyncFilter{}, "", 50)
		if err != nil {
			return false
		}
		for _, s := range syncs.Rows {
			if s.State.Ended() && s.State != models.SyncCompleted {
				t.Fatalf("a sync is %s: %s", s.State, s.Error)
			}
		}
		return len(syncs.Rows) >= n && !slices.ContainsFunc(syncs.Rows, func(s models.Sync) bool { return !s.State.Ended() })
	})
}

// longEnough is how long the syncs of a cluster may take.
func longEnough(t *testing.T) time.Duration {
	t.Helper()
	return waitForEnd + time.Duration(number(t, clusterVariable, 0))*3*time.Second
}

// checkNothingIsLeft looks for rows that syncs which have ended should have seen to.
func (i *installation) checkNothingIsLeft(t *testing.T) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), i.database)
	must(t, err)
	defer connection.Close(context.Background())
	for what, rows := range map[string]string{
		"syncs have not ended":                  "syncs WHERE ended_at IS NULL",
		"repositories of syncs have not ended":  "sync_repositories WHERE ended_at IS NULL",
		"pull requests wait for their details":  "pull_requests WHERE details_state = 'pending'",
		"commits wait for their details":        "commits WHERE details_state = 'pending'",
		"streams were never read to their ends": "streams WHERE last_success_at IS NULL",
	} {
		var n int
		must(t, connection.QueryRow(t.Context(), "SELECT count(*) FROM "+rows).Scan(&n))
		if n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}

func (i *installation) integration(t *testing.T) string {
	t.Helper()
	database, err := store.Open(t.Context(), store.Config{URL: i.database})
	must(t, err)
	defer database.Close()
	syncs, err := database.Syncs(t.Context(), store.SyncFilter{}, "", 1)
	must(t, err)
	return syncs.Rows[0].IntegrationID
}
