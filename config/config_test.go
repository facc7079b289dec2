package config_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/config"
)

func TestLoad_hasDefaultsThatStart(t *testing.T) {
	t.Parallel()
	c, err := config.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8080" || c.HeartbeatTimeout != 20*time.Second || c.IngestActivities != 16 {
		t.Errorf("defaults = %+v", c)
	}
}

func TestLoad_namesTheVariableAndNeverItsValue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ variable, value, problem string }{
		{"TRIBUTARY_LISTEN", "hunter2", "is not host:port"},
		{"TRIBUTARY_GITHUB_API_URL", "hunter2", "is not an http(s) URL"},
		{"TRIBUTARY_API_TOKEN", "hunter2", "is shorter than 32 characters"},
		{"TRIBUTARY_TRUSTED_PROXIES", "hunter2", "is not a list of networks"},
		{"TRIBUTARY_INGEST_ACTIVITIES", "hunter2", "is not a valid int"},
		{"TRIBUTARY_INGEST_ACTIVITIES", "0", "is not between 1 and 1000"},
		{"TRIBUTARY_HEARTBEAT_TIMEOUT", "hunter2", "is not a valid time.Duration"},
		{"TRIBUTARY_HEARTBEAT_TIMEOUT", "2ms", "is shorter than a second"},
		{"TRIBUTARY_PUBLIC_URL", "hunter2", "is not an http(s) URL"},
		{"TRIBUTARY_PUBLIC_URL", "https://example.com/hunter2", "has more than a scheme, a host and a port"},
		{"TRIBUTARY_GITHUB_WEB_URL", "hunter2", "is not an http(s) URL"},
		{"TRIBUTARY_TEMPORAL_UI_URL", "hunter2", "is not an http(s) URL"},
		{"TRIBUTARY_TEMPORAL_UI_URL", "javascript:alert('hunter2')", "is not an http(s) URL"},
		{"TRIBUTARY_TEMPORAL_UI_URL", "ftp://hunter2/", "is not an http(s) URL"},
		{"TRIBUTARY_SECRET_KEYS_FILE", "hunter2", "names a file that does not exist"},
	} {
		t.Run(tt.variable+"="+tt.value, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(map[string]string{tt.variable: tt.value})
			if err == nil {
				t.Fatal("no error")
			}
			want := tt.variable + " " + tt.problem + "; for example " + tt.variable + "="
			if got := err.Error(); !strings.HasPrefix(got, want) || strings.Contains(got, "hunter2") || strings.Contains(got, "\n") {
				t.Errorf("error = %q, want one line that begins with %q", got, want)
			}
		})
	}
}

func TestLoad_readsNetworks(t *testing.T) {
	t.Parallel()
	c, err := config.Load(map[string]string{"TRIBUTARY_TRUSTED_PROXIES": "10.0.0.0/8,2001:db8::/32"})
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	if err != nil || !slices.Equal(c.TrustedProxies, want) {
		t.Errorf("networks = %v, %v; want %v", c.TrustedProxies, err, want)
	}
}

func TestLoad_takesWhatIsEmptyForNotSet(t *testing.T) {
	t.Parallel()
	c, err := config.Load(map[string]string{"TRIBUTARY_TRUSTED_PROXIES": "", "TRIBUTARY_GITHUB_OAUTH_SCOPES": "", "TRIBUTARY_TEMPORAL_UI_URL": ""})
	if err != nil || len(c.TrustedProxies) != 0 || len(c.OAuthScopes) != 0 {
		t.Errorf("settings = %v and %v, %v", c.TrustedProxies, c.OAuthScopes, err)
	}
}

func TestInTheClear_namesAddressesThatTokensTravelToUnencrypted(t *testing.T) {
	t.Parallel()
	for address, clear := range map[string]bool{
		"https://api.github.com/": false, "https://ghe.example.com/api/v3/": false,
		"http://127.0.0.1:8080/": false, "http://[::1]:8080/": false, "http://localhost:8080/": false,
		"http://ghe.example.com/api/v3/": true, "http://10.0.0.7/api/v3/": true, "http://localhost.example.com/api/v3/": true,
	} {
		for _, variable := range []string{"TRIBUTARY_GITHUB_API_URL", "TRIBUTARY_GITHUB_WEB_URL"} {
			c, err := config.Load(map[string]string{variable: address})
			if got := c.InTheClear(); err != nil || clear && got != variable || !clear && got != "" {
				t.Errorf("%s=%s: %q, %v; want it named: %t", variable, address, got, err, clear)
			}
		}
	}
}

func TestLoad_readsSecretsFromFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	token := strings.Repeat("x", 40)
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(map[string]string{"TRIBUTARY_API_TOKEN_FILE": path})
	if err != nil || c.APIToken != token {
		t.Errorf("token has %d characters, err = %v; want the file's 40", len(c.APIToken), err)
	}
}

func TestRequire_saysWhatIsMissing(t *testing.T) {
	t.Parallel()
	c, err := config.Load(map[string]string{"TRIBUTARY_DATABASE_URL": "sqlite:x.db"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Require("DATABASE_URL"); err != nil {
		t.Errorf("a variable that is set is missed: %v", err)
	}
	err = c.Require("DATABASE_URL", "SECRET_KEYS")
	if err == nil || !strings.HasPrefix(err.Error(), "TRIBUTARY_SECRET_KEYS is not set; for example ") {
		t.Errorf("err = %v", err)
	}
}

func TestLoad_refusesAnAppThatIsHalfSetUp(t *testing.T) {
	t.Parallel()
	for set, missing := range map[string]string{
		"TRIBUTARY_GITHUB_APP_SLUG":        "TRIBUTARY_GITHUB_APP_ID",
		"TRIBUTARY_GITHUB_OAUTH_CLIENT_ID": "TRIBUTARY_GITHUB_OAUTH_CLIENT_SECRET",
	} {
		_, err := config.Load(map[string]string{set: "hunter2"})
		if err == nil || !strings.HasPrefix(err.Error(), missing+" is not set; for example ") {
			t.Errorf("only %s: %v, want that %s is not set", set, err, missing)
		}
	}
	c, err := config.Load(map[string]string{"TRIBUTARY_GITHUB_OAUTH_CLIENT_ID": "id", "TRIBUTARY_GITHUB_OAUTH_CLIENT_SECRET": "hunter2"})
	if err != nil || c.OAuthClientID != "id" || c.OAuthClientSecret != "hunter2" {
		t.Errorf("both: %v", err)
	}
}

func TestDescribe_listsEveryVariable(t *testing.T) {
	t.Parallel()
	said := config.Describe()
	for _, variable := range []string{"DATABASE_URL", "GITHUB_APP_ID", "GITHUB_OAUTH_CLIENT_SECRET", "HEARTBEAT_TIMEOUT"} {
		if !strings.Contains(said, "  TRIBUTARY_"+variable+"\n") {
			t.Errorf("%s is missing", variable)
		}
	}
	for _, want := range []string{"is kept: postgres://… or sqlite:PATH; required by every command but", "all open; required by api, worker", "after one was killed; 20s unless set", "API listens; 127.0.0.1:8080 unless set", "at most; 900 unless set"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if strings.Contains(said, "  TRIBUTARY_\n") {
		t.Error("a variable has no name")
	}
}
