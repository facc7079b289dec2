package githubsim

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// Bustle is how an organization keeps moving.
type Bustle struct {
	PerSecond float64 // changes
	Seed      int64   // decides what happens where
	// Changed, if there is one, learns of each change which rows it made or altered. It is called between changes.
	Changed func([]Row)
}

// Row is a row of an organization's truth that a change made or altered.
type Row struct {
	Table      string // commits, pull_requests, reviews, review_comments, issue_comments, issues, issue_events or releases
	Repository int64
	Key        any // the SHA of a commit, the number of a pull request or an issue, the node id of an event, else the id
	// UpdatedAt is when a row changed that was there before, by the world's clock; zero for a new one. No two changes of
	// one row have the same.
	UpdatedAt time.Time
	At        time.Time // when it was there, by the machine's clock
}

// Bustle lets the people of an organization push, discuss, review and merge, in all repositories that are neither
// archived nor blocked nor empty, until ctx ends. It catches up when the machine was too slow for a while.
func (o *Organization) Bustle(ctx context.Context, b Bustle) {
	rounds := o.bustlers(b.Seed)
	if len(rounds) == 0 {
		return
	}
	random := rand.New(rand.NewPCG(uint64(b.Seed), uint64(o.ID)))
	began := time.Now()
	for n := 1; ; n++ {
		due := began.Add(time.Duration(float64(n) / b.PerSecond * float64(time.Second)))
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(due)):
		}
		if ctx.Err() != nil {
			return
		}
		// Of two, the earlier: some repositories are busier than others.
		rows := rounds[min(random.IntN(len(rounds)), random.IntN(len(rounds)))].change()
		now := time.Now()
		for i := range rows {
			rows[i].At = now
		}
		if b.Changed != nil {
			b.Changed(rows)
		}
	}
}

// bustler lets something happen in one repository.
type bustler struct{ *builder }

func (o *Organization) bustlers(seed int64) (all []bustler) {
	o.sim.mu.Lock()
	defer o.sim.mu.Unlock()
	people := o.sim.staff(12)
	for _, r := range o.repositories {
		if !r.settings.Archived && r.settings.Blocked == "" && !r.empty() {
			all = append(all, bustler{newBuilder(r, Workload{}, people, o.sim.now(), uint64(seed))})
		}
	}
	return all
}

// A change returns the rows that it made or altered; none when there is nothing that it could happen to.
type change struct {
	weight int
	make   func(bustler) []Row
}

// changes are what teams do, and how often.
var changes = []change{
	{18, bustler.pushes}, {18, bustler.comments}, {10, bustler.opensIssue}, {8, bustler.proposes}, {8, bustler.pushesMore}, {7, bustler.closesIssue},
	{6, bustler.reviews}, {6, bustler.merges}, {6, bustler.labels}, {5, bustler.commentsOnLine}, {5, bustler.editsIssue}, {5, bustler.editsComment}, {1, bustler.releases},
}

func (b bustler) change() []Row {
	sum := 0
	for _, c := range changes {
		sum += c.weight
	}
	for {
		n := b.random.IntN(sum)
		for _, c := range changes {
			if n -= c.weight; n < 0 {
				if rows := c.make(b); rows != nil {
					return rows
				}
				break
			}
		}
	}
}

func (b bustler) made(table string, key any) Row {
	return Row{Table: table, Repository: b.r.ID, Key: key}
}

// recent is how far back people look for something to do.
const recent = 40

// anyOf picks one of the newest rows that are fit; nil when there are none.
func anyOf[T any](b bustler, rows func() []*T, fit func(*T) bool) *T {
	b.r.sim.mu.RLock()
	defer b.r.sim.mu.RUnlock()
	all := rows()
	found := slices.DeleteFunc(slices.Clone(all[max(0, len(all)-recent):]), func(row *T) bool { return !fit(row) })
	if len(found) == 0 {
		return nil
	}
	return found[b.random.IntN(len(found))]
}

func (b bustler) anIssue(fit func(*Issue) bool) *Issue {
	if b.r.settings.IssuesDisabled {
		return nil
	}
	return anyOf(b, func() []*Issue { return b.r.allIssues }, func(i *Issue) bool { return i.pull == nil && fit(i) })
}

func (b bustler) openPull() *PullRequest {
	return anyOf(b, func() []*PullRequest { return b.r.pulls }, func(p *PullRequest) bool { return !p.issue.closed })
}

// unchanged says whether something has not changed within this second, so that its next change shows.
func (b bustler) unchanged(at time.Time) bool { return at.Before(b.r.sim.now()) }

func (b bustler) newCommit() CommitSpec { return b.commitSpec(b.r.sim.now()) }

