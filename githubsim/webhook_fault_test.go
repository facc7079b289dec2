package githubsim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tributary/githubsim"
)

// pinged makes a hook that is pinged so often under faults, and returns what arrived.
func pinged(t *testing.T, config githubsim.Config, f githubsim.DeliveryFaults, times int) (*githubsim.Hook, *receiver, []received) {
	t.Helper()
	w := newWorld(t, config)
	r := w.receiver()
	hook := w.org.AddHook(githubsim.HookSpec{URL: r.server.URL, Secret: hookSecret, ContentType: "json"})
	r.take()
	w.sim.SetDeliveryFaults(f)
	w.sim.HoldDeliveries(true) // so that a seed decides the order
	for range times {
		hook.Ping()
	}
	return hook, r, r.take()
}

func guids(arrived []received) (inOrder []string, different map[string]int) {
	different = map[string]int{}
	for _, d := range arrived {
		guid := d.header.Get("X-GitHub-Delivery")
		inOrder = append(inOrder, guid)
		different[guid]++
	}
	return inOrder, different
}

func TestDeliveryFaults_dropWithAndWithoutATrace(t *testing.T) {
	t.Parallel()
	hook, r, arrived := pinged(t, inOrder(), githubsim.DeliveryFaults{Seed: 1, Drop: 0.5, Unlogged: 0.5}, 200)
	logged, failed := hook.Deliveries(), 0
	for _, d := range logged {
		if !d.OK() {
			failed++
		}
	}
	if len(arrived) < 70 || len(arrived) > 130 || failed < 25 || failed > 75 || len(logged) != 1+len(arrived)+failed {
		t.Errorf("of 200, %d arrived and %d are logged as failed, of %d in the log", len(arrived), failed, len(logged))
	}
	r.sim.SetDeliveryFaults(githubsim.DeliveryFaults{})
	for _, d := range logged {
		if !d.OK() && !hook.Redeliver(d.ID) {
			t.Errorf("%d cannot be delivered again", d.ID)
		}
	}
	if again := r.take(); len(again) != failed {
		t.Errorf("%d of %d arrived the second time", len(again), failed)
	}
}

func TestDeliveryFaults_duplicateAndReorder(t *testing.T) {
	t.Parallel()
	hook, _, arrived := pinged(t, inOrder(), githubsim.DeliveryFaults{Seed: 1, Duplicate: 0.3}, 100)
	if _, different := guids(arrived); len(different) != 100 || len(arrived) < 115 || len(arrived) > 145 || len(hook.Deliveries()) != 101 {
		t.Errorf("%d requests of %d deliveries, and %d in the log", len(arrived), len(different), len(hook.Deliveries()))
	}
	_, _, first := pinged(t, inOrder(), githubsim.DeliveryFaults{}, 100)
	_, _, second := pinged(t, inOrder(), githubsim.DeliveryFaults{Seed: 1, Reorder: 0.3}, 100)
	_, _, third := pinged(t, inOrder(), githubsim.DeliveryFaults{Seed: 1, Reorder: 0.3}, 100)
	ordered, _ := guids(first)
	shuffled, different := guids(second)
	again, _ := guids(third)
	if len(different) != 100 || slices.Equal(ordered, shuffled) || !slices.Equal(shuffled, again) {
		t.Errorf("%d deliveries; in their order: %v, reordered the same way by the same seed: %v", len(different), slices.Equal(ordered, shuffled), slices.Equal(shuffled, again))
	}
}

func TestDeliveryFaults_truncateWhatIsSigned(t *testing.T) {
	t.Parallel()
	_, _, arrived := pinged(t, inOrder(), githubsim.DeliveryFaults{Truncate: 1}, 1)
	newer, _ := githubsim.Signatures(hookSecret, arrived[0].body)
	if arrived[0].payload != nil || arrived[0].header.Get("X-Hub-Signature-256") != newer {
		t.Errorf("the body is %s with %v", arrived[0].body, arrived[0].header)
	}
}

