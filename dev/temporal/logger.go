package temporal

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// fatalError is what Temporal would have exited the process with.
type fatalError string

func (e fatalError) Error() string { return string(e) }

// logger passes Temporal's errors on to slog. Its warnings are advice to people
// who run clusters and come with every start: they are kept for debugging.
type logger struct {
	slog *slog.Logger
	// silent is set for good by Stop: services that end one after the other
	// complain about each other's absence.
	silent *atomic.Bool
}

func newLogger(l *slog.Logger) *logger {
	return &logger{slog: l.With("component", "temporal"), silent: new(atomic.Bool)}
}

func (l *logger) silence() { l.silent.Store(true) }

func (l *logger) With(tags ...tag.Tag) log.Logger {
	return &logger{slog: l.slog.With(attributes(tags)...), silent: l.silent}
}

func (l *logger) Debug(string, ...tag.Tag)              {}
func (l *logger) Info(string, ...tag.Tag)               {}
func (l *logger) Warn(message string, tags ...tag.Tag)  { l.write(slog.LevelDebug, message, tags) }
func (l *logger) Error(message string, tags ...tag.Tag) { l.write(slog.LevelError, message, tags) }

// DPanic panics only in development builds of Temporal.
func (l *logger) DPanic(message string, tags ...tag.Tag) { l.Error(message, tags...) }

func (l *logger) Panic(message string, tags ...tag.Tag) { l.Fatal(message, tags...) }

// Fatal ends the goroutine by a panic: during the start somebody catches it,
// and later it ends the process, as Temporal means it to.
func (l *logger) Fatal(message string, tags ...tag.Tag) {
	line := fmt.Sprintln(append([]any{message}, attributes(tags)...)...)
	panic(fatalError(strings.TrimSpace(line)))
}

func (l *logger) write(level slog.Level, message string, tags []tag.Tag) {
	if !l.silent.Load() {
		l.slog.Log(context.Background(), level, message, attributes(tags)...)
	}
}

func attributes(tags []tag.Tag) []any {
	attributes := make([]any, len(tags))
	for i, t := range tags {
		attributes[i] = slog.Any(t.Key(), t.Value())
	}
	return attributes
}
