package github

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// maxBatch is the most ids that one query may name.
const maxBatch = 100

// batch reads details of many objects, several with one query. An object that GitHub cannot compute must not cost the
// others, and an outage must not count against any object.
type batch[Ref comparable, T incomplete] struct {
	client  *Client
	kind    string
	maxSize int   // objects that one query may name
	single  bool  // requests are for one object each, so that fewer objects do not help
	scope   int64 // the repository that the refs belong to; 0 when they are global
	// ask reads the details of objects, in their order. They may be those of several repositories.
	ask func(ctx context.Context, refs []Ref) ([]T, error)
	// absent makes the details of an object that has none.
	absent func(Absence) T
}

// incomplete says what an object lacks.
type incomplete interface{ absence() Absence }

// read returns the details of all objects, in their order. It halves the size of a query that GitHub gives up. A single
// object that fails is a suspect.
func (b batch[Ref, T]) read(ctx context.Context, refs []Ref) ([]T, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	breaker := b.breaker()
	if err := breaker.allow(); err != nil {
		return nil, err
	}
	together := partyOf(ctx) != nil && !b.single
	if !together {
		breaker.grow()
	}
	read := make([]T, 0, len(refs))
	for len(read) < len(refs) {
		rest := refs[len(read):]
		part := rest[:min(breaker.batchSize(), len(rest))]
		ask := b.askAlone
		if together {
			ask = b.askTogether
		}
		details, err := ask(ctx, part)
		switch {
		case err == nil:
			b.noteAnswered(part, details)
		case !failsForSize(err):
			return nil, err
		case len(part) > 1 && b.single:
			breaker.shrink(1)
			continue
		case len(part) > 1:
			breaker.shrink(len(part) / 2)
			continue
		default:
			if details, err = b.suspect(ctx, rest, err); err != nil {
				return nil, err
			}
		}
		read = append(read, details...)
	}
	return read, nil
}

// askAlone asks for objects that belong together: when all of them are denied, that is the error.
func (b batch[Ref, T]) askAlone(ctx context.Context, refs []Ref) ([]T, error) {
	details, err := b.ask(ctx, refs)
	if err == nil {
		err = allDenied(details)
	}
	return details, err
}

func (b batch[Ref, T]) breaker() *breaker { return b.client.limiter.breaker(b.kind, b.maxSize) }

// answeredRef is an object that a query answered for.
type answeredRef[Ref comparable] struct {
	scope int64
	ref   Ref
}

// answered reports that GitHub told of an object: what it has, or that it is gone.
func answered(a Absence) bool { return a.Unavailable == "" || a.Gone }

// noteAnswered remembers the last of the objects that an answer tells of.
func (b batch[Ref, T]) noteAnswered(asked []Ref, details []T) {
	for i := len(details) - 1; i >= 0; i-- {
		if answered(details[i].absence()) {
			b.breaker().succeeded(len(asked), answeredRef[Ref]{b.scope, asked[i]})
			return
		}
	}
}

// failsForSize reports whether a smaller query might be answered. A 501 and a 503 do not concern the query.
func failsForSize(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Temporary() && !refused.isNetwork() &&
		refused.Status != http.StatusNotImplemented && refused.Status != http.StatusServiceUnavailable
}

// suspect decides about the first of the objects left, which GitHub failed at. The object is the cause if the same
// query about another is answered and the object fails again. Otherwise it is an outage. An answer to a cheaper query
// would show nothing.
func (b batch[Ref, T]) suspect(ctx context.Context, rest []Ref, failed error) ([]T, error) {
	told, err := b.control(ctx, rest)
	if err != nil {
		return nil, err
	}
	if !told {
		b.breaker().open(failed)
		return nil, failed
	}
	details, err := b.askAlone(ctx, rest[:1])
	if failsForSize(err) {
		details, err = []T{b.absent(absenceFor(err))}, nil
	}
	b.breaker().restore()
	return details, err
}

// control sends the same query about other objects: one that was answered lately, or else the last and the next of
// those left. In an outage one of them is enough.
func (b batch[Ref, T]) control(ctx context.Context, rest []Ref) (told bool, err error) {
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
		details, err := b.askAlone(ctx, []Ref{other})
		switch {
		case err == nil && answered(details[0].absence()):
			b.noteAnswered([]Ref{other}, details)
			return true, nil
		case err != nil && !failsForSize(err):
			return false, err
		}
	}
	return false, nil
}
