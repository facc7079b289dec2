package github

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tributary/plain"
)

// limit is what a response says about the limit that refused a request. after and until may both be missing.
type limit struct {
	secondary bool
	lockout   bool // of all tokens at this address, after too many bad ones
	after     time.Duration
	until     time.Time
}

// classify tells a success (nil, nil), a refusal and a limit apart. GitHub's statuses overlap, so the order of the
// checks matters.
func classify(req *http.Request, resp *http.Response, body []byte, now time.Time) (*Error, *limit) {
	message := messageOf(resp.StatusCode, body)
	if resp.StatusCode == http.StatusOK && req.Method == http.MethodPost {
		if message, limited := graphQLLimit(body); limited {
			return nil, limitFrom(resp.Header, message, now)
		}
	}
	switch {
	case isLimit(resp, message):
		if !countsForAccount(resp, message) {
			return nil, anonymousLimit(resp.Header, message, now)
		}
		return nil, limitFrom(resp.Header, message, now)
	case isRedirect(resp):
		return nil, nil // http.Client asks checkRedirect
	case resp.StatusCode == http.StatusProxyAuthRequired:
		return responseError(req, resp, ProxyFailed, "the proxy before "+req.URL.Host+" wants a login"), nil
	case notFromAPI(resp, body):
		return responseError(req, resp, NotAPI, notGitHubMessage(req, resp)), nil
	case resp.StatusCode >= 300:
		return refusalOf(req, resp, message), nil
	case isAcknowledged(req, resp.StatusCode):
		return nil, nil
	case resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated:
		return responseError(req, resp, BadResponse, "status without content"), nil
	case len(bytes.TrimSpace(body)) == 0:
		return responseError(req, resp, BadResponse, "the response is empty"), nil
	}
	return nil, nil
}

// isAcknowledged recognizes successes that have nothing to say: of deletions, of pings, and of deliveries that are sent
// again afterwards.
func isAcknowledged(req *http.Request, status int) bool {
	post := req.Method == http.MethodPost
	switch status {
	case http.StatusNoContent:
		return req.Method == http.MethodDelete || post && strings.HasSuffix(req.URL.Path, "/pings")
	case http.StatusAccepted:
		return post && strings.HasSuffix(req.URL.Path, "/attempts")
	}
	return false
}

// notFromAPI reports whether something other than GitHub's API sent a response. The API answers in JSON, except for
// one text to programs without a user agent and the pages of its own outages.
func notFromAPI(resp *http.Response, body []byte) bool {
	if resp.StatusCode >= 500 || len(bytes.TrimSpace(body)) == 0 || isJSON(resp.Header) || isSHA(resp.Header) {
		return false
	}
	return !bytes.HasPrefix(body, []byte("Request forbidden by administrative rules"))
}

func notGitHubMessage(req *http.Request, resp *http.Response) string {
	mediaType := cmp.Or(resp.Header.Get("Content-Type"), "something without a type")
	return req.URL.Host + " answers " + strconv.Itoa(resp.StatusCode) + " with " + mediaType + ", which GitHub's API does not"
}

var (
	limitText     = regexp.MustCompile(`(?i)rate limit|abuse detection|number of login attempts`)
	secondaryText = regexp.MustCompile(`(?i)secondary rate|abuse detection|number of login attempts`)
	lockoutText   = regexp.MustCompile(`(?i)number of login attempts`)
	anonymousText = regexp.MustCompile(`(?i)authenticated requests get a higher rate limit`)
)

// countsForAccount reports whether GitHub counted a request for the account of its token. Answers to a refused token,
// to no token and in a lockout show the allowance of the IP address, or of nobody.
func countsForAccount(resp *http.Response, message string) bool {
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		return false
	case http.StatusForbidden, http.StatusTooManyRequests:
		return !lockoutText.MatchString(message) && !anonymousText.MatchString(message)
	}
	return true
}

