package command

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tributary/config"
	"tributary/dev/stack"
	"tributary/dev/temporal"
	"tributary/private"
)

// places are the flags that say where things are.
type places struct {
	data, databaseURL, gitHubAPIURL string
	listen, temporal, temporalUI    string
	metrics                         string // of commands that show any
}

// anyPort is for commands whose addresses nobody has to know beforehand.
const anyPort = "127.0.0.1:0"

func (p *places) flags(cmd *cobra.Command, listen, temporalAddress, temporalUI string) {
	flags := cmd.Flags()
	flags.StringVar(&p.data, "data", ".tributary", "folder that holds the databases and the key")
	flags.StringVar(&p.listen, "listen", listen, "address of the API")
	flags.StringVar(&p.temporal, temporal.AddressFlag, temporalAddress, "address of Temporal")
	flags.StringVar(&p.temporalUI, temporal.UIAddressFlag, temporalUI, "address of Temporal's UI")
}

func (p *places) sourceFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&p.databaseURL, "database-url", "", "postgres://… or sqlite:PATH (default: a SQLite file in --data, or TRIBUTARY_DATABASE_URL)")
	flags.StringVar(&p.gitHubAPIURL, "github-api-url", "", "the GitHub to read (default: https://api.github.com/, or TRIBUTARY_GITHUB_API_URL)")
}

// check finds flags that are no addresses, or addresses that other machines
// reach; whether these are free shows when they are used.
func (p *places) check() error {
	for _, address := range []struct{ flag, value, example string }{
		{"listen", p.listen, "127.0.0.1:8080"},
		{temporal.AddressFlag, p.temporal, temporal.DefaultAddress},
		{temporal.UIAddressFlag, p.temporalUI, temporal.DefaultUIAddress},
		{stack.MetricsFlag, p.metrics, "127.0.0.1:9464"},
	} {
		if address.value == "" && address.flag == stack.MetricsFlag {
			continue
		}
		if _, _, err := net.SplitHostPort(address.value); err != nil {
			return &usageError{fmt.Sprintf("--%s is not host:port; for example --%[1]s %s", address.flag, address.example)}
		}
		if _, err := temporal.Loopback(address.value, address.flag); err != nil {
			return err
		}
	}
	return nil
}

// named says it of the flag where that was used in place of the variable.
func (p *places) named(err error) error {
	var setting *config.Error
	if !errors.As(err, &setting) {
		return err
	}
	for _, given := range p.replacing() {
		if given.value != "" && setting.Variable == config.Prefix+given.variable {
			return &usageError{fmt.Sprintf("--%s %s; for example --%[1]s %[3]s", given.flag, setting.Problem, setting.Example)}
		}
	}
	return err
}

type replacement struct{ flag, variable, value string }

// replacing are the flags that win over a variable.
func (p *places) replacing() []replacement {
	return []replacement{{"database-url", "DATABASE_URL", p.databaseURL}, {"github-api-url", "GITHUB_API_URL", p.gitHubAPIURL}}
}

// stack completes the flags with the environment.
func (p *places) stack(log *slog.Logger) (stack.Config, error) {
	if err := p.check(); err != nil {
		return stack.Config{}, err
	}
	variables := environment()
	for _, given := range p.replacing() {
		if given.value != "" {
			variables[config.Prefix+given.variable] = given.value
		}
	}
	settings, err := config.Load(variables)
	if err != nil {
		return stack.Config{}, p.named(err)
	}
	return stack.Config{
		Directory:         p.data,
		DatabaseURL:       settings.DatabaseURL,
		SecretKeys:        settings.SecretKeys,
		GitHubAPIURL:      settings.GitHubAPIURL,
		GitHubWebURL:      settings.GitHubWebURL,
		Apps:              settings.Apps,
		PublicURL:         settings.PublicURL,
		Listen:            p.listen,
		TemporalAddress:   p.temporal,
		TemporalUI:        p.temporalUI,
		MetricsListen:     p.metrics,
		RequestsPerMinute: settings.RequestsPerMinute,
		IngestActivities:  settings.IngestActivities,
		HeartbeatTimeout:  settings.HeartbeatTimeout,
		Logger:            log,
	}, nil
}

// logFile keeps the log out of the way of the progress bars.
func logFile(directory string) (*slog.Logger, *os.File, error) {
	if err := private.Folder(directory); err != nil {
		return nil, nil, err
	}
	path := filepath.Join(directory, "tributary.log")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err := private.File(path); err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return slog.New(slog.NewJSONHandler(file, nil)), file, nil
}
