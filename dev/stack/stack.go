// Package stack runs the whole product in one process: Temporal, the worker
// and the API over one data directory. It is how a single machine runs
// Tributary without installing anything, and how end-to-end tests start it.
package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"golang.org/x/sync/errgroup"

	"tributary/api"
	"tributary/api/door"
	"tributary/cmd/tributary/apps"
	"tributary/config"
	"tributary/dev/temporal"
	"tributary/private"
	"tributary/store"
	"tributary/telemetry"
	"tributary/worker"
	"tributary/workflows"
)

// Config says where things are. Addresses are on loopback, since nobody is asked
// for a token, and may have port 0 for any free one.
type Config struct {
	// Directory holds the database, Temporal's database and the key file. One
	// process at a time may use it.
	Directory string
	// DatabaseURL replaces the database in Directory; empty for that one.
	DatabaseURL  string
	SecretKeys   string // replaces the key file in Directory; empty for that one
	GitHubAPIURL string
	GitHubWebURL string // derived from GitHubAPIURL when empty
	// Apps are what GitHub knows this installation as; PublicURL is where browsers
	// come back to, the API's own address when empty.
	Apps            config.Apps
	PublicURL       string
	Listen          string
	TemporalAddress string
	TemporalUI      string
	// MetricsListen is where everything shows its metrics; empty for nowhere.
	MetricsListen string
	// OneRun gives Temporal a database that the next run makes anew: all that
	// matters is in our own rows, and a process that ends with its sync leaves
	// nothing behind that is worth keeping.
	OneRun            bool
	RequestsPerMinute int
	IngestActivities  int
	HeartbeatTimeout  time.Duration
	Logger            *slog.Logger
}

// Stack is a running product.
type Stack struct {
	APIURL          string // without a slash at the end
	TemporalAddress string
	TemporalUI      string
	MetricsURL      string // empty without metrics
	Temporal        client.Client
	Store           *store.Store
	Database        string // where the copy is, fit to be shown

	metrics *telemetry.Listener
	closers []io.Closer // in the order in which they were opened
}

// gcPercent is twice Go's default. Most of the heap is Temporal's caches, which
// stay: marking them half as often saves a sixth of the CPU time of an
// ingestion and costs 40 MB.
const gcPercent = 200

// MetricsFlag is the flag by which people choose where metrics are shown.
const MetricsFlag = "metrics"

// namespace is Temporal's; nobody else uses this one.
const namespace = "default"

// answerTime is generous: Temporal and the worker are this process, so they are
// never away, and late where the machine is slow.
const answerTime = time.Minute

// Run starts everything, calls use with it, and stops everything, newest
// first, when use returns or ctx ends.
func Run(ctx context.Context, c Config, use func(context.Context, *Stack) error) (err error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	s := &Stack{}
	defer func() { err = errors.Join(err, s.close()) }()
	listener, err := s.open(ctx, c)
	if err != nil {
		return err
	}
	settings := config.Config{
		GitHubAPIURL: c.GitHubAPIURL, GitHubWebURL: c.GitHubWebURL, RequestsPerMinute: c.RequestsPerMinute,
		Apps: c.Apps, PublicURL: cmp.Or(c.PublicURL, s.APIURL),
	}
	apps.Warn(ctx, settings, c.Logger)
	ways, err := apps.New(settings, s.Store, s.metrics.Of())
	if err != nil {
		return err
	}
	if err := s.Store.PinHost(ctx, ways.Host.Name(), ways.Host.WebURL()); err != nil {
		return err
	}
	handler, err := api.New(api.Config{
		AnswerTime: answerTime, HealthTime: answerTime,
		Store: s.Store, Temporal: s.Temporal, Logger: c.Logger, Dev: true, Methods: ways.Methods(), PublicURL: settings.PublicURL, GitHubAPIURL: c.GitHubAPIURL,
		TemporalUIURL: s.TemporalUI, TemporalNamespace: namespace, Metrics: s.metrics.Of(), Now: time.Now,
	})
	if err != nil {
		return err
	}

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return s.metrics.During(ctx, c.Logger, func(ctx context.Context) error { return door.Serve(ctx, listener, handler) })
	})
	group.Go(func() error {
		return worker.Run(ctx, worker.Config{
			Temporal:         s.Temporal,
			Activities:       ways.Activities(s.Store, time.Now),
			Workflows:        &workflows.Workflows{HeartbeatTimeout: c.HeartbeatTimeout},
			IngestActivities: c.IngestActivities,
			Logger:           c.Logger,
		})
	})
	group.Go(func() error {
		defer stop()
		return use(ctx, s)
	})
	return group.Wait()
}

