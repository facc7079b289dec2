// Release builds what people download: every program for every target, packed with its licence and the list of what it
// is made of, and the checksums of all. It publishes nothing.
//
//	release [-version v0.1.0] [-out dist] [-targets linux/amd64,…]
//	release -check
//
// The second only compiles what production runs, for every target, and links and writes nothing.
// The same commit gives the same bytes.
package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// targets are what people run.
var targets = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// program is one of an archive, with the module and the package that it is built of.
type program struct{ name, module, pkg string }

var programs = []program{
	{"tributary", ".", "./cmd/tributary"},
	{"githubsim", ".", "./cmd/githubsim"},
	{"tributary-dev", "dev", "."},
}

func main() {
	r := release{programs: programs}
	version := flag.String("version", "", "the version that programs show; without one git describe says it")
	flag.StringVar(&r.root, "root", "..", "the repository")
	flag.StringVar(&r.out, "out", "../dist", "the folder to write to, which is emptied")
	chosen := flag.String("targets", strings.Join(targets, ","), "the systems to build for")
	check := flag.Bool("check", false, "only compile the programs of production")
	flag.Parse()
	r.version = *version
	do := r.run
	if *check {
		do = r.check
	}
	if err := do(strings.Split(*chosen, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

type release struct {
	root, out, version string
	programs           []program
	at                 time.Time // of the commit; all files have it
}

// check compiles. Go links nothing when it is given more than one package and no place to write to.
func (r *release) check(chosen []string) error {
	for _, target := range chosen {
		if err := r.goBuild(target, ".", "./cmd/tributary", "./cmd/githubsim"); err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
	}
	return nil
}

func (r *release) run(chosen []string) (err error) {
	for _, target := range chosen {
		if !slices.Contains(targets, target) {
			return fmt.Errorf("-targets: %q is none of %s", target, strings.Join(targets, ", "))
		}
	}
	described, err := r.git("describe", "--always", "--tags", "--dirty")
	if err != nil {
		return err
	}
	r.version = cmp.Or(r.version, described)
	seconds, err := r.git("log", "-1", "--format=%ct")
	if err != nil {
		return err
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return err
	}
	r.at = time.Unix(unix, 0).UTC()
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	var sums bytes.Buffer
	for _, target := range chosen {
		archive, content, err := r.target(target)
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		if err := write(filepath.Join(r.out, archive), content); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), archive)
		fmt.Printf("%s  %d MB\n", filepath.Join(r.out, archive), len(content)>>20)
	}
	return write(filepath.Join(r.out, "SHA256SUMS"), sums.Bytes())
}

// target builds and packs everything for one system.
func (r *release) target(target string) (archive string, content []byte, err error) {
	system, processor, _ := strings.Cut(target, "/")
	folder := fmt.Sprintf("tributary_%s_%s_%s", strings.TrimPrefix(r.version, "v"), system, processor)
	var files []file
	for _, name := range []string{"LICENSE", "NOTICE", "README.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(filepath.Join(r.root, name))
		if err != nil {
			return "", nil, err
		}
		files = append(files, file{folder + "/" + name, text, 0o644})
	}
	for _, p := range r.programs {
		binary, list, err := r.build(target, p.module, p.pkg)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", p.name, err)
		}
		name := p.name
		if system == "windows" {
			name += ".exe"
		}
		files = append(files, file{folder + "/" + name, binary, 0o755}, file{folder + "/" + p.name + ".cdx.json", list, 0o644})
	}
	if system == "windows" {
		content, err = zipped(files, r.at)
		return folder + ".zip", content, err
	}
	content, err = tarred(files, r.at)
	return folder + ".tar.gz", content, err
}

// build returns a program, and the list of what it is made of.
func (r *release) build(target, module, pkg string) (binary, list []byte, err error) {
	folder, err := os.MkdirTemp("", "release")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "program")
	if err := r.goBuild(target, module, "-buildvcs=false", "-ldflags", "-s -w -X tributary/version.stamped="+r.version, "-o", path, pkg); err != nil {
		return nil, nil, err
	}
	if binary, err = os.ReadFile(path); err != nil {
		return nil, nil, err
	}
	list, err = bom(path, r.version)
	return binary, list, err
}

// goBuild compiles as releases are compiled: alike, wherever that is.
func (r *release) goBuild(target, module string, args ...string) error {
	system, processor, _ := strings.Cut(target, "/")
	cmd := exec.Command("go", append([]string{"build", "-C", filepath.Join(r.root, module), "-trimpath"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

func (r *release) git(args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", r.root}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
