package receiver

import (
	"context"
	"errors"
	"sync"
	"time"

	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// secretsKept is for how long the secrets of a hook are remembered, so for how long
// one that was deleted is still received from.
const secretsKept = 10 * time.Second

// signer is what is known of a hook.
type signer struct {
	organizationID int64 // 0 for our App, which all organizations share
	secrets        []store.Secret
	readAt         time.Time
}

// signers remembers hooks that exist: a busy one delivers a thousand times a second.
type signers struct {
	Config
	mu    sync.Mutex
	known map[string]signer
}

// of returns a hook, from memory if that is fresh enough.
func (s *signers) of(ctx context.Context, id string) (found signer, remembered bool, err error) {
	if id == models.AppWebhook {
		secrets, err := s.AppSecrets(ctx)
		if err == nil && len(secrets) == 0 {
			err = problem.New(problem.NotFound, "")
		}
		return signer{secrets: secrets}, false, err
	}
	s.mu.Lock()
	found, remembered = s.known[id]
	s.mu.Unlock()
	if remembered && s.Now().Sub(found.readAt) < secretsKept {
		return found, true, nil
	}
	found, err = s.read(ctx, id)
	return found, false, err
}

// read returns a hook as it is now.
func (s *signers) read(ctx context.Context, id string) (signer, error) {
	now := s.Now()
	hook, secrets, err := s.Store.WebhookSecrets(ctx, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(err, store.ErrNotFound) {
		delete(s.known, id)
		return signer{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return signer{}, err
	}
	found := signer{hook.OrganizationID, secrets, now}
	s.known[id] = found
	return found, nil
}
