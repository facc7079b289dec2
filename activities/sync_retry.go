package activities

import (
	"time"

	"tributary/github"
	"tributary/models"
)

// What GitHub cannot tell is asked for again by the next sync, since most trouble
// passes, then after an hour, and each time twice as late.
const (
	firstRetry = time.Hour
	lastRetry  = 7 * 24 * time.Hour
)

// nextTries says when to ask again for what GitHub did not tell, by our clock, as
// the plan of a sync looks for it. That something is gone is believed when it is
// said again later than what was just made may be listed before it is known everywhere.
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
