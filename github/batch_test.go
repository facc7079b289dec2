package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/github"
)

// nodes answers nodes queries: commits for all ids, unless trouble has an answer for the ids of a request. Through REST
// it has the repository and no commit.
type nodes struct {
	t       *testing.T
	trouble func(ids []string) (answer, bool)
	asked   []int // ids per request
	read    int   // through REST
}

var unknownCommit = answer{422, nil, `{"message":"No commit found for SHA: c1","documentation_url":"https://docs.github.com/rest","status":"422"}`}

func (n *nodes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		n.read++
		knowsNoCommit(w, r)
		return
	}
	var query struct {
		Variables struct{ IDs []string }
	}
	if err := json.NewDecoder(r.Body).Decode(&query); err != nil {
		n.t.Error(err)
	}
	ids := query.Variables.IDs
	n.asked = append(n.asked, len(ids))
	if a, ok := n.trouble(ids); ok {
		a.ServeHTTP(w, r)
		return
	}
	objects := make([]string, len(ids))
	for i, id := range ids {
		objects[i] = commitNode(id)
	}
	ok(`{"data":{"rateLimit":{"cost":1},"nodes":[`+strings.Join(objects, ",")+`]}}`).ServeHTTP(w, r)
}

func knowsNoCommit(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "/commits/") {
		unknownCommit.ServeHTTP(w, r)
	} else {
		ok(`{"id":7}`).ServeHTTP(w, r)
	}
}

func commitNode(sha string) string {
	return `{"__typename":"Commit","oid":"` + sha + `","additions":3,"deletions":1,"changedFilesIfAvailable":null,` +
		`"author":{"date":"2026-01-02T03:04:05+05:30"},"committer":null,"parents":{"nodes":[{"oid":"p1"},{"oid":"p2"}]}}`
}

// refs are commits whose SHAs are their node ids.
func refs(ids []string) []github.CommitRef {
	commits := make([]github.CommitRef, len(ids))
	for i, id := range ids {
		commits[i] = github.CommitRef{NodeID: id, SHA: id}
	}
	return commits
}

func names(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("c%d", i)
	}
	return ids
}

// checkDetails expects every commit in its place, except for the unavailable ones.
func checkDetails(t *testing.T, ids []string, details []github.CommitDetails, unavailable map[string]string) {
	t.Helper()
	if len(details) != len(ids) {
		t.Fatalf("%d details for %d ids", len(details), len(ids))
	}
	for i, d := range details {
		if reason := unavailable[ids[i]]; d.Unavailable != reason || (reason == "") != (d.SHA == ids[i]) {
			t.Errorf("%s: got %q, unavailable %q; want unavailable %q", ids[i], d.SHA, d.Unavailable, reason)
		}
	}
}

const gaveUp = "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists."

func TestCommitDetails_findsTheOneThatGitHubCannotCompute(t *testing.T) {
	t.Parallel()
	something := "Something went wrong while executing your query on 2025-11-02T10:00:00Z. This may be the result of a timeout, or it could be a GitHub bug."
	for name, failing := range map[string]struct {
		answer answer
		reason string
	}{
		"502":              {answer{502, nil, `{"message":"` + gaveUp + `"}`}, gaveUp},
		"504 without body": {answer{504, map[string]string{"Content-Type": "text/html"}, ``}, "Gateway Timeout"},
		"resource limits":  {ok(`{"data":{"nodes":[]},"errors":[{"type":"RESOURCE_LIMITS_EXCEEDED","path":["nodes",0],"message":"Resource limits for this query exceeded."}]}`), "Resource limits for this query exceeded."},
		"a bug":            {ok(`{"data":null,"errors":[{"message":"` + something + `"}]}`), something},
	} {
		for _, position := range []int{0, 60, 99} {
			t.Run(fmt.Sprintf("%s at %d", name, position), func(t *testing.T) {
				t.Parallel()
				bad := fmt.Sprintf("c%d", position)
				n := &nodes{t: t, trouble: func(ids []string) (answer, bool) { return failing.answer, slices.Contains(ids, bad) }}
				s := serve(t, n)
				ids := names(100)
				details, err := s.client(t).CommitDetails(t.Context(), 7, refs(ids))
				if err != nil {
					t.Fatal(err)
				}
				checkDetails(t, ids, details, map[string]string{bad: failing.reason})
				if len(n.asked) > 18 || n.read != 2 {
					t.Errorf("asked for %v, and %d times through REST", n.asked, n.read)
				}
			})
		}
	}
}

