package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refusal is how an ingest ends that never began.
func refusal(t *testing.T, args ...string) string {
	t.Helper()
	directory := filepath.Join(t.TempDir(), "data")
	cmd := root()
	cmd.SetArgs(append([]string{"ingest", "--org", "acme", "--data", directory}, args...))
	err := cmd.ExecuteContext(t.Context())
	if err == nil || exitCode(err) != 2 {
		t.Fatalf("ingest %v: %v (exit code %d), want 2", args, err, exitCode(err))
	}
	if _, missing := os.Stat(directory); !os.IsNotExist(missing) {
		t.Errorf("ingest %v began to write before it refused: %v", args, missing)
	}
	return err.Error()
}

func TestIngest_refusesWhatIsNoToken(t *testing.T) {
	const secret = "ghp_hunter2hunter2hunter2"
	for given, says := range map[string]string{
		`"` + secret + `"`:                "has quotes",
		`'` + secret + `'`:                "has quotes",
		"“" + secret + "”":                "has quotes",
		"Bearer " + secret:                "header Authorization",
		"bearer " + secret:                "header Authorization",
		"token " + secret:                 "header Authorization",
		"Authorization: Bearer " + secret: "header Authorization",
		secret + "\n":                     "line break",
		secret + "\r":                     "line break",
		secret + "\n" + secret:            "line break",
		" " + secret:                      "a space",
		secret + " ":                      "a space",
		secret + " " + secret:             "has spaces",
		"ghp_…":                           "example of a token",
		"ghp_...":                         "example of a token",
		"ghp_":                            "example of a token",
		"ghp_xxxxxxxxxxxx":                "example of a token",
		"github_pat_…":                    "example of a token",
		"<your-token>":                    "example of a token",
		"your_token":                      "example of a token",
		"$(gh auth token)":                "a shell would have replaced",
		"$GITHUB_TOKEN":                   "a shell would have replaced",
		secret + "é":                      "characters that no token",
		secret + "\x1b[2J":                "characters that no token",
		"https://github.com/?" + secret:   "characters that no token",
	} {
		for _, variable := range []string{"GITHUB_TOKEN", "OTHER_TOKEN"} {
			t.Setenv(variable, given)
			got := refusal(t, "--token-env", variable)
			if !strings.HasPrefix(got, variable+" ") || !strings.Contains(got, says) || !strings.Contains(got, "write the token alone") || strings.Contains(got, "hunter2") || strings.Contains(got, "\n") {
				t.Errorf("%s=%q: %q, want one line that names it and says %q", variable, given, got, says)
			}
		}
	}
	for _, good := range []string{"ghp_any", "x1", strings.Repeat("0f", 20), "github_pat_11AAA_bBb", "gho_16C7e42F292c6912E7710c838347Ae178B4a", "v1.1f699f1069f60xxx", "ghs_a.b-c.d="} {
		if problem := tokenProblem(good); problem != "" {
			t.Errorf("%s is refused: it %s", good, problem)
		}
	}
}

func TestIngest_saysWhichAddressOfGitHubIsRight(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "ghp_any")
	for given, want := range map[string]string{
		"https://github.com":          "https://api.github.com/",
		"github.com":                  "https://api.github.com/",
		"https://ghe.example.com":     "https://ghe.example.com/api/v3/",
		"ghe.example.com/api/v3":      "https://ghe.example.com/api/v3/",
		"https://ghe.example.com/api": "https://ghe.example.com/api/v3/",
	} {
		t.Setenv("TRIBUTARY_GITHUB_API_URL", "")
		if got := refusal(t, "--github-api-url", given); !strings.HasPrefix(got, "--github-api-url ") || !strings.HasSuffix(got, "--github-api-url "+want) {
			t.Errorf("--github-api-url %s: %q, want the flag and %s", given, got, want)
		}
		t.Setenv("TRIBUTARY_GITHUB_API_URL", given)
		if got := refusal(t); !strings.HasPrefix(got, "TRIBUTARY_GITHUB_API_URL ") || !strings.HasSuffix(got, "TRIBUTARY_GITHUB_API_URL="+want) {
			t.Errorf("TRIBUTARY_GITHUB_API_URL=%s: %q, want the variable and %s", given, got, want)
		}
	}
}

// fakeGh puts a program gh before everything else.
func fakeGh(t *testing.T, script string) {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "gh"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
}

func TestIngest_offersTheTokenOfGh(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "")
	fakeGh(t, `[ "$1 $2" = "auth token" ] && [ $# = 2 ] && echo gho_hunter2`)
	if got := refusal(t); !strings.Contains(got, "GITHUB_TOKEN is not set") || !strings.HasSuffix(got, "export GITHUB_TOKEN=$(gh auth token)") || strings.Contains(got, "hunter2") {
		t.Errorf("gh is logged in: %q, want its command and not its token", got)
	}
	fakeGh(t, `[ "$*" = "auth token --hostname ghe.example.com" ] && echo gho_hunter2`)
	if got := refusal(t, "--github-api-url", "https://ghe.example.com/api/v3", "--token-env", "GHE"); !strings.HasSuffix(got, "export GHE=$(gh auth token --hostname ghe.example.com)") {
		t.Errorf("gh is logged in at an Enterprise Server: %q", got)
	}
	for name, script := range map[string]string{"is logged out": "exit 1", "says nothing": "exit 0", "hangs": "sleep 10"} {
		fakeGh(t, script)
		if got := refusal(t); strings.Contains(got, "gh ") || !strings.Contains(got, "GITHUB_TOKEN=ghp_…") {
			t.Errorf("gh %s: %q, want nothing of it", name, got)
		}
	}
}
