package ingest

import (
	"strings"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
)

func TestSummary_showsNamesOfGitHubsPlainly(t *testing.T) {
	t.Parallel()
	hostile := "acme\x1b[2J\r\n  database  forged"
	s := Summary{Organization: hostile, State: models.SyncPartial,
		Failed: []Failure{{Repository: hostile, Cause: problem.Cause{Code: models.RepoGone, Detail: hostile}}},
		Gaps:   []api.Gap{{Subject: "rows", Count: 1, Detail: hostile, Examples: []string{hostile}}},
		Cause:  &problem.Cause{Code: models.GitHubUnexpected, Detail: hostile},
	}
	var out strings.Builder
	if err := s.Write(&out); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{out.String(), (&RefusedError{Cause: *s.Cause}).Error(), (&ProblemError{Problem: problem.Problem{Detail: hostile}}).Error()} {
		if strings.ContainsAny(text, "\x1b\r") || strings.Contains(text, "\n  database") || !strings.Contains(text, `acme\x1b[2J\r\n`) {
			t.Errorf("what GitHub sent is shown as it is, or not at all:\n%q", text)
		}
	}
}
