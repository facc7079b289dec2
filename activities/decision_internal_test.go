package activities

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tributary/github"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// decided is the decision of each kind of GitHub's answers, and the code.
var decided = map[action]map[models.Code][]github.Kind{
	endSync: {models.TokenInvalid: {github.TokenInvalid}},
	endOrganization: {
		models.SSORequired:           {github.SSORequired},
		models.OAuthRestricted:       {github.OAuthRestricted},
		models.ClassicTokenForbidden: {github.ClassicTokenForbidden},
		models.FineGrainedForbidden:  {github.TokenForbidden},
		models.TokenLifetime:         {github.TokenLifetime},
		models.IPAllowList:           {github.IPAllowList},
		models.AppSuspended:          {github.Suspended},
		models.AppNotInstalled:       {github.NotInstalled},
	},
	retrySlowly: {
		models.AppCredentialInvalid: {github.AppCredentialInvalid},
		models.ClockSkewed:          {github.ClockSkewed},
	},
	endStream: {
		models.TokenWithoutAccount: {github.NoAccount},
		models.PermissionMissing:   {github.PermissionMissing},
		models.ScopeMissing:        {github.ScopeMissing},
		models.OAuthDenied:         {github.EmailUnverified},
		models.OAuthExpired:        {github.CodeRejected},
		models.OAuthClientInvalid:  {github.RedirectMismatch, github.ClientInvalid},
		models.OrganizationUnknown: {github.NoOrganization},
		models.GitHubRouteMissing:  {github.NoRoute},
		models.RepoGone:            {github.NotFound, github.Gone},
		models.RepoBlocked:         {github.Blocked},
		models.RepoMoved:           {github.Moved},
		models.GraphQLRefused:      {github.QueriesRefused},
		models.ListEndless:         {github.Endless},
		models.ListIncomplete:      {github.Incomparable},
		models.ReceiverNotPublic:   {github.HookUnreachable},
		models.GitHubUnexpected: {github.Unauthorized, github.Refused, github.EmptyRepository, github.NoCommonAncestor, github.UnknownCommit,
			github.PaginationLimit, github.Validation},
	},
	retry: {
		models.GitHubUnavailable:  {github.ServerError, github.Timeout, github.ResourceLimits, github.Disconnected},
		models.GitHubUnexpected:   {github.BadResponse},
		models.GitHubHostUnknown:  {github.HostUnknown},
		models.GitHubUnreachable:  {github.Unreachable},
		models.GitHubTLSFailed:    {github.TLSFailed},
		models.ProxyFailed:        {github.ProxyFailed},
		models.GitHubAddressWrong: {github.NotAPI},
	},
}

func TestDecide_knowsEachAnswerOfGitHub(t *testing.T) {
	t.Parallel()
	left := kindsOfGitHub(t)
	for do, codes := range decided {
		for code, kinds := range codes {
			for _, kind := range kinds {
				left = slices.DeleteFunc(left, func(other github.Kind) bool { return other == kind })
				expectAnswer(t, kind, do, code)
			}
		}
	}
	if len(left) > 0 {
		t.Errorf("nobody has decided what %q mean: add them to byKind, and here", left)
	}
}

func expectAnswer(t *testing.T, kind github.Kind, do action, code models.Code) {
	t.Helper()
	refused := &github.Error{Kind: kind, RemedyURL: "https://github.com/mend"}
	err := fmt.Errorf("page: %w", refused)
	if d := decide(err); d != (decision{Do: do, Code: code, RemedyURL: refused.RemedyURL, Refused: refused}) {
		t.Errorf("%s: %+v, want to %s with %s", kind, d, do, code)
	}
	if refused.Temporary() != (do == retry) {
		t.Errorf("%s is temporary: %t, and the decision is to %s", kind, refused.Temporary(), do)
	}
	whole, spent := decide(aboutOrganization{err}), decide(gaveUp{err})
	if want := map[action]action{endStream: endOrganization}[do]; want != "" && whole.Do != want || want == "" && whole.Do != do {
		t.Errorf("%s, of a whole organization: %s", kind, whole.Do)
	}
	if want := map[action]action{retry: endStream}[do]; want != "" && spent.Do != want || want == "" && spent.Do != do {
		t.Errorf("%s, time and again: %s", kind, spent.Do)
	}
	if code == models.RepoGone && whole.Code != models.OrganizationUnknown {
		t.Errorf("%s, of a whole organization, is called %s", kind, whole.Code)
	}
}

