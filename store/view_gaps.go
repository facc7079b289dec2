package store

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// GapSubject is what a gap is counted in.
type GapSubject string

// The subjects of gaps.
const (
	GapOrganization GapSubject = "organization" // as a whole, or what it hides
	GapRepositories GapSubject = "repositories"
	GapStreams      GapSubject = "streams" // kinds of record
	GapRows         GapSubject = "rows"    // that GitHub does not tell completely
)

// Gap is something that an integration should ingest and is known to lack. All that
// an organization lacks for one cause is one gap.
type Gap struct {
	IntegrationID  string
	OrganizationID int64
	Organization   string // the login
	Subject        GapSubject
	Affected       `gorm:"-"`
	RemedyURL      string     // where it can be mended, when GitHub said so
	Since          *time.Time // of the oldest of them; nil where nobody knows
}

// Gaps returns what is known to be missing of an integration, or ErrNotFound.
func (s *Store) Gaps(ctx context.Context, integrationID string) (gaps []Gap, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		if err := tx.Where("id = ?", integrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		gaps, err = s.gapsOf(tx, integration)
		return err
	})
	return gaps, err
}

func (s *Store) gapsOf(tx *gorm.DB, integration models.Integration) ([]Gap, error) {
	snapshot := statusSnapshot{tx: tx, now: s.now(), ids: []string{integration.ID}, integrations: []models.Integration{integration}}
	if err := snapshot.readOrganizations(); err != nil {
		return nil, err
	}
	err := snapshot.readGaps()
	return snapshot.gaps, err
}

// The queries below list, for each repository and cause, how many of a subject
// something is wrong with.

const lostRepositories = `SELECT repository_id, organization_id, full_name, access_code AS code, 1 AS n, '' AS example, unreadable_since AS since
	FROM imported WHERE access_code <> ''`

// A stream that fails says that rather than what its last pass lacked. Rows are
// counted as such.
func gapsOfStreams() string {
	return `SELECT repository_id, organization_id, full_name, CASE WHEN failing_since IS NULL THEN gap_code ELSE last_code END AS code, count(*) AS n,
			min(CASE WHEN failing_since IS NULL THEN gap_detail ELSE last_error END) AS example, min(coalesce(failing_since, gap_since)) AS since
		FROM imported JOIN streams USING (repository_id)
		WHERE access_code = '' AND (failing_since IS NOT NULL OR gap_code NOT IN ('', 'parts_unavailable')) AND ` + wantedStreams() + `
		GROUP BY 1, 2, 3, 4`
}

// What GitHub cannot tell is spelled as in the partial indices.
func gapsOfRows() string {
	var untold strings.Builder
	for _, d := range models.Streams {
		for _, f := range d.Fills {
			fmt.Fprintf(&untold, "UNION ALL SELECT repository_id, %[1]s_reason, NULL FROM %[2]s WHERE %[1]s_state = 'unavailable' AND deleted_at IS NULL ", f.Prefix, f.Table.Name)
		}
	}
	return `SELECT repository_id, organization_id, full_name, 'parts_unavailable' AS code, count(*) AS n, min(reason) AS example, min(since) AS since FROM imported JOIN (
			SELECT repository_id, reason, seen_at AS since FROM unreadable_rows ` + untold.String() + `) AS untold USING (repository_id)
		WHERE access_code = ''
		GROUP BY 1, 2, 3`
}

// affectedRow is a repository that a cause concerns.
type affectedRow struct {
	OrganizationID int64
	Code           models.Code
	FullName       string
	Total          int
	Repositories   int
	Example        string
	Since          string // of all of them, as text: SQLite forgets the type of what it aggregates
}

