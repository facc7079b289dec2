package githubsim

import (
	"slices"
	"strings"
	"time"
)

func lowerPath(owner, name string) string { return strings.ToLower(owner + "/" + name) }

func (r *Repository) graphQLType() string { return "Repository" }

func (r *Repository) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return r.NodeID, nil
	case "databaseId":
		return databaseID(r.ID)
	case "name":
		return r.name, nil
	case "nameWithOwner":
		return r.fullName(), nil
	case "owner":
		return r.owner, nil
	case "url":
		return "https://github.com/" + r.fullName(), nil
	case "resourcePath":
		return "/" + r.fullName(), nil
	case "description":
		return textOrNull(r.settings.Description), nil
	case "visibility":
		return strings.ToUpper(r.visibility()), nil
	case "diskUsage":
		return int(r.settings.DiskUsage), nil
	case "primaryLanguage":
		if r.settings.Language == "" {
			return nil, nil
		}
		return language(r.settings.Language), nil
	case "createdAt":
		return r.createdAt, nil
	case "updatedAt":
		return r.updatedAt, nil
	case "pushedAt":
		return r.pushedAt, nil
	case "archivedAt":
		if r.settings.Archived {
			return r.updatedAt, nil
		}
		return nil, nil
	}
	if flag, found := r.flag(f.name); found {
		return flag, nil
	}
	return r.contents(x, f)
}

func (r *Repository) flag(name string) (value, found bool) {
	s := r.settings
	switch name {
	case "isPrivate":
		return s.Private, true
	case "isArchived":
		return s.Archived, true
	case "isFork":
		return s.Fork, true
	case "isEmpty":
		return r.empty(), true
	case "isDisabled":
		return s.Disabled, true
	case "isLocked":
		return s.Locked, true
	case "hasIssuesEnabled":
		return !s.IssuesDisabled, true
	case "isInOrganization":
		return true, true
	case "isMirror", "isTemplate":
		return false, true
	}
	return false, false
}

func (r *Repository) contents(x *execution, f *selection) (any, error) {
	switch f.name {
	case "defaultBranchRef":
		return r.ref(r.settings.DefaultBranch), nil
	case "ref":
		return r.ref(strings.TrimPrefix(x.text(f, "qualifiedName"), "refs/heads/")), nil
	case "object":
		return r.objectOf(x, f), nil
	case "pullRequests":
		x.poisoned = x.poisoned || x.sim.faults.poisons(x.entry, r.NodeID)
		return r.pullConnection(x, f)
	case "issues":
		x.poisoned = x.poisoned || x.sim.faults.poisons(x.entry, r.NodeID)
		return r.issueConnection(x, f)
	case "releases":
		return r.releaseConnection(x, f)
	case "pullRequest", "issue", "issueOrPullRequest":
		return r.numbered(f.name, integer(x.arguments(f)["number"]))
	}
	return nil, errGap
}

func textOrNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (r *Repository) ref(branch string) any {
	if r.branches[branch] == nil {
		return nil
	}
	return ref{r, branch}
}

// objectOf finds a commit by oid or by an expression such as a branch name.
func (r *Repository) objectOf(x *execution, f *selection) any {
	if oid := x.text(f, "oid"); oid != "" {
		return r.commits[oid]
	}
	if expression := x.text(f, "expression"); expression != "" {
		return r.find(expression)
	}
	return nil
}

func (r *Repository) numbered(kind string, number int) (any, error) {
	i := r.issues[number]
	switch {
	case i != nil && i.pull != nil && kind != "issue":
		return i.pull, nil
	case i != nil && i.pull == nil && kind != "pullRequest" && !r.settings.IssuesDisabled:
		return i, nil
	case kind == "pullRequest":
		return nil, notFound("Could not resolve to a PullRequest with the number of %d.", number)
	case kind == "issue":
		return nil, notFound("Could not resolve to an Issue with the number of %d.", number)
	}
	return nil, notFound("Could not resolve to an issue or pull request with the number of %d.", number)
}

// sortingOf translates an orderBy field; without one GraphQL lists oldest first.
func sortingOf(field string) string {
	switch field {
	case "UPDATED_AT":
		return "updated"
	case "COMMENTS":
		return "comments"
	}
	return "created"
}

func (r *Repository) pullConnection(x *execution, f *selection) (any, error) {
	field, descending := x.order(f)
	sorting := sortingOf(field)
	states, base, head := x.texts(f, "states"), x.text(f, "baseRefName"), x.text(f, "headRefName")
	key := viewKey{"graphql pulls", strings.Join(append(states, base, head), ","), sorting, descending}
	at := func(p *PullRequest) position { return p.issue.position(sorting) }
	rows := view(r, key, func() []*PullRequest {
		rows := slices.DeleteFunc(slices.Clone(r.pulls), func(p *PullRequest) bool {
			return r.settings.PullRequestsDisabled && !r.settings.PullRequestsCounted || (len(states) > 0 && !slices.Contains(states, p.graphQLState())) ||
				(base != "" && p.baseRef != base) || (head != "" && p.headRef != head)
		})
		sortBy(rows, descending, at)
		return rows
	})
	return connect(x, f, rows, descending, at)
}

func (r *Repository) issueConnection(x *execution, f *selection) (any, error) {
	field, descending := x.order(f)
	sorting := sortingOf(field)
	states := x.texts(f, "states")
	key := viewKey{"graphql issues", strings.Join(states, ","), sorting, descending}
	at := func(i *Issue) position { return i.position(sorting) }
	rows := view(r, key, func() []*Issue {
		rows := slices.DeleteFunc(slices.Clone(r.allIssues), func(i *Issue) bool {
			return i.pull != nil || r.settings.IssuesDisabled || (len(states) > 0 && !slices.Contains(states, strings.ToUpper(i.state())))
		})
		sortBy(rows, descending, at)
		return rows
	})
	if since, given := timeOf(x.arguments(f)["filterBy"], "since"); given {
		rows = notBefore(rows, since, sorting == "updated", descending, func(i *Issue) time.Time { return i.updatedAt })
	}
	return connect(x, f, rows, descending, at)
}

type language string

func (language) graphQLType() string { return "Language" }

func (l language) field(_ *execution, f *selection) (any, error) {
	if f.name == "name" {
		return string(l), nil
	}
	return nil, errGap
}

// ref is a branch.
type ref struct {
	repo   *Repository
	branch string
}

func (ref) graphQLType() string { return "Ref" }

func (b ref) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return nodeID("REF", b.repo.ID) + b.branch, nil
	case "name":
		return b.branch, nil
	case "prefix":
		return "refs/heads/", nil
	case "target":
		return b.repo.branches[b.branch], nil
	case "repository":
		return b.repo, nil
	}
	return nil, errGap
}