// ours is the default: what GitHub did not answer is our own failure.
var ours = meaning{models.InternalError, retry}

func TestDecide_knowsEachErrorOfTheStore(t *testing.T) {
	t.Parallel()
	left := errorsOfStore(t)
	for name, tt := range map[string]struct {
		err  error
		want meaning
	}{
		"ErrUnknownKey":          {store.ErrUnknownKey, meaning{models.SecretKeyUnknown, mendByOperator}},
		"ErrNoKeys":              {store.ErrNoKeys, meaning{models.SecretKeyUnknown, mendByOperator}},
		"ErrDamaged":             {store.ErrDamaged, meaning{models.SecretDamaged, mendByOperator}},
		"ErrAway":                {store.ErrAway, meaning{models.DatabaseDown, retry}},
		"ErrUnwritable":          {store.ErrUnwritable, meaning{models.DatabaseUnwritable, retry}},
		"ErrStaleCheckpoint":     {store.ErrStaleCheckpoint, meaning{"", retry}},
		"ErrServiceDisabled":     {store.ErrServiceDisabled, meaning{"", endStream}},
		"ErrSyncEnded":           {store.ErrSyncEnded, meaning{"", endSync}},
		"ErrNotFound":            {store.ErrNotFound, meaning{models.InternalError, endStream}},
		"ErrLookElsewhere":       {store.ErrLookElsewhere, ours},
		"ErrReplaced":            {store.ErrReplaced, ours},
		"ErrDeleting":            {store.ErrDeleting, ours},
		"ErrCursor":              {store.ErrCursor, ours},
		"ErrSchemaNewer":         {store.ErrSchemaNewer, ours},
		"ErrSchemaBehind":        {store.ErrSchemaBehind, ours},
		"ErrOneOrganizationOnly": {store.ErrOneOrganizationOnly, ours},
		"ErrNotInstalled":        {store.ErrNotInstalled, ours},
		"ErrNameTaken":           {store.ErrNameTaken, ours},
		"ErrInUse":               {store.ErrInUse, ours},
		"ErrAppExists":           {store.ErrAppExists, ours},
		"ErrTokenName":           {store.ErrTokenName, ours},
		"ErrLastAdmin":           {store.ErrLastAdmin, ours},
	} {
		left = slices.DeleteFunc(left, func(other string) bool { return other == name })
		if d := decide(fmt.Errorf("save: %w", tt.err)); d != (decision{Do: tt.want.do, Code: tt.want.code}) {
			t.Errorf("%s: %+v, want %+v", name, d, tt.want)
		}
	}
	if len(left) > 0 {
		t.Errorf("nobody has decided what %q mean", left)
	}
	for _, err := range []error{errors.New("connection reset"), context.DeadlineExceeded, &github.Error{Kind: "a new one"}} {
		if d := decide(err); d != (decision{Do: ours.do, Code: ours.code}) {
			t.Errorf("%v: %+v, want an internal error", err, d)
		}
	}
}

func TestDecide_waitsForLimits(t *testing.T) {
	t.Parallel()
	until := time.Now().Add(time.Hour)
	for want, limit := range map[models.Code]github.RateLimitError{
		models.RateLimited:      {},
		models.SecondaryLimited: {Secondary: true},
		models.GitHubLockout:    {Secondary: true, Lockout: true},
		models.GitHubUnexpected: {Secondary: true, Claimed: until},
	} {
		limit.Until = until
		if d := decide(fmt.Errorf("page: %w", &limit)); d != (decision{Do: waitUntil, Code: want, Until: until}) {
			t.Errorf("%+v, want to wait for %s", d, want)
		}
	}
}