func TestCommitDetails_asksForFewerWhenAllAreHeavy(t *testing.T) {
	t.Parallel()
	n := &nodes{t: t, trouble: func(ids []string) (answer, bool) {
		return answer{502, nil, `{"message":"` + gaveUp + `"}`}, len(ids) > 30
	}}
	client := serve(t, n).client(t)
	for _, want := range [][]int{{100, 50, 25, 25, 25, 25}, {50, 25, 25, 25, 25}} { // the second time it knows the size
		n.asked = nil
		ids := names(100)
		details, err := client.CommitDetails(t.Context(), 7, refs(ids))
		if err != nil {
			t.Fatal(err)
		}
		checkDetails(t, ids, details, nil)
		if !slices.Equal(n.asked, want) {
			t.Errorf("asked for %v, want %v", n.asked, want)
		}
	}
}

func TestCommitDetails_blamesNoCommitForAnOutage(t *testing.T) {
	t.Parallel()
	outage := true
	n := &nodes{t: t, trouble: func([]string) (answer, bool) { return answer{status: 502}, outage }}
	current := time.Now()
	host := newHost(t, github.Config{APIURL: serve(t, n).URL + "/", MaxWait: time.Nanosecond, Now: func() time.Time { return current }})
	client := host.Client(github.Credential{Token: github.StaticToken(secret), RateOwner: "user:1"})
	other := host.Client(github.Credential{Token: github.StaticToken(secret), RateOwner: "user:1"})
	ask := func(c *github.Client) error { return second(c.CommitDetails(t.Context(), 7, refs(names(100)))) }

	for range 30 { // every second, for two repositories
		for _, c := range []*github.Client{client, other} {
			if got := refused(t, ask(c)); got.Kind != github.ServerError || !got.Temporary() {
				t.Fatalf("got %v", got)
			}
		}
		current = current.Add(time.Second)
	}
	if len(n.asked) >= 20 || n.read > 0 {
		t.Errorf("in an outage it asked for %v, and %d times through REST", n.asked, n.read)
	}

	outage, n.asked = false, nil
	current = current.Add(time.Minute)
	if err := ask(client); err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 2, 4, 8, 16, 32, 37}; !slices.Equal(n.asked, want) {
		t.Errorf("after the outage it asked for %v, want %v", n.asked, want)
	}

	down := &nodes{t: t, trouble: func([]string) (answer, bool) { return answer{status: 503}, true }}
	refused(t, second(serve(t, down).client(t).CommitDetails(t.Context(), 7, refs(names(100)))))
	if !slices.Equal(down.asked, []int{100}) {
		t.Errorf("asked for %v although GitHub is down", down.asked)
	}
}

func TestCommitDetails_asksASuspectTwice(t *testing.T) {
	t.Parallel()
	failures := 0
	n := &nodes{t: t, trouble: func(ids []string) (answer, bool) {
		if slices.Contains(ids, "c0") {
			failures++
		}
		return answer{status: 502}, slices.Contains(ids, "c0") && failures <= 2
	}}
	details, err := serve(t, n).client(t).CommitDetails(t.Context(), 7, refs(names(2)))
	if err != nil {
		t.Fatal(err)
	}
	checkDetails(t, names(2), details, nil)
	if want := []int{2, 1, 1, 1, 1}; !slices.Equal(n.asked, want) || n.read > 0 {
		t.Errorf("asked for %v and %d times through REST", n.asked, n.read)
	}
}

