package histories

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// side is how many histories are played side by side: much of one is waiting
// for another goroutine.
const side = 2

// Run plays so many random histories on a stage, which each may choose; fewer
// under the race detector, and as many as RAPID_CHECKS in the environment says.
// The message of one that failed says how to play it again.
func Run(t *testing.T, histories, underRace int, stage func(*rapid.T) Stage) {
	t.Helper()
	if raceDetector {
		histories = underRace
	}
	if asked, err := strconv.Atoi(os.Getenv("RAPID_CHECKS")); err == nil {
		histories = asked
	}
	if err := flag.Set("rapid.checks", strconv.Itoa((histories+side-1)/side)); err != nil {
		t.Fatal(err)
	}
	for n := range side {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				stage := stage(rt)
				Play(inHistory{t, rt}, stage, draw(rt, stage.Deck))
			})
		})
	}
}
