package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
)

func TestTokens_areMadeShownOnceAndRevoked(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{})
	admin, adminID := f.token(t, "mona", models.RoleAdmin)
	var made api.CreatedToken
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	f.request(t, http.MethodPost, "/api/v1/tokens", `{"name":"grafana","role":"viewer","expires_at":"`+expires.Format(time.RFC3339)+`"}`, bearer(admin)...).into(t, http.StatusCreated, &made)
	if made.Name != "grafana" || made.Role != models.RoleViewer || made.State != models.TokenUsable || made.CreatedBy != "mona" || !made.ExpiresAt.Equal(expires) || !strings.HasPrefix(made.Secret, made.Prefix) {
		t.Fatalf("made %+v", made)
	}
	if a := f.request(t, http.MethodGet, "/api/v1/providers", "", bearer(made.Secret)...); a.status != http.StatusOK {
		t.Fatalf("the new token = %d: %s", a.status, a.body)
	}
	a := f.request(t, http.MethodGet, "/api/v1/tokens", "", bearer(admin)...)
	var list api.Items[api.Token]
	a.into(t, http.StatusOK, &list)
	if strings.Contains(string(a.body), made.Secret) || len(list.Items) != 2 || list.Items[1].ID != made.ID || list.Items[1].LastUsedAt == nil {
		t.Errorf("tokens = %s", a.body)
	}
	if a := f.request(t, http.MethodDelete, "/api/v1/tokens/"+made.ID, "", bearer(admin)...); a.status != http.StatusNoContent {
		t.Fatalf("revoke = %d: %s", a.status, a.body)
	}
	f.request(t, http.MethodGet, "/api/v1/providers", "", bearer(made.Secret)...).problem(t, http.StatusUnauthorized)
	f.request(t, http.MethodDelete, "/api/v1/tokens/"+made.ID, "", bearer(admin)...).problem(t, http.StatusNotFound)
	if p := f.request(t, http.MethodDelete, "/api/v1/tokens/"+adminID, "", bearer(admin)...).problem(t, http.StatusConflict); p.Code != problem.LastAdmin {
		t.Errorf("the last admin: %+v", p)
	}

	var log api.Page[api.AuditEvent]
	f.request(t, http.MethodGet, "/api/v1/audit-events", "", bearer(admin)...).into(t, http.StatusOK, &log)
	var of []string
	for _, e := range log.Items {
		if e.SubjectID == made.ID {
			of = append(of, e.Action+" "+e.SubjectKind+" "+e.ActorName+" "+string(e.Outcome))
		}
	}
	if got, want := strings.Join(of, ", "), "revoke-token token mona failed, revoke-token token mona done, create-token token mona done"; got != want {
		t.Errorf("the audit log has %q, want %q", got, want)
	}
}

func TestTokens_thatCannotBeMade(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{})
	admin, _ := f.token(t, "mona", models.RoleAdmin)
	for body, want := range map[string]struct {
		status int
		code   models.Code
	}{
		`{"name":"mona","role":"viewer"}`:                                  {http.StatusConflict, models.NameTaken},
		`{"name":" a","role":"viewer"}`:                                    {http.StatusUnprocessableEntity, problem.InvalidRequest},
		`{"name":"a\u202eb","role":"viewer"}`:                              {http.StatusUnprocessableEntity, problem.InvalidRequest},
		`{"name":"a","role":"owner"}`:                                      {http.StatusUnprocessableEntity, problem.InvalidRequest},
		`{"name":"a","role":"viewer","expires_at":"2020-01-01T00:00:00Z"}`: {http.StatusUnprocessableEntity, problem.InvalidRequest},
		`{"name":"` + strings.Repeat("a", 101) + `","role":"viewer"}`:      {http.StatusUnprocessableEntity, problem.InvalidRequest},
	} {
		if p := f.request(t, http.MethodPost, "/api/v1/tokens", body, bearer(admin)...).problem(t, want.status); p.Code != want.code {
			t.Errorf("%s: %+v", body, p)
		}
	}
}
