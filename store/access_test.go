package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// eachAt is storetest.Each with a clock that the test moves.
func eachAt(t *testing.T, test func(t *testing.T, s *store.Store, pass func(time.Duration))) {
	t.Helper()
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := storetest.Noon
			s := storetest.OpenAt(t, url(t), func() time.Time { return now })
			test(t, s, func(d time.Duration) { now = now.Add(d) })
		})
	}
}

func newToken(t *testing.T, s *store.Store, name string, role models.Role, expires *time.Time) (store.Secret, models.APIToken) {
	t.Helper()
	secret, token, err := s.CreateToken(t.Context(), store.NewToken{Name: name, Role: role, CreatedBy: "mona", ExpiresAt: expires})
	must(t, err)
	return secret, token
}

func TestToken_isFoundByItsHashUntilItEnds(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		secret, token := newToken(t, s, "ci", models.RoleViewer, new(storetest.Noon.Add(time.Hour)))
		if !strings.HasPrefix(string(secret), "trb_") || len(secret) != 56 || !strings.HasPrefix(string(secret), token.Prefix) || len(token.Prefix) != 10 {
			t.Fatalf("a token of %d characters with prefix %q", len(secret), token.Prefix)
		}
		found, err := s.UsableToken(ctx, store.HashToken(secret))
		must(t, err)
		if found.ID != token.ID || found.Role != models.RoleViewer || found.LastUsedAt != nil {
			t.Errorf("found %+v", found)
		}
		pass(time.Hour - time.Second)
		if _, err := s.UsableToken(ctx, store.HashToken(secret)); err != nil {
			t.Errorf("a second before it expires: %v", err)
		}
		pass(time.Second)
		if _, err := s.UsableToken(ctx, store.HashToken(secret)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("when it expires: %v, want ErrNotFound", err)
		}
		if _, err := s.UsableToken(ctx, store.HashToken(secret+"x")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown token: %v, want ErrNotFound", err)
		}
	})
}

func TestTouchToken_writesAtMostOnceAMinute(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		secret, _ := newToken(t, s, "ci", models.RoleViewer, nil)
		for _, step := range []struct{ after, want time.Duration }{{0, 0}, {59 * time.Second, 0}, {time.Second, time.Minute}} {
			pass(step.after)
			token, err := s.UsableToken(ctx, store.HashToken(secret))
			must(t, err)
			must(t, s.TouchToken(ctx, token))
			token, err = s.UsableToken(ctx, store.HashToken(secret))
			must(t, err)
			if want := storetest.Noon.Add(step.want); token.LastUsedAt == nil || !token.LastUsedAt.Equal(want) {
				t.Errorf("last used at %v, want %v", token.LastUsedAt, want)
			}
		}
	})
}

func TestCreateToken_refusesANameUntilItsTokenIsRevoked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		newToken(t, s, "ci", models.RoleViewer, nil)
		_, _, err := s.CreateToken(t.Context(), store.NewToken{Name: "ci", Role: models.RoleViewer})
		if !errors.Is(err, store.ErrTokenName) {
			t.Errorf("the same name: %v, want ErrTokenName", err)
		}
		_, err = s.RevokeToken(t.Context(), "ci", "mona", false)
		must(t, err)
		newToken(t, s, "ci", models.RoleViewer, nil)
	})
}

func TestRevokeToken_endsItsSessionsToo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		secret, token := newToken(t, s, "ui", models.RoleViewer, nil)
		other, _ := newToken(t, s, "other", models.RoleViewer, nil)
		_, mine, err := s.CreateSession(ctx, store.HashToken(secret))
		must(t, err)
		_, theirs, err := s.CreateSession(ctx, store.HashToken(other))
		must(t, err)
		_, err = s.RevokeToken(ctx, token.ID, "mona", false)
		must(t, err)
		if _, err := s.UsableToken(ctx, store.HashToken(secret)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("token: %v, want ErrNotFound", err)
		}
		if _, err := s.Session(ctx, mine.Hash); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("its session: %v, want ErrNotFound", err)
		}
		if _, err := s.Session(ctx, theirs.Hash); err != nil {
			t.Errorf("another token's session: %v", err)
		}
		if _, err := s.RevokeToken(ctx, token.ID, "mona", false); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("revoked twice: %v, want ErrNotFound", err)
		}
	})
}

func TestRevokeToken_keepsTheLastAdmin(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		newToken(t, s, "short", models.RoleAdmin, new(storetest.Noon.Add(time.Hour)))
		newToken(t, s, "only", models.RoleAdmin, nil)
		newToken(t, s, "viewer", models.RoleViewer, nil)
		pass(time.Hour) // from here on the first is no admin any more
		if _, err := s.RevokeToken(ctx, "only", "mona", false); !errors.Is(err, store.ErrLastAdmin) {
			t.Errorf("revoke the last admin: %v, want ErrLastAdmin", err)
		}
		for _, name := range []string{"short", "viewer"} {
			_, err := s.RevokeToken(ctx, name, "mona", false)
			must(t, err)
		}
		if has, err := s.HasAdminToken(ctx); err != nil || !has {
			t.Errorf("HasAdminToken = %v, %v; want true", has, err)
		}
		_, err := s.RevokeToken(ctx, "only", "mona", true)
		must(t, err)
		if has, err := s.HasAdminToken(ctx); err != nil || has {
			t.Errorf("HasAdminToken = %v, %v; want false", has, err)
		}
	})
}

