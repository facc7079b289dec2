package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// An account is its id. GitHub gives some several logins: people rename
// themselves, Copilot has another one in each list, and the address of a commit
// has the one of then. What the row in accounts says is what all rows say.

// replaces reports whether what GitHub calls an account now becomes its name.
func replaces(stored, seen models.Account, readAt time.Time) bool {
	switch {
	case seen.Login == "": // GitHub knows its id only
		return false
	case seen.NodeID == "": // only the address of a commit says so
		return stored.Login == ""
	case stored.NodeID == "":
		return true
	case isBot(stored.Login) != isBot(seen.Login): // Copilot is copilot-pull-request-reviewer[bot]
		return isBot(seen.Login)
	}
	return stored.NamedAt == nil || !readAt.Before(*stored.NamedAt)
}

func isBot(login string) bool { return strings.HasSuffix(login, "[bot]") }

// actsAsBot is botSQL of an account.
func actsAsBot(a models.Account) bool { return a.Type == models.Bot || isBot(a.Login) }

func alike(a, b models.Account) bool {
	return a.Login == b.Login && a.NodeID == b.NodeID && a.Type == b.Type
}

// nameAccounts finds what the accounts of a page are called, and lets its rows
// call them so.
func (p *pageTx) nameAccounts(page *models.Page) error {
	p.stored, p.named = map[int64]models.Account{}, map[int64]models.Account{}
	// What says least comes first, because of two that say as much the last counts.
	slices.SortFunc(page.Accounts, func(a, b models.Account) int {
		return cmp.Or(cmp.Compare(min(len(a.NodeID), 1), min(len(b.NodeID), 1)), cmp.Compare(a.Login, b.Login))
	})
	if len(page.Accounts) == 0 {
		return nil
	}
	var stored []models.Account
	if err := p.tx.Where("id IN ?", keysOf(page.Accounts, accountID)).Find(&stored).Error; err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	for _, a := range stored {
		p.stored[a.ID] = a
	}
	p.named = renamed(p.stored, page.Accounts, p.readAt)
	for _, records := range []iter.Seq[models.Record]{page.Listed(), page.Filled()} {
		for record := range records {
			record.EachAccount(p.name)
		}
	}
	return nil
}

// name lets a row call an account as it is called.
func (p *pageTx) name(login *string, id **int64) {
	if *id == nil {
		return
	}
	if a, named := p.named[**id]; named {
		*login = a.Login
	}
}

func accountID(a models.Account) int64 { return a.ID }

// renamed is what accounts are called after they were seen.
func renamed(stored map[int64]models.Account, seen []models.Account, readAt time.Time) map[int64]models.Account {
	named := map[int64]models.Account{}
	for _, a := range seen {
		old, known := named[a.ID]
		if !known {
			old, known = stored[a.ID]
		}
		if known && !replaces(old, a, readAt) {
			a = old
		}
		named[a.ID] = a
	}
	return named
}

// saveAccounts stores the accounts that are new or called otherwise by now. The
// others are not even locked: the same few people are on nearly every page of
// every repository.
func (p *pageTx) saveAccounts(seen []models.Account) error {
	var changed []models.Account
	for id, a := range p.named {
		if old, known := p.stored[id]; !known || !alike(old, a) {
			changed = append(changed, a)
		}
	}
	changed = newest(changed, accountID, lastWins)
	fresh, err := insertNew(p.tx, changed, "id")
	p.counts[models.TableAccounts] += fresh
	if err != nil || fresh == int64(len(changed)) {
		return err
	}
	var known []models.Account
	if err := locked(p.tx).Where("id IN ?", keysOf(changed, accountID)).Order("id").Find(&known).Error; err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	for _, a := range known {
		if err := p.renameAccount(a, seen); err != nil {
			return fmt.Errorf("account %d: %w", a.ID, err)
		}
	}
	return nil
}

// renameAccount decides once more, now that nobody else can: another page may
// have named the account meanwhile.
func (p *pageTx) renameAccount(stored models.Account, seen []models.Account) error {
	now := renamed(map[int64]models.Account{stored.ID: stored}, accountsWith(seen, stored.ID), p.readAt)[stored.ID]
	if now.NamedAt = stored.NamedAt; now.Login != stored.Login || now.Login != p.named[now.ID].Login || actsAsBot(now) != actsAsBot(stored) {
		now.NamedAt = &p.readAt // rows have another name, or facts another author
	}
	if alike(now, stored) && now.NamedAt == stored.NamedAt {
		return nil
	}
	p.counts[models.TableAccounts]++
	return p.tx.Save(&now).Error
}

