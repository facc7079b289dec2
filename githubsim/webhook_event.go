package githubsim

import (
	"encoding/base64"
	"net/http"
	"slices"
)

// event is something that GitHub tells hooks about.
type event struct {
	name, action string
	repo         *Repository   // nil: it is about no repository
	org          *Organization // default the repository's owner
	sender       *User         // default an owner of the organization
	write        func(*call)   // the members that only this event has

	organizationOnly bool          // hooks of repositories and Apps do not learn it
	notRepository    bool          // hooks of repositories do not learn it
	app              *App          // only this App learns it, whatever it has subscribed to
	installation     *Installation // of that App
}

// announce tells everybody who has subscribed. Callers hold Sim.mu; the payload shows the world as it is now.
func (s *Sim) announce(e event) {
	if s.hooks.count == 0 || s.hooks.quiet {
		return
	}
	if e.org == nil && e.repo != nil {
		e.org = e.repo.owner
	}
	audience := s.audience(e)
	if len(audience) == 0 {
		return
	}
	text := s.render(e)
	whole := &payload{raw: text}
	var parcels []*parcel
	for _, a := range audience {
		body := whole
		if a.installation != nil && e.installation == nil {
			body = &payload{raw: withInstallation(text, a.installation)}
		}
		if body.size() > largestPayload {
			continue // GitHub does not even log it
		}
		p := a.hook.parcel(e.name, e.action, body)
		if e.repo != nil {
			p.record.RepositoryID = e.repo.ID
		}
		if a.installation != nil {
			p.record.InstallationID = a.installation.ID
		}
		parcels = append(parcels, p)
	}
	s.courier.hand(parcels...)
}

// quietly tells nobody of the past that is being made up, until the function that it returns is called.
func (s *Sim) quietly() (loud func()) {
	s.hooks.quiet = true
	return func() { s.hooks.quiet = false }
}

// listener is a hook that an event is sent to.
type listener struct {
	hook         *Hook
	installation *Installation // through which an App learns it
}

func (s *Sim) audience(e event) (found []listener) {
	if e.app != nil {
		if e.app.hook.active() {
			found = append(found, listener{e.app.hook, e.installation})
		}
		return found
	}
	if e.org != nil {
		for _, h := range e.org.hooks {
			if h.active() && h.wants(e.name) {
				found = append(found, listener{hook: h})
			}
		}
	}
	if e.organizationOnly {
		return found
	}
	if e.repo != nil && !e.notRepository {
		for _, h := range e.repo.hooks {
			if h.active() && h.wants(e.name) {
				found = append(found, listener{hook: h})
			}
		}
	}
	for _, a := range s.apps.inOrder() {
		if i := a.on(e.org); a.hook.active() && i.learns(e) {
			found = append(found, listener{a.hook, i})
		}
	}
	return found
}

// learns says whether an event reaches an App through its installation, which must have accepted both the event and
// the permission that it takes.
func (i *Installation) learns(e event) bool {
	return i != nil && !i.suspended() && slices.Contains(i.events, e.name) && permits(i.permissions[eventPermissions[e.name]], "read") &&
		(e.repo == nil || i.covers(e.repo))
}

// eventPermissions are what an App must be allowed to read to learn of an event.
// https://docs.github.com/webhooks/webhook-events-and-payloads
var eventPermissions = map[string]string{
	"push": "contents", "create": "contents", "delete": "contents", "commit_comment": "contents", "release": "contents",
	"pull_request": "pull_requests", "pull_request_review": "pull_requests", "pull_request_review_comment": "pull_requests",
	"pull_request_review_thread": "pull_requests", "issues": "issues", "issue_comment": "issues", "milestone": "issues",
	"label": "metadata", "repository": "metadata", "public": "metadata", "discussion": "discussions",
	"member": "members", "membership": "members", "organization": "members",
}

// render writes a payload.
func (s *Sim) render(e event) []byte {
	c := &call{sim: s, base: s.hooks.base, repo: e.repo, header: http.Header{}}
	w := &c.w
	w.b = make([]byte, 0, 16<<10)
	w.open('{')
	if e.action != "" {
		w.str("action", e.action)
	}
	if e.write != nil {
		e.write(c)
	}
	if e.repo != nil {
		if e.name == "push" {
			c.pushRepository(e.repo)
		} else {
			c.repository("repository", e.repo, false)
		}
	}
	if e.org != nil {
		c.organizationSimple("organization", e.org)
	}
	c.sender(e)
	w.close('}')
	return w.b
}

// sender is who did it, else an owner, else nobody's stand-in: each payload has one.
func (c *call) sender(e event) {
	u := e.sender.present()
	if u == nil && e.org != nil {
		for _, m := range e.org.members {
			if m.role == "admin" && m.user.present() != nil {
				u = m.user
				break
			}
		}
	}
	if u != nil {
		c.account("sender", u)
		return
	}
	c.account("sender", &User{deleted: true, ghost: true})
}

// withInstallation adds what payloads for an App end in.
func withInstallation(text []byte, i *Installation) []byte {
	w := writer{b: slices.Clone(text[:len(text)-1])}
	w.key("installation")
	w.open('{')
	w.int("id", i.ID)
	w.str("node_id", base64.StdEncoding.EncodeToString([]byte("023:IntegrationInstallation"+id(i.ID))))
	w.close('}')
	w.close('}')
	return w.b
}

// parcel is a delivery to the hook, addressed and signed as the hook is set up now.
func (h *Hook) parcel(event, action string, body *payload) *parcel {
	p := &parcel{hook: h, request: h.request(event, nil), insecure: h.spec.InsecureSSL, payload: body}
	p.record.HookID, p.record.Event, p.record.Action, p.record.URL = h.ID, event, action, h.spec.URL
	return p
}

func (h *Hook) request(event string, body []byte) HookRequest {
	kind, _, target := h.target()
	return HookRequest{
		URL: h.spec.URL, Event: event, Secret: h.spec.Secret, ContentType: h.spec.ContentType, HookID: h.ID, TargetType: kind, TargetID: target,
		Payload: body,
	}
}

// event is one about the hook itself.
func (h *Hook) event(name, action string, by *User) event {
	return event{name: name, action: action, repo: h.repository, org: h.owner(), sender: by, write: func(c *call) {
		if name == "ping" {
			c.w.str("zen", "Anything added dilutes everything else.")
		}
		c.w.int("hook_id", h.ID)
		c.w.key("hook")
		c.hookObject(h)
	}}
}

// tell sends an event to this hook alone.
func (h *Hook) tell(e event) {
	p := h.parcel(e.name, e.action, &payload{raw: h.sim.render(e)})
	if e.repo != nil {
		p.record.RepositoryID = e.repo.ID
	}
	h.sim.courier.hand(p)
}

// ping is what GitHub sends when a hook is made, and when somebody asks for it.
func (h *Hook) ping(by *User) {
	if h.active() {
		h.tell(h.event("ping", "", by))
	}
}

// publicAPI is what URLs in payloads begin with until a hook is made through an API that is elsewhere.
const publicAPI = "https://api.github.com"
