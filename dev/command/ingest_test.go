package command

import (
	"strings"
	"testing"
)

func TestIngest_looksAtTheNameOfTheOrganizationFirst(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "")
	for given, says := range map[string]string{
		"":                             "--org is missing",
		"acme/api":                     "write --org acme,",
		"acme/":                        "is no name",
		"@acme":                        "write --org acme",
		"https://github.com/acme":      "write --org acme,",
		"https://github.com/acme/api/": "write --org acme,",
		"https://github.com":           "is no name",
		"acme,other":                   "is not one name",
		"acme corp":                    "is not one name",
		"-acme":                        "is no name",
		"äcme":                         "is no name",
		"acme":                         "GITHUB_TOKEN is not set",
		"acme_corp":                    "GITHUB_TOKEN is not set",
		"A-1":                          "GITHUB_TOKEN is not set",
	} {
		cmd := root()
		cmd.SetArgs([]string{"ingest", "--org", given, "--data", t.TempDir()})
		err := cmd.ExecuteContext(t.Context())
		if err == nil || !strings.Contains(err.Error(), says) || exitCode(err) != 2 {
			t.Errorf("--org %q: %v (exit code %d), want 2 and %q", given, err, exitCode(err), says)
		}
	}
}

func TestCommand_guessesWhatWasMeant(t *testing.T) {
	cmd := root()
	cmd.SetArgs([]string{"ingst"})
	err := cmd.ExecuteContext(t.Context())
	if err == nil || !strings.Contains(err.Error(), "did you mean tributary-dev ingest?") || exitCode(err) != 2 {
		t.Errorf("%v (exit code %d), want 2 and a suggestion", err, exitCode(err))
	}
}
