package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Parents says of the rows that other rows belong to, such as issues of their comments,
// how much there is to ask for.
type Parents struct {
	// AsOf is since when changes may have been missed: the age of the oldest of the lists
	// that brought the rows, or of the probe.
	AsOf  time.Time
	Rows  int // that have something, or may have
	Below int // rows that belong to them, as far as is known
	// Oldest is when the first of the rows began; nil without rows.
	Oldest *time.Time
}

// ConversationParents are the issues and pull requests of a repository, for a first reading
// of their comments. Not ok means that not all of them are stored: a list that is wanted
// was not read to its end, or one is not wanted and the repository has some.
func (s *Store) ConversationParents(ctx context.Context, at Claim) (p Parents, ok bool, err error) {
	lists := []models.StreamKind{models.StreamIssues, models.StreamPullRequests, models.StreamPullRequestDetails}
	err = s.snapshot(ctx, func(tx *gorm.DB) (err error) {
		if p.AsOf, ok, err = wholeLists(tx, at, lists); err != nil || !ok {
			return err
		}
		var count struct{ Parents, Comments int }
		err = tx.Raw(`SELECT count(*) AS parents, coalesce(sum(comments_count), 0) AS comments FROM (
				SELECT comments_count FROM issues WHERE repository_id = @repository AND deleted_at IS NULL AND comments_count > 0
				UNION ALL
				SELECT comments_count FROM pull_requests WHERE repository_id = @repository AND deleted_at IS NULL AND comments_count > 0
			) AS discussed`, map[string]any{"repository": at.Repository.ID}).Scan(&count).Error
		p.Rows, p.Below = count.Parents, count.Comments
		return err
	})
	return p, ok, err
}

// ReviewParents are the reviews of a repository, for a first reading of the comments on
// lines. Oldest is the creation of the first pull request.
func (s *Store) ReviewParents(ctx context.Context, at Claim) (p Parents, ok bool, err error) {
	lists := []models.StreamKind{models.StreamPullRequests, models.StreamPullRequestDetails}
	err = s.snapshot(ctx, func(tx *gorm.DB) (err error) {
		if p.AsOf, ok, err = wholeLists(tx, at, lists); err != nil || !ok {
			return err
		}
		var rows int64
		if err := tx.Model(&models.Review{}).Where("repository_id = ? AND deleted_at IS NULL", at.Repository.ID).Count(&rows).Error; err != nil {
			return err
		}
		p.Rows = int(rows)
		var first []models.PullRequest
		err = tx.Select("created_at").Where("repository_id = ?", at.Repository.ID).Order("created_at").Limit(1).Find(&first).Error
		if len(first) > 0 {
			p.Oldest = &first[0].CreatedAt
		}
		return err
	})
	return p, ok, err
}

// wholeLists reports whether everything that the probe shows of some lists is stored, and
// since when changes may have been missed.
func wholeLists(tx *gorm.DB, at Claim, kinds []models.StreamKind) (asOf time.Time, whole bool, err error) {
	var streams []models.Stream
	if err := tx.Where("repository_id = ? AND kind IN ?", at.Repository.ID, kinds).Find(&streams).Error; err != nil {
		return asOf, false, err
	}
	if at.Repository.PullRequestsOff { // they may come back, with all that belongs to them
		return asOf, false, nil
	}
	asOf = at.Repository.ProbedAt
	for _, kind := range kinds {
		i := slices.IndexFunc(streams, func(s models.Stream) bool { return s.Kind == kind })
		switch {
		case i < 0 && at.Repository.Probe[listOf(kind)].Total == 0:
			continue
		case i < 0, !at.Integration.Services.Wanted(kind):
			return asOf, false, nil
		}
		through := streams[i].Checkpoint.CompleteThrough
		if through == nil || streams[i].Checkpoint.Cursor != "" || streams[i].FailingSince != nil || streams[i].Gap.Code != "" {
			return asOf, false, nil
		}
		if through.Before(asOf) {
			asOf = *through
		}
	}
	return asOf, true, nil
}

// listOf is the list that brings the rows which a stream completes; a list is its own.
func listOf(kind models.StreamKind) models.StreamKind {
	for _, filling := range models.Describe(kind).Fills {
		return filling.Brought[0]
	}
	return kind
}

// Conversation is an issue or a pull request with comments that are not stored.
type Conversation struct {
	Number        int
	NodeID        string
	OnPullRequest bool
	CommentsCount int
}

// UnexplainedConversations returns up to limit issues and pull requests, by
// number and behind one, that were updated since an instant and have more comments
// than are stored. Each table ends its search by itself: comments are counted of no more rows
// than that takes.
func (s *Store) UnexplainedConversations(ctx context.Context, repositoryID int64, since time.Time, after, limit int) (found []Conversation, err error) {
	unexplained := func(table, onPullRequest string) string {
		return "SELECT * FROM (SELECT number, node_id, " + onPullRequest + " AS on_pull_request, comments_count FROM " + table + `
			WHERE repository_id = @repository AND number > @after AND updated_at >= @since AND deleted_at IS NULL AND ` + hasMoreComments(table) + `
			ORDER BY number LIMIT @limit) AS ` + table + "_found"
	}
	err = s.read(ctx).Raw(unexplained("issues", "false")+" UNION ALL "+unexplained("pull_requests", "true")+" ORDER BY number LIMIT @limit",
		map[string]any{"repository": repositoryID, "after": after, "since": instant(since), "limit": limit}).Scan(&found).Error
	return found, err
}

// ReviewsAfter returns up to limit reviews of a repository behind an id, with ID and NodeID
// only.
func (s *Store) ReviewsAfter(ctx context.Context, repositoryID, after int64, limit int) (reviews []models.Review, err error) {
	err = s.read(ctx).Select("id", "node_id").Where("repository_id = ? AND id > ? AND deleted_at IS NULL", repositoryID, after).
		Order("id").Limit(limit).Find(&reviews).Error
	return reviews, err
}
