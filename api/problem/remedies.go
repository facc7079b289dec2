package problem

import (
	"maps"
	"net/http"
	"slices"

	"tributary/models"
)

// The codes that only the API gives; all others are diagnostics codes of
// package models.
const (
	InvalidRequest        models.Code = "invalid_request"
	UnsupportedMedia      models.Code = "unsupported_media_type"
	BodyTooLarge          models.Code = "body_too_large"
	NotFound              models.Code = "not_found"
	MethodNotAllowed      models.Code = "method_not_allowed"
	Unauthorized          models.Code = "unauthorized"
	SignatureWrong        models.Code = "signature_wrong"
	ForbiddenOrigin       models.Code = "forbidden_origin"
	RoleMissing           models.Code = "role_missing"
	TooManyRequests       models.Code = "too_many_requests"
	InUse                 models.Code = "in_use"
	LastAdmin             models.Code = "last_admin"
	GitHubAppInUse        models.Code = "github_app_in_use"
	GitHubAppFromSettings models.Code = "github_app_from_settings"
	PublicURLMissing      models.Code = "public_url_missing"
	NotVerified           models.Code = "not_verified"
	AlreadyCreated        models.Code = "already_created"
	IntegrationPaused     models.Code = "integration_paused"
	IntegrationDeleting   models.Code = "integration_deleting"
	VerificationRunning   models.Code = "verification_running"
	WebhooksOff           models.Code = "webhooks_off"
	TemporalDown          models.Code = "temporal_down"
	SchemaWrong           models.Code = "schema_wrong" // only tributary doctor says so: no process starts with it
	Internal              models.Code = "internal"
)

const tokenSettingsPage = "https://github.com/settings/tokens"

// Who can mend something.
type Who string

// The people a remedy can be for.
const (
	You      Who = "you"       // the sender of the request
	OrgOwner Who = "org_owner" // an owner of the GitHub organization
	Operator Who = "operator"  // the people who run this installation
	Nobody   Who = "nobody"    // nothing needs to be done
)

// Remedy is what people are told about a code.
type Remedy struct {
	Status  int    // of an answer that has nothing else to say
	Title   string // the same for every occurrence
	Meaning string // stands in when an occurrence brings no detail of its own
	Effect  string // what stops because of it; empty for what only an answer says
	Text    string // what to do
	Who     Who
	URL     string // where to do it, unless an occurrence knows better
}

// Codes are all codes, sorted.
func Codes() []models.Code { return slices.Sorted(maps.Keys(remedies)) }

// IsCode reports whether a text is one of the codes.
func IsCode(text string) bool {
	_, known := remedies[models.Code(text)]
	return known
}

// RemedyFor returns what people are told about a code.
func RemedyFor(code models.Code) Remedy {
	if remedy, ok := remedies[code]; ok {
		return remedy
	}
	return remedies[Internal]
}