func TestCommitDetails_keepsTheOthersWhenOneIsUnavailable(t *testing.T) {
	t.Parallel()
	ids := names(3)
	for name, trouble := range map[string]struct{ failed, reason string }{
		"no additions": {`{"message":"The additions count for this commit is unavailable.","path":["nodes",1,"additions"]}`, "The additions count for this commit is unavailable."},
		"gone":         {`{"type":"NOT_FOUND","path":["nodes",1],"message":"Could not resolve to a node with the global id of 'c1'."}`, "Could not resolve to a node with the global id of 'c1'."},
		"hidden part":  {`{"type":"FORBIDDEN","path":["nodes",1,"author"],"message":"Hidden."},{"type":"FORBIDDEN","path":["nodes",1,"committer"],"message":"Hidden."}`, "Hidden."},
		"overloaded":   {`{"type":"SERVICE_UNAVAILABLE","path":["nodes",1,"deletions"],"message":"Unavailable."}`, "Unavailable."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					knowsNoCommit(w, r)
					return
				}
				ok(`{"data":{"rateLimit":{"cost":1},"nodes":[`+commitNode("c0")+`,null,`+commitNode("c2")+`]},"errors":[`+trouble.failed+`]}`).ServeHTTP(w, r)
			}))
			details, err := s.client(t).CommitDetails(t.Context(), 7, refs(ids))
			if err != nil {
				t.Fatal(err)
			}
			checkDetails(t, ids, details, map[string]string{"c1": trouble.reason})
			if n := s.requests.Load(); n != 3 {
				t.Errorf("%d requests, want one for all, one for the commit through REST and one for its repository", n)
			}
		})
	}
}

func TestCommitDetails_takesNoLostAccessForMissingCommits(t *testing.T) {
	t.Parallel()
	missing := func(kind, more string) answer {
		return ok(`{"data":{"nodes":[null,null]},"errors":[{"type":"` + kind + `","path":["nodes",0],"message":"No"` + more + `},{"type":"` + kind + `","path":["nodes",1],"message":"No"` + more + `}]}`)
	}
	for want, answer := range map[github.Kind]answer{
		github.NotFound:     missing("NOT_FOUND", ""),
		github.SSORequired:  missing("FORBIDDEN", `,"extensions":{"saml_failure":true}`),
		github.Refused:      missing("FORBIDDEN", ""),
		github.ScopeMissing: missing("INSUFFICIENT_SCOPES", ""),
	} {
		if got := refused(t, second(serve(t, answer).client(t).CommitDetails(t.Context(), 7, refs(names(2))))); got.Kind != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

func TestCommitDetails_doesNotHalveForALimit(t *testing.T) {
	t.Parallel()
	calls := 0
	n := &nodes{t: t, trouble: func(ids []string) (answer, bool) {
		calls++
		return answer{429, nil, secondaryBody}, calls == 2
	}}
	limited(t, second(serve(t, n).client(t).CommitDetails(t.Context(), 7, refs(names(150)))))
	if want := []int{100, 50}; !slices.Equal(n.asked, want) {
		t.Errorf("asked for %v, want %v", n.asked, want)
	}
}

func TestCommitDetails_keepsWhatGitRecorded(t *testing.T) {
	t.Parallel()
	n := &nodes{t: t, trouble: func([]string) (answer, bool) { return answer{}, false }}
	var usage github.Usage
	details, err := serve(t, n).client(t).CommitDetails(github.WithUsage(t.Context(), &usage), 7, refs([]string{"a"}))
	if err != nil {
		t.Fatal(err)
	}
	d := details[0]
	if _, offset := d.AuthoredAt.Zone(); offset != 5*3600+1800 || !d.CommittedAt.IsZero() {
		t.Errorf("authored %v, committed %v", d.AuthoredAt, d.CommittedAt)
	}
	if d.Additions != 3 || d.Deletions != 1 || d.ChangedFiles != nil || !slices.Equal(d.Parents, []string{"p1", "p2"}) {
		t.Errorf("got %+v", d)
	}
	if spent := usage.Take(); spent.Requests != 1 || spent.GraphQLPoints != 1 {
		t.Errorf("spent %+v", spent)
	}
}

func TestCommitDetails_ofNothingAsksNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`{}`))
	if details, err := s.client(t).CommitDetails(t.Context(), 7, refs(nil)); err != nil || len(details) != 0 || s.requests.Load() != 0 {
		t.Errorf("got %v, %v after %d requests", details, err, s.requests.Load())
	}
}

