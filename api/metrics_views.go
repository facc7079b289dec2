package api

import "time"

// PeriodQuery says which days a report is of.
type PeriodQuery struct {
	ReportQuery
	From    string `query:"from" format:"date" doc:"The first day, in the time zone. 89 days before the last one unless given." example:"2026-01-01"`
	Through string `query:"through" format:"date" doc:"The last day, in the time zone; it is part of the report. Today unless given." example:"2026-03-31"`
}

// Times are of a number of pull requests, in hours with one decimal. They are null where there is none.
type Times struct {
	Count       int      `json:"count" doc:"How many pull requests the times are of." example:"10"`
	MeanHours   *float64 `json:"mean_hours" nullable:"true" doc:"Mean, in hours." example:"20.5"`
	MedianHours *float64 `json:"median_hours" nullable:"true" doc:"In half of the pull requests it was no longer, in hours." example:"12.0"`
	P75Hours    *float64 `json:"p75_hours" nullable:"true" doc:"In three of four it was no longer, in hours (nearest rank)." example:"26.5"`
	P90Hours    *float64 `json:"p90_hours" nullable:"true" doc:"In nine of ten it was no longer, in hours (nearest rank)." example:"48.0"`
}

// Share is how many of some pull requests are of a sort.
type Share struct {
	Count   int      `json:"count" example:"2"`
	Of      int      `json:"of" doc:"Merged pull requests of people." example:"10"`
	Percent *float64 `json:"percent" nullable:"true" doc:"With one decimal; null when there is nothing that it could be of." example:"20.0"`
}

// Sizes are of merged pull requests, in lines added and deleted.
type Sizes struct {
	Count  int  `json:"count" doc:"Pull requests whose lines are known." example:"10"`
	Median *int `json:"median" nullable:"true" doc:"Half of them have no more lines." example:"48"`
	P75    *int `json:"p75" nullable:"true" doc:"Three of four have no more lines (nearest rank)." example:"120"`
	P90    *int `json:"p90" nullable:"true" doc:"Nine of ten have no more lines (nearest rank)." example:"560"`
}

// BotCounts are what is left out of shares and times.
type BotCounts struct {
	Opened int `json:"opened" example:"3"`
	Merged int `json:"merged" example:"2"`
}

// PullRequestWeek is a week of a report.
type PullRequestWeek struct {
	Starts                         string   `json:"starts" format:"date" doc:"Its Monday, in the time zone. The first and the last week count only days of the report." example:"2026-01-05"`
	Opened                         int      `json:"opened" example:"4"`
	Merged                         int      `json:"merged" example:"3"`
	TimeToMergeMedianHours         *float64 `json:"time_to_merge_median_hours" nullable:"true" doc:"Of those merged in the week; null when there are none." example:"12.0"`
	TimeToFirstResponseMedianHours *float64 `json:"time_to_first_response_median_hours" nullable:"true" doc:"Of those opened in the week that were responded to; null when there are none." example:"2.5"`
	UnreviewedPercent              *float64 `json:"unreviewed_percent" nullable:"true" doc:"Of those merged in the week; null when there are none." example:"0.0"`
	ThoroughlyReviewedPercent      *float64 `json:"thoroughly_reviewed_percent" nullable:"true" doc:"Of those merged in the week; null when there are none." example:"66.7"`
}

// Reviewer is somebody who responded to pull requests of others.
type Reviewer struct {
	Person       string `json:"person" doc:"The login; empty when the account is gone." example:"hubot"`
	AccountID    *int64 `json:"account_id" nullable:"true" doc:"GitHub's id; null when the account is gone." example:"583231"`
	PullRequests int    `json:"pull_requests" doc:"How many they first responded to in the period, by a review or a comment." example:"5"`
	Reviews      int    `json:"reviews" doc:"Their reviews of these, at any time." example:"4"`
	Comments     int    `json:"comments" doc:"Their comments on these, in conversations and on lines, at any time." example:"9"`
}

