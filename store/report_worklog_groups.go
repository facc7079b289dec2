package store

import (
	"cmp"
	"slices"
	"strings"
)

// Sum is how much there is of all kinds.
func (c ActivityCounts) Sum() int {
	return c.Commits + c.MergeCommits + c.PullRequests + c.Comments + c.Tickets
}

func (c *ActivityCounts) add(row activityRow) {
	c.LargeCommits += row.Large
	switch row.Kind {
	case ActivityCommit:
		c.Commits += row.N
	case ActivityMergeCommit:
		c.MergeCommits += row.N
	case ActivityPullRequest:
		c.PullRequests += row.N
	case ActivityComment:
		c.Comments += row.N
	case ActivityTicket:
		c.Tickets += row.N
	}
}

// groupKey is what rows of one group have in common: the account, else how the row names
// the person.
type groupKey struct {
	id     int64
	linked bool
	name   string
}

func (r activityRow) key() groupKey {
	switch {
	case r.AccountID != nil:
		return groupKey{id: *r.AccountID}
	case r.RepositoryID != nil && !r.IsBot:
		return groupKey{id: *r.RepositoryID}
	}
	return groupKey{linked: r.IsLinked, name: strings.ToLower(r.Person)}
}

// group makes the groups of what was counted, and puts what bots did aside.
func (q WorkLogQuery) group(rows []activityRow) WorkLog {
	log := WorkLog{Bots: WorkLogBots{Days: make([]ActivityCounts, len(q.Days))}}
	groups, bots := map[groupKey]*WorkLogGroup{}, map[groupKey]bool{}
	for _, row := range rows {
		key := row.key()
		if row.IsBot {
			bots[key] = true
			log.Bots.Total.add(row)
			log.Bots.Days[row.Day].add(row)
			continue
		}
		group := groups[key]
		if group == nil {
			group = &WorkLogGroup{
				Key: row.Person, Linked: row.IsLinked || q.ByRepository, AccountID: row.AccountID, RepositoryID: row.RepositoryID, Days: make([]ActivityCounts, len(q.Days)),
			}
			groups[key] = group
		}
		if !group.Linked {
			group.Key, group.Name, group.Email = max(group.Key, row.Person), max(group.Name, row.Name), max(group.Email, row.Email)
		}
		group.Total.add(row)
		group.Days[row.Day].add(row)
	}
	log.Bots.People = len(bots)
	for _, group := range groups {
		log.Groups = append(log.Groups, *group)
	}
	slices.SortFunc(log.Groups, q.compare)
	log.Total = len(log.Groups)
	log.Groups = log.Groups[:min(len(log.Groups), q.Limit)]
	return log
}

func (q WorkLogQuery) compare(a, b WorkLogGroup) int {
	order := 0
	if q.ByActivity {
		order = cmp.Compare(a.Total.Sum(), b.Total.Sum())
	} else {
		order = cmp.Compare(strings.ToLower(a.Shown()), strings.ToLower(b.Shown()))
	}
	if q.Descending {
		order = -order
	}
	return cmp.Or(order, cmp.Compare(a.Key, b.Key))
}

// Shown is what people call the group.
func (g WorkLogGroup) Shown() string {
	switch {
	case g.Linked || g.Name == "" && g.Email == "":
		return g.Key
	case g.Email == "":
		return g.Name + " (not linked)"
	case g.Name == "":
		return g.Email + " (not linked)"
	}
	return g.Name + " <" + g.Email + "> (not linked)"
}
