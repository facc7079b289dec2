package door

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCompact_packsNoAnswerToAChange keeps the length of an answer with a token that was
// just made from telling about it.
func TestCompact_packsNoAnswerToAChange(t *testing.T) {
	t.Parallel()
	h := compact(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `"`+strings.Repeat("x", 4*worthPacking)+`"`)
	}))
	for method, want := range map[string]string{http.MethodGet: "gzip", http.MethodPost: "", http.MethodPut: "", http.MethodPatch: "", http.MethodDelete: ""} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%s is packed with %q, want %q", method, got, want)
		}
	}
}

// TestCompact_leavesABrokenFileWithoutItsEnd keeps half a file from being taken for a
// whole one.
func TestCompact_leavesABrokenFileWithoutItsEnd(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(compact(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		_, _ = io.WriteString(w, "sha\n")
		http.NewResponseController(w).Flush()
		if r.URL.Path == "/broken" {
			panic(http.ErrAbortHandler)
		}
	})))
	t.Cleanup(server.Close)
	for path, whole := range map[string]bool{"/whole": true, "/broken": false} {
		res, err := http.Get(server.URL + path) // accepts gzip, and unpacks it
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if string(body) != "sha\n" || !res.Uncompressed || (err == nil) != whole {
			t.Errorf("%s: %q, packed %t, %v", path, body, res.Uncompressed, err)
		}
	}
}