// PullRequestMetrics is how pull requests went in a period.
type PullRequestMetrics struct {
	From                string            `json:"from" format:"date" example:"2026-01-01"`
	Through             string            `json:"through" format:"date" doc:"The last day." example:"2026-03-31"`
	Zone                string            `json:"zone" example:"Europe/Berlin"`
	Opened              int               `json:"opened" doc:"Pull requests of people that were opened in the period." example:"12"`
	Merged              int               `json:"merged" doc:"Pull requests of people that were merged in the period." example:"10"`
	Closed              int               `json:"closed" doc:"Pull requests of people that were closed in the period and not merged." example:"1"`
	Bots                BotCounts         `json:"bots" doc:"Pull requests of bots: they count nowhere else."`
	TimeToMerge         Times             `json:"time_to_merge" doc:"From opening to merging, the time as a draft included, of those merged in the period."`
	TimeToFirstResponse Times             `json:"time_to_first_response" doc:"From opening to the first review or comment by a person who is not the author, of those opened in the period that have one."`
	IterationTime       Times             `json:"iteration_time" doc:"From the first response to the last commit, of those merged in the period; 0 where no commit followed a response."`
	Unreviewed          Share             `json:"unreviewed" doc:"Merged without a review or comment by a person who is not the author. Reactions are none."`
	ThoroughlyReviewed  Share             `json:"thoroughly_reviewed" doc:"Merged with at least one response of ten words or more by a person who is not the author. Emoji, quotes and code are no words."`
	Iterated            Share             `json:"iterated" doc:"Merged with at least one commit after the first response."`
	Size                Sizes             `json:"size" doc:"Lines of those merged in the period."`
	Weeks               []PullRequestWeek `json:"weeks" nullable:"false" doc:"Oldest first, from Monday to Sunday in the time zone."`
	Reviewers           []Reviewer        `json:"reviewers" nullable:"false" doc:"Who first responded to a pull request in the period, those to the most pull requests first, at most 100. Authors on their own pull requests are left out, and so are bots and their pull requests."`
	Incomplete          []Incomplete      `json:"incomplete" nullable:"false" doc:"Repositories of which not everything up to the last day, or up to now, is stored: at most 100, by name."`
	IncompleteTotal     int               `json:"incomplete_total" doc:"How many such repositories there are." example:"0"`
}

// PullRequestItem is a pull request behind a number of the report. Its fields are the columns of the CSV.
type PullRequestItem struct {
	RepositoryID         int64      `json:"repository_id" example:"1296269"`
	Repository           string     `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	Number               int        `json:"number" example:"1347"`
	Title                string     `json:"title" example:"Fix all the bugs"`
	Person               string     `json:"person" doc:"The author's login; empty when the account is gone." example:"octocat"`
	Bot                  bool       `json:"bot" example:"false"`
	State                string     `json:"state" enum:"open,closed,merged" example:"merged"`
	Draft                bool       `json:"draft" example:"false"`
	CreatedAt            time.Time  `json:"created_at"`
	ReadyAt              *time.Time `json:"ready_at" nullable:"true" doc:"When it was first ready for review; null while it is a draft."`
	FirstResponseAt      *time.Time `json:"first_response_at" nullable:"true" doc:"First review or comment by a person who is not the author."`
	MergedAt             *time.Time `json:"merged_at" nullable:"true"`
	ClosedAt             *time.Time `json:"closed_at" nullable:"true"`
	HoursToMerge         *float64   `json:"hours_to_merge" nullable:"true" doc:"From opening to merging, in hours." example:"20.5"`
	HoursToFirstResponse *float64   `json:"hours_to_first_response" nullable:"true" doc:"From opening to the first response, in hours." example:"2.5"`
	IterationHours       *float64   `json:"iteration_hours" nullable:"true" doc:"From the first response to the last commit, in hours: 0 where no commit followed. Null unless it is merged." example:"6.0"`
	Responses            int        `json:"responses" doc:"Reviews and comments by people who are not the author." example:"3"`
	Approvals            int        `json:"approvals" example:"1"`
	LongestResponse      int        `json:"longest_response" doc:"Words of the longest response." example:"24"`
	FollowOnCommits      int        `json:"follow_on_commits" doc:"Commits after the first response." example:"1"`
	Lines                *int       `json:"lines" nullable:"true" doc:"Lines added and deleted; null while they are not known." example:"120"`
	MergeMethod          string     `json:"merge_method" doc:"merge, squash, rebase or fast-forward; empty unless it is known." example:"squash"`
	HTMLURL              string     `json:"html_url" example:"https://github.com/octo-org/hello-world/pull/1347"`
}

// OpenPullRequest is one that is open. Its fields are the columns of the CSV.
type OpenPullRequest struct {
	RepositoryID int64      `json:"repository_id" example:"1296269"`
	Repository   string     `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	Number       int        `json:"number" example:"1347"`
	Title        string     `json:"title" example:"Fix all the bugs"`
	Person       string     `json:"person" doc:"The author's login; empty when the account is gone." example:"octocat"`
	Bot          bool       `json:"bot" example:"false"`
	Draft        bool       `json:"draft" example:"false"`
	CreatedAt    time.Time  `json:"created_at"`
	AgeHours     float64    `json:"age_hours" doc:"Since it was opened, in hours." example:"50.5"`
	ReadyAt      *time.Time `json:"ready_at" nullable:"true" doc:"When it was first ready for review; null while it is a draft."`
	Lines        *int       `json:"lines" nullable:"true" doc:"Lines added and deleted; null while they are not known." example:"120"`
	Approvals    int        `json:"approvals" example:"1"`
	Responses    int        `json:"responses" doc:"Reviews and comments by people who are not the author." example:"3"`
	WaitsFor     string     `json:"waits_for" enum:"review,author,merge,ready" doc:"ready: it is a draft. author: somebody asked for changes, and no commit came after that. review: somebody was asked and has not answered, or nobody approved it. merge: it is approved and nobody objects." example:"review"`
	WaitingOn    []string   `json:"waiting_on" nullable:"false" doc:"Logins: of who was asked and has not reviewed since, or of the author. Empty when nobody was asked." example:"[\"hubot\"]"`
	WaitingSince *time.Time `json:"waiting_since" nullable:"true"`
	HTMLURL      string     `json:"html_url" example:"https://github.com/octo-org/hello-world/pull/1347"`
}

