package github

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// maxBatch is the most ids that one query may name.
const maxBatch = 100

// batch reads details of many objects, several with one question. One object that GitHub cannot answer for must
// cost neither the others nor forever, and an outage is no object's fault.
type batch[Ref comparable, T incomplete] struct {
	client  *Client
	kind    string
	maxSize int   // objects that one question may name
	single  bool  // they are asked for one by one, so that fewer of them are no easier
	scope   int64 // the repository where alone the refs mean something; 0 is everywhere
	// ask reads the details of objects, in their order.
	ask func(ctx context.Context, refs []Ref) ([]T, error)
	// absent makes the details of an object that has none.
	absent func(Absence) T
}

// absentee says what is missing of an object.
type incomplete interface{ absence() Absence }

// read returns the details of all objects, in their order. It halves what it asks for at once while GitHub
// gives up; the last one left is a suspect.
func (b batch[Ref, T]) read(ctx context.Context, refs []Ref) ([]T, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	trial := b.breaker()
	if err := trial.allow(); err != nil {
		return nil, err
	}
	read := make([]T, 0, len(refs))
	for len(read) < len(refs) {
		rest := refs[len(read):]
		part := rest[:min(trial.batchSize(), len(rest))]
		told, err := b.ask(ctx, part)
		switch {
		case err == nil:
			b.noteAnswered(part, told)
		case !failsForSize(err):
			return nil, err
		case len(part) > 1 && b.single:
			trial.shrink(1)
			continue
		case len(part) > 1:
			trial.shrink(len(part) / 2)
			continue
		default:
			if told, err = b.suspect(ctx, rest, err); err != nil {
				return nil, err
			}
		}
		read = append(read, told...)
	}
	return read, nil
}

func (b batch[Ref, T]) breaker() *breaker { return b.client.limiter.breaker(b.kind, b.maxSize) }

// proof is an object that was answered for.
type answeredRef[Ref comparable] struct {
	scope int64
	ref   Ref
}

// note remembers a proof.
func (b batch[Ref, T]) noteAnswered(asked []Ref, told []T) {
	for i := len(told) - 1; i >= 0; i-- {
		if told[i].absence().Unavailable == "" {
			b.breaker().succeeded(len(asked), answeredRef[Ref]{b.scope, asked[i]})
			return
		}
	}
}

// blamesBatch reports whether fewer objects might be answered. A 501 and a 503 are not about the question.
func failsForSize(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Temporary() && !refused.isNetwork() &&
		refused.Status != http.StatusNotImplemented && refused.Status != http.StatusServiceUnavailable
}

// suspect decides about the first of the objects that are left, which GitHub failed to answer for. It is the
// culprit if another is answered and it fails again; else GitHub is in trouble, which passes. That something
// cheaper is answered would prove nothing.
func (b batch[Ref, T]) suspect(ctx context.Context, rest []Ref, failed error) ([]T, error) {
	answered, err := b.control(ctx, rest)
	if err != nil {
		return nil, err
	}
	if !answered {
		b.breaker().open(failed)
		return nil, failed
	}
	told, err := b.ask(ctx, rest[:1])
	if failsForSize(err) {
		told, err = []T{b.absent(absenceFor(err))}, nil
	}
	b.breaker().restore()
	return told, err
}

// control asks the same question about others: one that was answered for lately, or the last and the next of those
// that are left. While nothing is answered one of them is enough.
func (b batch[Ref, T]) control(ctx context.Context, rest []Ref) (answered bool, err error) {
	others := []Ref{rest[len(rest)-1], rest[min(1, len(rest)-1)]}
	if known, ok := b.breaker().answeredRef().(answeredRef[Ref]); ok && known.scope == b.scope {
		others = []Ref{known.ref}
	} else if b.breaker().failingFor() > 0 {
		others = others[:1]
	}
	for _, other := range slices.Compact(others) {
		if other == rest[0] {
			continue
		}
		told, err := b.ask(ctx, []Ref{other})
		switch {
		case err == nil && (told[0].absence().Unavailable == "" || told[0].absence().Gone):
			b.noteAnswered([]Ref{other}, told)
			return true, nil
		case err != nil && !failsForSize(err):
			return false, err
		}
	}
	return false, nil
}
