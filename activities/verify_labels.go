package activities

import (
	"context"
	"fmt"
	"strconv"
	"time"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// maxLabelPages are 10,000 labels of a repository.
const maxLabelPages = 100

// compareLabels looks for labels that were renamed or deleted. That changes no update time
// of the rows that have the label. It takes one request for each repository that uses
// labels, and comes first, because it is stored with the position of a sample.
func (c *comparison) compareLabels(ctx context.Context) error {
	stored, err := c.store.Labels(ctx, c.repository.ID)
	labelledKind, read := c.labelledKind()
	if err != nil || len(stored) == 0 || !read {
		return err
	}
	s := c.newSample(labelledKind)
	changed, err := changedLabels(ctx, c.gh, c.repository.ID, stored, c.now())
	if err != nil {
		return err
	}
	for _, label := range changed {
		s.note(labelDifference(label.old, label.now))
	}
	return s.save(ctx)
}

// changedLabel is a label that was renamed or deleted.
type changedLabel struct{ old, now models.Label }

// changedLabels are those of the stored labels of a repository that were renamed or
// deleted.
func changedLabels(ctx context.Context, client *github.Client, repositoryID int64, stored []models.Label, at time.Time) (changed []changedLabel, err error) {
	listed := map[int64]models.Label{}
	names := map[string]bool{}
	err = github.EachPage(ctx, maxLabelPages, func(ctx context.Context, cursor string) (github.Page[*gh.Label], error) {
		return client.Labels(ctx, repositoryID, cursor)
	}, func(page github.Page[*gh.Label]) error {
		if len(page.Malformed) > 0 { // it may be one of the missing labels
			return &github.Error{Kind: github.BadResponse, Message: "a label cannot be read: " + page.Malformed[0].Reason}
		}
		for _, l := range page.Items {
			listed[l.GetID()], names[l.GetName()] = labelRow(l), true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, old := range stored {
		now, there := listed[old.ID]
		if !there {
			if there, err = labelExists(ctx, client, repositoryID, old.Name, names[old.Name]); err != nil {
				return nil, err
			}
			if now = old; !there {
				now.DeletedAt, now.DeletedReason = &at, store.Deleted
			}
		}
		if now.ReadAt = at; now.DeletedAt != nil || now.Name != old.Name {
			changed = append(changed, changedLabel{old, now})
		}
	}
	return changed, nil
}

// labelledKind is a stream whose rows have labels, and whether there is one that was read:
// issues may always have been switched off.
func (c *comparison) labelledKind() (models.StreamKind, bool) {
	for _, kind := range []models.StreamKind{models.StreamIssues, models.StreamPullRequests} {
		if _, begun := c.stored.Streams[kind]; begun && c.verifier.integration.Services.Wanted(kind) {
			return kind, true
		}
	}
	return "", false
}

// labelExists asks for a label that is not listed. It is gone if another label has its name
// now, or if GitHub shows the repository and has no label of the name.
func labelExists(ctx context.Context, client *github.Client, repositoryID int64, name string, taken bool) (bool, error) {
	if taken {
		return false, nil
	}
	presence, err := client.LabelPresence(ctx, repositoryID, name)
	if err != nil || presence != github.Absent {
		return true, err
	}
	_, err = client.RepositoryByID(ctx, repositoryID)
	return err != nil, err
}

func labelDifference(old, now models.Label) store.Difference {
	drift := models.Drift{
		Kind: models.Labels, Subject: strconv.FormatInt(old.ID, 10), Finding: models.FoundStale,
		Reason: fmt.Sprintf("%q is called %q by now", old.Name, now.Name),
	}
	if now.DeletedAt != nil {
		drift.Finding, drift.Reason = models.FoundGone, fmt.Sprintf("%q was deleted", old.Name)
	}
	return store.Difference{Drift: drift, Label: &now}
}
