package githubsim

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// gitCommit is a commit as git log tells it.
type gitCommit struct {
	sha       string
	parents   []string
	author    gitPerson
	committer gitPerson
	message   string

	additions, deletions, files int
}

type gitPerson struct {
	name, email string
	when        time.Time
}

// gitFormat is one header: fields that end in NUL. Only the message can be long, and none can hold a NUL.
const gitFormat = "--format=%H%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B%x00"

// gitHead asks for the branch that HEAD names and whether it has commits.
func gitHead(ctx context.Context, path string) (branch string, empty bool, err error) {
	if _, err := git(ctx, path, "rev-parse", "--git-dir"); err != nil {
		return "", false, err
	}
	branch, err = git(ctx, path, "symbolic-ref", "--quiet", "--short", "HEAD")
	if err != nil {
		branch = "main" // a detached HEAD
	}
	_, err = git(ctx, path, "rev-parse", "--quiet", "--verify", "HEAD^{commit}")
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return branch, true, nil
	}
	return branch, false, err
}

func gitCommand(ctx context.Context, path string, arguments ...string) *exec.Cmd {
	fixed := []string{"-C", path, "-c", "diff.renames=true", "-c", "log.showSignature=false", "-c", "i18n.logOutputEncoding=UTF-8"}
	command := exec.CommandContext(ctx, "git", append(fixed, arguments...)...)
	command.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	return command
}

func git(ctx context.Context, path string, arguments ...string) (string, error) {
	var stderr bytes.Buffer
	command := gitCommand(ctx, path, arguments...)
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", arguments[0], err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// readGitLog streams every commit that HEAD reaches, parents first. A merge is compared with its first parent,
// which is the diff that GitHub shows for it.
func readGitLog(ctx context.Context, path string, each func(gitCommit)) error {
	var stderr bytes.Buffer
	command := gitCommand(ctx, path, "log", "--reverse", "--topo-order", "-z", "--numstat", "--diff-merges=first-parent",
		"--no-ext-diff", "--no-textconv", "--no-color", "--date=raw", gitFormat, "HEAD", "--")
	command.Stderr = &stderr
	out, err := command.StdoutPipe()
	if err != nil {
		return fmt.Errorf("git log: %w", err)
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("git log: %w", err)
	}
	parseErr := parseGitLog(bufio.NewReaderSize(out, 1<<20), each)
	if parseErr != nil {
		io.Copy(io.Discard, out)
	}
	if err := command.Wait(); err != nil {
		return fmt.Errorf("git log: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return parseErr
}

// parseGitLog reads headers and, after each, its files: "ADDED\tDELETED\tNAME", or for a rename an empty NAME and
// the two names as entries of their own. A header begins with a SHA and so without a tab.
func parseGitLog(in *bufio.Reader, each func(gitCommit)) error {
	entries := gitEntries{in: in}
	var c gitCommit
	for {
		entry, err := entries.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read git log: %w", err)
		}
		entry = strings.TrimLeft(entry, "\n")
		if entry == "" {
			continue
		}
		if strings.Contains(entry, "\t") {
			if err := c.addFile(entry, &entries); err != nil {
				return err
			}
			continue
		}
		if c.sha != "" {
			each(c)
		}
		if c, err = readGitHeader(entry, &entries); err != nil {
			return err
		}
	}
	if c.sha != "" {
		each(c)
	}
	return nil
}

// gitEntries are what stands between NULs.
type gitEntries struct {
	in *bufio.Reader
}

func (e *gitEntries) next() (string, error) {
	entry, err := e.in.ReadString(0)
	if err != nil {
		return "", err // what follows the last NUL is a newline at most
	}
	return entry[:len(entry)-1], nil
}

func readGitHeader(sha string, entries *gitEntries) (gitCommit, error) {
	var fields [8]string
	for i := range fields {
		entry, err := entries.next()
		if err != nil {
			return gitCommit{}, fmt.Errorf("read git log of %s: %w", sha, err)
		}
		fields[i] = strings.ToValidUTF8(entry, "\ufffd")
	}
	c := gitCommit{
		sha: sha, parents: strings.Fields(fields[0]), message: strings.TrimRight(fields[7], "\n"),
		author:    gitPerson{fields[1], fields[2], rawDate(fields[3])},
		committer: gitPerson{fields[4], fields[5], rawDate(fields[6])},
	}
	if len(sha) != 40 {
		return gitCommit{}, fmt.Errorf("git log: %q where a SHA is expected", sha)
	}
	return c, nil
}

// rawDate reads "1700000000 +0200". Git keeps whatever somebody wrote, so anything unreadable is 1970.
func rawDate(raw string) time.Time {
	text, zone, _ := strings.Cut(raw, " ")
	seconds, _ := strconv.ParseInt(text, 10, 64)
	offset, _ := strconv.Atoi(zone)
	east := (offset/100*60 + offset%100) * 60
	if east == 0 || east <= -24*3600 || east >= 24*3600 {
		return time.Unix(seconds, 0).UTC()
	}
	return time.Unix(seconds, 0).In(time.FixedZone("", east))
}

// addFile counts one file; a binary one has dashes and no lines.
func (c *gitCommit) addFile(entry string, entries *gitEntries) error {
	parts := strings.SplitN(entry, "\t", 3)
	if len(parts) != 3 {
		return fmt.Errorf("git log of %s: %q where a file is expected", c.sha, entry)
	}
	added, _ := strconv.Atoi(parts[0])
	deleted, _ := strconv.Atoi(parts[1])
	c.additions += added
	c.deletions += deleted
	c.files++
	if parts[2] != "" {
		return nil
	}
	for range 2 {
		if _, err := entries.next(); err != nil {
			return fmt.Errorf("read git log of %s: %w", c.sha, err)
		}
	}
	return nil
}
