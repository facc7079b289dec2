package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tributary/github"
	"tributary/models"
)

// smallPages is how many pages of each stream of a repository are read together with
// other repositories. A repository with more in one of them is read by itself.
const smallPages = 3

// TogetherResult is what reading a batch together leads to.
type TogetherResult struct {
	Read int // repositories that were read to their end
	// Failed of those could not be read whole; their rows say why.
	Failed int               `json:",omitempty"`
	Left   []BatchRepository `json:",omitempty"` // that are read each by itself
	More   bool              `json:",omitempty"` // the slice is over, and others wait for the next one
}

// SyncTogether reads the small repositories of a batch side by side: what they ask of
// GraphQL is asked for many of them at once. Each stream has its own checkpoint and its
// own transactions, as if its repository were read alone.
func (a *Activities) SyncTogether(ctx context.Context, in BatchInput) (TogetherResult, error) {
	repositories, err := a.batch(ctx, in)
	if err != nil {
		return TogetherResult{}, err
	}
	t := &together{activities: a, syncID: in.SyncID, ends: a.Now().Add(sliceTime)}
	err = sideBySide(ctx, len(repositories), func(ctx context.Context, n int) error {
		end, err := t.read(ctx, repositories[n].ID)
		if err != nil {
			return fmt.Errorf("read %s: %w", repositories[n].FullName, err)
		}
		t.note(repositories[n], end)
		return nil
	})
	return t.result, errors.Join(err, ctx.Err()) // what is cut off is not left alone
}

// sideBySide reads n repositories side by side, and together what they ask of GraphQL. It
// returns the first error. Whatever is met ends all of them, but for a limit: the others go
// on as far as they can.
func sideBySide(ctx context.Context, n int, read func(ctx context.Context, n int) error) error {
	ctx, cancel := context.WithCancel(withAuthors(ctx))
	defer cancel()
	var mu sync.Mutex
	var first error
	github.Together(ctx, n, func(ctx context.Context, n int) {
		err := guarded(ctx, func() error { return read(ctx, n) })
		if err == nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
		if decide(err).Do != waitUntil {
			cancel()
		}
	})
	return first
}

// guarded makes an error of a panic, which would end the process: Attempt catches those of
// its own goroutine only.
func guarded(ctx context.Context, do func() error) (err error) {
	defer func() {
		if defect := recover(); defect != nil {
			err = panicked(ctx, defect)
		}
	}()
	return do()
}

// together is one slice of a batch.
type together struct {
	activities *Activities
	syncID     string
	ends       time.Time

	mu     sync.Mutex
	result TogetherResult
}

// ending is how reading a repository together with others ended.
type ending int

const (
	readWhole  ending = iota
	readInPart        // a stream of it has failed, and no other try would help
	leftAlone         // it is large, or GitHub fails at it: its own workflow has the patience
	leftLater         // the slice is over
)

func (t *together) note(repository BatchRepository, end ending) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch end {
	case readWhole:
		t.result.Read++
	case readInPart:
		t.result.Read++
		t.result.Failed++
	case leftAlone:
		t.result.Left = append(t.result.Left, repository)
	case leftLater:
		t.result.More = true
	}
}

// read reads the streams of a repository that are behind, each once those are read that
// it follows. Its error concerns more than this repository.
func (t *together) read(ctx context.Context, repositoryID int64) (end ending, err error) {
	a, in := t.activities, StreamInput{SyncID: t.syncID, RepositoryID: repositoryID, Pages: smallPages}
	defer func() {
		if defect := recover(); defect != nil {
			_ = panicked(ctx, defect)
			end, err = leftAlone, nil // its own workflow fails alone, and says why
		}
	}()
	if t.over(ctx) {
		return leftLater, nil
	}
	kinds, err := a.StartRepository(ctx, in)
	switch {
	case err != nil && (decide(err).Do == endStream || ofOne(err)): // such as a repository whose records are deleted
		return leftAlone, nil
	case err != nil:
		return 0, err
	}
	ctx = withLabelIDs(ctx)
	ended := FinishRepositoryInput{SyncID: t.syncID, RepositoryID: repositoryID, State: models.SyncCompleted}
	streams := SyncStreams(a)
	for _, kind := range models.InOrder(kinds) {
		if t.over(ctx) {
			return leftLater, nil
		}
		slice, err := streams[kind](ctx, in)
		switch d := decide(err); {
		case err == nil && slice.More, err != nil && ofOne(err):
			return leftAlone, nil
		case err != nil && d.Do != endStream:
			return 0, err
		case err != nil && d.Code != "" && ended.Code == "": // else nobody wants the stream any more
			a.measure(d)
			ended.State, ended.Code, ended.Error = models.SyncFailed, d.Code, err.Error()
		}
	}
	if ended.State == models.SyncFailed {
		end = readInPart
	}
	return end, a.FinishRepository(ctx, ended)
}

// ofOne reports whether what may pass by itself is met at one repository.
func ofOne(err error) bool {
	d := decide(err)
	return d.Do == retry && d.Code != models.DatabaseDown && d.Code != models.DatabaseUnwritable
}

func (t *together) over(ctx context.Context) bool {
	return t.activities.Now().After(t.ends) || stopping(ctx)
}
