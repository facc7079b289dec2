package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tributary/models"
	"tributary/store"
	"tributary/store/testpg"
)

// What the receiver should reach, on a machine of two cores that has nothing else to
// do: none lost, and almost all answered within goalAnswer.
const goalAnswer = 100 * time.Millisecond

type webhooks struct {
	perSecond   int
	during      time.Duration
	postgresURL string
	onlySQLite  bool
	profiles    string
	scratch     string
}

func webhooksCommand() *cobra.Command {
	var w webhooks
	cmd := &cobra.Command{
		Use:   "webhooks",
		Short: "Deliver webhooks and measure how soon they are answered, on SQLite and Postgres",
		Long: `Deliver webhooks and measure how soon they are answered, on SQLite and Postgres.

The API and Postgres are processes of their own and share this machine with the
sender, which waits for nobody: each delivery leaves at its own time. No worker
takes what is received. A delivery is lost when it is not in the database after
it was answered, or was not answered with success.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return w.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&w.perSecond, "per-second", 1000, "deliveries a second")
	flags.DurationVar(&w.during, "for", 30*time.Second, "how long they come")
	flags.StringVar(&w.postgresURL, "postgres-url", "", "a server where databases may be created (default: one started from installed binaries)")
	flags.BoolVar(&w.onlySQLite, "sqlite-only", false, "do without Postgres")
	flags.StringVar(&w.profiles, "profiles", "", "folder for CPU profiles of the API")
	return cmd
}

func (w webhooks) run(ctx context.Context, out io.Writer) (err error) {
	if w.scratch, err = os.MkdirTemp("", "tributary-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(w.scratch)
	databases := []database{sqlite{}}
	if !w.onlySQLite {
		server, err := testpg.Open(w.postgresURL)
		if err != nil {
			return fmt.Errorf("no Postgres: %w\nInstall it (Debian, Ubuntu: apt-get install postgresql), name a server with --postgres-url, or do without: --sqlite-only", err)
		}
		defer server.Close()
		databases = append(databases, postgres{server})
	}
	fmt.Fprintf(out, "goals: %d deliveries a second for %s, none lost, 99 of 100 answered within %s\n\n", w.perSecond, w.during, goalAnswer)
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "database\tsent\tper second\tstored\tlost\tp50 ms\tp99 ms\tslowest ms\tAPI CPU s\t")
	for _, db := range databases {
		if err := w.measure(ctx, db, table); err != nil {
			return fmt.Errorf("on %s: %w", db.name(), err)
		}
	}
	return table.Flush()
}

func (w webhooks) measure(ctx context.Context, db database, table io.Writer) error {
	url, drop, err := db.create()
	if err != nil {
		return err
	}
	defer drop()
	if url == "" {
		url = "sqlite:" + filepath.Join(w.scratch, "tributary.db")
	}
	profile := ""
	if w.profiles != "" {
		profile = filepath.Join(w.profiles, "webhooks-"+db.name()+".pprof")
	}
	fmt.Fprintf(os.Stderr, "delivering to %s\n", db.name())
	receiver, err := startReceiver(ctx, url, profile)
	if err != nil {
		return err
	}
	sent := deliver(ctx, receiver.endpoint, w.perSecond, w.during)
	cpu, err := receiver.stop()
	if err != nil {
		return err
	}
	if err := sent.look(ctx, url, receiver.Integration); err != nil {
		return err
	}
	_, err = fmt.Fprintf(table, "%s\t%d\t%.0f\t%d\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t\n", db.name(), len(sent.answers), sent.perSecond(), sent.stored, sent.lost,
		milliseconds(percentile(sent.answers, 50)), milliseconds(percentile(sent.answers, 99)), milliseconds(percentile(sent.answers, 100)), cpu.Seconds())
	return err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// endpoint is where deliveries go, and what they are signed with.
type endpoint struct {
	URL, Secret string
	Integration string
}

// delivered is what became of deliveries.
type delivered struct {
	answers      []time.Duration // how long each took, shortest first
	took         time.Duration
	refused      int
	stored, lost int
}

func (d delivered) perSecond() float64 { return float64(len(d.answers)) / d.took.Seconds() }

// deliver sends deliveries at a steady pace, however long their answers take.
func deliver(ctx context.Context, to endpoint, perSecond int, during time.Duration) *delivered {
	transport := &http.Transport{MaxIdleConnsPerHost: 1000, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second} // GitHub's patience
	n := int(float64(perSecond) * during.Seconds())
	d := &delivered{}
	var mu sync.Mutex
	var all sync.WaitGroup
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(perSecond))))
		request, err := newDelivery(ctx, to, i)
		all.Go(func() {
			left := time.Now()
			if err == nil {
				err = send(client, request)
			}
			took := time.Since(left)
			mu.Lock()
			defer mu.Unlock()
			d.answers = append(d.answers, took)
			if err != nil {
				d.refused++
			}
		})
	}
	all.Wait()
	d.took = time.Since(began)
	slices.Sort(d.answers)
	return d
}

func send(client *http.Client, request *http.Request) error {
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusAccepted {
		err = errors.Join(err, errors.New(answer.Status))
	}
	return err
}

// filler makes a payload as long as most of GitHub's: ten kilobytes, half of them text and
// half of them addresses.
var filler = func() string {
	var b strings.Builder
	fmt.Fprintf(&b, `"body": "%s"`, strings.Repeat("It is broken, and here is the log:\\n", 140))
	for i := range 60 {
		fmt.Fprintf(&b, `, "url_%d": "https://api.github.com/repos/acme/api/issues/1347/labels{/name}/%d"`, i, i)
	}
	return b.String()
}()

func newDelivery(ctx context.Context, to endpoint, i int) (*http.Request, error) {
	body := fmt.Appendf(nil, `{"action": "created", "comment": {"id": %d, "updated_at": "%s", %s}, "issue": {"number": %d, "id": 1, "title": "Broken"},
		"repository": {"id": %d, "full_name": "acme/api-%d", "default_branch": "main", "owner": {"login": "acme", "id": %d, "type": "Organization"}},
		"organization": {"login": "acme", "id": %d}}`, i, time.Now().UTC().Format(time.RFC3339), filler, i%100, i%50+1, i%50, organizationID, organizationID)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(to.Secret))
	mac.Write(body)
	request.Header = http.Header{
		"Content-Type": {"application/json"}, "X-Github-Event": {"issue_comment"}, "X-Github-Delivery": {guidOf(i)},
		"X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(mac.Sum(nil))},
	}
	return request, nil
}

func guidOf(i int) string { return fmt.Sprintf("72d3162e-cc78-11e3-81ab-%012d", i) }

// look compares what was sent with what is in the database.
func (d *delivered) look(ctx context.Context, url, integrationID string) error {
	db, err := store.Open(ctx, store.Config{URL: url})
	if err != nil {
		return err
	}
	defer db.Close()
	found := map[string]bool{}
	err = store.Each(func(cursor store.Cursor) (store.List[models.Delivery], error) {
		return db.Deliveries(ctx, store.DeliveryFilter{IntegrationID: integrationID}, cursor, 1000)
	}, func(rows []models.Delivery) error {
		for _, row := range rows {
			found[row.GUID] = true
		}
		return nil
	})
	d.stored = len(found)
	for i := range d.answers {
		if !found[guidOf(i)] {
			d.lost++
		}
	}
	d.lost = max(d.lost, d.refused)
	return err
}
