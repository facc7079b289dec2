package tributary_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImports keeps the one direction in which the code points. Each rule says
// which packages (with those below them) may not import what, and why.
//
// The files are parsed here, not listed by the go command: so a cached result
// is dropped when one of them changes.
func TestImports(t *testing.T) {
	t.Parallel()
	const ours = "tributary"
	rules := []struct {
		packages string
		never    []string
		except   []string
		why      string
	}{
		{"models", []string{ours, "gorm.io"}, nil, "the nouns know nobody; gorm's tags are strings"},
		{"config", []string{ours}, nil, "settings are read before anything that they configure exists"},
		{"plain", []string{ours}, nil, "it knows text and nothing else"},
		{"version", []string{ours}, nil, "it knows what the linker and Go know"},
		{"private", []string{ours}, nil, "it knows files and nothing else"},
		{"github", []string{ours}, []string{ours + "/github", ours + "/plain"}, "the client speaks GitHub's language, not ours"},
		{"githubsim", []string{ours}, []string{ours + "/githubsim"}, "a simulator that shares the client's types shares its mistakes"},
		{"store", []string{ours}, []string{ours + "/models", ours + "/private", ours + "/store"}, "rows don't depend on where they come from or who asks for them"},
		{"activities", []string{ours + "/workflows", ours + "/api"}, nil, "workflows call activities, never back"},
		{"activities", []string{"github.com/gin-gonic", "github.com/danielgtaylor/huma"}, nil, "HTTP ends at the front door"},
		{"workflows", []string{ours}, []string{ours + "/activities", ours + "/models", ours + "/plain", ours + "/workflows"}, "workflows are replayed; what touches the world is an activity"},
		{"workflows", []string{"gorm.io", "database/sql", "net/http", "os"}, nil, "workflows are replayed; the world is not"},
		{"api", []string{ours + "/github", ours + "/githubsim"}, nil, "only activities spend the rate budget"},
		{"api", []string{ours + "/worker"}, nil, "the API runs without a worker in its process"},
		{"api/problem", []string{ours}, []string{ours + "/models"}, "what callers are told does not depend on where it happened"},
		{"api/openapi", []string{ours}, []string{ours + "/api/problem", ours + "/models"}, "the document is made of what the operations say of themselves"},
		{"api/receiver", []string{ours}, []string{ours + "/api/door", ours + "/api/problem", ours + "/models", ours + "/store", ours + "/telemetry"}, "it stores what GitHub signed, and asks nobody"},
		{"api/door", []string{ours}, []string{ours + "/api/openapi", ours + "/api/problem", ours + "/models", ours + "/store", ours + "/telemetry"}, "every request passes the door, whatever it asks for"},
		{"telemetry", []string{ours}, []string{ours + "/models", ours + "/store"}, "it counts what it is told, whoever does the work"},
		{".", []string{"go.opentelemetry.io", "github.com/prometheus"}, []string{"telemetry"}, "how things are measured is the business of one package"},
		{"web", []string{ours}, nil, "the frontend is a client like any other: it knows the API by its document"},
		{"worker", []string{ours + "/web"}, nil, "pages are the API's process's"},
		{"worker", []string{ours + "/api"}, nil, "a worker runs without the API in its process"},
		{".", []string{"gorm.io"}, []string{"store"}, "queries and transactions belong to the store"},
		{".", []string{ours + "/dev", "go.temporal.io/server"}, []string{"dev"}, "the production binary is free of the embedded server and its 200 modules"},
	}
	for _, rule := range rules {
		files := goFiles(t, rule.packages)
		if len(files) == 0 {
			t.Errorf("no Go files in %s: has the package moved?", rule.packages)
		}
		for _, file := range files {
			if under(file, rule.except) {
				continue
			}
			for _, path := range importsOf(t, file) {
				if under(path, rule.never) && !under(path, rule.except) {
					t.Errorf("%s imports %s: %s", file, path, rule.why)
				}
			}
		}
	}
}

// goFiles finds the files that are built into the packages in and below folder.
// Tests may reach further.
func goFiles(t *testing.T, folder string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path == folder:
			return nil // the caller tells
		case err != nil:
			return err
		case entry.IsDir() && path != "." && ignored(entry.Name()):
			return filepath.SkipDir
		case !entry.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			files = append(files, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func ignored(folder string) bool {
	return strings.HasPrefix(folder, ".") || slices.Contains([]string{"testdata", "node_modules", "third_party"}, folder)
}

func importsOf(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// under reports whether path is one of the prefixes or below it: tributary/github
// is not above tributary/githubsim.
func under(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	})
}
