package door

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// worthPacking is the length below which packing saves no packet.
const worthPacking = 1 << 10

// compact gives each good answer in JSON an ETag, answers 304 to who has it already,
// and packs what is long for those who can unpack it. Everything else, such as event
// streams and files, passes as it is written.
func compact(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		held := &heldWriter{ResponseWriter: w}
		next.ServeHTTP(held, r) // a panic leaves what is held unsent
		if held.holds {
			held.send(r)
		}
	})
}

// heldWriter holds a good answer in JSON until it is whole.
type heldWriter struct {
	http.ResponseWriter
	decided, holds bool
	body           bytes.Buffer
}

func (w *heldWriter) WriteHeader(status int) {
	if !w.decided {
		w.decided = true
		kind, _, _ := mime.ParseMediaType(w.Header().Get("Content-Type"))
		w.holds = status == http.StatusOK && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
	}
	if !w.holds {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *heldWriter) Write(p []byte) (int, error) {
	if !w.decided {
		w.WriteHeader(http.StatusOK)
	}
	if w.holds {
		return w.body.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Flush has nothing to do while the answer is held.
func (w *heldWriter) Flush() {
	if !w.holds {
		_ = http.NewResponseController(w.ResponseWriter).Flush()
	}
}

// Unwrap is for http.ResponseController.
func (w *heldWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *heldWriter) send(r *http.Request) {
	body, header := w.body.Bytes(), w.Header()
	sum := sha256.Sum256(body)
	// Weak, because it is of what is packed: the bytes that are sent differ.
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`
	header.Set("ETag", tag)
	header.Add("Vary", "Accept-Encoding")
	if hasTag(r.Header.Values("If-None-Match"), tag) {
		header.Del("Content-Type")
		w.ResponseWriter.WriteHeader(http.StatusNotModified)
		return
	}
	if len(body) > worthPacking && unpacks(r.Header.Values("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		body = pack(body)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.ResponseWriter.WriteHeader(http.StatusOK)
	_, _ = w.ResponseWriter.Write(body) // the caller is gone if this fails
}

func pack(body []byte) []byte {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return packed.Bytes()
}

// hasTag reports whether a caller has an answer already (RFC 9110, 13.1.2).
func hasTag(fields []string, tag string) bool {
	for _, listed := range listOf(fields) {
		if listed == "*" || strings.TrimPrefix(listed, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// unpacks reports whether a caller takes gzip (RFC 9110, 12.5.3). One that says only
// "*" gets what it would get without.
func unpacks(fields []string) bool {
	for _, listed := range listOf(fields) {
		coding, weight, _ := strings.Cut(listed, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		name, value, _ := strings.Cut(strings.TrimSpace(weight), "=")
		q, err := strconv.ParseFloat(value, 64)
		return name == "" || strings.EqualFold(name, "q") && err == nil && q > 0
	}
	return false
}

func listOf(fields []string) (listed []string) {
	for item := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		if item = strings.TrimSpace(item); item != "" {
			listed = append(listed, item)
		}
	}
	return listed
}
