package githubsim

import "slices"

func (r *Repository) tell(action string, by *User, more func(*call)) {
	r.sim.announce(event{name: "repository", action: action, repo: r, sender: by, write: more})
}

// tellChanged announces what is different from before. Issues and pull requests are switched on and off without a word.
func (r *Repository) tellChanged(before RepositorySettings) {
	now := r.settings
	if now.Private != before.Private {
		if now.Private {
			r.tell("privatized", nil, nil)
		} else {
			r.tell("publicized", nil, nil)
			r.sim.announce(event{name: "public", repo: r})
		}
	}
	if now.Archived != before.Archived {
		if now.Archived {
			r.tell("archived", nil, nil)
		} else {
			r.tell("unarchived", nil, nil)
		}
	}
	var changes []string
	if now.DefaultBranch != before.DefaultBranch {
		changes = append(changes, "default_branch", before.DefaultBranch)
	}
	if now.Description != before.Description {
		changes = append(changes, "description", before.Description)
	}
	if changes != nil {
		r.tell("edited", nil, func(c *call) { c.from(changes...) })
	}
}

func (r *Repository) tellRenamed(before string) {
	r.tell("renamed", nil, func(c *call) {
		c.w.key("changes")
		c.w.open('{')
		c.w.key("repository")
		c.w.open('{')
		c.w.key("name")
		c.w.open('{')
		c.w.str("from", before)
		c.w.close('}')
		c.w.close('}')
		c.w.close('}')
	})
}

// tellTransferred tells the new owner; the old one learns nothing.
func (r *Repository) tellTransferred(from *Organization) {
	s := r.sim
	s.announce(event{
		name: "repository", action: "transferred", repo: r, notRepository: !s.config.Hooks.TransferToRepositoryHooks,
		write: func(c *call) {
			c.w.key("changes")
			c.w.open('{')
			c.w.key("owner")
			c.w.open('{')
			c.w.key("from")
			c.w.open('{')
			c.organizationSimple("organization", from)
			c.w.close('}')
			c.w.close('}')
			c.w.close('}')
		},
	})
}

// tellReach announces to Apps that are installed on all repositories that there is another one, or one less.
func (o *Organization) tellReach(action string, r *Repository) {
	if !o.sim.config.Hooks.NewToInstallations {
		return
	}
	for _, a := range o.sim.apps.inOrder() {
		if i := a.on(o); i != nil && !i.selected {
			i.tellRepositories(action, []*Repository{r})
		}
	}
}

func (o *Organization) tell(action string, m *membership, more func(*call)) {
	o.sim.announce(event{name: "organization", action: action, org: o, write: func(c *call) {
		if action == "member_invited" {
			c.invitation(m)
		} else if m != nil {
			c.w.key("membership")
			c.w.open('{')
			api := c.base + "/orgs/" + o.login
			c.w.str("url", api, "/memberships/", m.user.login)
			c.w.str("state", m.state)
			c.w.str("role", m.role)
			c.w.str("organization_url", api)
			c.account("user", m.user)
			c.w.close('}')
		}
		if more != nil {
			more(c)
		}
	}})
}

func (c *call) invitation(m *membership) {
	w := &c.w
	w.key("invitation")
	w.open('{')
	w.int("id", m.user.ID)
	w.str("node_id", nodeID("OI", m.user.ID))
	w.str("login", m.user.login)
	w.null("email")
	role := "direct_member"
	if m.role == "admin" {
		role = m.role
	}
	w.str("role", role)
	w.time("created_at", c.sim.now())
	w.int("team_count", 0)
	w.close('}')
	c.account("user", m.user)
}

// tellRenamed tells hooks of the organization, and every App that is installed on it.
func (o *Organization) tellRenamed(before string) {
	o.tell("renamed", nil, func(c *call) { c.from("login", before) })
	for _, a := range o.sim.apps.inOrder() {
		i := a.on(o)
		if i == nil {
			continue
		}
		a.sim.announce(event{name: "installation_target", action: "renamed", org: o, app: a, installation: i, write: func(c *call) {
			c.w.key("account")
			c.ownerAccount(o)
			c.from("login", before)
			c.w.str("target_type", "Organization")
			c.installationMember(i)
		}})
	}
}

// tellMember announces that somebody may work on a repository.
func (r *Repository) tellMember(u *User, permission string) {
	r.sim.announce(event{name: "member", action: "added", repo: r, write: func(c *call) {
		c.account("member", u)
		c.w.key("changes")
		c.w.open('{')
		c.w.key("permission")
		c.w.open('{')
		c.w.str("to", permission)
		c.w.close('}')
		c.w.close('}')
	}})
}

