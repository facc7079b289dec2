package activities

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/api/problem"
	"tributary/api/receiver"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// exampleEffects says what GitHub's example payloads change, by event, or event and
// action. All others change nothing.
var exampleEffects = map[string]string{
	"push":   "read what the probe shows, or nothing", // of another branch than the default one
	"create": "nothing",                               // tags, and branches that are not the default one
	"delete": "nothing",

	"issues":                "read issues",
	"issues.deleted":        "delete from issues (deleted), read what the probe shows",
	"issues.transferred":    "delete from issues (transferred), read what the probe shows",
	"issue_comment":         "read issue_comments",
	"issue_comment.deleted": "delete from issue_comments (deleted), read what the probe shows",

	"pull_request":                        "read pull_requests",
	"pull_request_review":                 "read details, read review_comments",
	"pull_request_review_comment":         "read review_comments",
	"pull_request_review_comment.deleted": "delete from review_comments (deleted), read what the probe shows",
	"pull_request_review_thread":          "nothing", // whether it is resolved is not stored

	"label":   "read labels",
	"release": "read releases",

	"repository":                "read what the probe shows, list repositories",
	"repository.edited":         "read what the probe shows",
	"repository.renamed":        "read what the probe shows",
	"repository_import":         "read what the probe shows",
	"public":                    "read what the probe shows, list repositories",
	"organization.renamed":      "list repositories",
	"organization.member_added": "check access", // of the account that reads, as below
	"member":                    "check access",
	"membership":                "check access",
	"meta":                      "check access",

	"installation":              "list repositories, check access",
	"installation.deleted":      "check access",
	"installation.suspend":      "check access",
	"installation_repositories": "list repositories, check access",
	"github_app_authorization":  "check access",
}

// effectOfExamples is what the table says of an event and action.
func effectOfExamples(d models.Delivery) (key, effect string) {
	for _, key := range []string{d.Event + "." + d.Action, d.Event} {
		if effect, ok := exampleEffects[key]; ok {
			return key, effect
		}
	}
	return "", "nothing"
}

// example is a payload, and what of it tells whether the right row was picked.
type example struct {
	event   string
	payload json.RawMessage
	Action  string `json:"action"`
	Issue   struct {
		Number int64 `json:"number"`
	} `json:"issue"`
	PullRequest struct {
		Number int `json:"number"`
	} `json:"pull_request"`
	Comment struct {
		ID int64 `json:"id"`
	} `json:"comment"`
	Repository *struct {
		ID       int64  `json:"id"`
		FullName string `json:"full_name"`
	} `json:"repository"`
	Organization *struct {
		ID int64 `json:"id"`
	} `json:"organization"`
}

// readExamples reads the payloads of api/receiver/testdata.
func readExamples(t *testing.T) []example {
	t.Helper()
	packed, err := os.ReadFile("../api/receiver/testdata/examples.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var events []struct {
		Name     string
		Examples []json.RawMessage
	}
	if err := json.NewDecoder(unpacked).Decode(&events); err != nil {
		t.Fatal(err)
	}
	var all []example
	for _, event := range events {
		for _, payload := range event.Examples {
			e := example{event: event.Name, payload: payload}
			_ = json.Unmarshal(payload, &e) // some events have other things by these names
			all = append(all, e)
		}
	}
	if len(all) != 329 {
		t.Fatalf("%d examples, want 329", len(all))
	}
	return all
}

// receiveExamples delivers the examples to a receiver and returns what is stored, in
// their order.
func receiveExamples(t *testing.T, url string, examples []example) []models.Delivery {
	t.Helper()
	const secret = store.Secret("It's a Secret to Everybody")
	s := storetest.Open(t, url)
	handler := receiver.New(receiver.Config{
		Store: s, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
		AppSecrets: func(context.Context) ([]store.Secret, error) { return []store.Secret{secret}, nil },
		Wake:       func(context.Context, int64) error { return nil },
		Problem:    func(_ context.Context, err error) *problem.Problem { return problem.New(problem.Internal, err.Error()) },
	})
	for i, e := range examples {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, receiver.Path+models.AppWebhook, bytes.NewReader(e.payload))
		signature, _ := githubsim.Signatures(string(secret), e.payload)
		r.Header = http.Header{"X-Hub-Signature-256": {signature}, "X-Github-Delivery": {fmt.Sprintf("%03d", i)}, "X-Github-Event": {e.event}}
		answer := httptest.NewRecorder()
		if handler.ServeHTTP(answer, r); answer.Code != http.StatusAccepted {
			t.Fatalf("%s is answered %d: %s", e.payload, answer.Code, answer.Body)
		}
	}
	deliveries := storetest.Deliveries(t, url)
	if len(deliveries) != len(examples) {
		t.Fatalf("%d deliveries are stored, want %d", len(deliveries), len(examples))
	}
	return deliveries
}