// CommitMetrics is what was committed in a period, on default branches.
type CommitMetrics struct {
	From              string         `json:"from" format:"date" example:"2026-01-01"`
	Through           string         `json:"through" format:"date" doc:"The last day." example:"2026-03-31"`
	Zone              string         `json:"zone" example:"Europe/Berlin"`
	Commits           int            `json:"commits" doc:"Of people, without merges, by the time they were authored." example:"120"`
	MergeCommits      int            `json:"merge_commits" doc:"Of people, with more than one parent." example:"10"`
	Bots              int            `json:"bots" doc:"Commits of bots: they count nowhere else." example:"6"`
	Large             int            `json:"large" doc:"Those of the commits that change more than 1,000 lines." example:"2"`
	DaysWithCommits   int            `json:"days_with_commits" doc:"Days in the time zone on which somebody committed, summed over people." example:"50"`
	CodingDaysPerWeek *float64       `json:"coding_days_per_week" nullable:"true" doc:"Days with commits, for each person and each week of the period; null when nobody committed." example:"3.1"`
	CommitsPerDay     *float64       `json:"commits_per_day" nullable:"true" doc:"Commits for each day with commits; null when there are none." example:"2.4"`
	People            []CommitPerson `json:"people" nullable:"false" doc:"Those with the most commits first, at most 200."`
	Weeks             []CommitWeek   `json:"weeks" nullable:"false" doc:"Oldest first, from Monday to Sunday in the time zone."`
	Incomplete        []Incomplete   `json:"incomplete" nullable:"false" doc:"Repositories of which not everything up to the last day, or up to now, is stored: at most 100, by name."`
	IncompleteTotal   int            `json:"incomplete_total" doc:"How many such repositories there are." example:"0"`
}

// CommitPerson is what one person committed.
type CommitPerson struct {
	Person          string `json:"person" doc:"The login; of somebody without an account the e-mail address, or the name." example:"octocat"`
	Linked          bool   `json:"linked" doc:"The person has an account." example:"true"`
	Commits         int    `json:"commits" example:"40"`
	DaysWithCommits int    `json:"days_with_commits" example:"15"`
	Additions       int    `json:"additions" doc:"Lines added, without those of merges and of large commits." example:"1200"`
	Deletions       int    `json:"deletions" doc:"Lines deleted, without those of merges and of large commits." example:"300"`
}

// CommitWeek is a week of a report.
type CommitWeek struct {
	Starts  string `json:"starts" format:"date" doc:"Its Monday, in the time zone." example:"2026-01-05"`
	Commits int    `json:"commits" example:"12"`
	People  int    `json:"people" doc:"How many committed." example:"4"`
}
