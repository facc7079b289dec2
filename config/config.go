// Package config reads the settings of every process from the environment, in
// one place, so that a wrong one is refused before anything has started.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Prefix is how the name of every variable begins.
const Prefix = "TRIBUTARY_"

// Config is every setting there is. The tags hold the name (without Prefix), which
// commands cannot do without it, an example for error messages and what the setting is
// for; Describe prints them. A variable with _FILE at the end of its name gives the path of a file
// that holds the value, for secrets that containers mount.
type Config struct {
	DatabaseURL string `env:"DATABASE_URL" required:"by every command but openapi and healthcheck" example:"postgres://tributary@db/tributary" about:"where the copy is kept: postgres://… or sqlite:PATH"`
	SecretKeys  string `env:"SECRET_KEYS" required:"by api, worker and secrets" example:"$(openssl rand -base64 32)" about:"keys that seal credentials, base64, one per line; the first seals, all open"`
	APIToken    string `env:"API_TOKEN" example:"$(openssl rand -hex 32)" about:"a token with the role admin, beside those of tributary token create; at least 32 characters"`
	Listen      string `env:"LISTEN" example:"127.0.0.1:8080" about:"where the API listens"`
	// TrustedProxies are believed about whom a request comes from; anybody else
	// could say so as well.
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" example:"10.0.0.0/8,192.0.2.7/32" about:"networks of the proxies before the API, whose X-Forwarded-For is believed"`
	// MetricsListen asks for no token: a scraper has none to show.
	MetricsListen string `env:"METRICS_LISTEN" example:"127.0.0.1:9464" about:"where the API, and each worker, shows /metrics to whoever asks; off when not set"`
	PublicURL     string `env:"PUBLIC_URL" example:"https://tributary.example.com" about:"where browsers and GitHub reach the API; GitHub sends people back to it"`

	// Both win over Temporal's own settings, which every program of its reads.
	TemporalAddress   string `env:"TEMPORAL_ADDRESS" example:"127.0.0.1:7233" about:"Temporal's frontend; TEMPORAL_ADDRESS when not set"`
	TemporalNamespace string `env:"TEMPORAL_NAMESPACE" example:"default" about:"Temporal's namespace; TEMPORAL_NAMESPACE when not set"`
	TemporalUIURL     string `env:"TEMPORAL_UI_URL" example:"http://127.0.0.1:8233" about:"Temporal's UI, for links"`

	Apps

	GitHubWebURL string `env:"GITHUB_WEB_URL" example:"https://github.com/" about:"where people use that GitHub; derived from the API's address when not set"`
	GitHubAPIURL string `env:"GITHUB_API_URL" example:"https://api.github.com/" about:"the GitHub to read: github.com, or an Enterprise Server's /api/v3/"`
	// RequestsPerMinute is GitHub's secondary limit, which no header announces;
	// an Enterprise Server may have none, and several workers share one.
	RequestsPerMinute int           `env:"GITHUB_REQUESTS_PER_MINUTE" example:"900" about:"how many REST requests a minute one process sends for an account at most"`
	IngestActivities  int           `env:"INGEST_ACTIVITIES" example:"16" about:"how many streams one worker reads at a time"`
	WorkerBuildID     string        `env:"WORKER_BUILD_ID" example:"2026.11.2" about:"the version of a worker, for Temporal's worker versioning: running syncs stay with the build that began them; off when not set"`
	HeartbeatTimeout  time.Duration `env:"HEARTBEAT_TIMEOUT" example:"20s" about:"how long a silent worker is believed to live; also the pause after one was killed"`
}

