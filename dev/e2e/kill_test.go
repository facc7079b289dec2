package e2e_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/api"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// How often the kill test kills. TRIBUTARY_TEST_KILLS chooses another number for
// both databases, and TRIBUTARY_TEST_SEED the points of another run.
var kills = map[string]int{"sqlite": 10, "postgres": 3}

// killedReaders is how many streams the process that is killed reads at a time.
// Each waits for one request, so as many are lost at most with each kill.
const killedReaders = 6

func TestKill_losesNothingAndRepeatsLittle(t *testing.T) {
	t.Parallel()
	seed := number(t, "TRIBUTARY_TEST_SEED", int(time.Now().UnixNano()%1e9))
	t.Logf("TRIBUTARY_TEST_SEED=%d", seed)
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return storetest.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := number(t, "TRIBUTARY_TEST_KILLS", kills[name])
			w := newWorld(t, max(6, n/2))

			calm := &killer{handler: w.Sim}
			undisturbed := ingestUnderFire(t, w, calm, database(t))

			executioner := &killer{handler: w.Sim, at: killPoints(n, calm.seen, uint64(seed))}
			killed := ingestUnderFire(t, w, executioner, database(t))

			if executioner.kills != n {
				t.Errorf("killed %d times, want %d", executioner.kills, n)
			}
			// These hold when something was read, which differs.
			clocks := gocmp.Options{cmpopts.IgnoreFields(storetest.Copy{}, "Streams"), cmpopts.IgnoreFields(models.Repository{}, "ProbedAt")}
			if diff := gocmp.Diff(undisturbed, killed, clocks); diff != "" {
				t.Errorf("the copy differs from an undisturbed one (-undisturbed +killed):\n%.4000s", diff)
			}
			const plan = 1 // page of the probe
			extra := executioner.seen - calm.seen
			t.Logf("%d requests undisturbed, %d more with %d kills", calm.seen, extra, n)
			if most := n * (killedReaders + plan); extra > most {
				t.Errorf("%d extra requests for %d kills, want at most %d", extra, n, most)
			}
		})
	}
}

// ingestUnderFire connects and creates an integration, and then only looks at
// the database and starts the process again whenever it was killed.
func ingestUnderFire(t *testing.T, w *world, k *killer, databaseURL string) storetest.Copy {
	t.Helper()
	w.serve(t, k)
	directory := t.TempDir()
	database := cmp.Or(databaseURL, "sqlite:"+filepath.Join(directory, "tributary.db"))
	begin := func() (*process, string) {
		p, url := up(t, w, directory, "TRIBUTARY_HEARTBEAT_TIMEOUT=1s", fmt.Sprintf("TRIBUTARY_INGEST_ACTIVITIES=%d", killedReaders),
			"TRIBUTARY_GITHUB_REQUESTS_PER_MINUTE=100000", "TRIBUTARY_DATABASE_URL="+databaseURL)
		k.aim(p)
		return p, url
	}
	p, url := begin()

	var test api.TokenTest
	if err := request(t.Context(), http.MethodPost, url+"/api/v1/connections/github/token/test", map[string]any{"token": w.token()}, &test); err != nil {
		t.Fatal(err)
	}
	k.arm()
	err := request(t.Context(), http.MethodPost, url+"/api/v1/integrations", map[string]any{
		"connection_id": test.ConnectionID, "name": "GitHub", "organizations": []int64{w.Organization.ID}, "auto_import": true,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}

	reader, err := store.Open(t.Context(), store.Config{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var sync models.Sync
	eventually(t, waitForEnd+time.Duration(len(k.at))*20*time.Second, "the sync has ended", func() bool {
		select {
		case <-p.ended:
			p, _ = begin()
		default:
		}
		syncs, err := reader.Syncs(t.Context(), store.SyncFilter{}, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		sync = syncs.Rows[0]
		return sync.State.Ended()
	})
	if sync.State != models.SyncCompleted {
		t.Errorf("the sync is %s (%s), want completed; the process said:\n%s", sync.State, sync.Error, p.stderr.tail())
	}
	p.interrupt(t)
	if code := p.wait(t, waitForEnd); code != 0 {
		t.Errorf("the process ended with %d, want 0:\n%s", code, p.stderr.tail())
	}
	w.check(t, database)
	for path, content := range files(t, directory) {
		if form, found := tokenIn(content, w.tokens); found {
			t.Errorf("%s holds a token, %s", path, form)
		}
	}
	return storetest.ReadCopy(t, database)
}

// killPoints are spread over an ingestion: one in each n-th of its requests.
// Half of them kill before the request is answered, half of them after.
func killPoints(n, requests int, seed uint64) map[int]killTime {
	random := rand.New(rand.NewPCG(seed, 0))
	points := map[int]killTime{}
	for i := range n {
		first, last := requests*i/n, requests*(i+1)/n
		points[1+first+random.IntN(max(1, last-first))] = killTime(1 + random.IntN(2))
	}
	return points
}

type killTime int

const (
	beforeTheAnswer killTime = 1 + iota
	afterTheAnswer
)

// killer kills the process that sends the requests it was told.
type killer struct {
	handler http.Handler
	at      map[int]killTime

	mu     sync.Mutex
	target *process
	armed  bool
	seen   int // requests since it was armed
	kills  int
}

func (k *killer) aim(p *process) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.target = p
}

func (k *killer) arm() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.armed = true
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	when := k.next()
	if when == beforeTheAnswer {
		k.kill()
	}
	k.handler.ServeHTTP(w, r)
	if when == afterTheAnswer {
		_ = http.NewResponseController(w).Flush()
		k.kill()
	}
}

func (k *killer) next() killTime {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.armed {
		return 0
	}
	k.seen++
	return k.at[k.seen]
}

func (k *killer) kill() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kills++
	_ = k.target.cmd.Process.Kill() // that it is dead already shows in the number of kills
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s is not a number", variable)
	}
	return n
}
