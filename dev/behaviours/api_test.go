package behaviours_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/githubsim"
	"tributary/models"
)

// get asks the API and fails the test unless it answers.
func get[T any](t testing.TB, path string) T {
	t.Helper()
	return ask[T](t, http.MethodGet, path, nil)
}

// ask sends a body, or none when it is nil.
func ask[T any](t testing.TB, method, path string, body any) (answer T) {
	t.Helper()
	status, text := send(t, method, path, body)
	if status >= 400 {
		t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%s %s: %v in %.300s", method, path, err, text)
		}
	}
	return answer
}

// refused asks for what must not be done, and returns why it was not.
func refused(t testing.TB, method, path string, body any) (problem problem.Problem) {
	t.Helper()
	status, text := send(t, method, path, body)
	if status < 400 {
		t.Fatalf("%s %s: %d, want a refusal: %.300s", method, path, status, text)
	}
	if err := json.Unmarshal(text, &problem); err != nil {
		t.Fatalf("%s %s: %v in %.300s", method, path, err, text)
	}
	return problem
}

func send(t testing.TB, method, path string, body any) (status int, text []byte) {
	t.Helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, product.url+"/api/v1"+path, content)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, text
}

type body = map[string]any

// testToken does what the button "Test connection" does.
func testToken(t testing.TB, token string) api.TokenTest {
	t.Helper()
	return ask[api.TokenTest](t, http.MethodPost, "/connections/github/token/test", body{"token": token})
}

// connect tests a token, which must do.
func connect(t testing.TB, token string) api.TokenTest {
	t.Helper()
	test := testToken(t, token)
	if !test.OK {
		t.Fatalf("the token is refused: %+v", test.Error)
	}
	return test
}

// seen lists the organizations of a connection.
func seen(t testing.TB, connectionID string) map[int64]api.ConnectionOrganization {
	t.Helper()
	return byID(get[api.Items[api.ConnectionOrganization]](t, "/connections/"+connectionID+"/organizations"))
}

// seenAgain is seen after GitHub was asked again.
func seenAgain(t testing.TB, connectionID string) map[int64]api.ConnectionOrganization {
	t.Helper()
	return byID(ask[api.Items[api.ConnectionOrganization]](t, http.MethodPost, "/connections/"+connectionID+"/organizations/refresh", nil))
}

func byID(organizations api.Items[api.ConnectionOrganization]) map[int64]api.ConnectionOrganization {
	found := map[int64]api.ConnectionOrganization{}
	for _, each := range organizations.Items {
		found[each.ID] = each
	}
	return found
}

// seenBy is an organization as a connection sees it, when GitHub has been asked about it.
func seenBy(t testing.TB, connectionID string, o *githubsim.Organization) (as api.ConnectionOrganization) {
	t.Helper()
	eventually(t, "GitHub was asked about "+o.Login(), func() bool {
		as = seen(t, connectionID)[o.ID]
		return as.ID != 0 && as.Access != models.AccessChecking
	})
	return as
}

// integrate connects with a token and creates an integration of some organizations, which imports everything.
func integrate(t testing.TB, token string, organizations ...*githubsim.Organization) api.Integration {
	t.Helper()
	return create(t, connect(t, token).ConnectionID, body{"name": named(t), "auto_import": true}, organizations...)
}

// create finishes the wizard of a connection that brings one integration.
func create(t testing.TB, connectionID string, choice body, organizations ...*githubsim.Organization) api.Integration {
	t.Helper()
	created := createAll(t, connectionID, choice, organizations...)
	if len(created) != 1 {
		t.Fatalf("%d integrations were created, want 1", len(created))
	}
	return created[0]
}

// createAll finishes the wizard of any connection.
func createAll(t testing.TB, connectionID string, choice body, organizations ...*githubsim.Organization) []api.Integration {
	t.Helper()
	for _, o := range organizations {
		seenBy(t, connectionID, o)
	}
	choice["connection_id"], choice["organizations"] = connectionID, ids(organizations)
	return ask[api.CreatedIntegrations](t, http.MethodPost, "/integrations", choice).Items
}

func ids(organizations []*githubsim.Organization) []int64 {
	ids := make([]int64, len(organizations))
	for i, o := range organizations {
		ids[i] = o.ID
	}
	return ids
}

// synced waits until every sync of an integration has ended well.
func synced(t testing.TB, integrationID string) {
	t.Helper()
	eventually(t, "the syncs have ended", func() bool {
		syncs := get[api.Page[api.Sync]](t, "/integrations/"+integrationID+"/syncs").Items
		for _, s := range syncs {
			if !s.State.Ended() {
				return false
			}
			if s.State != models.SyncCompleted {
				t.Fatalf("sync %s is %s: %+v", s.ID, s.State, s.Cause)
			}
		}
		return len(syncs) > 0
	})
}

// syncNow starts a sync of each organization by hand and waits for it.
func syncNow(t testing.TB, integrationID string) {
	t.Helper()
	ask[api.Items[api.Sync]](t, http.MethodPost, "/integrations/"+integrationID+"/syncs", nil)
	synced(t, integrationID)
}

// repositories lists what an integration shows of an organization.
func repositories(t testing.TB, integrationID string, o *githubsim.Organization) map[string]api.Repository {
	t.Helper()
	found := map[string]api.Repository{}
	for _, r := range get[api.Page[api.Repository]](t, "/integrations/"+integrationID+"/repositories?limit=200&organization="+strconv.FormatInt(o.ID, 10)).Items {
		found[r.FullName[len(o.Login())+1:]] = r
	}
	return found
}
