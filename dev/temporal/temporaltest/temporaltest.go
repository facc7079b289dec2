// Package temporaltest gives a test a Temporal server of its own.
package temporaltest

import (
	"log/slog"
	"path/filepath"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"tributary/dev/temporal"
)

// Start runs a server in a directory that goes away with the test.
// The attributes are keywords that workflows may carry.
func Start(t testing.TB, keywords ...string) *temporal.Server {
	t.Helper()
	attributes := make(map[string]enumspb.IndexedValueType)
	for _, name := range keywords {
		attributes[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	server, err := temporal.Start(t.Context(), temporal.Config{
		DatabasePath:     filepath.Join(t.TempDir(), "temporal.db"),
		Address:          "127.0.0.1:0",
		UIAddress:        "127.0.0.1:0",
		SearchAttributes: attributes,
		Logger:           slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatalf("start Temporal: %v", err)
	}
	t.Cleanup(server.Stop)
	return server
}

// Dial connects to a server until the test ends.
func Dial(t testing.TB, server *temporal.Server) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{
		HostPort: server.Address(),
		Logger:   sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatalf("dial Temporal: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}
