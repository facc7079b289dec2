package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tributary/store"
	"tributary/store/storetest"
)

// TestDataModel holds the page that analysts read against the tables and views: each
// has a section, in which every column is named.
func TestDataModel(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/data-model.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.Split(string(page), "\n### ")[1:] {
		name, _, _ := strings.Cut(section, "\n")
		name, _, _ = strings.Cut(name, " ")
		sections[name] = section
	}
	s := storetest.New(t)
	described := viewColumns(t, s)
	for table, columns := range modelColumns(t, s) {
		for column := range columns {
			described[table] = append(described[table], column)
		}
	}
	for name, columns := range described {
		for _, column := range columns {
			if !strings.Contains(sections[name], "`"+column+"`") {
				t.Errorf("docs/data-model.md does not say what %s.%s is", name, column)
			}
		}
	}
	for name := range sections {
		if described[name] == nil {
			t.Errorf("docs/data-model.md describes %s, which is no table and no view", name)
		}
	}
}

// viewColumns are the columns of each view, in their order.
func viewColumns(t *testing.T, s *store.Store) map[string][]string {
	t.Helper()
	var names []string
	must(t, s.DB().Raw("SELECT name FROM sqlite_master WHERE type = 'view'").Scan(&names).Error)
	views := map[string][]string{}
	for _, name := range names {
		views[name] = resultColumns(t, s, "SELECT * FROM "+name)
	}
	return views
}

// resultColumns runs a query and returns the names of its columns.
func resultColumns(t *testing.T, s *store.Store, query string) []string {
	t.Helper()
	rows, err := s.DB().Raw(query).Rows()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	for rows.Next() { // some errors show with the rows
	}
	must(t, rows.Err())
	return columns
}

// TestDocuments_haveQueriesThatRun runs every query of the documents, and those that the demo prints. The last line of one may name
// the columns of its result.
func TestDocuments_haveQueriesThatRun(t *testing.T) {
	documents, err := filepath.Glob("../docs/*.md")
	must(t, err)
	var queries []string
	for _, document := range append(documents, "../README.md") {
		page, err := os.ReadFile(document)
		must(t, err)
		for _, block := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
			for query := range strings.SplitSeq(strings.TrimSpace(block[1]), ";\n\n") {
				queries = append(queries, query)
			}
		}
	}
	printed, err := os.ReadFile("../dev/command/demo.go")
	must(t, err)
	for _, query := range regexp.MustCompile(`sqlite3 \S+ "(SELECT [^"]+)"`).FindAllStringSubmatch(string(printed), -1) {
		queries = append(queries, query[1])
	}
	if len(queries) < 13 {
		t.Errorf("found %d queries, want at least 13", len(queries))
	}
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			at := url(t)
			s := storetest.Open(t, at)
			workWorld(t, s, at, storetest.Noon.AddDate(0, 0, -7))
			for _, query := range queries {
				query, shape, named := strings.Cut(query, ";\n-- ")
				columns := resultColumns(t, s, strings.TrimSuffix(query, ";"))
				if named && !slices.Equal(columns, strings.Split(shape, ", ")) {
					t.Errorf("%s\nhas the columns %q, not %q", query, columns, shape)
				}
			}
		})
	}
}