func accountsWith(accounts []models.Account, id int64) []models.Account {
	return slices.DeleteFunc(slices.Clone(accounts), func(a models.Account) bool { return a.ID != id })
}

// pageTravelTime is longer than a page is under way from GitHub into the database.
// For so long rows may still arrive under a name that an account had.
const pageTravelTime = 10 * time.Minute

// CorrectNames lets the rows of an organization call accounts as they are called
// now, and facts follow, where one was renamed since this was done last. For one that is gone it
// does nothing.
func (s *Store) CorrectNames(ctx context.Context, organizationID int64) error {
	var o models.Organization
	err := s.read(ctx).Where("id = ?", organizationID).
		Where("EXISTS (SELECT 1 FROM accounts WHERE named_at > coalesce(organizations.names_at, ?))", time.Time{}).Take(&o).Error
	if err != nil {
		return unlessNotFound(err)
	}
	since := time.Time{}
	if o.NamesAt != nil {
		since = *o.NamesAt
	}
	var repositories []int64
	if err := s.read(ctx).Model(&models.Repository{}).Where("organization_id = ?", o.ID).Order("id").Pluck("id", &repositories).Error; err != nil {
		return err
	}
	for _, id := range repositories {
		if err := s.write(ctx, func(tx *gorm.DB) error { return correctNames(tx, id, since) }); err != nil {
			return fmt.Errorf("names in repository %d: %w", id, err)
		}
	}
	// When the sync began, by GitHub's clock, which says when accounts were renamed.
	var probed models.Repository
	if err := s.read(ctx).Where("organization_id = ?", o.ID).Order("probed_at DESC").Take(&probed).Error; err != nil {
		return unlessNotFound(err)
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&o).UpdateColumn("names_at", probed.ProbedAt.Add(-pageTravelTime)).Error
	})
}

func unlessNotFound(err error) error {
	if notFound(err) == ErrNotFound {
		return nil
	}
	return err
}

// correctNames corrects the rows of one repository. While it is locked no page of
// it is stored.
func correctNames(tx *gorm.DB, repositoryID int64, since time.Time) error {
	if err := locked(tx).Where("id = ?", repositoryID).Take(&models.Repository{}).Error; err != nil {
		return unlessNotFound(err)
	}
	for _, table := range models.Tables() {
		for _, login := range table.Logins {
			id := table.IDOf(login)
			name := "(SELECT login FROM accounts WHERE accounts.id = " + table.Name + "." + id + ")"
			err := tx.Exec("UPDATE "+table.Name+" SET "+login+" = "+name+" WHERE repository_id = ? AND "+
				id+" IN (SELECT id FROM accounts WHERE named_at > ?) AND "+login+" <> "+name, repositoryID, since).Error
			if err != nil {
				return fmt.Errorf("%s.%s: %w", table.Name, login, err)
			}
		}
	}
	if err := correctAssignees(tx, repositoryID, since); err != nil {
		return err
	}
	return correctFacts(tx, repositoryID, since)
}

// correctAssignees does the same for the lists of those who are responsible.
func correctAssignees(tx *gorm.DB, repositoryID int64, since time.Time) error {
	var named []models.Account
	if err := tx.Where("named_at > ?", since).Find(&named).Error; err != nil {
		return err
	}
	names := map[int64]string{}
	for _, a := range named {
		names[a.ID] = a.Login
	}
	var issues []models.Issue
	err := tx.Select("repository_id", "number", "assignees", "assignee_ids").Where("repository_id = ?", repositoryID).Find(&issues).Error
	if err != nil {
		return err
	}
	for _, issue := range issues {
		if renameListed(issue.AssigneeIDs, issue.Assignees, names) {
			if err := tx.Model(&issue).Select("assignees").UpdateColumns(&issue).Error; err != nil {
				return err
			}
		}
	}
	return nil
}

// renameListed gives the ones with these ids the names they have now.
func renameListed(ids []int64, names []string, now map[int64]string) (changed bool) {
	for i, id := range ids {
		if name, known := now[id]; known && names[i] != name {
			names[i], changed = name, true
		}
	}
	return changed
}
