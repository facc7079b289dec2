package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"tributary/models"
)

// A label is its id. To rename or to delete one moves no time of an issue, so
// what is learned of it from one row is written on all that carry it.

// Labels returns the labels of a repository that are alive, by id.
func (s *Store) Labels(ctx context.Context, repositoryID int64) ([]models.Label, error) {
	var labels []models.Label
	err := s.read(ctx).Where("repository_id = ? AND deleted_at IS NULL", repositoryID).Order("id").Find(&labels).Error
	return labels, err
}

func labelID(l models.Label) int64 { return l.ID }

// saveLabels stores the labels of a page, lets the rows of the page call them as
// they are called by now, and those that are stored already, too.
func (p *pageTx) saveLabels(page *models.Page) error {
	seen := newest(page.Labels, labelID, lastWins)
	if len(seen) == 0 {
		return nil
	}
	var stored []models.Label
	if err := p.tx.Where("repository_id = ? AND id IN ?", p.repositoryID, keysOf(seen, labelID)).Find(&stored).Error; err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	for _, now := range seen {
		now.RepositoryID, now.ReadAt = p.repositoryID, p.readAt
		i := slices.IndexFunc(stored, func(l models.Label) bool { return l.ID == now.ID })
		if i < 0 {
			if err := p.tx.Create(&now).Error; err != nil {
				return fmt.Errorf("label %q: %w", now.Name, err)
			}
			if err := askEvents(p.tx, now, now); err != nil {
				return err
			}
			continue
		}
		if err := p.reconcileLabel(page, stored[i], now); err != nil {
			return fmt.Errorf("label %q: %w", now.Name, err)
		}
	}
	return nil
}

// reconcileLabel compares what is known of a label with what a page says. The newer
// of the two is true.
func (p *pageTx) reconcileLabel(page *models.Page, stored, now models.Label) error {
	gone := stored.DeletedAt != nil && !stored.DeletedAt.Before(now.ReadAt)
	switch {
	case gone, stored.ReadAt.After(now.ReadAt):
		relabelPage(page, stored, gone)
		return nil
	case stored.DeletedAt == nil && sameLabel(stored, now):
		return nil
	}
	return relabel(p.tx, stored, now)
}

// reconcileLabels compares the names that events give labels with what is known,
// as reconcileLabel does.
func (p *pageTx) reconcileLabels(events []models.IssueEvent) error {
	named := map[string]string{}
	for _, e := range events {
		named[e.LabelNodeID] = e.Subject
	}
	delete(named, "")
	for some := range slices.Chunk(slices.Collect(maps.Keys(named)), rowsPerStatement) {
		var labels []models.Label
		err := p.tx.Where("node_id IN ? AND deleted_at IS NULL", some).Find(&labels).Error
		if err != nil {
			return fmt.Errorf("labels of events: %w", err)
		}
		for _, stored := range labels {
			now := stored
			if now.Name = named[stored.NodeID]; now.Name == stored.Name {
				continue
			}
			switch now.ReadAt = p.readAt; {
			case stored.ReadAt.After(p.readAt):
				renameIn(events, stored)
			case stored.RepositoryID == p.repositoryID: // else it is not locked
				if err := relabel(p.tx, stored, now); err != nil {
					return fmt.Errorf("label %q: %w", now.Name, err)
				}
			}
		}
	}
	return nil
}

func renameIn(events []models.IssueEvent, label models.Label) {
	for i := range events {
		if events[i].LabelNodeID == label.NodeID {
			events[i].Subject = label.Name
		}
	}
}

func sameLabel(a, b models.Label) bool {
	return a.Name == b.Name && a.Color == b.Color && a.Description == b.Description
}

func relabelPage(page *models.Page, label models.Label, gone bool) {
	for i := range page.PullRequests {
		nameLabel(&page.PullRequests[i].LabelIDs, &page.PullRequests[i].Labels, label, gone)
	}
	for i := range page.Issues {
		nameLabel(&page.Issues[i].LabelIDs, &page.Issues[i].Labels, label, gone)
	}
}

