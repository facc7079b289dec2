package github

import "net/http"

// DefaultTransport is the transport of a Host without a configured one. Tests wrap it.
func DefaultTransport() http.RoundTripper { return newTransport() }