func (b bustler) pushes() []Row {
	var rows []Row
	for range 1 + b.random.IntN(2) {
		rows = append(rows, b.made("commits", b.r.Commit(b.newCommit()).SHA))
	}
	return rows
}

func (b bustler) opensIssue() []Row {
	if b.r.settings.IssuesDisabled {
		return nil
	}
	issue := b.r.OpenIssue(IssueSpec{Title: b.complaint(), Body: b.paragraph(), Author: b.someone(), Labels: b.tags()})
	return []Row{b.made("issues", issue.Number)}
}

func (b bustler) editsIssue() []Row {
	i := b.anIssue(func(i *Issue) bool { return b.unchanged(i.updatedAt) })
	if i == nil {
		return nil
	}
	i.Edit(b.complaint(), b.paragraph())
	return []Row{b.altered("issues", i.Number, &i.updatedAt)}
}

func (b bustler) altered(table string, key any, at *time.Time) Row {
	b.r.sim.mu.RLock()
	defer b.r.sim.mu.RUnlock()
	row := b.made(table, key)
	row.UpdatedAt = *at
	return row
}

func (b bustler) closesIssue() []Row {
	i := b.anIssue(func(i *Issue) bool { return !i.closed })
	if i == nil {
		return nil
	}
	i.Close(b.someone(), b.pick([]string{"completed", "completed", "not_planned"}))
	return []Row{b.lastEvent(i, "closed")}
}

// lastEvent is the newest event of a kind.
func (b bustler) lastEvent(i *Issue, kind string) Row {
	b.r.sim.mu.RLock()
	defer b.r.sim.mu.RUnlock()
	for _, e := range slices.Backward(i.events) {
		if e.event == kind {
			return b.made("issue_events", e.nodeID)
		}
	}
	panic("githubsim: it has just happened: " + kind)
}

func (b bustler) labels() []Row {
	name := b.pick(labelWords)
	i := b.anIssue(func(i *Issue) bool {
		return !slices.ContainsFunc(i.labels, func(l *Label) bool { return l.name == name })
	})
	if i == nil {
		return nil
	}
	i.Label(name, b.someone())
	return []Row{b.lastEvent(i, "labeled")}
}

func (b bustler) comments() []Row {
	i := anyOf(b, func() []*Issue { return b.r.allIssues }, func(i *Issue) bool { return i.pull != nil || !b.r.settings.IssuesDisabled })
	if i == nil {
		return nil
	}
	return []Row{b.made("issue_comments", i.Comment(CommentSpec{Author: b.someone(), Body: b.remark()}).ID)}
}

func (b bustler) editsComment() []Row {
	c := anyOf(b, func() []*Comment { return b.r.comments }, func(c *Comment) bool { return b.unchanged(c.updatedAt) })
	if c == nil {
		return nil
	}
	c.Edit(b.remark() + " " + b.remark())
	return []Row{b.altered("issue_comments", c.ID, &c.updatedAt)}
}

func (b bustler) proposes() []Row {
	author := b.someone()
	first := b.newCommit()
	first.Author, first.Name, first.Email = author, "", ""
	p := b.r.OpenPullRequest(PullRequestSpec{Title: b.phrase(), Body: b.paragraph(), Author: author, Labels: b.tags(), Commits: []CommitSpec{first}})
	return []Row{b.made("pull_requests", p.Number), b.made("commits", p.HeadSHA())}
}

func (b bustler) pushesMore() []Row {
	p := b.openPull()
	if p == nil {
		return nil
	}
	return []Row{b.made("commits", p.AddCommit(b.newCommit()).SHA)}
}

func (b bustler) reviews() []Row {
	p := b.openPull()
	if p == nil {
		return nil
	}
	v := p.Review(ReviewSpec{Author: b.someone(), State: b.pick([]string{"APPROVED", "COMMENTED", "CHANGES_REQUESTED"}), Body: b.remark()})
	return []Row{b.made("reviews", v.ID)}
}

func (b bustler) commentsOnLine() []Row {
	p := b.openPull()
	if p == nil {
		return nil
	}
	c := p.ReviewComment(ReviewCommentSpec{Author: b.someone(), Body: b.remark(), Path: b.path(), Line: 1 + b.random.IntN(200)})
	return []Row{b.made("review_comments", c.ID), b.made("reviews", c.review.ID)}
}

func (b bustler) merges() []Row {
	p := b.openPull()
	if p == nil {
		return nil
	}
	method := Squash
	if b.random.IntN(4) == 0 {
		method = MergeCommit
	}
	landed := p.Merge(MergeSpec{By: b.someone(), Method: method})
	return []Row{b.made("commits", landed.SHA), b.lastEvent(p.issue, "merged")}
}

func (b bustler) releases() []Row {
	return []Row{b.made("releases", b.r.Release(ReleaseSpec{Author: b.someone(), Name: b.phrase()}).ID)}
}