// nameLabel gives one of the labels of a row the name it has, or takes it away.
func nameLabel(ids *[]int64, names *[]string, label models.Label, gone bool) (changed bool) {
	i := slices.Index(*ids, label.ID)
	switch {
	case i < 0:
		return false
	case gone:
		*ids, *names = slices.Delete(*ids, i, i+1), slices.Delete(*names, i, i+1)
		return true
	}
	changed = (*names)[i] != label.Name
	(*names)[i] = label.Name
	return changed
}

// relabel makes a stored label what it is now, on every row of its repository,
// which is locked.
func relabel(tx *gorm.DB, stored, now models.Label) error {
	if err := tx.Save(&now).Error; err != nil || stored.Name == now.Name && now.DeletedAt == nil {
		return err
	}
	if err := nameStored[models.PullRequest](tx, now, func(p *models.PullRequest) (*[]int64, *[]string) { return &p.LabelIDs, &p.Labels }); err != nil {
		return err
	}
	if err := nameStored[models.Issue](tx, now, func(i *models.Issue) (*[]int64, *[]string) { return &i.LabelIDs, &i.Labels }); err != nil {
		return err
	}
	return askEvents(tx, stored, now)
}

// nameStored does what nameLabel does, for the rows of one table.
func nameStored[T any](tx *gorm.DB, label models.Label, lists func(*T) (ids *[]int64, names *[]string)) error {
	var rows []T
	err := tx.Select("repository_id", "number", "labels", "label_ids").Where("repository_id = ?", label.RepositoryID).
		Where("CAST(label_ids AS text) LIKE ?", "%"+strconv.FormatInt(label.ID, 10)+"%").Find(&rows).Error
	if err != nil {
		return err
	}
	for i := range rows {
		ids, names := lists(&rows[i])
		if !nameLabel(ids, names, label, label.DeletedAt != nil) {
			continue
		}
		if err := tx.Model(&rows[i]).Select("labels", "label_ids").UpdateColumns(&rows[i]).Error; err != nil {
			return err
		}
	}
	return nil
}

// askEvents lets the events be read once more that name a label as it was: GitHub
// tells them with the name that it has now. Those that were read before the label
// was ever listed, or have left with an issue, may name it in another way still.
func askEvents(tx *gorm.DB, stored, now models.Label) error {
	outdated := []*gorm.DB{tx.Where("label_node_id <> '' AND label_node_id = ? AND subject <> ?", now.NodeID, now.Name)}
	if stored.Name != now.Name || now.DeletedAt != nil {
		outdated = append(outdated, tx.Where("repository_id = ? AND event IN ? AND subject = ?", now.RepositoryID, []string{"labeled", "unlabeled"}, stored.Name))
	}
	for _, which := range outdated {
		for _, of := range []any{&models.PullRequest{}, &models.Issue{}} {
			err := tx.Model(of).Where("(repository_id, number) IN (?)", tx.Model(&models.IssueEvent{}).Select("repository_id", "number").Where(which)).
				UpdateColumn("events_state", models.DetailsPending).Error
			if err != nil {
				return fmt.Errorf("events that name a label: %w", err)
			}
		}
	}
	return nil
}

// mendLabel stores what a verification has learned of a label.
// FollowLabels stores labels of a repository as GitHub has them now, or with a
// tombstone.
func (s *Store) FollowLabels(ctx context.Context, repositoryID int64, labels []models.Label) error {
	clean(&labels) // their names are compared
	return s.write(ctx, func(tx *gorm.DB) error {
		var repository models.Repository
		if err := locked(tx).Where("id = ?", repositoryID).Take(&repository).Error; err != nil {
			return notFound(err)
		}
		r := repairTx{tx: tx, repositoryID: repositoryID}
		for _, label := range labels {
			if err := r.mendLabel(label); err != nil {
				return fmt.Errorf("label %q: %w", label.Name, err)
			}
		}
		return nil
	})
}

func (r *repairTx) mendLabel(now models.Label) error {
	now.RepositoryID = r.repositoryID
	var stored models.Label
	err := r.tx.Where("repository_id = ? AND id = ?", now.RepositoryID, now.ID).Take(&stored).Error
	if err != nil || stored.ReadAt.After(now.ReadAt) {
		return unlessNotFound(err)
	}
	return relabel(r.tx, stored, now)
}
