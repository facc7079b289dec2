package githubsim_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/githubsim"
)

// history builds a git repository through fast-import.
type history struct {
	stream bytes.Buffer
	marks  int
}

// commit adds a commit that writes one file; parents are marks, the first one is the branch's.
func (h *history) commit(branch, author, committer, message, file, content string, parents ...int) int {
	h.marks++
	fmt.Fprintf(&h.stream, "commit refs/heads/%s\nmark :%d\nauthor %s\ncommitter %s\ndata %d\n%s\n", branch, h.marks, author, committer, len(message), message)
	for i, parent := range parents {
		fmt.Fprintf(&h.stream, "%s :%d\n", []string{"from", "merge"}[min(i, 1)], parent)
	}
	if file != "" {
		fmt.Fprintf(&h.stream, "M 644 inline %s\ndata %d\n%s\n", file, len(content), content)
	}
	h.stream.WriteString("\n")
	return h.marks
}

func (h *history) build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clone")
	gitIn(t, "", nil, "init", "--quiet", "--initial-branch=trunk", path)
	gitIn(t, path, h.stream.Bytes(), "fast-import", "--quiet", "--date-format=raw")
	return path
}

func gitIn(t *testing.T, path string, input []byte, arguments ...string) string {
	t.Helper()
	command := exec.Command("git", arguments...)
	command.Dir = path
	command.Stdin = bytes.NewReader(input)
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("git %s: %v: %s", arguments[0], err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

const (
	ada   = "Ada <ada@people.example>"
	ben   = "Ben <123+ben-hub@users.noreply.github.com>"
	build = "Build <root@localhost>"
	web   = "GitHub <noreply@github.com>"
)

func oddHistory() *history {
	h := &history{}
	root := h.commit("trunk", build+" 0 +0000", build+" 0 +0000", "Begin", "README", "one\ntwo\n")
	second := h.commit("trunk", ada+" 1700000000 +0530", ada+" 1700000100 +0530", "", "a.txt", "a\nb\nc\n", root)
	left := h.commit("left", ben+" 1690000000 -0800", ben+" 1690000000 -0800", "Left\n\nwith a body", "left.txt", "1\n2\n", second)
	left2 := h.commit("left", ben+" 1690000500 -0800", ben+" 1690000500 -0800", "Left again", "left.txt", "1\n2\n3\n", left)
	right := h.commit("right", ada+" 4102444800 +0000", ada+" 4102444800 +0000", "From the year 2100", "right.txt", "r\n", second)
	octopus := h.commit("trunk", ada+" 1700001000 +0000", ada+" 1700001000 +0000", "Octopus", "", "", second, left, right)
	pull := h.commit("trunk", ada+" 1700002000 +0000", web+" 1700002000 +0000", "Merge pull request #12 from ben-hub/left\n\nImprove the left", "", "", octopus, left2)
	latin := h.commit("trunk", ada+" 1700003000 +0000", ada+" 1700003000 +0000", "Caf\xe9 (#7)", "bin.dat", "\x00\x01\x02", pull)
	h.marks++
	fmt.Fprintf(&h.stream, "commit refs/heads/trunk\nmark :%d\nauthor %s 1700004000 +0000\ncommitter %s 1700004000 +0000\ndata 6\nRename\nfrom :%d\nR a.txt b.txt\n\n", h.marks, ada, ada, latin)
	h.commit("trunk", ada+" 1700000500 +0000", ada+" 1700000500 +0000", "Tabs", "with\\ttab.txt", "x\n", h.marks)
	return h
}

func TestLoadGit_servesWhatGitHas(t *testing.T) {
	t.Parallel()
	path := oddHistory().build(t)
	w := newWorld(t, githubsim.Config{})
	if _, err := w.sim.LoadGit(t.Context(), path, "acme", "real"); err != nil {
		t.Fatal(err)
	}
	served := w.all("/repos/acme/real/commits?per_page=3", "sha")
	if count := gitIn(t, path, nil, "rev-list", "--count", "HEAD"); strconv.Itoa(len(served)) != count {
		t.Errorf("%d commits, git has %s", len(served), count)
	}
	var order []any
	for _, sha := range strings.Fields(gitIn(t, path, nil, "rev-list", "HEAD")) {
		order = append(order, sha)
	}
	if !slices.Equal(served, order) {
		t.Errorf("order\n%v, git lists\n%v", served, order)
	}

	truth := w.sim.Truth("acme").Repositories[0]
	if truth.DefaultBranch != "trunk" {
		t.Errorf("default branch %s", truth.DefaultBranch)
	}
	added, deleted, files := 0, 0, 0
	byMessage := map[string]githubsim.CommitTruth{}
	for _, c := range truth.Commits {
		byMessage[c.Message] = c
		if len(c.Parents) < 2 {
			added, deleted, files = added+c.Additions, deleted+c.Deletions, files+c.ChangedFiles
		}
	}
	wantAdded, wantDeleted, wantFiles := numstat(t, path)
	if added != wantAdded || deleted != wantDeleted || files != wantFiles {
		t.Errorf("non-merges: +%d -%d in %d files, git says +%d -%d in %d", added, deleted, files, wantAdded, wantDeleted, wantFiles)
	}

	if c := byMessage["From the year 2100"]; c.AuthoredAt.Year() != 2100 {
		t.Errorf("the year 2100 became %v", c.AuthoredAt)
	}
	if c := byMessage["Begin"]; c.AuthoredAt.Unix() != 0 || c.AuthorID != 0 {
		t.Errorf("1970 by root@localhost became %v by %q", c.AuthoredAt, c.AuthorLogin)
	}
	if c := byMessage[""]; c.AuthoredOffset != 5*3600+1800 || c.AuthorLogin != "ada" {
		t.Errorf("the commit without a message: offset %d, author %q", c.AuthoredOffset, c.AuthorLogin)
	}
	if c := byMessage["Octopus"]; len(c.Parents) != 3 {
		t.Errorf("the octopus has %d parents", len(c.Parents))
	}
	if _, found := byMessage["Caf\ufffd (#7)"]; !found {
		t.Error("the message that is not UTF-8 is missing")
	}
}

// numstat adds up git's own line counts of non-merges.
func numstat(t *testing.T, path string) (added, deleted, files int) {
	t.Helper()
	for line := range strings.Lines(gitIn(t, path, nil, "log", "--no-merges", "--numstat", "--format=", "HEAD")) {
		parts := strings.SplitN(line, "\t", 3)
		if len(parts) != 3 {
			continue
		}
		a, _ := strconv.Atoi(parts[0]) // a binary file has a dash
		d, _ := strconv.Atoi(parts[1])
		added, deleted, files = added+a, deleted+d, files+1
	}
	return added, deleted, files
}

func TestLoadGit_findsPullRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	if _, err := w.sim.LoadGit(t.Context(), oddHistory().build(t), "acme", "real"); err != nil {
		t.Fatal(err)
	}
	truth := w.sim.Truth("acme").Repositories[0]
	if len(truth.PullRequests) != 2 {
		t.Fatalf("pull requests %+v", truth.PullRequests)
	}
	squashed, merged := truth.PullRequests[0], truth.PullRequests[1]
	if squashed.Number != 7 || squashed.Title != "Caf\ufffd" || squashed.Commits != 1 || !squashed.Merged {
		t.Errorf("squashed %+v", squashed)
	}
	// The octopus had merged the first commit of the left branch already.
	if merged.Number != 12 || merged.Title != "Improve the left" || merged.AuthorLogin != "ben-hub" || merged.Commits != 1 || merged.HeadRef != "left" {
		t.Errorf("merged %+v", merged)
	}
	if merged.MergedByLogin != "ada" || !merged.MergedAt.Equal(time.Unix(1700002000, 0)) {
		t.Errorf("merged by %s at %v", merged.MergedByLogin, merged.MergedAt)
	}
	w.get("/repos/acme/real/pulls/12/commits").expect(t, 200)
}

func TestLoadGit_takesAnEmptyClone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	if _, err := w.sim.LoadGit(t.Context(), (&history{}).build(t), "acme", "empty"); err != nil {
		t.Fatal(err)
	}
	w.get("/repos/acme/empty/commits").expect(t, 409)
	if _, err := w.sim.LoadGit(t.Context(), t.TempDir(), "acme", "none"); err == nil {
		t.Error("a folder that is no clone was loaded")
	}
}
