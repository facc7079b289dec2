package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestRelease_packsProgramsThatKnowTheirVersion makes an archive for this system twice: the bytes are the same.
func TestRelease_packsProgramsThatKnowTheirVersion(t *testing.T) {
	t.Parallel()
	const name = "tributary_0.1.0_" + runtime.GOOS + "_" + runtime.GOARCH
	var archives [2][]byte
	for i := range archives {
		r := release{root: "../..", out: t.TempDir(), version: "v0.1.0", programs: []program{{"githubsim", ".", "./cmd/githubsim"}}}
		if err := r.run([]string{runtime.GOOS + "/" + runtime.GOARCH}); err != nil {
			t.Fatal(err)
		}
		var err error
		if archives[i], err = os.ReadFile(filepath.Join(r.out, name+".tar.gz")); err != nil {
			t.Fatal(err)
		}
		sums, err := os.ReadFile(filepath.Join(r.out, "SHA256SUMS"))
		if want := fmt.Sprintf("%x  %s.tar.gz\n", sha256.Sum256(archives[i]), name); err != nil || string(sums) != want {
			t.Errorf("SHA256SUMS is %q (%v), want %q", sums, err, want)
		}
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("one commit makes two archives")
	}
	files := unpack(t, archives[0])
	for _, needed := range []string{"LICENSE", "NOTICE", "README.md", "githubsim", "githubsim.cdx.json"} {
		if files[name+"/"+needed] == nil {
			t.Errorf("the archive lacks %s", needed)
		}
	}
	program := filepath.Join(t.TempDir(), "githubsim")
	if err := os.WriteFile(program, files[name+"/githubsim"], 0o700); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(program, "--version").Output(); err != nil || !strings.Contains(string(said), "v0.1.0") {
		t.Errorf("--version says %q (%v)", said, err)
	}
	var list struct {
		BOMFormat  string `json:"bomFormat"`
		Components []component
	}
	if err := json.Unmarshal(files[name+"/githubsim.cdx.json"], &list); err != nil || list.BOMFormat != "CycloneDX" || len(list.Components) < 3 {
		t.Errorf("the list of what it is made of: %v, %+v", err, list)
	}
	for _, c := range list.Components {
		if c.Version == "" || !strings.HasPrefix(c.PURL, "pkg:golang/") {
			t.Errorf("the component %+v", c)
		}
	}
}

func unpack(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for reader := tar.NewReader(unzipped); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRelease_refusesAnUnknownTarget(t *testing.T) {
	t.Parallel()
	if err := (&release{root: "../.."}).run([]string{"plan9/amd64"}); err == nil || !strings.Contains(err.Error(), "linux/amd64") {
		t.Errorf("plan9: %v, want the targets", err)
	}
}
