package activities_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// TestSync_copiesRealHistory holds the copy against git itself: as many commits
// as rev-list counts, and the lines that log --numstat sums up.
func TestSync_copiesRealHistory(t *testing.T) {
	t.Parallel()
	for name, clone := range map[string]string{
		"this project": strings.TrimSpace(git(t, ".", "rev-parse", "--show-toplevel")),
		"every shape":  makeClone(t, 700),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				sim := githubsim.New(githubsim.Config{})
				sim.AddOrganization("acme")
				if _, err := sim.LoadGit(t.Context(), clone, "acme", "history"); err != nil {
					t.Fatal(err)
				}
				b := synctest.New(t, sim, "acme", url, time.Now)
				b.Sync(t)

				commits, additions, deletions := 0, 0, 0
				for _, c := range storetest.ReadCopy(t, url).Commits {
					if !c.OnDefaultBranch {
						continue
					}
					commits++
					if c.DetailsState != models.DetailsDone {
						t.Fatalf("commit %s lacks its details: %s", c.SHA, c.DetailsReason)
					}
					if len(c.Parents) < 2 {
						additions += *c.Additions
						deletions += *c.Deletions
					}
				}
				if want := number(t, git(t, clone, "rev-list", "--count", "HEAD")); commits != want {
					t.Errorf("%d commits, git counts %d", commits, want)
				}
				if added, deleted := numstat(t, clone); additions != added || deletions != deleted {
					t.Errorf("%d lines added and %d deleted, git says %d and %d", additions, deletions, added, deleted)
				}
				t.Logf("%d commits, %d additions, %d deletions", commits, additions, deletions)
				b.Check(t)
			})
		})
	}
}

// numstat sums what git says of commits that are no merges.
func numstat(t *testing.T, clone string) (added, deleted int) {
	t.Helper()
	for line := range strings.Lines(git(t, clone, "log", "--numstat", "--no-merges", "--format=", "HEAD")) {
		fields := strings.SplitN(strings.TrimSpace(line), "\t", 3)
		if len(fields) < 3 || fields[0] == "-" { // binary
			continue
		}
		added += number(t, fields[0])
		deleted += number(t, fields[1])
	}
	return added, deleted
}

// makeClone makes a repository with whatever histories have: branches that were
// written long ago and merged late, octopus merges, clocks that went wrong,
// empty commits, renames, binary files and odd people.
func makeClone(t *testing.T, commits int) string {
	t.Helper()
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, ".", "init", "--quiet", "--initial-branch=main", clone)
	random := rand.New(rand.NewPCG(7, 7))
	people := []string{"Mona <mona@example.com>", "Ben <12+ben@users.noreply.github.com>", "Nobody <>", "Zoë Müller <zoe@example.org>"}
	var stream bytes.Buffer
	branches := map[string]int{} // tip marks
	for mark := 1; mark <= commits; mark++ {
		branch := "main"
		if mark > 5 {
			branch = []string{"main", "main", "feature-a", "feature-b", "feature-c"}[random.IntN(5)]
		}
		at := int64(1_600_000_000 + mark*3600)
		switch random.IntN(20) {
		case 0:
			at = int64(mark) // 1970
		case 1:
			at = 4_090_000_000 + int64(mark) // 2099
		case 2:
			at -= 200 * 24 * 3600 // written last year
		}
		zone := []string{"+0000", "+0545", "-0800"}[random.IntN(3)]
		message := fmt.Sprintf("Change %d\n\nWith a body.\n", mark)
		fmt.Fprintf(&stream, "commit refs/heads/%s\nmark :%d\nauthor %s %d %s\ncommitter %s %d %s\ndata %d\n%s\n",
			branch, mark, people[random.IntN(len(people))], at, zone, people[0], at+60, zone, len(message), message)
		if tip, ok := branches[branch]; ok {
			fmt.Fprintf(&stream, "from :%d\n", tip)
		} else if mark > 1 {
			fmt.Fprintf(&stream, "from :%d\n", branches["main"])
		}
		if branch == "main" {
			for _, other := range []string{"feature-a", "feature-b", "feature-c"} {
				if tip := branches[other]; tip > 0 && random.IntN(8) == 0 { // two or three at once make an octopus
					fmt.Fprintf(&stream, "merge :%d\n", tip)
					delete(branches, other)
				}
			}
		}
		branches[branch] = mark
		writeFiles(&stream, random, mark)
	}
	cmd := exec.CommandContext(t.Context(), "git", "-C", clone, "fast-import", "--quiet", "--force")
	cmd.Stdin = &stream
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("fast-import: %v\n%s", err, out)
	}
	return clone
}

func writeFiles(stream *bytes.Buffer, random *rand.Rand, mark int) {
	if random.IntN(10) == 0 {
		return // an empty commit
	}
	content := strings.Repeat(fmt.Sprintf("line of %d\n", mark), 1+random.IntN(30))
	if random.IntN(15) == 0 {
		content = "\x00binary" + content
	}
	fmt.Fprintf(stream, "M 100644 inline dir/file-%d.txt\ndata %d\n%s\n", random.IntN(40), len(content), content)
	if random.IntN(12) == 0 {
		fmt.Fprintf(stream, "D dir/file-%d.txt\n", random.IntN(40))
	}
}

func git(t *testing.T, folder string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", folder}, args...)...).Output()
	if err != nil {
		t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
