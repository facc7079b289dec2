package githubsim

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Organization is an organization with its members, repositories and policies.
type Organization struct {
	ID     int64
	NodeID string

	sim          *Sim
	login        string
	name         string
	createdAt    time.Time
	updatedAt    time.Time
	members      []*membership
	repositories []*Repository // oldest first; deleted ones leave
	teams        []*Team
	hooks        []*Hook

	closed         bool // members see the private repositories that they were added to
	requiresSSO    bool
	restrictsOAuth bool
	approvedApps   []*OAuthApp
	forbidsClassic bool
	ipAllowList    []netip.Prefix
}

type membership struct {
	user  *User
	role  string
	state string
}

// AddOrganization adds an organization, or returns the one of that name.
func (s *Sim) AddOrganization(login string) *Organization {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addOrganization(login)
}

func (s *Sim) addOrganization(login string) *Organization {
	if existing := s.organizations[strings.ToLower(login)]; existing != nil {
		return existing
	}
	id := s.nextID("account")
	o := &Organization{ID: id, NodeID: nodeID("O", id), sim: s, login: login, name: displayName(login), createdAt: s.now(), updatedAt: s.now()}
	s.organizations[strings.ToLower(login)] = o
	s.nodes[o.NodeID] = o
	return o
}

// Organization finds an organization by its present login; nil when there is none.
func (s *Sim) Organization(login string) *Organization {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.organizations[strings.ToLower(login)]
}

// Login is the organization's present name.
func (o *Organization) Login() string {
	o.sim.mu.RLock()
	defer o.sim.mu.RUnlock()
	return o.login
}

// AddMember makes the user an active member; role is admin or member.
func (o *Organization) AddMember(user *User, role string) { o.setMembership(user, role, "active") }

// Invite makes the user a pending member: they see nothing until they accept.
func (o *Organization) Invite(user *User, role string) { o.setMembership(user, role, "pending") }

// RemoveMember ends a membership.
func (o *Organization) RemoveMember(user *User) {
	o.sim.mu.Lock()
	defer o.sim.mu.Unlock()
	m := o.membership(user)
	if m == nil {
		return
	}
	o.members = slices.DeleteFunc(o.members, func(other *membership) bool { return other == m })
	o.tell("member_removed", m, nil)
}

func (o *Organization) setMembership(user *User, role, state string) {
	o.sim.mu.Lock()
	defer o.sim.mu.Unlock()
	m := o.membership(user)
	if m == nil {
		m = &membership{user: user}
		o.members = append(o.members, m)
	}
	before := m.state
	m.role, m.state = role, state
	switch {
	case before == state: // another role, of which nobody is told
	case state == "active":
		o.tell("member_added", m, nil)
	default:
		o.tell("member_invited", m, nil)
	}
}

func (o *Organization) membership(user *User) *membership {
	for _, m := range o.members {
		if m.user == user {
			return m
		}
	}
	return nil
}

func (o *Organization) hasActive(user *User) bool {
	m := o.membership(user)
	return m != nil && m.state == "active"
}

// SetBasePermissionToNone makes members see only those private repositories that AddCollaborator adds them to.
// Owners see everything, and without this so do members, as by GitHub's default.
func (o *Organization) SetBasePermissionToNone() { o.change(func() { o.closed = true }) }

// AddCollaborator adds a person to the repository, who then may read it whatever the base permission is.
func (r *Repository) AddCollaborator(user *User) {
	r.owner.change(func() {
		r.collaborators = append(r.collaborators, user)
		r.tellMember(user, "read")
	})
}

// AddAdmin makes a person an administrator of the repository, who need not be an owner of the organization.
func (r *Repository) AddAdmin(user *User) {
	r.owner.change(func() {
		r.admins = append(r.admins, user)
		r.tellMember(user, "admin")
	})
}

// administeredBy says whether a person may change the repository's settings.
func (r *Repository) administeredBy(user *User) bool {
	m := r.owner.membership(user)
	return user != nil && (m != nil && m.state == "active" && m.role == "admin" || slices.Contains(r.admins, user))
}

// mayRead says whether a private repository is open to a person.
func (r *Repository) mayRead(user *User) bool {
	if slices.Contains(r.admins, user) {
		return true
	}
	m := r.owner.membership(user)
	if m == nil || m.state != "active" {
		return false
	}
	return !r.owner.closed || m.role == "admin" || slices.Contains(r.collaborators, user)
}

// Rename changes the login. Repositories answer under their old paths with a redirect; the organization
// itself does not, as at GitHub.
func (o *Organization) Rename(login string) {
	o.sim.mu.Lock()
	defer o.sim.mu.Unlock()
	for _, r := range o.repositories {
		o.sim.unlist(r)
	}
	before := o.login
	delete(o.sim.organizations, strings.ToLower(before))
	o.login = login
	o.updatedAt = o.sim.now()
	o.sim.organizations[strings.ToLower(login)] = o
	for _, r := range o.repositories {
		o.sim.list(r)
	}
	o.tellRenamed(before)
}

// RequireSSO makes the organization accept only tokens authorized with AuthorizeSSO.
func (o *Organization) RequireSSO() { o.change(func() { o.requiresSSO = true }) }

// RestrictOAuthApps turns on OAuth app access restrictions: OAuth tokens get 403, other tokens pass, and so do
// those of an app that ApproveOAuthApp named.
func (o *Organization) RestrictOAuthApps() { o.change(func() { o.restrictsOAuth = true }) }

// ForbidClassicTokens refuses classic personal access tokens.
func (o *Organization) ForbidClassicTokens() { o.change(func() { o.forbidsClassic = true }) }

// SetIPAllowList refuses requests from other addresses; without arguments everyone may come again.
func (o *Organization) SetIPAllowList(allowed ...netip.Prefix) {
	o.change(func() { o.ipAllowList = allowed })
}

// AuthorizeSSO lets a token, given by its text, into an organization that requires single sign-on.
func (o *Organization) AuthorizeSSO(token string) {
	o.change(func() {
		if t := o.sim.tokens[token]; t != nil {
			t.ssoGrant[o] = true
		}
	})
}

func (o *Organization) change(apply func()) {
	o.sim.mu.Lock()
	defer o.sim.mu.Unlock()
	apply()
}
