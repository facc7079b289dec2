package tributary_test

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// TestPins keeps the modules of this repository from drifting apart: what is
// tested in dev must be what is built for production.
func TestPins(t *testing.T) {
	t.Parallel()
	root, dev, tools := readPins(t, "go.mod"), readPins(t, "dev/go.mod"), readPins(t, "tools/go.mod")

	for module, version := range root.direct {
		if got, ok := dev.all[module]; ok && got != version {
			t.Errorf("dev/go.mod has %s %s, go.mod has %s", module, got, version)
		}
	}
	// The generator must match the library that its code calls.
	const generator = "github.com/Khan/genqlient"
	if got, want := tools.all[generator], root.direct[generator]; got != want {
		t.Errorf("tools/go.mod has %s %s, go.mod has %s", generator, got, want)
	}
	for name, pins := range map[string]pins{"dev/go.mod": dev, "tools/go.mod": tools} {
		if pins.goVersion != root.goVersion {
			t.Errorf("%s says go %s, go.mod says go %s", name, pins.goVersion, root.goVersion)
		}
	}
	// modernc.org/sqlite is machine-translated C: it works with exactly the
	// libc that its own go.mod names, and a newer one may corrupt memory.
	for name, pins := range map[string]pins{"go.mod": root, "dev/go.mod": dev} {
		for module, want := range map[string]string{"modernc.org/sqlite": "v1.60.1", "modernc.org/libc": "v1.77.1"} {
			if got := pins.all[module]; got != want {
				t.Errorf("%s has %s %s, want %s", name, module, got, want)
			}
		}
	}
}

// TestPins_ofTheStandIns fails with a new server, for which the stand-ins in
// third_party may answer too little, or answer what is no longer meant.
func TestPins_ofTheStandIns(t *testing.T) {
	t.Parallel()
	const server, want = "go.temporal.io/server", "v1.32.0"
	if got := readPins(t, "dev/go.mod").all[server]; got != want {
		t.Errorf("dev/go.mod has %s %s, the stand-ins were compared with %s: docs/decisions/0020 says how to compare them again", server, got, want)
	}
}

// pins are the versions that a go.mod asks for.
type pins struct {
	goVersion   string
	all, direct map[string]string
}

// readPins reads the require blocks as the go command formats them.
func readPins(t *testing.T, file string) pins {
	t.Helper()
	opened, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	p := pins{all: make(map[string]string), direct: make(map[string]string)}
	for lines := bufio.NewScanner(opened); lines.Scan(); {
		line, indirect := strings.CutSuffix(lines.Text(), " // indirect")
		words := strings.Fields(strings.TrimPrefix(line, "require "))
		switch {
		case len(words) == 2 && words[0] == "go":
			p.goVersion = words[1]
		case len(words) == 2 && strings.HasPrefix(words[1], "v"):
			p.all[words[0]] = words[1]
			if !indirect {
				p.direct[words[0]] = words[1]
			}
		}
	}
	if len(p.direct) == 0 || p.goVersion == "" {
		t.Fatalf("%s has no requirements or no go version: has its format changed?", file)
	}
	return p
}
