package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"tributary/githubsim"
)

// manyRequests are more than it makes, and fewer than the product believes that GitHub
// could allow: it would not believe either when a limit ends, and wait for a minute.
const manyRequests = 10_000_000

// rememberedDeliveries, in bytes, keeps the simulator from growing beside the product.
const rememberedDeliveries = 1 << 20

// busyWorld is an organization in which something happens all the time.
type busyWorld struct {
	*githubsim.Sim
	id     int64
	token  string
	people []*githubsim.User
	repos  []*busyRepository
	random *rand.Rand

	changes atomic.Int64
}

type busyRepository struct {
	*githubsim.Repository
	pulls  []*githubsim.PullRequest // open ones
	issues []*githubsim.Issue
}

func newBusyWorld(repositories int, seed uint64) *busyWorld {
	w := &busyWorld{
		Sim: githubsim.New(githubsim.Config{
			RateLimit: manyRequests, GraphQLLimit: manyRequests, AllowLocalHooks: true, Hooks: githubsim.HookRules{Logged: rememberedDeliveries},
		}),
		random: rand.New(rand.NewPCG(seed, 0)),
	}
	acme := w.Populate(githubsim.Workload{
		Organization: organization, Repositories: repositories, Commits: 50, PullRequests: 10, ReviewsPerPullRequest: 1, ReviewCommentsPerPullRequest: 1,
		Issues: 10, CommentsPerIssue: 1, Until: time.Now().Add(-time.Hour),
	})
	w.id = acme.ID
	for _, login := range []string{"ada", "ben", "carla"} {
		w.people = append(w.people, w.AddUser(login))
	}
	owner := w.AddUser("octocat")
	acme.AddMember(owner, "admin")
	w.token = w.IssueToken(owner, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: githubsim.AllScopes})
	for n := range repositories {
		w.repos = append(w.repos, &busyRepository{Repository: acme.Repository(fmt.Sprintf("repository-%03d", n+1))})
	}
	return w
}

// goOn lets something happen every pause until ctx ends.
func (w *busyWorld) goOn(ctx context.Context, pause time.Duration) {
	for tick := time.Tick(pause); ; {
		select {
		case <-tick:
			w.changes.Add(1)
			w.change(w.repos[w.random.IntN(len(w.repos))], w.people[w.random.IntN(len(w.people))])
		case <-ctx.Done():
			return
		}
	}
}

// change is one of the things that teams do most. All of them move a time that
// the change probe sees.
func (w *busyWorld) change(r *busyRepository, by *githubsim.User) {
	switch w.random.IntN(10) {
	case 0:
		r.Commit(githubsim.CommitSpec{Author: by, Message: "Write it today", Additions: 3})
	case 1:
		r.Commit(githubsim.CommitSpec{Author: by, Message: "Wrote it long ago", AuthoredAt: time.Now().AddDate(-1, 0, 0), Additions: 3})
	case 2:
		if head := r.Head(""); len(head.Parents) > 0 {
			r.ForcePush("", head.Parents[0].SHA)
			r.Commit(githubsim.CommitSpec{Author: by, Message: "Write it better", Additions: 2, Deletions: 1})
		}
	case 3:
		r.pulls = append(r.pulls, r.OpenPullRequest(githubsim.PullRequestSpec{Author: by, Title: "A proposal", Commits: []githubsim.CommitSpec{{Message: "Propose", Additions: 4}}}))
	case 4:
		if p, found := pick(w.random, r.pulls); found {
			p.AddCommit(githubsim.CommitSpec{Author: by, Message: "Amend", Additions: 1})
		}
	case 5:
		if p, found := pick(w.random, r.pulls); found {
			p.ReviewComment(githubsim.ReviewCommentSpec{Author: by, Body: "Why?", Review: p.Review(githubsim.ReviewSpec{Author: by, State: "APPROVED"})})
		}
	case 6:
		if len(r.pulls) > 0 {
			r.pulls[0].Merge(githubsim.MergeSpec{By: by})
			r.pulls = r.pulls[1:]
		}
	case 7:
		r.issues = append(r.issues, r.OpenIssue(githubsim.IssueSpec{Author: by, Title: "New trouble"}))
	case 8:
		if i, found := pick(w.random, r.issues); found {
			i.Comment(githubsim.CommentSpec{Author: by, Body: "Here too."})
		}
	case 9:
		if len(r.issues) > 0 {
			r.issues[0].Close(by, "completed")
			r.issues = r.issues[1:]
		}
	}
}

func pick[T any](random *rand.Rand, list []T) (one T, found bool) {
	if len(list) == 0 {
		return one, false
	}
	return list[random.IntN(len(list))], true
}
