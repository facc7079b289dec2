package store_test

import (
	"os"
	"regexp"
	"testing"
)

// Tickets are only in the work log: whether they are on must change no number of another report.
func TestMetrics_readNoTickets(t *testing.T) {
	tickets := regexp.MustCompile(`\b(issues|v_tickets|v_activity)\b`)
	for _, file := range []string{"report_pull_requests.go", "report_pull_request_items.go", "report_open.go", "report_commits.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := tickets.Find(text); found != nil {
			t.Errorf("%s reads %s", file, found)
		}
	}
}
