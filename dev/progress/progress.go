// Package progress shows how an ingestion gets on: bars that are redrawn in
// place on a terminal, a line now and then anywhere else. It knows nothing of
// where the numbers come from.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"tributary/plain"
)

// Snapshot is everything that is shown at one moment.
type Snapshot struct {
	Title   string // whose data is read
	Phase   string
	Elapsed time.Duration
	Bars    []Bar
	Footer  string // rates, budget, what is waited for
}

// Bar is one piece of work. With a Total of zero only Done is shown: nobody
// knows yet how much there is.
type Bar struct {
	Name        string
	Done, Total int64
	Note        string
}

// How often the picture may change: more flickers, less looks stuck.
const (
	redrawEvery = 100 * time.Millisecond
	lineEvery   = 2 * time.Second
)

// Renderer draws snapshots. It is for one goroutine.
type Renderer struct {
	out     io.Writer
	size    func() (width, height int)
	live    bool
	now     func() time.Time
	drawnAt time.Time
	lines   int    // of the picture on the terminal
	last    string // plain line
}

// New draws on a terminal, and writes lines where there is none or where the
// environment asks for plain output.
func New(out *os.File, getenv func(string) string, now func() time.Time) *Renderer {
	asked := getenv("NO_COLOR") != "" || getenv("CI") != "" || getenv("TERM") == "dumb"
	if asked || !term.IsTerminal(int(out.Fd())) {
		return NewPlain(out, now)
	}
	return NewLive(out, func() (int, int) { return terminalSize(out) }, now)
}

// terminalSize is that of the oldest terminal when the real one doesn't tell.
func terminalSize(out *os.File) (width, height int) {
	width, height, err := term.GetSize(int(out.Fd()))
	if err != nil || width == 0 || height == 0 {
		return 80, 24
	}
	return width, height
}

// NewLive draws on a terminal; size is asked before each picture, so that a
// resized window is not a broken one.
func NewLive(out io.Writer, size func() (width, height int), now func() time.Time) *Renderer {
	return &Renderer{out: out, size: size, live: true, now: now}
}

// NewPlain writes lines, for logs and pipes.
func NewPlain(out io.Writer, now func() time.Time) *Renderer {
	return &Renderer{out: out, now: now}
}

// Live reports whether it draws in place.
func (r *Renderer) Live() bool { return r.live }

// Draw shows the snapshot, unless another was shown just before.
func (r *Renderer) Draw(s Snapshot) {
	interval := lineEvery
	if r.live {
		interval = redrawEvery
	}
	if now := r.now(); now.Sub(r.drawnAt) >= interval {
		r.drawnAt = now
		r.draw(s)
	}
}

// Finish shows the final state, which stays on the screen. What is written
// afterwards begins on a line of its own.
func (r *Renderer) Finish(s Snapshot) {
	r.draw(s)
	r.lines = 0
}

func (r *Renderer) draw(s Snapshot) {
	if r.live {
		r.redraw(s)
		return
	}
	if line := oneLine(s); line != r.last {
		r.last = line
		fmt.Fprintln(r.out, line)
	}
}

// redraw goes back over the last picture in one write: no frame is seen half
// done, and a process killed at any moment leaves a usable terminal, because
// the cursor is never hidden and always on the line below.
func (r *Renderer) redraw(s Snapshot) {
	width, height := r.size()
	lines := picture(s, width, height)
	var b strings.Builder
	if r.lines > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r", r.lines)
	}
	for _, line := range lines {
		b.WriteString(line + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	_, _ = io.WriteString(r.out, b.String())
	r.lines = len(lines)
}

// picture is the snapshot as lines that fit the terminal: a line that wraps or
// scrolls away could not be drawn over.
func picture(s Snapshot, width, height int) []string {
	lines := []string{header(s)}
	bars, hidden := s.Bars, 0
	if room := max(height-4, 1); len(bars) > room {
		hidden = len(bars) - room
		bars = bars[:room]
	}
	names := nameWidth(bars, width)
	for _, bar := range bars {
		lines = append(lines, bar.line(names, width))
	}
	if hidden > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", hidden))
	}
	if s.Footer != "" {
		lines = append(lines, s.Footer)
	}
	for i, line := range lines {
		// The last column stays empty: some terminals wrap when it is used.
		lines[i] = cut(plain.Line(line), width-1)
	}
	return lines
}

func header(s Snapshot) string {
	return join(" · ", s.Title, s.Phase, s.Elapsed.Round(time.Second).String())
}

// nameWidth gives names what they need, up to a third of the line.
func nameWidth(bars []Bar, width int) int {
	widest := 0
	for _, bar := range bars {
		widest = max(widest, utf8.RuneCountInString(bar.Name))
	}
	return min(widest, width/3)
}

func (b Bar) line(names, width int) string {
	name := cut(plain.Line(b.Name), names)
	name += strings.Repeat(" ", names-utf8.RuneCountInString(name))
	meter := ""
	if cells := min(width/4, 30); cells >= 5 {
		meter = "▕" + b.meter(cells) + "▏"
	}
	return strings.TrimRight("  "+join(" ", name, meter, b.count(), b.Note), " ")
}

// meter may be full before the work is done: totals are what GitHub said some
// time ago, and repositories grow.
func (b Bar) meter(cells int) string {
	full := 0
	if b.Total > 0 {
		full = int(min(b.Done, b.Total) * int64(cells) / b.Total)
	}
	return strings.Repeat("█", full) + strings.Repeat("░", cells-full)
}

func (b Bar) count() string {
	if b.Total == 0 {
		return group(b.Done)
	}
	return group(b.Done) + "/" + group(b.Total)
}

// oneLine is the snapshot as one line, like those of a log.
func oneLine(s Snapshot) string {
	return plain.Line(join(" · ", header(s), sum(s.Bars), s.Footer))
}

// sum has a total only if every bar has one.
func sum(bars []Bar) string {
	if len(bars) == 0 {
		return ""
	}
	all, known := Bar{}, true
	for _, bar := range bars {
		all.Done += bar.Done
		all.Total += bar.Total
		known = known && bar.Total > 0
	}
	if !known {
		all.Total = 0
	}
	return fmt.Sprintf("%d at work: %s", len(bars), all.count())
}

func join(separator string, parts ...string) string {
	var filled []string
	for _, part := range parts {
		if part != "" {
			filled = append(filled, part)
		}
	}
	return strings.Join(filled, separator)
}

// cut counts runes as columns; GitHub's names are ASCII.
func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	return string([]rune(s)[:width-1]) + "…"
}

// group writes 1234567 as 1,234,567.
func group(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