func TestDeliveryFaults_delayByTheWorldsClock(t *testing.T) {
	t.Parallel()
	clock := newClock()
	config := inOrder()
	config.Now = clock.Now
	hook, r, arrived := pinged(t, config, githubsim.DeliveryFaults{Delay: 1, DelayBy: 10 * time.Minute}, 20)
	if len(arrived) != 0 || r.sim.Undelivered() != 20 {
		t.Fatalf("%d arrived at once, %d wait", len(arrived), r.sim.Undelivered())
	}
	clock.advance(5 * time.Minute)
	half := r.take()
	clock.advance(5 * time.Minute)
	if rest := r.take(); len(half) == 0 || len(rest) == 0 || len(half)+len(rest) != 20 || len(hook.Deliveries()) != 21 {
		t.Errorf("%d came within five minutes, %d later", len(half), len(rest))
	}
}

func TestDeliveries_waitWhileTheyAreHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	r := w.receiver()
	w.sim.HoldDeliveries(true)
	hook := w.org.AddHook(githubsim.HookSpec{URL: r.server.URL})
	hook.Ping()
	if n := w.sim.Undelivered(); n != 2 {
		t.Errorf("%d wait, want 2", n)
	}
	if events := r.events(); len(events) != 2 {
		t.Errorf("delivered when asked for: %v", events)
	}
	hook.Ping()
	w.sim.HoldDeliveries(false)
	if events := r.events(); len(events) != 1 {
		t.Errorf("delivered when not held any more: %v", events)
	}
}

// A receiver has ten seconds, and whoever does not want to wait that long ends it.
func TestClose_breaksOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	reached, release := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		<-release
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	hook := w.org.AddHook(githubsim.HookSpec{URL: server.URL})
	<-reached
	hook.Ping()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.sim.Deliver(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for it: %v", err)
	}
	w.sim.Close()
	hook.Ping()
	if n := w.sim.Undelivered(); n != 0 {
		t.Errorf("after Close %d wait", n)
	}
}

// What waits is bounded: GitHub throttles, says so in its log, and can be asked to deliver again.
func TestDeliveries_areThrottledWhenTooManyWait(t *testing.T) {
	t.Parallel()
	config := inOrder()
	config.Hooks.Waiting = 20_000
	w := newWorld(t, config)
	r := w.receiver()
	hook := w.org.AddHook(githubsim.HookSpec{URL: r.server.URL, ContentType: "json"})
	r.take()
	w.sim.HoldDeliveries(true)
	for range 100 {
		hook.Ping()
	}
	arrived := r.take()
	var throttled githubsim.Delivery
	n := 0
	for _, d := range hook.Deliveries() {
		if !d.ThrottledAt.IsZero() {
			throttled = d
			n++
		}
	}
	if len(arrived) == 0 || n == 0 || len(arrived)+n != 100 || throttled.OK() {
		t.Errorf("%d arrived and %d were throttled, such as %+v", len(arrived), n, throttled)
	}
	if !hook.Redeliver(throttled.ID) || len(r.take()) != 1 {
		t.Error("a throttled delivery cannot be delivered again")
	}
}

func TestDeliveries_failAsGitHubSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	r := w.receiver()
	var redirected atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { redirected.Store(true) }))
	t.Cleanup(elsewhere.Close)
	redirecting := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	t.Cleanup(redirecting.Close)
	encrypted := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(encrypted.Close)
	encrypted.Config.ErrorLog = nil
	for _, test := range []struct {
		spec   githubsim.HookSpec
		status string
		code   int
	}{
		{githubsim.HookSpec{URL: "http://127.0.0.1:1/"}, "failed to connect", 502},
		{githubsim.HookSpec{URL: redirecting.URL}, "Invalid HTTP Response: 302", 302},
		{githubsim.HookSpec{URL: encrypted.URL}, "failed to connect", 502},
		{githubsim.HookSpec{URL: encrypted.URL, InsecureSSL: true}, "OK", 200},
	} {
		hook := w.org.AddRepository(fmt.Sprint("r", test.code, test.spec.InsecureSSL, test.status[:2], test.spec.URL[len(test.spec.URL)-3:])).AddHook(test.spec)
		r.take()
		if d := hook.Deliveries()[0]; d.Status != test.status || d.StatusCode != test.code || d.URL != test.spec.URL {
			t.Errorf("%s: %+v", test.spec.URL, d)
		}
	}
	if redirected.Load() {
		t.Error("GitHub does not follow redirects")
	}
}