// gapsIn finds what is missing of the repositories that integrations import.
func gapsIn(tx *gorm.DB, integrationIDs []string) (gaps []Gap, err error) {
	if len(integrationIDs) == 0 {
		return nil, nil
	}
	for _, of := range []struct {
		subject GapSubject
		query   string
	}{{GapRepositories, lostRepositories}, {GapStreams, gapsOfStreams()}, {GapRows, gapsOfRows()}} {
		var rows []affectedRow
		err := tx.Raw(`WITH imported AS (
				SELECT repositories.id AS repository_id, organization_id, full_name, access_code, unreadable_since, service_repos, service_pull_requests, service_tickets
				FROM repositories JOIN organizations ON organizations.id = organization_id JOIN integrations ON integrations.id = integration_id
				WHERE integration_id IN ? AND selection = 'imported' AND deleted_at IS NULL),
			numbered AS (SELECT organization_id, code, `+shortName+` AS full_name, example,
				CAST(sum(n) OVER causes AS bigint) AS total, count(*) OVER causes AS repositories, `+instantText(tx, "min(since) OVER causes")+` AS since,
				row_number() OVER (PARTITION BY organization_id, code ORDER BY lower(full_name), repository_id) AS place
				FROM (`+of.query+`) AS affected WINDOW causes AS (PARTITION BY organization_id, code))
			SELECT * FROM numbered WHERE place <= ? ORDER BY organization_id, code, place`, integrationIDs, mostNames).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		gaps = addGaps(gaps, of.subject, rows)
	}
	return gaps, nil
}

// addGaps makes one gap of the rows of each organization and cause, which follow
// each other.
func addGaps(gaps []Gap, subject GapSubject, rows []affectedRow) []Gap {
	for _, row := range rows {
		last := len(gaps) - 1
		if last < 0 || gaps[last].Subject != subject || gaps[last].OrganizationID != row.OrganizationID || gaps[last].Code != row.Code {
			gaps = append(gaps, Gap{OrganizationID: row.OrganizationID, Subject: subject})
			last++
			if since, err := time.Parse(instantLayout, row.Since); err == nil {
				gaps[last].Since = new(since.UTC())
			}
		}
		gaps[last].add(row)
	}
	return gaps
}

// instantText makes an instant the text that instantLayout reads.
func instantText(tx *gorm.DB, instant string) string {
	if tx.Name() == "postgres" {
		return "coalesce(to_char(" + instant + " AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00', '')"
	}
	return "coalesce(" + instant + ", '')"
}

// readGaps finds the gaps of all integrations, those of organizations included.
func (l *statusSnapshot) readGaps() error {
	found, err := gapsIn(l.tx, l.ids)
	if err != nil {
		return err
	}
	for _, o := range l.organizations {
		l.gaps = append(l.gaps, l.gapsOf(o)...)
		for _, gap := range found {
			if gap.OrganizationID == o.OrganizationID {
				gap.IntegrationID, gap.Organization = o.IntegrationID, o.Login
				l.gaps = append(l.gaps, gap)
			}
		}
	}
	return nil
}

// gapsOf are what is missing of an organization as a whole, and what it may hide.
func (l *statusSnapshot) gapsOf(o IngestedOrganization) (gaps []Gap) {
	add := func(code models.Code, count int) {
		gaps = append(gaps, Gap{IntegrationID: o.IntegrationID, OrganizationID: o.OrganizationID, Organization: o.Login,
			Subject: GapOrganization, Affected: Affected{Code: code, Count: count}, RemedyURL: o.RemedyURL})
	}
	switch {
	case !o.Access.Readable() && o.Access != models.AccessChecking:
		add(cmp.Or(o.Code, models.PermissionMissing), 1)
	case o.Code == models.NoPrivateReposVisible || o.Code == models.AppPermissionPending && l.limits(o):
		add(o.Code, 1)
	}
	if o.HiddenRepositories > 0 {
		add(models.ListIncomplete, o.HiddenRepositories)
	}
	return gaps
}

// limits reports whether an organization limits a service that is on.
func (l *statusSnapshot) limits(o IngestedOrganization) bool {
	for _, integration := range l.integrations {
		for _, limit := range o.Limits {
			if integration.ID == o.IntegrationID && integration.Services.Has(limit.Service) {
				return true
			}
		}
	}
	return false
}
