package store

import (
	"fmt"
	"slices"

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
	for _, d := range detailed {
		if err := p.saveEventsState(d); err != nil {
			return err
		}
	}
	return nil
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
		if err := softDeleteUnnamed(p, &models.IssueEvent{}, "node_id", named, "number IN ?", some); err != nil {
			return err
		}
	}
	return nil
}

// softDeleteUnnamed puts a tombstone on those of some rows that a complete answer of
// GitHub no longer names.
func softDeleteUnnamed[K comparable](p *pageTx, model any, key string, named map[K]bool, which string, values ...any) error {
	var stored []K
	err := p.tx.Model(model).Where("repository_id = ? AND deleted_at IS NULL", p.repositoryID).Where(which, values...).Pluck(key, &stored).Error
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

// saveEventsState records how far the events are of the issue as it was then. Those
// that were told too soon stay pending.
func (p *pageTx) saveEventsState(d models.DetailedIssue) error {
	table := p.tx.Model(&models.Issue{})
	if d.OnPullRequest {
		table = p.tx.Model(&models.PullRequest{})
	}
	columns := map[string]any{"events_state": d.State, "events_reason": d.Reason, "events_tries": d.Tries.Tries, "events_retry_at": d.Tries.RetryAt}
	if d.Again {
		columns["events_state"] = models.DetailsPending
	}
	err := table.Where("repository_id = ? AND number = ? AND updated_at <= ?", p.repositoryID, d.Number, d.UpdatedAt).UpdateColumns(columns).Error
	if err != nil {
		return fmt.Errorf("events of number %d: %w", d.Number, err)
	}
	return nil
}
