package temporal_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	sdktemporal "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tributary/dev/temporal"
	"tributary/dev/temporal/temporaltest"
)

const queue = "test"

// serveVariable makes this test binary serve the database that it names: some
// tests need a server that can be killed.
const serveVariable = "TEMPORAL_TEST_SERVE"

func TestMain(m *testing.M) {
	if path := os.Getenv(serveVariable); path != "" {
		if err := serve(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// greet waits for a name between two tasks, so that it can be interrupted.
func greet(ctx workflow.Context, greeting string) (string, error) {
	err := workflow.SetQueryHandler(ctx, "greeting", func() (string, error) { return greeting, nil })
	if err != nil {
		return "", err
	}
	var name string
	workflow.GetSignalChannel(ctx, "name").Receive(ctx, &name)
	return greeting + ", " + name, nil
}

// serve starts a server and one greeting, says where, and stops when its input ends.
func serve(path string) error {
	ctx := context.Background()
	server, err := temporal.Start(ctx, quiet(path))
	if err != nil {
		return err
	}
	defer server.Stop()
	c, err := client.Dial(clientOptions(server))
	if err != nil {
		return err
	}
	defer c.Close()
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(greet)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	if _, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "greeting", TaskQueue: queue}, greet, "Hello"); err != nil {
		return err
	}
	// A query is answered after the first task. Stopped within it, the worker
	// would leave the next one to wait for the task's timeout.
	if _, err := c.QueryWorkflow(ctx, "greeting", "", "greeting"); err != nil {
		return err
	}
	fmt.Println(server.Address())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func quiet(path string) temporal.Config {
	return temporal.Config{
		DatabasePath: path,
		Address:      "127.0.0.1:0",
		UIAddress:    "127.0.0.1:0",
		Logger:       slog.New(slog.DiscardHandler),
	}
}

func clientOptions(server *temporal.Server) client.Options {
	return client.Options{HostPort: server.Address(), Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))}
}

func TestStart_runsWorkflowsFoundByTheirSearchAttribute(t *testing.T) {
	t.Parallel()
	c := temporaltest.Dial(t, temporaltest.Start(t, "Organization"))
	work(t, c)
	organization := sdktemporal.NewSearchAttributeKeyKeyword("Organization")
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		TaskQueue:             queue,
		TypedSearchAttributes: sdktemporal.NewSearchAttributes(organization.ValueSet("octo-org")),
	}, greet, "Hello")
	if err != nil {
		t.Fatal(err)
	}
	if got := answer(t, c, run, "Mona"); got != "Hello, Mona" {
		t.Errorf("the workflow returned %q, want %q", got, "Hello, Mona")
	}

	// The index follows the workflow within moments.
	deadline := time.After(10 * time.Second)
	for {
		count, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "Organization = 'octo-org'"})
		if err != nil {
			t.Fatal(err)
		}
		if count.Count == 1 {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("found %d workflows of the organization, want 1", count.Count)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestStart_goesOnWithWorkflowsThatWereRunning(t *testing.T) {
	t.Parallel()
	ends := map[string]func(*child) error{
		"after a stop": func(c *child) error { return c.input.Close() },
		"after a kill": func(c *child) error { return c.command.Process.Kill() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A path may hold what has a meaning in the URI that SQLite is given.
			path := filepath.Join(t.TempDir(), "50% of C# ?", "temporal.db")
			first := start(t, path)
			if err := end(first); err != nil {
				t.Fatal(err)
			}
			first.wait(t)

			config := quiet(path)
			// The namespace exists by now: what is new must be applied to it.
			config.SearchAttributes = map[string]enumspb.IndexedValueType{"Repository": enumspb.INDEXED_VALUE_TYPE_KEYWORD}
			config.Retention = 100 * time.Hour
			server, err := temporal.Start(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Stop)
			c := temporaltest.Dial(t, server)
			work(t, c)
			if got := answer(t, c, c.GetWorkflow(t.Context(), "greeting", ""), "Mona"); got != "Hello, Mona" {
				t.Errorf("the workflow returned %q, want %q", got, "Hello, Mona")
			}
			if _, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "Repository = 'hello'"}); err != nil {
				t.Errorf("a search attribute of the second start is not usable: %v", err)
			}
			namespace, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
			if err != nil {
				t.Fatal(err)
			}
			if got := namespace.Config.WorkflowExecutionRetentionTtl.AsDuration(); got != config.Retention {
				t.Errorf("retention is %s, want %s", got, config.Retention)
			}
		})
	}
}

