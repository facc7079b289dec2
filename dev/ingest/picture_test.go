package ingest

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/dev/progress"
	"tributary/models"
)

// stage is a picture whose clock the test moves.
type stage struct {
	*picture
	clock time.Time
	out   strings.Builder
}

func newStage() *stage {
	s := &stage{clock: time.Date(2026, 3, 23, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return s.clock }
	s.picture = newPicture("acme", progress.NewPlain(&s.out, now), now)
	return s
}

// line is what is shown after some time.
func (s *stage) line(after time.Duration) string {
	s.clock = s.clock.Add(after)
	s.draw()
	lines := strings.Split(strings.TrimSpace(s.out.String()), "\n")
	return lines[len(lines)-1]
}

func running(all, done int, atWork ...api.RepositoryProgress) api.Progress {
	return api.Progress{Sync: api.Sync{State: models.SyncRunning, Repositories: all, Done: done}, AtWork: atWork}
}

// commits is a repository that has nothing else.
func commits(id, stored, expected int64) api.RepositoryProgress {
	r := api.RepositoryProgress{ID: id, FullName: "acme/api"}
	for _, kind := range models.StreamKinds {
		stream := api.Stream{Kind: kind}
		switch kind {
		case models.StreamCommits:
			stream.Stored, stream.Expected = stored, expected
		case models.StreamCommitDetails:
			stream.Stored = stored
		}
		r.Streams = append(r.Streams, stream)
	}
	return r
}

func contains(t *testing.T, line string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(line, part) {
			t.Errorf("%q lacks %q", line, part)
		}
	}
}

func TestPicture_movesWithTimeAlthoughNothingIsNew(t *testing.T) {
	t.Parallel()
	s := newStage()
	contains(t, s.line(0), "acme · starting · 0s")
	s.learn(running(4, 1))
	contains(t, s.line(6*time.Second), "1 of 4 repositories · 6s · 25 %")
	contains(t, s.line(6*time.Second), "1 of 4 repositories · 12s · 25 %")
}

func TestPicture_countsALimitDownAndSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newStage()
	end := s.clock.Add(time.Hour)
	event := running(30, 21)
	event.Sync.State, event.Sync.WaitingUntil = models.SyncWaiting, &end
	s.learn(event)
	until := "waiting for GitHub's limit until " + end.Local().Format("15:04:05 MST") + ", "
	contains(t, s.line(6*time.Second), until+"59m54s to go; 9 of 30 repositories are still missing · 6s · 70 % · ")
	contains(t, s.line(59*time.Minute), until+"54s to go; 9 of 30 repositories are still missing · 59m6s · 70 %")
	contains(t, s.line(2*time.Minute), until+"0s to go")
}

func TestPicture_beginsWhereAnInterruptedIngestionWas(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.imported = 30
	s.learn(running(12, 0, commits(1, 50, 100)))
	contains(t, s.line(6*time.Second), "18 of 30 repositories · 6s · 61 %")
	s = newStage() // that was read to its end before
	s.learn(running(12, 3))
	contains(t, s.line(6*time.Second), "3 of 12 repositories · 6s · 25 %")
}

func TestPicture_forecastsNoLessThanTheSlowestRepositoryTakes(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.learn(running(10, 0, commits(1, 0, 100_000)))
	if line := s.line(0); strings.Contains(line, "left") {
		t.Errorf("%q foretells what nobody can know yet", line)
	}
	s.clock = s.clock.Add(time.Minute)
	s.learn(running(10, 9, commits(1, 10_000, 100_000)))
	contains(t, s.line(0), "90 %, about 9m left")
	s.trouble = "The database does not answer"
	if line := s.line(6 * time.Second); strings.Contains(line, "about") || !strings.Contains(line, s.trouble) {
		t.Errorf("%q foretells an end although nothing goes on, or does not say why", line)
	}
}

// TestPicture_neverFallsBack plays ingestions in which more and more turns out to be there.
func TestPicture_neverFallsBack(t *testing.T) {
	t.Parallel()
	percent, counts := regexp.MustCompile(`(\d+) %`), regexp.MustCompile(`([\d,]+)/([\d,]+)`)
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		s := newStage()
		last, all, done := 0, 1+random.IntN(3), 0
		at := commits(1, 0, 0)
		lastShare := 0.0
		for range 100 {
			switch random.IntN(5) {
			case 0:
				all += random.IntN(3)
			case 1:
				done = min(all, done+random.IntN(2))
			case 2:
				at.Streams[0].Expected += random.Int64N(100)
			case 3:
				at.Streams[0].Stored += random.Int64N(50)
			case 4:
				at.Streams[1].Stored += random.Int64N(50) // those of pull requests are completed too
			}
			s.learn(running(all, done, at))
			text := percent.FindStringSubmatch(s.line(6 * time.Second))[1]
			now, _ := strconv.Atoi(text)
			b := bar(at, s.parts[1].share)
			if now < last || now > 100 || b.Share < lastShare || b.Share > 1 {
				t.Fatalf("seed %d: %d %% after %d %%, and a bar of %v after %v", seed, now, last, b.Share, lastShare)
			}
			if c := counts.FindStringSubmatch(b.Count); c != nil && len(c[1]) > len(c[2]) {
				t.Fatalf("seed %d: %s are more than there are", seed, b.Count)
			}
			last, lastShare = now, b.Share
		}
	}
}

func TestBar_isNamedWithoutTheOwnerThatAllHave(t *testing.T) {
	t.Parallel()
	if b := bar(commits(1, 1234, 5000), 0.2); b.Name != "api" || b.Count != "2,468/10,000" {
		t.Errorf("the bar is %+v", b)
	}
}

// TestBar_isNotFullWhileThereIsMoreToAskFor: one list was read, and of the others nobody knows how long they are.
func TestBar_isNotFullWhileThereIsMoreToAskFor(t *testing.T) {
	t.Parallel()
	r := commits(1, 100, 100)
	r.Streams = r.Streams[:2]
	if share := rowsOf(r).share(); share != 0.25 {
		t.Errorf("two kinds of eight are %v of all", share)
	}
	if b := bar(r, 0.2); b.Count != "200 rows" {
		t.Errorf("the bar says %q of what nobody knows the end of", b.Count)
	}
}
