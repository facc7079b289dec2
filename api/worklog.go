package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/models"
	"tributary/store"
)

// WorkLogQuery says which days and what of them a work log has.
type WorkLogQuery struct {
	ReportQuery
	From     string               `query:"from" format:"date" doc:"The first day, in the time zone. Monday of this week unless given." example:"2026-03-23"`
	Weeks    int                  `query:"weeks" minimum:"1" maximum:"5" default:"1" doc:"How many weeks there are from the first day on." example:"1"`
	Group    string               `query:"group" enum:"person,repository" default:"person" doc:"What a row of the work log is." example:"person"`
	Kinds    []store.ActivityKind `query:"kind" enum:"commit,merge_commit,pull_request,comment,ticket" doc:"Only what is of any of these kinds." example:"[\"commit\",\"pull_request\"]"`
	Weekends bool                 `query:"weekends" default:"true" doc:"false leaves Saturdays and Sundays out, of the days and of what is counted." example:"true"`
}

type workLogIn struct {
	WorkLogQuery
	Sort  string `query:"sort" enum:"name,activity" default:"name" doc:"What the groups are ordered by: their names, or how much they did."`
	Order string `query:"order" enum:"asc,desc" default:"asc"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"Groups at most; groups_total says how many there are." example:"200"`
}

type workLogItemsIn struct {
	WorkLogQuery
	Date string `query:"date" format:"date" doc:"Only what happened on this one of the days." example:"2026-03-24"`
	Key  string `query:"key" maxLength:"320" doc:"Only what is of the group with this key." example:"octocat"`
	Bots bool   `query:"bots" doc:"Only what bots did. Without it nothing that they did is listed." example:"false"`
	FileQuery
}

// WorkLog is who did what on which day.
type WorkLog struct {
	From            string         `json:"from" format:"date" doc:"The first day." example:"2026-03-23"`
	Through         string         `json:"through" format:"date" doc:"The last day." example:"2026-03-29"`
	Zone            string         `json:"zone" doc:"The time zone that the days are of." example:"Europe/Berlin"`
	Group           string         `json:"group" enum:"person,repository" example:"person"`
	Days            []WorkLogDay   `json:"days" nullable:"false"`
	Groups          []WorkLogGroup `json:"groups" nullable:"false" doc:"Those that did anything, without bots."`
	GroupsTotal     int            `json:"groups_total" doc:"How many there are without the limit." example:"12"`
	Bots            WorkLogBots    `json:"bots"`
	Tickets         bool           `json:"tickets" doc:"Whether tickets are shown: false when no integration that the filters cover has them on." example:"true"`
	Incomplete      []Incomplete   `json:"incomplete" nullable:"false" doc:"Repositories of which not everything up to the last day, or up to now, is stored: at most 100, by name."`
	IncompleteTotal int            `json:"incomplete_total" doc:"How many such repositories there are." example:"0"`
	LastActivityAt  *time.Time     `json:"last_activity_at,omitempty" doc:"When something happened last before these days. Only where nothing happened on them."`
}

// WorkLogDay is a day in the time zone.
type WorkLogDay struct {
	Date     string    `json:"date" format:"date" example:"2026-03-23"`
	StartsAt time.Time `json:"starts_at" example:"2026-03-22T23:00:00Z"`
	EndsAt   time.Time `json:"ends_at" doc:"The first instant that is no more of the day. It is 23 or 25 hours after the start when clocks change." example:"2026-03-23T23:00:00Z"`
}

// WorkLogCounts are how much there is of each kind of activity.
type WorkLogCounts struct {
	Commit      int `json:"commit" doc:"Commits, without merges." example:"4"`
	MergeCommit int `json:"merge_commit" doc:"Commits with more than one parent." example:"1"`
	PullRequest int `json:"pull_request" doc:"Pull requests opened, merged, closed, reopened and reviewed." example:"2"`
	Comment     int `json:"comment" doc:"Comments on pull requests and texts of reviews, also those of only emoji." example:"0"`
	Ticket      int `json:"ticket" doc:"Issues opened, closed, reopened, assigned and commented." example:"0"`
	LargeCommit int `json:"large_commit" doc:"Those of the commits that change more than 1,000 lines." example:"1"`
}

