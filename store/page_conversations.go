package store

import (
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
