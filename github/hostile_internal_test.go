package github

import "net/http"

// DefaultTransport is what a Host without a transport of its own goes through. Tests put theirs in front of it.
func DefaultTransport() http.RoundTripper { return newTransport() }
