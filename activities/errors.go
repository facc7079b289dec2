package activities

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// The types of the errors that activities give to workflows. Anything else is
// retried by Temporal.
const (
	// RateLimited is a wait, not a failure: Temporal holds the timer.
	RateLimited = "RateLimited"
	// CredentialInvalid ends the sync: no request of this connection can succeed,
	// or none for this organization. The code says which.
	CredentialInvalid = "CredentialInvalid"
	// StreamBlocked ends one stream's part in a sync; the next sync tries again.
	StreamBlocked = "StreamBlocked"
	// ServiceDisabled ends one stream's part in a sync: nobody wants it any more.
	ServiceDisabled = "ServiceDisabled"
	// Caused is tried again; its details are the code, and what happened.
	Caused = "Caused"
	// OperatorNeeded is tried again, slowly: only the operator can mend it.
	OperatorNeeded = "OperatorNeeded"
	// SyncEnded ends a sync's workflows: its row has ended, or is gone.
	SyncEnded = "SyncEnded"
)

// operatorDelay is between two attempts at what the operator has to mend.
const operatorDelay = 5 * time.Minute

// maxFailures in a row block a stream for the rest of a sync. With the retry
// policy of the ingest activities that is about four minutes of trying.
const maxFailures = 10

// codes translates what GitHub refused into what people are told.
var codes = map[github.Kind]models.Code{
	github.TokenInvalid:          models.TokenInvalid,
	github.SSORequired:           models.SSORequired,
	github.OAuthRestricted:       models.OAuthRestricted,
	github.NoAccount:             models.TokenWithoutAccount,
	github.ClassicTokenForbidden: models.ClassicTokenForbidden,
	github.TokenForbidden:        models.FineGrainedForbidden,
	github.TokenLifetime:         models.TokenLifetime,
	github.IPAllowList:           models.IPAllowList,
	github.PermissionMissing:     models.PermissionMissing,
	github.ScopeMissing:          models.ScopeMissing,
	github.NotInstalled:          models.AppNotInstalled,
	github.Suspended:             models.AppSuspended,
	github.AppCredentialInvalid:  models.AppCredentialInvalid,
	github.ClockSkewed:           models.ClockSkewed,
	github.CodeRejected:          models.OAuthExpired,
	github.RedirectMismatch:      models.OAuthClientInvalid,
	github.ClientInvalid:         models.OAuthClientInvalid,
	github.EmailUnverified:       models.OAuthDenied,
	github.NoOrganization:        models.OrganizationUnknown,
	github.NoRoute:               models.GitHubRouteMissing,
	github.NotFound:              models.RepoGone,
	github.Gone:                  models.RepoGone,
	github.Blocked:               models.RepoBlocked,
	github.Moved:                 models.RepoMoved,
	github.QueriesRefused:        models.GraphQLRefused,
	github.Endless:               models.ListEndless,
	github.Incomparable:          models.ListIncomplete,
	github.ServerError:           models.GitHubUnavailable,
	github.Timeout:               models.GitHubUnavailable,
	github.ResourceLimits:        models.GitHubUnavailable,
	github.Disconnected:          models.GitHubUnavailable,
	github.HostUnknown:           models.GitHubHostUnknown,
	github.Unreachable:           models.GitHubUnreachable,
	github.TLSFailed:             models.GitHubTLSFailed,
	github.ProxyFailed:           models.ProxyFailed,
	github.NotAPI:                models.GitHubAddressWrong,
}

// CodeOf names the cause of an error for people. What GitHub did not say is our
// own doing.
func CodeOf(err error) models.Code {
	var refused *github.Error
	var limited *github.RateLimitError
	switch {
	case errors.Is(err, store.ErrUnknownKey), errors.Is(err, store.ErrNoKeys):
		return models.SecretKeyUnknown
	case errors.Is(err, store.ErrDamaged):
		return models.SecretDamaged
	case errors.Is(err, store.ErrUnwritable):
		return models.DatabaseUnwritable
	case errors.As(err, &limited):
		return codeOfLimit(limited)
	case !errors.As(err, &refused):
		return models.InternalError
	}
	if code, ok := codes[refused.Kind]; ok {
		return code
	}
	return models.GitHubUnexpected
}

