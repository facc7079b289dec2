package github

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// newTransport is net/http's transport, with as many connections as requests may be in flight.
func newTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = restInFlight + graphQLInFlight
	t.OnProxyConnectResponse = func(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
		if answer.StatusCode == http.StatusOK {
			return nil
		}
		return &Error{Kind: ProxyFailed, Message: proxy.Host + " answers " + answer.Status}
	}
	return t
}

// networkError says why no answer came and names the host, and nothing else of the address. The end of the caller's
// context stays as it is.
func networkError(req *http.Request, err error) error {
	if req.Context().Err() != nil {
		return err
	}
	e := &Error{Kind: networkKind(err), Endpoint: endpoint(req)}
	switch e.Kind {
	case Timeout:
		e.Message = req.URL.Host + " does not answer"
	case HostUnknown:
		e.Message = req.URL.Host + " is not known: " + rootMessage(err)
	case Unreachable:
		e.Message = req.URL.Host + " accepts no connection: " + rootMessage(err)
	case ProxyFailed:
		e.Message = "the proxy before " + req.URL.Host + ": " + proxyMessage(err)
	case TLSFailed:
		e.Message = "no TLS with " + req.URL.Host + ": " + rootMessage(err)
	default:
		e.Message = req.URL.Host + ": " + rootMessage(err)
	}
	return e
}

// networkKind finds the step of a connection that failed.
func networkKind(err error) Kind {
	var refused *Error
	var step *net.OpError
	var name *net.DNSError
	switch {
	case errors.As(err, &refused): // of the proxy
		return refused.Kind
	case errors.As(err, &step) && (step.Op == "proxyconnect" || strings.HasPrefix(step.Op, "socks")):
		return ProxyFailed
	case errors.As(err, &name):
		return HostUnknown
	case isTLSError(err):
		return TLSFailed
	case errors.As(err, &step) && step.Op == "dial":
		return Unreachable
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	}
	return Disconnected
}

func isTLSError(err error) bool {
	var notTLS tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	return errors.As(err, &notTLS) || errors.As(err, &certificate) || errors.As(err, &alert) || errors.Is(err, http.ErrSchemeMismatch)
}

// proxyMessage names the proxy, whose address only the error has.
func proxyMessage(err error) string {
	var step *net.OpError
	if errors.As(err, &step) {
		return shorten(step.Err.Error())
	}
	return rootMessage(err)
}

// rootMessage is the innermost cause. The errors around it repeat addresses.
func rootMessage(err error) string {
	var refused *Error
	var name *net.DNSError
	switch {
	case errors.As(err, &refused):
		return refused.Message
	case errors.As(err, &name):
		return name.Err
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return shorten(err.Error())
		}
		err = inner
	}
}
