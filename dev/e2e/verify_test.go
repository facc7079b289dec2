package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/problem"
	"tributary/dev/temporal/temporaltest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// verify runs tributary verify beside the product.
func (p *product) verify(t *testing.T, args ...string) outcome {
	t.Helper()
	return runTributary(t, []string{"TRIBUTARY_DATABASE_URL=" + p.database, "TRIBUTARY_TEMPORAL_ADDRESS=" + p.TemporalAddress}, append([]string{"verify"}, args...)...)
}

// runTributary runs a command of the production binary to its end.
func runTributary(t *testing.T, environment []string, args ...string) outcome {
	t.Helper()
	program, err := tributary()
	if err != nil {
		t.Fatal(err)
	}
	p, err := launch(program, t.TempDir(), environment, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	for range p.lines {
	}
	<-p.ended
	return outcome{p.stdout.String(), p.stderr.String(), p.cmd.ProcessState.ExitCode()}
}

func TestVerifyCommand_findsWhatDiffersAndMendsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)
	var deleted *githubsim.Issue
	var comment *githubsim.Comment
	w.earlier(func() {
		deleted = w.repository(1).OpenIssue(githubsim.IssueSpec{Title: "It is slow"})
		comment = w.repository(2).OpenIssue(githubsim.IssueSpec{Title: "It is loud"}).Comment(githubsim.CommentSpec{Body: "Wait."})
	})
	for range 2 { // what is so young is read twice
		p.awaitSync(t, p.startSync(t, integration).ID, waitForEnd, models.SyncCompleted)
	}
	if got := p.verify(t); got.code != 0 || !strings.Contains(got.stdout, "2 repositories") || !strings.Contains(got.stdout, "0 differences") {
		t.Fatalf("exit code %d for an equal copy, want 0:\n%s%s", got.code, got.stdout, got.stderr)
	}

	deleted.Delete()
	comment.Edit("Wait a moment.")
	p.awaitSync(t, p.startSync(t, integration).ID, waitForEnd, models.SyncCompleted)

	got := p.verify(t, "--org", "ACME")
	lines := strings.Split(got.stdout, "\n")
	if got.code != 1 || !strings.Contains(got.stderr, "--repair") || len(lines) != 5 ||
		!strings.Contains(lines[1], "acme/repository-001") || !strings.Contains(lines[1], "deleted") || !strings.Contains(lines[2], fmt.Sprint(comment.ID)) {
		t.Errorf("exit code %d, want 1, a table of two differences and a summary:\n%s%s", got.code, got.stdout, got.stderr)
	}

	got = p.verify(t, "--repair", "--json")
	var report struct {
		Organizations    []api.VerificationDetail
		Drifts, Repaired int
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
		t.Fatalf("exit code %d and no JSON: %v\n%s%s", got.code, err, got.stdout, got.stderr)
	}
	if got.code != 0 || report.Drifts != 2 || report.Repaired != 2 || len(report.Organizations) != 1 || len(report.Organizations[0].Items) != 2 {
		t.Errorf("exit code %d with %+v, want 0 and two differences that were mended", got.code, report)
	}
	latest := p.syncs(t, integration)[0]
	if latest.Trigger != models.TriggerVerify {
		t.Errorf("the latest sync was started by %s, want by the verification", latest.Trigger)
	}
	p.awaitSync(t, latest.ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)

	var list api.Page[api.Verification]
	p.call(t, http.MethodGet, "/organizations/"+id(w.Organization.ID)+"/verifications", nil, &list)
	if len(list.Items) != 3 || list.Items[0].ID != report.Organizations[0].ID || !list.Items[0].Repair || list.Items[0].State != models.SyncCompleted {
		t.Errorf("the API lists %+v, want three with the repairing one first", list.Items)
	}
}

