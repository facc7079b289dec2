package githubsim

import (
	"fmt"
	"slices"
	"time"
)

// AllScopes are the scopes that an app which reads everything and makes webhooks asks for.
var AllScopes = []string{"repo", "admin:org", "read:org", "admin:repo_hook", "admin:org_hook", "user", "read:user"}

// Persona is a person as they come to an app: an account with a token. The methods that make one are numbered
// P1 to P10, as docs/behaviours.md has them.
type Persona struct {
	User  *User
	Token string
}

// Owner (P1) owns the organization and has a token with all scopes.
func (o *Organization) Owner(login string) Persona { return o.person(login, "admin", AllScopes) }

// Member (P2) is a member with a token with all scopes.
func (o *Organization) Member(login string) Persona { return o.person(login, "member", AllScopes) }

// MemberOutside (P3) is a member who was added to none of the private repositories, which need it from now on.
func (o *Organization) MemberOutside(login string) Persona {
	o.SetBasePermissionToNone()
	return o.Member(login)
}

// OwnerWithout (P4) is an owner whose token has all scopes but one, and those that contain it.
func (o *Organization) OwnerWithout(scope, login string) Persona {
	return o.person(login, "admin", slices.DeleteFunc(slices.Clone(AllScopes), func(s string) bool {
		return s == scope || slices.Contains(implied[s], scope)
	}))
}

// OwnerBeforeSSO (P5) is an owner whose token the organization's single sign-on, on from now, has not seen yet.
func (o *Organization) OwnerBeforeSSO(login string) Persona {
	o.RequireSSO()
	return o.Owner(login)
}

// MemberThrough (P6) is a member with a token of an OAuth app that the organization, which restricts them from
// now on, has not approved.
func (o *Organization) MemberThrough(app *OAuthApp, login string) Persona {
	o.RestrictOAuthApps()
	user := o.sim.AddUser(login)
	o.AddMember(user, "member")
	return Persona{user, app.Authorize(user, AllScopes...).Access}
}

// Invited (P7) has an invitation and has not accepted it.
func (o *Organization) Invited(login string) Persona {
	user := o.sim.AddUser(login)
	o.Invite(user, "member")
	return Persona{user, o.sim.IssueToken(user, Token{Scopes: normalScopes(AllScopes)})}
}

// OwnerFineGrained (P8) is an owner with a fine-grained token for all repositories of the organization.
func (o *Organization) OwnerFineGrained(login string) Persona {
	p := o.Owner(login)
	p.Token = o.sim.IssueToken(p.User, Token{Kind: FineGrainedToken, Organization: o})
	return p
}

// OwnerFor (P9) is an owner whose token ends after a time: a day makes it worth a warning.
func (o *Organization) OwnerFor(life time.Duration, login string) Persona {
	p := o.Owner(login)
	p.Token = o.sim.IssueToken(p.User, Token{Scopes: normalScopes(AllScopes), ExpiresAt: o.sim.now().Add(life)})
	return p
}

// OwnerOfMany (P10) owns so many organizations that lists of them have pages: 137 make two of 100. They are
// called after the login: ada-001, ada-002 …
func (s *Sim) OwnerOfMany(organizations int, login string) (Persona, []*Organization) {
	user := s.AddUser(login)
	all := make([]*Organization, organizations)
	for i := range all {
		all[i] = s.AddOrganization(fmt.Sprintf("%s-%03d", login, i+1))
		all[i].AddMember(user, "admin")
	}
	return Persona{user, s.IssueToken(user, Token{Scopes: normalScopes(AllScopes)})}, all
}

func (o *Organization) person(login, role string, scopes []string) Persona {
	user := o.sim.AddUser(login)
	o.AddMember(user, role)
	return Persona{user, o.sim.IssueToken(user, Token{Scopes: normalScopes(scopes)})}
}
