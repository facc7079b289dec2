package githubsim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// Signing is how a delivery is signed.
type Signing string

// The ways to sign. GitHub signs with both digests when the hook has a secret; the others are those of an attacker, or
// of somebody who remembers GitHub from before 2020.
const (
	SignedBoth  Signing = ""
	Unsigned    Signing = "unsigned"
	SHA1Only    Signing = "sha1"
	WrongSecret Signing = "wrong_secret"
)

// HookRequest is a delivery as GitHub sends it, or as somebody forges it.
type HookRequest struct {
	URL         string
	Event       string
	GUID        string
	Secret      string // empty: not signed
	Signing     Signing
	ContentType string // json, the default, or form
	HookID      int64
	TargetType  string // organization, the default, repository or integration
	TargetID    int64
	Payload     []byte // JSON
	// Truncated sends the first half of the body, signed as it is sent.
	Truncated bool
}

// Signatures are GitHub's signatures of a body, as the headers X-Hub-Signature-256 and X-Hub-Signature hold them.
// https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
func Signatures(secret string, body []byte) (sha256Signature, sha1Signature string) {
	sign := func(digest func() hash.Hash) string {
		mac := hmac.New(digest, []byte(secret))
		mac.Write(body)
		return hex.EncodeToString(mac.Sum(nil))
	}
	return "sha256=" + sign(sha256.New), "sha1=" + sign(sha1.New)
}

// OversizedPayload is a payload of at least so many bytes.
func OversizedPayload(size int) []byte {
	return slices.Concat([]byte(`{"zen":"`), bytes.Repeat([]byte("a"), size), []byte(`"}`))
}

// Send posts the request once and returns the status of the answer. It follows no redirect.
func (r HookRequest) Send(ctx context.Context) (status int, err error) {
	transport := newHookTransport(true)
	defer transport.CloseIdleConnections()
	request, err := r.build(ctx)
	if err != nil {
		return 0, err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, fmt.Errorf("deliver: %w", err)
	}
	defer response.Body.Close()
	io.Copy(io.Discard, response.Body) // only the status is asked for
	return response.StatusCode, nil
}

// body is what is posted and signed.
func (r HookRequest) body() []byte {
	body := r.Payload
	if r.ContentType == "form" {
		body = []byte("payload=" + url.QueryEscape(string(body)))
	}
	if r.Truncated {
		body = body[:len(body)/2]
	}
	return body
}

func (r HookRequest) build(ctx context.Context) (*http.Request, error) {
	body := r.body()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("deliver: the URL is none") // what it is may be a secret
	}
	request.Header = r.header(body)
	return request, nil
}

// header are GitHub's headers of a delivery.
// https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers
func (r HookRequest) header(body []byte) http.Header {
	h := http.Header{
		"Accept":                                 {"*/*"},
		"Content-Type":                           {"application/json"},
		"User-Agent":                             {"GitHub-Hookshot/51ad0c5"},
		"X-Github-Delivery":                      {r.GUID},
		"X-Github-Event":                         {r.Event},
		"X-Github-Hook-Id":                       {strconv.FormatInt(r.HookID, 10)},
		"X-Github-Hook-Installation-Target-Id":   {strconv.FormatInt(r.TargetID, 10)},
		"X-Github-Hook-Installation-Target-Type": {orElse(r.TargetType, "organization")},
	}
	if r.ContentType == "form" {
		h["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	}
	if r.Secret == "" || r.Signing == Unsigned {
		return h
	}
	secret := r.Secret
	if r.Signing == WrongSecret {
		secret += " or not"
	}
	newer, older := Signatures(secret, body)
	h["X-Hub-Signature"] = []string{older}
	if r.Signing != SHA1Only {
		h["X-Hub-Signature-256"] = []string{newer}
	}
	return h
}

func sortedNames(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }
