package e2e_test

import (
	"slices"
	"strings"
	"testing"

	"tributary/store/storetest"
)

// TestStart_warnsOfTokensThatTravelUnencrypted: every process says so in its log,
// once, and works.
func TestStart_warnsOfTokensThatTravelUnencrypted(t *testing.T) {
	t.Parallel()
	const warning, address = "tokens travel to GitHub unencrypted", "TRIBUTARY_GITHUB_WEB_URL=http://ghe.example.com/"
	ours := []string{
		"TRIBUTARY_DATABASE_URL=" + storetest.SQLiteURL(t), "TRIBUTARY_API_TOKEN=" + strings.Repeat("admission", 4), "TRIBUTARY_SECRET_KEYS=" + rightKey,
		"TRIBUTARY_TEMPORAL_ADDRESS=127.0.0.1:1", // away: they end after they have said it
	}
	for _, command := range []string{"api", "worker"} {
		if got := runTributary(t, slices.Concat(ours, []string{address}), command); strings.Count(got.stderr, warning) != 1 || !strings.Contains(got.stderr, "TRIBUTARY_GITHUB_WEB_URL") {
			t.Errorf("%s says\n%s\nwant one warning that names the variable", command, got.stderr)
		}
		if got := runTributary(t, slices.Concat(ours, []string{"TRIBUTARY_GITHUB_API_URL=http://127.0.0.1:1/"}), command); strings.Contains(got.stderr, warning) {
			t.Errorf("%s warns of what does not leave this machine:\n%s", command, got.stderr)
		}
	}
	p, _ := up(t, newWorld(t, 1), t.TempDir(), address)
	if strings.Count(p.stderr.String(), warning) != 1 {
		t.Errorf("up says\n%s", p.stderr.Tail())
	}
}