// Apps are what GitHub knows this installation as. A GitHub App and an OAuth app
// are two ways to connect; both are optional. For the App all of the first five
// are set, for the OAuth app both of the two after them.
type Apps struct {
	AppID           string `env:"GITHUB_APP_ID" example:"123456" about:"the GitHub App's id"`
	AppPrivateKey   string `env:"GITHUB_APP_PRIVATE_KEY" example:"$(cat app.private-key.pem)" about:"the GitHub App's private key, PEM"`
	AppClientID     string `env:"GITHUB_APP_CLIENT_ID" example:"Iv23liExample" about:"the GitHub App's client id"`
	AppClientSecret string `env:"GITHUB_APP_CLIENT_SECRET" example:"$(cat app-client-secret)" about:"the GitHub App's client secret"`
	AppSlug         string `env:"GITHUB_APP_SLUG" example:"tributary" about:"the GitHub App's name in its address, for the link to install it"`
	// Outside the five: deliveries can be switched on later. Two lines are two secrets,
	// while one replaces the other.
	AppWebhookSecret  string `env:"GITHUB_APP_WEBHOOK_SECRET" example:"$(openssl rand -hex 32)" about:"the secret that signs the GitHub App's webhooks; two lines while it is replaced"`
	OAuthClientID     string `env:"GITHUB_OAUTH_CLIENT_ID" example:"Ov23liExample" about:"the OAuth app's client id"`
	OAuthClientSecret string `env:"GITHUB_OAUTH_CLIENT_SECRET" example:"$(cat oauth-client-secret)" about:"the OAuth app's client secret"`
	// OAuthScopes may leave out what only webhooks would need.
	OAuthScopes []string `env:"GITHUB_OAUTH_SCOPES" example:"repo,read:org" about:"what the OAuth app asks people for: repo, read:org and any of admin:org, admin:repo_hook, admin:org_hook, user and read:user; all of them when not set"`
}

// AppWebhookSecrets are the secrets that may sign the GitHub App's webhooks.
func (a Apps) AppWebhookSecrets() []string { return strings.Fields(a.AppWebhookSecret) }

// Error is a setting that cannot be used. It is one line that says which
// variable, what is wrong with it and what a good one looks like; it never
// repeats the value, which may be a secret.
type Error struct {
	Variable string
	Problem  string
	Example  string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s %s; for example %s=%s", e.Variable, e.Problem, e.Variable, e.Example)
}

// Load reads the environment, given as a map so that tests need not change the
// real one. Settings that a process needs are asked for with Require.
func Load(environment map[string]string) (Config, error) {
	c := defaults()
	environment, err := withFiles(environment)
	if err != nil {
		return c, err
	}
	if err := env.ParseWithOptions(&c, env.Options{Prefix: Prefix, Environment: environment}); err != nil {
		return c, parseError(err)
	}
	return c, c.validate()
}

func defaults() Config {
	return Config{
		Listen:            "127.0.0.1:8080",
		GitHubAPIURL:      "https://api.github.com/",
		RequestsPerMinute: 900,
		IngestActivities:  16,
		HeartbeatTimeout:  20 * time.Second,
	}
}

// Require reports the first of the named variables that is not set.
func (c Config) Require(variables ...string) error {
	values := reflect.ValueOf(c)
	for _, variable := range variables {
		field, ok := fieldOf(variable)
		if ok && values.FieldByIndex(field.Index).IsZero() {
			return settingError(variable, "is not set")
		}
	}
	return nil
}

