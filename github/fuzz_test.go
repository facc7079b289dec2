package github_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tributary/githubsim"
)

// TestHostile_questionsAreAnswered shows that the questions of the fuzz run work without faults.
func TestHostile_questionsAreAnswered(t *testing.T) {
	o := newFuzzRun(t)
	for _, q := range questions {
		o.play(t, fuzzCase{label: "nothing wrong", question: q})
	}
	if o.ends["good"] != len(questions) {
		t.Errorf("%v, want %d good ones", o.ends, len(questions))
	}
	o.tell(t)
}

// TestFuzz_anyAnswerIsSurvived asks a server that gives some good answers and some that a broken or hostile server could
// send: every fault once, then several at random.
//
// TRIBUTARY_FUZZ_REQUESTS is the number of calls and TRIBUTARY_FUZZ_SEED makes others. TRIBUTARY_FUZZ_REQUEST plays a
// single call again. TRIBUTARY_FUZZ_FAULT plays one fault, such as huge_body/nested_rows, against all questions.
func TestFuzz_anyAnswerIsSurvived(t *testing.T) {
	seed, requests := uint64(setting(t, "TRIBUTARY_FUZZ_SEED", 1)), setting(t, "TRIBUTARY_FUZZ_REQUESTS", 300)
	first, only := 0, setting(t, "TRIBUTARY_FUZZ_REQUEST", -1)
	if only >= 0 {
		first, requests = only, only+1
	}
	cases := casesFrom(seed)
	if name, named := os.LookupEnv("TRIBUTARY_FUZZ_FAULT"); named {
		cases = casesOf(t, name)
		first, requests = 0, len(questions)
	}
	t.Logf("seed %d, %d calls from %d", seed, requests-first, first)
	o := newFuzzRun(t)
	for i := first; i < requests && !o.stuck; i++ {
		o.play(t, cases(i))
	}
	o.tell(t)
}

// casesFrom makes cases by their numbers.
func casesFrom(seed uint64) func(i int) fuzzCase {
	faults := githubsim.HostileFaults()
	return func(i int) fuzzCase {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		made := fuzzCase{
			label:    fmt.Sprintf("TRIBUTARY_FUZZ_SEED=%d TRIBUTARY_FUZZ_REQUEST=%d", seed, i),
			question: questions[random.IntN(len(questions))],
		}
		if i < len(faults) {
			faults[i].Seed = random.Uint64()
			made.faults = faults[i : i+1]
			return made
		}
		for range 1 + random.IntN(2) {
			made.faults = append(made.faults, drawn(random, faults))
		}
		return made
	}
}

// drawn is a random fault: it begins at the first, second or third request, and strikes once, a few times or always.
func drawn(random *rand.Rand, all []githubsim.Fault) githubsim.Fault {
	fault := all[random.IntN(len(all))]
	fault.Seed, fault.After, fault.Times = random.Uint64(), random.IntN(3)*random.IntN(2), []int{0, 1, 3}[random.IntN(3)]
	return fault
}

// casesOf play one fault against every question.
func casesOf(t *testing.T, name string) func(i int) fuzzCase {
	t.Helper()
	kind, variant, _ := strings.Cut(name, "/")
	fault := githubsim.Fault{Kind: githubsim.FaultKind(kind), Variant: variant}
	if !slices.ContainsFunc(githubsim.HostileFaults(), func(f githubsim.Fault) bool { return f.Kind == fault.Kind && f.Variant == variant }) {
		t.Fatalf("there is no fault %s", name)
	}
	return func(i int) fuzzCase {
		return fuzzCase{label: "TRIBUTARY_FUZZ_FAULT=" + name, question: questions[i], faults: []githubsim.Fault{fault}}
	}
}

func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text, ok := os.LookupEnv(name)
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