func TestRevokeToken_keepsOneAdminOfSeveralRevokedAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const admins = 4
		var group errgroup.Group
		for i := range admins {
			newToken(t, s, fmt.Sprint("admin ", i), models.RoleAdmin, nil)
		}
		for i := range admins {
			group.Go(func() error {
				_, err := s.RevokeToken(t.Context(), fmt.Sprint("admin ", i), "mona", false)
				if errors.Is(err, store.ErrLastAdmin) {
					return nil
				}
				return err
			})
		}
		must(t, group.Wait())
		if has, err := s.HasAdminToken(t.Context()); err != nil || !has {
			t.Errorf("HasAdminToken = %v, %v; want true", has, err)
		}
	})
}

func TestSession_endsWhenIdleAndInAnyCase(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		_, idle, err := s.CreateSession(ctx, "hash")
		must(t, err)
		secret, used, err := s.CreateSession(ctx, "hash")
		must(t, err)
		if used.Hash != store.HashToken(secret) {
			t.Error("a session is not found by the hash of its cookie")
		}
		for range 15 { // 7.5 days with steps that are shorter than the idle time
			pass(11 * time.Hour)
			session, err := s.Session(ctx, used.Hash)
			must(t, err)
			must(t, s.TouchSession(ctx, session))
		}
		pass(3*time.Hour - time.Second)
		if _, err := s.Session(ctx, used.Hash); err != nil {
			t.Errorf("a second before the end of its life: %v", err)
		}
		pass(time.Second)
		for name, hash := range map[string]string{"idle": idle.Hash, "used for a week": used.Hash} {
			if _, err := s.Session(ctx, hash); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("session %s: %v, want ErrNotFound", name, err)
			}
		}
		_, fresh, err := s.CreateSession(ctx, "hash")
		must(t, err)
		var left []models.Session
		must(t, s.DB().Find(&left).Error)
		if len(left) != 1 || left[0].Hash != fresh.Hash {
			t.Errorf("%d sessions are stored, want only the new one", len(left))
		}
		must(t, s.EndSession(ctx, fresh.Hash))
		if _, err := s.Session(ctx, fresh.Hash); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("signed out: %v, want ErrNotFound", err)
		}
	})
}

func TestAuditEvents_areListedNewestFirstWithTheirOutcome(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for i := range 5 {
			e := models.AuditEvent{Action: fmt.Sprint("action-", i), Outcome: models.AuditBegun}
			must(t, s.RecordAudit(ctx, &e))
			e.Actor, e.SubjectID, e.Details, e.Outcome = "a", "7", map[string]string{"code": "not_found"}, models.AuditFailed
			must(t, s.CompleteAudit(ctx, e))
		}
		var got []string
		must(t, store.Each(func(c store.Cursor) (store.List[models.AuditEvent], error) { return s.AuditEvents(ctx, c, 2) },
			func(rows []models.AuditEvent) error {
				for _, e := range rows {
					got = append(got, e.Action)
					if e.Actor != "a" || e.SubjectID != "7" || e.Details["code"] != "not_found" || e.Outcome != models.AuditFailed || e.At.IsZero() {
						t.Errorf("event = %+v", e)
					}
				}
				return nil
			}))
		if want := "action-4 action-3 action-2 action-1 action-0"; strings.Join(got, " ") != want {
			t.Errorf("actions = %v, want %s", got, want)
		}
		if _, err := s.AuditEvents(ctx, "AAAA", 2); !errors.Is(err, store.ErrCursor) {
			t.Errorf("a cursor of nothing: %v, want ErrCursor", err)
		}
	})
}

// TestTokens_areNotStored looks for the secrets in every row.
func TestTokens_areNotStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		token, _ := newToken(t, s, "ci", models.RoleAdmin, nil)
		cookie, _, err := s.CreateSession(ctx, store.HashToken(token))
		must(t, err)
		rows := 0
		for _, table := range []string{"api_tokens", "sessions", "audit_events"} {
			var found []map[string]any
			must(t, s.DB().Table(table).Find(&found).Error)
			rows += len(found)
			text, err := json.Marshal(found)
			must(t, err)
			for _, secret := range []store.Secret{token, cookie} {
				if strings.Contains(string(text), string(secret[len(secret)/2:])) || strings.Contains(string(text), string(secret[:len(secret)/2])) {
					t.Errorf("%s holds a secret: %s", table, text)
				}
			}
		}
		if rows != 3 { // a token, a session, an audit event
			t.Errorf("%d rows were searched, want 3", rows)
		}
	})
}
