package githubsim

import (
	"cmp"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// HookRules decide what GitHub's documents leave open, and how much the simulator holds. The zero value is what is
// reported of GitHub most often.
type HookRules struct {
	// SignWhenSent signs a delivery with the secret that the hook has when it leaves, not with that of the event.
	SignWhenSent bool
	// TransferToRepositoryHooks tells the hooks of a repository, too, that it was transferred; the documents say that the
	// new owner is told.
	TransferToRepositoryHooks bool
	// NewToInstallations sends installation_repositories also where an installation covers all repositories, when one is
	// created, deleted or transferred.
	NewToInstallations bool
	// UnlabelWhenDeleted sends issues.unlabeled, without the label, for everything that carried a deleted label.
	UnlabelWhenDeleted bool
	// TellConversion sends discussion.created with changes.old_issue for an issue that became a discussion.
	TellConversion bool

	Concurrency int // how many deliveries are under way at once; default 8
	Waiting     int // bytes that wait for their turn; what does not fit is logged as throttled and not sent. Default 64 MB
	Logged      int // bytes of the log, packed; the oldest make room. Default 128 MB
}

// HookSpec says where a hook delivers what. An App's hook has no events: its installations have.
type HookSpec struct {
	URL         string
	Secret      string   // empty: deliveries are not signed
	ContentType string   // json or form; default form, an App's json
	Events      []string // default push; "*" is all
	InsecureSSL bool     // deliver whatever certificate is shown
	Inactive    bool
}

// Hook is a webhook of an organization, of a repository or of a GitHub App.
type Hook struct {
	ID int64

	sim          *Sim
	organization *Organization
	repository   *Repository
	app          *App
	madeBy       *oauthClient // the OAuth app whose token made it; nobody else sees the hook then
	spec         HookSpec
	createdAt    time.Time
	updatedAt    time.Time
}

// hookRegistry is what Sim.mu guards of hooks.
type hookRegistry struct {
	count int    // of hooks that have a URL: at 0 nothing is rendered
	quiet bool   // the past is being made up; nobody is told
	base  string // what URLs in payloads begin with
}

// AddHook adds a hook to the organization, as an owner can on GitHub's website. GitHub pings it.
func (o *Organization) AddHook(spec HookSpec) *Hook {
	o.sim.mu.Lock()
	defer o.sim.mu.Unlock()
	return o.sim.addHook(&Hook{organization: o, spec: spec}, nil)
}

// AddHook adds a hook to the repository. GitHub pings it.
func (r *Repository) AddHook(spec HookSpec) *Hook {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	return r.sim.addHook(&Hook{repository: r, spec: spec}, nil)
}

// Hooks are the organization's hooks, oldest first.
func (o *Organization) Hooks() []*Hook {
	o.sim.mu.RLock()
	defer o.sim.mu.RUnlock()
	return slices.Clone(o.hooks)
}

// Hooks are the repository's hooks, oldest first.
func (r *Repository) Hooks() []*Hook {
	r.sim.mu.RLock()
	defer r.sim.mu.RUnlock()
	return slices.Clone(r.hooks)
}

// Hook is the App's hook. Without a URL it delivers nothing.
func (a *App) Hook() *Hook { return a.hook }

// addHook completes a hook and pings it. By is who does it.
func (s *Sim) addHook(h *Hook, by *User) *Hook {
	h.ID, h.sim, h.createdAt, h.updatedAt = s.nextID("hook"), s, s.now(), s.now()
	spec := h.spec
	h.spec = HookSpec{}
	h.set(spec)
	switch {
	case h.organization != nil:
		h.organization.hooks = append(h.organization.hooks, h)
	case h.repository != nil:
		h.repository.hooks = append(h.repository.hooks, h)
	}
	h.ping(by)
	return h
}

// set takes over a spec with GitHub's defaults.
func (h *Hook) set(spec HookSpec) {
	usual := "form"
	if h.app != nil {
		usual = "json"
	}
	spec.ContentType = cmp.Or(spec.ContentType, usual)
	spec.Events = slices.Clone(spec.Events)
	if len(spec.Events) == 0 && h.app == nil {
		spec.Events = []string{"push"}
	}
	if spec.Secret != "" && spec.Secret != h.spec.Secret {
		h.sim.issued(spec.Secret)
	}
	if h.spec.URL == "" && spec.URL != "" {
		h.sim.hooks.count++
	}
	h.spec = spec
}

// Spec is how the hook is set up now, with its secret.
func (h *Hook) Spec() HookSpec {
	h.sim.mu.RLock()
	defer h.sim.mu.RUnlock()
	spec := h.spec
	spec.Events = slices.Clone(spec.Events)
	return spec
}

// Alter changes the hook, as somebody can at GitHub.
func (h *Hook) Alter(edit func(*HookSpec)) {
	h.sim.mu.Lock()
	defer h.sim.mu.Unlock()
	spec := h.spec
	edit(&spec)
	h.alter(spec)
}

func (h *Hook) alter(spec HookSpec) {
	h.set(spec)
	h.updatedAt = h.sim.now()
}

// Mute switches the hook off: it stays, and is sent nothing.
func (h *Hook) Mute() { h.Alter(func(s *HookSpec) { s.Inactive = true }) }

// Delete removes the hook. It learns that itself when it has subscribed to meta.
func (h *Hook) Delete() {
	h.sim.mu.Lock()
	defer h.sim.mu.Unlock()
	h.remove(nil)
}

func (h *Hook) remove(by *User) {
	is := func(other *Hook) bool { return other == h }
	switch {
	case h.organization != nil && slices.Contains(h.organization.hooks, h):
		h.organization.hooks = slices.DeleteFunc(h.organization.hooks, is)
	case h.repository != nil && slices.Contains(h.repository.hooks, h):
		h.repository.hooks = slices.DeleteFunc(h.repository.hooks, is)
	default:
		return
	}
	h.sim.hooks.count--
	if h.active() && h.wants("meta") {
		h.tell(h.event("meta", "deleted", by))
	}
}

// Ping makes GitHub send the hook a ping.
func (h *Hook) Ping() {
	h.sim.mu.Lock()
	defer h.sim.mu.Unlock()
	h.ping(nil)
}

// owner is the organization that the hook belongs to or lies in; an App's has none.
func (h *Hook) owner() *Organization {
	if h.repository != nil {
		return h.repository.owner
	}
	return h.organization
}

// target is what the hook is installed on, as headers and the hook itself name it.
func (h *Hook) target() (header, kind string, id int64) {
	switch {
	case h.organization != nil:
		return "organization", "Organization", h.organization.ID
	case h.repository != nil:
		return "repository", "Repository", h.repository.ID
	}
	return "integration", "App", h.app.ID
}

// active says whether the hook is sent anything. One that an OAuth app made sleeps while the organization does not
// accept that app.
func (h *Hook) active() bool {
	if h.spec.Inactive || h.spec.URL == "" {
		return false
	}
	o := h.owner()
	return o == nil || h.madeBy == nil || !o.restrictsOAuth || o.approves(h.madeBy)
}

// wants says whether the hook has subscribed to an event.
func (h *Hook) wants(event string) bool {
	return slices.Contains(h.spec.Events, event) || slices.Contains(h.spec.Events, "*")
}

// hookEvents are the events that a repository's hook may subscribe to.
// https://docs.github.com/webhooks/webhook-events-and-payloads
var hookEvents = []string{
	"branch_protection_configuration", "branch_protection_rule", "check_run", "check_suite", "code_scanning_alert", "commit_comment", "create",
	"delete", "dependabot_alert", "deploy_key", "deployment", "deployment_status", "discussion", "discussion_comment", "fork", "gollum",
	"issue_comment", "issue_dependencies", "issues", "label", "member", "merge_group", "meta", "milestone", "package", "page_build", "ping",
	"project", "project_card", "project_column", "public", "pull_request", "pull_request_review", "pull_request_review_comment",
	"pull_request_review_thread", "push", "registry_package", "release", "repository", "repository_advisory", "repository_import",
	"repository_ruleset", "repository_vulnerability_alert", "secret_scanning_alert", "secret_scanning_alert_location", "secret_scanning_scan",
	"security_and_analysis", "star", "status", "sub_issues", "team_add", "watch", "workflow_job", "workflow_run", "*",
}

// organizationEvents are those that only an organization's hook may subscribe to besides.
var organizationEvents = []string{
	"custom_property", "custom_property_values", "membership", "org_block", "organization", "personal_access_token_request",
	"projects_v2", "projects_v2_item", "projects_v2_status_update", "team",
}

// mayWant says whether a hook of this kind may subscribe to an event.
func (h *Hook) mayWant(event string) bool {
	return slices.Contains(hookEvents, event) || h.organization != nil && slices.Contains(organizationEvents, event)
}

// mostHooks is how many hooks of one organization or repository may subscribe to one event.
const mostHooks = 20

// crowded is the event that has as many hooks as it may have; empty when there is room.
func crowded(hooks []*Hook, events []string) string {
	for _, event := range events {
		n := 0
		for _, h := range hooks {
			if h.wants(event) || event == "*" {
				n++
			}
		}
		if n >= mostHooks {
			return event
		}
	}
	return ""
}

// like says whether another hook does the same.
func (s HookSpec) like(other HookSpec) bool {
	return s.URL == other.URL && s.ContentType == other.ContentType &&
		slices.Equal(slices.Sorted(slices.Values(s.Events)), slices.Sorted(slices.Values(other.Events)))
}

// localHost is the host of a URL that only this machine can reach; empty for all others.
func localHost(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return host
	}
	if ip := net.ParseIP(host); ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		return host
	}
	return ""
}
