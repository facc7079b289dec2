package githubsim

import (
	"container/heap"
	"slices"
	"time"
)

// history returns the commits reachable from head in the order of git log: always the newest committer
// date among those whose child has been shown. Listing a page must cost a page, so the order is kept.
func (r *Repository) history(head *Commit) []*Commit {
	r.caches.mu.Lock()
	defer r.caches.mu.Unlock()
	if order, found := r.caches.histories[head.SHA]; found {
		return order
	}
	order := walk([]*Commit{head}, func(*Commit) bool { return true })
	if len(r.caches.histories) >= 16 { // heads of the past; rebuilding one costs milliseconds
		clear(r.caches.histories)
	}
	r.caches.histories[head.SHA] = order
	return order
}

// historySince is git log --since: a commit older than the limit is dropped together with everything that
// is reachable only through it. A merged branch of old commits, or one old-dated commit at the tip, hides
// what lies behind; GitHub's commit list has the same flaw.
func historySince(head *Commit, since time.Time) []*Commit {
	return walk([]*Commit{head}, func(c *Commit) bool { return !c.Committer.When.Before(since) })
}

// walk visits commits as git does without --topo-order; a commit that pass rejects is not entered.
func walk(heads []*Commit, pass func(*Commit) bool) []*Commit {
	seen := make(map[*Commit]bool, 1024)
	var queue dateQueue
	enter := func(c *Commit) {
		if !seen[c] {
			seen[c] = true
			heap.Push(&queue, dated{c, len(seen)})
		}
	}
	for _, head := range heads {
		enter(head)
	}
	var order []*Commit
	for len(queue) > 0 {
		c := heap.Pop(&queue).(dated).commit
		if !pass(c) {
			continue
		}
		order = append(order, c)
		for _, parent := range c.Parents {
			enter(parent)
		}
	}
	return order
}

// dateQueue gives the newest commit first, among equals the one that came first.
type dateQueue []dated

type dated struct {
	commit *Commit
	order  int
}

func (q dateQueue) Len() int { return len(q) }
func (q dateQueue) Less(i, j int) bool {
	if byDate := q[i].commit.Committer.When.Compare(q[j].commit.Committer.When); byDate != 0 {
		return byDate > 0
	}
	return q[i].order < q[j].order
}
func (q dateQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *dateQueue) Push(x any)   { *q = append(*q, x.(dated)) }
func (q *dateQueue) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}

// comparison is what lies between two commits.
type comparison struct {
	mergeBase *Commit   // nil: no common ancestor
	ahead     []*Commit // reachable from head only, oldest first
	behind    int       // how many are reachable from base only
}

func (c comparison) status() string {
	switch {
	case len(c.ahead) == 0 && c.behind == 0:
		return "identical"
	case c.behind == 0:
		return "ahead"
	case len(c.ahead) == 0:
		return "behind"
	default:
		return "diverged"
	}
}

// compare answers base...head. Its cost is the difference, not the history.
func (r *Repository) compare(base, head *Commit) comparison {
	r.caches.mu.Lock()
	defer r.caches.mu.Unlock()
	key := [2]string{base.SHA, head.SHA}
	if c, found := r.caches.comparisons[key]; found {
		return c
	}
	c := between(base, head)
	if len(r.caches.comparisons) >= 256 {
		clear(r.caches.comparisons)
	}
	r.caches.comparisons[key] = c
	return c
}

const (
	fromBase = 1 << iota
	fromHead
	belowMergeBase
)

// between paints the ancestors of both sides downwards, highest generation first: when a commit's turn
// comes all its descendants have been painted, so its colours are final. Whatever both sides reach and no
// other such commit reaches is a merge base; below it nothing is of interest.
func between(base, head *Commit) comparison {
	colours := map[*Commit]uint8{}
	var queue generationQueue
	interesting := 0 // queued commits that are not below a merge base
	paint := func(c *Commit, colour uint8) {
		before, queued := colours[c]
		after := before | colour
		colours[c] = after
		switch {
		case !queued:
			heap.Push(&queue, c)
			if after&belowMergeBase == 0 {
				interesting++
			}
		case before&belowMergeBase == 0 && after&belowMergeBase != 0:
			interesting--
		}
	}
	paint(base, fromBase)
	paint(head, fromHead)
	var result comparison
	ahead := map[*Commit]bool{}
	for interesting > 0 {
		c := heap.Pop(&queue).(*Commit)
		colour := colours[c]
		if colour&belowMergeBase == 0 {
			interesting--
		}
		switch colour {
		case fromBase:
			result.behind++
		case fromHead:
			ahead[c] = true
		case fromBase | fromHead:
			if result.mergeBase == nil || c.Committer.When.After(result.mergeBase.Committer.When) {
				result.mergeBase = c
			}
			colour |= belowMergeBase
		}
		for _, parent := range c.Parents {
			paint(parent, colour)
		}
	}
	result.ahead = walk([]*Commit{head}, func(c *Commit) bool { return ahead[c] })
	slices.Reverse(result.ahead)
	return result
}

// reaches says whether ancestor is descendant or one of its ancestors.
func (r *Repository) reaches(descendant, ancestor *Commit) bool {
	seen := map[*Commit]bool{}
	queue := []*Commit{descendant}
	for len(queue) > 0 {
		c := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if c == ancestor {
			return true
		}
		for _, parent := range c.Parents {
			if parent.generation >= ancestor.generation && !seen[parent] {
				seen[parent] = true
				queue = append(queue, parent)
			}
		}
	}
	return false
}

type generationQueue []*Commit

func (q generationQueue) Len() int           { return len(q) }
func (q generationQueue) Less(i, j int) bool { return q[i].generation > q[j].generation }
func (q generationQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *generationQueue) Push(x any)        { *q = append(*q, x.(*Commit)) }
func (q *generationQueue) Pop() any {
	last := len(*q) - 1
	c := (*q)[last]
	*q = (*q)[:last]
	return c
}