func TestVerify_runsOnceAtATimeAndWaitsForALimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	p := start(t, w)
	p.complete(t, w.token())
	reached, release := w.hold(t, githubsim.Fault{Match: "issueStates"})
	path := "/organizations/" + id(w.Organization.ID) + "/verifications"
	var first api.Verification
	p.call(t, http.MethodPost, path, map[string]any{"repair": false}, &first)
	<-reached

	err := request(t.Context(), http.MethodPost, p.api+"/api/v1"+path, map[string]any{"repair": true}, nil)

	if err == nil || !strings.Contains(err.Error(), string(problem.VerificationRunning)) || !strings.Contains(err.Error(), first.ID) {
		t.Errorf("another verification is answered with %v, want a conflict that names the first", err)
	}
	w.Fail(githubsim.Fault{Match: "commentStates", Times: 1, Kind: githubsim.SecondaryLimit, RetryAfter: true, For: 12 * time.Second})
	release()
	var got api.VerificationDetail
	waited := false
	eventually(t, waitForEnd, "the verification has ended", func() bool {
		p.call(t, http.MethodGet, "/verifications/"+first.ID, nil, &got)
		waited = waited || got.State == models.SyncWaiting && got.WaitingUntil != nil
		return got.State.Ended()
	})
	if got.State != models.SyncCompleted || got.Drifts != 0 || got.Repositories != 1 || !waited {
		t.Errorf("the verification is %+v, want a completed one that has waited", got)
	}
	if w.Stats().SentWhileLimited > 0 {
		t.Error("requests were sent while the limit held")
	}
}

func TestVerifyCommand_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	database := storetest.SQLiteURL(t)
	server := temporaltest.Start(t)
	connected := []string{"TRIBUTARY_DATABASE_URL=" + database, "TRIBUTARY_TEMPORAL_ADDRESS=" + server.Address()}
	storetest.Integration(t, storetest.Open(t, database), 1)
	for name, c := range map[string]struct {
		environment []string
		args        []string
		want        string
	}{
		"no database":             {args: []string{"verify"}, want: "TRIBUTARY_DATABASE_URL"},
		"no Temporal":             {environment: []string{connected[0], "TRIBUTARY_TEMPORAL_ADDRESS=127.0.0.1:1"}, args: []string{"verify"}, want: "TRIBUTARY_TEMPORAL_ADDRESS"},
		"no worker":               {environment: connected, args: []string{"verify"}, want: "worker_down"},
		"an unknown organization": {environment: connected, args: []string{"verify", "--org", "nobody"}, want: `"nobody"`},
		"nothing to verify":       {environment: []string{"TRIBUTARY_DATABASE_URL=" + storetest.SQLiteURL(t), connected[1]}, args: []string{"verify"}, want: "nothing to verify"},
		"an unknown flag":         {environment: connected, args: []string{"verify", "--fix"}, want: "--fix"},
		"an argument":             {environment: connected, args: []string{"verify", "acme"}, want: "--org"},
	} {
		got := runTributary(t, c.environment, c.args...)
		if got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, c.want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d and %q, want 2 and one line with %q:\n%s", name, got.code, got.stdout, c.want, got.stderr)
		}
	}
	if got := runTributary(t, nil, "verify", "--help"); got.code != 0 || !strings.Contains(got.stdout, "Exit codes") || !strings.Contains(got.stdout, "--repair") {
		t.Errorf("the help is %d, %s", got.code, got.stdout)
	}
}

// A copy is as healthy as it can be where one repository is blocked and the
// account has a review that it has not submitted.
func TestVerifyCommand_isContentWithABlockedRepositoryAndADraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	w.earlier(func() {
		w.repository(1).OpenPullRequest(githubsim.PullRequestSpec{Author: w.account, Title: "Change"}).
			Review(githubsim.ReviewSpec{Author: w.account, State: "PENDING", Body: "To be thought over"})
	})
	w.repository(2).Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)
	for range 2 { // what is so young is read twice
		p.awaitSync(t, p.startSync(t, integration).ID, waitForEnd, models.SyncCompleted)
	}
	for _, args := range [][]string{nil, {"--repair"}} {
		if got := p.verify(t, args...); got.code != 0 || !strings.Contains(got.stdout, "0 differences") {
			t.Errorf("exit code %d of verify %q, want 0 and no differences:\n%s%s", got.code, args, got.stdout, got.stderr)
		}
	}
}