func TestPayloads_above25MegabytesAreNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	r := w.receiver()
	issue := w.org.AddRepository("api").OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user})
	hook := w.org.AddHook(githubsim.HookSpec{URL: r.server.URL, Events: []string{"issue_comment"}})
	r.take()
	issue.Comment(githubsim.CommentSpec{Author: w.user, Body: strings.Repeat("a", 26<<20)})
	if arrived, logged := r.take(), hook.Deliveries(); len(arrived) != 0 || len(logged) != 1 {
		t.Errorf("%d arrived, %d are logged", len(arrived), len(logged))
	}
}

func TestPush_showsTheNewest2048Commits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	r := w.receiver()
	repo := w.org.AddRepository("api")
	var last *githubsim.Commit
	for range 2100 {
		last = repo.Commit(githubsim.CommitSpec{Branch: "side", Author: w.user})
	}
	repo.Commit(githubsim.CommitSpec{Author: w.user})
	repo.ForcePush("", repo.Head("").SHA)
	w.org.AddHook(githubsim.HookSpec{URL: r.server.URL, ContentType: "json"})
	r.take()
	repo.ForcePush("", last.SHA)
	arrived := r.take()
	if commits := arrived[0].payload["commits"].([]any); len(commits) != 2048 || commits[2047].(object)["id"] != last.SHA {
		t.Errorf("%d commits", len(commits))
	}
}

func TestHookRequest_sendsWhatForgersSend(t *testing.T) {
	t.Parallel()
	hook, r, arrived := pinged(t, inOrder(), githubsim.DeliveryFaults{}, 1)
	body := []byte(`{"zen":"Design for failure."}`)
	base := githubsim.HookRequest{URL: r.server.URL, Event: "ping", GUID: "guid", Secret: hookSecret, Payload: body}
	newer, older := githubsim.Signatures(hookSecret, body)
	for signing, want := range map[githubsim.Signing][2]string{
		githubsim.SignedBoth: {newer, older}, githubsim.Unsigned: {"", ""}, githubsim.SHA1Only: {"", older}, githubsim.WrongSecret: {"other", "other"},
	} {
		request := base
		request.Signing = signing
		if status, err := request.Send(t.Context()); err != nil || status != http.StatusOK {
			t.Fatalf("%s: status %d: %v", signing, status, err)
		}
		d := r.take()[0]
		got := [2]string{d.header.Get("X-Hub-Signature-256"), d.header.Get("X-Hub-Signature")}
		if signing == githubsim.WrongSecret {
			if got[0] == newer || got[1] == older || len(got[0]) != len(newer) {
				t.Errorf("a wrong secret signs %v", got)
			}
		} else if got != want {
			t.Errorf("%q signs %v, want %v", signing, got, want)
		}
	}
	if huge := githubsim.OversizedPayload(1 << 20); len(huge) < 1<<20 {
		t.Errorf("an oversized payload has %d bytes", len(huge))
	}
	replay, found := hook.Request(hook.Deliveries()[0].ID)
	if status, err := replay.Send(t.Context()); !found || err != nil || status != http.StatusOK {
		t.Fatalf("replay: status %d: %v", status, err)
	}
	again := r.take()[0]
	if !bytes.Equal(again.body, arrived[0].body) || fmt.Sprint(again.header) != fmt.Sprint(arrived[0].header) {
		t.Errorf("the replay is %v, the delivery was %v", again.header, arrived[0].header)
	}
	if len(hook.Deliveries()) != 2 {
		t.Errorf("the log has %d deliveries, of which one is a replay", len(hook.Deliveries()))
	}
}

