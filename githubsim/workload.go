package githubsim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Workload is a world by numbers. The same workload and seed make the same world, to the last SHA.
type Workload struct {
	Organization                 string // default acme
	Seed                         int64
	Repositories                 int // default 1
	Commits                      int // on each default branch, landed pull requests included
	PullRequests                 int // per repository: of ten, one is open, one closed, eight merged while Commits last
	CommitsPerPullRequest        int // default 1
	ReviewsPerPullRequest        int
	ReviewCommentsPerPullRequest int
	CommentsPerPullRequest       int
	Issues                       int // per repository: half of them closed
	CommentsPerIssue             int
	People                       int       // default 25
	PeoplePerRepository          int       // of them, other ones in each repository; default all
	Bot                          bool      // dependabot[bot] opens every fifth pull request and comments on each
	Private                      bool      // make the repositories private
	Until                        time.Time // the newest date, default now; everything spreads over the year before
}

// ReferenceWorkload is the one that costs are measured on: one repository with 1,000 commits, 1,000 pull requests
// and 1,000 issues, all discussed.
func ReferenceWorkload() Workload {
	return Workload{
		Commits:      1000,
		PullRequests: 1000, ReviewsPerPullRequest: 2, ReviewCommentsPerPullRequest: 2, CommentsPerPullRequest: 3,
		Issues: 1000, CommentsPerIssue: 3,
	}
}

// SmallWorkload is what most organizations are made of: small repositories with a team and a discussion of their own.
func SmallWorkload(repositories int) Workload {
	return Workload{
		Repositories: repositories, Commits: 40,
		PullRequests: 5, ReviewsPerPullRequest: 2, ReviewCommentsPerPullRequest: 2, CommentsPerPullRequest: 3,
		Issues: 5, CommentsPerIssue: 3,
		People: max(25, repositories/2), PeoplePerRepository: 7, Bot: true,
	}
}

// Populate builds a workload and returns its organization.
func (s *Sim) Populate(w Workload) *Organization {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.quietly()()
	if w.Organization == "" {
		w.Organization = "acme"
	}
	if w.Repositories == 0 {
		w.Repositories = 1
	}
	if w.People == 0 {
		w.People = 25
	}
	o := s.addOrganization(w.Organization)
	people := s.staff(w.People)
	for i := range w.Repositories {
		name := "repository"
		if w.Repositories > 1 {
			name = fmt.Sprintf("repository-%03d", i+1)
		}
		until := s.orNow(w.Until)
		r := o.addRepository(name, RepositorySettings{Private: w.Private, CreatedAt: until.AddDate(-1, 0, 0), Language: "Go"})
		b := newBuilder(r, w, team(people, w.PeoplePerRepository, i), until, uint64(w.Seed)+uint64(i))
		if w.Bot {
			b.bot = s.addAccount(TypeBot, "dependabot[bot]")
		}
		b.build()
	}
	return o
}

// firstNames and lastNames make people; they meet in as many ways as needed.
var firstNames = []string{"ada", "ben", "carla", "dmitri", "elena", "farid", "grace", "hugo", "ines", "jonas", "kaya", "liam", "mei", "noor", "olga",
	"pavel", "quinn", "rosa", "samir", "tove", "uma", "viktor", "wanda", "xenia", "yusuf", "zoe"}
var lastNames = []string{"", "-berg", "-costa", "-duval", "-ek", "-flores", "-gupta", "-haas", "-ito", "-jansen"}

func (s *Sim) staff(n int) []*User {
	people := make([]*User, 0, n)
	for i := range n {
		login := firstNames[i%len(firstNames)] + lastNames[i/len(firstNames)%len(lastNames)]
		if round := i / (len(firstNames) * len(lastNames)); round > 0 {
			login += fmt.Sprint(round)
		}
		people = append(people, s.addAccount(TypeUser, login))
	}
	return people
}

// team is who works in the i-th repository; 0 is everybody.
func team(people []*User, size, i int) []*User {
	if size == 0 {
		return people
	}
	members := make([]*User, size)
	for n := range members {
		members[n] = people[(i*3+n)%len(people)]
	}
	return members
}

// builder fills one repository, oldest event first.
type builder struct {
	Workload
	r      *Repository
	people []*User
	bot    *User // nil without one
	random *rand.Rand
	clock  time.Time
	step   time.Duration
	until  time.Time
	landed int // commits on the default branch
	pace   *pace
}

// pace is how a repository comes alive: slowly at first, and busiest at its end. Without
// one a builder's steps are equal, and what is said of pull requests comes beside them.
type pace struct {
	from        time.Time
	span        time.Duration
	steps, step int
}

// at is the time of a step.
func (p *pace) at(step int) time.Time {
	left := max(1-float64(step)/float64(p.steps), 0)
	return p.from.Add(time.Duration(float64(p.span) * (1 - left*left)))
}

