package activities

import (
	"context"
	"strings"

	"tributary/models"
	"tributary/store"
)

// deliveriesAtOnce is how many deliveries are applied together.
const deliveriesAtOnce = 1000

// applyDeliveries applies the deliveries of an organization that are due. Those of one
// repository are one transaction.
func (a *Activities) applyDeliveries(ctx context.Context, organization models.Organization, round *Followed) error {
	account, err := a.accountReading(ctx, organization)
	if err != nil {
		return err
	}
	relist, recheck := false, false
	for {
		due, err := a.Store.DueDeliveries(ctx, organization.ID, deliveriesAtOnce)
		if err != nil {
			return err
		}
		var others []models.Delivery
		byRepository := map[int64][]store.AppliedDelivery{}
		var order []int64
		for _, d := range due {
			concern := concernOf(d, account)
			relist, recheck = relist || concern.relist, recheck || concern.recheck
			if d.RepositoryID == 0 {
				others = append(others, d)
				continue
			}
			if byRepository[d.RepositoryID] == nil {
				order = append(order, d.RepositoryID)
			}
			byRepository[d.RepositoryID] = append(byRepository[d.RepositoryID], store.AppliedDelivery{Delivery: d, Effect: effectOf(d)})
		}
		// First, so that a worker that dies now does it again.
		if err := a.applyConcerns(ctx, organization, relist, recheck, round); err != nil {
			return err
		}
		for _, id := range order {
			settled, err := a.Store.ApplyDeliveries(ctx, id, byRepository[id])
			if err != nil {
				return err
			}
			a.Metrics.Settled(organization.Login, settled)
		}
		if err := a.settleOthers(ctx, organization, others, account); err != nil {
			return err
		}
		if len(due) < deliveriesAtOnce {
			return nil
		}
	}
}

// settleOthers ends the waiting of deliveries that concern no repository.
func (a *Activities) settleOthers(ctx context.Context, organization models.Organization, deliveries []models.Delivery, account string) error {
	byState := map[models.DeliveryState][]models.Delivery{}
	for _, d := range deliveries {
		d.State = models.DeliveryIgnored
		if concernOf(d, account) != (concern{}) {
			d.State = models.DeliveryApplied
		}
		byState[d.State] = append(byState[d.State], d)
	}
	for state, settled := range byState {
		if err := a.Store.SettleDeliveries(ctx, settled, state); err != nil {
			return err
		}
		a.Metrics.Settled(organization.Login, settled)
	}
	return nil
}

func (a *Activities) applyConcerns(ctx context.Context, organization models.Organization, relist, recheck bool, round *Followed) error {
	if relist && !round.Relist {
		queued, err := a.Store.QueueScheduled(ctx, organization.ID)
		if err != nil {
			return err
		}
		round.Relist = queued
	}
	if recheck {
		round.Recheck = organization.IntegrationID
	}
	return nil
}

// accountReading is the login of the account through which an organization is read;
// empty for the GitHub App.
func (a *Activities) accountReading(ctx context.Context, organization models.Organization) (string, error) {
	if organization.IntegrationID == "" {
		return "", nil
	}
	integration, err := a.Store.Integration(ctx, organization.IntegrationID)
	if err != nil {
		return "", unlessGone(err)
	}
	connection, err := a.Store.Connection(ctx, integration.ConnectionID)
	return connection.Login, unlessGone(err)
}

// concern is what a delivery changes of more than one repository.
type concern struct {
	relist  bool // which repositories there are, or what the organization is called
	recheck bool // what the credential may do
}

// concernOf takes the login of the account that reads the organization: other people's
// memberships change nothing.
func concernOf(d models.Delivery, account string) concern {
	switch d.Event {
	case "organization", "member", "membership":
		if d.Action != "renamed" && d.Action != "deleted" && (account == "" || !strings.EqualFold(d.Notice.Account, account)) {
			return concern{}
		}
	}
	switch d.Event + "." + d.Action {
	case "repository.created", "repository.transferred", "repository.publicized", "repository.privatized", "repository.unarchived",
		"organization.renamed", "installation_target.renamed", "public.":
		return concern{relist: true}
	case "installation_repositories.added", "installation_repositories.removed",
		"installation.created", "installation.unsuspend", "installation.new_permissions_accepted":
		return concern{relist: true, recheck: true}
	case "installation.deleted", "installation.suspend", "organization.member_added", "organization.member_removed", "organization.deleted",
		"github_app_authorization.revoked", "meta.deleted",
		"member.added", "member.removed", "member.edited", "membership.added", "membership.removed":
		return concern{recheck: true}
	}
	return concern{}
}

// effectOf is what a delivery changes of its repository. Deliveries are late, doubled
// and out of order, so it is read what they are about, and only what cannot be
// undone is believed. Unknown events and actions change nothing.
// https://docs.github.com/webhooks/webhook-events-and-payloads
func effectOf(d models.Delivery) store.Effect {
	n := d.Notice
	read := func(kinds ...models.StreamKind) store.Effect { return store.Effect{Hints: kinds} }
	gone := func(kind models.StreamKind, key int64, reason string) store.Effect {
		return store.Effect{Hints: []models.StreamKind{""}, GoneKind: kind, Gone: &store.Proof{Key: key, Reason: reason, At: d.ReceivedAt}}
	}
	deleted := d.Action == "deleted"
	switch d.Event {
	case "push", "create", "delete":
		if n.OnDefaultBranch {
			return read("")
		}
	case "pull_request":
		return read(models.StreamPullRequests)
	case "pull_request_review": // a review moves no time that a probe shows
		return store.Effect{Hints: []models.StreamKind{models.StreamReviewComments}, Details: []int{n.Number}}
	case "pull_request_review_comment":
		if deleted {
			return gone(models.StreamReviewComments, n.Comment, store.Deleted)
		}
		return read(models.StreamReviewComments)
	case "issue_comment":
		if deleted {
			return gone(models.StreamIssueComments, n.Comment, store.Deleted)
		}
		return read(models.StreamIssueComments)
	case "issues", "sub_issues", "issue_dependencies":
		switch {
		case deleted && d.Event == "issues":
			return gone(models.StreamIssues, int64(n.Number), store.Deleted)
		case d.Action == "transferred":
			return gone(models.StreamIssues, int64(n.Number), store.Transferred)
		}
		return read(models.StreamIssues)
	case "release":
		return read(models.StreamReleases)
	case "label":
		return read(models.Labels)
	case "repository", "public", "repository_import":
		return read("")
	}
	return store.Effect{}
}
