package github

import (
	"cmp"
	"errors"
)

// Absence says what GitHub does not return of an object.
type Absence struct {
	// Unavailable is why GitHub returns nothing of the object. Its other fields are then zero. Empty when it is there.
	Unavailable string
	// Gone means that GitHub has nothing of this id although it shows the repository.
	Gone bool
	// Permanent means that GitHub will never return the object.
	Permanent bool
	// Malformed names the values that were left out because they cannot be read, with their paths.
	Malformed string

	// denied is the refusal of an object that may say nothing about the object itself: access may be lost.
	denied *Error
	// hidden: so is the repository that has it.
	hidden bool
}

func (a Absence) absence() Absence { return a }

func (a *Absence) skipValue(value queryError) { a.skip(value.Message) }

// skip notes a part that was left out, and enough of them to show that there are more.
func (a *Absence) skip(part string) {
	if len(a.Malformed) > maxMessage {
		return
	}
	if a.Malformed != "" {
		a.Malformed += "; "
	}
	a.Malformed += shorten(part)
}

// absencesByIndex are the absences among the objects that a query named.
type absencesByIndex map[int]Absence

// noSuchNode is the reason when GitHub answers null without an error, or with another type of object.
const noSuchNode = "GitHub returned nothing for this id"

// of returns the absence of the object at i. there says whether the answer has it.
func (b absencesByIndex) of(i int, there bool) Absence {
	absence := b[i]
	if !there {
		absence.Unavailable = cmp.Or(absence.Unavailable, noSuchNode)
	}
	return absence
}

// nodeAt is nil beyond the end: GitHub answers with fewer objects only together with an error.
func nodeAt[T any](nodes []T, i int) any {
	if i >= len(nodes) {
		return nil
	}
	return nodes[i]
}

// absences sorts the errors of a query for n nodes. It returns an error about the credential or the whole query.
func absences(err error, n int) (absencesByIndex, error) {
	var partial *queryErrors
	if errors.As(err, &partial) {
		return partial.byIndex(n, false)
	}
	return nil, err
}

// absencesIn does the same for a query that also asks for the id of the repository that has the objects. Without that
// id nothing is known about the objects.
func (c *Client) absencesIn(err error, n int, repository string) (absencesByIndex, error) {
	return c.absencesOf(err, n, func(int) *Error {
		if repository != "" {
			return nil
		}
		return c.hiddenRepository()
	})
}

func (c *Client) hiddenRepository() *Error {
	return c.graphQLError(NotFound, "the repository is not there any more, or hidden")
}

// absencesOf does the same for objects of several repositories. hidden is why GitHub does not show the one that has the
// object at i, or nil.
func (c *Client) absencesOf(err error, n int, hidden func(i int) *Error) (absencesByIndex, error) {
	why := absencesByIndex{}
	var partial *queryErrors
	switch {
	case errors.As(err, &partial):
		if why, err = partial.byIndex(n, true); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	}
	for i := range n {
		if refusal := hidden(i); refusal != nil {
			why[i] = Absence{Unavailable: refusal.Message, denied: refusal, hidden: true}
		}
	}
	return why, nil
}

// absencesAnywhere is absences for objects of which each may be hidden for a reason of its own: that all are denied is no
// error.
func absencesAnywhere(err error, n int) (absencesByIndex, error) {
	why, err := absences(err, n)
	for i, absence := range why {
		absence.denied = nil
		why[i] = absence
	}
	return why, err
}

// byIndex sorts errors by the object that they concern. An object with any error counts as unavailable, because a null
// in it may stand for data. A value that cannot be read makes no object unavailable. Where the repository was seen,
// NOT_FOUND denies nothing: the objects may be gone.
func (e *queryErrors) byIndex(n int, repositorySeen bool) (absencesByIndex, error) {
	why := absencesByIndex{}
	for _, q := range e.errors {
		i, named := q.index("nodes")
		kind := q.kind()
		var denied *Error
		switch {
		case !named || i >= n || kind == Timeout || kind == ResourceLimits || kind == Validation:
			return nil, e.refusal(q)
		case q.isValue():
			absence := why[i]
			absence.skipValue(q)
			why[i] = absence
			continue
		case kind == ServerError, kind == BadResponse:
		case kind != NotFound || !repositorySeen:
			denied = e.refusal(q)
		}
		gone := kind == NotFound && repositorySeen && len(q.Path) == 2 // nodes, i
		why[i] = Absence{Unavailable: shorten(q.Message), Gone: gone, denied: denied}
	}
	return why, nil
}

// allDenied is the refusal of objects that belong together when every one is denied. A single one that is not found may
// just be gone.
func allDenied[T incomplete](objects []T) error {
	for _, object := range objects {
		a := object.absence()
		if a.denied == nil || len(objects) == 1 && a.denied.Kind == NotFound && !a.hidden {
			return nil
		}
	}
	if len(objects) == 0 {
		return nil
	}
	return objects[0].absence().denied
}