// alive makes a repository busiest at its end.
func (b *builder) alive() *builder {
	steps := max(b.Commits-b.landings(), 1) + b.PullRequests + b.Issues
	b.pace = &pace{from: b.clock, span: b.until.Sub(b.clock), steps: steps + 1}
	return b
}

func newBuilder(r *Repository, w Workload, people []*User, until time.Time, seed uint64) *builder {
	if w.CommitsPerPullRequest == 0 {
		w.CommitsPerPullRequest = 1
	}
	span := until.Sub(r.createdAt)
	events := max(w.Commits+w.PullRequests+w.Issues, 1)
	return &builder{
		Workload: w, r: r, people: people, random: rand.New(rand.NewPCG(seed, uint64(r.ID))),
		clock: r.createdAt, step: max(span/time.Duration(events+1), time.Second), until: until,
	}
}

func (b *builder) build() {
	first := b.r.head()
	direct := b.Commits - b.landings()
	b.commits(min(b.Commits, max(direct, 1)))
	issues, pulls := 0, 0
	for round := range max(b.PullRequests, b.Issues) {
		if b.due(round, issues, b.Issues) {
			b.issue(issues)
			issues++
		}
		if b.due(round, pulls, b.PullRequests) {
			b.pull(pulls)
			pulls++
		}
	}
	b.commits(b.Commits - b.landed)
	if head := b.r.head(); head != nil && first == nil {
		b.r.recordActivity("branch_creation", "refs/heads/"+b.r.settings.DefaultBranch, nil, head, head.Author.User.present(), head.Committer.When)
	}
	b.r.touch(b.clock)
}

// due reports whether the next of so many comes in a round: at once, or spread over all rounds where a repository is
// to be alive until its end.
func (b *builder) due(round, made, of int) bool {
	rounds := max(b.PullRequests, b.Issues)
	return made < of && (b.pace == nil || (round+1)*of/rounds > made)
}

// landings is how many commits the merged pull requests put on the default branch.
func (b *builder) landings() int {
	n := 0
	for i := range b.PullRequests {
		switch b.fate(i) {
		case Squash:
			n++
		case MergeCommit:
			n += b.CommitsPerPullRequest + 1
		}
	}
	return n
}

// fate is how a pull request ends; "" is not merged.
func (b *builder) fate(i int) MergeMethod {
	switch i % 10 {
	case 3, 7:
		return ""
	case 5:
		return MergeCommit
	}
	return Squash
}

func (b *builder) tick() time.Time {
	if p := b.pace; p != nil {
		p.step++
		at := p.at(p.step)
		b.step = max(p.at(p.step+1).Sub(at), time.Minute)
		b.clock = later(b.clock, at).Truncate(time.Second)
	} else {
		b.clock = b.clock.Add(b.step).Truncate(time.Second)
	}
	if b.clock.After(b.until) {
		b.clock = b.until
	}
	return b.clock
}

