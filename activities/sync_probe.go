package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tributary/github"
	"tributary/models"
)

// probe asks GitHub what all repositories of an organization look like now.
type probe struct {
	activities *Activities
	o          syncOf
	began      time.Time
	// blocked are the repositories that are known to be blocked by GitHub. Queries show
	// some of them all the same.
	blocked []int64
	recheck []models.Repository // the blocked ones that are shown
	shown   int
	total   int // as GitHub counts them
	nulls   int // in place of repositories
}

// probe stores what every repository looks like now, and why others are not shown any
// more, and that the organization can be read.
func (a *Activities) probe(ctx context.Context, o syncOf) error {
	p := &probe{activities: a, o: o}
	if err := p.run(ctx); err != nil {
		return aboutOrganization{fmt.Errorf("probe %s: %w", o.organization.Login, err)}
	}
	return a.Store.AdmitOrganization(ctx, o.connection.ID, o.organization)
}

func (p *probe) run(ctx context.Context) (err error) {
	o := p.o
	if p.blocked, err = p.activities.Store.BlockedRepositories(ctx, o.organization.ID); err != nil {
		return err
	}
	organization := github.OrganizationRef{ID: o.organization.ID, NodeID: o.organization.NodeID}
	if err := o.gh.EachProbe(ctx, organization, func(page github.RepositoriesPage) error { return p.page(ctx, page) }); err != nil {
		return err
	}
	if err := p.addHidden(ctx); err != nil {
		return err
	}
	return p.resolveMissing(ctx)
}

func (p *probe) page(ctx context.Context, page github.RepositoriesPage) error {
	organization := p.o.organization
	repositories := mapped(page.Repositories, func(r github.ProbedRepository) models.Repository { return repositoryRow(organization.ID, r) })
	if p.began.IsZero() {
		p.began = page.ReadAt // by GitHub's clock, as the rows have it
	}
	p.shown, p.nulls = p.shown+len(repositories), p.nulls+len(page.Hidden)
	if !page.REST {
		p.total = page.Total
		repositories = slices.DeleteFunc(repositories, p.setAside)
	}
	if page.Login != organization.Login {
		if err := p.activities.Store.RenameOrganization(ctx, organization.ID, page.Login); err != nil {
			return err
		}
	}
	_, err := p.activities.Store.SaveProbe(ctx, organization.ID, repositories, page.ReadAt)
	return err
}

// setAside keeps a blocked repository that a query shows for a second check: REST says
// whether its streams can be read. It reports whether it did.
func (p *probe) setAside(r models.Repository) bool {
	blocked := slices.Contains(p.blocked, r.ID)
	if blocked {
		p.recheck = append(p.recheck, r)
	}
	return blocked
}

// addHidden finds out which repositories GitHub counts and does not show, so that each
// has a row. No request is made for those that are known, or that no list named the
// last time.
func (p *probe) addHidden(ctx context.Context) error {
	before := p.o.organization.HiddenRepositories
	unnamed, err := p.unnamed(ctx)
	if err != nil || unnamed == before {
		return err
	}
	if unnamed > 0 {
		if err := p.addListed(ctx); err != nil {
			return err
		}
		if unnamed, err = p.unnamed(ctx); err != nil {
			return err
		}
	}
	return p.activities.Store.SetHiddenRepositories(ctx, p.o.organization.ID, unnamed)
}

// hidden is how many repositories GitHub counts and does not show.
func (p *probe) hidden() int { return max(p.total-p.shown, p.nulls, 0) }

// unnamed is how many repositories are hidden and in no row.
func (p *probe) unnamed(ctx context.Context) (int, error) {
	hidden := p.hidden()
	if hidden == 0 {
		return 0, nil
	}
	known, err := p.activities.Store.UnshownRepositories(ctx, p.o.organization.ID, p.began)
	return max(hidden-(known-len(p.recheck)), 0), err
}

// addListed adds what REST lists and no query has shown. The list only has names;
// resolveMissing asks for the rest.
func (p *probe) addListed(ctx context.Context) error {
	organization := p.o.organization.ID
	return github.EachPage(ctx, maxRepositoryPages, func(ctx context.Context, cursor string) (github.Page[github.ProbedRepository], error) {
		return p.o.gh.ListRepositories(ctx, organization, cursor)
	}, func(page github.Page[github.ProbedRepository]) error {
		rows := mapped(page.Items, func(r github.ProbedRepository) models.Repository { return repositoryRow(organization, r) })
		return p.activities.Store.AddRepositories(ctx, organization, rows)
	})
}

// maxRepositoryPages are 100,000 repositories.
const maxRepositoryPages = 1000

// resolveMissing finds out why imported repositories were not shown by the probe, and
// whether others can be read again. That takes a few requests for each.
func (p *probe) resolveMissing(ctx context.Context) error {
	missing, err := p.activities.Store.MissingRepositories(ctx, p.o.organization.ID, p.began, missingPerSync)
	if err != nil {
		return err
	}
	if len(missing) > 0 && p.hidden() > len(p.blocked) {
		if err := p.recheckMoved(ctx); err != nil {
			return err
		}
	}
	p.o.hidesRepositories = p.hidden() > len(p.blocked)
	return p.activities.recheckRepositories(ctx, p.o.reader, append(missing, p.recheck...))
}

// recheckMoved finds out whether what GitHub counts and does not show are repositories
// that were elsewhere: they may be back, and blocked. Without that no absence of another
// is a proof.
func (p *probe) recheckMoved(ctx context.Context) error {
	moved, err := p.activities.Store.MovedRepositories(ctx, p.o.organization.ID, missingPerSync)
	if err != nil || len(moved) == 0 {
		return err
	}
	if err := p.activities.recheckRepositories(ctx, p.o.reader, moved); err != nil {
		return err
	}
	p.blocked, err = p.activities.Store.BlockedRepositories(ctx, p.o.organization.ID)
	return err
}
