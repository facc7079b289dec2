package store

import (
	"fmt"
	"maps"
	"slices"

	"tributary/models"
)

// savePullRequestDetails completes pull requests that are stored, with their
// reviews and commits.
func (p *pageTx) savePullRequestDetails(detailed []models.DetailedPullRequest) error {
	if len(detailed) == 0 {
		return nil
	}
	var known []models.Commit
	var reviews []models.Review
	for _, d := range detailed {
		known = append(known, d.KnownCommits...)
		reviews = append(reviews, d.Reviews...)
	}
	if err := p.saveKnownCommits(known); err != nil {
		return err
	}
	if err := p.completePullRequests(detailed); err != nil {
		return err
	}
	if err := p.replacePullRequestCommits(detailed); err != nil {
		return err
	}
	if err := p.softDeleteReviews(detailed, reviews); err != nil {
		return err
	}
	return p.saveReviews(reviews)
}

// softDeleteReviews puts a tombstone on reviews that the details no longer name.
func (p *pageTx) softDeleteReviews(detailed []models.DetailedPullRequest, reviews []models.Review) error {
	var told []int
	for _, d := range detailed {
		if d.Details.DetailsState == models.DetailsDone {
			told = append(told, d.Number)
		}
	}
	named := make(map[int64]bool, len(reviews))
	for _, r := range reviews {
		named[r.ID] = true
	}
	for some := range slices.Chunk(told, rowsPerStatement) {
		if err := softDeleteUnnamed(p, &models.Review{}, "id", named, rowsByKey(p.repositoryID, "number", some)); err != nil {
			return err
		}
	}
	return nil
}

// noticeLateReviews asks once more for the details of pull requests in which a
// new comment belongs to a review that nobody has told us of: a review moves no
// time that the change probe sees.
func (p *pageTx) noticeLateReviews(comments []models.ReviewComment) error {
	reviews := map[int64]bool{}
	for _, c := range comments {
		if c.ReviewID != nil {
			reviews[*c.ReviewID] = true
		}
	}
	if len(reviews) == 0 {
		return nil
	}
	var known, stored []int64
	err := p.tx.Model(&models.Review{}).Where(rowsByKey(p.repositoryID, "id", slices.Collect(maps.Keys(reviews)))).Pluck("id", &known).Error
	if err != nil || len(known) == len(reviews) {
		return err
	}
	ids := keysOf(comments, func(c models.ReviewComment) int64 { return c.ID })
	if err := p.tx.Model(&models.ReviewComment{}).Where(rowsByKey(p.repositoryID, "id", ids)).Pluck("id", &stored).Error; err != nil {
		return err
	}
	var late []int
	for _, c := range comments {
		if c.ReviewID != nil && !slices.Contains(known, *c.ReviewID) && !slices.Contains(stored, c.ID) {
			late = append(late, c.Number)
		}
	}
	return p.tx.Model(&models.PullRequest{}).Where("repository_id = ? AND number IN ?", p.repositoryID, late).
		UpdateColumn("details_state", models.DetailsPending).Error
}

// completePullRequests stores the details. A pull request that was, or may have
// been, updated after GitHub told them stays pending.
func (p *pageTx) completePullRequests(detailed []models.DetailedPullRequest) error {
	byNumber := make(map[int]models.DetailedPullRequest, len(detailed))
	for _, d := range detailed {
		byNumber[d.Number] = d
	}
	var stored, rows []models.PullRequest
	err := p.tx.Select("number", "updated_at", "details_state", "details_reason", "changed_files").
		Where(rowsByKey(p.repositoryID, "number", slices.Collect(maps.Keys(byNumber)))).
		Order("number").Find(&stored).Error
	if err != nil {
		return fmt.Errorf("pull requests to complete: %w", err)
	}
	var untold []models.PullRequest
	for _, pull := range stored {
		d := byNumber[pull.Number]
		row := models.PullRequest{RepositoryID: p.repositoryID, Number: pull.Number, Labels: []string{}, LabelIDs: []int64{}, PullRequestDetails: d.Details}
		if d.Again || pull.UpdatedAt.After(d.UpdatedAt) {
			row.DetailsState = models.DetailsPending
		}
		if neverHadDetails(pull) && d.Details.DetailsState != models.DetailsPending {
			p.grow(models.StreamPullRequestDetails, 1)
		}
		if d.Details.DetailsState == models.DetailsUnavailable {
			untold = append(untold, row)
		} else {
			rows = append(rows, row)
		}
	}
	details, err := tableOf[models.PullRequestDetails](p.tx)
	if err != nil {
		return err
	}
	key := []string{"repository_id", "number"}
	if _, err := upsert(p.tx, rows, key, incoming(details.DBNames...)); err != nil {
		return err
	}
	// What was told before is still the best that is known.
	_, err = upsert(p.tx, untold, key, incoming("details_state", "details_reason", "details_tries", "details_retry_at"))
	if err != nil {
		return err
	}
	return p.noticeLate("pull_requests", keysOf(rows, func(r models.PullRequest) int { return r.Number }))
}

// neverHadDetails reports whether a pull request never had details. One that was
// updated is pending again but still has its old ones.
func neverHadDetails(pull models.PullRequest) bool {
	return pull.DetailsState == models.DetailsPending && pull.ChangedFiles == nil && pull.DetailsReason == ""
}

// replacePullRequestCommits makes the commits of each pull request those that
// its details name, writing differences only. Details that GitHub could not
// tell name none, which proves nothing.
func (p *pageTx) replacePullRequestCommits(detailed []models.DetailedPullRequest) error {
	want := map[int]map[string]models.PullRequestCommit{}
	var rows []models.PullRequestCommit
	for _, d := range detailed {
		if d.Details.DetailsState != models.DetailsDone {
			continue
		}
		want[d.Number] = map[string]models.PullRequestCommit{}
		for _, c := range d.Commits {
			want[d.Number][c.SHA] = c
		}
	}
	for _, number := range slices.Sorted(maps.Keys(want)) {
		rows = append(rows, newest(slices.Collect(maps.Values(want[number])),
			func(c models.PullRequestCommit) string { return c.SHA }, lastWins)...)
	}

	var stored []models.PullRequestCommit
	err := p.tx.Where("repository_id = ? AND number IN ?", p.repositoryID, slices.Collect(maps.Keys(want))).Find(&stored).Error
	if err != nil {
		return fmt.Errorf("commits of pull requests: %w", err)
	}
	dropped := map[int][]string{}
	for _, c := range stored {
		if _, stays := want[c.Number][c.SHA]; !stays {
			dropped[c.Number] = append(dropped[c.Number], c.SHA)
		}
	}
	if _, err := upsert(p.tx, rows, []string{"repository_id", "number", "sha"}, incoming("position")); err != nil {
		return err
	}
	return p.dropPullRequestCommits(dropped)
}

// dropPullRequestCommits comes after all additions: a commit may have moved to
// another pull request of the page.
func (p *pageTx) dropPullRequestCommits(dropped map[int][]string) error {
	var orphans []string
	for number, shas := range dropped {
		for some := range slices.Chunk(shas, rowsPerStatement) {
			err := p.tx.Where("repository_id = ? AND number = ? AND sha IN ?", p.repositoryID, number, some).
				Delete(&models.PullRequestCommit{}).Error
			if err != nil {
				return fmt.Errorf("commits of pull request %d: %w", number, err)
			}
		}
		orphans = append(orphans, shas...)
	}
	for some := range slices.Chunk(orphans, rowsPerStatement) {
		if err := p.softDeleteUnheld("sha IN ?", some); err != nil {
			return err
		}
	}
	return nil
}