// later is a time soon after another, and not in the future. A discussion fits between two ticks.
func (b *builder) later(t time.Time) time.Time {
	t = t.Add(time.Duration(b.random.Int64N(int64(b.step / 8)))).Truncate(time.Second)
	if t.After(b.until) {
		return b.until
	}
	return t
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (b *builder) someone() *User { return b.people[b.random.IntN(len(b.people))] }

func (b *builder) commits(n int) {
	for range n {
		spec := b.commitSpec(b.tick())
		if head := b.r.head(); head != nil {
			spec.Parents = []*Commit{head}
		}
		b.r.branches[b.r.settings.DefaultBranch] = b.r.store(b.r.newCommit(spec))
		b.landed++
	}
	if n > 0 {
		b.r.pushedAt = b.clock
	}
}

func (b *builder) commitSpec(at time.Time) CommitSpec {
	additions, deletions := b.random.IntN(120), b.random.IntN(60)
	spec := CommitSpec{
		Message: b.phrase(), Author: b.someone(), AuthoredAt: at,
		Additions: additions, Deletions: deletions, ChangedFiles: 1 + b.random.IntN(6),
	}
	if b.random.IntN(20) == 0 { // an address that GitHub knows nobody by
		spec.Author, spec.Name, spec.Email = nil, "Build Server", "build@ci.example.org"
	}
	return spec
}

func (b *builder) pull(i int) {
	at := b.tick()
	author := b.someone()
	if b.bot != nil && i%5 == 4 {
		author = b.bot
	}
	p := b.r.openPullRequest(PullRequestSpec{Title: b.phrase(), Body: b.paragraph(), Author: author, CreatedAt: at, Draft: i%29 == 28, Labels: b.tags()})
	for range b.CommitsPerPullRequest {
		spec := b.commitSpec(b.later(at))
		spec.Author, spec.Name, spec.Email = author, "", ""
		p.addCommit(spec)
	}
	last := b.discuss(p, at)
	b.clock = last // what lands next must not be older than what has landed
	fate := b.fate(i)
	room := b.Commits - b.landed
	switch {
	case fate == Squash && room >= 1:
		p.merge(MergeSpec{By: b.someone(), Method: Squash, At: last})
		b.landed++
	case fate == MergeCommit && room > b.CommitsPerPullRequest:
		p.merge(MergeSpec{By: b.someone(), Method: MergeCommit, At: last})
		b.landed += b.CommitsPerPullRequest + 1
	case i%10 == 3:
		p.issue.close(author, "", last)
	}
	delete(b.r.branches, p.headRef) // branches of a year of pull requests would drown the branch list
}

// discuss adds reviews and comments and returns when the last was written.
func (b *builder) discuss(p *PullRequest, at time.Time) time.Time {
	states := []string{"APPROVED", "COMMENTED", "CHANGES_REQUESTED", "APPROVED"}
	var reviews []*Review
	for range b.ReviewsPerPullRequest {
		at = b.later(at)
		reviews = append(reviews, p.review(ReviewSpec{Author: b.someone(), State: states[b.random.IntN(len(states))], Body: b.remark(), SubmittedAt: at}))
	}
	for i := range b.ReviewCommentsPerPullRequest {
		at = b.later(at)
		spec := ReviewCommentSpec{Author: b.someone(), Body: b.remark(), Path: b.path(), Line: 1 + b.random.IntN(200), CreatedAt: at}
		if len(reviews) > 0 {
			spec.Review = reviews[i%len(reviews)]
		}
		p.reviewComment(spec)
	}
	for i := range b.CommentsPerPullRequest {
		at = b.later(at)
		author := b.someone()
		if b.bot != nil && i == 0 {
			author = b.bot
		}
		p.issue.comment(CommentSpec{Author: author, Body: b.remark(), CreatedAt: at})
	}
	return b.later(at)
}

func (b *builder) issue(i int) {
	at := b.tick()
	issue := b.r.openIssue(IssueSpec{Title: b.complaint(), Body: b.paragraph(), Author: b.someone(), CreatedAt: at, Labels: b.tags()})
	for range b.CommentsPerIssue {
		at = b.later(at)
		issue.comment(CommentSpec{Author: b.someone(), Body: b.remark(), CreatedAt: at})
	}
	if i%2 == 0 {
		reason := []string{"completed", "completed", "not_planned"}[b.random.IntN(3)]
		issue.close(b.someone(), reason, b.later(at))
	}
}

func (b *builder) pick(words []string) string { return words[b.random.IntN(len(words))] }

var (
	verbs    = []string{"Fix", "Add", "Speed up", "Simplify", "Document", "Test", "Remove", "Rename", "Cache", "Retry", "Validate", "Log"}
	subjects = []string{"the login form", "invoice totals", "pagination", "the health check", "session expiry", "the search index", "webhook retries",
		"currency rounding", "the upload limit", "time zones", "the audit log", "empty results", "error messages", "the settings page"}
	reasons  = []string{"", " for large accounts", " on slow networks", " after an upgrade", " when nothing matches", " in the nightly job"}
	symptoms = []string{"fails", "is slow", "shows stale data", "loses the last entry", "returns 500", "ignores the filter", "flickers"}
	remarks  = []string{"Looks good to me.", "Could we cover this with a test?", "Nice, this was overdue.", "I can reproduce this on the current build.",
		"Please rebase, the base has moved.", "Why not reuse the existing helper?", "Agreed; let us do that in a follow-up.", "Thanks, fixed in the latest push."}
	labelWords = []string{"bug", "enhancement", "documentation", "performance", "good first issue", "security"}
	folders    = []string{"api", "billing", "cmd", "internal/auth", "internal/search", "web/src", "docs"}
)

func (b *builder) phrase() string { return b.pick(verbs) + " " + b.pick(subjects) + b.pick(reasons) }

func (b *builder) complaint() string {
	subject := b.pick(subjects)
	return string(subject[0]-'a'+'A') + subject[1:] + " " + b.pick(symptoms) + b.pick(reasons)
}

func (b *builder) remark() string { return b.pick(remarks) }

func (b *builder) paragraph() string {
	return "Since last week " + b.pick(subjects) + " " + b.pick(symptoms) + b.pick(reasons) + ".\n\n- [x] " + b.phrase() + "\n- [ ] " + b.phrase() + "\n"
}

func (b *builder) path() string {
	return fmt.Sprintf("%s/file_%d.go", b.pick(folders), 1+b.random.IntN(40))
}

func (b *builder) tags() []string {
	if b.random.IntN(3) == 0 {
		return nil
	}
	return []string{b.pick(labelWords)}
}
