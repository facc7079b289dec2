package activities

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// action is what an error leads to.
type action string

// The actions, from those that pass by themselves to those that somebody has to take.
const (
	// waitUntil is no failure: a limit of GitHub's ends at a known instant.
	waitUntil action = "wait until"
	// retry is for what may pass by itself. Networks and databases come back.
	retry action = "retry"
	// retrySlowly is for what GitHub refuses because of this installation: the App's
	// key, or the machine's clock. No user is at fault, so nothing of theirs ends. Each
	// attempt costs a request.
	retrySlowly action = "retry slowly"
	// endStream ends what was asked for, and nothing else.
	endStream action = "end the stream"
	// endOrganization ends the sync of an organization that GitHub refuses, whatever is
	// asked of it.
	endOrganization action = "end the organization"
	// endSync ends all that is done with a credential, or a sync that is over.
	endSync action = "end the sync"
	// mendByOperator is for a secret of ours that cannot be opened. GitHub is not asked,
	// so attempts cost nothing. People who wait are told at once.
	mendByOperator action = "mend by operator"
)

// decision is what an error means. Without a code there is nothing to explain: another
// attempt is at work, or nobody wants the result any more.
type decision struct {
	Do        action
	Code      models.Code
	Until     time.Time     // with waitUntil
	RemedyURL string        // GitHub's own page for lifting the refusal; mostly empty
	Refused   *github.Error // GitHub's answer; nil where GitHub is not the cause
}

// passes reports whether it may help to try again although nobody does anything.
func (d decision) passes() bool { return d.Do == waitUntil || d.Do == retry }

// refusal reports whether GitHub has answered and will not answer otherwise.
func (d decision) refusal() bool { return d.Refused != nil && !d.passes() }

type meaning struct {
	code models.Code
	do   action
}

// byKind is what each kind of GitHub's answers means.
var byKind = map[github.Kind]meaning{
	github.TokenInvalid: {models.TokenInvalid, endSync},

	github.SSORequired:           {models.SSORequired, endOrganization},
	github.OAuthRestricted:       {models.OAuthRestricted, endOrganization},
	github.ClassicTokenForbidden: {models.ClassicTokenForbidden, endOrganization},
	github.TokenForbidden:        {models.FineGrainedForbidden, endOrganization},
	github.TokenLifetime:         {models.TokenLifetime, endOrganization},
	github.IPAllowList:           {models.IPAllowList, endOrganization},
	github.Suspended:             {models.AppSuspended, endOrganization},
	github.NotInstalled:          {models.AppNotInstalled, endOrganization},

	github.AppCredentialInvalid: {models.AppCredentialInvalid, retrySlowly},
	github.ClockSkewed:          {models.ClockSkewed, retrySlowly},

	github.NoAccount:         {models.TokenWithoutAccount, endStream},
	github.PermissionMissing: {models.PermissionMissing, endStream},
	github.ScopeMissing:      {models.ScopeMissing, endStream},
	github.EmailUnverified:   {models.OAuthDenied, endStream},
	github.CodeRejected:      {models.OAuthExpired, endStream},
	github.RedirectMismatch:  {models.OAuthClientInvalid, endStream},
	github.ClientInvalid:     {models.OAuthClientInvalid, endStream},
	github.NoOrganization:    {models.OrganizationUnknown, endStream},
	github.NoRoute:           {models.GitHubRouteMissing, endStream},
	github.NotFound:          {models.RepoGone, endStream},
	github.Gone:              {models.RepoGone, endStream},
	github.Blocked:           {models.RepoBlocked, endStream},
	github.Moved:             {models.RepoMoved, endStream},
	github.QueriesRefused:    {models.GraphQLRefused, endStream},
	github.Endless:           {models.ListEndless, endStream},
	github.Incomparable:      {models.ListIncomplete, endStream},
	github.Unauthorized:      {models.GitHubUnexpected, endStream},
	github.Refused:           {models.GitHubUnexpected, endStream},
	github.EmptyRepository:   {models.GitHubUnexpected, endStream},
	github.NoCommonAncestor:  {models.GitHubUnexpected, endStream},
	github.UnknownCommit:     {models.GitHubUnexpected, endStream},
	github.PaginationLimit:   {models.GitHubUnexpected, endStream},
	github.Validation:        {models.GitHubUnexpected, endStream},
	github.HookUnreachable:   {models.ReceiverNotPublic, endStream},

	github.ServerError:    {models.GitHubUnavailable, retry},
	github.Timeout:        {models.GitHubUnavailable, retry},
	github.ResourceLimits: {models.GitHubUnavailable, retry},
	github.Disconnected:   {models.GitHubUnavailable, retry},
	github.BadResponse:    {models.GitHubUnexpected, retry},
	github.HostUnknown:    {models.GitHubHostUnknown, retry},
	github.Unreachable:    {models.GitHubUnreachable, retry},
	github.TLSFailed:      {models.GitHubTLSFailed, retry},
	github.ProxyFailed:    {models.ProxyFailed, retry},
	github.NotAPI:         {models.GitHubAddressWrong, retry},
}

