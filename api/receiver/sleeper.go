package receiver

import (
	"context"
	"sync"
	"time"

	"tributary/models"
)

const (
	// rouseAgain is how often an organization is woken although deliveries of it wait
	// already: the workflow may have read them before these came.
	rouseAgain = 2 * time.Second
	// rouseTime bounds a call of Temporal's.
	rouseTime = 10 * time.Second
)

// sleeper wakes organizations, each at most once at a time, and not for each delivery:
// every signal is kept in the workflow's history.
type sleeper struct {
	Config
	mu    sync.Mutex
	woken map[int64]time.Time
}

func newSleeper(c Config) *sleeper { return &sleeper{Config: c, woken: map[int64]time.Time{}} }

// rouse wakes the organizations of deliveries, without waiting: those in which none
// waited before at once.
func (s *sleeper) rouse(ctx context.Context, deliveries []models.Delivery, roused []int64) {
	now := s.Now()
	due := map[int64]bool{}
	s.mu.Lock()
	for _, id := range roused {
		due[id] = true
	}
	for _, d := range deliveries {
		if id := d.OrganizationID; d.State == models.DeliveryReceived && now.Sub(s.woken[id]) >= rouseAgain {
			due[id] = true
		}
	}
	for id := range due {
		s.woken[id] = now
	}
	s.mu.Unlock()
	for id := range due {
		go func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rouseTime)
			defer cancel()
			if err := s.Wake(ctx, id); err != nil {
				s.Logger.WarnContext(ctx, "deliveries wait for a worker to notice them", "organization", id, "error", err)
			}
		}()
	}
}
