package github

import (
	"context"
	"errors"
	"net/http"
)

// maxBatch is the most ids that one query may name.
const maxBatch = 100

// batch reads details of many objects. One object that GitHub cannot answer for must cost neither the
// others nor forever.
type batch[T any] struct {
	client *Client
	kind   string
	// ask reads the details of ids, in their order.
	ask func(ctx context.Context, ids []string) ([]T, error)
	// unavailable makes the details of an object that has none.
	unavailable func(reason string) T
}

// read returns the details of all ids, in their order. It starts with as many as GitHub permits, or as
// worked lately, and halves while GitHub gives up; the last one left is the culprit.
func (b batch[T]) read(ctx context.Context, ids []string) ([]T, error) {
	read := make([]T, 0, len(ids))
	size := b.client.gate.batch(b.kind)
	for len(read) < len(ids) {
		part := ids[len(read):min(len(read)+size, len(ids))]
		details, err := b.ask(ctx, part)
		switch {
		case err == nil:
			read = append(read, details...)
		case !blamesBatch(err):
			return nil, err
		case len(part) > 1:
			size = len(part) / 2
		default:
			details, err := b.suspect(ctx, part, err)
			if err != nil {
				return nil, err
			}
			read = append(read, details...)
			size = maxBatch
		}
	}
	b.client.gate.batchWorked(b.kind, size)
	return read, nil
}

// blamesBatch reports whether fewer objects might be answered. A 503 is not about the question.
func blamesBatch(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Temporary() && refused.Status != http.StatusServiceUnavailable
}

// suspect decides about a single object that GitHub failed to answer for. It is the culprit if GitHub
// answers the cheapest question and then fails again; else GitHub is in trouble, which passes.
func (b batch[T]) suspect(ctx context.Context, id []string, failed error) ([]T, error) {
	if _, err := ping(ctx, queries{b.client}); err != nil {
		return nil, failed
	}
	details, err := b.ask(ctx, id)
	var refused *Error
	if blamesBatch(err) && errors.As(err, &refused) {
		return []T{b.unavailable(refused.Message)}, nil
	}
	return details, err
}

// reasons sorts what came back from a nodes query for n objects: it returns, by position, why an object has
// no details. An error that is about the credential or about the whole question is returned as an error.
func reasons(err error, n int) (map[int]string, error) {
	var partial *queryErrors
	if errors.As(err, &partial) {
		return partial.byNode(n)
	}
	return nil, err
}

// noSuchNode is the reason when GitHub answers null without one, or with another type of object.
const noSuchNode = "GitHub returned nothing for this id"

// nodeAt is nil beyond the end: GitHub answers with fewer objects only beside an error.
func nodeAt[T any](nodes []T, i int) any {
	if i >= len(nodes) {
		return nil
	}
	return nodes[i]
}

// byNode sorts errors by the object they are about. An object with any error counts as unavailable,
// because a null in it may stand for data. That every object is denied is how lost access looks, so it is
// an error about all of them; a single one may really be gone.
func (e *queryErrors) byNode(n int) (map[int]string, error) {
	why := map[int]string{}
	denied := map[int]bool{}
	for _, q := range e.errors {
		i, named := q.position("nodes")
		kind := q.kind()
		if !named || i >= n || kind == Timeout || kind == ResourceLimits || kind == Validation {
			return nil, e.refusal(q)
		}
		if kind != ServerError && (kind != NotFound || n > 1) {
			denied[i] = true
		}
		why[i] = shorten(q.Message)
	}
	if len(denied) == n {
		return nil, e.refusal(e.errors[0])
	}
	return why, nil
}
