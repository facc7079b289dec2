package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/danielgtaylor/huma/v2/sse"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

const (
	// streamsAtOnce is how many streams one token may have open: each holds a
	// connection.
	streamsAtOnce = 100
	// defaultHeartbeat keeps proxies from closing a stream on which nothing happens.
	defaultHeartbeat = 15 * time.Second
	// lingering is how long the end of a sync is told, also to those who come
	// later, although the organization's next sync has begun.
	lingering = time.Minute
)

// Progress is the event "progress": how far a sync has come.
type Progress struct {
	Sync    Sync                 `json:"sync"`
	AtWork  []RepositoryProgress `json:"at_work" nullable:"false" doc:"The repositories that are being read now."`
	Budgets []Budget             `json:"budgets" nullable:"false" doc:"Of the account that pays for it."`
}

// Ended is the event "ended": the final state of a sync.
type Ended struct {
	Sync Sync `json:"sync"`
}

func (s *server) registerProgress() {
	op := s.door.Describe(huma.Operation{
		OperationID: "watch-integration", Method: http.MethodGet, Path: "/integrations/{id}/events", Tags: []string{"syncs"},
		Summary: "Watch the syncs of an integration",
		Description: "Server-sent events. First everything as it is now, then every change: `progress` while a sync goes on, `ended` once at its end, `organizations` while access is checked and repositories are found, " +
			"`diagnostics` when the checks have been made, `deletion` while the integration is deleted, also when it is completed. " +
			"A reader that is slow or that reconnects gets the newest state of each and misses no end; Last-Event-ID is accepted and not needed.",
	}, []models.Code{problem.NotFound})
	op.Middlewares = huma.Middlewares{s.watchable}
	sse.Register(s.door.API, op, map[string]any{
		"progress": Progress{}, "ended": Ended{}, "organizations": Discovery{}, "diagnostics": Diagnosed{}, "deletion": Deletion{},
	}, s.streamEvents)
}

// watchable answers before the stream begins; afterwards there is no status to
// answer with.
func (s *server) watchable(ctx huma.Context, next func(huma.Context)) {
	if !door.IsID(ctx.Param("id")) {
		next(ctx) // is refused as it would be elsewhere
		return
	}
	_, err := s.Store.Integration(ctx.Context(), ctx.Param("id"))
	leave := func() {}
	if err == nil {
		leave, err = s.streams.Take(ctx.Context(), "This token watches as much as it may at once; another stream is accepted when one of them ends. Ask again")
	}
	if err != nil {
		g := humagin.Unwrap(ctx)
		door.WriteProblem(g.Writer, g.Request, s.door.Problem(ctx.Context(), err))
		return
	}
	defer leave()
	next(ctx)
}

type watchIn struct {
	IntegrationPath
	LastEventID string `header:"Last-Event-ID" maxLength:"100" doc:"Browsers send it when they reconnect."`
}

func (s *server) streamEvents(ctx context.Context, in *watchIn, send sse.Sender) {
	watch, leave := s.watches.join(in.ID)
	defer leave()
	beat := time.NewTicker(s.Heartbeat)
	defer beat.Stop()
	for seen, open := 0, true; ; {
		younger, changed := watch.since(seen)
		for _, n := range younger {
			if send(sse.Message{ID: n.id, Data: n.body}) != nil {
				return
			}
			seen = n.id
		}
		if !open {
			return
		}
		select {
		case <-changed:
		case <-beat.C:
			// Who loses access while the stream is open gets no more of it.
			if !s.door.StillAdmitted(ctx) || send.Comment("still here") != nil {
				return
			}
		case <-ctx.Done():
			return
		case <-door.Stopping(ctx):
			open = false // once more round, for what is known by now
		}
	}
}

// readStates reads the newest of everything that listeners know or are to know.
func (s *server) readStates(ctx context.Context, integrationID string, known map[string]any) (map[string]any, error) {
	syncs := maps.Clone(known)
	maps.DeleteFunc(syncs, func(id string, _ any) bool { return !door.IsID(id) })
	states, err := s.readSyncs(ctx, integrationID, syncs)
	if errors.Is(err, store.ErrNotFound) {
		states, err = map[string]any{}, nil // they are deleted
	}
	if err != nil {
		return nil, err
	}
	return states, s.addStanding(ctx, integrationID, states)
}

// readSyncs reads the newest state of every sync that listeners know or are to know.
func (s *server) readSyncs(ctx context.Context, integrationID string, known map[string]any) (map[string]any, error) {
	states := map[string]any{}
	unknown, err := s.unknownSyncs(ctx, integrationID, known)
	if err != nil {
		return nil, err
	}
	for id, state := range known {
		if _, ended := state.(Ended); ended {
			states[id] = state
		} else {
			unknown = append(unknown, id)
		}
	}
	for _, id := range unknown {
		p, err := s.Store.Progress(ctx, id)
		if err != nil {
			return nil, err
		}
		states[id] = s.viewState(p)
	}
	s.dropSuperseded(states)
	return states, nil
}

func (s *server) viewState(p store.SyncProgress) any {
	sync := s.viewSync(p.Sync)
	if sync.State.Ended() {
		return Ended{Sync: sync}
	}
	return Progress{Sync: sync, AtWork: viewAtWork(p), Budgets: views(p.Budgets, s.viewBudget)}
}

// unknownSyncs are those that go on or have just ended, newest first, and at
// the beginning also the newest of each organization.
func (s *server) unknownSyncs(ctx context.Context, integrationID string, known map[string]any) ([]string, error) {
	const pageSize = 50
	var ids []string
	if len(known) == 0 {
		organizations, err := s.Store.IntegrationOrganizations(ctx, integrationID)
		if err != nil {
			return nil, err
		}
		for _, o := range organizations {
			if o.LatestSync != nil && o.LatestSync.State.Ended() {
				ids = append(ids, o.LatestSync.ID)
			}
		}
	}
	for cursor := store.Cursor(""); ; {
		page, err := s.Store.Syncs(ctx, store.SyncFilter{IntegrationID: integrationID, Uncounted: true}, cursor, pageSize)
		if err != nil {
			return nil, err
		}
		found := len(ids)
		for _, sync := range page.Rows {
			if known[sync.ID] == nil && !s.superseded(sync.State, sync.EndedAt) {
				ids = append(ids, sync.ID)
			}
		}
		// A whole page is new only where many were started at once.
		if cursor = page.Next; cursor == "" || len(ids)-found < pageSize {
			return ids, nil
		}
	}
}

// superseded reports whether a sync ended so long ago that only the newest of an
// organization is still worth telling.
func (s *server) superseded(state models.SyncState, endedAt *time.Time) bool {
	return state.Ended() && (endedAt == nil || s.Now().Sub(*endedAt) > lingering)
}

// dropSuperseded keeps the states from growing while a stream is open.
func (s *server) dropSuperseded(states map[string]any) {
	newest := map[int64]string{} // sync ids sort by age
	for id, state := range states {
		organization := syncOf(state).OrganizationID
		newest[organization] = max(newest[organization], id)
	}
	for id, state := range states {
		sync := syncOf(state)
		if newest[sync.OrganizationID] != id && s.superseded(sync.State, sync.EndedAt) {
			delete(states, id)
		}
	}
}

func syncOf(state any) Sync {
	if ended, ok := state.(Ended); ok {
		return ended.Sync
	}
	return state.(Progress).Sync
}
