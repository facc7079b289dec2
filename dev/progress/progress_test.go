package progress_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/dev/progress"
)

var snapshot = progress.Snapshot{
	Title:   "octo-org",
	Phase:   "reading",
	Elapsed: 65 * time.Second,
	Bars: []progress.Bar{
		{Name: "hello-world", Done: 1234, Total: 4936, Note: "commits"},
		{Name: "docs", Done: 300, Total: 200, Note: "issues"},
		{Name: "new", Done: 7},
	},
	Footer: "1,940 items/s · 31 requests · 12 points · 4,957 left",
}

func TestDraw_showsOneBarPerRepositoryThatFitsTheWidth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		width, height int
		want          []string
	}{
		"wide": {100, 40, []string{
			"octo-org · reading · 1m5s",
			"  hello-world ▕██████░░░░░░░░░░░░░░░░░░░▏ 1,234/4,936 commits",
			"  docs        ▕█████████████████████████▏ 300/200 issues",
			"  new         ▕░░░░░░░░░░░░░░░░░░░░░░░░░▏ 7",
			"1,940 items/s · 31 requests · 12 points · 4,957 left",
		}},
		"narrow": {40, 40, []string{
			"octo-org · reading · 1m5s",
			"  hello-world ▕██░░░░░░░░▏ 1,234/4,936…",
			"  docs        ▕██████████▏ 300/200 iss…",
			"  new         ▕░░░░░░░░░░▏ 7",
			"1,940 items/s · 31 requests · 12 point…",
		}},
		"tiny": {16, 40, []string{
			"octo-org · rea…",
			"  hell… 1,234/…",
			"  docs  300/20…",
			"  new   7",
			"1,940 items/s …",
		}},
		"low": {100, 6, []string{
			"octo-org · reading · 1m5s",
			"  hello-world ▕██████░░░░░░░░░░░░░░░░░░░▏ 1,234/4,936 commits",
			"  docs        ▕█████████████████████████▏ 300/200 issues",
			"  and 1 more",
			"1,940 items/s · 31 requests · 12 points · 4,957 left",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			r := progress.NewLive(&out, func() (int, int) { return c.width, c.height }, time.Now)
			r.Draw(snapshot)
			want := strings.Join(c.want, "\x1b[K\n") + "\x1b[K\n\x1b[J"
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Errorf("the picture differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDraw_goesBackOverTheLastPictureTenTimesASecond(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	clock := time.Unix(0, 0)
	r := progress.NewLive(&out, func() (int, int) { return 80, 24 }, func() time.Time { return clock })
	r.Draw(snapshot)
	out.Reset()

	clock = clock.Add(99 * time.Millisecond)
	r.Draw(snapshot)
	if out.Len() > 0 {
		t.Errorf("drew again after 99 ms: %q", out.String())
	}
	clock = clock.Add(time.Millisecond)
	r.Draw(progress.Snapshot{Title: "octo-org"})
	if want := "\x1b[5A\rocto-org · 0s\x1b[K\n\x1b[J"; out.String() != want {
		t.Errorf("after 100 ms drew %q, want %q", out.String(), want)
	}
}

func TestFinish_leavesTheLastStateOnTheScreen(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	r := progress.NewLive(&out, func() (int, int) { return 80, 24 }, time.Now)
	r.Draw(snapshot)
	out.Reset()
	r.Finish(progress.Snapshot{Title: "octo-org", Phase: "done"})
	if want := "\x1b[5A\rocto-org · done · 0s\x1b[K\n\x1b[J"; out.String() != want {
		t.Errorf("finished with %q, want %q", out.String(), want)
	}
	out.Reset()
	r.Finish(progress.Snapshot{Title: "hooli"})
	if strings.Contains(out.String(), "A\r") {
		t.Errorf("a picture after the finished one was drawn over it: %q", out.String())
	}
}

func TestDraw_writesALineEveryTwoSecondsWithoutATerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	clock := time.Unix(0, 0)
	r := progress.NewPlain(&out, func() time.Time { return clock })
	for range 41 { // four seconds, in tenths
		s := snapshot
		s.Elapsed = clock.Sub(time.Unix(0, 0))
		r.Draw(s)
		clock = clock.Add(100 * time.Millisecond)
	}
	r.Finish(progress.Snapshot{
		Title:   "octo-org",
		Phase:   "done",
		Elapsed: 5 * time.Second,
		Bars:    []progress.Bar{{Done: 600, Total: 1000}, {Done: 400, Total: 400}},
	})
	want := `octo-org · reading · 0s · 3 at work: 1,541 · 1,940 items/s · 31 requests · 12 points · 4,957 left
octo-org · reading · 2s · 3 at work: 1,541 · 1,940 items/s · 31 requests · 12 points · 4,957 left
octo-org · reading · 4s · 3 at work: 1,541 · 1,940 items/s · 31 requests · 12 points · 4,957 left
octo-org · done · 5s · 2 at work: 1,000/1,400
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("the lines differ (-want +got):\n%s", diff)
	}
}

func TestDraw_neverLetsANoteMoveTheCursor(t *testing.T) {
	t.Parallel()
	hostile := progress.Snapshot{Title: "a\nb", Bars: []progress.Bar{{Name: "x", Done: 1, Note: "\x1b[2Joops\r"}}}
	var live, plain strings.Builder
	progress.NewLive(&live, func() (int, int) { return 80, 24 }, time.Now).Draw(hostile)
	progress.NewPlain(&plain, time.Now).Draw(hostile)
	if got := strings.Count(live.String(), "\n"); got != 2 || strings.Contains(live.String(), "\x1b[2J") {
		t.Errorf("drew %q", live.String())
	}
	if got := strings.Count(plain.String(), "\n"); got != 1 || strings.Contains(plain.String(), "\x1b") {
		t.Errorf("wrote %q", plain.String())
	}
}

func TestNew_writesLinesToAFile(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	progress.New(file, func(string) string { return "" }, time.Now).Draw(snapshot)
	written, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(written), "octo-org") || strings.Contains(string(written), "\x1b") {
		t.Errorf("wrote %q", written)
	}
}
