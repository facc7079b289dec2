package github

import (
	"encoding/json"
	"testing"
	"time"

	gh "github.com/google/go-github/v60/github"
)

func TestDecodeRows_keepsTimesWithinTheCalendar(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"9999-12-31T23:59:59-12:00": latestTime,
		"0000-01-01T00:00:00+14:00": earliestTime,
		"0001-01-01T00:00:00+01:00": earliestTime,
		"2026-03-01T12:00:00+01:00": time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC),
	} {
		rows, broken, err := decodeRows[gh.RepositoryCommit]([]byte(`[{"sha":"a","commit":{"author":{"date":"`+text+`"},"committer":{"date":"2026-03-01T12:00:00Z"}}}]`), latestTime)
		if err != nil || len(broken) > 0 || len(rows) != 1 {
			t.Fatalf("%s: %d rows, %v, %v", text, len(rows), broken, err)
		}
		if got := rows[0].Commit.Author.Date.Time; !got.Equal(want) {
			t.Errorf("%s is read as %s, want %s", text, got, want)
		}
		if _, err := json.Marshal(rows[0]); err != nil {
			t.Errorf("%s cannot be written again: %v", text, err)
		}
	}
}

// Of a fragment of a query a struct with a lower-case name is embedded.
func TestClampTimes_reachesIntoFragments(t *testing.T) {
	t.Parallel()
	type fragment struct{ UpdatedAt time.Time }
	answer := struct {
		Nodes []*struct {
			fragment
			unexported time.Time
		}
	}{}
	text := []byte(`{"Nodes": [{"UpdatedAt": "9999-12-31T23:59:59-12:00"}]}`)
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	clampTimes(text, &answer)
	if got := answer.Nodes[0]; !got.UpdatedAt.Equal(latestTime) || !got.unexported.IsZero() {
		t.Errorf("the time is %v, want %v", got.UpdatedAt, latestTime)
	}
}
