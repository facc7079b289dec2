package store_test

import (
	"os"
	"strings"
	"testing"

	"tributary/store/storetest"
)

// TestDataModel holds the page that analysts read against the tables: every
// table has a section, and every column is named in it.
func TestDataModel(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/data-model.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.Split(string(page), "\n### ")[1:] {
		table, _, _ := strings.Cut(section, " ")
		sections[table] = section
	}
	tables := modelColumns(t, storetest.New(t))
	for table, columns := range tables {
		for column := range columns {
			if !strings.Contains(sections[table], "`"+column+"`") {
				t.Errorf("docs/data-model.md does not say what %s.%s is", table, column)
			}
		}
	}
	for table := range sections {
		if tables[table] == nil {
			t.Errorf("docs/data-model.md describes %s, which is no table", table)
		}
	}
}
