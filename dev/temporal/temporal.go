// Package temporal runs a Temporal server and its web UI inside this process,
// on one SQLite file, so that a durable ingestion needs nothing installed.
//
// It is for one person on one machine: it listens on loopback only, has no
// authorization and keeps everything in one shard. A deployment runs Temporal's
// own images instead.
package temporal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/temporal"
)

// DefaultAddress and DefaultUIAddress are where Temporal's own development
// server listens, so that its CLI finds this one without being told.
const (
	DefaultAddress   = "127.0.0.1:7233"
	DefaultUIAddress = "127.0.0.1:8233"
)

// bootTimeout is generous: a start takes about a second, and a laptop that
// just woke up or a busy CI machine takes many times that.
const bootTimeout = time.Minute

// Config says where the server listens and keeps its data. DatabasePath and
// Logger are required.
type Config struct {
	// DatabasePath names the SQLite file. Its schema's version goes into the
	// file's name (temporal.db becomes temporal-v0.11.db): Temporal cannot
	// migrate SQLite, so a server with another schema starts with another file.
	DatabasePath string
	// PostgresURL is of a server on which two new databases replace the file; empty for
	// the file. Its user may create databases.
	PostgresURL string
	// Fresh forgets what an earlier start has left in the file.
	Fresh bool
	// Address and UIAddress are host:port on loopback; port 0 is any free one.
	Address, UIAddress string
	Namespace          string
	// Retention is how long closed workflows can be looked at; 72 hours by default.
	Retention time.Duration
	// SearchAttributes are registered in Namespace.
	SearchAttributes map[string]enumspb.IndexedValueType
	// Logger gets errors, and nothing once Stop was called.
	Logger *slog.Logger
}

// Server is a running Temporal.
type Server struct {
	address string
	server  temporal.Server
	ui      *ui
	log     *logger
}

// Start returns when workflows can be started. A port that is taken is a *PortError.
func Start(ctx context.Context, c Config) (*Server, error) {
	c.Address = cmp.Or(c.Address, DefaultAddress)
	c.UIAddress = cmp.Or(c.UIAddress, DefaultUIAddress)
	c.Namespace = cmp.Or(c.Namespace, "default")
	c.Retention = cmp.Or(c.Retention, 72*time.Hour)

	uiListener, err := Listen(c.UIAddress, UIAddressFlag)
	if err != nil {
		return nil, err
	}
	s := &Server{log: newLogger(c.Logger)}
	if err := s.start(ctx, c); err != nil {
		return nil, errors.Join(err, uiListener.Close())
	}
	if err := s.serve(ctx, c, uiListener); err != nil {
		s.Stop()
		return nil, errors.Join(err, uiListener.Close())
	}
	return s, nil
}

// start starts the server. The ports inside are chosen, released and taken
// again by Temporal, which accepts no listener: when another process was
// quicker, other ports are tried.
func (s *Server) start(ctx context.Context, c Config) error {
	data, err := openData(ctx, c)
	if err != nil {
		return fmt.Errorf("open Temporal's database: %w", err)
	}
	var lost fatalError
	for attempt := 1; ; attempt++ {
		ports, err := choosePorts(c.Address)
		if err != nil {
			return err
		}
		s.server, err = newServer(data, ports, s.log)
		if errors.As(err, &lost) && attempt < 3 {
			continue
		}
		if err != nil {
			return fmt.Errorf("create Temporal server: %w", err)
		}
		s.address = ports.frontend
		if err := s.server.Start(); err != nil {
			return errors.Join(fmt.Errorf("start Temporal server: %w", err), s.server.Stop())
		}
		return nil
	}
}

func (s *Server) serve(ctx context.Context, c Config, uiListener net.Listener) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	if err := configureNamespace(ctx, s.address, c); err != nil {
		return fmt.Errorf("configure namespace %s: %w", c.Namespace, err)
	}
	handler, err := uiHandler(s.address, c.Namespace)
	if err != nil {
		return fmt.Errorf("create Temporal's UI: %w", err)
	}
	s.ui = serveUI(uiListener, handler, s.log)
	return nil
}

// Address is the frontend's host:port, for client.Options.HostPort.
func (s *Server) Address() string { return s.address }

// UIURL is where a browser finds the workflows.
func (s *Server) UIURL() string { return s.ui.url }

// Stop ends the UI and then the server. Workers and clients must be stopped
// before it; running workflows stay in the file and go on after the next Start.
func (s *Server) Stop() {
	s.log.silence()
	if s.ui != nil {
		s.ui.stop()
	}
	// Temporal's stop has no error that a caller could act on: everything is
	// committed already, and kill -9 is survived just as well.
	_ = s.server.Stop()
}