func TestPullRequestDetails_acceptsActorsOfEveryType(t *testing.T) {
	t.Parallel()
	pr := func(mergedBy string) string {
		return `{"__typename":"PullRequest","id":"PR_1","fullDatabaseId":"2200000001","number":4,"updatedAt":"2026-01-02T03:04:05Z","additions":1,"deletions":2,"changedFiles":3,` +
			`"mergedBy":` + mergedBy + `,"comments":{"totalCount":5},"reviews":null,"commits":{"totalCount":1,"pageInfo":{"hasNextPage":false,"endCursor":null},"nodes":[null]}}`
	}
	actors := map[string]*github.Actor{
		`{"__typename":"User","login":"octocat","id":"U_1","databaseId":1}`:          {ID: 1, NodeID: "U_1", Login: "octocat", Type: "User"},
		`{"__typename":"Bot","login":"renovate","id":"BOT_2","databaseId":2}`:        {ID: 2, NodeID: "BOT_2", Login: "renovate[bot]", Type: "Bot"},
		`{"__typename":"EnterpriseUserAccount","login":"octocat_acme","id":"EUA_3"}`: {NodeID: "EUA_3", Login: "octocat_acme", Type: "EnterpriseUserAccount"},
		`{"__typename":"Robot","login":"new"}`:                                       {Login: "new", Type: "Robot"},
		`null`:                                                                       nil,
	}
	for sent, want := range actors {
		details, err := serve(t, ok(`{"data":{"nodes":[`+pr(sent)+`]}}`)).client(t).PullRequestDetails(t.Context(), 7, []github.PullRequestRef{{NodeID: "PR_1", Number: 4}})
		if err != nil {
			t.Fatal(err)
		}
		got := details[0]
		if got.ID != 2200000001 || got.Number != 4 || got.CommentsCount != 5 || len(got.Commits) != 0 {
			t.Errorf("got %+v", got)
		}
		if (got.MergedBy == nil) != (want == nil) || (want != nil && *got.MergedBy != *want) {
			t.Errorf("%s: got %+v, want %+v", sent, got.MergedBy, want)
		}
	}
}

func TestProbeRepositories_asksForFewerWhenGitHubGivesUp(t *testing.T) {
	t.Parallel()
	var firsts []int
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var query struct{ Variables map[string]any }
		_ = json.NewDecoder(r.Body).Decode(&query)
		first := int(query.Variables["first"].(float64))
		if _, sent := query.Variables["after"]; sent {
			t.Error("an empty cursor was sent")
		}
		if firsts = append(firsts, first); first > 25 {
			answer{status: 504}.ServeHTTP(w, r)
			return
		}
		ok(`{"data":{"node":{"__typename":"Organization","databaseId":5,"login":"acme","repositories":{"totalCount":2,"pageInfo":{"hasNextPage":true,"endCursor":"Y"},"nodes":[{"id":"R_8","databaseId":8,"isEmpty":true,"defaultBranchRef":null,"visibility":"PRIVATE"},null]}}},`+
			`"errors":[{"message":"Odd.","path":["node","repositories","nodes",1,"isEmpty"]}]}`).ServeHTTP(w, r)
	}))
	page, err := s.client(t).ProbeRepositories(t.Context(), acme, "")
	if err != nil || !slices.Equal(firsts, []int{100, 50, 25}) {
		t.Fatalf("asked for %v, %v", firsts, err)
	}
	if page.OrganizationID != 5 || page.Total != 2 || page.Next != "Y" || len(page.Repositories) != 1 || len(page.Hidden) != 1 || page.Hidden[0].Message != "Odd." {
		t.Errorf("got %+v", page)
	}
	if r := page.Repositories[0]; r.ID != 8 || r.Visibility != "private" || r.HeadSHA != "" || !r.Empty || r.Issues.NewestAt != nil {
		t.Errorf("got %+v", r)
	}
}
