package github

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// outageAfter is longer than the outages that hit one kind of query. A kind that fails for so long counts as refused.
const outageAfter = 2 * time.Minute

// fallback reads objects with queries, many at once, and falls back to REST, one by one.
type fallback[Ref comparable, T incomplete] struct {
	queries batch[Ref, T]
	rest    batch[Ref, T]
}

// read returns the details of the objects, in their order. An object that both APIs fail at, while GraphQL answers
// for others, is unavailable with GraphQL's reason.
func (f fallback[Ref, T]) read(ctx context.Context, refs []Ref) ([]T, error) {
	details, failed := f.queries.read(ctx, refs)
	if failed != nil {
		if !f.fallsBack(failed, len(refs)) {
			return nil, failed
		}
		details = slices.Repeat([]T{f.queries.absent(absenceFor(failed))}, len(refs))
	}
	var missing []Ref
	var places []int
	for i := range details {
		if details[i].absence().Unavailable != "" {
			missing, places = append(missing, refs[i]), append(places, i)
		}
	}
	found, err := f.rest.read(ctx, missing)
	switch {
	case failsForSize(err) && failed == nil:
		return details, nil
	case err != nil:
		return nil, err
	}
	for n, i := range places {
		absence := found[n].absence()
		if absence.Unavailable != "" && !absence.Permanent && failed == nil {
			absence.Unavailable = details[i].absence().Unavailable
			found[n] = f.rest.absent(absence)
		}
		details[i] = found[n]
	}
	return details, nil
}

// fallsBack reports whether REST is asked in place of GraphQL: where GraphQL is refused, where it has failed for
// long, and where it fails at the only object.
func (f fallback[Ref, T]) fallsBack(err error, refs int) bool {
	return queriesRefused(err) || failsForSize(err) && (refs == 1 || f.queries.breaker().failingFor() >= outageAfter)
}

// restBatch makes a batch that reads the objects of a repository through REST. A refusal that may concern the object
// alone counts as its absence only if GitHub shows the repository.
func restBatch[Ref comparable, T incomplete](c *Client, kind string, repositoryID int64, read func(context.Context, Ref) (T, error), absent func(Absence) T) batch[Ref, T] {
	return batch[Ref, T]{
		client:  c,
		kind:    kind + " through REST",
		maxSize: restConcurrency,
		single:  true,
		scope:   repositoryID,
		absent:  absent,
		ask: func(ctx context.Context, refs []Ref) ([]T, error) {
			details := make([]T, len(refs))
			return details, forEach(ctx, len(refs), func(ctx context.Context, i int) (err error) {
				details[i], err = read(ctx, refs[i])
				if concernsObject(err) {
					details[i] = absent(absenceFor(err))
					_, err = c.RepositoryByID(ctx, repositoryID)
				}
				return err
			})
		},
	}
}

// concernsObject reports whether a refusal by REST may concern the object and nothing else.
func concernsObject(err error) bool {
	var refused *Error
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Kind {
	case NotFound, Gone, UnknownCommit, EmptyRepository, Validation, Refused, PaginationLimit:
		return true
	}
	return false
}

// absenceFor is what an error says about the one object that a request named.
func absenceFor(err error) Absence {
	var refused *Error
	if !errors.As(err, &refused) {
		return Absence{Unavailable: err.Error()}
	}
	absence := Absence{Unavailable: refused.Message}
	switch refused.Kind {
	case NotFound, Gone, UnknownCommit, EmptyRepository:
		absence.Gone = true
	case Validation:
		absence.Permanent = refused.Status == http.StatusUnprocessableEntity
	}
	return absence
}