func (c Config) validate() error {
	for _, address := range []struct{ variable, value string }{{"LISTEN", c.Listen}, {"METRICS_LISTEN", c.MetricsListen}, {"TEMPORAL_ADDRESS", c.TemporalAddress}} {
		if _, _, err := net.SplitHostPort(address.value); err != nil && address.value != "" {
			return settingError(address.variable, "is not host:port")
		}
	}
	if err := checkGitHubAPI(c.GitHubAPIURL); err != nil {
		return err
	}
	for _, address := range []struct{ variable, value string }{{"PUBLIC_URL", c.PublicURL}, {"GITHUB_WEB_URL", c.GitHubWebURL}, {"TEMPORAL_UI_URL", c.TemporalUIURL}} {
		if u, err := url.Parse(address.value); address.value != "" && (err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http")) {
			return settingError(address.variable, "is not an http(s) URL")
		}
	}
	if u, err := url.Parse(c.PublicURL); err == nil && (strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil) {
		return settingError("PUBLIC_URL", "has more than a scheme, a host and a port")
	}
	if err := c.together("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_CLIENT_ID", "GITHUB_APP_CLIENT_SECRET", "GITHUB_APP_SLUG"); err != nil {
		return err
	}
	if err := c.together("GITHUB_OAUTH_CLIENT_ID", "GITHUB_OAUTH_CLIENT_SECRET"); err != nil {
		return err
	}
	if c.APIToken != "" && len(c.APIToken) < 32 {
		return settingError("API_TOKEN", "is shorter than 32 characters")
	}
	if c.RequestsPerMinute < 1 {
		return settingError("GITHUB_REQUESTS_PER_MINUTE", "is not at least 1")
	}
	if c.IngestActivities < 1 || c.IngestActivities > 1000 {
		return settingError("INGEST_ACTIVITIES", "is not between 1 and 1000")
	}
	if c.HeartbeatTimeout < time.Second {
		return settingError("HEARTBEAT_TIMEOUT", "is shorter than a second")
	}
	return nil
}

// InTheClear is the variable with an address of GitHub's to which tokens would
// travel unencrypted through a network, or nothing.
func (c Config) InTheClear() string {
	for _, address := range []struct{ variable, value string }{{"GITHUB_API_URL", c.GitHubAPIURL}, {"GITHUB_WEB_URL", c.GitHubWebURL}} {
		u, err := url.Parse(address.value)
		if err == nil && u.Scheme == "http" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
			return Prefix + address.variable
		}
	}
	return ""
}

// together refuses settings when only some of them are set: an
// application that is half set up would fail when the first person uses it.
func (c Config) together(variables ...string) error {
	missing := c.Require(variables...)
	values := reflect.ValueOf(c)
	for _, variable := range variables {
		if field, _ := fieldOf(variable); !values.FieldByIndex(field.Index).IsZero() {
			return missing
		}
	}
	return nil
}

// Describe lists every variable for --help: who requires it, what it is without being
// set, or else an example.
func Describe() string {
	var b strings.Builder
	values := reflect.ValueOf(defaults())
	for _, field := range variables() {
		without := "for example " + field.Tag.Get("example")
		if usual := values.FieldByIndex(field.Index); !usual.IsZero() {
			without = fmt.Sprintf("%v unless set", usual)
		} else if by := field.Tag.Get("required"); by != "" {
			without = "required " + by + ", " + without
		}
		fmt.Fprintf(&b, "  %s%s\n      %s; %s\n", Prefix, field.Tag.Get("env"), field.Tag.Get("about"), without)
	}
	return b.String()
}

// Wrong says that a variable's value cannot be used, for what only its user can
// find out. The problem does not repeat the value.
func Wrong(variable, problem string) error { return settingError(variable, problem) }

func settingError(variable, problem string) error {
	field, _ := fieldOf(variable)
	return &Error{Variable: Prefix + variable, Problem: problem, Example: field.Tag.Get("example")}
}

// parseError names the variable of a value that has the wrong type.
func parseError(err error) error {
	var wrong env.ParseError
	if errors.As(err, &wrong) {
		if wrong.Type == reflect.TypeFor[[]netip.Prefix]() {
			return settingError("TRUSTED_PROXIES", "is not a list of networks")
		}
		if field, ok := reflect.TypeFor[Config]().FieldByName(wrong.Name); ok {
			return settingError(field.Tag.Get("env"), fmt.Sprintf("is not a valid %s", wrong.Type))
		}
	}
	return err
}

func fieldOf(variable string) (reflect.StructField, bool) {
	for _, field := range variables() {
		if field.Tag.Get("env") == variable {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// variables are the fields that hold a setting each.
func variables() []reflect.StructField {
	fields := reflect.VisibleFields(reflect.TypeFor[Config]())
	return slices.DeleteFunc(fields, func(field reflect.StructField) bool { return field.Anonymous })
}
