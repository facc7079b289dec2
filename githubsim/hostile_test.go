package githubsim_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/githubsim"
)

const (
	aList      = "/repos/acme/repository/commits?per_page=100"
	aShortList = "/repos/acme/repository/commits?per_page=2"
	aQuery     = `query shown{organization(login:"acme"){repositories(first:1){nodes{id name createdAt issues(first:1){nodes{title} pageInfo{hasNextPage endCursor}}} pageInfo{hasNextPage endCursor}}}}`
)

func newHostileWorld(t *testing.T, fault githubsim.Fault) *world {
	t.Helper()
	w := newWorld(t, githubsim.Config{})
	w.sim.Populate(githubsim.Workload{Commits: 130, Issues: 3})
	w.sim.Fail(fault)
	return w
}

// TestHostileFaults_show is what some of them look like.
func TestHostileFaults_show(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind           githubsim.FaultKind
		status         int
		header, value  string // value: a part of the header
		body, inAQuery string // parts of the body, of a list and of a query
	}{
		"retry_after_year_9999": {githubsim.AbsurdLimit, 429, "Retry-After", "31 Dec 9999", "rate limit", "rate limit"},
		"limit_beyond_integer":  {githubsim.AbsurdRate, 200, "X-RateLimit-Limit", "1180591620717411303424", `"sha"`, `"repository"`},
		"remaining_59":          {githubsim.LoginAttempts, 403, "X-RateLimit-Remaining", "59", "Maximum number of login attempts", "Maximum number of login attempts"},
		"remaining_0":           {githubsim.BadCredentials, 401, "X-RateLimit-Limit", "60", "Bad credentials", "Bad credentials"},
		"sso_javascript":        {githubsim.OddRemedy, 403, "X-GitHub-SSO", "required; url=javascript:alert(1)", "SAML", "SAML"},
		"start_of_0000":         {githubsim.OddDates, 200, "", "", `"0000-01-01T00:00:00+14:00"`, `"0000-01-01T00:00:00+14:00"`},
		"lone_surrogate":        {githubsim.OddText, 200, "", "", `"acme\ud800"`, `"acme\ud800"`},
		"slashes":               {githubsim.OddNames, 200, "", "", `"acme/../../user"`, `"acme/../../user"`},
		"beyond_integer":        {githubsim.OddIDs, 200, "", "", `1180591620717411303424`, `"id":1180591620717411303424`},
		"object_for_list":       {githubsim.OddRows, 200, "", "", `{"0":{`, `"nodes":{"0":`},
		"html_as_json":          {githubsim.OddContent, 200, "Content-Type", "application/json", "<!DOCTYPE html>", "<!DOCTYPE html>"},
		"redirect_to_itself":    {githubsim.OddStatus, 0, "Location", "/", "Moved", "Moved"},
		"self":                  {githubsim.EndlessList, 200, "", "", `"sha"`, `"endCursor":"constant","hasNextPage":true`},
		"date_year_9999":        {githubsim.OddHeaders, 200, "Date", "9999", `"sha"`, `"repository"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newHostileWorld(t, githubsim.Fault{Kind: tt.kind, Variant: name, Seed: 2})
			for part, got := range map[string]answer{tt.body: w.get(aList), tt.inAQuery: w.query(aQuery, nil)} {
				if !strings.Contains(string(got.body), part) {
					t.Errorf("the body lacks %s: %.300q", part, got.body)
				}
				inQuery := w.sim.Requests()[len(w.sim.Requests())-1].Resource == "graphql"
				if tt.status != 0 && got.status != tt.status && !inQuery {
					t.Errorf("status %d, want %d", got.status, tt.status)
				}
				if tt.header != "" && !strings.Contains(got.header.Get(tt.header), tt.value) {
					t.Errorf("%s: %q, want it to contain %q", tt.header, got.header.Get(tt.header), tt.value)
				}
			}
		})
	}
}

// TestHostileFaults_endlessTextStaysLong wherever it is compressed, as in an index of Postgres.
func TestHostileFaults_endlessTextStaysLong(t *testing.T) {
	t.Parallel()
	for _, fault := range []githubsim.Fault{
		{Kind: githubsim.OddNames, Variant: "3000_characters", Seed: 2},
		{Kind: githubsim.OddIDs, Variant: "long", Seed: 2},
		{Kind: githubsim.OddText, Variant: "megabyte", Seed: 2},
	} {
		found, again := endlessText(newHostileWorld(t, fault)), endlessText(newHostileWorld(t, fault))
		if short := compressed(t, found); len(found) < 3000 || short < 2*len(found)/3 {
			t.Errorf("%s/%s: %d bytes are compressed to %d, want hardly fewer", fault.Kind, fault.Variant, len(found), short)
		}
		if found != again {
			t.Errorf("%s/%s: the same seed gives another text", fault.Kind, fault.Variant)
		}
	}
}

// endlessText is the first of a list.
func endlessText(w *world) string {
	return string(regexp.MustCompile(`"[A-Za-z0-9_]{1000}[A-Za-z0-9_]+"`).Find(w.get(aShortList).body))
}

func compressed(t *testing.T, text string) int {
	t.Helper()
	var short bytes.Buffer
	w := gzip.NewWriter(&short)
	_, err := w.Write([]byte(text))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return short.Len()
}

// TestHostileFaults_allStrike sends a list, a query and the exchange of a code into each, and keeps the server alive.
func TestHostileFaults_allStrike(t *testing.T) {
	t.Parallel()
	var complaints bytes.Buffer
	sim := githubsim.New(githubsim.Config{})
	server := httptest.NewUnstartedServer(sim)
	server.Config.ErrorLog = log.New(&complaints, "", 0)
	server.Start()
	token := sim.IssueToken(sim.AddUser("octocat"), githubsim.Token{Scopes: []string{"repo", "read:org"}})
	sim.Populate(githubsim.Workload{Commits: 130, Issues: 3})
	query, _ := json.Marshal(map[string]string{"query": aQuery})
	log.SetOutput(io.Discard) // net/http tells of answers that nobody asked for
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	for i, fault := range githubsim.HostileFaults() {
		fault.Seed, fault.Size = uint64(i), 50
		sim.Fail(fault)
		for _, r := range []struct{ method, path, body string }{
			{http.MethodGet, aShortList, ""}, {http.MethodPost, "/graphql", string(query)}, {http.MethodPost, "/login/oauth/access_token", "code=x"},
		} {
			sim.ResetRequests()
			provoke(t, patienceWith(fault), server.URL, token, r.method, r.path, r.body)
			if got, want := sim.Requests(), string(fault.Kind)+"/"+fault.Variant; len(got) == 0 || got[0].Fault != want {
				t.Errorf("%s %s: the journal has %+v, want %s", r.method, r.path, got, want)
			}
		}
		sim.Heal()
	}
	server.CloseClientConnections()
	server.Close()
	if strings.Contains(complaints.String(), "panic") {
		t.Errorf("the server says\n%s", complaints.String())
	}
}

// patienceWith is short where nothing more will come.
func patienceWith(fault githubsim.Fault) time.Duration {
	switch fault.Variant {
	case "byte_by_byte", "stalled_body", "stalled_at_once":
		return 100 * time.Millisecond
	}
	return 10 * time.Second
}

// provoke asks for something and takes what comes, for as long as it may take.
func provoke(t *testing.T, patience time.Duration, base, token, method, path, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Close = true // a connection that a fault before has broken is not met again
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
}

// TestHugeBody_isSmallOnTheWire counts what arrives of twenty million rows, before and after it is unpacked.
func TestHugeBody_isSmallOnTheWire(t *testing.T) {
	t.Parallel()
	w := newHostileWorld(t, githubsim.Fault{Kind: githubsim.HugeBody, Variant: "gzip_empty_rows"})
	packed := w.get(aList, header("Accept-Encoding", "gzip"))
	reader, err := gzip.NewReader(bytes.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	size, err := io.Copy(io.Discard, reader)
	if err != nil || size < 60_000_000 || len(packed.body) > 100_000 {
		t.Errorf("%d bytes are %d unpacked (%v), want less than 100,000 to be more than 60,000,000", len(packed.body), size, err)
	}
}

// TestEndlessList_goesOn follows the links of lists and the cursors of queries.
func TestEndlessList_goesOn(t *testing.T) {
	t.Parallel()
	for name, different := range map[string]int{"circle_of_1": 1, "circle_of_2": 2, "circle_of_3": 3, "ever_new": 7} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newHostileWorld(t, githubsim.Fault{Kind: githubsim.EndlessList, Variant: name})
			var first []any
			for next := aList; len(first) < 7; {
				got := w.get(next).expect(t, http.StatusOK)
				rows := decoded[[]object](t, got)
				if len(rows) != 100 {
					t.Fatalf("%d rows, want a full page", len(rows))
				}
				if sha := rows[0]["sha"]; !slices.Contains(first, sha) {
					first = append(first, sha)
				} else {
					break
				}
				next = strings.TrimPrefix(strings.Split(got.header.Get("Link"), ">")[0], "<")
			}
			if len(first) != different {
				t.Errorf("%d different pages, want %d", len(first), different)
			}
		})
	}
}

func TestBeHostile_playsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	play := func(seed uint64) (struck []string) {
		w := newWorld(t, githubsim.Config{})
		w.sim.Populate(githubsim.Workload{Commits: 3})
		w.sim.BeHostile(seed, 30)
		for range 60 {
			provoke(t, 3*time.Second, w.server.URL, w.token, http.MethodGet, aList, "")
		}
		for _, r := range w.sim.Requests() {
			struck = append(struck, r.Fault)
		}
		w.sim.Heal()
		w.get(aList).expect(t, http.StatusOK)
		w.server.CloseClientConnections()
		return struck
	}
	first, again, other := play(1), play(1), play(2)
	if !slices.Equal(first, again) || slices.Equal(first, other) {
		t.Errorf("seed 1 plays\n%q, then\n%q; seed 2 plays\n%q", first, again, other)
	}
	good := 0
	for _, fault := range first {
		if fault == "" {
			good++
		}
	}
	if good < 30 || good > 54 {
		t.Errorf("%d of 60 answers are good, want about 42", good)
	}
}

func TestFaults_ofUnknownVariantsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	got := w.send(http.MethodPost, w.server.URL+"/_sim/faults", []byte(`{"kind": "odd_dates", "variant": "tomorrow"}`), nil)
	if got.status != http.StatusBadRequest || !strings.Contains(string(got.body), "no such fault: odd_dates/tomorrow") {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	w.send(http.MethodPost, w.server.URL+"/_sim/hostile", []byte(`{"seed": 1, "percent": 100}`), nil).expect(t, http.StatusOK)
}

// TestAnonymousRefusals: what GitHub counts of callers without a token is what a refused one sees.
func TestAnonymousRefusals(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now, LoginAttempts: 3, AnonymousRefusals: true})
	for i := range 4 {
		got := w.get("/user", token("ghp_wrong")).expect(t, http.StatusUnauthorized)
		if left := got.header.Get("X-RateLimit-Remaining"); left != fmt.Sprint(59-i) || got.header.Get("X-RateLimit-Limit") != "60" {
			t.Errorf("bad token %d: %s of %s are left, want %d of 60", i, left, got.header.Get("X-RateLimit-Limit"), 59-i)
		}
	}
	locked := w.get("/user").expect(t, http.StatusForbidden)
	if left := locked.header.Get("X-RateLimit-Remaining"); left != "55" {
		t.Errorf("a good token sees that %s are left, want 55", left)
	}
	clock.advance(5 * time.Minute)
	if left := w.get("/user").expect(t, http.StatusOK).header.Get("X-RateLimit-Limit"); left != "5000" {
		t.Errorf("afterwards its limit is %s, want 5000", left)
	}
}
