// Package web is the frontend: its sources, and dist, which is built from them,
// is part of the repository, and is served from the binary. It knows nothing of
// the API but which paths are not its own.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed dist
var dist embed.FS

// policy lets a page load what this origin serves, and nothing else. Styles may
// be written into elements: Mantine positions and colours what it shows that way.
// Forms go to gitHub too, which makes a GitHub App of one.
func policy(gitHub string) string {
	return "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
		"object-src 'none'; base-uri 'none'; form-action 'self' " + gitHub + "; frame-ancestors 'none'"
}

// assets is where the build puts files whose names change with their content.
const assets = "/assets/"

// notOurs are the paths of the API's process, whoever asks for them.
var notOurs = []string{"/api/", "/webhooks/", "/healthz", "/readyz"}

// Serves reports whether a request is for the frontend: for one of its files, or
// by a browser for a page.
func Serves(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	address := "/" + strings.TrimLeft(r.URL.Path, "/") // a slash too many makes no page of the API
	for _, prefix := range notOurs {
		if strings.HasPrefix(address, prefix) {
			return false
		}
	}
	if strings.HasPrefix(r.URL.Path, assets) || files()[r.URL.Path] != nil {
		return true
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// Handler serves what Serves is true of. Every page is index.html: which one it
// is, the script reads in the address. gitHub is the origin of GitHub's pages.
func Handler(gitHub string) http.Handler {
	policy := policy(gitHub)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		served, cache := files()[r.URL.Path], "no-cache"
		if strings.HasPrefix(r.URL.Path, assets) {
			if served == nil { // of another build: a page in its place would be run as a script
				h.Set("Cache-Control", "no-store")
				http.Error(w, "There is nothing here.", http.StatusNotFound)
				return
			}
			cache = "public, max-age=31536000, immutable" // a year
		} else if served == nil {
			served = files()["/index.html"]
		}
		h.Set("Cache-Control", cache)
		served.serve(w, r)
	})
}

// file is one that can be sent as it is or compressed.
type file struct {
	contentType string
	plain       form
	gzipped     form // without bytes where compressing gains nothing
}

// form is the bytes of a file and what identifies them.
type form struct {
	bytes []byte
	etag  string
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Vary", "Accept-Encoding")
	sent := f.plain
	if f.gzipped.bytes != nil && acceptsGzip(r) {
		sent = f.gzipped
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(sent.bytes)))
		r = r.Clone(r.Context())
		r.Header.Del("Range") // a part of what is compressed is of no use
	}
	h.Set("ETag", sent.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(sent.bytes))
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.Trim(strings.TrimPrefix(strings.TrimSpace(weight), "q="), "0.") != "" || weight == ""
		}
	}
	return false
}

// files are those of dist by their paths, compressed once, when the first is asked for.
var files = sync.OnceValue(func() map[string]*file {
	found := map[string]*file{}
	err := fs.WalkDir(dist, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := dist.ReadFile(name)
		if err == nil {
			found[strings.TrimPrefix(name, "dist")] = newFile(name, content)
		}
		return err
	})
	if err != nil || found["/index.html"] == nil {
		panic("web/dist has no index.html: ./task web:build makes it") // it is compiled in
	}
	return found
})

func newFile(name string, content []byte) *file {
	f := &file{contentType: typeOf(name), plain: newForm(content)}
	var compressed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&compressed, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is one that exists
	}
	_, _ = writer.Write(content) // a buffer takes everything
	_ = writer.Close()
	if compressed.Len() < len(content)*9/10 {
		f.gzipped = newForm(compressed.Bytes())
	}
	return f
}

func newForm(content []byte) form {
	sum := sha256.Sum256(content)
	return form{bytes: content, etag: `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// typeOf does not ask the machine's table of types for what every build has.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}
