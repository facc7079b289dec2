package tributary_test

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestBehaviours keeps docs/behaviours.md and the tests together: every line of the page that the product follows is
// shown by a test or has a reason, and every test that is named after a line stands there.
func TestBehaviours(t *testing.T) {
	t.Parallel()
	rows, tests := behaviourRows(t), testNames(t)
	listed := map[string]bool{}
	for _, row := range rows {
		for _, name := range row.tests {
			listed[name] = true
			if !tests[name] {
				t.Errorf("%s is shown by %s, which does not exist", row.what, name)
			}
			if of := subject.FindStringSubmatch(name); of != nil && !row.covers(of[1]) && row.what[0] == 'L' {
				t.Errorf("%s is shown by %s, which is named after another line", row.what, name)
			}
		}
		if len(row.tests) == 0 && !slices.Contains(reasons, row.reason) {
			t.Errorf("%s is shown by no test; without one it says one of %q", row.what, reasons)
		}
	}
	for name := range tests {
		if subject.MatchString(name) && !listed[name] {
			t.Errorf("%s is named after a behaviour and not listed in docs/behaviours.md", name)
		}
	}
	for _, kind := range []struct {
		letter string
		last   int
	}{{"L", 79}, {"F", 16}, {"P", 10}} {
		for n := 1; n <= kind.last; n++ {
			what := kind.letter + strconv.Itoa(n)
			if !slices.ContainsFunc(rows, func(r behaviourRow) bool { return r.covers(what) }) {
				t.Errorf("docs/behaviours.md has no row for %s", what)
			}
		}
	}
}

// TestBehaviours_namesPersonasThatExist keeps the methods that the table names.
func TestBehaviours_namesPersonasThatExist(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("githubsim/personas.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range behaviourRows(t) {
		if row.what[0] == 'P' && !strings.Contains(string(source), ") "+row.madeBy+"(") {
			t.Errorf("%s is made by %q, which githubsim/personas.go does not have", row.what, row.madeBy)
		}
	}
}

// reasons for which a behaviour has no test.
var reasons = []string{"heading"}

// behaviourRow is a row of one of the tables.
type behaviourRow struct {
	what        string // L2, L3a, L36–37, F1, P10
	first, last int
	tests       []string
	reason      string
	madeBy      string // of a persona
}

// covers says whether the row is about a line, or one of several: L37, L44to50b.
func (r behaviourRow) covers(what string) bool {
	first, last := span(what)
	return what[0] == r.what[0] && r.first <= last && first <= r.last
}

// span are the numbers of the first and the last line: L37, L36–37, L44to50b.
func span(what string) (first, last int) {
	numbers := number.FindAllString(what, -1)
	first, _ = strconv.Atoi(numbers[0])
	last, _ = strconv.Atoi(numbers[len(numbers)-1])
	return first, last
}

var (
	number     = regexp.MustCompile(`\d+`)
	testName   = regexp.MustCompile(`Test\w+`)
	firstCell  = regexp.MustCompile(`^\| ([FP]?\d[^ |]*) \|`)
	subject    = regexp.MustCompile(`^Test_([LFP]\d+(?:to\d+)?[a-c]?)_`)
	testHeader = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// behaviourRows reads the tables. A test stands in the last cell, or a reason.
func behaviourRows(t *testing.T) []behaviourRow {
	t.Helper()
	file, err := os.Open("docs/behaviours.md")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var rows []behaviourRow
	for lines := bufio.NewScanner(file); lines.Scan(); {
		first := firstCell.FindStringSubmatch(lines.Text())
		if first == nil {
			continue
		}
		cells := strings.Split(strings.Trim(lines.Text(), "| "), " | ")
		row := behaviourRow{what: first[1], reason: cells[len(cells)-1], tests: testName.FindAllString(cells[len(cells)-1], -1)}
		if !strings.ContainsAny(row.what[:1], "FP") {
			row.what = "L" + row.what
		}
		row.first, row.last = span(row.what)
		row.madeBy = strings.Trim(cells[len(cells)-2], "`")
		rows = append(rows, row)
	}
	return rows
}

// testNames finds the tests of all modules.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && ignored(entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		for _, found := range testHeader.FindAllStringSubmatch(string(source), -1) {
			names[found[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