// byStoreError is what the store's errors mean. All others are internal errors.
var byStoreError = []struct {
	err error
	meaning
}{
	{store.ErrUnknownKey, meaning{models.SecretKeyUnknown, mendByOperator}},
	{store.ErrNoKeys, meaning{models.SecretKeyUnknown, mendByOperator}},
	{store.ErrDamaged, meaning{models.SecretDamaged, mendByOperator}},
	{store.ErrAway, meaning{models.DatabaseDown, retry}},
	{store.ErrUnwritable, meaning{models.DatabaseUnwritable, retry}},
	{store.ErrStaleCheckpoint, meaning{"", retry}}, // another attempt has the stream by now
	{store.ErrServiceDisabled, meaning{"", endStream}},
	{store.ErrSyncEnded, meaning{"", endSync}},
	{store.ErrNotFound, meaning{models.InternalError, endStream}}, // no row comes back
}

// aboutOrganization marks an error of a question about a whole organization: what
// GitHub refuses then, it refuses of the organization.
type aboutOrganization struct{ error }

func (e aboutOrganization) Unwrap() error { return e.error }

// gaveUp marks an error that was met too often to be met again.
type gaveUp struct{ error }

func (e gaveUp) Unwrap() error { return e.error }

// decide says what an error means. What neither GitHub nor the store has a name for
// is our own failure.
func decide(err error) decision {
	d := cause(err)
	var whole aboutOrganization
	if errors.As(err, &whole) && d.Refused != nil && d.Do == endStream {
		d.Do = endOrganization
		if d.Code == models.RepoGone { // what is hidden is no repository
			d.Code = models.OrganizationUnknown
		}
	}
	var spent gaveUp
	if errors.As(err, &spent) && d.Do == retry {
		d.Do = endStream
	}
	return d
}

func cause(err error) decision {
	var limited *github.RateLimitError
	if errors.As(err, &limited) {
		return decision{Do: waitUntil, Code: codeOfLimit(limited), Until: limited.Until}
	}
	for _, known := range byStoreError {
		if errors.Is(err, known.err) {
			return decision{Do: known.do, Code: known.code}
		}
	}
	var refused *github.Error
	if errors.As(err, &refused) {
		if known, ok := byKind[refused.Kind]; ok {
			return decision{Do: known.do, Code: known.code, RemedyURL: refused.RemedyURL, Refused: refused}
		}
	}
	return decision{Do: retry, Code: models.InternalError}
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

// CodeOf names the cause of an error for people.
func CodeOf(err error) models.Code { return cmp.Or(decide(err).Code, models.InternalError) }

// detailOf is what happened, for people; empty where the code says it all. Where the
// operator has to act, it names the request and the host.
func (a *Activities) detailOf(d decision) string {
	switch {
	case d.Code == models.SecretDamaged:
		return "What is stored of the credential is damaged, or belongs to another row. GitHub was not asked."
	case d.Code == models.SecretKeyUnknown:
		return "The credential is sealed with a key that this worker does not have. GitHub was not asked."
	case d.Refused == nil:
		return ""
	case d.Refused.Kind == github.NoOrganization:
		return "GitHub shows no organization of this name to the account"
	case d.Refused.Kind == github.NoRoute, d.Refused.Kind == github.NotAPI:
		return fmt.Sprintf("%s at %s: %s", d.Refused.Endpoint, a.GitHub.Name(), d.Refused.Message)
	}
	return d.Refused.Message
}
