package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// A few seconds of what bench webhooks measures for long, in this process.
func TestWebhooks_loseNoDelivery(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	url := "sqlite:" + filepath.Join(t.TempDir(), "tributary.db")
	ready, ended := make(chan endpoint, 1), make(chan error, 1)
	go func() {
		ended <- serveReceiver(ctx, url, func(at any) error {
			ready <- at.(endpoint)
			return nil
		})
	}()
	var at endpoint
	select {
	case at = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	sent := deliver(ctx, at, 200, 2*time.Second)
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := sent.look(t.Context(), url, at.Integration); err != nil {
		t.Fatal(err)
	}
	if sent.stored != 400 || sent.lost != 0 {
		t.Errorf("%d of 400 deliveries are stored, %d are lost", sent.stored, sent.lost)
	}
	t.Logf("answered in %s, 99 of 100 in %s", percentile(sent.answers, 50), percentile(sent.answers, 99))
}