// open brings up what the worker and the API need.
func (s *Stack) open(ctx context.Context, c Config) (net.Listener, error) {
	if err := private.Folder(c.Directory); err != nil {
		return nil, err
	}
	lock, err := lockDirectory(c.Directory)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, lock)
	if err := s.openStore(ctx, c); err != nil {
		return nil, err
	}
	if err := s.showMetrics(c); err != nil {
		return nil, err
	}
	if err := s.startTemporal(ctx, c); err != nil {
		return nil, err
	}
	listener, err := temporal.Listen(c.Listen, "listen")
	if err != nil {
		return nil, err
	}
	s.APIURL = "http://" + listener.Addr().String()
	return listener, nil
}

func (s *Stack) openStore(ctx context.Context, c Config) error {
	keys, err := c.keyring()
	if err != nil {
		return err
	}
	address := cmp.Or(c.DatabaseURL, "sqlite:"+filepath.Join(c.Directory, "tributary.db"))
	s.Database = redacted(address)
	db, err := store.Open(ctx, store.Config{URL: address, Keys: keys, Now: time.Now, Migrating: func(what string) { c.Logger.Info("migrating the database", "at", what) }})
	var wrong *store.URLError
	if errors.As(err, &wrong) {
		return config.Wrong("DATABASE_URL", "is not usable: "+wrong.Problem)
	}
	if err != nil {
		return err
	}
	s.Store = db
	s.closers = append(s.closers, db)
	if c.DatabaseURL != "" { // else it is in the directory, which is locked
		lock, err := lockDatabase(ctx, address)
		if err != nil {
			return err
		}
		s.closers = append(s.closers, lock)
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if c.OneRun { // it brings the credential that it reads with
		return nil
	}
	return c.checkSecrets(ctx, db)
}

func (s *Stack) showMetrics(c Config) error {
	if c.MetricsListen == "" {
		return nil
	}
	listener, err := temporal.Listen(c.MetricsListen, MetricsFlag)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, closer(func() { _ = listener.Close() })) // the server has closed it, if it began
	s.MetricsURL = "http://" + listener.Addr().String() + telemetry.Path
	s.metrics, err = telemetry.On(listener, telemetry.Config{Numbers: s.Store.Numbers, Now: time.Now})
	return err
}

func (c Config) keyFile() string { return filepath.Join(c.Directory, "keys") }

func (c Config) keyring() (*store.Keyring, error) {
	if c.SecretKeys == "" {
		return store.LoadOrCreateKeyFile(c.keyFile())
	}
	keys, err := store.ParseKeyring(c.SecretKeys)
	if err != nil {
		return nil, config.Wrong("SECRET_KEYS", "is not usable: "+err.Error())
	}
	return keys, nil
}

// checkSecrets names the file where the keys come from it.
func (c Config) checkSecrets(ctx context.Context, db *store.Store) error {
	err := apps.CheckSecrets(ctx, db, c.Logger)
	if err != nil && c.SecretKeys == "" && errors.As(err, new(*config.Error)) {
		return &KeyFileError{c.keyFile()}
	}
	return err
}

// KeyFileError is a key file that does not open what the database holds, which
// another folder may have sealed.
type KeyFileError struct{ Path string }

func (e *KeyFileError) Error() string {
	return fmt.Sprintf("%s does not open what the database holds: copy the file keys of the folder that it was made with there, or set %[2]sSECRET_KEYS; "+
		"if the key is lost, tributary secrets forget takes away what cannot be opened (with %[2]sSECRET_KEYS_FILE=%[1]s)", e.Path, config.Prefix)
}

// redacted leaves the password out of a database's address.
func redacted(address string) string {
	if u, err := url.Parse(address); err == nil && u.User != nil {
		return u.Redacted()
	}
	return address
}

func (s *Stack) startTemporal(ctx context.Context, c Config) error {
	server, err := temporal.Start(ctx, TemporalConfig(c))
	if err != nil {
		return err
	}
	s.closers = append(s.closers, closer(server.Stop))
	s.TemporalAddress, s.TemporalUI = server.Address(), server.UIURL()
	s.Temporal, err = client.Dial(client.Options{HostPort: server.Address(), MetricsHandler: s.metrics.Of().Temporal(), Logger: temporallog.NewStructuredLogger(c.Logger)})
	if err != nil {
		return fmt.Errorf("connect to Temporal: %w", err)
	}
	s.closers = append(s.closers, closer(s.Temporal.Close))
	return nil
}

// TemporalConfig is the embedded Temporal of a stack.
func TemporalConfig(c Config) temporal.Config {
	file := "temporal.db"
	if c.OneRun {
		file = "temporal-ingest.db" // what `up` keeps is left alone
	}
	return temporal.Config{
		DatabasePath:     filepath.Join(c.Directory, file),
		Fresh:            c.OneRun,
		Address:          c.TemporalAddress,
		UIAddress:        c.TemporalUI,
		Namespace:        namespace,
		Logger:           c.Logger,
		SearchAttributes: workflows.Attributes(),
	}
}

func (s *Stack) close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i].Close())
	}
	return errors.Join(errs...)
}

// closer makes a stopping function that cannot fail an io.Closer.
type closer func()

func (c closer) Close() error {
	c()
	return nil
}
