package github

import (
	"cmp"
	"errors"
	"net/http"
)

// Absence says what GitHub does not tell about an object.
type Absence struct {
	Unavailable string // why it tells nothing, and everything else is zero; empty when the object is there
	// Gone means that GitHub has nothing of this id although it shows the repository.
	Gone bool
	// Never means that GitHub says it will not tell, ever.
	Permanent bool
	// Undecodable names the values that were left out because nobody can read them, with their places.
	Malformed string
}

func (a Absence) absence() Absence { return a }

func (a *Absence) skipValue(value queryError) { a.skip(value.Message) }

// lacks notes a part that was left out. Enough of them say that there are more.
func (a *Absence) skip(part string) {
	if len(a.Malformed) > maxMessage {
		return
	}
	if a.Malformed != "" {
		a.Malformed += "; "
	}
	a.Malformed += shorten(part)
}

// byPosition are the absences among the objects that a query named, by their positions.
type absencesByIndex map[int]Absence

// noSuchNode is the reason when GitHub answers null without one, or with another type of object.
const noSuchNode = "GitHub returned nothing for this id"

// of returns the absence of the object at i, which is there as far as its answer tells.
func (b absencesByIndex) of(i int, there bool) Absence {
	absence := b[i]
	if !there {
		absence.Unavailable = cmp.Or(absence.Unavailable, noSuchNode)
	}
	return absence
}

// nodeAt is nil beyond the end: GitHub answers with fewer objects only beside an error.
func nodeAt[T any](nodes []T, i int) any {
	if i >= len(nodes) {
		return nil
	}
	return nodes[i]
}

// absences sorts what came back from a nodes query for n objects. An error that is about the credential or
// about the whole question is returned as an error.
func absences(err error, n int) (absencesByIndex, error) {
	var partial *queryErrors
	if errors.As(err, &partial) {
		return partial.byIndex(n, false)
	}
	return nil, err
}

// absencesIn does the same for a query that also asked for the repository of the objects, and was answered
// with its id. Without that nothing is known about the objects.
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
	return nil, &Error{Kind: NotFound, Status: http.StatusOK, Message: "the repository is not there any more, or hidden", Endpoint: c.graphQLEndpoint()}
}

// byNode sorts errors by the object they are about. An object with any error counts as unavailable,
// because a null in it may stand for data; but a value that nobody can read is only that. That every object is
// denied is how lost access looks, so it is an error about all of them. Where the repository was seen, or with a
// single object, some may really be gone.
func (e *queryErrors) byIndex(n int, repositorySeen bool) (absencesByIndex, error) {
	why := absencesByIndex{}
	denied := map[int]bool{}
	for _, q := range e.errors {
		i, named := q.index("nodes")
		kind := q.kind()
		switch {
		case !named || i >= n || kind == Timeout || kind == ResourceLimits || kind == Validation:
			return nil, e.refusal(q)
		case q.isValue():
			absence := why[i]
			absence.skipValue(q)
			why[i] = absence
			continue
		case kind == ServerError, kind == BadResponse:
		case !(kind == NotFound && (repositorySeen || n == 1)):
			denied[i] = true
		}
		gone := kind == NotFound && repositorySeen && len(q.Path) == 2 // nodes, i
		why[i] = Absence{Unavailable: shorten(q.Message), Gone: gone}
	}
	if len(denied) == n {
		return nil, e.refusal(e.errors[0])
	}
	return why, nil
}
