package api

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"tributary/store"
)

// minTokenLength keeps out tokens that can be guessed; 32 characters of
// hexadecimal are 128 bits.
const minTokenLength = 32

// hashTokens prepares the tokens of the environment, which are not in the
// database: they let the first admin in, and anybody who lost theirs.
func hashTokens(tokens []string) ([]string, error) {
	var hashes []string
	for i, token := range tokens {
		if len(token) < minTokenLength {
			return nil, fmt.Errorf("API token %d is shorter than %d characters", i+1, minTokenLength)
		}
		hashes = append(hashes, store.HashToken(store.Secret(token)))
	}
	return hashes, nil
}

// remoteAddress is where a request comes from. Only proxies that are known are
// believed about it, the last one first: everybody can send the header.
func remoteAddress(r *http.Request, proxies []netip.Prefix) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr) // the zero address if the server does not say
	address := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		trusted := slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(address) })
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if !trusted || err != nil {
			break
		}
		address = hop.Unmap()
	}
	return address
}

// isHTTPS reports whether the browser speaks TLS, perhaps to a proxy. The headers
// are believed of anybody: a caller who lies only gets a cookie that does not work.
func isHTTPS(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" || strings.HasPrefix(r.Header.Get("Origin"), "https://")
}

// loopbackOnly refuses requests that name another host than this machine. A
// web page elsewhere can point a name of its own at 127.0.0.1 (DNS rebinding);
// the browser then sends that name as the host.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if !isLoopback(r.Host) || origin != "" && !isLoopbackOrigin(origin) {
			writeProblem(w, r, problem(ForbiddenOrigin, ""))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopbackOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && isLoopback(u.Host)
}

func isLoopback(hostport string) bool {
	host := hostport
	if name, _, err := net.SplitHostPort(hostport); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}

// sameOriginOnly refuses requests that change something and come from another
// site's page.
func sameOriginOnly(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, problem(ForbiddenOrigin, ""))
	}))
	return protection.Handler(next)
}

// securityHeaders are those for answers that no browser should render, frame
// or keep. A UI that is served beside the API sets its own.
func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