func TestStart_refusesADatabaseInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "temporal.db")
	start(t, path)
	server, err := temporal.Start(t.Context(), quiet(path))
	if err == nil {
		server.Stop()
		t.Fatal("a second server started on the same database")
	}
	if !strings.Contains(err.Error(), "another process") {
		t.Errorf("the error doesn't say that another process uses the database: %v", err)
	}
}

func TestStart_namesThePortThatIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	address := taken.Addr().String()

	for flag, set := range map[string]func(*temporal.Config){
		temporal.AddressFlag:   func(c *temporal.Config) { c.Address = address },
		temporal.UIAddressFlag: func(c *temporal.Config) { c.UIAddress = address },
	} {
		path := filepath.Join(t.TempDir(), "temporal.db")
		config := quiet(path)
		set(&config)
		_, err := temporal.Start(t.Context(), config)
		var port *temporal.PortError
		if !errors.As(err, &port) || port.Address != address || port.Flag != flag {
			t.Errorf("with %s taken, Start returned %v", flag, err)
		}
		if files, _ := os.ReadDir(filepath.Dir(path)); len(files) > 0 {
			t.Errorf("with %s taken, Start left %v behind", flag, files)
		}
	}
}

func TestStart_listensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		config := quiet(filepath.Join(t.TempDir(), "temporal.db"))
		config.UIAddress = address
		if _, err := temporal.Start(t.Context(), config); err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("with the UI at %s, Start returned %v", address, err)
		}
		config.Address, config.UIAddress = address, "127.0.0.1:0"
		if _, err := temporal.Start(t.Context(), config); err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("with the server at %s, Start returned %v", address, err)
		}
	}
}

func TestUI_answersLoopbackNamesOnly(t *testing.T) {
	t.Parallel()
	server := temporaltest.Start(t)
	for host, want := range map[string]int{
		"":                   http.StatusOK,
		"localhost":          http.StatusOK,
		"localhost:8233":     http.StatusOK,
		"[::1]:8233":         http.StatusOK,
		"rebound.example":    http.StatusForbidden,
		"rebound.example:80": http.StatusForbidden,
	} {
		for _, path := range []string{"/", "/namespaces/default/workflows", "/api/v1/namespaces/default/workflows"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.UIURL()+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = host
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != want {
				t.Errorf("GET %s with Host %q answered %d, want %d", path, host, response.StatusCode, want)
			}
		}
	}
}

// work runs a worker for greetings until the test ends.
func work(t *testing.T, c client.Client) {
	t.Helper()
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(greet)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
}

// answer tells a greeting whom to greet and returns what it says.
func answer(t *testing.T, c client.Client, run client.WorkflowRun, name string) string {
	t.Helper()
	if err := c.SignalWorkflow(t.Context(), run.GetID(), "", "name", name); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var greeting string
	if err := run.Get(ctx, &greeting); err != nil {
		t.Fatal(err)
	}
	return greeting
}

// child is a process that serves a database.
type child struct {
	command *exec.Cmd
	input   io.Closer
}

// start returns when the child's workflow was started.
func start(t *testing.T, path string) *child {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), serveVariable+"="+path)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	if !bufio.NewScanner(output).Scan() {
		t.Fatal("the child ended before it served")
	}
	return &child{command: command, input: input}
}

// wait returns when the process is gone; how it ended is the test's business.
func (c *child) wait(t *testing.T) {
	t.Helper()
	err := c.command.Wait()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
}
