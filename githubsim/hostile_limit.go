package githubsim

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// rateHeaders are headers of limits, each with the name of what is odd about them.
type rateHeaders struct {
	name    string
	status  int // of a refusal with them
	headers func(now time.Time) map[string]string
}

const (
	headerRetryAfter = "Retry-After"
	headerLimit      = "X-Ratelimit-Limit"
	headerRemaining  = "X-Ratelimit-Remaining"
	headerReset      = "X-Ratelimit-Reset"
	beyondInteger    = "1180591620717411303424" // 2^70
	largestInteger   = "9223372036854775807"
)

func absurdHeaders() []rateHeaders {
	after := func(value string) func(time.Time) map[string]string {
		return func(time.Time) map[string]string { return map[string]string{headerRetryAfter: value} }
	}
	reset := func(value func(now time.Time) int64) func(time.Time) map[string]string {
		return func(now time.Time) map[string]string {
			return map[string]string{headerRemaining: "0", headerReset: strconv.FormatInt(value(now), 10)}
		}
	}
	counts := func(headers map[string]string) func(time.Time) map[string]string {
		return func(time.Time) map[string]string { return headers }
	}
	return []rateHeaders{
		{"retry_after_years", 429, after("99999999")},
		{"retry_after_negative", 429, after("-60")},
		{"retry_after_zero", 429, after("0")},
		{"retry_after_largest", 429, after(largestInteger)},
		{"retry_after_beyond_integer", 403, after(beyondInteger)},
		{"retry_after_year_9999", 429, after("Fri, 31 Dec 9999 23:59:59 GMT")},
		{"retry_after_1970", 429, after("Thu, 01 Jan 1970 00:00:00 GMT")},
		{"retry_after_text", 403, after("soon")},
		{"reset_milliseconds", 403, reset(func(now time.Time) int64 { return now.Add(time.Hour).UnixMilli() })},
		{"reset_zero", 403, reset(func(time.Time) int64 { return 0 })},
		{"reset_negative", 403, reset(func(time.Time) int64 { return -1 })},
		{"reset_in_50_years", 403, reset(func(now time.Time) int64 { return now.AddDate(50, 0, 0).Unix() })},
		{"reset_largest", 429, reset(func(time.Time) int64 { return 1<<63 - 1 })},
		{"reset_smallest", 403, reset(func(time.Time) int64 { return -1 << 63 })},
		{"reset_text", 403, counts(map[string]string{headerRemaining: "0", headerReset: "in an hour"})},
		{"limit_negative", 403, counts(map[string]string{headerLimit: "-5000", headerRemaining: "0"})},
		{"remaining_negative", 403, counts(map[string]string{headerRemaining: "-1"})},
		{"remaining_above_limit", 403, counts(map[string]string{headerLimit: "60", headerRemaining: "5000"})},
		{"limit_beyond_integer", 403, counts(map[string]string{headerLimit: beyondInteger, headerRemaining: "0"})},
		{"remaining_beyond_integer", 429, counts(map[string]string{headerRemaining: beyondInteger})},
		{"limit_largest", 429, counts(map[string]string{headerLimit: largestInteger, headerRemaining: largestInteger, headerReset: largestInteger})},
	}
}

// absurdLimits refuse with absurd headers.
func absurdLimits() []variant {
	var all []variant
	for _, h := range absurdHeaders() {
		all = append(all, variant{name: h.name, instead: func(c *call, f *Fault) {
			c.refuseAbsurdly(f.random(), h.status)
			c.showRate(h)
		}})
	}
	return all
}

// refuseAbsurdly refuses for a limit as GitHub words it. GraphQL has two ways to say it.
func (c *call) refuseAbsurdly(random *rand.Rand, status int) {
	c.points = 0
	if c.resource == graphQLResource && random.IntN(2) == 0 {
		c.graphQLRefusal("RATE_LIMITED", c.exceeded())
		return
	}
	message := c.exceeded()
	if random.IntN(3) == 0 {
		message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
	}
	c.fail(status, message, "overview/rate-limits-for-the-rest-api")
}

// absurdRates show absurd headers beside what was asked for.
func absurdRates() []variant {
	var all []variant
	for _, h := range absurdHeaders() {
		all = append(all, variant{name: h.name, spoil: func(c *call, _ *Fault) { c.showRate(h) }})
	}
	return all
}

// showRate adds headers to those that the answer would have.
func (c *call) showRate(odd rateHeaders) {
	if c.owner != "" {
		c.sim.limits.rate(c.owner, c.resource, c.now).setHeaders(c.header)
	}
	for name, value := range odd.headers(c.now) {
		c.header[name] = []string{value}
	}
}

// anonymousRate is what GitHub counts of an address that shows no good token.
func anonymousRate(resource string, remaining int, now time.Time) rate {
	return rate{resource: resource, limit: anonymousLimit, used: anonymousLimit - remaining, remaining: remaining, reset: wholeSecond(now.Add(time.Hour))}
}

const tooManyLogins = "Maximum number of login attempts exceeded. Please try again later."

// loginAttempts refuse as GitHub does where too many bad tokens came from an address, with the headers of a caller
// without a token, or none.
// https://docs.github.com/rest/authentication/authenticating-to-the-rest-api#failed-login-limit
func loginAttempts() []variant {
	locked := func(c *call) {
		c.points = 0
		c.fail(http.StatusForbidden, tooManyLogins, "")
	}
	return []variant{
		{name: "remaining_0", instead: func(c *call, _ *Fault) { locked(c); c.showAnonymous(0) }},
		{name: "remaining_59", instead: func(c *call, _ *Fault) { locked(c); c.showAnonymous(59) }},
		{name: "no_headers", instead: func(c *call, _ *Fault) { locked(c); c.silent = true }},
	}
}

// badCredentials refuse a token that is good, with the same headers.
func badCredentials() []variant {
	refused := func(c *call) {
		c.points = 0
		c.fail(http.StatusUnauthorized, "Bad credentials", "")
	}
	return []variant{
		{name: "remaining_0", instead: func(c *call, _ *Fault) { refused(c); c.showAnonymous(0) }},
		{name: "remaining_59", instead: func(c *call, _ *Fault) { refused(c); c.showAnonymous(59) }},
	}
}

func (c *call) showAnonymous(remaining int) {
	anonymousRate(coreResource, remaining, c.now).setHeaders(c.header)
}
