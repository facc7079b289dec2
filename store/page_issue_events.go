package store

import (
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"tributary/models"
)

// saveIssueEvents makes the events of each issue and pull request those that
// GitHub names.
func (p *pageTx) saveIssueEvents(detailed []models.DetailedIssue) error {
	var events []models.IssueEvent
	var told []int
	for _, d := range detailed {
		if d.State == models.DetailsDone {
			told = append(told, d.Number)
			events = append(events, d.Events...)
		}
	}
	if err := p.softDeleteEvents(told, events); err != nil {
		return err
	}
	if err := p.reconcileLabels(events); err != nil {
		return err
	}
	if err := p.saveEvents(events); err != nil {
		return err
	}
	onPullRequest := func(d models.DetailedIssue) bool { return d.OnPullRequest }
	onIssue := func(d models.DetailedIssue) bool { return !d.OnPullRequest }
	if err := saveEventsStates(p, slices.DeleteFunc(slices.Clone(detailed), onPullRequest), func(i models.Issue) (int, time.Time) { return i.Number, i.UpdatedAt }); err != nil {
		return err
	}
	return saveEventsStates(p, slices.DeleteFunc(slices.Clone(detailed), onIssue), func(r models.PullRequest) (int, time.Time) { return r.Number, r.UpdatedAt })
}

func eventID(e models.IssueEvent) string { return e.NodeID }

func (p *pageTx) saveEvents(events []models.IssueEvent) error {
	events = newest(events, eventID, lastWins)
	key := []string{"repository_id", "node_id"}
	fresh, err := insertNew(p.tx, events, key...)
	if err != nil {
		return err
	}
	p.counts["issue_events"] += fresh
	p.grow(models.StreamIssueEvents, fresh)
	if fresh == int64(len(events)) {
		return nil
	}
	table, err := tableOf[models.IssueEvent](p.tx)
	if err != nil {
		return err
	}
	own := columns(table, append(key, "label_node_id", "deleted_at", "deleted_reason")...)
	label := change{"label_node_id", clause.Expr{SQL: "CASE excluded.label_node_id WHEN '' THEN issue_events.label_node_id ELSE excluded.label_node_id END"}}
	changed, err := upsert(p.tx, events, key, slices.Concat(incoming(own...), []change{label}, p.revival(table.Table)))
	p.counts["issue_events"] += changed
	return err
}

// softDeleteEvents puts a tombstone on events that GitHub no longer names.
func (p *pageTx) softDeleteEvents(numbers []int, events []models.IssueEvent) error {
	named := make(map[string]bool, len(events))
	for _, e := range events {
		named[e.NodeID] = true
	}
	for some := range slices.Chunk(numbers, rowsPerStatement) {
		if err := softDeleteUnnamed(p, &models.IssueEvent{}, "node_id", named, rowsByKey(p.repositoryID, "number", some)); err != nil {
			return err
		}
	}
	return nil
}

// softDeleteUnnamed puts a tombstone on those of some rows that a complete answer of
// GitHub no longer names.
func softDeleteUnnamed[K comparable](p *pageTx, model any, key string, named map[K]bool, which clause.Expr) error {
	var stored []K
	err := p.tx.Model(model).Where("repository_id = ? AND deleted_at IS NULL", p.repositoryID).Where(which).Pluck(key, &stored).Error
	if err != nil {
		return fmt.Errorf("what GitHub may no longer name: %w", err)
	}
	gone := slices.DeleteFunc(stored, func(k K) bool { return named[k] })
	for some := range slices.Chunk(gone, rowsPerStatement) {
		err := p.tx.Model(model).Where("repository_id = ? AND deleted_at IS NULL", p.repositoryID).Where(key+" IN ?", some).
			Updates(map[string]any{"deleted_at": p.readAt, "deleted_reason": "removed"}).Error
		if err != nil {
			return fmt.Errorf("what GitHub no longer names: %w", err)
		}
	}
	return nil
}

// saveEventsStates records on the rows of one table how far their events are, unless they
// moved meanwhile. Those that were told too soon stay pending. Most rows come to the same
// state, and are changed together.
func saveEventsStates[Row any](p *pageTx, detailed []models.DetailedIssue, of func(Row) (number int, updatedAt time.Time)) error {
	var stored []Row
	numbers := keysOf(detailed, func(d models.DetailedIssue) int { return d.Number })
	for some := range slices.Chunk(numbers, rowsPerStatement) {
		var found []Row
		err := p.tx.Select("number", "updated_at").Where(rowsByKey(p.repositoryID, "number", some)).Find(&found).Error
		if err != nil {
			return fmt.Errorf("whose events were read: %w", err)
		}
		stored = append(stored, found...)
	}
	updatedAt := make(map[int]time.Time, len(stored))
	for _, row := range stored {
		number, at := of(row)
		updatedAt[number] = at
	}
	type state struct {
		state   models.DetailsState
		reason  string
		tries   int
		retryAt time.Time
	}
	reached := map[state][]int{}
	for _, d := range detailed {
		if at, known := updatedAt[d.Number]; !known || at.After(d.UpdatedAt) {
			continue
		}
		s := state{state: d.State, reason: d.Reason, tries: d.Tries.Tries}
		if d.Tries.RetryAt != nil {
			s.retryAt = *d.Tries.RetryAt
		}
		if d.Again {
			s.state = models.DetailsPending
		}
		reached[s] = append(reached[s], d.Number)
	}
	for s, numbers := range reached {
		columns := map[string]any{"events_state": s.state, "events_reason": s.reason, "events_tries": s.tries, "events_retry_at": nil}
		if !s.retryAt.IsZero() {
			columns["events_retry_at"] = s.retryAt
		}
		for some := range slices.Chunk(numbers, rowsPerStatement) {
			err := p.tx.Model(new(Row)).Where(rowsByKey(p.repositoryID, "number", some)).UpdateColumns(columns).Error
			if err != nil {
				return fmt.Errorf("how far events are: %w", err)
			}
		}
	}
	return nil
}
