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

// Do is what an error leads to.
type Do string

// The decisions, from those that pass by themselves to those that somebody has to act on.
const (
	// WaitUntil is no failure: a limit of GitHub's ends at a known instant.
	WaitUntil Do = "wait until"
	// Retry is for what may pass by itself. Networks and databases come back.
	Retry Do = "retry"
	// RetrySlowly is for what GitHub refuses because of this installation: the App's key, or the machine's clock. No user
	// is at fault, so nothing of theirs ends, and each attempt costs a request.
	RetrySlowly Do = "retry slowly"
	// EndStream ends what was asked for, and nothing else.
	EndStream Do = "end the stream"
	// EndOrganization ends the sync of an organization, which GitHub refuses whatever is asked of it.
	EndOrganization Do = "end the organization"
	// EndSync ends all that is done with the credential, or a sync that is over.
	EndSync Do = "end the sync"
	// MendByOperator is for a secret of ours that cannot be opened. GitHub is not asked, so attempts cost nothing;
	// people who wait are told at once.
	MendByOperator Do = "mend by operator"
)

// Decision is what an error means. One without a code needs no explanation: another attempt is at work, or nobody
// wants the result any more.
type Decision struct {
	Do        Do
	Code      models.Code
	Until     time.Time     // with WaitUntil
	RemedyURL string        // GitHub's own page for lifting the refusal; mostly empty
	Refused   *github.Error // GitHub's answer; nil where GitHub is not the cause
}

// passes reports whether it may help to try again although nobody does anything.
func (d Decision) passes() bool { return d.Do == WaitUntil || d.Do == Retry }

// refusal reports whether GitHub has answered and will not answer otherwise.
func (d Decision) refusal() bool { return d.Refused != nil && !d.passes() }

type meaning struct {
	code models.Code
	do   Do
}

// byKind is what each kind of GitHub's answers means.
var byKind = map[github.Kind]meaning{
	github.TokenInvalid: {models.TokenInvalid, EndSync},

	github.SSORequired:           {models.SSORequired, EndOrganization},
	github.OAuthRestricted:       {models.OAuthRestricted, EndOrganization},
	github.ClassicTokenForbidden: {models.ClassicTokenForbidden, EndOrganization},
	github.TokenForbidden:        {models.FineGrainedForbidden, EndOrganization},
	github.TokenLifetime:         {models.TokenLifetime, EndOrganization},
	github.IPAllowList:           {models.IPAllowList, EndOrganization},
	github.Suspended:             {models.AppSuspended, EndOrganization},
	github.NotInstalled:          {models.AppNotInstalled, EndOrganization},

	github.AppCredentialInvalid: {models.AppCredentialInvalid, RetrySlowly},
	github.ClockSkewed:          {models.ClockSkewed, RetrySlowly},

	github.NoAccount:         {models.TokenWithoutAccount, EndStream},
	github.PermissionMissing: {models.PermissionMissing, EndStream},
	github.ScopeMissing:      {models.ScopeMissing, EndStream},
	github.AccessDenied:      {models.OAuthDenied, EndStream},
	github.EmailUnverified:   {models.OAuthDenied, EndStream},
	github.CodeRejected:      {models.OAuthExpired, EndStream},
	github.RefreshRejected:   {models.TokenInvalid, EndStream},
	github.RedirectMismatch:  {models.OAuthClientInvalid, EndStream},
	github.ClientInvalid:     {models.OAuthClientInvalid, EndStream},
	github.AppSuspended:      {models.OAuthClientInvalid, EndStream},
	github.NoOrganization:    {models.OrganizationUnknown, EndStream},
	github.NoRoute:           {models.GitHubRouteMissing, EndStream},
	github.NotFound:          {models.RepoGone, EndStream},
	github.Gone:              {models.RepoGone, EndStream},
	github.Blocked:           {models.RepoBlocked, EndStream},
	github.Moved:             {models.RepoMoved, EndStream},
	github.QueriesRefused:    {models.GraphQLRefused, EndStream},
	github.Endless:           {models.ListEndless, EndStream},
	github.Incomparable:      {models.ListIncomplete, EndStream},
	github.Unauthorized:      {models.GitHubUnexpected, EndStream},
	github.Refused:           {models.GitHubUnexpected, EndStream},
	github.EmptyRepository:   {models.GitHubUnexpected, EndStream},
	github.NoCommonAncestor:  {models.GitHubUnexpected, EndStream},
	github.UnknownCommit:     {models.GitHubUnexpected, EndStream},
	github.PaginationLimit:   {models.GitHubUnexpected, EndStream},
	github.Validation:        {models.GitHubUnexpected, EndStream},

	github.ServerError:    {models.GitHubUnavailable, Retry},
	github.Timeout:        {models.GitHubUnavailable, Retry},
	github.ResourceLimits: {models.GitHubUnavailable, Retry},
	github.Disconnected:   {models.GitHubUnavailable, Retry},
	github.BadResponse:    {models.GitHubUnexpected, Retry},
	github.HostUnknown:    {models.GitHubHostUnknown, Retry},
	github.Unreachable:    {models.GitHubUnreachable, Retry},
	github.TLSFailed:      {models.GitHubTLSFailed, Retry},
	github.ProxyFailed:    {models.ProxyFailed, Retry},
	github.NotAPI:         {models.GitHubAddressWrong, Retry},
}

// byStoreError is what the store's errors mean. All others are internal errors.
var byStoreError = []struct {
	err error
	meaning
}{
	{store.ErrUnknownKey, meaning{models.SecretKeyUnknown, MendByOperator}},
	{store.ErrNoKeys, meaning{models.SecretKeyUnknown, MendByOperator}},
	{store.ErrDamaged, meaning{models.SecretDamaged, MendByOperator}},
	{store.ErrUnwritable, meaning{models.DatabaseUnwritable, Retry}},
	{store.ErrStaleCheckpoint, meaning{"", Retry}}, // another attempt has the stream by now
	{store.ErrServiceDisabled, meaning{"", EndStream}},
	{store.ErrSyncEnded, meaning{"", EndSync}},
	{store.ErrNotFound, meaning{models.InternalError, EndStream}}, // no row comes back
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
func decide(err error) Decision {
	d := cause(err)
	var whole aboutOrganization
	if errors.As(err, &whole) && d.Refused != nil && d.Do == EndStream {
		d.Do = EndOrganization
		if d.Code == models.RepoGone { // what is hidden is no repository
			d.Code = models.OrganizationUnknown
		}
	}
	var spent gaveUp
	if errors.As(err, &spent) && d.Do == Retry {
		d.Do = EndStream
	}
	return d
}

func cause(err error) Decision {
	var limited *github.RateLimitError
	if errors.As(err, &limited) {
		return Decision{Do: WaitUntil, Code: codeOfLimit(limited), Until: limited.Until}
	}
	for _, known := range byStoreError {
		if errors.Is(err, known.err) {
			return Decision{Do: known.do, Code: known.code}
		}
	}
	var refused *github.Error
	if errors.As(err, &refused) {
		if known, ok := byKind[refused.Kind]; ok {
			return Decision{Do: known.do, Code: known.code, RemedyURL: refused.RemedyURL, Refused: refused}
		}
	}
	return Decision{Do: Retry, Code: models.InternalError}
}

func codeOfLimit(limited *github.RateLimitError) models.Code {
	switch {
	case !limited.Asked.IsZero():
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
// operator has to act, it says what was asked, and of which host.
func (a *Activities) detailOf(d Decision) string {
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
