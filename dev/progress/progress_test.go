package progress_test

import (
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tributary/dev/progress"
)

var snapshot = progress.Snapshot{
	Title:   "octo-org",
	Phase:   "3 of 4 repositories",
	Elapsed: 65 * time.Second,
	Overall: &progress.Bar{Name: "all", Share: 0.75, Count: "75 %, about 20s left"},
	Bars: []progress.Bar{
		{Name: "hello-world", Share: 0.25, Count: "1,234/4,936", Note: "github_unavailable"},
		{Name: "docs", Share: 1.5, Count: "300/300"},
		{Name: "new", Count: "7 rows"},
	},
	Footer: []string{"1,940 items", "312 a second", "31 requests", "12 points", "core 4,957 of 5,000 left"},
}

func TestDraw_showsBarsThatFitTheWidthAndBreaksWhatIsLonger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		width, height int
		want          []string
	}{
		"wide": {100, 40, []string{
			"octo-org · 3 of 4 repositories · 1m5s",
			"  all ▕██████████████████░░░░░░▏ 75 %, about 20s left",
			"  hello-world ▕██████░░░░░░░░░░░░░░░░░░▏ 1,234/4,936 github_unavailable",
			"  docs        ▕████████████████████████▏ 300/300",
			"  new         ▕░░░░░░░░░░░░░░░░░░░░░░░░▏ 7 rows",
			"1,940 items · 312 a second · 31 requests · 12 points · core 4,957 of 5,000 left",
		}},
		"narrow": {40, 40, []string{
			"octo-org · 3 of 4 repositories · 1m5s",
			"  all ▕██████░░░▏ 75 %, about 20s left",
			"  hello-world ▕██░░░░░░░▏ 1,234/4,936",
			"    github_unavailable",
			"  docs        ▕█████████▏ 300/300",
			"  new         ▕░░░░░░░░░▏ 7 rows",
			"1,940 items · 312 a second",
			"31 requests · 12 points",
			"core 4,957 of 5,000 left",
		}},
		"low": {100, 6, []string{
			"octo-org · 3 of 4 repositories · 1m5s",
			"  all ▕██████████████████░░░░░░▏ 75 %, about 20s left",
			"  hello-world ▕██████░░░░░░░░░░░░░░░░░░▏ 1,234/4,936 github_unavailable",
			"  and 2 more",
			"1,940 items · 312 a second · 31 requests · 12 points · core 4,957 of 5,000 left",
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

func TestDraw_cutsNothingInAnyWindow(t *testing.T) {
	t.Parallel()
	s := snapshot
	s.Phase = "waiting for GitHub's limit until 14:05:10 CET, 3m12s to go; 9 of 30 repositories are still missing"
	s.Trouble = "The database cannot be written to: It answers, and takes no writes. Make room on the disk of the database."
	for width := 40; width <= 130; width++ {
		for _, height := range []int{6, 24, 60} {
			var out strings.Builder
			progress.NewLive(&out, func() (int, int) { return width, height }, time.Now).Draw(s)
			lines := strings.Split(strings.TrimSuffix(out.String(), "\x1b[J"), "\x1b[K\n")
			lines = lines[:len(lines)-1]
			for _, line := range lines {
				if utf8.RuneCountInString(line) >= width {
					t.Errorf("%d columns: %q uses the last one", width, line)
				}
			}
			if len(lines) >= height {
				t.Errorf("%d lines have %d of them below the cursor", height, len(lines))
			}
			shown := strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
			for _, part := range append(s.Footer, s.Title, s.Phase, s.Trouble, "github_unavailable") {
				if height == 60 && !strings.Contains(shown, part) {
					t.Errorf("%d columns: %q is cut:\n%s", width, part, strings.Join(lines, "\n"))
				}
			}
		}
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
	if want := "\x1b[6A\rocto-org · 0s\x1b[K\n\x1b[J"; out.String() != want {
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
	if want := "\x1b[6A\rocto-org · done · 0s\x1b[K\n\x1b[J"; out.String() != want {
		t.Errorf("finished with %q, want %q", out.String(), want)
	}
	out.Reset()
	r.Finish(progress.Snapshot{Title: "hooli"})
	if strings.Contains(out.String(), "A\r") {
		t.Errorf("a picture after the finished one was drawn over it: %q", out.String())
	}
}

func TestDraw_writesALineEveryFiveSecondsWithoutATerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	clock := time.Unix(0, 0)
	r := progress.NewPlain(&out, func() time.Time { return clock })
	for range 101 { // ten seconds, in tenths
		s := snapshot
		s.Elapsed = clock.Sub(time.Unix(0, 0))
		r.Draw(s)
		clock = clock.Add(100 * time.Millisecond)
	}
	r.Finish(progress.Snapshot{Title: "octo-org", Phase: "done", Elapsed: 11 * time.Second})
	want := `octo-org · 3 of 4 repositories · 0s · 75 %, about 20s left · 1,940 items · 312 a second · 31 requests · 12 points · core 4,957 of 5,000 left
octo-org · 3 of 4 repositories · 5s · 75 %, about 20s left · 1,940 items · 312 a second · 31 requests · 12 points · core 4,957 of 5,000 left
octo-org · 3 of 4 repositories · 10s · 75 %, about 20s left · 1,940 items · 312 a second · 31 requests · 12 points · core 4,957 of 5,000 left
octo-org · done · 11s
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("the lines differ (-want +got):\n%s", diff)
	}
}

func TestDraw_neverLetsANoteMoveTheCursor(t *testing.T) {
	t.Parallel()
	hostile := progress.Snapshot{Title: "a\nb", Bars: []progress.Bar{{Name: "x", Count: "1", Note: "\x1b[2Joops\r"}}}
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

func TestNumber_groupsThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := progress.Number(n); got != want {
			t.Errorf("Number(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestAbout_isNoMoreExactThanAnEstimate(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		3 * time.Second: "a few seconds", 44 * time.Second: "about 40s", 12*time.Minute + 40*time.Second: "about 13m", 3*time.Hour + 21*time.Minute: "about 3h20m",
	} {
		if got := progress.About(d); got != want {
			t.Errorf("About(%s) = %s, want %s", d, got, want)
		}
	}
}

func TestWords_leavesAddressesWhole(t *testing.T) {
	t.Parallel()
	const address = "https://github.com/organizations/octo-org/settings/personal-access-token-requests"
	for given, want := range map[string]string{
		"  one two three four":         "  one two\n    three\n    four",
		"    " + address:               "    " + address,
		"see " + address + " and then": "see\n    " + address + "\n    and then",
	} {
		if got := progress.Words(given, 12); got != want {
			t.Errorf("Words(%q) =\n%s\nwant\n%s", given, got, want)
		}
	}
}
