package githubsim

import (
	"slices"
	"strconv"
	"strings"
)

func (i *Issue) graphQLType() string { return "Issue" }

func (i *Issue) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return i.NodeID, nil
	case "databaseId":
		return databaseID(i.ID)
	case "fullDatabaseId":
		return bigInt(i.ID), nil
	case "url":
		return i.url(), nil
	case "state":
		return strings.ToUpper(i.state()), nil
	case "stateReason":
		if i.stateReason == "duplicate" && !x.boolean(f, "enableDuplicate") {
			return "NOT_PLANNED", nil // as for programs that do not know the other word
		}
		return textOrNull(strings.ToUpper(i.stateReason)), nil
	}
	return i.shared(x, f)
}

func (i *Issue) url() string {
	if i.pull != nil {
		return i.pull.url()
	}
	return "https://github.com/" + i.repo.fullName() + "/issues/" + strconv.Itoa(i.Number)
}

// shared are the fields that issues and pull requests have alike.
func (i *Issue) shared(x *execution, f *selection) (any, error) {
	switch f.name {
	case "number":
		return i.Number, nil
	case "title":
		return i.title, nil
	case "body", "bodyText":
		return i.body, nil
	case "author":
		return actor(i.author), nil
	case "authorAssociation":
		return i.repo.association(i.author), nil
	case "closed":
		return i.closed, nil
	case "locked":
		return false, nil
	case "createdAt", "publishedAt":
		return i.createdAt, nil
	case "updatedAt":
		return i.updatedAt, nil
	case "closedAt":
		return i.closedAt, nil
	case "labels":
		return connect(x, f, i.labels, false, nil)
	case "assignees":
		return connect(x, f, i.assigned(func(u *User) bool { return person(u) != nil }), false, nil)
	case "assignedActors":
		return connect(x, f, i.assigned(func(u *User) bool { return u.present() != nil }), false, nil)
	case "milestone":
		return i.milestone, nil
	case "comments":
		return connect(x, f, i.comments, false, nil)
	case "timelineItems":
		return i.timelineConnection(x, f)
	case "repository":
		return i.repo, nil
	}
	return nil, errGap
}

// assigned are the assignees that a list has.
func (i *Issue) assigned(has func(*User) bool) []*User {
	return slices.DeleteFunc(slices.Clone(i.assignees), func(u *User) bool { return !has(u) })
}

func (c *Comment) graphQLType() string { return "IssueComment" }

func (c *Comment) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return c.NodeID, nil
	case "databaseId":
		return databaseID(c.ID)
	case "fullDatabaseId":
		return bigInt(c.ID), nil
	case "author":
		return actor(c.author), nil
	case "authorAssociation":
		return c.issue.repo.association(c.author), nil
	case "body", "bodyText":
		return c.body, nil
	case "createdAt", "publishedAt":
		return c.createdAt, nil
	case "updatedAt":
		return c.updatedAt, nil
	case "isMinimized":
		return false, nil
	case "issue":
		return c.issue, nil
	case "pullRequest":
		return c.issue.pull, nil
	case "repository":
		return c.issue.repo, nil
	case "url":
		return c.issue.url() + "#issuecomment-" + bigInt(c.ID), nil
	}
	return nil, errGap
}

func (c *CommitComment) graphQLType() string { return "CommitComment" }

func (c *CommitComment) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return c.NodeID, nil
	case "databaseId":
		return databaseID(c.ID)
	case "author":
		return actor(c.author), nil
	case "body", "bodyText":
		return c.body, nil
	case "commit":
		return c.commit, nil
	case "createdAt", "updatedAt":
		return c.createdAt, nil
	}
	return nil, errGap
}

func (l *Label) graphQLType() string { return "Label" }

func (l *Label) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return l.NodeID, nil
	case "name":
		return l.name, nil
	case "color":
		return "ededed", nil
	case "description":
		return nil, nil
	}
	return nil, errGap
}

func (m *Milestone) graphQLType() string { return "Milestone" }

func (m *Milestone) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return m.NodeID, nil
	case "number":
		return m.number, nil
	case "title":
		return m.title, nil
	}
	return nil, errGap
}
