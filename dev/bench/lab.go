package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/store/storetest"
)

// lab is a simulated organization in this process, and the product in another, which copies it.
type lab struct {
	sim     *githubsim.Sim
	acme    *githubsim.Organization
	behind  atomic.Int64 // of GitHub's clock, in nanoseconds
	product *measured
	data    string
}

// cost is what one sync cost: GitHub, and the process that did it.
type cost struct {
	outcome
	requests []githubsim.Request
}

func (c cost) spent() spent {
	return billOf(c.requests, githubsim.RepositoryTruth{}).total(everything...)
}

// inLab makes an organization, starts the product and calls use.
func inLab(ctx context.Context, populate func(*githubsim.Sim), use func(*lab) error) (err error) {
	l := &lab{}
	l.sim = githubsim.New(githubsim.Config{
		RateLimit: unlimited, GraphQLLimit: unlimited,
		Now: func() time.Time { return time.Now().Add(-time.Duration(l.behind.Load())) },
	})
	// What changed within ten seconds of its probe is read once more by the next sync.
	l.earlier(time.Hour, func() { populate(l.sim) })
	url, token, stop, err := admit(l.sim)
	if err != nil {
		return err
	}
	defer stop()
	l.acme = l.sim.Organization(organization)
	if l.data, err = os.MkdirTemp("", "tributary-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(l.data)
	if l.product, err = startMeasured(ctx, l.data, url, token); err != nil {
		return err
	}
	err = use(l)
	return errors.Join(err, l.product.stop())
}

// earlier dates what happens.
func (l *lab) earlier(by time.Duration, happens func()) {
	l.behind.Store(int64(by))
	defer l.behind.Store(0)
	happens()
}

// measure lets the product do something, and compares its copy with the organization.
func (l *lab) measure(what task) (c cost, err error) {
	l.sim.ResetRequests()
	if c.outcome, err = l.product.do(what); err != nil {
		return c, err
	}
	c.requests = l.sim.Requests()
	got, err := storetest.LoadCopy("sqlite:" + filepath.Join(l.data, "tributary.db"))
	if err != nil {
		return c, err
	}
	if diff := synctest.Diff(l.sim.Truth(organization), got); diff != "" {
		return c, fmt.Errorf("the copy differs from the organization (-truth +copy):\n%.4000s", diff)
	}
	return c, nil
}

// change lets somebody push a commit to each of the first repositories, and close an issue.
func (l *lab) change(repositories int) {
	l.earlier(time.Minute, func() {
		ada := l.sim.AddUser("ada")
		for n := range repositories {
			r := l.acme.Repository(fmt.Sprintf("repository-%03d", n+1))
			r.Commit(githubsim.CommitSpec{Author: ada, Message: "Round half to even", Additions: 1, Deletions: 1})
			r.Issue(1).Close(ada, "completed")
		}
	})
}

// The organizations that are measured.

func reference(each int) func(*githubsim.Sim) {
	return func(sim *githubsim.Sim) {
		w := githubsim.ReferenceWorkload()
		w.Commits, w.PullRequests, w.Issues = each, each, each
		sim.Populate(w)
	}
}

func giant(commits int) func(*githubsim.Sim) {
	return func(sim *githubsim.Sim) { sim.Populate(githubsim.Workload{Commits: commits}) }
}

func small(repositories int) func(*githubsim.Sim) {
	return func(sim *githubsim.Sim) { sim.Populate(githubsim.SmallWorkload(repositories)) }
}

// quiet are repositories of which few have something in them: empty ones cost a probe and
// its plan as much as others, and a first copy nothing.
func quiet(repositories, filled int) func(*githubsim.Sim) {
	return func(sim *githubsim.Sim) {
		acme := sim.Populate(githubsim.Workload{Repositories: min(filled, repositories), Commits: 2, Issues: 2, PullRequests: 1})
		for n := range repositories - filled {
			acme.AddRepository(fmt.Sprintf("empty-%05d", n+1))
		}
	}
}
