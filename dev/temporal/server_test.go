package temporal

import (
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"
)

func TestNewServer_returnsALostPortInsteadOfExiting(t *testing.T) {
	t.Parallel()
	database, err := openData(t.Context(), Config{
		DatabasePath: filepath.Join(t.TempDir(), "temporal.db"),
		Namespace:    "default",
		Retention:    time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := choosePorts("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	quicker, err := net.Listen("tcp", p.history)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = quicker.Close() })

	_, err = newServer(database, p, newLogger(slog.New(slog.DiscardHandler)))
	var lost fatalError
	if !errors.As(err, &lost) {
		t.Fatalf("newServer returned %v, want a fatalError", err)
	}
}
