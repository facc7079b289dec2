package api_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"tributary/models"
	"tributary/store/storetest"
)

func TestAnswers_arePackedAndNotSentTwice(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	integration := storetest.Integration(t, f.store, 30)
	path := "/api/v1/integrations/" + integration.ID + "/repositories"
	plain := f.request(t, http.MethodGet, path, "", "Accept-Encoding", "identity")
	tag := plain.header.Get("ETag")
	if plain.status != http.StatusOK || tag == "" || plain.header.Get("Content-Encoding") != "" || plain.header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("%d with %v", plain.status, plain.header)
	}
	for accepted, want := range map[string]bool{"gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0": false, "*": false, "deflate": false, "gzip;q=x": false} {
		a := f.request(t, http.MethodGet, path, "", "Accept-Encoding", accepted)
		body := a.body
		if a.header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(strings.NewReader(a.body))
			must(t, err)
			unpacked, err := io.ReadAll(z)
			must(t, err)
			body = string(unpacked)
		}
		if packed := a.header.Get("Content-Encoding") == "gzip"; packed != want || body != plain.body || a.header.Get("ETag") != tag || packed && len(a.body) >= len(body)/4 {
			t.Errorf("%s: packed %t, want %t, from %d to %d bytes", accepted, packed, want, len(body), len(a.body))
		}
	}
	for sent, want := range map[string]int{
		tag: 304, `"other", ` + tag: 304, strings.TrimPrefix(tag, "W/"): 304, "*": 304, `"other"`: 200, "": 200,
	} {
		a := f.request(t, http.MethodGet, path, "", "If-None-Match", sent)
		if a.status != want || (a.body == "") != (want == 304) || a.header.Get("ETag") != tag {
			t.Errorf("with %q: %d and %d bytes, want %d", sent, a.status, len(a.body), want)
		}
	}
	_, err := f.store.Select(t.Context(), integration.ID, []int64{1001}, models.Ignored)
	must(t, err)
	if a := f.request(t, http.MethodGet, path, "", "If-None-Match", tag); a.status != http.StatusOK || a.header.Get("ETag") == tag {
		t.Errorf("after a change: %d", a.status)
	}
	for what, a := range map[string]answer{
		"a problem": f.request(t, http.MethodGet, path+"?sort=size", "", "Accept-Encoding", "gzip"),
		"a file":    f.request(t, http.MethodGet, "/api/v1/commits?format=csv", "", "Accept-Encoding", "gzip"),
		"a change":  f.request(t, http.MethodPost, path+"/ignore", `{"all":true}`, "Accept-Encoding", "gzip"),
		"little":    f.request(t, http.MethodGet, "/healthz", "", "Accept-Encoding", "gzip"),
	} {
		if a.header.Get("Content-Encoding") != "" {
			t.Errorf("%s is packed", what)
		}
	}
}
