package github

import (
	"cmp"
	"context"
	"slices"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// Head is the first page of a list of one repository, in REST's form, so that it makes the same rows.
type Head[T any] struct {
	Absence

	// Page has the exact number of rows of the whole list as Total, and no Next. It may have room for more rows than
	// were asked for.
	Page Page[*T]
	// More means that the list goes on after the page.
	More bool
	// Short means that the page lacks rows which GitHub counts, or whose labels or assignees it does not all show.
	Short bool
	// HasLabels means that rows have labels. GraphQL does not tell their ids, only their node ids.
	HasLabels bool
}

// Whole reports that the page is the whole list. Rows that cannot be read are in Page.Malformed.
func (h Head[T]) Whole() bool { return h.Unavailable == "" && !h.More && !h.Short }

// HeadRef names what has the list: a repository, or the commit that a history begins with.
type HeadRef struct {
	NodeID string
	First  int // rows to ask for, 1 to 100
}

// What one query for heads asks for at most. Each row has lists of its own, and GitHub spends ten seconds on a query.
const (
	maxHeads    = 50
	maxHeadRows = 500
)

// headReader reads the heads of a list of many repositories.
type headReader[Node, T any] struct {
	client *Client
	kind   QueryKind
	heads  int // that one query asks for at most
	rows   int // that these have together at most
	query  func(ctx context.Context, ids []string, first int) ([]Node, error)
	pageOf func(node any) (headPage[T], bool)
}

// headPage is what an answer has of one repository.
type headPage[T any] struct {
	total int
	more  bool
	rows  []headRow[T]
}

// headRow is a row without its labels, which lack what makes labels of REST valid. The row is nil where GitHub shows
// nothing, or less than REST.
type headRow[T any] struct {
	row    *T
	labels []*gh.Label
}

func (r headReader[Node, T]) read(ctx context.Context, refs []HeadRef) ([]Head[T], error) {
	return batch[HeadRef, Head[T]]{
		client:  r.client,
		kind:    string(r.kind),
		maxSize: r.heads,
		ask:     r.ask,
		absent:  func(a Absence) Head[T] { return Head[T]{Absence: a} },
	}.read(ctx, refs)
}

// ask groups repositories of which about as much is asked for, because a query has one size for all.
func (r headReader[Node, T]) ask(ctx context.Context, refs []HeadRef) ([]Head[T], error) {
	order := make([]int, len(refs))
	for i := range refs {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(refs[b].First, refs[a].First) })
	read := make([]Head[T], len(refs))
	for len(order) > 0 {
		n := r.groupSize(refs, order)
		group := make([]HeadRef, n)
		for g, i := range order[:n] {
			group[g] = refs[i]
		}
		heads, err := r.askGroup(ctx, group)
		if err != nil {
			return nil, err
		}
		for g, i := range order[:n] {
			read[i] = heads[g]
		}
		order = order[n:]
	}
	return read, nil
}

// groupSize is how many of the repositories, in an order by falling First, one query asks for.
func (r headReader[Node, T]) groupSize(refs []HeadRef, order []int) int {
	first := headRows(refs[order[0]])
	n := 1
	for n < min(len(order), r.heads) && (n+1)*first <= r.rows && 2*headRows(refs[order[n]]) >= first {
		n++
	}
	return n
}

func headRows(ref HeadRef) int { return min(max(ref.First, 1), perPage) }

func (r headReader[Node, T]) askGroup(ctx context.Context, refs []HeadRef) ([]Head[T], error) {
	began, first := r.client.host.now(), 1
	ids := make([]string, len(refs))
	for i, ref := range refs {
		ids[i], first = ref.NodeID, max(first, headRows(ref))
	}
	nodes, err := r.query(ctx, ids, first)
	missing, err := absencesAnywhere(err, len(ids))
	if err != nil {
		return nil, err
	}
	read := make([]Head[T], len(refs))
	for i := range refs {
		page, ok := r.pageOf(nodeAt(nodes, i))
		absence := missing.of(i, ok)
		if absence.Unavailable == "" {
			if len(page.rows) > first {
				return nil, r.client.graphQLError(BadResponse, errTooManyRows.Error())
			}
			read[i] = r.headOf(page, first, began)
		}
		read[i].Absence = absence
	}
	return read, nil
}

func (r headReader[Node, T]) headOf(page headPage[T], first int, began time.Time) Head[T] {
	host := r.client.host
	head := Head[T]{More: page.more, Page: Page[*T]{Total: page.total, Size: first, ReadAt: host.atGitHub(began)}}
	shown := 0
	for _, r := range page.rows {
		if r.row == nil {
			continue
		}
		shown++
		addRow(&head.Page, r.row, invalidLabelNames(r.labels), host.latestPossible(began))
		setLabels(r.row, r.labels)
		head.HasLabels = head.HasLabels || len(r.labels) > 0
	}
	head.Short = shown < min(page.total, first)
	return head
}

func setLabels(row any, labels []*gh.Label) {
	switch r := row.(type) {
	case *gh.Issue:
		r.Labels = labels
	case *gh.PullRequest:
		r.Labels = labels
	}
}

// invalidLabelNames is invalidLabels for labels without ids.
func invalidLabelNames(labels []*gh.Label) string {
	for _, label := range labels {
		if label.GetNodeID() == "" {
			return "of a label: it has no id"
		}
		if reason := tooLong(label.GetName(), label.GetNodeID()); reason != "" {
			return "of a label: " + reason
		}
	}
	return ""
}

// listedLabels are the labels of a row, unless GitHub shows fewer than it counts.
func listedLabels(listed *labelPage) (labels []*gh.Label, whole bool) {
	if listed == nil {
		return nil, false
	}
	for _, n := range listed.Nodes {
		if n != nil {
			labels = append(labels, &gh.Label{NodeID: &n.Id, Name: &n.Name, Color: &n.Color, Description: &n.Description})
		}
	}
	return labels, len(labels) == listed.TotalCount
}