// remedies is the one list of what each code means and what to do about it.
// API errors, refused connections and the codes on syncs all read it.
var remedies = map[models.Code]Remedy{
	models.TokenInvalid: {
		Status: http.StatusConflict, Title: "GitHub does not accept the token",
		Meaning: "The token is wrong, was revoked, or has expired.",
		Effect:  "Nothing is read any more. What is stored stays.",
		Text:    "Generate a new token on GitHub and use that one.",
		Who:     You, URL: tokenSettingsPage,
	},
	models.TokenWrongKind: {
		Status: http.StatusUnprocessableEntity, Title: "The token is of another kind",
		Meaning: "GitHub does not say which permissions this token has, so they cannot be checked beforehand.",
		Effect:  "Nothing stops. What the token lacks shows only when it is tried.",
		Text:    "Use a classic token with the listed scopes, or make sure that the fine-grained token may read contents, pull requests, issues and metadata.",
		Who:     You, URL: tokenSettingsPage,
	},
	models.TokenWithoutAccount: {
		Status: http.StatusUnprocessableEntity, Title: "The token is nobody's",
		Meaning: "GitHub accepts the token and names no account that it belongs to: so are the tokens of GitHub Actions and of App installations.",
		Effect:  "Nothing is read with it.",
		Text:    "Use a personal access token of an account, or connect through the GitHub App.",
		Who:     You, URL: tokenSettingsPage,
	},
	models.TokenLifetime: {
		Status: http.StatusUnprocessableEntity, Title: "The organization forbids tokens that live so long",
		Meaning: "An owner has limited for how long personal access tokens may be valid, and this one is valid for longer.",
		Effect:  "Nothing of the organization is read. What is stored stays, and reading goes on where it was.",
		Text:    "Shorten the token's lifetime on GitHub, or generate a token that ends sooner.",
		Who:     You, URL: "https://github.com/settings/personal-access-tokens",
	},
	models.FineGrainedForbidden: {
		Status: http.StatusUnprocessableEntity, Title: "The organization forbids fine-grained tokens",
		Meaning: "An owner has turned off access by fine-grained personal access tokens.",
		Effect:  "Nothing of the organization is read. What is stored stays.",
		Text:    "Connect through the GitHub App or the OAuth app, or with a classic token if the organization accepts those.",
		Who:     You, URL: tokenSettingsPage,
	},
	models.ClassicTokenForbidden: {
		Status: http.StatusUnprocessableEntity, Title: "The organization forbids classic tokens",
		Meaning: "An owner has turned off access by classic personal access tokens.",
		Effect:  "Nothing of the organization is read. What is stored stays.",
		Text:    "Generate a fine-grained token that has the organization as its resource owner.",
		Who:     You, URL: "https://github.com/settings/personal-access-tokens",
	},
	models.ScopeMissing: {
		Status: http.StatusUnprocessableEntity, Title: "The token lacks a scope",
		Meaning: "The token does not have every scope that reading an organization needs.",
		Effect:  "What the missing scopes are for is not available: without repo private repositories are invisible, without read:org organizations; the others matter to webhooks only.",
		Text:    "Add the missing scopes to the token on GitHub, or generate one that has them, and test again.",
		Who:     You, URL: tokenSettingsPage,
	},
	models.PermissionMissing: {
		Status: http.StatusUnprocessableEntity, Title: "The credential may not read this",
		Meaning: "GitHub knows the account, and refuses it this resource.",
		Effect:  "What is refused is not read. What is stored stays.",
		Text:    "Give the account read access to the organization's repositories.",
		Who:     OrgOwner,
	},
	models.SSORequired: {
		Status: http.StatusUnprocessableEntity, Title: "Single sign-on must be authorized",
		Meaning: "The organization uses SAML single sign-on and the token is not authorized for it.",
		Effect:  "Nothing of the organization is read. What is stored stays, and reading goes on where it was.",
		Text:    "Authorize the token for the organization on GitHub; do it again after every change of the token.",
		Who:     You, URL: tokenSettingsPage,
	},
	models.OAuthRestricted: {
		Status: http.StatusUnprocessableEntity, Title: "The organization restricts third-party applications",
		Meaning: "The organization has not approved this application.",
		Effect:  "Nothing of the organization is read. What is stored stays.",
		Text:    "An owner grants access under the organization's settings, Third-party access; a member can send them the request from there.",
		Who:     OrgOwner, URL: "https://github.com/settings/applications",
	},
	models.IPAllowList: {
		Status: http.StatusUnprocessableEntity, Title: "The organization allows only listed addresses",
		Meaning: "The address that our requests come from is not on the organization's IP allow list.",
		Effect:  "Nothing of the organization is read. What is stored stays.",
		Text:    "Add the address of this installation to the organization's IP allow list.",
		Who:     OrgOwner,
	},
	models.TokenExpiring: {
		Status: http.StatusUnprocessableEntity, Title: "The token will expire",
		Meaning: "GitHub will refuse the token from its end on, and nothing will be read any more.",
		Effect:  "Nothing stops before that.",
		Text:    "Generate a new token and replace the credential of the integration before that.",
		Who:     You, URL: tokenSettingsPage,
	},
	models.AppNotInstalled: {
		Status: http.StatusUnprocessableEntity, Title: "The GitHub App is not installed",
		Meaning: "The organization has not installed the App, or has removed it. What is stored is kept.",
		Effect:  "Nothing of the organization is read. What is stored stays.",
		Text:    "An owner installs the App on the organization.",
		Who:     OrgOwner,
	},
	models.AppSuspended: {
		Status: http.StatusUnprocessableEntity, Title: "The GitHub App is suspended",
		Meaning: "The App's installation on the organization is suspended, so GitHub gives it no token. What is stored is kept.",
		Effect:  "Nothing of the organization is read. What is stored stays, and reading goes on where it was.",
		Text:    "An owner lifts the suspension in the organization's settings, under GitHub Apps; reading then goes on by itself.",
		Who:     OrgOwner,
	},
	models.AppPermissionPending: {
		Status: http.StatusUnprocessableEntity, Title: "The GitHub App lacks a permission",
		Meaning: "The App asks for a permission that the organization has not granted yet.",
		Effect:  "What needs the permission is not read; everything else is.",
		Text:    "An owner reviews and accepts the App's permissions in the organization's settings, under GitHub Apps.",
		Who:     OrgOwner,
	},
	models.AppSelectedReposOnly: {
		Status: http.StatusUnprocessableEntity, Title: "The GitHub App reaches chosen repositories only",
		Meaning: "An owner has chosen the repositories that the App reaches; all others are invisible to it.",
		Effect:  "Nothing stops. Other repositories do not show up.",
		Text:    "Nothing needs to be done, unless repositories are missing: then an owner adds them to the installation.",
		Who:     OrgOwner,
	},
	models.AppCredentialInvalid: {
		Status: http.StatusServiceUnavailable, Title: "GitHub does not accept the App's key",
		Meaning: "The App's id or its private key is wrong, or the key was deleted on GitHub.",
		Effect:  "Nothing is read with the App in any organization. What is stored stays.",
		Text:    "Generate a private key in the App's settings on GitHub and set TRIBUTARY_GITHUB_APP_PRIVATE_KEY for the workers.",
		Who:     Operator,
	},
	models.ClockSkewed: {
		Status: http.StatusServiceUnavailable, Title: "The clock of this installation is wrong",
		Meaning: "What the App signs is not valid now by GitHub's clock.",
		Effect:  "Nothing is read with the App in any organization. What is stored stays.",
		Text:    "Synchronize the clock of the machines that run workers.",
		Who:     Operator,
	},
	models.OAuthDenied: {
		Status: http.StatusUnprocessableEntity, Title: "Access was denied on GitHub",
		Meaning: "The account did not authorize this application.",
		Text:    "Start again, and authorize the application on GitHub's page.",
		Who:     You,
	},
	models.OAuthExpired: {
		Status: http.StatusBadRequest, Title: "The way back from GitHub is not valid any more",
		Meaning: "It was used already, belongs to another browser, or more than ten minutes have passed.",
		Text:    "Start again from the page on which the integration is set up.",
		Who:     You,
	},
	models.AppSetupExpired: {
		Status: http.StatusBadRequest, Title: "The way back from GitHub is not valid any more",
		Meaning: "It was used already, belongs to another browser, or more than an hour has passed.",
		Text:    "Create the GitHub App again. If GitHub lists one already that was not taken over here, delete that one on GitHub first.",
		Who:     You,
	},
	models.GitHubAppExists: {
		Status: http.StatusConflict, Title: "There is a GitHub App already",
		Meaning: "This installation is one GitHub App, which was registered before.",
		Text:    "Use it, or delete it here before another is created.",
		Who:     You,
	},
	GitHubAppInUse: {
		Status: http.StatusConflict, Title: "Integrations use the GitHub App",
		Meaning: "What integrations read through the GitHub App could not be read without it.",
		Text:    "Delete these integrations, or connect them in another way.",
		Who:     You,
	},
	GitHubAppFromSettings: {
		Status: http.StatusConflict, Title: "The environment names the GitHub App",
		Meaning: "The settings of this installation name a GitHub App, and they win over what is set up here.",
		Text:    "Unset the variables that begin with TRIBUTARY_GITHUB_APP_ for the API and the workers, and start them again.",
		Who:     Operator,
	},
	PublicURLMissing: {
		Status: http.StatusConflict, Title: "This installation does not know its own address",
		Meaning: "GitHub sends people back to the address of this installation, which is not set.",
		Text:    "Set TRIBUTARY_PUBLIC_URL to the address under which browsers reach this installation, for the API and the workers.",
		Who:     Operator,
	},
	models.OAuthClientInvalid: {
		Status: http.StatusServiceUnavailable, Title: "GitHub does not accept this application",
		Meaning: "The application's client id, client secret or callback address is wrong, or GitHub has suspended the application.",
		Text:    "Compare the settings with the application's page on GitHub; its callback address is the public address with /api/v1/connections/github/oauth/callback.",
		Who:     Operator,
	},
	models.MethodNotConfigured: {
		Status: http.StatusConflict, Title: "The method is not set up",
		Meaning: "This installation has no application for this way to connect.",
		Text:    "Set the variables that GET /api/v1/providers names, or use another method.",
		Who:     Operator,
	},
	models.NotOrgOwner: {
		Status: http.StatusConflict, Title: "The account is not an owner of the organization",
		Meaning: "Only owners can manage an organization's webhooks. Everything else works.",
		Effect:  "There are no webhooks. Everything else works.",
		Text:    "Connect with an account that is an owner, or let an owner make this one an owner.",
		Who:     OrgOwner,
	},
	models.NoPrivateReposVisible: {
		Status: http.StatusUnprocessableEntity, Title: "No private repository is visible",
		Meaning: "GitHub shows the account no private repository of the organization.",
		Effect:  "Private repositories, if there are any, are not read.",
		Text:    "If there are some, give the account read access to each of them, and check again.",
		Who:     OrgOwner,
	},
	models.NoRepoImported: {
		Status: http.StatusConflict, Title: "No repository is imported",
		Meaning: "Of this organization no repository is imported.",
		Effect:  "Nothing of the organization is read, and webhooks cannot be turned on.",
		Text:    "Import at least one repository.",
		Who:     You,
	},
	models.ReceiverNotPublic: {
		Status: http.StatusConflict, Title: "GitHub cannot reach this installation",
		Meaning: "Webhooks need an address of this installation that GitHub can reach over HTTPS.",
		Effect:  "There are no webhooks. Everything else works.",
		Text:    "Set TRIBUTARY_PUBLIC_URL to the https address of this installation.",
		Who:     Operator,
	},
	models.HookSecretMissing: {
		Status: http.StatusConflict, Title: "The secret of the GitHub App's webhook is not known here",
		Meaning: "Deliveries of the GitHub App are signed with a secret, and this installation has none to check them with.",
		Effect:  "There are no webhooks. Everything else works.",
		Text:    "Set TRIBUTARY_GITHUB_APP_WEBHOOK_SECRET to the webhook secret of the GitHub App.",
		Who:     Operator,
	},
	models.ExcludedByRules: {
		Status: http.StatusConflict, Title: "A rule excludes the repository",
		Meaning: "An exclusion rule of the integration matches one of the repositories.",
		Text:    "Change the rules, or leave these repositories out.",
		Who:     You,
	},
	models.RepoPurging: {
		Status: http.StatusConflict, Title: "The repository's records are being deleted",
		Meaning: "What was stored of the repository is being deleted and cannot be read anew meanwhile.",
		Text:    "Try again in a minute.",
		Who:     You,
	},
	models.AccessLost: {
		Status: http.StatusConflict, Title: "The new credential reads less",
		Meaning: "Organizations or repositories that are read now could not be read with the new credential.",
		Text:    "Mend its access first, or confirm that these stop updating.",
		Who:     You,
	},
	models.OneOrganizationOnly: {
		Status: http.StatusConflict, Title: "The GitHub App reads one organization per integration",
		Meaning: "The integration has more than one organization, and an installation of the GitHub App reaches one.",
		Text:    "Keep the present method, or connect the organizations one by one.",
		Who:     You,
	},
	models.MembershipPending: {
		Status: http.StatusUnprocessableEntity, Title: "The invitation is not accepted yet",
		Meaning: "The account was invited to the organization and has not answered.",
		Effect:  "Nothing of the organization is read.",
		Text:    "Accept the invitation with the account that owns the token, and test again.",
		Who:     You, URL: "https://github.com/settings/organizations",
	},
	models.OrganizationUnknown: {
		Status: http.StatusUnprocessableEntity, Title: "The organization cannot be seen",
		Meaning: "There is no organization of this name, or the account cannot see it: GitHub does not tell one from the other.",
		Effect:  "Nothing of the organization is read. What is stored stays.",
		Text:    "Check the spelling, and that the account is a member of the organization.",
		Who:     You,
	},
	models.ClaimedElsewhere: {
		Status: http.StatusConflict, Title: "Another integration has the organization",
		Meaning: "An organization belongs to at most one integration.",
		Effect:  "This integration reads nothing of the organization.",
		Text:    "Use the integration that has it, or remove the organization there first.",
		Who:     You,
	},
	models.RateLimited: {
		Status: http.StatusServiceUnavailable, Title: "GitHub's rate limit is reached",
		Meaning: "The account has spent its requests of this hour.",
		Effect:  "Reading waits. What is stored stays readable.",
		Text:    "Work goes on by itself when the hour is over. If GitHub answers the account elsewhere, the wait can be lifted: POST /connections/{id}/limits/lift.",
		Who:     You,
	},
	models.SecondaryLimited: {
		Status: http.StatusServiceUnavailable, Title: "GitHub asks for a pause",
		Meaning: "GitHub's secondary limit was met, which depends on the load of all of the account's programs.",
		Effect:  "Reading waits. What is stored stays readable.",
		Text:    "Work goes on by itself after the pause. If GitHub answers the account elsewhere, the pause can be lifted: POST /connections/{id}/limits/lift.",
		Who:     You,
	},
	models.GitHubLockout: {
		Status: http.StatusServiceUnavailable, Title: "Too many bad tokens were tried",
		Meaning: "GitHub refuses every token from an address that has sent it several bad ones, good tokens too. So no more are tried for some minutes.",
		Effect:  "Testing tokens waits, and where GitHub refuses all already, reading too. What is stored stays readable.",
		Text:    "Find out which program or person sends bad tokens from this address. Work goes on by itself after the pause, as long as no more are sent.",
		Who:     Operator,
	},
	models.RepoGone: {
		Status: http.StatusNotFound, Title: "The repository cannot be found",
		Meaning: "It was deleted, or the account lost access to it: GitHub does not tell one from the other. What is stored is kept.",
		Effect:  "Nothing more of the repository is read. What is stored stays.",
		Text:    "Give the account access to the repository, or ignore it.",
		Who:     OrgOwner,
	},
	models.RepoMoved: {
		Status: http.StatusNotFound, Title: "The repository has moved",
		Meaning: "The repository was transferred to an owner that no integration reads. What is stored is kept.",
		Effect:  "Nothing more of the repository is read here. What is stored stays.",
		Text:    "Connect the organization that has it now, and it goes on there under the same id; or ignore it.",
		Who:     You,
	},
	models.RepoBlocked: {
		Status: http.StatusUnavailableForLegalReasons, Title: "GitHub blocks the repository",
		Meaning: "GitHub disabled access to the repository. What is stored is kept.",
		Effect:  "Nothing more of the repository is read. What is stored stays.",
		Text:    "The repository's page on GitHub gives the reason; ignore the repository if it stays blocked.",
		Who:     OrgOwner,
	},
	models.RepoEmpty: {
		Status: http.StatusConflict, Title: "The repository is empty",
		Meaning: "It has no commits yet.",
		Effect:  "Nothing: there is nothing to read yet.",
		Text:    "Nothing needs to be done.",
		Who:     Nobody,
	},
	models.IssuesDisabled: {
		Status: http.StatusGone, Title: "Issues are turned off",
		Meaning: "The repository has no tickets, because its issues are turned off.",
		Effect:  "Nothing: there are no issues to read.",
		Text:    "Nothing needs to be done.",
		Who:     Nobody,
	},
	models.PullRequestsDisabled: {
		Status: http.StatusGone, Title: "Pull requests are turned off",
		Meaning: "The repository has no pull requests any more, because they are turned off. Those that were read before are kept.",
		Effect:  "Nothing: there are no pull requests to read.",
		Text:    "Nothing needs to be done.",
		Who:     Nobody,
	},
	models.HookMissing: {
		Status: http.StatusConflict, Title: "The webhook is gone",
		Meaning: "Somebody deleted the webhook at GitHub.",
		Effect:  "What is new is read with the next scheduled sync; until this is mended these come sooner.",
		Text:    "Switch webhooks on again, which makes another one; or switch them off.",
		Who:     You,
	},
	models.HookAltered: {
		Status: http.StatusConflict, Title: "The webhook was changed at GitHub",
		Meaning: "Its address, content type, events or verification of certificates is not as it was made.",
		Effect:  "Some deliveries may not arrive or may be refused. What is new is read with the next scheduled sync; until this is mended these come sooner.",
		Text:    "Switch webhooks on again, which puts it right.",
		Who:     You,
	},
	models.HookMuted: {
		Status: http.StatusConflict, Title: "The webhook is switched off at GitHub",
		Meaning: "Somebody made the webhook inactive in its settings at GitHub.",
		Effect:  "Nothing is delivered. What is new is read with the next scheduled sync; until this is mended these come sooner.",
		Text:    "Switch webhooks on again; or switch them off here as well.",
		Who:     You,
	},
	models.HookFailing: {
		Status: http.StatusConflict, Title: "Deliveries do not arrive",
		Meaning: "GitHub could not deliver what it sent last, or was refused.",
		Effect:  "What is new is read with the next scheduled sync; until this is mended these come sooner. What failed within three days is delivered again.",
		Text:    "Let GitHub through to /webhooks/github/ at TRIBUTARY_PUBLIC_URL. If it gets there and is refused with 401, switch webhooks on again: that gives GitHub the secret.",
		Who:     Operator,
	},
	models.HookGap: {
		Status: http.StatusConflict, Title: "Something changed that no delivery announced",
		Meaning: "A sync found changes in repositories about which nothing was delivered. GitHub sends nothing larger than 25 MB, nor pushes of many branches or tags at once, and loses deliveries now and then.",
		Effect:  "Nothing is missing: what was not announced is read by scheduled syncs, which come sooner meanwhile.",
		Text:    "Nothing needs to be done; it passes when deliveries arrive again. If it stays, look at the webhook's recent deliveries at GitHub.",
		Who:     You,
	},
	models.GitHubUnavailable: {
		Status: http.StatusServiceUnavailable, Title: "GitHub does not answer",
		Meaning: "GitHub did not answer, or answered with a failure of its own.",
		Effect:  "What could not be read is tried again. What is stored stays.",
		Text:    "Try again in some minutes; GitHub's status page tells whether there is an outage.",
		Who:     You, URL: "https://www.githubstatus.com",
	},
	models.GitHubInTheClear: {
		Status: http.StatusBadGateway, Title: "Tokens travel to GitHub unencrypted",
		Meaning: "GitHub's address begins with http:// and is another machine.",
		Effect:  "Nothing stops. Whoever is on the way can read the tokens and what GitHub answers, and change it.",
		Text:    "Give GitHub's host a certificate and an address that begins with https://.",
		Who:     Operator,
	},
	models.GitHubUnexpected: {
		Status: http.StatusBadGateway, Title: "GitHub's answer was not understood",
		Meaning: "GitHub answered in a way that its documentation does not describe.",
		Effect:  "What could not be read is tried again. What is stored stays.",
		Text:    "Try again; if it stays, look for the request id in the log and report it.",
		Who:     Operator,
	},
	models.GitHubHostUnknown: {
		Status: http.StatusBadGateway, Title: "GitHub's host is unknown here",
		Meaning: "The name of the host in TRIBUTARY_GITHUB_API_URL or TRIBUTARY_GITHUB_WEB_URL has no address where the workers run.",
		Effect:  "Nothing is read until the name is known. What is stored stays.",
		Text:    "Correct the address, or mend the name resolution of the machines that run workers.",
		Who:     Operator,
	},
	models.GitHubUnreachable: {
		Status: http.StatusBadGateway, Title: "GitHub's host accepts no connection",
		Meaning: "Nobody listens at the host and port of TRIBUTARY_GITHUB_API_URL, or something in between lets no connection through.",
		Effect:  "Nothing is read until it can be reached. What is stored stays.",
		Text:    "Correct the address, or let the machines that run workers out to it.",
		Who:     Operator,
	},
	models.GitHubTLSFailed: {
		Status: http.StatusBadGateway, Title: "There is no TLS with GitHub's host",
		Meaning: "The host's certificate is not accepted, or it does not speak TLS at that port.",
		Effect:  "Nothing is read until then. What is stored stays.",
		Text:    "Make the workers trust the certificate's authority (SSL_CERT_FILE), or correct the scheme and the port in TRIBUTARY_GITHUB_API_URL.",
		Who:     Operator,
	},
	models.GitHubAddressWrong: {
		Status: http.StatusBadGateway, Title: "What answers is not GitHub's API",
		Meaning: "A website, a login page or a gateway answers in its place.",
		Effect:  "Nothing is read until GitHub's API answers there. What is stored stays.",
		Text:    "Correct TRIBUTARY_GITHUB_API_URL: https://api.github.com/, or of an Enterprise Server https://HOST/api/v3/. If it is right, a gateway before it must let the workers through.",
		Who:     Operator,
	},
	models.GitHubRouteMissing: {
		Status: http.StatusBadGateway, Title: "A part of GitHub's API is hidden",
		Meaning: "GitHub answers there, and a part of its API that is always there is not found.",
		Effect:  "What needs that part is not read; everything else is.",
		Text:    "Look at the address that is named: a proxy or gateway before GitHub may not let it through, or an Enterprise Server may be too old for it.",
		Who:     Operator,
	},
	models.ProxyFailed: {
		Status: http.StatusBadGateway, Title: "The proxy does not lead to GitHub",
		Meaning: "The proxy that HTTPS_PROXY or HTTP_PROXY names cannot be reached, or refuses.",
		Effect:  "Nothing is read until it lets the workers through. What is stored stays.",
		Text:    "Correct the variables of the workers, or the proxy.",
		Who:     Operator,
	},
	models.InternalError: {
		Status: http.StatusServiceUnavailable, Title: "Something went wrong in this installation",
		Meaning: "It was not GitHub: the database, a key or the program itself failed.",
		Effect:  "What could not be done is tried again. What is stored stays.",
		Text:    "Look into the workers' log, under the id that is named; doctor looks at what the installation stands on.",
		Who:     Operator,
	},
	models.GraphQLRefused: {
		Status: http.StatusBadGateway, Title: "GraphQL is not available",
		Meaning: "GitHub's GraphQL API, or something on the way to it, refuses queries although REST is answered; or the Enterprise Server is older than a query.",
		Effect:  "Everything is read through REST, at many more requests. Time zones of commits stay empty, and nothing is verified or compared.",
		Text:    "Let POST requests to the address of GitHub's GraphQL API through, or upgrade the Enterprise Server; docs/operations.md names the versions.",
		Who:     Operator,
	},
	models.PartsUnavailable: {
		Status: http.StatusBadGateway, Title: "GitHub cannot tell everything",
		Meaning: "Of some commits, pull requests or timelines GitHub fails to compute the details, through GraphQL and through REST.",
		Effect:  "Their details are missing or as they were; everything else is read. They are asked for again, at growing distance up to a week.",
		Text:    "Nothing needs to be done: it mostly passes. If it stays, report the object and its reason to GitHub's support.",
		Who:     You, URL: "https://www.githubstatus.com",
	},
	models.ListIncomplete: {
		Status: http.StatusBadGateway, Title: "GitHub lists less than there is",
		Meaning: "GitHub counts more than it lists, shows nothing on a page that others follow, or lists something that cannot be read.",
		Effect:  "What is listed is read and kept fresh. The stream is not complete, and says since when.",
		Text:    "Nothing needs to be done: the list is read again from its beginning, after ten minutes and then with growing distance.",
		Who:     Operator, URL: "https://www.githubstatus.com",
	},
	models.ListEndless: {
		Status: http.StatusBadGateway, Title: "A list of GitHub's comes to no end",
		Meaning: "The pages of a list repeat, or say that more follows and do not show it.",
		Effect:  "The list is read up to there. The next sync tries to go on.",
		Text:    "If it stays, look at what stands between this installation and GitHub, and report it with the address in the log.",
		Who:     Operator,
	},
	models.NameTaken: {
		Status: http.StatusConflict, Title: "The name is taken",
		Meaning: "Another integration has this name; upper and lower case count as the same.",
		Text:    "Choose another name.",
		Who:     You,
	},
	models.WorkerDown: {
		Status: http.StatusServiceUnavailable, Title: "No worker is running",
		Meaning: "No worker takes tasks, so nothing can be verified or ingested.",
		Effect:  "Nothing is read, and nothing that is started begins.",
		Text:    "Start a worker that is connected to the same Temporal namespace; /readyz tells when one is there.",
		Who:     Operator,
	},
	models.SyncNotStarted: {
		Status: http.StatusServiceUnavailable, Title: "A sync waits, and nobody is at work on it",
		Meaning: "The sync should be running, and no workflow in Temporal has it: no worker runs, or Temporal has lost it.",
		Effect:  "What is new in the organization is not read until then. What is stored stays.",
		Text:    "A worker that runs starts it within a minute. If this stays, see whether /readyz finds a worker, and look into the workers' log.",
		Who:     Operator,
	},

	models.DataStale: {
		Status: http.StatusConflict, Title: "Something was not read for a day",
		Meaning: "Of a repository something has not been complete for more than a day, although it should have been read again since.",
		Effect:  "Reports that reach further than that lack what happened since.",
		Text:    "Look at the organization's latest syncs and at its schedule: a sync that waits, fails, or is paused explains it.",
		Who:     You,
	},
	models.SecretKeyUnknown: {
		Status: http.StatusServiceUnavailable, Title: "A secret cannot be opened",
		Meaning: "A credential is sealed with a key that is not among those that are set.",
		Effect:  "Nothing is read with that credential. What is stored stays.",
		Text:    "Add the key that was used before to the end of TRIBUTARY_SECRET_KEYS of every process. If it is lost, run tributary secrets forget and enter the credential again.",
		Who:     Operator,
	},
	models.SecretDamaged: {
		Status: http.StatusServiceUnavailable, Title: "A secret is damaged",
		Meaning: "The key of a credential is set and does not open it: what is stored of it was changed, or belongs to another row.",
		Effect:  "Nothing is read with that credential. What is stored stays.",
		Text:    "Enter the credential again, or put the row back from a backup; tributary secrets forget takes away what cannot be opened.",
		Who:     Operator,
	},

	InvalidRequest: {
		Status: http.StatusUnprocessableEntity, Title: "The request breaks the schema",
		Meaning: "See errors for each place and what was expected there. Values are not repeated, since one may be a secret.",
		Text:    "Correct the request; /api/openapi.json describes every operation.",
		Who:     You,
	},
	UnsupportedMedia: {
		Status: http.StatusUnsupportedMediaType, Title: "The body is of an unsupported type",
		Meaning: "Bodies are application/json.",
		Text:    "Send JSON with Content-Type: application/json.",
		Who:     You,
	},
	BodyTooLarge: {
		Status: http.StatusRequestEntityTooLarge, Title: "The body is too large",
		Meaning: "Bodies of 1 MB and more are refused.",
		Text:    "Send less at a time.",
		Who:     You,
	},
	NotFound: {
		Status: http.StatusNotFound, Title: "There is nothing here",
		Meaning: "No such resource exists.",
		Text:    "Check the address and the id in it.",
		Who:     You,
	},
	MethodNotAllowed: {
		Status: http.StatusMethodNotAllowed, Title: "The resource does not take this method",
		Meaning: "The address exists, with other methods.",
		Text:    "/api/openapi.json lists the methods of each address.",
		Who:     You,
	},
	Unauthorized: {
		Status: http.StatusUnauthorized, Title: "An API token is needed",
		Meaning: "The request carries no API token or session, or one that is not known here, has expired or was revoked.",
		Text:    "Send Authorization: Bearer with an API token, or sign in with one. The operator makes tokens with: tributary token create.",
		Who:     You,
	},
	SignatureWrong: {
		Status: http.StatusUnauthorized, Title: "The signature is wrong",
		Meaning: "The delivery has no X-Hub-Signature-256, or none that the hook's secret makes of this body. Nothing of it is stored.",
		Text:    "If it came from GitHub, replace the hook's secret: POST /integrations/{id}/webhooks/rotate. A proxy must pass bodies on byte by byte.",
		Who:     Operator,
	},
	ForbiddenOrigin: {
		Status: http.StatusForbidden, Title: "Requests of other sites are refused",
		Meaning: "The request's host or origin is not this installation's own.",
		Text:    "Use the address that the server printed when it started; another web page cannot use the API.",
		Who:     You,
	},
	RoleMissing: {
		Status: http.StatusForbidden, Title: "The role does not allow this",
		Meaning: "The operation needs the role admin.",
		Text:    "Use a token with the role admin; the operator makes one with: tributary token create --role admin.",
		Who:     Operator,
	},
	TooManyRequests: {
		Status: http.StatusTooManyRequests, Title: "Too many requests",
		Meaning: "More requests came from one token or address than this installation takes.",
		Text:    "Wait as long as the header Retry-After says, and send fewer.",
		Who:     You,
	},
	LastAdmin: {
		Status: http.StatusConflict, Title: "It is the last token of an admin",
		Meaning: "Without the token nobody could change anything any more, but for a token of the server's settings.",
		Text:    "Make another token with the role admin first. The operator can end this one all the same: tributary token revoke --force.",
		Who:     You,
	},
	InUse: {
		Status: http.StatusConflict, Title: "An integration uses the connection",
		Meaning: "The connection's credential is what an integration reads with.",
		Text:    "Give the integration another connection first.",
		Who:     You,
	},
	NotVerified: {
		Status: http.StatusConflict, Title: "The connection is not verified",
		Meaning: "GitHub has not confirmed the credential of this connection.",
		Text:    "Test the token first.",
		Who:     You,
	},
	AlreadyCreated: {
		Status: http.StatusConflict, Title: "The connection has its integration",
		Meaning: "An integration was created from this connection already, or is being created.",
		Text:    "Look at the list of integrations; test a token again to make another one.",
		Who:     You,
	},
	IntegrationPaused: {
		Status: http.StatusConflict, Title: "The integration is paused",
		Meaning: "While an integration is paused nothing is read for it.",
		Text:    "Resume the integration first; that starts a sync by itself.",
		Who:     You,
	},
	IntegrationDeleting: {
		Status: http.StatusConflict, Title: "The integration is being deleted",
		Meaning: "An integration that is being deleted cannot be changed any more.",
		Text:    "Wait until it is gone, and create another one if it is needed again.",
		Who:     You,
	},
	VerificationRunning: {
		Status: http.StatusConflict, Title: "A verification is running already",
		Meaning: "One verification of an organization runs at a time.",
		Text:    "Look at the one that is running, and start another when it has ended.",
		Who:     You,
	},
	WebhooksOff: {
		Status: http.StatusConflict, Title: "The organization's webhooks are switched off",
		Meaning: "There is no webhook of ours at the organization that this could be done with.",
		Text:    "Switch webhooks on first.",
		Who:     You,
	},
	models.DatabaseDown: {
		Status: http.StatusServiceUnavailable, Title: "The database does not answer",
		Meaning: "Nothing can be read or written.",
		Effect:  "Nothing works.",
		Text:    "Check that the database is running and that TRIBUTARY_DATABASE_URL names it.",
		Who:     Operator,
	},
	models.DatabaseUnwritable: {
		Status: http.StatusServiceUnavailable, Title: "The database cannot be written to",
		Meaning: "It answers, and takes no writes: its disk is full, its file is read-only, or another program holds its lock.",
		Effect:  "Nothing more is stored. What is stored can be read.",
		Text:    "Make room on the disk of the database, or let this program write to it; reading then goes on by itself where it was.",
		Who:     Operator,
	},
	SchemaWrong: {
		Status: http.StatusServiceUnavailable, Title: "The database has another version's schema",
		Meaning: "The tables are not those that this version of the program works with.",
		Effect:  "No process of this version starts.",
		Text:    "Run tributary migrate, or upgrade the program when the database belongs to a newer one.",
		Who:     Operator,
	},
	TemporalDown: {
		Status: http.StatusServiceUnavailable, Title: "Temporal does not answer",
		Meaning: "What is stored can be read; nothing can be started.",
		Effect:  "Nothing is read, and nothing can be started.",
		Text:    "Check that the Temporal server is running and that its address and namespace are right.",
		Who:     Operator,
	},
	Internal: {
		Status: http.StatusInternalServerError, Title: "Something went wrong here",
		Meaning: "The cause is in the server's log, under the request id.",
		Text:    "Try again; if it stays, give the operator the request id.",
		Who:     Operator,
	},
}
