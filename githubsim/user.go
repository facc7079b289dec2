package githubsim

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// The types of account that GitHub shows as authors.
const (
	TypeUser      = "User"
	TypeBot       = "Bot"
	TypeMannequin = "Mannequin" // the stand-in for a person whose work was imported from elsewhere
)

// User is an account that acts: a person, a bot or a mannequin.
type User struct {
	ID     int64
	NodeID string
	Type   string

	sim       *Sim
	login     string
	name      string
	email     string
	createdAt time.Time
	alias     string // what REST calls the account in place of its login
	deleted   bool
	ghost     bool // once it is deleted, REST shows GitHub's stand-in for it
	followers int64

	// rendered is the account as REST embeds it: a page of commits holds it 200 times.
	rendered atomic.Pointer[renderedUser]
}

type renderedUser struct {
	base string
	json []byte
}

// SetFollowers says how many follow the person, as they do people rather than service accounts.
func (u *User) SetFollowers(n int) {
	u.sim.mu.Lock()
	defer u.sim.mu.Unlock()
	u.followers = int64(n)
}

// AddUser adds a person. Commits with the email login@example.com are theirs; AddEmail adds others.
func (s *Sim) AddUser(login string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addAccount(TypeUser, login)
}

// AddBot adds an app's account, whose login REST shows as name[bot] and GraphQL as name.
func (s *Sim) AddBot(login string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addAccount(TypeBot, login)
}

// AddMannequin adds the stand-in for a person unknown to GitHub.
func (s *Sim) AddMannequin(login string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addAccount(TypeMannequin, login)
}

func (s *Sim) addAccount(kind, login string) *User {
	if existing := s.logins[strings.ToLower(login)]; existing != nil {
		return existing
	}
	id := s.nextID("account")
	u := &User{
		ID: id, NodeID: nodeID(map[string]string{TypeUser: "U", TypeBot: "BOT", TypeMannequin: "M"}[kind], id), Type: kind,
		sim: s, login: login, name: displayName(login), createdAt: s.now(),
	}
	if u.email = login + "@example.com"; kind == TypeBot {
		u.email = u.noreply() // apps have no other
	}
	s.accounts[u.ID] = u
	s.logins[strings.ToLower(login)] = u
	s.emails[strings.ToLower(u.email)] = u
	s.emails[strings.ToLower(u.noreply())] = u
	s.nodes[u.NodeID] = u
	return u
}

// webFlowAddress is what GitHub commits with itself.
const webFlowAddress = "noreply@github.com"

// WebFlow is the account of what GitHub commits itself: whatever is written or merged on its pages.
func (s *Sim) WebFlow() *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.webFlow()
}

func (s *Sim) webFlow() *User {
	u := s.addAccount(TypeUser, "web-flow")
	u.name, u.email = "GitHub", webFlowAddress
	s.emails[webFlowAddress] = u
	return u
}

// displayName makes a person of a login: grace-hopper becomes Grace Hopper.
func displayName(login string) string {
	words := strings.FieldsFunc(login, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, " ")
}

// Login is the account's present name.
func (u *User) Login() string {
	u.sim.mu.RLock()
	defer u.sim.mu.RUnlock()
	return u.login
}

// AddEmail makes commits with this address the user's.
func (u *User) AddEmail(email string) {
	u.sim.mu.Lock()
	defer u.sim.mu.Unlock()
	u.sim.emails[strings.ToLower(email)] = u
}

// Rename changes the login; ids, and everything the user did, stay.
func (u *User) Rename(login string) {
	u.sim.mu.Lock()
	defer u.sim.mu.Unlock()
	delete(u.sim.logins, strings.ToLower(u.login))
	u.login = login
	u.sim.logins[strings.ToLower(login)] = u
	u.rendered.Store(nil)
}

// ShowAs gives a bot the name that REST shows in place of its login, as it shows Copilot where GraphQL has
// copilot-pull-request-reviewer: one id. Addresses that GitHub gives to the bot have that name, too.
func (u *User) ShowAs(alias string) {
	u.sim.mu.Lock()
	defer u.sim.mu.Unlock()
	u.alias = alias
	u.email = u.noreply()
	u.sim.emails[strings.ToLower(u.email)] = u
	u.rendered.Store(nil)
}

// Delete removes the account. What it wrote stays, and REST and GraphQL show null as its author.
func (u *User) Delete() { u.delete(false) }

// DeleteToGhost removes the account as Delete does, and REST shows the user ghost as its author.
func (u *User) DeleteToGhost() { u.delete(true) }

func (u *User) delete(ghost bool) {
	u.sim.mu.Lock()
	defer u.sim.mu.Unlock()
	u.deleted, u.ghost = true, ghost
	delete(u.sim.logins, strings.ToLower(u.login))
	delete(u.sim.accounts, u.ID)
	delete(u.sim.nodes, u.NodeID)
	for email, owner := range u.sim.emails {
		if owner == u {
			delete(u.sim.emails, email)
		}
	}
}

// present is the user, or nil when the account is gone.
func (u *User) present() *User {
	if u == nil || u.deleted {
		return nil
	}
	return u
}

// noreply is the address GitHub gives to those who keep theirs private.
func (u *User) noreply() string {
	return strconv.FormatInt(u.ID, 10) + "+" + u.restLogin() + "@users.noreply.github.com"
}

// restLogin is how REST names the account.
func (u *User) restLogin() string {
	if u.alias != "" {
		return u.alias
	}
	return u.login
}

func (u *User) graphQLLogin() string {
	return strings.TrimSuffix(u.login, "[bot]")
}