// sealed reports whether a secret of ours cannot be opened: then GitHub was not
// asked, and waiting does not help.
func sealed(err error) bool {
	code := CodeOf(err)
	return code == models.SecretKeyUnknown || code == models.SecretDamaged
}

// sealedDetail says to people what is wrong with a secret of ours.
func sealedDetail(err error) string {
	if CodeOf(err) == models.SecretDamaged {
		return "What is stored of the credential is damaged, or belongs to another row. GitHub was not asked."
	}
	return "The credential is sealed with a key that this worker does not have. GitHub was not asked."
}

func codeOfLimit(limited *github.RateLimitError) models.Code {
	switch {
	case !limited.Claimed.IsZero():
		return models.GitHubUnexpected
	case limited.Lockout:
		return models.GitHubLockout
	case limited.Secondary:
		return models.SecondaryLimited
	}
	return models.RateLimited
}

// ofRoute tells a repository that is gone from one that is shown while something
// hides a part of it, on the way or from this token.
func ofRoute(ctx context.Context, gh *github.Client, repositoryID int64, err error) error {
	var refused *github.Error
	if !errors.As(err, &refused) || refused.Kind != github.NotFound {
		return err
	}
	if _, gone := gh.RepositoryByID(ctx, repositoryID); gone != nil {
		return err
	}
	hidden := *refused
	hidden.Kind = github.NoRoute
	return &hidden
}

// failed records a failed page on its stream and tells Temporal what to do.
func (a *Activities) failed(ctx context.Context, in StreamInput, stream *models.Stream, usage *github.Usage, err error) error {
	// The attempt may be failing because its context ended; what it learned is
	// still worth a row.
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if spent := charged(usage); spent != (models.Usage{}) {
		_ = a.Store.AddUsage(record, in.SyncID, spent)
	}
	var limited *github.RateLimitError
	if ctx.Err() != nil || errors.As(err, &limited) || ofOperator(err) || errors.Is(err, store.ErrServiceDisabled) || errors.Is(err, store.ErrStaleCheckpoint) {
		return a.explain(record, in.SyncID, err)
	}
	failures, saveErr := a.Store.FailStream(record, stream, CodeOf(err), err.Error())
	if isKind(err, github.Blocked) { // all of the repository
		saveErr = errors.Join(saveErr, a.Store.LoseRepository(record, stream.RepositoryID, models.RepoBlocked))
	}
	if saveErr != nil {
		return errors.Join(err, saveErr)
	}
	if temporary(err) && failures >= maxFailures {
		return blocked(err)
	}
	return a.explain(record, in.SyncID, err)
}

// explain turns an error into the one that tells Temporal whether and when to
// try again.
func (a *Activities) explain(ctx context.Context, syncID string, err error) error {
	var limited *github.RateLimitError
	var refused *github.Error
	switch {
	case errors.As(err, &limited):
		return a.waitFor(ctx, syncID, limited)
	case errors.Is(err, store.ErrServiceDisabled):
		return temporal.NewNonRetryableApplicationError(err.Error(), ServiceDisabled, nil)
	case syncID != "" && ofOperator(err):
		return waitForOperator(err)
	case errors.As(err, &refused) && refused.Kind == github.TokenInvalid:
		return temporal.NewNonRetryableApplicationError(err.Error(), CredentialInvalid, nil, models.TokenInvalid)
	case syncID != "" && errors.As(err, &refused) && slices.Contains(ofOrganizations, refused.Kind):
		return a.refuseSync(ctx, syncID, refused, err)
	case !temporary(err):
		return blocked(err)
	}
	return err
}

