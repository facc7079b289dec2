// Package version knows which version of the product a program was made of.
package version

import (
	"cmp"
	"runtime/debug"
)

// stamped is set by who builds without what Go finds out by itself:
// go build -ldflags "-X tributary/version.stamped=…".
var stamped string

// String is the version of the module, or the commit where it has none, for people.
func String() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return cmp.Or(stamped, unknown)
	}
	return of(stamped, info)
}

const unknown = "unknown"

func of(stamped string, info *debug.BuildInfo) string {
	if stamped != "" {
		return stamped
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	var commit, changed string
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = "+dirty"
		}
	}
	if commit == "" {
		return unknown
	}
	return commit[:min(len(commit), 12)] + changed
}
