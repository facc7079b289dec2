package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tributary/models"
	"tributary/store"
)

// fillRepositories puts an integration into the store whose organization has many
// repositories, all of them imported. To
// ingest as many would take an hour, and GitHub is not what is measured.
func fillRepositories(ctx context.Context, s *store.Store, n int) (integrationID string, err error) {
	now := time.Now().UTC()
	const id = 9000
	connection, err := s.CreateConnection(ctx, models.PersonalAccessToken, "ghp_of_nobody")
	if err != nil {
		return "", err
	}
	if err := s.AuthorizeConnection(ctx, connection.ID, store.Identity{Login: "octocat", RateOwner: "user/583231", Scopes: []string{"repo"}}); err != nil {
		return "", err
	}
	if err := s.SaveOrganizations(ctx, connection.ID,
		[]models.Organization{{ID: id, NodeID: "O_9000", Login: organization}},
		[]models.ConnectionOrganization{{OrganizationID: id, Login: organization, Role: "admin", Access: models.AccessOK, CheckedAt: now}}); err != nil {
		return "", err
	}
	integration, err := s.CreateIntegration(ctx, store.NewIntegration{
		ConnectionID: connection.ID, Name: "Ten thousand", OrganizationIDs: []int64{id}, AutoImport: true,
		Services: models.Services{Repos: true, PullRequests: true, Tickets: true},
	})
	if err != nil {
		return "", err
	}
	if _, err := s.SaveProbe(ctx, id, manyRepositories(id, n, now), now); err != nil {
		return "", err
	}
	return integration.ID, nil
}

var someLanguages = []string{"Go", "TypeScript", "Python", "Java", "Ruby", "Rust", "Kotlin", ""}

func manyRepositories(organizationID int64, n int, now time.Time) []models.Repository {
	rows := make([]models.Repository, n)
	for i := range rows {
		name := fmt.Sprintf("repository-%05d", i+1)
		pushed := now.Add(-time.Duration(i) * time.Hour)
		rows[i] = models.Repository{
			ID: int64(100_000 + i), NodeID: fmt.Sprintf("R_%d", i), OrganizationID: organizationID, Name: name, FullName: organization + "/" + name,
			Description: "What " + name + " is for", Language: someLanguages[i%len(someLanguages)], Visibility: "private", Archived: i%20 == 0,
			HasIssues: true, DefaultBranch: "main", CreatedAt: now.AddDate(-3, 0, 0), UpdatedAt: pushed, PushedAt: &pushed,
			Probe: models.Probe{models.StreamCommits: {Head: fmt.Sprintf("%040x", i)}, models.StreamPullRequests: {Total: 1, Newest: &now}, models.StreamIssues: {Total: 1, Newest: &now}},
		}
	}
	return rows
}

// readToTheEnd says of all repositories in a SQLite file that everything of them was
// read; of one in 500, that its issues cannot be.
func readToTheEnd(ctx context.Context, file string) error {
	database, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer database.Close()
	now := time.Now().UTC()
	var errs []error
	for _, kind := range models.StreamKinds {
		_, err := database.ExecContext(ctx, `INSERT INTO streams (repository_id, kind, fence, cursor, head, seen, complete_through, stored, expected, last_success_at, failures, last_code, last_error)
			SELECT id, ?, '', '', '', '', ?, 120, 120, ?, 0, '', '' FROM repositories`, kind, now, now)
		errs = append(errs, err)
	}
	_, err = database.ExecContext(ctx, "UPDATE streams SET failing_since = ?, failures = 3, last_code = ? WHERE kind = ? AND repository_id % 500 = 7", now, models.PermissionMissing, models.StreamIssues)
	errs = append(errs, err)
	_, err = database.ExecContext(ctx, "UPDATE syncs SET state = ?, started_at = ?, ended_at = ?", models.SyncCompleted, now, now)
	return errors.Join(append(errs, err)...)
}
