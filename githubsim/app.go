package githubsim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// AppSpec describes a GitHub App. Everything but the slug has a default.
type AppSpec struct {
	Slug          string            // also the login of its bot: slug[bot]
	Name          string            // default from the slug
	Owner         *Organization     // default none
	Permissions   map[string]string // "contents": "read"; metadata comes with any
	Events        []string
	PrivateKeyPEM []byte // PKCS#1 or PKCS#8; default a new one
	ClientID      string
	ClientSecret  string
	CallbackURLs  []string // where GitHub may send people back to; they must match exactly
	WebhookURL    string   // where GitHub delivers events to; default nowhere
	WebhookSecret string
	// WebhookInactive keeps everything from being delivered.
	WebhookInactive bool
}

// App is a GitHub App. It acts for itself with a JSON web token, for an installation with an installation's
// token, and for a person with the token that its authorization page leads to.
type App struct {
	oauthClient
	ID   int64
	Slug string

	owner         *Organization
	person        *User // whose App it is where no organization owns it; nil for nobody's
	description   string
	url           string // of its homepage
	key           *rsa.PrivateKey
	bot           *User
	permissions   map[string]string
	events        []string
	createdAt     time.Time
	updatedAt     time.Time
	installations []*Installation // oldest first; removed ones leave
	hook          *Hook
}

