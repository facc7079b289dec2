package githubsim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// fail replaces the answer by GitHub's error document. docs is the path under docs.github.com/rest.
func (c *call) fail(status int, message, docs string) {
	c.status = status
	c.w.b = c.w.b[:0]
	c.w.open('{')
	c.w.str("message", message)
	c.w.str("documentation_url", strings.TrimSuffix("https://docs.github.com/rest/"+docs, "/"))
	c.w.str("status", strconv.Itoa(status))
	c.w.close('}')
}

func (c *call) notFound() { c.fail(http.StatusNotFound, "Not Found", "") }

// validationFailed is the 422 for a parameter that is not one of those GitHub knows.
func (c *call) validationFailed(resource, field string) {
	c.status = http.StatusUnprocessableEntity
	c.w.b = c.w.b[:0]
	c.w.open('{')
	c.w.str("message", "Validation Failed")
	c.w.key("errors")
	c.w.open('[')
	c.w.open('{')
	c.w.str("resource", resource)
	c.w.str("field", field)
	c.w.str("code", "invalid")
	c.w.close('}')
	c.w.close(']')
	c.w.str("documentation_url", "https://docs.github.com/rest")
	c.w.str("status", "422")
	c.w.close('}')
}

// refuse answers a request that a rate limit does not let in. It costs nothing.
func (c *call) refuse(limit Fault) {
	c.points = 0
	status := limit.Status
	if status == 0 {
		status = http.StatusForbidden
	}
	if limit.Kind == SecondaryLimit {
		c.refuseSecondary(limit, status)
		return
	}
	if c.resource == graphQLResource {
		c.graphQLRefusal("RATE_LIMITED", c.exceeded())
		return
	}
	c.fail(status, c.exceeded(), "overview/rate-limits-for-the-rest-api")
}

func (c *call) exceeded() string {
	if c.user == nil {
		return fmt.Sprintf("API rate limit exceeded for %s. (But here's the good news: Authenticated requests get a higher "+
			"rate limit. Check out the documentation for more details.)", strings.TrimPrefix(c.owner, "ip:"))
	}
	if i := c.token.installation; i != nil {
		return fmt.Sprintf("API rate limit exceeded for installation ID %d.", i.ID)
	}
	return fmt.Sprintf("API rate limit exceeded for user ID %d.", c.user.ID)
}

func (c *call) refuseSecondary(limit Fault, status int) {
	c.secondary = true
	c.silent = limit.Silent
	if limit.RetryAfter {
		left := c.sim.limits.retryAfter(c.owner, c.now)
		if left <= 0 {
			left = limit.For
		}
		c.header["Retry-After"] = []string{strconv.Itoa(int((left + time.Second - 1) / time.Second))}
	}
	c.status = status
	c.w.b = c.w.b[:0]
	c.w.open('{')
	c.w.str("documentation_url", "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits")
	c.w.str("message", "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "+
		"If you reach out to GitHub Support for help, please include the request ID 51M0:0.")
	c.w.close('}')
}

// errorPage is what a fault shows in place of an answer. GitHub's 502 comes from a proxy and is HTML.
func (c *call) errorPage(status int, body string) {
	switch {
	case body == "-":
		c.status, c.w.b = status, c.w.b[:0]
	case body != "":
		c.status, c.w.b = status, append(c.w.b[:0], body...)
		if strings.HasPrefix(body, "<") {
			c.header["Content-Type"] = []string{"text/html; charset=utf-8"}
		}
	case status == http.StatusBadGateway:
		c.errorPage(status, "<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head>"+
			"<body><p>This page is taking too long to load.</p></body></html>\n")
	case status >= 500:
		c.fail(status, "Server Error", "")
	default:
		c.fail(status, http.StatusText(status), "")
	}
}
