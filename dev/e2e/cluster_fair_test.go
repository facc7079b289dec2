package e2e_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tributary/activities/synctest"
	"tributary/api"
	"tributary/githubsim"
	"tributary/store/storetest"
)

// TestCluster_aGiantHoldsNobodyUp copies a small organization alone, and one of the same size
// while another, of another account, is copied that keeps every worker busy. Only the long version
// judges how long things take.
func TestCluster_aGiantHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	long := number(t, clusterVariable, 0)
	w := newWorldWith(t, githubsim.Config{}, 0)
	w.serve(t, slow{w.Sim})
	giant := newTenant(w, acme, cmp.Or(long, 20))
	w.earlier(func() { w.Populate(githubsim.Workload{Organization: acme, Commits: max(3000, 100*long)}) })
	alone, beside := newTenant(w, "alone", 3), newTenant(w, "beside", 3)
	i, _ := compose(t, clusterSettings(w))

	calm := i.ingest(t, alone)
	patience := max(time.Second, 2*mostOf(i.wizard(t, w.token(), nil)))
	t.Logf("alone: the first row after %s, the end after %s", calm.first, calm.whole)
	began := time.Now()
	i.enroll(t, giant)
	w.ResetRequests()
	eventually(t, time.Minute, "the giant is under way", func() bool { return len(w.Requests()) > 30 })
	leave, tried := make(chan struct{}), make(chan []time.Duration, 1)
	go func() { tried <- i.wizard(t, w.token(), leave) }()
	busy := i.ingest(t, beside)
	t.Logf("beside a giant: the first row after %s, the end after %s", busy.first, busy.whole)
	if _, ended := i.state(t, giant); ended {
		t.Error("the giant has ended before the small organization, and so held nobody up")
	}
	close(leave)
	answers := <-tried
	most := mostOf(answers)
	t.Logf("%d tests of a token meanwhile, nine of ten answered within %s, all within %s; wanted %s", len(answers), most, slices.Max(answers), patience)

	eventually(t, longEnough(t), "the giant was copied", func() bool { _, ended := i.state(t, giant); return ended })
	t.Logf("the giant took %s", time.Since(began).Round(time.Second))
	for _, organization := range []tenant{giant, alone, beside} {
		i.checkTenant(t, w, organization)
	}
	i.checkNothingIsLeft(t)
	if long == 0 {
		return
	}
	if busy.first > 2*calm.first || busy.whole > 2*calm.whole {
		t.Error("a giant takes more than half of the speed from a small organization")
	}
	if most > patience {
		t.Errorf("nine of ten tests of a token took %s, want a second at most, or twice of what they take alone: %s", most, patience)
	}
}

// slow answers as GitHub does: what is in repositories takes a moment, who somebody is none. So
// the giant waits for GitHub rather than for the processor, which everything here shares.
type slow struct{ gitHub http.Handler }

func (s slow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/repositories/") || r.URL.Path == "/graphql" {
		select {
		case <-time.After(300 * time.Millisecond):
		case <-r.Context().Done():
			return
		}
	}
	s.gitHub.ServeHTTP(w, r)
}

// tenant is an organization with an account of its own, and so with its own budget at GitHub.
type tenant struct {
	*githubsim.Organization
	token string
}

func newTenant(w *world, login string, repositories int) tenant {
	small := githubsim.SmallWorkload(repositories)
	small.Organization = login
	w.earlier(func() { w.Populate(small) })
	o, owner := w.Sim.Organization(login), w.AddUser(login+"-owner")
	o.AddMember(owner, "admin")
	token := w.IssueToken(owner, synctest.TokenFor(o, githubsim.ClassicToken))
	w.tokens = append(w.tokens, token)
	return tenant{o, token}
}

// enroll connects an organization, which begins its first sync.
func (i *installation) enroll(t *testing.T, o tenant) {
	t.Helper()
	var test api.TokenTest
	must(t, request(t.Context(), http.MethodPost, i.api+"/api/v1/connections/github/token/test", map[string]any{"token": o.token}, &test))
	must(t, request(t.Context(), http.MethodPost, i.api+"/api/v1/integrations", map[string]any{
		"connection_id": test.ConnectionID, "name": o.Login(), "organizations": []int64{o.ID}, "auto_import": true,
	}, nil))
}

// pace is how soon after an integration was asked for there was something, and everything.
type pace struct{ first, whole time.Duration }

func (i *installation) ingest(t *testing.T, o tenant) (p pace) {
	t.Helper()
	began := time.Now()
	i.enroll(t, o)
	eventually(t, waitForEnd, o.Login()+" was copied", func() bool {
		rows, ended := i.state(t, o)
		if rows > 0 && p.first == 0 {
			p.first = time.Since(began).Round(10 * time.Millisecond)
		}
		return ended
	})
	p.whole = time.Since(began).Round(10 * time.Millisecond)
	return p
}

// state is how many commits and issues of an organization are stored, and whether its sync has completed.
func (i *installation) state(t *testing.T, o tenant) (rows int, ended bool) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), i.database)
	must(t, err)
	defer connection.Close(context.Background())
	const count = "(SELECT count(*) FROM %s WHERE repository_id IN (SELECT id FROM repositories WHERE organization_id = $1))"
	must(t, connection.QueryRow(t.Context(), "SELECT "+fmt.Sprintf(count, "commits")+" + "+fmt.Sprintf(count, "issues")+
		", EXISTS (SELECT 1 FROM syncs WHERE organization_id = $1 AND state = 'completed')", o.ID).Scan(&rows, &ended))
	return rows, ended
}

// wizard tests a token ten times, and on until somebody has seen enough, and says how long each answer took.
func (i *installation) wizard(t *testing.T, token string, enough <-chan struct{}) (answers []time.Duration) {
	for {
		began := time.Now()
		if err := request(t.Context(), http.MethodPost, i.api+"/api/v1/connections/github/token/test", map[string]any{"token": token}, nil); err != nil {
			if t.Context().Err() == nil { // else the test has failed already
				t.Errorf("a test of a token: %v", err)
			}
			return append(answers, time.Since(began))
		}
		if answers = append(answers, time.Since(began).Round(time.Millisecond)); len(answers) < 10 {
			continue
		}
		if enough == nil {
			return answers
		}
		select {
		case <-enough:
			return answers
		default:
		}
	}
}

// mostOf is how long nine of ten took.
func mostOf(answers []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(answers))
	return sorted[(len(sorted)*9-1)/10]
}

// checkTenant compares the part of the copy that is one organization's. People are everybody's.
func (i *installation) checkTenant(t *testing.T, w *world, o tenant) {
	t.Helper()
	truth, got := w.Truth(o.Login()), storetest.ReadCopy(t, i.database)
	own := map[int64]bool{}
	for _, r := range truth.Repositories {
		own[r.ID] = true
	}
	got.Keep(func(id int64) bool { return own[id] })
	truth.Accounts, truth.EventAccounts, got.Accounts = nil, nil, nil
	if diff := synctest.Diff(truth, got); diff != "" {
		t.Errorf("the copy of %s differs from the truth (-truth +copy):\n%.4000s", o.Login(), diff)
	}
}
