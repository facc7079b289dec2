package github

import (
	"context"
	"time"
)

// conversationReader reads the comments of many objects.
type conversationReader[Node, T any] struct {
	client *Client
	kind   QueryKind
	query  func(ctx context.Context, ids []string, after string) ([]Node, error)
	pageOf func(node any) (commentsPage[T], bool)
}

func (r conversationReader[Node, T]) read(ctx context.Context, refs []ConversationRef) ([]Comments[T], error) {
	return batch[ConversationRef, Comments[T]]{
		client:  r.client,
		kind:    string(r.kind),
		maxSize: maxBatch,
		ask:     r.ask,
		absent:  func(a Absence) Comments[T] { return Comments[T]{Absence: a} },
	}.read(ctx, refs)
}

func (r conversationReader[Node, T]) ask(ctx context.Context, refs []ConversationRef) ([]Comments[T], error) {
	began := r.client.host.now()
	ids := make([]string, len(refs))
	for i, ref := range refs {
		ids[i] = ref.NodeID
	}
	nodes, err := r.query(ctx, ids, "")
	missing, err := absencesAnywhere(err, len(ids))
	if err != nil {
		return nil, err
	}
	read := make([]Comments[T], len(refs))
	var doubtful []int
	for i := range refs {
		page, ok := r.pageOf(nodeAt(nodes, i))
		read[i].Absence = missing.of(i, ok)
		if read[i].Unavailable != "" {
			continue
		}
		err := r.complete(ctx, ids[i], page, began, &read[i])
		if concernsObject(err) {
			read[i], err = Comments[T]{Absence: Absence{Unavailable: absenceFor(err).Unavailable}}, nil
		}
		if err != nil {
			return nil, err
		}
		if read[i].Short || read[i].Page.Total < refs[i].Count {
			doubtful = append(doubtful, i)
		}
	}
	return read, r.askAgain(ctx, refs, doubtful, read)
}

// askAgain asks for objects once more that GitHub showed less of than there is, together with fewer others.
func (r conversationReader[Node, T]) askAgain(ctx context.Context, refs []ConversationRef, doubtful []int, read []Comments[T]) error {
	parts := [][]int{doubtful}
	switch {
	case len(refs) == 1 || len(doubtful) == 0:
		return nil
	case len(doubtful) == len(refs):
		half := len(doubtful) / 2
		parts = [][]int{doubtful[:half], doubtful[half:]}
	}
	for _, part := range parts {
		again := make([]ConversationRef, len(part))
		for n, i := range part {
			again[n] = refs[i]
		}
		answers, err := r.ask(ctx, again)
		if err != nil {
			return err
		}
		for n, i := range part {
			read[i] = answers[n]
		}
	}
	return nil
}

// complete adds a page of comments and all pages after it.
func (r conversationReader[Node, T]) complete(ctx context.Context, id string, page commentsPage[T], began time.Time, into *Comments[T]) error {
	host := r.client.host
	into.Page = Page[*T]{ReadAt: host.atGitHub(began), Size: perPage}
	visited, shown := visitedCursors{}, 0
	for {
		if len(page.rows) > perPage {
			return r.client.graphQLError(BadResponse, errTooManyRows.Error())
		}
		shown += addRows(&into.Page, page.rows, host.latestPossible(began))
		into.Page.Total, into.Short = page.total, shown < page.total
		if !page.more {
			return nil
		}
		if visited.repeats(page.next) {
			return r.client.graphQLError(BadResponse, "the comments of a conversation never end")
		}
		nodes, err := r.query(ctx, []string{id}, page.next)
		if err := wholeAnswer(into.skipMalformed(err)); err != nil {
			return err
		}
		var ok bool
		if page, ok = r.pageOf(nodeAt(nodes, 0)); !ok {
			return r.client.graphQLError(BadResponse, "a conversation vanished between two pages")
		}
	}
}
