package synctest_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// TestStreams walks the table of streams: a kind that lacks a part is one that is
// never read, never compared, never deleted or never explained to anybody.
func TestStreams_haveAllTheirParts(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/data-model.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range models.Streams {
		if len(d.Services) == 0 {
			t.Errorf("no service wants %s", d.Kind)
		}
		if d.Listed() == (len(d.Fills) > 0) {
			t.Errorf("%s is neither listed nor fills in what was listed, or both", d.Kind)
		}
		if d.Listed() && len(d.Tables) != 1 {
			t.Errorf("%s is listed into %d tables, want one", d.Kind, len(d.Tables))
		}
		for _, mark := range d.Marks {
			if !models.Describe(mark).Listed() {
				t.Errorf("%s follows the mark of %s, which has none", d.Kind, mark)
			}
		}
		for _, table := range d.Tables {
			field := exported(table.Name)
			compared := []reflect.Type{reflect.TypeFor[githubsim.RepositoryTruth]()}
			if d.Plain == nil {
				compared = append(compared, reflect.TypeFor[storetest.Copy]())
			}
			for _, has := range compared {
				if _, there := has.FieldByName(field); !there {
					t.Errorf("%s has no %s, so that no test compares them", has, field)
				}
			}
			if !strings.Contains(string(page), "\n### "+table.Name+" ") {
				t.Errorf("docs/data-model.md does not describe %s", table.Name)
			}
		}
		if !strings.Contains(string(page), "`"+string(d.Kind)+"`") {
			t.Errorf("docs/data-model.md does not name the stream %s", d.Kind)
		}
	}
}

// exported is a name in Go of a table.
func exported(table string) string {
	var name strings.Builder
	for word := range strings.SplitSeq(table, "_") {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return name.String()
}
