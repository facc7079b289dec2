package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

const (
	// hintedAtOnce is how many repositories a round follows: one query probes them.
	hintedAtOnce = 100
	// followAgain is when hints are followed once more whose streams were busy, or of
	// which GitHub did not show anything yet.
	followAgain = 20 * time.Second
	// followLater is when a credential that was refused, or an organization, is tried again.
	followLater = 15 * time.Minute
	// vainTries is how often hints are followed in vain before the schedule has them.
	vainTries = 3
)

// FollowHintsInput names an organization, and the sync that follows its hints; empty
// before there is something to read.
type FollowHintsInput struct {
	OrganizationID int64
	SyncID         string
}

// Followed is what a round of following hints leads to.
type Followed struct {
	SyncID string
	// More: it read something or began the sync, and more may have come.
	More bool
	// Spent is the share of an hour's allowance that it cost: of requests or of points,
	// whichever is more.
	Spent float64
	// NextAt is when something that waits is due; nil when nothing waits.
	NextAt *time.Time
	// Login is for people who read the history.
	Login string
	// Relist: repositories may have come or gone, so a scheduled sync was queued.
	Relist bool
	// Recheck is the integration whose access may have changed; empty for none.
	Recheck string
}

// FollowHints applies the deliveries of an organization that wait, and reads in the
// hinted repositories what is new.
func (a *Activities) FollowHints(ctx context.Context, in FollowHintsInput) (Followed, error) {
	organization, err := a.Store.Organization(ctx, in.OrganizationID)
	if errors.Is(err, store.ErrNotFound) {
		return Followed{SyncID: in.SyncID}, nil
	}
	if err != nil {
		return Followed{}, err
	}
	round := Followed{SyncID: in.SyncID, Login: organization.Login}
	if err := a.applyDeliveries(ctx, organization, &round); err != nil {
		return Followed{}, err
	}
	hinted, next, err := a.Store.DueHints(ctx, organization.ID, hintedAtOnce)
	if err != nil || len(hinted) == 0 {
		round.NextAt = next
		return round, err
	}
	round.More = true
	if err := a.follow(ctx, hinted, &round); err != nil {
		if d := decide(err); d.Do != retry && d.Do != waitUntil {
			err = errors.Join(err, a.Store.PostponeHints(context.WithoutCancel(ctx), organization.ID, a.Now().Add(followLater)))
		}
		return Followed{}, err
	}
	return round, nil
}

// follow reads hinted repositories for a sync. If there is none, it only begins one:
// who called must know of it, whatever happens then.
func (a *Activities) follow(ctx context.Context, hinted []store.Hinted, round *Followed) (err error) {
	if round.SyncID == "" {
		sync, err := a.Store.OpenLiveSync(ctx, hinted[0].OrganizationID)
		if errors.Is(err, store.ErrServiceDisabled) { // paused meanwhile: the hints wait
			round.More = false
			return nil
		}
		round.SyncID = sync.ID
		return err
	}
	o, err := a.openSync(ctx, round.SyncID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.spent(context.WithoutCancel(ctx), o, round)) }()
	if err := a.probeHinted(ctx, o, hinted); err != nil {
		return aboutOrganization{fmt.Errorf("probe hinted repositories of %s: %w", o.organization.Login, err)}
	}
	return sideBySide(ctx, len(hinted), func(ctx context.Context, n int) error { return a.followRepository(ctx, o, hinted[n]) })
}

// spent notes what a round cost, after it. Its few queries count as requests too.
func (a *Activities) spent(ctx context.Context, o syncOf, round *Followed) error {
	now, err := a.Store.Sync(ctx, o.ID)
	if err != nil {
		return err
	}
	budgets, err := a.Store.Budgets(ctx, o.connection.RateOwner)
	cost := map[string]int64{github.CoreResource: now.Usage.Requests - o.Usage.Requests, github.GraphQLResource: now.Usage.GraphQLPoints - o.Usage.GraphQLPoints}
	for _, b := range budgets {
		if b.Limit > 0 {
			round.Spent = max(round.Spent, float64(cost[b.Resource])/float64(b.Limit))
		}
	}
	return err
}

