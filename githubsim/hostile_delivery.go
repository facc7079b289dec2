package githubsim

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oddStatuses answer with a status that the request does not permit, and with redirects that lead nowhere.
func oddStatuses() []variant {
	all := []variant{
		redirect("redirect_to_itself", func(c *call) string { return c.base + c.r.URL.RequestURI() }),
		redirect("redirect_ever_further", func(c *call) string {
			return c.base + c.path + "?hop=" + strconv.Itoa(c.sim.faults.count())
		}),
		redirect("redirect_to_other_host", func(c *call) string { return "https://attacker.example" + c.r.URL.RequestURI() }),
		redirect("redirect_to_other_port", func(c *call) string { return "http://" + c.r.Host + ":1" + c.r.URL.RequestURI() }),
		redirect("redirect_to_login", func(c *call) string { return c.base + "/login?return_to=%2F" }),
		redirect("redirect_to_javascript", func(*call) string { return "javascript:alert(1)" }),
		redirect("redirect_with_echo", func(c *call) string { return "https://attacker.example/" + c.shownToken() }),
		redirect("redirect_to_nothing", func(*call) string { return "" }),
		redirect("redirect_far", func(c *call) string { return c.base + "/" + strings.Repeat("a", 100_000) }),
	}
	for _, status := range []int{201, 202, 203, 204, 205, 206, 226, 299, 300, 304, 305, 402, 407, 418, 421, 425, 429, 431, 499, 501, 505, 511, 599, 999} {
		all = append(all, variant{name: strconv.Itoa(status), spoil: func(c *call, _ *Fault) { c.status = status }})
	}
	for _, status := range []int{200, 201, 204, 304, 404, 500} {
		all = append(all, variant{name: strconv.Itoa(status) + "_without_content", spoil: func(c *call, _ *Fault) { c.status, c.w.b = status, c.w.b[:0] }})
	}
	return all
}

// redirect uses all statuses that redirect.
func redirect(name string, to func(*call) string) variant {
	return variant{name: name, instead: func(c *call, f *Fault) {
		statuses := []int{301, 302, 303, 307, 308}
		c.points = 0
		c.fail(statuses[f.random().IntN(len(statuses))], "Moved", "")
		c.header["Location"] = []string{to(c)}
	}}
}

// oddContents are bodies that are not what their headers say.
func oddContents() []variant {
	typed := func(name, contentType string) variant {
		return variant{name: name, spoil: func(c *call, _ *Fault) { c.setHeaders(contentType, "Content-Type") }}
	}
	page := func(name, contentType string) variant {
		return variant{name: name, spoil: func(c *call, _ *Fault) {
			c.setHeaders(contentType, "Content-Type")
			c.w.b = append(c.w.b[:0], "<!DOCTYPE html>\n<html><title>Sign in</title><script>alert(1)</script></html>\n"...)
		}}
	}
	encoded := func(name, encoding string, body func([]byte) []byte) variant {
		return variant{name: name, spoil: func(c *call, _ *Fault) {
			c.setHeaders(encoding, "Content-Encoding")
			c.w.b = body(c.w.b)
		}}
	}
	same := func(b []byte) []byte { return b }
	return []variant{
		typed("json_as_text", "text/plain; charset=utf-8"), typed("json_as_html", "text/html"), typed("json_as_utf16", "application/json; charset=utf-16"),
		typed("json_as_nothing", ""), typed("json_as_nonsense", "application/json;;;=\"\x1b[2J"), typed("json_as_sha", "application/vnd.github.sha"),
		typed("json_as_very_long", "application/"+strings.Repeat("x", 100_000)),
		page("html", "text/html; charset=utf-8"), page("html_as_json", "application/json; charset=utf-8"),
		encoded("not_gzip", "gzip", same), encoded("brotli", "br", same), encoded("twice_encoded", "gzip, gzip", same),
		encoded("gzip_cut", "gzip", func(b []byte) []byte { return []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff") }),
		{name: "byte_order_mark", spoil: func(c *call, _ *Fault) { c.w.b = append([]byte("\xef\xbb\xbf"), c.w.b...) }},
		{name: "utf16", spoil: func(c *call, _ *Fault) { c.w.b = bytes.Join(bytes.Split(c.w.b, nil), []byte{0}) }},
		{name: "nothing_but_nul", spoil: func(c *call, _ *Fault) { c.w.b = make([]byte, 1000) }},
	}
}

// oddDeliveries send a good answer badly.
func oddDeliveries() []variant {
	return []variant{
		{name: "byte_by_byte", deliver: (*call).drip},
		{name: "stalled_body", deliver: func(c *call, _ *Fault, w http.ResponseWriter) { c.stall(w, len(c.w.b)/2) }},
		{name: "stalled_at_once", deliver: func(c *call, _ *Fault, w http.ResponseWriter) { <-c.r.Context().Done() }},
		{name: "reset_in_body", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			conn := c.hijack(w)
			c.writeHead(conn, len(c.w.b))
			conn.Write(c.w.b[:len(c.w.b)/2])
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetLinger(0)
			}
			conn.Close()
		}},
		{name: "length_too_long", deliver: func(c *call, _ *Fault, w http.ResponseWriter) { c.sendRaw(w, c.head(len(c.w.b)+1000), c.w.b) }},
		{name: "length_too_short", deliver: func(c *call, _ *Fault, w http.ResponseWriter) { c.sendRaw(w, c.head(len(c.w.b)/2), c.w.b) }},
		{name: "length_negative", deliver: func(c *call, _ *Fault, w http.ResponseWriter) { c.sendRaw(w, c.head(-1), c.w.b) }},
		{name: "length_of_terabytes", deliver: func(c *call, _ *Fault, w http.ResponseWriter) { c.sendRaw(w, c.head(1<<42), c.w.b) }},
		{name: "two_lengths", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			c.sendRaw(w, withLine(c.head(len(c.w.b)), "Content-Length: 7"), c.w.b)
		}},
		{name: "chunk_too_large", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			c.sendRaw(w, withLine(c.statusLine(), "Content-Type: application/json\r\nTransfer-Encoding: chunked"), []byte("ffffffffffffffff\r\n[]"))
		}},
		{name: "early_hints_1000", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			c.sendRaw(w, strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n", 1000)+c.head(len(c.w.b)), c.w.b)
		}},
		{name: "early_hints_endless", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			c.sendForEver(w, "", "HTTP/1.1 100 Continue\r\n\r\n")
		}},
		{name: "switching_protocols", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			c.sendRaw(w, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", c.w.b)
		}},
		{name: "header_of_1_mb", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			c.sendRaw(w, withLine(c.head(len(c.w.b)), "X-Github-Filler: "+strings.Repeat("x", 1<<20)), c.w.b)
		}},
		{name: "headers_5000", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			var lines strings.Builder
			for i := range 5000 {
				fmt.Fprintf(&lines, "X-Github-Filler-%d: x\r\n", i)
			}
			c.sendRaw(w, withLine(c.head(len(c.w.b)), strings.TrimSpace(lines.String())), c.w.b)
		}},
		{name: "header_endless", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			c.sendForEver(w, "HTTP/1.1 200 OK\r\nX-Github-Filler: ", strings.Repeat("x", 1<<12))
		}},
		{name: "not_http", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			c.sendRaw(w, "SSH-2.0-babeld-\x1b[2J\r\n", nil)
		}},
		{name: "status_line_odd", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			c.sendRaw(w, "HTTP/1.1 2OO \x1b]0;owned\x07\r\n\r\n", c.w.b)
		}},
		{name: "answer_twice", deliver: func(c *call, _ *Fault, w http.ResponseWriter) {
			c.sendRaw(w, c.head(len(c.w.b)), append(append(slices.Clone(c.w.b), c.head(2)...), "[]"...))
		}},
		{name: "nothing", deliver: func(c *call, _ *Fault, w http.ResponseWriter) { c.sendRaw(w, "", nil) }},
	}
}