// TestInTime_blamesGitHubOnlyIfTheDatabaseAnswers: a person's patience may end
// because of either.
func TestInTime_blamesGitHubOnlyIfTheDatabaseAnswers(t *testing.T) {
	t.Parallel()
	a := &Activities{Store: storetest.Open(t, storetest.SQLiteURL(t)), Now: time.Now}
	limited, late, cancel := a.inTime(t.Context(), time.Nanosecond)
	defer cancel()
	<-limited.Done()
	if d := decide(late(limited.Err())); d.Code != models.GitHubUnavailable || d.Do != endStream {
		t.Errorf("GitHub does not answer: %+v, want github_unavailable, and no more attempts", d)
	}
	must(t, a.Store.Close())
	if d := decide(late(limited.Err())); d.Code != models.InternalError || d.Refused != nil {
		t.Errorf("the database does not answer: %+v, want internal_error", d)
	}
}

// TestPreflight_survivesADefect: organizations are asked about side by side, where
// nobody else recovers.
func TestPreflight_survivesADefect(t *testing.T) {
	t.Parallel()
	a := &Activities{Now: func() time.Time { panic("index out of range") }}
	asked := a.askOrganizations(t.Context(), nil, models.Connection{}, make([]models.ConnectionOrganization, 2), nil)
	for _, found := range asked {
		if found.err == nil || decide(found.err) != (decision{Do: retry, Code: models.InternalError}) {
			t.Errorf("found = %+v, want a failure of ours", found)
		}
	}
}

// TestForTemporal_tellsAPersonTheCauseWhateverItIs: of a wizard's error the code and
// the detail are read, and whether it is tried again.
func TestForTemporal_tellsAPersonTheCauseWhateverItIs(t *testing.T) {
	t.Parallel()
	a := &Activities{Now: time.Now}
	for want, tt := range map[models.Code]struct {
		err   error
		final bool
	}{
		models.InternalError:        {errors.New("disk I/O error"), false},
		models.SecretKeyUnknown:     {store.ErrUnknownKey, false},
		models.GitHubUnavailable:    {&github.Error{Kind: github.ServerError, Message: "Server Error"}, false},
		models.SSORequired:          {&github.Error{Kind: github.SSORequired}, true},
		models.AppCredentialInvalid: {errNoApp, true},
	} {
		var told *temporal.ApplicationError
		var code models.Code
		var detail string
		err := a.forTemporal(About{ConnectionID: "c"}, decide(tt.err), tt.err)
		if !errors.As(err, &told) || told.Type() != Caused || told.NonRetryable() != tt.final || told.Details(&code, &detail) != nil || code != want {
			t.Errorf("%v becomes %v with %q, want %s", tt.err, err, code, want)
		}
	}
}

// kindsOfGitHub are the constants of github.Kind.
func kindsOfGitHub(t *testing.T) (kinds []github.Kind) {
	t.Helper()
	for _, spec := range specs(t, "../github/*.go", token.CONST) {
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Kind" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			must(t, err)
			kinds = append(kinds, github.Kind(value))
		}
	}
	if len(kinds) < 40 {
		t.Fatalf("%d kinds were found", len(kinds))
	}
	return kinds
}

// errorsOfStore are the names of the errors that the store exports.
func errorsOfStore(t *testing.T) (names []string) {
	t.Helper()
	for _, spec := range specs(t, "../store/*.go", token.VAR) {
		if name := spec.Names[0].Name; strings.HasPrefix(name, "Err") {
			names = append(names, name)
		}
	}
	if len(names) < 15 {
		t.Fatalf("%d errors were found", len(names))
	}
	return names
}

// specs are the constants or variables that files declare.
func specs(t *testing.T, files string, kind token.Token) (found []*ast.ValueSpec) {
	t.Helper()
	paths, err := filepath.Glob(files)
	must(t, err)
	for _, path := range paths {
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		must(t, err)
		for _, declared := range parsed.Decls {
			if group, ok := declared.(*ast.GenDecl); ok && group.Tok == kind {
				for _, spec := range group.Specs {
					found = append(found, spec.(*ast.ValueSpec))
				}
			}
		}
	}
	return found
}