// ofOrganizations are the kinds of refusal that concern all of an organization,
// whatever was asked of it.
var ofOrganizations = []github.Kind{
	github.SSORequired, github.OAuthRestricted, github.ClassicTokenForbidden, github.TokenForbidden, github.TokenLifetime,
	github.IPAllowList, github.Suspended, github.NotInstalled,
}

// longestNap is how long a wait lasts before it is looked at again whether somebody
// has lifted it: that costs a glance at the database and no request.
const longestNap = 5 * time.Minute

// waitFor makes a spent rate budget a durable wait: Temporal keeps the timer,
// the worker slot is free, and no attempt is counted as a failure.
func (a *Activities) waitFor(ctx context.Context, syncID string, limited *github.RateLimitError) error {
	code := codeOfLimit(limited)
	if syncID != "" {
		if err := a.Store.HoldSync(ctx, syncID, limited.Until); err != nil {
			return err
		}
		if slices.Contains(models.UnusualWaits, code) {
			if err := a.Store.NoteSync(ctx, syncID, code, limited.Error()); err != nil {
				return err
			}
		}
	}
	// Everybody waits for the same instant; coming back all at once is how
	// secondary limits are met.
	delay := max(limited.Until.Sub(a.Now()), 0) + time.Second + rand.N(5*time.Second)
	return temporal.NewApplicationErrorWithOptions(limited.Error(), RateLimited, temporal.ApplicationErrorOptions{
		NextRetryDelay: min(delay, longestNap),
		Details:        []any{code},
		Category:       temporal.ApplicationErrorCategoryBenign,
	})
}

// waitForOperator leaves a sync where it is until the App's key or this machine's
// clock is right again. No user is at fault.
func waitForOperator(err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), OperatorNeeded, temporal.ApplicationErrorOptions{
		NextRetryDelay: operatorDelay + rand.N(operatorDelay/10),
		Details:        []any{CodeOf(err)},
	})
}

// ofOperator reports whether only the operator can mend what GitHub refused.
func ofOperator(err error) bool {
	var refused *github.Error
	return errors.As(err, &refused) && (refused.Kind == github.AppCredentialInvalid || refused.Kind == github.ClockSkewed)
}

// refuseSync ends a sync in whose middle GitHub began to refuse its organization:
// all other requests would be refused too. What a sync that is to stop met is not
// recorded: the integration may go on with another connection by now.
func (a *Activities) refuseSync(ctx context.Context, syncID string, refused *github.Error, err error) error {
	sync, readErr := a.Store.Sync(ctx, syncID)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	integration, readErr := a.Store.Integration(ctx, sync.IntegrationID)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	organization, readErr := a.Store.Organization(ctx, sync.OrganizationID)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	if !sync.CancelRequested {
		if saveErr := a.refuseOrganization(ctx, integration.ConnectionID, organization, refused); saveErr != nil {
			return errors.Join(err, saveErr)
		}
	}
	return temporal.NewNonRetryableApplicationError(err.Error(), CredentialInvalid, nil, organizationCode(refused))
}

// refuseOrganization says where an organization is shown why GitHub refuses it.
// Nothing else of the connection pauses, and no checkpoint moves; the next sync
// asks again.
func (a *Activities) refuseOrganization(ctx context.Context, connectionID string, o models.Organization, refused *github.Error) error {
	seen, err := a.Store.OrganizationAccess(ctx, connectionID, o)
	if err != nil {
		return err
	}
	return a.Store.RefuseOrganization(ctx, a.refuse(seen, organizationCode(refused), refused.RemedyURL))
}

func blocked(err error) error {
	return temporal.NewNonRetryableApplicationError(err.Error(), StreamBlocked, nil, CodeOf(err))
}

// temporary reports whether trying again can help. Whatever is not a clear
// refusal by GitHub is tried again: networks and databases come back.
func temporary(err error) bool {
	var refused *github.Error
	return !errors.As(err, &refused) || refused.Temporary()
}
