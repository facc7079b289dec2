package github

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// outageLasts is longer than those outages that hit one kind of query. What is not answered for so long is as good
// as refused.
const outageAfter = 2 * time.Minute

// ways are two ways to read the same objects: many with one query, and one by one through REST.
type fallback[Ref comparable, T incomplete] struct {
	queries batch[Ref, T]
	rest    batch[Ref, T]
}

// read returns what either way tells of the objects, in their order. What GraphQL answers for others and not for
// an object, and REST fails at, is unavailable with GraphQL's reason.
func (w fallback[Ref, T]) read(ctx context.Context, refs []Ref) ([]T, error) {
	told, failed := w.queries.read(ctx, refs)
	if failed != nil {
		if !w.fallsBack(failed, len(refs)) {
			return nil, failed
		}
		told = slices.Repeat([]T{w.queries.absent(absenceFor(failed))}, len(refs))
	}
	var missing []Ref
	var places []int
	for i := range told {
		if told[i].absence().Unavailable != "" {
			missing, places = append(missing, refs[i]), append(places, i)
		}
	}
	found, err := w.rest.read(ctx, missing)
	switch {
	case failsForSize(err) && failed == nil:
		return told, nil
	case err != nil:
		return nil, err
	}
	for n, i := range places {
		absence := found[n].absence()
		if absence.Unavailable != "" && !absence.Permanent && failed == nil {
			absence.Unavailable = told[i].absence().Unavailable
			found[n] = w.rest.absent(absence)
		}
		told[i] = found[n]
	}
	return told, nil
}

// leavesToREST reports whether REST is to be asked in place of GraphQL: where that is refused, where it has failed
// for long, and for a single object that it fails at. Whose fault that is cannot be told, and need not.
func (w fallback[Ref, T]) fallsBack(err error, refs int) bool {
	return queriesRefused(err) || failsForSize(err) && (refs == 1 || w.queries.breaker().failingFor() >= outageAfter)
}

// throughREST makes a batch of what REST tells about one object of a repository. What GitHub does not tell of it
// although it shows the repository is the object's own.
func restBatch[Ref comparable, T incomplete](c *Client, kind string, repositoryID int64, read func(context.Context, Ref) (T, error), absent func(Absence) T) batch[Ref, T] {
	return batch[Ref, T]{
		client:  c,
		kind:    kind + " through REST",
		maxSize: restConcurrency,
		single:  true,
		scope:   repositoryID,
		absent:  absent,
		ask: func(ctx context.Context, refs []Ref) ([]T, error) {
			told := make([]T, len(refs))
			return told, forEach(ctx, len(refs), func(ctx context.Context, i int) (err error) {
				told[i], err = read(ctx, refs[i])
				if concernsObject(err) {
					told[i] = absent(absenceFor(err))
					_, err = c.RepositoryByID(ctx, repositoryID)
				}
				return err
			})
		},
	}
}

// concernsObject reports whether an answer of REST may be about the object that was asked for and nothing else.
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

// absenceFor is what err says about a single object that was asked for.
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
