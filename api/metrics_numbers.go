package api

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"tributary/store"
)

const maxCommitPeople = 200

func viewPullRequestMetrics(m store.PullRequestMetrics) PullRequestMetrics {
	return PullRequestMetrics{
		Opened: m.Opened, Merged: m.Merged, Closed: m.Closed, Bots: BotCounts{Opened: m.BotsOpened, Merged: m.BotsMerge},
		TimeToMerge: timesOf(m.ToMerge), TimeToFirstResponse: timesOf(m.ToFirstResponse), IterationTime: timesOf(m.Iteration),
		Unreviewed: shareOf(m.Unreviewed, m.Merged), ThoroughlyReviewed: shareOf(m.Thorough, m.Merged), Iterated: shareOf(m.Iterated, m.Merged),
		Size: sizesOf(m.Lines),
		Weeks: views(m.Weeks, func(w store.PullRequestWeek) PullRequestWeek {
			return PullRequestWeek{
				Starts: w.Date, Opened: w.Opened, Merged: w.Merged,
				TimeToMergeMedianHours: timesOf(w.ToMerge).MedianHours, TimeToFirstResponseMedianHours: timesOf(w.ToFirstResponse).MedianHours,
				UnreviewedPercent: percent(w.Unreviewed, w.Merged), ThoroughlyReviewedPercent: percent(w.Thorough, w.Merged),
			}
		}),
		Reviewers: views(m.Reviewers, func(r store.Reviewer) Reviewer { return Reviewer(r) }),
	}
}

// nearestRank is the smallest of ascending values that so many percent are not above.
func nearestRank(values []int64, percent int) int64 {
	return values[(len(values)*percent+99)/100-1]
}

func timesOf(seconds []int64) Times {
	t := Times{Count: len(seconds)}
	if t.Count == 0 {
		return t
	}
	var sum float64
	for _, s := range seconds {
		sum += float64(s)
	}
	t.MeanHours = new(oneDecimal(sum / float64(t.Count) / 3600))
	t.MedianHours, t.P75Hours, t.P90Hours = hours(nearestRank(seconds, 50)), hours(nearestRank(seconds, 75)), hours(nearestRank(seconds, 90))
	return t
}

func sizesOf(lines []int64) Sizes {
	if len(lines) == 0 {
		return Sizes{}
	}
	return Sizes{Count: len(lines), Median: new(int(nearestRank(lines, 50))), P75: new(int(nearestRank(lines, 75))), P90: new(int(nearestRank(lines, 90)))}
}

func shareOf(count, of int) Share { return Share{Count: count, Of: of, Percent: percent(count, of)} }

func percent(count, of int) *float64 {
	if of == 0 {
		return nil
	}
	return new(oneDecimal(100 * float64(count) / float64(of)))
}

func hours(seconds int64) *float64 { return new(oneDecimal(float64(seconds) / 3600)) }

func hoursBetween(from, to *time.Time) *float64 {
	if from == nil || to == nil {
		return nil
	}
	return new(oneDecimal(to.Sub(*from).Hours()))
}

func oneDecimal(x float64) float64 { return math.Round(x*10) / 10 }

func viewPullRequestItem(i store.PullRequestItem) PullRequestItem {
	shown := PullRequestItem{
		RepositoryID: i.RepositoryID, Repository: i.Repository, Number: i.Number, Title: i.Title, Person: i.Person, Bot: i.IsBot, State: i.State, Draft: i.Draft,
		CreatedAt: i.CreatedAt, ReadyAt: i.ReadyAt, FirstResponseAt: i.FirstResponseAt, MergedAt: i.MergedAt, ClosedAt: i.ClosedAt,
		HoursToMerge: hoursBetween(&i.CreatedAt, i.MergedAt), HoursToFirstResponse: hoursBetween(&i.CreatedAt, i.FirstResponseAt),
		Responses: i.Responses, Approvals: i.Approvals, LongestResponse: i.LongestResponse, FollowOnCommits: i.FollowOnCommits,
		Lines: i.Lines, MergeMethod: i.MergeMethod, HTMLURL: i.HTMLURL,
	}
	if i.MergedAt != nil {
		shown.IterationHours = new(float64)
		if i.FollowOnCommits > 0 {
			shown.IterationHours = hoursBetween(i.FirstResponseAt, i.LastCommitAt)
		}
	}
	return shown
}

func viewOpenPullRequest(o store.OpenPullRequest, now time.Time) OpenPullRequest {
	return OpenPullRequest{
		RepositoryID: o.RepositoryID, Repository: o.Repository, Number: o.Number, Title: o.Title, Person: o.Person, Bot: o.IsBot, Draft: o.Draft,
		CreatedAt: o.CreatedAt, AgeHours: oneDecimal(now.Sub(o.CreatedAt).Hours()), ReadyAt: o.ReadyAt, Lines: o.Lines, Approvals: o.Approvals, Responses: o.Responses,
		WaitsFor: o.WaitsFor, WaitingOn: nonNil(o.WaitingOn), WaitingSince: &o.WaitingSince, HTMLURL: o.HTMLURL,
	}
}

// viewCommitMetrics sums up what was committed on the days of a period. One address may be written in several cases.
func viewCommitMetrics(rows []store.CommitDay, p period) CommitMetrics {
	weeks, weekOf := p.weeks()
	m := CommitMetrics{People: []CommitPerson{}, Weeks: make([]CommitWeek, len(weeks))}
	people, inWeek := map[string]*CommitPerson{}, make([]map[string]bool, len(weeks))
	for i, week := range weeks {
		m.Weeks[i].Starts, inWeek[i] = week.Date, map[string]bool{}
	}
	type personDay struct {
		person string
		day    int
	}
	seen := map[personDay]bool{}
	for _, row := range rows {
		if row.IsBot {
			m.Bots += row.Commits + row.MergeCommits
			continue
		}
		m.MergeCommits += row.MergeCommits
		if row.Commits == 0 {
			continue
		}
		key := strings.ToLower(row.Person)
		if people[key] == nil {
			people[key] = &CommitPerson{}
		}
		people[key].add(row)
		if day := (personDay{key, row.Part}); !seen[day] {
			seen[day] = true
			people[key].DaysWithCommits++
			m.DaysWithCommits++
		}
		m.Commits += row.Commits
		m.Large += row.Large
		week := weekOf[row.Part]
		m.Weeks[week].Commits += row.Commits
		inWeek[week][key] = true
	}
	for i := range weeks {
		m.Weeks[i].People = len(inWeek[i])
	}
	if m.DaysWithCommits > 0 {
		m.CommitsPerDay = new(oneDecimal(float64(m.Commits) / float64(m.DaysWithCommits)))
		m.CodingDaysPerWeek = new(oneDecimal(float64(m.DaysWithCommits) / float64(len(people)) / (float64(len(weekOf)) / 7)))
	}
	for _, person := range people {
		m.People = append(m.People, *person)
	}
	slices.SortFunc(m.People, func(a, b CommitPerson) int {
		return cmp.Or(cmp.Compare(b.Commits, a.Commits), cmp.Compare(a.Person, b.Person))
	})
	m.People = m.People[:min(len(m.People), maxCommitPeople)]
	return m
}

func (p *CommitPerson) add(row store.CommitDay) {
	p.Person = max(p.Person, row.Person)
	p.Linked = p.Linked || row.IsLinked
	p.Commits += row.Commits
	p.Additions += row.Additions
	p.Deletions += row.Deletions
}
