package door

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// shutdownGrace is what open requests get to finish. It is longer than the
// longest wait for a worker's answer.
const shutdownGrace = 15 * time.Second

// Serve answers requests until ctx ends; open ones may then finish, and event
// streams end.
func Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	stopping, stop := context.WithCancel(context.Background())
	defer stop()
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      takeTime, // from the request on, until observe renews it
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		// Not the context of requests themselves: ordinary ones may finish.
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), stoppingKey{}, stopping.Done())
		},
	}
	srv.RegisterOnShutdown(stop)

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve API: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		if err := srv.Shutdown(grace); err != nil {
			return errors.Join(fmt.Errorf("requests are still open after %s: %w", shutdownGrace, err), srv.Close())
		}
		return nil
	})
	return g.Wait()
}

type stoppingKey struct{}

// Stopping is closed when the server that a request came through stops. It is
// nil, and so never ready, under a server other than Serve's.
func Stopping(ctx context.Context) <-chan struct{} {
	done, _ := ctx.Value(stoppingKey{}).(<-chan struct{})
	return done
}
