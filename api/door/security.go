package door

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"tributary/api/problem"
	"tributary/store"
)

// minTokenLength keeps out tokens that can be guessed; 32 characters of
// hexadecimal are 128 bits.
const minTokenLength = 32

// hashTokens prepares the tokens of the environment, which are not in the
// database: they admit the first admin, and admins who lost their token.
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

// remoteAddress is where a request comes from. Only trusted proxies may say so,
// the last one first: any caller can send the header.
func remoteAddress(r *http.Request, proxies []netip.Prefix) netip.Addr {
	address := peerOf(r)
	hops := forwarded(r, "X-Forwarded-For")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(hops[i])
		if !isTrusted(address, proxies) || err != nil {
			break
		}
		address = hop.Unmap()
	}
	return address
}

// peerOf is the other end of a request's connection, the zero address if the
// server does not say.
func peerOf(r *http.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	return peer.Addr().Unmap()
}

func isTrusted(address netip.Addr, proxies []netip.Prefix) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// forwarded is what proxies have noted in a header, that of the one nearest to
// the browser first. Each adds an item or a header of its own.
func forwarded(r *http.Request, header string) []string {
	notes := strings.Split(strings.Join(r.Header.Values(header), ","), ",")
	for i := range notes {
		notes[i] = strings.TrimSpace(notes[i])
	}
	return notes
}

// isHTTPS reports whether the browser seems to speak TLS. Any caller's headers
// count: one that lies only gets a cookie that does not work.
func isHTTPS(r *http.Request) bool {
	return r.TLS != nil || forwardedHTTPS(r) || strings.HasPrefix(r.Header.Get("Origin"), "https://")
}

// knowsHTTPS reports whether the browser certainly speaks TLS: then nothing that
// came without it counts. An installation whose address is https is reached in no
// other way.
func (d *Door) knowsHTTPS(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(strings.ToLower(d.PublicURL), "https://") || isTrusted(peerOf(r), d.TrustedProxies) && forwardedHTTPS(r)
}

func forwardedHTTPS(r *http.Request) bool {
	return strings.EqualFold(forwarded(r, "X-Forwarded-Proto")[0], "https")
}

// loopbackOnly refuses requests that come from another machine, which only the
// connection can say, and those that name another host than this one. A web page
// elsewhere can point a name of its own at 127.0.0.1 (DNS rebinding); the browser
// then sends that name as the host.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if !peerOf(r).IsLoopback() || !isLoopback(r.Host) || origin != "" && !isLoopbackOrigin(origin) {
			WriteProblem(w, r, problem.New(problem.ForbiddenOrigin, ""))
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
		WriteProblem(w, r, problem.New(problem.ForbiddenOrigin, ""))
	}))
	return protection.Handler(next)
}

// securityHeaders are those for answers that no browser should render, frame
// or keep. The pages of the UI replace them with their own.
func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		if requestOf(r.Context()).onlyHTTPS {
			h.Set("Strict-Transport-Security", "max-age=31536000") // a year
		}
		next.ServeHTTP(w, r)
	})
}
