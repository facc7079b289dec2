// Command bench measures what the product promises: what a copy costs at GitHub, in
// Temporal and here (cost), how fast and in how much memory one is made (throughput), how soon
// deliveries are answered (webhooks), how long a change takes to arrive (live), how
// soon people see a page (web), and how soon reports are answered (reports). It measures the whole product, from the API to the
// database, against githubsim. What grows when it runs for long shows in a soak (soak).
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tributary/dev/stack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "bench",
		Short:         "Measure the product against a simulated GitHub",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.AddCommand(costCommand(), throughputCommand(), productCommand(), liveCommand(), webhooksCommand(), measuredCommand(), receiverCommand(), soakCommand(), soakedCommand(), pagesCommand(), reportsCommand())
	return cmd
}

const organization = "acme"

// unlimited is how many requests may be sent where limits are not what is measured.
const unlimited = 1 << 30

// stackConfig is the product as a user starts it, but for the pace: GitHub
// would not permit what a simulator does.
func stackConfig(directory, databaseURL, gitHubAPIURL string) stack.Config {
	const anyPort = "127.0.0.1:0"
	return stack.Config{
		Directory:         directory,
		DatabaseURL:       databaseURL,
		GitHubAPIURL:      gitHubAPIURL,
		Listen:            anyPort,
		TemporalAddress:   anyPort,
		TemporalUI:        anyPort,
		RequestsPerMinute: unlimited,
		IngestActivities:  16,
		HeartbeatTimeout:  20 * time.Second,
		Logger:            slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	}
}
