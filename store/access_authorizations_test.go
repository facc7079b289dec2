package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

const (
	state   = "the hash of a state"
	browser = "the hash of a browser"
)

func begin(t *testing.T, s *store.Store) models.Connection {
	t.Helper()
	c, err := s.BeginAuthorization(t.Context(), store.NewAuthorization{
		Method: models.OAuth, StateHash: state, BrowserHash: browser, Mode: models.AuthorizeRedirect, Verifier: "the verifier",
	})
	must(t, err)
	return c
}

func TestAuthorization_turnsACodeIntoACredential(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		began := begin(t, s)
		if began.State != models.ConnectionPending || began.Method != models.OAuth {
			t.Errorf("began %+v", began)
		}
		if _, _, err := s.AuthorizationSecrets(ctx, began.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("secrets before the person is back: %v, want ErrNotFound", err)
		}
		c, mode, err := s.ReturnFromGitHub(ctx, state, browser, "the code")
		if err != nil || c.ID != began.ID || mode != models.AuthorizeRedirect {
			t.Fatalf("back: %+v, %s, %v", c, mode, err)
		}
		var row models.Authorization
		must(t, s.DB().Take(&row, "connection_id = ?", c.ID).Error)
		if row.StateHash != "" || !strings.HasPrefix(row.Code, "v1.") || !strings.HasPrefix(row.Verifier, "v1.") {
			t.Errorf("stored: %+v", row)
		}
		code, verifier, err := s.AuthorizationSecrets(ctx, c.ID)
		if err != nil || string(code) != "the code" || string(verifier) != "the verifier" {
			t.Errorf("secrets: %q, %q, %v", string(code), string(verifier), err)
		}
		if _, _, err := s.Credential(ctx, c.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("credential before the exchange: %v, want ErrNotFound", err)
		}
		must(t, s.FinishAuthorization(ctx, c.ID, token))
		if credential, _, err := s.Credential(ctx, c.ID); err != nil || string(credential) != token {
			t.Errorf("credential: %q, %v", string(credential), err)
		}
		if _, _, err := s.AuthorizationSecrets(ctx, c.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("secrets after the exchange: %v, want ErrNotFound", err)
		}
		if err := s.FinishAuthorization(ctx, c.ID, "another"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("finished twice: %v, want ErrNotFound", err)
		}
	})
}

func TestReturnFromGitHub_takesAStateOnceAndFromItsBrowserOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c := begin(t, s)
		refused := func(what, state, browser string) {
			t.Helper()
			if _, _, err := s.ReturnFromGitHub(ctx, state, browser, "the code"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", what, err)
			}
			if _, _, err := s.EndAuthorization(ctx, state, browser, models.ConnectionDenied, store.Refusal{}); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("denied with %s: %v, want ErrNotFound", what, err)
			}
		}
		refused("another state", "another", browser)
		refused("another browser", state, "another")
		refused("no state", "", browser)
		if got, err := s.Connection(ctx, c.ID); err != nil || got.State != models.ConnectionPending {
			t.Errorf("after refusals: %+v, %v", got, err)
		}

		var wins, losses int
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				_, _, err := s.ReturnFromGitHub(ctx, state, browser, "the code")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					wins++
				case errors.Is(err, store.ErrNotFound):
					losses++
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if wins != 1 || losses != 3 {
			t.Errorf("at once: %d came back and %d did not, want 1 and 3", wins, losses)
		}
		refused("a used state", state, browser)
		refused("a used state's row", "", browser)
	})
}

func TestEndAuthorization_saysHowItEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		begin(t, s)
		c, mode, err := s.EndAuthorization(ctx, state, browser, models.ConnectionDenied, store.Refusal{})
		if err != nil || c.State != models.ConnectionDenied || mode != models.AuthorizeRedirect {
			t.Errorf("denied: %+v, %s, %v", c, mode, err)
		}
		if _, _, err := s.ReturnFromGitHub(ctx, state, browser, "the code"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("back after a denial: %v, want ErrNotFound", err)
		}
		for _, forget := range []func(id string) error{
			func(id string) error { return s.DeleteConnection(ctx, id) },
			func(id string) error { return s.EndConnection(ctx, id, models.ConnectionDenied, store.Refusal{}) },
		} {
			must(t, forget(begin(t, s).ID))
			if n := rows(t, s, &models.Authorization{}); n != 0 {
				t.Errorf("%d authorizations are left of a connection that was forgotten", n)
			}
		}
	})
}

func TestForgetExpiredAuthorizations_endsWhatNobodyCameBackTo(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, now := t.Context(), storetest.Noon
			s := storetest.OpenAt(t, url(t), func() time.Time { return now })
			c := begin(t, s)
			now = now.Add(store.AuthorizationLife - time.Second)
			must(t, s.ForgetExpiredAuthorizations(ctx))
			if got, err := s.Connection(ctx, c.ID); err != nil || got.State != models.ConnectionPending {
				t.Errorf("in time: %+v, %v", got, err)
			}
			now = now.Add(time.Second)
			if _, _, err := s.ReturnFromGitHub(ctx, state, browser, "the code"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("back too late: %v, want ErrNotFound", err)
			}
			must(t, s.ForgetExpiredAuthorizations(ctx))
			if got, err := s.Connection(ctx, c.ID); err != nil || got.State != models.ConnectionExpired {
				t.Errorf("too late: %+v, %v", got, err)
			}
			if n := rows(t, s, &models.Authorization{}); n != 0 {
				t.Errorf("%d authorizations are left", n)
			}

			back := begin(t, s)
			now = now.Add(store.AuthorizationLife - time.Second)
			_, _, err := s.ReturnFromGitHub(ctx, state, browser, "the code")
			must(t, err)
			now = now.Add(time.Minute)
			must(t, s.ForgetExpiredAuthorizations(ctx))
			if _, _, err := s.AuthorizationSecrets(ctx, back.ID); err != nil {
				t.Errorf("a code that has just come back is forgotten: %v", err)
			}
			must(t, s.FinishAuthorization(ctx, back.ID, token))
			must(t, s.AuthorizeConnection(ctx, back.ID, store.Identity{Login: "octocat", RateOwner: "user/1"}))

			now = now.Add(25 * time.Hour)
			must(t, s.ForgetExpiredAuthorizations(ctx))
			if _, err := s.Connection(ctx, c.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a day later: %v, want ErrNotFound", err)
			}
			if _, err := s.Connection(ctx, back.ID); err != nil {
				t.Errorf("the authorized connection: %v", err)
			}
		})
	}
}
