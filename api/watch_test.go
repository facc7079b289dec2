package api

import (
	"context"
	"log/slog"
	"reflect"
	"sync/atomic"
	"testing"
)

func TestWatches_shareOnePollerAndStopIt(t *testing.T) {
	t.Parallel()
	var pollers atomic.Int32
	stopped := make(chan struct{})
	first := true
	ws := newWatches(func(ctx context.Context, _ string, known map[string]any) (map[string]any, error) {
		if first { // one goroutine only, or the race detector speaks up
			first = false
			pollers.Add(1)
			context.AfterFunc(ctx, func() { close(stopped) })
		}
		return map[string]any{"a": Ended{}}, nil
	}, slog.New(slog.DiscardHandler))

	w1, leave1 := ws.join("i")
	w2, leave2 := ws.join("i")
	if w1 != w2 {
		t.Fatal("two listeners have a watch each")
	}
	_, changed := w1.since(0)
	if younger, _ := w1.since(0); len(younger) == 0 {
		<-changed
	}
	leave1()
	select {
	case <-stopped:
		t.Fatal("the poller stopped while somebody listened")
	default:
	}
	leave2()
	<-stopped
	if len(ws.active) != 0 || pollers.Load() != 1 {
		t.Errorf("%d watches are left, %d pollers ran", len(ws.active), pollers.Load())
	}
}

func TestWatch_skipsWhatWasOvertaken(t *testing.T) {
	t.Parallel()
	w := &watch{updates: map[string]update{}, changed: make(chan struct{})}
	w.replace(map[string]any{"a": Progress{}, "b": Progress{}})
	younger, changed := w.since(0)
	if len(younger) != 2 {
		t.Fatalf("%d news, want 2", len(younger))
	}
	seen := younger[1].id
	w.replace(map[string]any{"a": Progress{}, "b": Progress{}})
	select {
	case <-changed:
		t.Error("the same state is news")
	default:
	}
	w.replace(map[string]any{"a": Progress{Sync: Sync{Done: 1}}, "b": Progress{}})
	w.replace(map[string]any{"a": Ended{}, "b": Progress{}})
	<-changed
	younger, _ = w.since(seen)
	if len(younger) != 1 || !reflect.DeepEqual(younger[0].body, Ended{}) || younger[0].id <= seen {
		t.Errorf("news = %+v, want only the end", younger)
	}
}
