package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// minTokenLength keeps out tokens that can be guessed; 32 characters of
// hexadecimal are 128 bits.
const minTokenLength = 32

type tokenHash [sha256.Size]byte

func hashTokens(tokens []string) ([]tokenHash, error) {
	var hashes []tokenHash
	for i, token := range tokens {
		if len(token) < minTokenLength {
			return nil, fmt.Errorf("API token %d is shorter than %d characters", i+1, minTokenLength)
		}
		hashes = append(hashes, sha256.Sum256([]byte(token)))
	}
	return hashes, nil
}

// requireToken admits requests only with one of the API tokens, except those of
// whoever watches over the process, who needs none.
func requireToken(tokens []tokenHash, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		open := r.URL.Path == healthPath || r.URL.Path == readyPath
		if !open && !hasToken(tokens, r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeProblem(w, r, problem(Unauthorized, ""))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hasToken compares hashes, all of them, so that the time it takes says nothing
// about any token.
func hasToken(tokens []tokenHash, r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	hash := sha256.Sum256([]byte(strings.TrimSpace(token)))
	found := 0
	for _, known := range tokens {
		found |= subtle.ConstantTimeCompare(hash[:], known[:])
	}
	return found == 1 && strings.EqualFold(scheme, "Bearer")
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