// lockout is how long to send nothing after too many bad tokens from this address. GitHub then refuses good ones too,
// "temporarily", and does not say until when.
// https://docs.github.com/rest/authentication/authenticating-to-the-rest-api#failed-login-limit
const lockout = 5 * time.Minute

// isLimit recognizes a limit by status. A 403 may have only the text or only the headers. The last request of an
// hour can also be forbidden for another reason.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func isLimit(resp *http.Response, message string) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		if lockoutText.MatchString(message) {
			return true // its rate headers are missing or are not the account's
		}
		if kind := forbiddenKind(resp.Header, message); kind != Refused {
			return false
		}
		return limitText.MatchString(message) || resp.Header.Get("Retry-After") != "" || exhausted(resp.Header)
	}
	return false
}

func limitFrom(h http.Header, message string, now time.Time) *limit {
	l := &limit{secondary: secondaryText.MatchString(message) || !exhausted(h) && !limitText.MatchString(message), after: retryAfter(h, now)}
	if rate, ok := parseRate(h, now); ok && rate.Remaining == 0 {
		l.until = rate.windowEnd()
	}
	return l
}

// anonymousLimit is one that does not concern the account. The allowance of an address does not tell when it ends.
func anonymousLimit(h http.Header, message string, now time.Time) *limit {
	l := &limit{secondary: true, lockout: lockoutText.MatchString(message), after: retryAfter(h, now)}
	if l.lockout && l.after == 0 {
		l.after = lockout
	}
	return l
}

// retryAfter reads seconds, or the date that a gateway may send.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(max(0, min(seconds, math.MaxInt32))) * time.Second // others would overflow
	}
	end, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, toOurClock(end, h, now).Sub(now))
}

func exhausted(h http.Header) bool { return h.Get("X-RateLimit-Remaining") == "0" }

// refusalOf makes an error of what is neither a success nor a limit.
func refusalOf(req *http.Request, resp *http.Response, message string) *Error {
	e := responseError(req, resp, kindOf(resp, message), message)
	switch e.Kind {
	case SSORequired:
		e.RemedyURL = ssoURL(resp.Header)
	case TokenLifetime:
		e.RemedyURL = urlIn(message)
	case ScopeMissing:
		e.Needs = shorten(resp.Header.Get("X-Accepted-OAuth-Scopes"))
	case PermissionMissing:
		e.Needs = shorten(resp.Header.Get("X-Accepted-GitHub-Permissions"))
	}
	return e
}

func kindOf(resp *http.Response, message string) Kind {
	switch code := resp.StatusCode; code {
	case http.StatusUnauthorized:
		return TokenInvalid
	case http.StatusForbidden:
		return forbiddenKind(resp.Header, message)
	case http.StatusNotFound:
		return notFoundKind(resp.Header, message)
	case http.StatusConflict:
		if strings.Contains(message, "is empty") {
			return EmptyRepository
		}
		return ServerError // GitHub creates or moves the repository
	case http.StatusGone:
		return Gone
	case http.StatusUnprocessableEntity:
		return unprocessableKind(message)
	case http.StatusUnavailableForLegalReasons:
		return Blocked
	case http.StatusGatewayTimeout:
		return Timeout
	default:
		switch {
		case timeoutText.MatchString(message):
			return Timeout
		case code >= 500:
			return ServerError
		case code >= 400:
			return Validation
		}
		return Moved
	}
}

// timeoutText is what GitHub says, with varying status, after it has computed for 10 seconds.
var timeoutText = regexp.MustCompile(`(?i)couldn't respond to your request in time|may be the result of a timeout|timedout`)

// forbidden lists texts of a 403 and their kinds. The first match decides.
var forbidden = []struct {
	text string
	kind Kind
}{
	{"SAML enforcement", SSORequired},
	{"OAuth App access restrictions", OAuthRestricted},
	{"lifetime is greater than", TokenLifetime}, // of classic and of fine-grained ones
	{"via a personal access token (classic)", ClassicTokenForbidden},
	{"via a fine-grained personal access token", TokenForbidden},
	{"IP allow list", IPAllowList},
	{"Resource not accessible by", PermissionMissing},
	{"access token authorized to a GitHub App", NoAccount}, // a token that has no installations
	{"installation has been suspended", Suspended},
	{"access blocked", Blocked},
	{"read:org scope", ScopeMissing},
}

