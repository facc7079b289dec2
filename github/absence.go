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
	var partial *queryErrors
	switch {
	case errors.As(err, &partial):
		missing, err := partial.byIndex(n, true)
		if err != nil || repository != "" {
			return missing, err
		}
	case err != nil:
		return nil, err
	case repository != "":
		return nil, nil
	}
	return nil, c.graphQLError(NotFound, "the repository is not there any more, or hidden")
}

// absencesAnywhere is absences for objects of any repositories. It takes no denial of all of them for an error: each may
// be hidden for a reason of its own.
func absencesAnywhere(err error, n int) (absencesByIndex, error) {
	var partial *queryErrors
	if errors.As(err, &partial) {
		why, _, err := partial.sort(n, false)
		return why, err
	}
	return nil, err
}

// byIndex sorts errors by the object that they concern. If every object is denied, access may be lost, so that is an
// error about all of them.
func (e *queryErrors) byIndex(n int, repositorySeen bool) (absencesByIndex, error) {
	why, denied, err := e.sort(n, repositorySeen)
	if err == nil && denied == n {
		return nil, e.refusal(e.errors[0])
	}
	return why, err
}

// sort sorts errors by the object that they concern, and counts the objects that are denied. An object with any error
// counts as unavailable, because a null in it may stand for data. A value that cannot be read makes no object
// unavailable. Where the repository was seen, or with a single object, NOT_FOUND denies nothing: the objects may be
// gone.
func (e *queryErrors) sort(n int, repositorySeen bool) (why absencesByIndex, denied int, err error) {
	why = absencesByIndex{}
	hidden := map[int]bool{}
	for _, q := range e.errors {
		i, named := q.index("nodes")
		kind := q.kind()
		switch {
		case !named || i >= n || kind == Timeout || kind == ResourceLimits || kind == Validation:
			return nil, 0, e.refusal(q)
		case q.isValue():
			absence := why[i]
			absence.skipValue(q)
			why[i] = absence
			continue
		case kind == ServerError, kind == BadResponse:
		case !(kind == NotFound && (repositorySeen || n == 1)):
			hidden[i] = true
		}
		gone := kind == NotFound && repositorySeen && len(q.Path) == 2 // nodes, i
		why[i] = Absence{Unavailable: shorten(q.Message), Gone: gone}
	}
	return why, len(hidden), nil
}
