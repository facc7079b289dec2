// Package receiver takes GitHub's webhook deliveries: the one route that needs no
// token, because each request is signed. It believes nothing before it has checked
// the signature, and answers once the delivery is stored: what it hints at is read
// by a workflow.
package receiver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/telemetry"
)

// Path begins the addresses that GitHub delivers to. The id of a hook follows.
const Path = "/webhooks/github/"

const (
	// maxPayload is the largest that GitHub sends.
	// https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap
	maxPayload = 25 << 20
	// smallBody is longer than most. What is larger shares bodiesAtOnce, which bounds the
	// memory of all large ones together.
	smallBody    = 256 << 10
	bodiesAtOnce = 4 * maxPayload
	// patience is how long a request waits for that memory. GitHub gives up after ten
	// seconds.
	patience = 5 * time.Second
)

// Config is what a receiver needs.
type Config struct {
	Store  *store.Store
	Logger *slog.Logger
	// AppSecrets sign the deliveries of our GitHub App: none where there is none, two
	// while one is replaced.
	AppSecrets func(context.Context) ([]store.Secret, error)
	// Wake lets the deliveries of an organization be followed. A worker does it a
	// minute later when it fails.
	Wake func(ctx context.Context, organizationID int64) error
	// Problem makes an answer of an error.
	Problem func(context.Context, error) *problem.Problem
	Metrics *telemetry.Metrics // nil where nobody reads them
	Now     func() time.Time
}

// Receiver is the handler of the addresses below Path.
type Receiver struct {
	Config
	signers *signers
	bodies  *semaphore.Weighted
	writer  *writer
	sleeper *sleeper
}

// New returns a receiver.
func New(c Config) *Receiver {
	r := &Receiver{Config: c, signers: &signers{Config: c, known: map[string]signer{}}, bodies: semaphore.NewWeighted(bodiesAtOnce), sleeper: newSleeper(c)}
	r.writer = newWriter(r.save)
	return r
}

func (rc *Receiver) save(ctx context.Context, deliveries []models.Delivery) error {
	roused, err := rc.Store.SaveDeliveries(ctx, deliveries)
	if err == nil {
		rc.sleeper.rouse(ctx, deliveries, roused)
	}
	return err
}

// ServeHTTP answers 202 for a delivery that is stored.
func (rc *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	event, err := rc.receive(w, r)
	if err != nil {
		answer := rc.Problem(r.Context(), err)
		rc.Metrics.Received(event, answer.Code)
		door.WriteProblem(w, r, answer)
		return
	}
	rc.Metrics.Received(event, "")
	w.WriteHeader(http.StatusAccepted)
}

var (
	anID   = regexp.MustCompile(`^(app|[A-Z2-7]{26})$`) // the latter are made by rand.Text
	aGUID  = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)
	aName  = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)
	aMAC   = regexp.MustCompile(`^sha256=[0-9a-f]{64}$`)
	formed = "application/x-www-form-urlencoded"
)

// receive returns the event once it is known that GitHub sent it.
func (rc *Receiver) receive(w http.ResponseWriter, r *http.Request) (event string, err error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return "", problem.New(problem.MethodNotAllowed, "")
	}
	id, known := strings.CutPrefix(r.URL.Path, Path)
	mac, guid, claimed := r.Header.Get("X-Hub-Signature-256"), r.Header.Get("X-GitHub-Delivery"), r.Header.Get("X-GitHub-Event")
	switch {
	case !known || !anID.MatchString(id):
		return "", problem.New(problem.NotFound, "")
	case !aMAC.MatchString(mac): // SHA-1 alone proves nothing
		return "", problem.New(problem.SignatureWrong, "")
	case !aGUID.MatchString(guid):
		return "", problem.Invalid("header.X-GitHub-Delivery", "expected a GUID")
	case !aName.MatchString(claimed):
		return "", problem.Invalid("header.X-GitHub-Event", "expected the name of an event")
	case r.ContentLength > maxPayload:
		return "", problem.New(problem.BodyTooLarge, "")
	}
	hook, remembered, err := rc.signers.of(r.Context(), id)
	if err != nil { // before a byte of the body is read
		return "", err
	}
	body, done, err := rc.read(w, r)
	if err != nil {
		return "", err
	}
	defer done()
	good := signed(body, mac, hook.secrets)
	if !good && remembered { // its secret may have been replaced since
		if hook, err = rc.signers.read(r.Context(), id); err != nil {
			return "", err
		}
		good = signed(body, mac, hook.secrets)
	}
	if !good {
		return "", problem.New(problem.SignatureWrong, "")
	}
	delivery := models.Delivery{WebhookID: id, GUID: guid, Event: claimed, State: models.DeliveryReceived}
	broken := reduce(payloadOf(r, body), &delivery)
	if delivery.OrganizationID == 0 { // people look for it where its hook is
		delivery.OrganizationID = hook.organizationID
	}
	if err := rc.writer.write(r.Context(), delivery); err != nil {
		return claimed, err
	}
	if broken != nil { // GitHub shows it as failed, so that it can be delivered again
		return claimed, problem.Invalid("body", "expected the JSON of a delivery, and whole")
	}
	return claimed, nil
}

// read takes a body, a large one while there is memory for it, until done is called. A
// sender that stalls holds up no small ones.
func (rc *Receiver) read(w http.ResponseWriter, r *http.Request) (body []byte, done func(), err error) {
	done = func() {}
	in := http.MaxBytesReader(w, r.Body, maxPayload)
	var read bytes.Buffer
	if r.ContentLength > 0 {
		read.Grow(int(min(r.ContentLength, smallBody)) + bytes.MinRead)
	}
	_, err = io.CopyN(&read, in, smallBody)
	if err == nil { // there may be more
		size := r.ContentLength
		if size < 0 {
			size = maxPayload
		}
		waiting, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		if rc.bodies.Acquire(waiting, size) != nil {
			return nil, done, problem.TooMany("Too many large deliveries arrive at once. Deliver this one again.", patience)
		}
		done = func() { rc.bodies.Release(size) }
		read.Grow(int(size) - read.Len() + bytes.MinRead)
		_, err = read.ReadFrom(in)
	}
	var large *http.MaxBytesError
	switch {
	case err == nil || err == io.EOF:
		return read.Bytes(), done, nil
	case errors.As(err, &large):
		err = problem.New(problem.BodyTooLarge, "")
	default:
		err = problem.Invalid("body", "it did not arrive, or not in time")
	}
	done()
	return nil, func() {}, err
}

// signed reports whether one of the secrets made a signature over the raw bytes.
// https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
func signed(body []byte, mac string, secrets []store.Secret) bool {
	sum, err := hex.DecodeString(strings.TrimPrefix(mac, "sha256="))
	if err != nil {
		return false
	}
	found := false
	for _, secret := range secrets {
		hash := hmac.New(sha256.New, []byte(secret))
		hash.Write(body)
		found = hmac.Equal(hash.Sum(nil), sum) || found
	}
	return found
}

// payloadOf is the JSON of a body, which a hook that somebody altered sends as a form.
func payloadOf(r *http.Request, body []byte) []byte {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), formed) {
		return body
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	return []byte(form.Get("payload"))
}
