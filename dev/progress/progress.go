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

	"golang.org/x/term"
)

// Snapshot is everything that is shown at one moment.
type Snapshot struct {
	Title   string // whose data is read
	Phase   string
	Elapsed time.Duration
	Trouble string   // what keeps anything from going on, with what to do about it
	Overall *Bar     // all of the work; nil while nobody knows how much there is
	Bars    []Bar    // pieces of it
	Footer  []string // rates, budgets
}

// Bar is a piece of work.
type Bar struct {
	Name  string
	Share float64 // that is done, from 0 to 1
	Count string  // the same in words
	Note  string
}

// How often the picture may change: more flickers, less looks stuck.
const (
	redrawEvery = 100 * time.Millisecond
	lineEvery   = 5 * time.Second
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

// Say writes a text, on a terminal with lines that are broken between their words.
func Say(out *os.File, text string) {
	if term.IsTerminal(int(out.Fd())) {
		width, _ := terminalSize(out)
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			lines[i] = Words(line, width-1)
		}
		text = strings.Join(lines, "\n")
	}
	fmt.Fprintln(out, text)
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