// drip sends one byte and waits (For, a second unless set), as long as somebody reads.
func (c *call) drip(f *Fault, w http.ResponseWriter) {
	c.startBody(w)
	for i := range c.w.b {
		w.Write(c.w.b[i : i+1])
		http.NewResponseController(w).Flush()
		select {
		case <-time.After(cmp.Or(f.For, time.Second)):
		case <-c.r.Context().Done():
			return
		}
	}
}

// stall sends so many bytes and then nothing, as long as somebody waits.
func (c *call) stall(w http.ResponseWriter, bytes int) {
	c.startBody(w)
	w.Write(c.w.b[:bytes])
	http.NewResponseController(w).Flush()
	<-c.r.Context().Done()
}

func (c *call) startBody(w http.ResponseWriter) {
	maps.Copy(w.Header(), c.header)
	w.WriteHeader(c.status)
}

// hijack takes the connection, on which anything can be written.
func (c *call) hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}

func (c *call) statusLine() string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\n\r\n", c.status, http.StatusText(c.status))
}

// head is what stands before the body, with whatever the headers hold.
func (c *call) head(length int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", c.status, http.StatusText(c.status))
	for _, name := range slices.Sorted(maps.Keys(c.header)) {
		for _, value := range c.header[name] {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", length)
	return b.String()
}

// withLine adds a header line to a head.
func withLine(head, line string) string { return strings.TrimSuffix(head, "\r\n") + line + "\r\n\r\n" }

func (c *call) writeHead(conn net.Conn, length int) { io.WriteString(conn, c.head(length)) }

// sendRaw writes an answer as it is and closes the connection. What is read no more is its reader's business.
func (c *call) sendRaw(w http.ResponseWriter, head string, body []byte) {
	conn := c.hijack(w)
	defer conn.Close()
	io.WriteString(conn, head)
	conn.Write(body)
}

// sendForEver repeats something until nobody reads it.
func (c *call) sendForEver(w http.ResponseWriter, head, unit string) {
	conn := c.hijack(w)
	defer conn.Close()
	io.WriteString(conn, head)
	for {
		if _, err := io.WriteString(conn, unit); err != nil {
			return
		}
	}
}

// deliverRaw sends headers that net/http would mend.
func (c *call) deliverRaw(_ *Fault, w http.ResponseWriter) { c.sendRaw(w, c.head(len(c.w.b)), c.w.b) }

func sorted(all []variant) []variant {
	slices.SortFunc(all, func(a, b variant) int { return strings.Compare(a.name, b.name) })
	return all
}