// AddToTeam makes a person a member of a team, which is added when there is none of that name.
func (o *Organization) AddToTeam(name string, u *User) {
	o.change(func() {
		if t := o.team(name); !slices.Contains(t.members, u) {
			t.members = append(t.members, u)
			o.tellTeam("added", t, u)
		}
	})
}

// RemoveFromTeam ends that.
func (o *Organization) RemoveFromTeam(name string, u *User) {
	o.change(func() {
		if t := o.team(name); slices.Contains(t.members, u) {
			t.members = slices.DeleteFunc(t.members, func(other *User) bool { return other == u })
			o.tellTeam("removed", t, u)
		}
	})
}

func (o *Organization) tellTeam(action string, t *Team, u *User) {
	o.sim.announce(event{name: "membership", action: action, org: o, write: func(c *call) {
		c.w.str("scope", "team")
		c.account("member", u)
		c.w.key("team")
		c.team(t)
	}})
}

func (c *call) installationMember(i *Installation) {
	c.w.key("installation")
	c.installation(i)
}

// tell tells the installation's App, whatever it has subscribed to.
func (i *Installation) tell(action string, repositories []*Repository) {
	i.app.sim.announce(event{
		name: "installation", action: action, org: i.organization, sender: i.person, app: i.app, installation: i, write: func(c *call) {
			c.installationMember(i)
			c.fewRepositories("repositories", repositories)
			c.w.null("requester")
		},
	})
}

// tellRepositories announces that an installation covers more repositories, or fewer.
func (i *Installation) tellRepositories(action string, repositories []*Repository) {
	if len(repositories) == 0 {
		return
	}
	i.app.sim.announce(event{
		name: "installation_repositories", action: action, org: i.organization, app: i.app, installation: i, write: func(c *call) {
			c.installationMember(i)
			c.w.str("repository_selection", i.selection())
			added, removed := repositories, []*Repository(nil)
			if action == "removed" {
				added, removed = nil, repositories
			}
			c.fewRepositories("repositories_added", added)
			c.fewRepositories("repositories_removed", removed)
			c.w.null("requester")
		},
	})
}

// tellSelection announces what an installation covers now and did not before, and the other way around.
func (i *Installation) tellSelection(before []*Repository) {
	now := i.covered()
	lacks := func(rows []*Repository) func(*Repository) bool {
		return func(r *Repository) bool { return slices.Contains(rows, r) }
	}
	i.tellRepositories("removed", slices.DeleteFunc(slices.Clone(before), lacks(now)))
	i.tellRepositories("added", slices.DeleteFunc(slices.Clone(now), lacks(before)))
}

// fewRepositories writes repositories with the few members that installations tell.
func (c *call) fewRepositories(name string, rows []*Repository) {
	w := &c.w
	w.key(name)
	list(c, rows, func(r *Repository) {
		w.open('{')
		w.int("id", r.ID)
		w.str("node_id", r.NodeID)
		w.str("name", r.name)
		w.str("full_name", r.fullName())
		w.bool("private", r.settings.Private)
		w.close('}')
	})
}

// tellWithdrawn tells an App that a person does not let it act for them any more.
func (a *App) tellWithdrawn(u *User) {
	a.sim.announce(event{name: "github_app_authorization", action: "revoked", sender: u, app: a})
}

func (l *Release) tell(action string, more func(*call)) {
	l.repo.sim.announce(event{name: "release", action: action, repo: l.repo, sender: l.author, write: func(c *call) {
		c.w.key("release")
		c.release(l)
		if more != nil {
			more(c)
		}
	}})
}

// tellPublished announces a release that everybody can see now, and the tag that came with it.
func (l *Release) tellPublished() {
	if !slices.ContainsFunc(l.repo.releases, func(other *Release) bool { return other != l && other.tag == l.tag && !other.draft }) {
		l.repo.tellPush("refs/tags/"+l.tag, nil, l.repo.head(), l.author)
	}
	l.tell("published", nil)
	if l.prerelease {
		l.tell("prereleased", nil)
	} else {
		l.tell("released", nil)
	}
}

func (m *CommitComment) tell() {
	m.repo.sim.announce(event{name: "commit_comment", action: "created", repo: m.repo, sender: m.author, write: func(c *call) {
		c.w.key("comment")
		c.commitComment(m)
	}})
}
