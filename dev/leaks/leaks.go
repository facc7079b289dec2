// Package leaks finds secrets where none may be: in answers of the API, in logs and in files. It is for tests, which
// note what the product says while it runs and search all of it in the end.
package leaks

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Buffer is a bytes.Buffer for several goroutines.
type Buffer struct {
	mu   sync.Mutex
	text []byte
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}

// Tail is the end of the text, for the message of a test that failed.
func (b *Buffer) Tail() string {
	text := b.String()
	return text[max(0, len(text)-3000):]
}

// Noted passes requests on to the server at an address and keeps what it answers, headers and bodies.
func Noted(address string, answers *Buffer) http.Handler {
	target, _ := url.Parse(address)
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(answer *http.Response) error {
			_ = answer.Header.Write(answers)
			answer.Body = struct {
				io.Reader
				io.Closer
			}{io.TeeReader(answer.Body, answers), answer.Body}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		ErrorLog:     slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // clients that leave an event stream
	}
}

// Files reads everything below a directory, by path.
func Files(directory string) (map[string][]byte, error) {
	contents := map[string][]byte{}
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		contents[path], err = os.ReadFile(path)
		return err
	})
	return contents, err
}

// Search finds secrets in any of the forms in which one might be written down.
type Search struct {
	byTail map[string][]pattern
	// ends says whether any tail ends in these three bytes. Nearly all of a file is passed over by it.
	ends []bool
}

// tail is how many bytes at a pattern's end are looked up before all of it is compared. Secrets are longer.
const tail = 8

type pattern struct{ text, form string }

// For makes a search for secrets of at least 16 characters.
func For(secrets []string) Search {
	s := Search{byTail: map[string][]pattern{}, ends: make([]bool, 1<<24)}
	for _, secret := range secrets {
		for form, text := range formsOf(secret) {
			end := text[len(text)-tail:]
			s.byTail[end] = append(s.byTail[end], pattern{text, form})
			s.ends[lastThree([]byte(end))] = true
		}
	}
	return s
}

func lastThree(b []byte) int {
	n := len(b)
	return int(b[n-3])<<16 | int(b[n-2])<<8 | int(b[n-1])
}

// In looks into a text. It says in which form a secret was found but not which one: whoever reads that would read
// the secret.
func (s Search) In(content []byte) (form string, found bool) {
	for end := tail; end <= len(content); end++ {
		if !s.ends[lastThree(content[:end])] {
			continue
		}
		for _, p := range s.byTail[string(content[end-tail:end])] {
			if begin := end - len(p.text); begin >= 0 && string(content[begin:end]) == p.text {
				return p.form, true
			}
		}
	}
	return "", false
}

func formsOf(secret string) map[string]string {
	forms := map[string]string{
		"as it is":    secret,
		"URL-encoded": url.QueryEscape(secret),
		"in hex":      hex.EncodeToString([]byte(secret)),
		// What is stored in pieces still has one of them whole.
		"its first half":  secret[:len(secret)/2],
		"its second half": secret[len(secret)/2:],
	}
	// How base64 shows a secret depends on how many bytes stand before it; the
	// characters at both ends are also the neighbours'.
	for before, name := range []string{"in base64", "in base64 behind one byte", "in base64 behind two bytes"} {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", before) + secret))
		forms[name] = encoded[4 : len(encoded)-4]
		forms[name+" for URLs"] = base64.URLEncoding.EncodeToString([]byte(strings.Repeat(" ", before) + secret))[4 : len(encoded)-4]
	}
	return forms
}