// The control API makes the changes that hooks tell of, to hooks too, and spoils deliveries.
func TestControl_changesWhatWasWrittenAndHooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	r := w.receiver()
	hook := w.org.AddHook(githubsim.HookSpec{URL: r.server.URL, ContentType: "json", Events: []string{"*"}})
	apply := func(change string) {
		t.Helper()
		w.control(http.MethodPost, "changes", `{"organization":"acme","repository":"api","login":"octocat",`+change+`}`).expect(t, http.StatusOK)
	}
	apply(`"kind":"add_repository","name":"api"`)
	apply(`"kind":"push_commits"`)
	apply(`"kind":"open_issue"`)
	apply(`"kind":"label","number":1,"name":"bug"`)
	apply(`"kind":"comment","number":1`)
	apply(`"kind":"open_pull_request"`)
	apply(`"kind":"review","number":2`)
	apply(`"kind":"review_comment","number":2`)
	apply(`"kind":"publish_release"`)
	r.take()
	for _, test := range []struct{ change, want string }{
		{`"kind":"edit_comment","number":1`, "issue_comment.edited"},
		{`"kind":"delete_comment"`, "issue_comment.deleted"},
		{`"kind":"edit_review","number":2`, "pull_request_review.edited"},
		{`"kind":"dismiss_review"`, "pull_request_review.dismissed"},
		{`"kind":"edit_review_comment"`, "pull_request_review_comment.edited"},
		{`"kind":"resolve_thread"`, "pull_request_review_thread.resolved"},
		{`"kind":"unresolve_thread"`, "pull_request_review_thread.unresolved"},
		{`"kind":"delete_review_comment"`, "pull_request_review_comment.deleted"},
		{`"kind":"edit_release","title":"One"`, "release.edited"},
		{`"kind":"delete_release"`, "release.deleted"},
		{`"kind":"rename_label","name":"bug","title":"defect"`, "label.edited"},
		{`"kind":"delete_label","name":"defect"`, "label.deleted"},
		{`"kind":"push_tags","name":"a b"`, "create push create push"},
		{`"kind":"add_admin"`, "member.added"},
		{`"kind":"remove_member"`, "organization.member_removed"},
	} {
		apply(test.change)
		if got := strings.Join(r.events(), " "); got != test.want {
			t.Errorf("%s tells %q, want %q", test.change, got, test.want)
		}
	}
	hooks := func(status int, change string) {
		t.Helper()
		w.control(http.MethodPost, "changes", `{"organization":"acme",`+change+`}`).expect(t, status)
	}
	hooks(200, `"kind":"alter_hook","title":"events","body":"push,issues"`)
	hooks(200, `"kind":"alter_hook","title":"secret","body":"other"`)
	hooks(200, `"kind":"mute_hook","name":"127.0.0.1"`)
	if spec := hook.Spec(); len(spec.Events) != 2 || spec.Secret != "other" || !spec.Inactive {
		t.Errorf("the hook is %+v", spec)
	}
	hooks(400, `"kind":"mute_hook","name":"elsewhere"`)
	hooks(400, `"kind":"alter_hook","title":"colour"`)
	hooks(200, `"kind":"delete_hook"`)
	if len(w.org.Hooks()) != 0 {
		t.Error("the hook is still there")
	}
	w.control(http.MethodPost, "changes", `{"kind":"edit_comment","organization":"acme","repository":"api","id":1}`).expect(t, http.StatusBadRequest)
	w.control(http.MethodPost, "deliveries", `{"drop":1,"unlogged":1,"delay_by":"1m"}`).expect(t, http.StatusOK)
	w.org.AddHook(githubsim.HookSpec{URL: r.server.URL})
	if events := r.events(); len(events) != 0 {
		t.Errorf("dropped, and arrived: %v", events)
	}
}

// A hook that is deleted learns that itself.
func TestDelete_tellsTheHook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	r := w.receiver()
	hook := w.org.AddHook(githubsim.HookSpec{URL: r.server.URL, ContentType: "json", Events: []string{"push", "meta"}})
	w.org.AddHook(githubsim.HookSpec{URL: r.server.URL, ContentType: "json", Events: []string{"meta"}})
	r.take()
	hook.Delete()
	hook.Delete()
	if arrived := r.take(); len(arrived) != 1 || arrived[0].event() != "meta.deleted" || arrived[0].payload["hook_id"] != float64(hook.ID) {
		t.Errorf("told %v", arrived)
	}
}

func BenchmarkAnnounce(b *testing.B) {
	sim := githubsim.New(githubsim.Config{AllowLocalHooks: true})
	defer sim.Close()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	o := sim.Populate(githubsim.ReferenceWorkload())
	pull := o.Repository("repository").PullRequest(2)
	b.Run("nobody", func(b *testing.B) {
		for n := range b.N {
			pull.Edit(fmt.Sprint(n), "")
		}
	})
	o.AddHook(githubsim.HookSpec{URL: server.URL, ContentType: "json", Events: []string{"*"}})
	b.Run("one", func(b *testing.B) {
		for n := range b.N {
			pull.Edit(fmt.Sprint(n), "x")
			if n%100 == 0 {
				sim.Deliver(b.Context())
			}
		}
		sim.Deliver(b.Context())
	})
}
