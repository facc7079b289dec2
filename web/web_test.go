package web_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tributary/web"
)

const gitHub = "https://github.example.com"

// get asks the frontend as a browser does; headers are pairs.
func get(t *testing.T, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	web.Handler(gitHub).ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var anAsset = regexp.MustCompile(`/assets/[\w.-]+\.(js|css)`)

// assets are the files that the page loads first.
func assets(t *testing.T) []string {
	t.Helper()
	found := anAsset.FindAllString(body(t, get(t, "/").Body), -1)
	if len(found) < 2 {
		t.Fatalf("the page loads %v, want a script and a style sheet", found)
	}
	return found
}

func TestHandler_answersEveryRouteWithThePage(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/settings/integrations", "/settings/integrations/1/repos", "/no/such/route"} {
		got := get(t, path)
		if page := body(t, got.Body); got.StatusCode != http.StatusOK || !strings.Contains(page, `<div id="root">`) {
			t.Errorf("%s = %d %q, want the page", path, got.StatusCode, page)
		}
		if got.Header.Get("Cache-Control") != "no-cache" || got.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s has %v", path, got.Header)
		}
	}
}

func TestHandler_sendsAPolicyWithoutInlineScripts(t *testing.T) {
	t.Parallel()
	for _, path := range append(assets(t), "/", "/assets/none.js") {
		h := get(t, path).Header
		policy := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self' " + gitHub + ";"} {
			if !strings.Contains(policy, want) {
				t.Errorf("the policy of %s lacks %s: %s", path, want, policy)
			}
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s has %v", path, h)
		}
	}
	if page := body(t, get(t, "/").Body); regexp.MustCompile(`<script[^>]*>[^<]|<style| on\w+=|https?://`).MatchString(page) {
		t.Errorf("the page has what its policy refuses, or names another origin: %s", page)
	}
}

func TestHandler_letsAssetsBeKeptForever(t *testing.T) {
	t.Parallel()
	for _, path := range assets(t) {
		got := get(t, path)
		if got.StatusCode != http.StatusOK || got.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s = %d with %v", path, got.StatusCode, got.Header)
		}
		if kind := got.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/javascript") && !strings.HasPrefix(kind, "text/css") {
			t.Errorf("%s is %s", path, kind)
		}
	}
}

func TestHandler_doesNotAnswerAMissingAssetWithThePage(t *testing.T) {
	t.Parallel()
	got := get(t, "/assets/of-another-build.js", "Accept", "text/html")
	if got.StatusCode != http.StatusNotFound || strings.Contains(body(t, got.Body), "<") {
		t.Errorf("a missing asset = %d, want 404 and no page", got.StatusCode)
	}
	if got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a missing asset may be kept: %s", got.Header.Get("Cache-Control"))
	}
}

func TestHandler_saysWhatHasNotChanged(t *testing.T) {
	t.Parallel()
	for _, path := range append(assets(t), "/", "/favicon.svg") {
		tag := get(t, path).Header.Get("ETag")
		again := get(t, path, "If-None-Match", tag)
		if tag == "" || again.StatusCode != http.StatusNotModified || body(t, again.Body) != "" {
			t.Errorf("%s with its own tag %q = %d, want 304", path, tag, again.StatusCode)
		}
		if other := get(t, path, "If-None-Match", `"other"`); other.StatusCode != http.StatusOK {
			t.Errorf("%s with another tag = %d, want 200", path, other.StatusCode)
		}
		if zipped := get(t, path, "If-None-Match", tag, "Accept-Encoding", "gzip"); zipped.Header.Get("Content-Encoding") == "gzip" && zipped.StatusCode != http.StatusOK {
			t.Errorf("%s compressed has the tag of the plain file", path)
		}
	}
}

func TestHandler_compressesForThoseWhoAccept(t *testing.T) {
	t.Parallel()
	for _, path := range assets(t) {
		plain := body(t, get(t, path, "Accept-Encoding", "br, gzip;q=0").Body)
		if len(plain) < 200 { // compressed it would be longer
			continue
		}
		for _, accept := range []string{"gzip", "br, gzip;q=0.5", "GZIP"} {
			got := get(t, path, "Accept-Encoding", accept, "Range", "bytes=0-9")
			if got.Header.Get("Content-Encoding") != "gzip" || got.Header.Get("Vary") != "Accept-Encoding" {
				t.Fatalf("%s for %q has %v", path, accept, got.Header)
			}
			unzipped, err := gzip.NewReader(got.Body)
			if err != nil {
				t.Fatal(err)
			}
			if body(t, unzipped) != plain {
				t.Errorf("%s for %q is another file", path, accept)
			}
		}
	}
}

func TestServes_leavesTheAPIAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, path, accept string
		want                 bool
	}{
		{http.MethodGet, "/", "text/html,*/*", true},
		{http.MethodHead, "/settings/repos", "text/html", true},
		{http.MethodGet, "/favicon.svg", "image/*", true},
		{http.MethodGet, "/assets/none.js", "*/*", true},
		{http.MethodPost, "/settings/repos", "text/html", false},
		{http.MethodGet, "/nothing", "application/json", false},
		{http.MethodGet, "/nothing", "", false},
		{http.MethodGet, "/api/v1/integrations", "text/html", false},
		{http.MethodGet, "//api/v1/integrations", "text/html", false},
		{http.MethodGet, "/api/openapi.json", "text/html", false},
		{http.MethodGet, "/healthz", "text/html", false},
		{http.MethodGet, "/readyz", "text/html", false},
		{http.MethodGet, "/webhooks/github/app", "text/html", false},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Header.Set("Accept", tt.accept)
		if got := web.Serves(r); got != tt.want {
			t.Errorf("Serves(%s %s as %q) = %v", tt.method, tt.path, tt.accept, got)
		}
	}
}

var anImport = regexp.MustCompile(`(?:from|import)\s*"\./([\w.-]+\.js)"`)

// The first page is there soon, also for those who are far away.
func TestDist_loadsLittleForTheFirstPage(t *testing.T) {
	t.Parallel()
	const limit = 200_000 // bytes of gzipped JavaScript
	seen := map[string]bool{}
	size := 0
	var load func(name string)
	load = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		size += len(body(t, get(t, "/assets/"+name, "Accept-Encoding", "gzip").Body))
		for _, imported := range anImport.FindAllStringSubmatch(body(t, get(t, "/assets/"+name).Body), -1) {
			load(imported[1])
		}
	}
	for _, name := range assets(t) {
		if strings.HasSuffix(name, ".js") {
			load(filepath.Base(name))
		}
	}
	entry := len(seen)
	lists, err := filepath.Glob("dist/assets/Integrations-*.js") // where "/" leads
	if err != nil || len(lists) != 1 {
		t.Fatalf("the integrations list is in %v, %v", lists, err)
	}
	load(filepath.Base(lists[0]))
	if entry < 2 || len(seen) == entry {
		t.Fatalf("found %d files of the entry and %d with the list: are imports written in another way now?", entry, len(seen))
	}
	if size > limit {
		t.Errorf("the integrations list loads %d bytes of gzipped JavaScript, at most %d are promised", size, limit)
	}
}

// Files of the repository stay small enough to be looked at and to be pushed.
func TestDist_hasNoLargeFiles(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	err := filepath.WalkDir("dist", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := os.Stat(path)
		if err == nil && info.Size() >= limit {
			t.Errorf("%s has %d bytes, want less than %d", path, info.Size(), limit)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
