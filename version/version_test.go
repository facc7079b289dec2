package version

import (
	"runtime/debug"
	"testing"
)

func TestString_isTheModulesVersionOrTheCommit(t *testing.T) {
	t.Parallel()
	commit := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.modified", Value: "true"}}
	for _, tt := range []struct {
		stamped, module string
		settings        []debug.BuildSetting
		want            string
	}{
		{"v0.1.0", "v0.2.0", commit, "v0.1.0"},
		{"", "v0.2.0", commit, "v0.2.0"},
		{"", "(devel)", commit, "0123456789ab+dirty"},
		{"", "", commit[:1], "0123456789ab"},
		{"", "(devel)", nil, "unknown"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: tt.module}, Settings: tt.settings}
		if got := of(tt.stamped, info); got != tt.want {
			t.Errorf("stamped %q, module %q, %v: %s, want %s", tt.stamped, tt.module, tt.settings, got, tt.want)
		}
	}
}
