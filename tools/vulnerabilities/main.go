// Vulnerabilities runs govulncheck over modules of this repository, if the database that it asks can be reached:
//
//	vulnerabilities [-db URL] MODULE…
//
// Where it cannot be reached nothing is checked, which is said and is no failure: a change must not wait for another host.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// patience is what the database has to answer. It is one small file of a content delivery network.
const patience = 3 * time.Second

func main() {
	db := flag.String("db", "https://vuln.go.dev", "the vulnerability database")
	flag.Parse()
	c := check{db: *db, patience: patience, out: os.Stdout, govulncheck: govulncheck}
	if err := c.run(context.Background(), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "vulnerabilities:", err)
		os.Exit(1)
	}
}

// check is one run.
type check struct {
	db          string
	patience    time.Duration
	out         io.Writer
	govulncheck func(ctx context.Context, db, module string) error
}

func (c check) run(ctx context.Context, modules []string) error {
	if len(modules) == 0 {
		return errors.New("no module is named")
	}
	if err := c.reach(ctx); err != nil {
		fmt.Fprintf(c.out, "Vulnerabilities are NOT checked here: %s cannot be reached (%v). This is no failure; where it can be reached they are.\n", c.db, err)
		return nil
	}
	var errs []error
	for _, module := range modules {
		if err := c.govulncheck(ctx, c.db, module); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", module, err))
		}
	}
	return errors.Join(errs...)
}

// reach asks for what govulncheck asks for first.
func (c check) reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.db+"/index/db.json", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

// govulncheck checks one module, named from the root of the repository, whose folder tools is the current one.
func govulncheck(ctx context.Context, db, module string) error {
	cmd := exec.CommandContext(ctx, "go", "tool", "govulncheck", "-db", db, "-C", filepath.Join("..", module), "./...")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