func forbiddenKind(h http.Header, message string) Kind {
	if h.Get("X-RateLimit-Limit") == "0" {
		return TokenInvalid // what GraphQL answers when it sees no token
	}
	if ssoRequired(h) {
		return SSORequired
	}
	for _, f := range forbidden {
		if strings.Contains(message, f.text) {
			return f.kind
		}
	}
	return Refused
}

// urlIn finds the URL in a sentence of GitHub's.
func urlIn(message string) string {
	return strings.TrimRight(urlPattern.FindString(message), ".")
}

var urlPattern = regexp.MustCompile(`https?://[^\s"'<>)]+`)

// ssoURL reads "required; url=https://github.com/orgs/ORG/sso?authorization_request=…".
func ssoURL(h http.Header) string {
	_, address, _ := strings.Cut(h.Get("X-GitHub-SSO"), "url=")
	return address
}

func ssoRequired(h http.Header) bool {
	return strings.HasPrefix(h.Get("X-GitHub-SSO"), "required")
}

// notFoundKind finds GitHub's reason for a 404. For classic tokens and OAuth tokens it names the granted scopes and
// the sufficient ones.
func notFoundKind(h http.Header, message string) Kind {
	granted, known := h["X-Oauth-Scopes"]
	accepted := splitScopes(h.Get("X-Accepted-OAuth-Scopes"))
	switch {
	case strings.Contains(message, "No common ancestor"):
		return NoCommonAncestor
	case ssoRequired(h):
		return SSORequired
	case known && len(accepted) > 0 && len(MissingScopes(splitScopes(granted[0]), accepted)) == len(accepted):
		return ScopeMissing
	}
	return NotFound
}

func unprocessableKind(message string) Kind {
	switch {
	case strings.Contains(message, "No commit found for SHA"):
		return UnknownCommit
	case strings.Contains(message, "reachable over the public Internet"):
		return HookUnreachable
	case strings.Contains(message, "agination"), strings.Contains(message, "Only the first 1000"):
		return PaginationLimit
	}
	return Validation
}

func isRedirect(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

func isJSON(h http.Header) bool {
	mediaType, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// shaMediaType makes GitHub answer with the SHA of a commit and nothing else, as text.
const shaMediaType = "application/vnd.github.sha"

func isSHA(h http.Header) bool {
	mediaType, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return mediaType == shaMediaType
}

func responseError(req *http.Request, resp *http.Response, kind Kind, message string) *Error {
	return &Error{
		Kind:      kind,
		Status:    resp.StatusCode,
		Message:   shorten(message),
		Endpoint:  endpoint(req),
		RequestID: plain.Short(resp.Header.Get("X-GitHub-Request-Id"), 100),
	}
}

// maxMessage is more than GitHub's longest message has.
const maxMessage = 600

// messageOf returns GitHub's own message. Other bodies, such as the page of a proxy, stay out of errors.
func messageOf(status int, body []byte) string {
	var answer struct {
		Message string
		Errors  json.RawMessage
	}
	if status < 300 || json.Unmarshal(body, &answer) != nil || answer.Message == "" {
		return http.StatusText(status)
	}
	if status == http.StatusUnprocessableEntity {
		answer.Message += detailOf(answer.Errors)
	}
	return shorten(answer.Message)
}

// detailOf is what a 422 says beside "Validation Failed". Errors without words of their own are left out.
func detailOf(errors json.RawMessage) string {
	var rows []struct{ Message string }
	if json.Unmarshal(errors, &rows) != nil || len(rows) == 0 || rows[0].Message == "" {
		return ""
	}
	return ": " + rows[0].Message
}

func shorten(message string) string { return plain.Short(message, maxMessage) }
