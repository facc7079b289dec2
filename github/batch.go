package github

import (
	"cmp"
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
	most   int // ids that one query of this kind may name; 0 is maxBatch
	// ask reads the details of ids, in their order.
	ask func(ctx context.Context, ids []string) ([]T, error)
	// unavailable makes the details of an object that has none.
	unavailable func(reason string) T
}

// read returns the details of all ids, in their order. It starts with as many as GitHub permits, or as
// worked lately, and halves while GitHub gives up; the last one left is the culprit.
func (b batch[T]) read(ctx context.Context, ids []string) ([]T, error) {
	read := make([]T, 0, len(ids))
	most := cmp.Or(b.most, maxBatch)
	size := min(b.client.gate.batch(b.kind), most)
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
			size = most
		}
	}
	b.client.gate.batchWorked(b.kind, size)
	return read, nil
}

// blamesBatch reports whether fewer objects might be answered. A 501 and a 503 are not about the question.
func blamesBatch(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Temporary() && !refused.onTheWay() &&
		refused.Status != http.StatusNotImplemented && refused.Status != http.StatusServiceUnavailable
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