// probeHinted asks GitHub what the hinted repositories look like now.
func (a *Activities) probeHinted(ctx context.Context, o syncOf, hinted []store.Hinted) (err error) {
	var usage github.Usage
	defer func() { err = errors.Join(err, a.Store.AddUsage(context.WithoutCancel(ctx), o.ID, takeUsage(&usage))) }()
	ctx = github.WithUsage(ctx, &usage)
	ref := github.OrganizationRef{ID: o.organization.ID, NodeID: o.organization.NodeID}
	blocked, err := a.Store.BlockedRepositories(ctx, o.organization.ID)
	if err != nil {
		return err
	}
	page, err := o.gh.ProbeNamed(ctx, ref, mapped(hinted, func(h store.Hinted) string { return h.NodeID }))
	if err != nil {
		return err
	}
	// Queries show some of those that are blocked all the same: REST says which can be read.
	shown := slices.DeleteFunc(mapped(page.Repositories, func(r github.ProbedRepository) models.Repository { return repositoryRow(o.organization.ID, r) }),
		func(r models.Repository) bool { return slices.Contains(blocked, r.ID) })
	if _, err := a.Store.SaveProbe(ctx, o.organization.ID, shown, page.ReadAt); err != nil {
		return err
	}
	var missing []models.Repository
	for _, h := range hinted {
		if !slices.ContainsFunc(shown, func(r models.Repository) bool { return r.ID == h.ID }) {
			missing = append(missing, h.Repository)
		}
	}
	return a.recheckRepositories(ctx, o.reader, missing)
}

// followRepository reads what is new in a hinted repository. What fails is left to the
// schedule once it has failed a few times: its streams say why.
func (a *Activities) followRepository(ctx context.Context, o syncOf, hinted store.Hinted) error {
	now, err := a.Store.Repository(ctx, hinted.ID)
	if err != nil {
		return unlessGone(err)
	}
	// First: events name labels, and are asked for again when one is called otherwise.
	relabelled := a.followLabels(ctx, o, hinted)
	kinds, busy, err := a.Store.BeginFollowing(ctx, o.ID, hinted)
	if err != nil {
		return err
	}
	later := busy
	if len(busy) < len(hinted.Hints) || len(kinds) > 0 {
		failed, err := a.readHinted(ctx, o, hinted, kinds, relabelled)
		if err != nil {
			return err
		}
		shown, err := a.Store.HintsShown(ctx, hinted, now)
		if err != nil {
			return err
		}
		if (failed || !shown) && !exhausted(hinted) {
			later = hinted.Kinds()
		}
	}
	fresh, err := a.Store.FinishHints(ctx, hinted, later, a.Now().Add(followAgain))
	a.Metrics.Fresh(o.organization.Login, fresh)
	return err
}

func exhausted(h store.Hinted) bool {
	return slices.ContainsFunc(h.Hints, func(hint models.Hint) bool { return hint.Tries+1 >= vainTries })
}

// readHinted reads the streams of a repository that are behind, each once those are
// read that it follows, and reports whether one failed, or the labels did. It returns
// the errors that concern more than the repository.
func (a *Activities) readHinted(ctx context.Context, o syncOf, hinted store.Hinted, kinds []models.StreamKind, relabelled error) (failed bool, err error) {
	ended := FinishRepositoryInput{SyncID: o.ID, RepositoryID: hinted.ID, State: models.SyncCompleted}
	note := func(err error) error {
		switch d := decide(err); {
		case d.Do == endStream && d.Code == "": // nobody wants it any more
		case d.Do == endStream, d.Do == retry:
			failed = true
			a.measure(d)
			ended.State, ended.Code, ended.Error = models.SyncFailed, d.Code, err.Error()
		default:
			return err
		}
		return nil
	}
	if relabelled != nil {
		if err := note(relabelled); err != nil {
			return failed, err
		}
	}
	streams, input := SyncStreams(a), StreamInput{SyncID: o.ID, RepositoryID: hinted.ID}
	for _, kind := range models.InOrder(kinds) {
		for more := true; more; {
			slice, err := streams[kind](ctx, input)
			if more = slice.More; err != nil {
				if err := note(err); err != nil {
					return failed, err
				}
			}
		}
	}
	return failed, a.FinishRepository(ctx, ended)
}

// followLabels gives labels the names that they have by now. The order in which
// deliveries arrive says nothing about which name is the latest.
func (a *Activities) followLabels(ctx context.Context, o syncOf, hinted store.Hinted) (err error) {
	if !slices.Contains(hinted.Kinds(), models.Labels) {
		return nil
	}
	var usage github.Usage
	defer func() { err = errors.Join(err, a.Store.AddUsage(context.WithoutCancel(ctx), o.ID, takeUsage(&usage))) }()
	ctx = github.WithUsage(ctx, &usage)
	stored, err := a.Store.Labels(ctx, hinted.ID)
	if err != nil || len(stored) == 0 {
		return err
	}
	changed, err := changedLabels(ctx, o.gh, hinted.ID, stored, o.gh.AtGitHub(a.Now()))
	if err != nil {
		return err
	}
	return a.Store.FollowLabels(ctx, hinted.ID, mapped(changed, func(c changedLabel) models.Label { return c.now }))
}
