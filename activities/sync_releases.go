package activities

import (
	"context"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// SyncReleases advances the releases of a repository. Their list has no since parameter
// and no promised order, so each pass reads all of it.
func (a *Activities) SyncReleases(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamReleases, source{read: a.readReleases})
}

func (a *Activities) newReleasesCursor(at store.Claim) listCursor {
	cursor := listCursor{pass: newPass(at)}
	cursor.From, cursor.Again = nil, at.Stream.Gap.Due(a.Now())
	return cursor
}

func (a *Activities) readReleases(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	cursor, err := resume(at, a.newReleasesCursor)
	switch {
	case err != nil:
		return models.Page{}, err
	case cursor.Listed:
		return a.endList(ctx, gh, at, cursor)
	}
	listed, err := gh.Releases(ctx, at.Repository.ID, cursor.Next)
	if err != nil {
		return models.Page{}, err
	}
	page := releasesPage(at.Repository.ID, listed)
	if cursor.Next == "" && listed.Next == "" && !cursor.Skipped && !listed.Skips() && len(listed.Malformed) == 0 {
		page.Whole = new(listed.ReadAt.Add(-overlap)) // a list may not show yet what is younger
	}
	cursor.begin(at, listed.ReadAt)
	cursor.Skipped = cursor.Skipped || listed.Skips()
	return cursor.follow(at, listed.Next, page), nil
}

func releasesPage(repositoryID int64, listed github.Page[*github.Release]) models.Page {
	return pageOf(listed, func(page *models.Page, accounts accountSet, r *github.Release) {
		row := models.Release{
			RepositoryID:    repositoryID,
			ID:              r.GetID(),
			NodeID:          r.GetNodeID(),
			TagName:         r.GetTagName(),
			TargetCommitish: r.GetTargetCommitish(),
			Name:            r.GetName(),
			Body:            r.GetBody(),
			Draft:           r.GetDraft(),
			Prerelease:      r.GetPrerelease(),
			CreatedAt:       r.GetCreatedAt().Time,
			PublishedAt:     instant(r.PublishedAt),
			UpdatedAt:       second(r.Changed()),
		}
		row.AuthorLogin, row.AuthorID = accounts.addUser(r.GetAuthor())
		page.Plain = append(page.Plain, &row)
	})
}

// maxReleasePages are more than GitHub lists.
const maxReleasePages = 200

// releaseStates reads the whole list once. That takes one request for 100 releases, and
// needs no query of its own.
func (c *comparison) releaseStates(ctx context.Context, rows []store.StoredRow) ([]state, error) {
	if c.releases == nil {
		listed := map[int64]state{}
		err := github.EachPage(ctx, maxReleasePages, func(ctx context.Context, cursor string) (github.Page[*github.Release], error) {
			return c.gh.Releases(ctx, c.repository.ID, cursor)
		}, func(page github.Page[*github.Release]) error {
			for _, r := range page.Items {
				listed[r.GetID()] = state{updatedAt: second(r.Changed())}
			}
			for _, m := range page.Malformed {
				listed[m.ID] = state{Absence: github.Absence{Unavailable: m.Reason}}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		c.releases = listed
	}
	states := make([]state, len(rows))
	for i, row := range rows {
		found, there := c.releases[row.Key]
		if !there {
			found.Absence = github.Absence{Gone: true, Unavailable: "not in the list of releases"}
		}
		states[i] = found
	}
	return states, nil
}

func (c *comparison) releasePresence(ctx context.Context, row store.StoredRow) (github.Presence, error) {
	return c.gh.ReleasePresence(ctx, c.repository.ID, row.Key)
}
