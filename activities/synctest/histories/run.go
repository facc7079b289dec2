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

// Main runs the tests of a package in which Run plays so many histories. Under
// the race detector it plays fewer, and RAPID_CHECKS in the environment says
// otherwise.
func Main(m *testing.M, histories, underRace int) {
	if raceDetector {
		histories = underRace
	}
	if asked, err := strconv.Atoi(os.Getenv("RAPID_CHECKS")); err == nil {
		histories = asked
	}
	if err := flag.Set("rapid.checks", strconv.Itoa((histories+side-1)/side)); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// Run plays random histories on a stage, which each may choose.
func Run(t *testing.T, stage func(*rapid.T) Stage) {
	t.Helper()
	for n := range side {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				stage := stage(rt)
				rounds := draw(rt, stage.Deck)
				Play(inHistory{t, rt}, stage, rounds)
			})
		})
	}
}
