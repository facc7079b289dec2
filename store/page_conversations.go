package store

import (
	"crypto/rand"
	"fmt"
	"slices"

	"tributary/models"
)

// GitHub lists the conversations of issues and of pull requests together, and
// what a comment is on is what its number is. Whichever of the two rows arrives
// first, the second corrects it.

// placeComments says of comments on numbers that are stored what those are.
func (p *pageTx) placeComments(comments []models.IssueComment) error {
	numbers := keysOf(comments, func(c models.IssueComment) int { return c.Number })
	if len(numbers) == 0 {
		return nil
	}
	for _, of := range []struct {
		model any
		pull  bool
	}{{&models.Issue{}, false}, {&models.PullRequest{}, true}} {
		var stored []int
		if err := p.tx.Model(of.model).Where("repository_id = ? AND number IN ?", p.repositoryID, numbers).Pluck("number", &stored).Error; err != nil {
			return fmt.Errorf("what comments are on: %w", err)
		}
		for i, c := range comments {
			if slices.Contains(stored, c.Number) {
				comments[i].OnPullRequest = of.pull
			}
		}
	}
	return nil
}

// correctComments corrects comments that are stored already, once it is known
// what their numbers are.
func (p *pageTx) correctComments(numbers []int, pull bool) error {
	for some := range slices.Chunk(numbers, rowsPerStatement) {
		err := p.tx.Model(&models.IssueComment{}).Where("repository_id = ? AND number IN ?", p.repositoryID, some).
			Where("on_pull_request <> ?", pull).UpdateColumn("on_pull_request", pull).Error
		if err != nil {
			return fmt.Errorf("what comments are on: %w", err)
		}
	}
	return nil
}

// noticeLate takes back what the comments of a repository are complete through, once issues
// or pull requests are stored that were updated before and have more comments than are
// stored. An issue that was transferred brings old comments, and the pass that was to look
// for them ended while nobody could read or wanted its table. The next one looks for them
// from there on. An open pass began without knowing it.
func (p *pageTx) noticeLate(table string, numbers []int) error {
	var comments []models.Stream
	err := p.tx.Select("watermark", "complete_from").Where("repository_id = ? AND kind = ?", p.repositoryID, models.StreamIssueComments).
		Where("watermark IS NOT NULL AND complete_through IS NOT NULL").Find(&comments).Error
	if err != nil || len(comments) == 0 || len(numbers) == 0 {
		return err
	}
	at := comments[0].Checkpoint
	late := p.tx.Table(table).Where(rowsByKey(p.repositoryID, "number", numbers)).
		Where("deleted_at IS NULL AND updated_at < ? AND "+hasMoreComments(table), instant(*at.Watermark))
	if at.CompleteFrom != nil {
		late = late.Where("updated_at >= ?", instant(*at.CompleteFrom))
	}
	var first []models.Issue // or a pull request
	if err := late.Select("updated_at").Order("updated_at").Limit(1).Find(&first).Error; err != nil || len(first) == 0 {
		return err
	}
	oldest := instant(first[0].UpdatedAt)
	return p.tx.Model(&models.Stream{}).Where("repository_id = ? AND kind = ? AND complete_through > ?", p.repositoryID, models.StreamIssueComments, oldest).
		Updates(map[string]any{"complete_through": oldest, "seen": uncovered, "cursor": "", "fence": rand.Text()}).Error
}

// hasMoreComments holds for rows of issues or pull requests that have more comments than
// are stored.
func hasMoreComments(table string) string {
	return table + `.comments_count > (SELECT count(*) FROM issue_comments AS comment
		WHERE comment.repository_id = ` + table + `.repository_id AND comment.number = ` + table + `.number AND comment.deleted_at IS NULL)`
}
