package activities

import (
	"time"

	"tributary/github"
	"tributary/models"
)

// What GitHub cannot tell is asked for again by the next sync, since most failures pass.
// Then it is asked for after an hour, and after twice as long each time.
const (
	firstRetry = time.Hour
	lastRetry  = 7 * 24 * time.Hour
)

// nextTries says when to ask again for what GitHub did not tell, by our clock, which the
// plan of a sync uses. An object counts as gone when GitHub says so twice, with time
// between: a new one may be listed before all of GitHub knows it.
func (a *Activities) nextTries(before models.Tries, absence github.Absence) models.Tries {
	now := a.Now().UTC()
	tries := models.Tries{Tries: before.Tries + 1}
	switch {
	case absence.Permanent, absence.Gone && tries.Tries > 1:
	case absence.Gone:
		tries.RetryAt = new(now.Add(overlap))
	case tries.Tries == 1:
		tries.RetryAt = &now
	default:
		tries.RetryAt = new(now.Add(min(firstRetry<<min(tries.Tries-2, 10), lastRetry)))
	}
	return tries
}
