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
// and packs what is long, and files of CSV, for those who can unpack it. Everything
// else, such as event streams, passes as it is written. So do answers to changes: a
// token that was just made is in some, and the length of what is packed tells about it
// to who chose the words beside it (https://breachattack.com).
func compact(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		c := &compactWriter{ResponseWriter: w, request: r}
		next.ServeHTTP(c, r) // a panic leaves what is held unsent, and a file without its end
		c.finish()
	})
}

// compactWriter holds a good answer in JSON until it is whole, and packs a file while
// it is written.
type compactWriter struct {
	http.ResponseWriter
	request        *http.Request
	decided, holds bool
	body           bytes.Buffer
	file           *gzip.Writer // nil unless the answer is a file, and is packed
}

func (w *compactWriter) WriteHeader(status int) {
	if !w.decided {
		w.decided = true
		kind, _, _ := mime.ParseMediaType(w.Header().Get("Content-Type"))
		good := status == http.StatusOK
		w.holds = good && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
		if good && kind == "text/csv" {
			w.beginFile()
		}
	}
	if !w.holds {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *compactWriter) beginFile() {
	w.Header().Add("Vary", "Accept-Encoding")
	if unpacks(w.request.Header.Values("Accept-Encoding")) {
		w.Header().Set("Content-Encoding", "gzip")
		// Rows come from the database: their caller should not wait for the packing as well.
		w.file, _ = gzip.NewWriterLevel(w.ResponseWriter, gzip.BestSpeed) // the level is one that exists
	}
}

func (w *compactWriter) Write(p []byte) (int, error) {
	if !w.decided {
		w.WriteHeader(http.StatusOK)
	}
	switch {
	case w.holds:
		return w.body.Write(p)
	case w.file != nil:
		return w.file.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Flush has nothing to do while the answer is held.
func (w *compactWriter) Flush() {
	if w.holds {
		return
	}
	if w.file != nil {
		_ = w.file.Flush() // the caller is gone if this fails
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w *compactWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *compactWriter) finish() {
	switch {
	case w.holds:
		w.send(w.request)
	case w.file != nil:
		_ = w.file.Close() // the caller is gone if this fails
	}
}

func (w *compactWriter) send(r *http.Request) {
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
