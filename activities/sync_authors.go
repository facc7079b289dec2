package activities

import (
	"context"
	"slices"
	"strings"
	"sync"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
)

// authors are the accounts that the addresses in commits belong to, as far as a list of
// REST has shown them while repositories are read side by side. GraphQL leaves out bots,
// and what GitHub commits itself, so that the same few addresses are in many repositories.
type authors struct {
	mu    sync.Mutex
	known map[string]*gh.User // nil for an address of nobody's
	asked map[string]*sync.Mutex
}

type authorsKey struct{}

func withAuthors(ctx context.Context) context.Context {
	return context.WithValue(ctx, authorsKey{}, newAuthors())
}

func newAuthors() *authors {
	return &authors{known: map[string]*gh.User{}, asked: map[string]*sync.Mutex{}}
}

func authorsIn(ctx context.Context) *authors {
	if a, ok := ctx.Value(authorsKey{}).(*authors); ok {
		return a
	}
	return newAuthors()
}

// signature is one of the two people of a commit.
type signature struct {
	address string // in lower case
	account **gh.User
}

func signatures(c *gh.RepositoryCommit) []signature {
	return []signature{
		{strings.ToLower(c.GetCommit().GetAuthor().GetEmail()), &c.Author},
		{strings.ToLower(c.GetCommit().GetCommitter().GetEmail()), &c.Committer},
	}
}

// learn notes the accounts that a list of REST shows.
func (a *authors) learn(listed []*gh.RepositoryCommit) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range listed {
		for _, s := range signatures(c) {
			a.known[s.address] = *s.account
		}
	}
}

// unnamed are the addresses of commits for which GraphQL has no account, in their order.
func unnamed(commits []*github.ListedCommit) (addresses []string) {
	for _, c := range commits {
		for _, s := range signatures(&c.RepositoryCommit) {
			if *s.account == nil && s.address != "" {
				addresses = append(addresses, s.address)
			}
		}
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}

// name gives commits the accounts that GraphQL does not tell. It reports whether all are
// known.
func (a *authors) name(commits []*github.ListedCommit) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range commits {
		for _, s := range signatures(&c.RepositoryCommit) {
			if *s.account != nil || s.address == "" {
				continue
			}
			account, known := a.known[s.address]
			if !known {
				return false
			}
			*s.account = account
		}
	}
	return true
}

// hold waits until nobody else asks for the addresses that are not known, and lets the
// caller ask until it releases them. Several are held in the order of unnamed.
func (a *authors) hold(addresses []string) (release func()) {
	var held []*sync.Mutex
	for _, address := range addresses {
		if lock, known := a.lockOf(address); !known {
			lock.Lock()
			if _, known := a.lockOf(address); known {
				lock.Unlock()
				continue
			}
			held = append(held, lock)
		}
	}
	return func() {
		for _, lock := range held {
			lock.Unlock()
		}
	}
}

func (a *authors) lockOf(address string) (lock *sync.Mutex, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked[address] == nil {
		a.asked[address] = &sync.Mutex{}
	}
	_, known = a.known[address]
	return a.asked[address], known
}
