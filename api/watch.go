package api

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"
)

// pollInterval is how often a watched integration is read. People see a bar
// that moves; the database sees a handful of small queries.
const pollInterval = 500 * time.Millisecond

// readStates returns what the listeners of an integration are to see, by the
// id of the sync or the name of the event, given what they saw last.
type readStates func(ctx context.Context, integrationID string, known map[string]any) (map[string]any, error)

// watches share one poller per integration between all who listen to it. The
// poller lives from the first listener to the last.
type watches struct {
	read   readStates
	logger *slog.Logger

	mu     sync.Mutex
	active map[string]*watch
}

func newWatches(read readStates, logger *slog.Logger) *watches {
	return &watches{read: read, logger: logger, active: map[string]*watch{}}
}

// watch is the newest that is known of an integration. It keeps states
// and no queue: a slow listener skips superseded states, and
// never the end of a sync.
type watch struct {
	stop      context.CancelFunc
	listeners int // guarded by watches.mu

	mu      sync.Mutex
	updates map[string]update
	last    int           // id of the newest update
	changed chan struct{} // closed when there are younger ones
}

// update is the newest state of one sync, or of what is done beside syncs.
type update struct {
	id   int
	body any
}

// join begins to listen to an integration; the caller calls leave once.
func (ws *watches) join(integrationID string) (w *watch, leave func()) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	w = ws.active[integrationID]
	if w == nil {
		var ctx context.Context
		w = &watch{updates: map[string]update{}, changed: make(chan struct{})}
		ctx, w.stop = context.WithCancel(context.Background())
		ws.active[integrationID] = w
		go ws.poll(ctx, integrationID, w)
	}
	w.listeners++
	return w, func() { ws.leave(integrationID, w) }
}

func (ws *watches) leave(integrationID string, w *watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if w.listeners--; w.listeners == 0 {
		w.stop()
		delete(ws.active, integrationID)
	}
}

func (ws *watches) poll(ctx context.Context, integrationID string, w *watch) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	known, failing := map[string]any{}, false
	for {
		states, err := ws.read(ctx, integrationID, known)
		if err == nil {
			known = states
			w.replace(states)
		} else if !failing && ctx.Err() == nil {
			ws.logger.WarnContext(ctx, "progress cannot be read", "integration", integrationID, "error", err)
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// replace takes over what was read, and wakes the listeners if it is new.
func (w *watch) replace(states map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, next := w.last, make(map[string]update, len(states))
	for syncID, body := range states {
		known, ok := w.updates[syncID]
		if !ok || !reflect.DeepEqual(known.body, body) {
			w.last++
			known = update{id: w.last, body: body}
		}
		next[syncID] = known
	}
	w.updates = next
	if w.last > before {
		close(w.changed)
		w.changed = make(chan struct{})
	}
}

// since returns the updates that are newer than the one seen last, oldest
// first, and what is closed when there are more.
func (w *watch) since(seen int) ([]update, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var younger []update
	for _, n := range w.updates {
		if n.id > seen {
			younger = append(younger, n)
		}
	}
	slices.SortFunc(younger, func(a, b update) int { return a.id - b.id })
	return younger, w.changed
}
