package githubsim

import (
	"slices"
	"strings"
	"time"
)

// IssueEvent is something that happened to an issue or a pull request. REST lists it among the repository's events,
// GraphQL among the timeline items of the issue.
type IssueEvent struct {
	id          int64
	nodeID      string
	issue       *Issue
	event       string // GitHub's word in REST
	actor       *User
	label       *Label // labeled, unlabeled
	account     *User  // who was assigned, unassigned or asked for a review
	team        *Team  // which was asked for a review
	stateReason string // of closed
	commit      *Commit
	at          time.Time
}

// issueEventTypes are the words of REST with GraphQL's types and the beginnings of their node ids.
var issueEventTypes = map[string]struct{ graphQL, prefix string }{
	"closed":           {"ClosedEvent", "CE"},
	"reopened":         {"ReopenedEvent", "REE"},
	"assigned":         {"AssignedEvent", "AE"},
	"unassigned":       {"UnassignedEvent", "UNAE"},
	"labeled":          {"LabeledEvent", "LE"},
	"unlabeled":        {"UnlabeledEvent", "UNLE"},
	"renamed":          {"RenamedTitleEvent", "RTE"},
	"merged":           {"MergedEvent", "ME"},
	"ready_for_review": {"ReadyForReviewEvent", "RFRE"},
	"convert_to_draft": {"ConvertToDraftEvent", "CTDE"},
	"review_requested": {"ReviewRequestedEvent", "RRE"},
}

// record notes an event of this issue.
func (i *Issue) record(e IssueEvent) {
	e.issue, e.id = i, i.repo.sim.nextID("event")
	e.nodeID = nodeID(issueEventTypes[e.event].prefix, i.repo.ID, e.id)
	i.events = append(i.events, &e)
	i.repo.events = append(i.repo.events, &e)
}

func (e *IssueEvent) position() position { return position{e.at.Unix(), e.id} }

func (e *IssueEvent) graphQLType() string { return issueEventTypes[e.event].graphQL }

func (e *IssueEvent) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return e.nodeID, nil
	case "actor":
		return actor(e.actor), nil
	case "createdAt":
		return e.at, nil
	case "label":
		return e.label, nil
	case "assignee":
		return actor(e.account), nil
	case "requestedReviewer":
		if e.team != nil {
			return e.team, nil
		}
		return actor(e.account), nil
	case "stateReason":
		return textOrNull(strings.ToUpper(e.stateReason)), nil
	case "commit", "closer":
		return e.commit, nil
	}
	return nil, errGap
}

const (
	// widestTimelines is how many objects a query may name before GitHub, without a word, shows and counts fewer of
	// their timeline items than there are.
	widestTimelines = 60
	// narrowed is how many it shows then.
	narrowed = 5
)

// timelineConnection knows the items that are events; a query for all kinds gets a 501.
func (i *Issue) timelineConnection(x *execution, f *selection) (any, error) {
	kinds := x.texts(f, "itemTypes")
	if len(kinds) == 0 {
		return nil, errGap
	}
	rows := slices.DeleteFunc(slices.Clone(i.events), func(e *IssueEvent) bool {
		return !slices.Contains(kinds, strings.ToUpper(itemType(e.graphQLType())))
	})
	sortBy(rows, false, (*IssueEvent).position)
	if _, inNodes := x.requestedIDs(); inNodes >= widestTimelines {
		rows = rows[:min(len(rows), narrowed)]
	}
	return connect(x, f, rows, false, (*IssueEvent).position)
}

// itemType turns ClosedEvent into closed_event, the name that itemTypes has for it.
func itemType(typeName string) string {
	var b strings.Builder
	for n, r := range typeName {
		if n > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return b.String()
}
