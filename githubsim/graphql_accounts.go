package githubsim

import (
	"slices"
)

// actor is an author: nil for nobody and for those who have left.
func actor(u *User) any {
	if u = u.present(); u == nil {
		return nil
	}
	return u
}

// person is what GitActor.user and resolvedBy hold, whose type is User: bots and mannequins do not fit.
func person(u *User) any {
	if u = u.present(); u == nil || u.Type != TypeUser {
		return nil
	}
	return u
}

func (u *User) graphQLType() string { return u.Type }

func (u *User) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return u.NodeID, nil
	case "databaseId":
		return databaseID(u.ID)
	case "login":
		return u.graphQLLogin(), nil
	case "name":
		return u.name, nil
	case "email":
		return "", nil // public addresses only, and nobody here publishes theirs
	case "url":
		return "https://github.com/" + u.graphQLLogin(), nil
	case "resourcePath":
		return "/" + u.graphQLLogin(), nil
	case "avatarUrl":
		return "https://avatars.githubusercontent.com/u/" + bigInt(u.ID) + "?v=4", nil
	case "createdAt", "updatedAt":
		return u.createdAt, nil
	case "isViewer":
		return u == x.user, nil
	case "organizations":
		var rows []*Organization
		if u == x.user {
			for _, m := range x.memberships() {
				rows = append(rows, m.organization)
			}
		}
		return connect(x, f, rows, false, nil)
	}
	return nil, errGap
}

func (o *Organization) graphQLType() string { return "Organization" }

func (o *Organization) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return o.NodeID, nil
	case "databaseId":
		return databaseID(o.ID)
	case "login":
		return o.login, nil
	case "name":
		return o.name, nil
	case "url":
		return "https://github.com/" + o.login, nil
	case "resourcePath":
		return "/" + o.login, nil
	case "avatarUrl":
		return "https://avatars.githubusercontent.com/u/" + bigInt(o.ID) + "?v=4", nil
	case "description":
		return nil, nil
	case "createdAt":
		return o.createdAt, nil
	case "updatedAt":
		return o.updatedAt, nil
	case "viewerIsAMember":
		return o.hasActive(x.user), nil
	case "viewerCanAdminister":
		m := o.membership(x.user)
		return m != nil && m.state == "active" && m.role == "admin", nil
	case "repositories":
		return o.repositoryConnection(x, f)
	case "repository":
		r := x.sim.paths[lowerPath(o.login, x.text(f, "name"))]
		if r == nil || !x.sees(r) {
			return nil, notFound("Could not resolve to a Repository with the name '%s/%s'.", o.login, x.text(f, "name"))
		}
		return r, nil
	}
	return nil, errGap
}

// repositoryConnection is oldest first unless ordered otherwise.
func (o *Organization) repositoryConnection(x *execution, f *selection) (any, error) {
	arguments := x.arguments(f)
	rows := slices.DeleteFunc(slices.Clone(o.repositories), func(r *Repository) bool {
		fork, wantsFork := arguments["isFork"].(bool)
		archived, wantsArchived := arguments["isArchived"].(bool)
		privacy := x.text(f, "privacy") + x.text(f, "visibility")
		return !x.sees(r) || (wantsFork && fork != r.settings.Fork) || (wantsArchived && archived != r.settings.Archived) ||
			(privacy == "PUBLIC" && r.settings.Private) || (privacy == "PRIVATE" && !r.settings.Private)
	})
	field, descending := x.order(f)
	at := func(r *Repository) position {
		switch field {
		case "UPDATED_AT":
			return position{r.updatedAt.Unix(), r.ID}
		case "PUSHED_AT":
			return position{r.pushedAt.Unix(), r.ID}
		}
		return position{r.createdAt.Unix(), r.ID}
	}
	if field == "NAME" {
		sortRepositories(rows, "full_name", descending)
		at, descending = nil, false
	} else {
		sortBy(rows, descending, at)
	}
	c, err := connect(x, f, rows, descending, at)
	c.node = func(i int) (any, error) {
		if err := rows[i].takenDown(); err != nil {
			return nil, err
		}
		return rows[i], x.sim.faults.nulls(rows[i].NodeID)
	}
	return c, err
}

// takenDown is why GraphQL shows null in place of a repository that GitHub's staff has blocked.
func (r *Repository) takenDown() error {
	if r.settings.Blocked == "" {
		return nil
	}
	return &graphQLError{Type: "FORBIDDEN", Message: "Repository access blocked"}
}