// WorkLogGroup is what a person, or a repository, has of the work log.
type WorkLogGroup struct {
	Key          string          `json:"key" doc:"What the items of the group are found by: a login, the e-mail address or name of somebody without an account, or owner/name of a repository." example:"octocat"`
	Name         string          `json:"name" doc:"What the group is shown as." example:"octocat"`
	Email        string          `json:"email" doc:"Only of somebody without an account; empty otherwise." example:""`
	Linked       bool            `json:"linked" doc:"false for somebody whose commits GitHub ascribes to no account." example:"true"`
	AccountID    *int64          `json:"account_id" nullable:"true" doc:"GitHub's id of the person." example:"583231"`
	RepositoryID *int64          `json:"repository_id" nullable:"true" doc:"GitHub's id of the repository; null for people."`
	Total        WorkLogCounts   `json:"total"`
	Days         []WorkLogCounts `json:"days" nullable:"false" doc:"One for each of the days, in their order."`
}

// WorkLogBots is what all bots did together.
type WorkLogBots struct {
	People int             `json:"people" doc:"How many bots." example:"3"`
	Total  WorkLogCounts   `json:"total"`
	Days   []WorkLogCounts `json:"days" nullable:"false" doc:"One for each of the days, in their order."`
}

// WorkLogItem is one thing that somebody did. Its fields are the columns of the CSV.
type WorkLogItem struct {
	At           time.Time          `json:"at" doc:"When: of a commit, when it was authored."`
	Kind         store.ActivityKind `json:"kind" enum:"commit,merge_commit,pull_request,comment,ticket" example:"comment"`
	Action       string             `json:"action" doc:"committed; opened, merged, closed, reopened, approved, changes_requested, commented or dismissed of pull requests; commented; opened, closed, reopened, assigned or commented of tickets." example:"commented"`
	RepositoryID int64              `json:"repository_id" example:"1296269"`
	Repository   string             `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	Number       *int               `json:"number" nullable:"true" doc:"Of the pull request or issue; null for commits." example:"1347"`
	Item         string             `json:"item" doc:"The SHA of a commit, the id of a review or comment, the node id of an event; empty for what a pull request or issue says itself." example:"3012345678"`
	Title        string             `json:"title" doc:"Of the pull request or issue, or the first line of the commit's message." example:"Fix all the bugs"`
	Text         string             `json:"text" doc:"What a comment says, whole." example:"👍"`
	EmojiOnly    bool               `json:"emoji_only" doc:"The comment has no word in it: only emoji, quotes or code." example:"true"`
	Person       string             `json:"person" doc:"The login; of somebody without an account the e-mail address, or the name." example:"octocat"`
	Linked       bool               `json:"linked" doc:"The person has an account." example:"true"`
	Name         string             `json:"name" doc:"As the commit has it." example:""`
	Email        string             `json:"email" doc:"As the commit has it." example:""`
	Bot          bool               `json:"bot" example:"false"`
	Lines        *int               `json:"lines" nullable:"true" doc:"That a commit adds and deletes; null for all else, and where it is not known yet." example:"12"`
	Large        bool               `json:"large" doc:"More than 1,000 lines." example:"false"`
	HTMLURL      string             `json:"html_url" doc:"Where GitHub shows it." example:"https://github.com/octo-org/hello-world/pull/1347#issuecomment-3012345678"`
}

func (s *server) registerWorkLog() {
	door.Register(s.door, huma.Operation{
		OperationID: "get-worklog", Method: http.MethodGet, Path: "/worklog", Tags: []string{"reports"},
		Summary:     "See who did what on which day",
		Description: "Commits, pull requests, comments and tickets, counted for each person or repository and each day in a time zone.",
	}, nil, s.getWorkLog)
	registerRows(s, huma.Operation{
		OperationID: "list-worklog-items", Method: http.MethodGet, Path: "/worklog/items", Tags: []string{"reports"},
		Summary:     "List what the work log counts",
		Description: "Newest first, with links to GitHub. The same filters as those of the work log give the items behind its numbers. incomplete of the work log says how far they reach.",
	}, "worklog", s.workLogItems, viewWorkLogItem)
}

type workLogOut struct{ Body WorkLog }

// days are the days that a query is of, and the time zone is a known one.
func (q WorkLogQuery) days(now time.Time) (days []store.ReportDay, err error) {
	zone, err := q.location()
	if err != nil {
		return nil, err
	}
	today := now.In(zone)
	from := mondayOf(time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC))
	if q.From != "" {
		if from, err = parseDay("query.from", q.From); err != nil {
			return nil, err
		}
	}
	days = reportDays(zone, from, 7*q.Weeks)
	if !q.Weekends {
		days = slices.DeleteFunc(days, func(day store.ReportDay) bool {
			at, _ := time.Parse(time.DateOnly, day.Date)
			return at.Weekday() == time.Saturday || at.Weekday() == time.Sunday
		})
	}
	return days, nil
}

func (q WorkLogQuery) query(days []store.ReportDay) store.WorkLogQuery {
	return store.WorkLogQuery{ReportFilter: q.filter(), Days: days, Kinds: q.Kinds, ByRepository: q.Group == "repository"}
}

// activityStreams bring what is counted of each kind.
var activityStreams = map[store.ActivityKind][]models.StreamKind{
	store.ActivityCommit:      {models.StreamCommits},
	store.ActivityMergeCommit: {models.StreamCommits},
	store.ActivityPullRequest: {models.StreamPullRequests, models.StreamPullRequestDetails, models.StreamIssueEvents},
	store.ActivityComment:     {models.StreamPullRequestDetails, models.StreamReviewComments, models.StreamIssueComments},
	store.ActivityTicket:      {models.StreamIssueComments, models.StreamIssues, models.StreamIssueEvents},
}

// streams are those that the query counts of, in their order.
func (q WorkLogQuery) streams() (kinds []models.StreamKind) {
	for _, kind := range models.StreamKinds {
		for activity, streams := range activityStreams {
			if (len(q.Kinds) == 0 || slices.Contains(q.Kinds, activity)) && slices.Contains(streams, kind) {
				kinds = append(kinds, kind)
				break
			}
		}
	}
	return kinds
}

func (s *server) getWorkLog(ctx context.Context, in *workLogIn) (*workLogOut, error) {
	days, err := in.days(s.Now())
	if err != nil {
		return nil, err
	}
	query := in.query(days)
	query.ByActivity, query.Descending, query.Limit = in.Sort == "activity", in.Order == "desc", in.Limit
	log, err := s.Store.WorkLog(ctx, query)
	if err != nil {
		return nil, err
	}
	incomplete, total, err := s.incomplete(ctx, query.ReportFilter, "", days[len(days)-1].Ends, in.streams()...)
	if err != nil {
		return nil, err
	}
	return &workLogOut{Body: WorkLog{
		From: days[0].Date, Through: days[len(days)-1].Date, Zone: in.Zone, Group: in.Group,
		Days: views(days, func(d store.ReportDay) WorkLogDay {
			return WorkLogDay{Date: d.Date, StartsAt: d.Starts, EndsAt: d.Ends}
		}),
		Groups: views(log.Groups, viewWorkLogGroup), GroupsTotal: log.Total,
		Bots:       WorkLogBots{People: log.Bots.People, Total: viewWorkLogCounts(log.Bots.Total), Days: views(log.Bots.Days, viewWorkLogCounts)},
		Tickets:    log.Tickets,
		Incomplete: incomplete, IncompleteTotal: total, LastActivityAt: log.LastActivityAt,
	}}, nil
}

func viewWorkLogGroup(g store.WorkLogGroup) WorkLogGroup {
	return WorkLogGroup{
		Key: g.Key, Name: g.Shown(), Email: g.Email, Linked: g.Linked, AccountID: g.AccountID, RepositoryID: g.RepositoryID,
		Total: viewWorkLogCounts(g.Total), Days: views(g.Days, viewWorkLogCounts),
	}
}

func viewWorkLogCounts(c store.ActivityCounts) WorkLogCounts {
	return WorkLogCounts{
		Commit: c.Commits, MergeCommit: c.MergeCommits, PullRequest: c.PullRequests, Comment: c.Comments, Ticket: c.Tickets, LargeCommit: c.LargeCommits,
	}
}

func (s *server) workLogItems(in *workLogItemsIn) (FileQuery, rowsOf[store.WorkLogItem], error) {
	days, err := in.days(s.Now())
	if err != nil {
		return in.FileQuery, nil, err
	}
	if in.Date != "" {
		if _, err := parseDay("query.date", in.Date); err != nil {
			return in.FileQuery, nil, err
		}
		days = slices.DeleteFunc(days, func(day store.ReportDay) bool { return day.Date != in.Date })
	}
	query := store.WorkLogItemsQuery{WorkLogQuery: in.query(days), Key: in.Key, Bots: in.Bots}
	return in.FileQuery, func(ctx context.Context, cursor store.Cursor, limit int) (store.List[store.WorkLogItem], error) {
		return s.Store.WorkLogItems(ctx, query, cursor, limit)
	}, nil
}

func viewWorkLogItem(i store.WorkLogItem) WorkLogItem {
	return WorkLogItem{
		At: i.At, Kind: i.Kind, Action: i.Action, RepositoryID: i.RepositoryID, Repository: i.Repository, Number: i.Number, Item: i.Item,
		Title: i.Title, Text: i.Text, EmojiOnly: i.EmojiOnly(), Person: i.Person, Linked: i.IsLinked, Name: i.Name, Email: i.Email, Bot: i.IsBot,
		Lines: i.Lines, Large: i.Large(), HTMLURL: i.HTMLURL,
	}
}
