package store

import (
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"tributary/models"
)

func commitSHA(c models.Commit) string { return c.SHA }

// lastWins gives all rows one age: of two equal keys the last counts.
func lastWins[T any](T) time.Time { return time.Time{} }

// saveListedCommits stores commits as listed, and completes those of which the page has
// the details. The stream grows by those that were not on the default branch before, even
// when a pull request has brought them earlier.
func (p *pageTx) saveListedCommits(commits []models.Commit, detailed []models.DetailedCommit) error {
	allComplete := complete(commits, detailed)
	commits = newest(commits, commitSHA, lastWins)
	fresh, err := insertNew(p.tx, commits, commitKey...)
	if err != nil {
		return err
	}
	p.counts["commits"] += fresh
	p.grow(models.StreamCommits, fresh)
	if allComplete {
		if err := p.growDetails(fresh); err != nil {
			return err
		}
	}
	if fresh < int64(len(commits)) {
		if err := p.listAgain(commits); err != nil {
			return err
		}
	} else if allComplete {
		return nil
	}
	return p.saveCommitDetails(detailed)
}

// complete gives commits the details that are known of all of them, so that new ones are
// written once. Otherwise all begin without.
func complete(commits []models.Commit, detailed []models.DetailedCommit) bool {
	bySHA := make(map[string]models.DetailedCommit, len(detailed))
	for _, d := range detailed {
		if d.Details.DetailsState != models.DetailsPending {
			bySHA[d.SHA] = d
		}
	}
	all := !slices.ContainsFunc(commits, func(c models.Commit) bool { _, known := bySHA[c.SHA]; return !known })
	for i, c := range commits {
		commits[i].CommitDetails = models.CommitDetails{DetailsState: models.DetailsPending}
		if all {
			commits[i].CommitDetails = bySHA[c.SHA].Details
		}
	}
	return all && len(commits) > 0
}

// listAgain applies a list to commits of which some are stored.
func (p *pageTx) listAgain(commits []models.Commit) error {
	if err := p.joinBranch(commits); err != nil {
		return err
	}
	changes := append(incoming(
		"node_id", "message", "parents",
		"author_name", "author_email", "author_login", "author_id", "authored_at",
		"committer_name", "committer_email", "committer_login", "committer_id", "committed_at"),
		change{"on_default_branch", clause.Expr{SQL: "commits.on_default_branch OR excluded.on_default_branch"}},
		change{"reached_from", clause.Expr{SQL: "CASE WHEN excluded.on_default_branch THEN excluded.reached_from ELSE commits.reached_from END"}},
	)
	changed, err := upsert(p.tx, commits, commitKey, append(changes, p.revival("commits")...))
	p.counts["commits"] += changed
	return err
}

// joinBranch counts the commits that are stored and about to join the default
// branch.
func (p *pageTx) joinBranch(commits []models.Commit) error {
	onBranch := slices.DeleteFunc(slices.Clone(commits), func(c models.Commit) bool { return !c.OnDefaultBranch })
	for some := range slices.Chunk(keysOf(onBranch, commitSHA), rowsPerStatement) {
		var joining int64
		err := p.tx.Model(&models.Commit{}).Where(rowsByKey(p.repositoryID, "sha", some)).
			Where("NOT on_default_branch").Count(&joining).Error
		if err != nil {
			return err
		}
		p.grow(models.StreamCommits, joining)
	}
	return nil
}

var commitKey = []string{"repository_id", "sha"}

func (p *pageTx) grow(kind models.StreamKind, rows int64) {
	if p.kind == kind {
		p.grown += rows
	}
}

// growDetails counts commits that are complete. Lists complete some of their own, maybe
// before the stream of details was ever read.
func (p *pageTx) growDetails(rows int64) error {
	if p.grow(models.StreamCommitDetails, rows); p.kind == models.StreamCommitDetails || rows == 0 {
		return nil
	}
	grown := clause.Assignments(map[string]any{"stored": clause.Expr{SQL: "streams.stored + excluded.stored"}})
	return p.tx.Clauses(clause.OnConflict{Columns: columnsNamed([]string{"repository_id", "kind"}), DoUpdates: grown}).
		Create(&models.Stream{RepositoryID: p.repositoryID, Kind: models.StreamCommitDetails, Stored: rows}).Error
}