func TestExamples_changeWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	urls := map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL}
	if storetest.WithoutPostgres() {
		delete(urls, "postgres")
	}
	for database, newURL := range urls {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			checkExamples(t, newURL(t))
		})
	}
}

func checkExamples(t *testing.T, url string) {
	t.Helper()
	examples := readExamples(t)
	shown := map[string]map[string]bool{} // effects, by key of the table
	for i, d := range receiveExamples(t, url, examples) {
		examples[i].check(t, d)
		key, want := effectOfExamples(d)
		got := describe(d)
		if !slices.Contains(strings.Split(want, ", or "), got) {
			t.Errorf("%s.%s: %s, want %s", d.Event, d.Action, got, want)
		}
		if shown[key] == nil {
			shown[key] = map[string]bool{}
		}
		shown[key][got] = true
		if other := concernOf(d, "somebody-else"); d.Notice.Account != "" && d.Event != "github_app_authorization" && other != (concern{}) {
			t.Errorf("%s.%s of %s changes something for another account", d.Event, d.Action, d.Notice.Account)
		}
	}
	for key, want := range exampleEffects {
		if n := len(strings.Split(want, ", or ")); len(shown[key]) != n {
			t.Errorf("the examples of %s have %d effects, want %d", key, len(shown[key]), n)
		}
	}
}

// check compares a delivery with the payload that it was made of.
func (e example) check(t *testing.T, d models.Delivery) {
	t.Helper()
	if d.Event != e.event || d.Action != e.Action || d.Times != 1 {
		t.Errorf("%s.%s is stored as %s.%s, %d times", e.event, e.Action, d.Event, d.Action, d.Times)
	}
	if e.Repository != nil && (d.RepositoryID != e.Repository.ID || d.Notice.Repository != e.Repository.FullName) {
		t.Errorf("%s.%s is about %s, want %s", e.event, e.Action, d.Notice.Repository, e.Repository.FullName)
	}
	if e.Organization != nil && d.OrganizationID != e.Organization.ID {
		t.Errorf("%s.%s is of the organization %d, want %d", e.event, e.Action, d.OrganizationID, e.Organization.ID)
	}
	if waits := d.State == models.DeliveryReceived; waits != (d.OrganizationID != 0) || !waits && d.State != models.DeliveryIgnored {
		t.Errorf("%s.%s of the organization %d is %s", e.event, e.Action, d.OrganizationID, d.State)
	}
	effect := effectOf(d)
	if gone := effect.Gone; gone != nil {
		want := e.Comment.ID
		if effect.GoneKind == models.StreamIssues {
			want = e.Issue.Number
		}
		if want == 0 || gone.Key != want || !gone.At.Equal(d.ReceivedAt) {
			t.Errorf("%s.%s: the row %d is gone, want %d", e.event, e.Action, gone.Key, want)
		}
	}
	if len(effect.Details) > 0 && (effect.Details[0] == 0 || effect.Details[0] != e.PullRequest.Number) {
		t.Errorf("%s.%s: details of %v, want those of %d", e.event, e.Action, effect.Details, e.PullRequest.Number)
	}
}

// describe says what a delivery changes where its account is the one that reads.
func describe(d models.Delivery) string {
	var all []string
	effect := effectOf(d)
	if effect.Gone != nil {
		all = append(all, fmt.Sprintf("delete from %s (%s)", effect.GoneKind, effect.Gone.Reason))
	}
	if len(effect.Details) > 0 {
		all = append(all, "read details")
	}
	for _, kind := range effect.Hints {
		if kind == "" {
			kind = "what the probe shows"
		}
		all = append(all, "read "+string(kind))
	}
	c := concernOf(d, d.Notice.Account)
	if c.relist {
		all = append(all, "list repositories")
	}
	if c.recheck {
		all = append(all, "check access")
	}
	if all == nil {
		return "nothing"
	}
	return strings.Join(all, ", ")
}