// AddApp registers an App.
func (s *Sim) AddApp(spec AppSpec) *App {
	key, err := appKey(spec.PrivateKeyPEM)
	if err != nil {
		panic(fmt.Sprintf("githubsim: private key of %s: %v", spec.Slug, err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addApp(spec, key)
}

func (s *Sim) addApp(spec AppSpec, key *rsa.PrivateKey) *App {
	a := &App{
		ID: s.nextID("app"), Slug: spec.Slug, owner: spec.Owner, key: key, bot: s.addAccount(TypeBot, spec.Slug+"[bot]"),
		permissions: withMetadata(spec.Permissions), events: slices.Clone(spec.Events), createdAt: s.now(), updatedAt: s.now(),
		url: "https://example.com",
	}
	a.oauthClient = s.newClient("Iv23li", spec.Slug, spec.ClientID, spec.ClientSecret, spec.CallbackURLs)
	if spec.Name != "" {
		a.name = spec.Name
	}
	a.app = a
	s.issued(lineOf(key))
	s.apps.byID[a.ID] = a
	s.apps.clients[a.ClientID] = &a.oauthClient
	a.hook = s.addHook(&Hook{app: a, spec: HookSpec{URL: spec.WebhookURL, Secret: spec.WebhookSecret, Inactive: spec.WebhookInactive}}, nil)
	return a
}

// App is the App with this slug; nil when there is none.
func (s *Sim) App(slug string) *App {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.apps.byID {
		if a.Slug == slug {
			return a
		}
	}
	return nil
}

func appKey(text []byte) (*rsa.PrivateKey, error) {
	if text == nil {
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("no PEM block")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("not an RSA key")
	}
	return key, nil
}

// withMetadata: an App that may read anything may read metadata.
func withMetadata(permissions map[string]string) map[string]string {
	granted := maps.Clone(permissions)
	if granted == nil {
		granted = map[string]string{}
	}
	if granted["metadata"] == "" {
		granted["metadata"] = "read"
	}
	return granted
}

// PrivateKeyPEM is the App's key as GitHub lets its owner download it: PKCS#1.
func (a *App) PrivateKeyPEM() []byte {
	a.sim.mu.RLock()
	defer a.sim.mu.RUnlock()
	return keyPEM(a.key)
}

func keyPEM(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

// lineOf is a line from the middle of a key: a place that shows the key shows it too.
func lineOf(key *rsa.PrivateKey) string {
	lines := strings.Split(string(keyPEM(key)), "\n")
	return lines[len(lines)/2]
}

// RotateKey replaces the App's key: what the old one signs is worth nothing from now on.
func (a *App) RotateKey() {
	key, err := appKey(nil)
	if err != nil {
		panic(fmt.Sprintf("githubsim: generate a key: %v", err))
	}
	a.sim.mu.Lock()
	defer a.sim.mu.Unlock()
	a.key = key
	a.sim.issued(lineOf(key))
}

// RequestEvents changes what the App subscribes to; installations follow as with permissions.
func (a *App) RequestEvents(events ...string) {
	a.sim.mu.Lock()
	defer a.sim.mu.Unlock()
	a.events, a.updatedAt = slices.Clone(events), a.sim.now()
}

// RequestPermissions changes what the App asks for. New installations grant it, present ones keep what they
// have until somebody accepts (Installation.AcceptPermissions).
func (a *App) RequestPermissions(permissions map[string]string) {
	a.sim.mu.Lock()
	defer a.sim.mu.Unlock()
	a.permissions, a.updatedAt = withMetadata(permissions), a.sim.now()
}

// InstallSpec says what an installation gives the App. The zero value is everything that the App asks for.
type InstallSpec struct {
	Repositories []*Repository     // nil is all, now and in future
	Permissions  map[string]string // nil is what the App asks for
}

// Installation is an App installed on an account.
type Installation struct {
	ID int64

	app          *App
	organization *Organization // nil when it is on a personal account
	person       *User
	selected     bool
	repositories []*Repository // when selected
	permissions  map[string]string
	events       []string
	createdAt    time.Time
	updatedAt    time.Time
	suspendedAt  time.Time
	suspendedBy  *User
	removed      bool
}

// Install puts the App on an organization. Where it is already, that installation changes.
func (a *App) Install(o *Organization, spec InstallSpec) *Installation {
	a.sim.mu.Lock()
	defer a.sim.mu.Unlock()
	i := a.on(o)
	if i != nil {
		before := i.covered()
		i.apply(spec)
		i.tellSelection(before)
		return i
	}
	i = a.newInstallation()
	i.organization = o
	i.apply(spec)
	i.tell("created", i.covered())
	return i
}

// InstallForUser puts the App on a personal account, which owns no repositories here.
func (a *App) InstallForUser(u *User) *Installation {
	a.sim.mu.Lock()
	defer a.sim.mu.Unlock()
	i := a.newInstallation()
	i.person = u
	i.apply(InstallSpec{})
	i.tell("created", nil)
	return i
}

func (a *App) newInstallation() *Installation {
	i := &Installation{ID: a.sim.nextID("installation"), app: a, createdAt: a.sim.now()}
	a.installations = append(a.installations, i)
	return i
}

func (i *Installation) apply(spec InstallSpec) {
	i.selected, i.repositories = spec.Repositories != nil, slices.Clone(spec.Repositories)
	i.permissions = withMetadata(spec.Permissions)
	if spec.Permissions == nil {
		i.permissions = maps.Clone(i.app.permissions)
	}
	i.events = slices.Clone(i.app.events)
	i.updatedAt = i.app.sim.now()
}

// on is the App's installation on an organization; nil where it is not installed.
func (a *App) on(o *Organization) *Installation {
	for _, i := range a.installations {
		if i.organization == o && o != nil {
			return i
		}
	}
	return nil
}

// Select limits the installation to these repositories; without any it may see all.
func (i *Installation) Select(repositories ...*Repository) {
	i.change(func() {
		before := i.covered()
		i.selected, i.repositories = len(repositories) > 0, slices.Clone(repositories)
		i.tellSelection(before)
	})
}

// AcceptPermissions grants what the App asks for by now.
func (i *Installation) AcceptPermissions() {
	i.change(func() {
		i.permissions, i.events = maps.Clone(i.app.permissions), slices.Clone(i.app.events)
		i.tell("new_permissions_accepted", nil)
	})
}

// Suspend makes GitHub refuse the installation's tokens, and new ones, until Unsuspend. By is who did it;
// nil is the App's own owner.
func (i *Installation) Suspend(by *User) {
	i.change(func() {
		i.suspendedAt, i.suspendedBy = i.app.sim.now(), by
		i.tell("suspend", nil)
	})
}

// Unsuspend makes the installation's tokens work again.
func (i *Installation) Unsuspend() {
	i.change(func() {
		i.suspendedAt, i.suspendedBy = time.Time{}, nil
		i.tell("unsuspend", nil)
	})
}

// Uninstall takes the App off the account: its installation's tokens are worthless at once. Installing it
// again makes another installation with another id.
func (i *Installation) Uninstall() {
	i.change(func() {
		i.tell("deleted", i.covered())
		i.removed = true
		i.app.installations = slices.DeleteFunc(i.app.installations, func(other *Installation) bool { return other == i })
		for text, token := range i.app.sim.tokens {
			if token.installation == i {
				delete(i.app.sim.tokens, text)
			}
		}
	})
}

func (i *Installation) change(apply func()) {
	i.app.sim.mu.Lock()
	defer i.app.sim.mu.Unlock()
	i.updatedAt = i.app.sim.now()
	apply()
}

func (i *Installation) suspended() bool { return !i.suspendedAt.IsZero() }

// covers says whether the installation reaches a repository, whatever it may do there.
func (i *Installation) covers(r *Repository) bool {
	return !r.deleted && i.organization == r.owner && (!i.selected || slices.Contains(i.repositories, r))
}

// covered are the repositories that the installation reaches, oldest first.
func (i *Installation) covered() []*Repository {
	if i.organization == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(i.organization.repositories), func(r *Repository) bool { return !i.covers(r) })
}

func (i *Installation) selection() string {
	if i.selected {
		return "selected"
	}
	return "all"
}

// growth is what a large installation may spend beyond the usual: 50 an hour for each repository above 20 and
// for each member above 20.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-github-app-installations
func (i *Installation) growth() int {
	if i.organization == nil {
		return 0
	}
	repositories, members := 0, 0
	for _, r := range i.organization.repositories {
		if i.covers(r) {
			repositories++
		}
	}
	for _, m := range i.organization.members {
		if m.state == "active" {
			members++
		}
	}
	return 50*max(0, repositories-20) + 50*max(0, members-20)
}

// permits says whether one level of permission is within another.
func permits(granted, wanted string) bool {
	levels := []string{"", "read", "write", "admin"}
	return slices.Index(levels, granted) >= max(1, slices.Index(levels, wanted))
}

// IssueToken gives the installation a token as POST access_tokens would, and returns its text.
func (i *Installation) IssueToken() string {
	i.app.sim.mu.Lock()
	defer i.app.sim.mu.Unlock()
	text, _ := i.issue(nil, i.permissions)
	return text
}

// installationTokenLife is how long an installation's token works.
const installationTokenLife = time.Hour

// issue makes a token for some of the repositories (nil: all that the installation reaches) and permissions.
func (i *Installation) issue(only []*Repository, permissions map[string]string) (string, *Token) {
	s := i.app.sim
	token := &Token{
		Kind: InstallationToken, Organization: i.organization, Repositories: only, Permissions: maps.Clone(permissions),
		ExpiresAt: s.config.Now().Add(installationTokenLife), user: i.app.bot, app: i.app, installation: i, ssoGrant: map[*Organization]bool{},
	}
	text := s.issued(i.tokenText(token.ExpiresAt))
	s.tokens[text] = token
	return text, token
}

// tokenText has the form that installation tokens have since 2026: the App's id and a JSON web token, about
// 520 characters, with dots and of no fixed length.
func (i *Installation) tokenText(expires time.Time) string {
	s := i.app.sim
	seed := fmt.Sprintf("%d/installation token/%d", s.config.Seed, s.nextID("token"))
	claims := fmt.Sprintf(`{"iss":"github.com","sub":"%d","exp":%d,"jti":"%s"}`, i.ID, expires.Unix(), letters(seed, 22))
	return fmt.Sprintf("ghs_%d_%s.%s.%s", i.app.ID, base64url(`{"alg":"RS256","typ":"JWT"}`), base64url(claims), letters(seed+"/signature", 342))
}

func (a *App) htmlURL() string { return "https://github.com/apps/" + strings.ToLower(a.Slug) }