// saveKnownCommits adds commits that a pull request names. A listing knows more
// of a commit that is stored already, so nothing of it is replaced.
func (p *pageTx) saveKnownCommits(commits []models.Commit) error {
	for i := range commits {
		commits[i].OnDefaultBranch, commits[i].ReachedFrom = false, ""
		commits[i].CommitDetails = models.CommitDetails{DetailsState: models.DetailsPending}
	}
	changed, err := upsert(p.tx, newest(commits, commitSHA, lastWins), commitKey, p.revival("commits"))
	p.counts["commits"] += changed
	return err
}

// leaveBranch takes commits off the default branch: those named, and after a
// walk of the whole history from a head those that it did not reach.
func (p *pageTx) leaveBranch(page models.Page) error {
	for some := range slices.Chunk(page.Unreached, rowsPerStatement) {
		if err := p.leave("sha IN ?", some); err != nil {
			return err
		}
	}
	switch {
	case page.WalkedFrom == "":
		return nil
	case page.WalkedSince != nil:
		return p.leave("reached_from <> ? AND committed_at >= ?", page.WalkedFrom, *page.WalkedSince)
	}
	return p.leave("reached_from <> ?", page.WalkedFrom)
}

func (p *pageTx) leave(which string, values ...any) error {
	left := p.tx.Model(&models.Commit{}).
		Where("repository_id = ? AND on_default_branch", p.repositoryID).Where(which, values...).
		Update("on_default_branch", false)
	if left.Error != nil {
		return fmt.Errorf("commits off the branch: %w", left.Error)
	}
	p.counts["commits"] += left.RowsAffected
	p.grow(models.StreamCommits, -left.RowsAffected)
	return p.softDeleteUnheld(which, values...)
}

// softDeleteUnheld puts a tombstone on commits that neither the default branch nor
// any pull request holds.
func (p *pageTx) softDeleteUnheld(which string, values ...any) error {
	held := p.tx.Model(&models.PullRequestCommit{}).Select("1").
		Where("pull_request_commits.repository_id = commits.repository_id AND pull_request_commits.sha = commits.sha")
	err := p.tx.Model(&models.Commit{}).
		Where("repository_id = ? AND NOT on_default_branch AND deleted_at IS NULL", p.repositoryID).Where(which, values...).
		Where("NOT EXISTS (?)", held).
		Updates(map[string]any{"deleted_at": p.readAt, "deleted_reason": "unreachable"}).Error
	if err != nil {
		return fmt.Errorf("unreachable commits: %w", err)
	}
	return nil
}

// saveCommitDetails completes commits that are stored, maybe with the same page. It counts no commit as
// changed: the summary counts commits, not the halves they arrive in.
func (p *pageTx) saveCommitDetails(detailed []models.DetailedCommit) error {
	bySHA := make(map[string]models.DetailedCommit, len(detailed))
	for _, d := range detailed {
		bySHA[d.SHA] = d
	}
	var stored []models.Commit
	for some := range slices.Chunk(keysOf(detailed, func(d models.DetailedCommit) string { return d.SHA }), rowsPerStatement) {
		var found []models.Commit
		err := p.tx.Select("sha", "details_state").
			Where(rowsByKey(p.repositoryID, "sha", some)).Find(&found).Error
		if err != nil {
			return fmt.Errorf("commits to complete: %w", err)
		}
		stored = append(stored, found...)
	}
	completed := int64(0)
	rows := make([]models.Commit, len(stored))
	for i, c := range stored {
		d := bySHA[c.SHA]
		rows[i] = models.Commit{RepositoryID: p.repositoryID, SHA: c.SHA, Parents: d.Parents, CommitDetails: d.Details}
		if c.DetailsState == models.DetailsPending && d.Details.DetailsState != models.DetailsPending {
			completed++
		}
	}
	if err := p.growDetails(completed); err != nil {
		return err
	}
	changes := incoming("details_state", "details_reason", "details_tries", "details_retry_at")
	for _, told := range []string{"additions", "deletions", "changed_files", "authored_offset", "committed_offset"} { // stays so
		changes = append(changes, change{told, clause.Expr{SQL: "COALESCE(excluded." + told + ", commits." + told + ")"}})
	}
	changes = append(changes, change{"parents", clause.Expr{
		SQL: "CASE WHEN commits.parents = '[]' THEN excluded.parents ELSE commits.parents END"}})
	_, err := upsert(p.tx, newest(rows, commitSHA, lastWins), commitKey, changes)
	return err
}
