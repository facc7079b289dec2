package main

import (
	"strings"
	"testing"
)

func TestCommand_refusesWhatIsMisspelt(t *testing.T) {
	for args, says := range map[string]string{
		"tokn list":        "did you mean tributary token?",
		"token revok mona": "did you mean tributary token revoke?",
		"secrets rotat":    "did you mean tributary secrets rotate?",
		"token xyz":        "tributary token --help says what it does",
		"migrate now":      "tributary migrate knows no",
		"token revoke":     "tributary token list shows them",
		"token list --jsn": "unknown flag: --jsn",
		"worker --tasks":   "unknown flag: --tasks",
	} {
		got := runCommand(t, strings.Fields(args)...)
		if got.err == nil || !strings.Contains(got.err.Error(), says) || exitCode(got.err) != 2 {
			t.Errorf("tributary %s: %v, want exit code 2 and %q", args, got.err, says)
		}
	}
	for _, args := range [][]string{{}, {"token"}, {"secrets"}} {
		if got := runCommand(t, args...); got.err != nil || !strings.Contains(got.out, "Available Commands") {
			t.Errorf("tributary %v: %v, want help\n%s", args, got.err, got.out)
		}
	}
}
