package githubsim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"tributary/githubsim"
)

// discard is a ResponseWriter that keeps nothing, so that a benchmark measures the simulator alone.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func BenchmarkCommitPage(b *testing.B) {
	sim := githubsim.New(githubsim.Config{RateLimit: 1 << 40})
	sim.Populate(githubsim.Workload{Commits: 20_000})
	request := httptest.NewRequest(http.MethodGet, "/repos/acme/repository/commits?per_page=100&page=100", nil)
	request.Header.Set("User-Agent", "benchmark")
	request.Header.Set("Authorization", "Bearer "+sim.IssueToken(sim.AddUser("octocat"), githubsim.Token{}))
	for b.Loop() {
		sim.ServeHTTP(discard{http.Header{}}, request)
	}
}

func BenchmarkPullPage(b *testing.B) {
	sim := githubsim.New(githubsim.Config{RateLimit: 1 << 40})
	sim.Populate(githubsim.ReferenceWorkload())
	request := httptest.NewRequest(http.MethodGet, "/repos/acme/repository/pulls?state=all&per_page=100", nil)
	request.Header.Set("User-Agent", "benchmark")
	request.Header.Set("Authorization", "Bearer "+sim.IssueToken(sim.AddUser("octocat"), githubsim.Token{}))
	for b.Loop() {
		sim.ServeHTTP(discard{http.Header{}}, request)
	}
}

func BenchmarkCommitNodes(b *testing.B) {
	sim := githubsim.New(githubsim.Config{GraphQLLimit: 1 << 40})
	sim.Populate(githubsim.Workload{Commits: 20_000})
	truth := sim.Truth("acme").Repositories[0]
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = githubsim.CommitNodeID(truth.ID, truth.Commits[i*100].SHA)
	}
	body, err := json.Marshal(map[string]any{
		"query": `query Commits($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Commit {
			oid additions deletions changedFilesIfAvailable } } rateLimit { cost remaining resetAt } }`,
		"variables": map[string]any{"ids": ids},
	})
	if err != nil {
		b.Fatal(err)
	}
	token := sim.IssueToken(sim.AddUser("octocat"), githubsim.Token{})
	for b.Loop() {
		request := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
		request.Header.Set("User-Agent", "benchmark")
		request.Header.Set("Authorization", "Bearer "+token)
		sim.ServeHTTP(discard{http.Header{}}, request)
	}
}
