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
			body = unpack(t, a.body)
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
		"a change":  f.request(t, http.MethodPost, path+"/ignore", `{"all":true}`, "Accept-Encoding", "gzip"),
		"little":    f.request(t, http.MethodGet, "/healthz", "", "Accept-Encoding", "gzip"),
	} {
		if a.header.Get("Content-Encoding") != "" {
			t.Errorf("%s is packed", what)
		}
	}
}

func unpack(t *testing.T, packed string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(packed))
	must(t, err)
	unpacked, err := io.ReadAll(z) // fails where the end is missing
	must(t, err)
	return string(unpacked)
}

func TestAnswers_documentAndFilesArePacked(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	storetest.Integration(t, f.store, 1)
	save(t, f.store, models.StreamCommits, models.Page{Commits: storetest.Commits(1, 100)})
	for _, path := range []string{"/api/openapi.json", "/api/v1/commits?limit=100", "/api/v1/commits?format=csv"} {
		plain := f.request(t, http.MethodGet, path, "", "Accept-Encoding", "identity")
		packed := f.request(t, http.MethodGet, path, "", "Accept-Encoding", "gzip")
		if plain.status != http.StatusOK || plain.header.Get("Content-Encoding") != "" || len(plain.body) < 4<<10 {
			t.Errorf("%s: %d, %d bytes, %v", path, plain.status, len(plain.body), plain.header)
		}
		if packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Vary") != "Accept-Encoding" || len(packed.body) >= len(plain.body)/2 {
			t.Errorf("%s: from %d to %d bytes, %v", path, len(plain.body), len(packed.body), packed.header)
			continue
		}
		if unpack(t, packed.body) != plain.body || packed.header.Get("Content-Type") != plain.header.Get("Content-Type") {
			t.Errorf("%s: packed it is another answer", path)
		}
	}
}

func TestEvents_comeAtOnceToThoseWhoUnpackToo(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	integration := storetest.Integration(t, f.store, 1)
	s := watch(t, f.url+"/api/v1/integrations/"+integration.ID+"/events", "Accept-Encoding", "gzip")
	if packed := s.res.Header.Get("Content-Encoding"); packed != "" {
		t.Errorf("events are packed with %s", packed)
	}
	queued := s.until(t, "queued sync", func(e event) bool { return e.sync.State == models.SyncQueued })
	run(t, f.store, queued.sync.ID)
	s.until(t, "stored page, while the stream goes on", func(e event) bool { return e.sync.Stored["commits"] > 0 })
}
