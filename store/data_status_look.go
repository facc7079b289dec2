package store

import (
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// statusLook is what several integrations are judged by.
type statusLook struct {
	tx  *gorm.DB
	now time.Time
	ids []string
	// unwritable: nothing more can be stored, of no integration.
	unwritable bool

	integrations  []models.Integration
	connections   []models.Connection
	organizations []IngestedOrganization
	syncs         []models.Sync
	repositories  []repositoryTotals
	streams       []streamTotals
	failures      []failureTotals
	gaps          []Gap
}

func (l *statusLook) readConnections() error {
	used := keys(l.integrations, func(i models.Integration) string { return i.ConnectionID })
	return l.tx.Omit("credential").Where("id IN ?", used).Find(&l.connections).Error
}

// readOrganizations finds what ingestedBy finds for one integration.
func (l *statusLook) readOrganizations() error {
	ingested := l.tx.Raw(`SELECT id AS organization_id, integration_id FROM organizations WHERE integration_id IN ?
		UNION SELECT organization_id, syncs.integration_id FROM syncs JOIN organizations ON organizations.id = organization_id
			WHERE syncs.integration_id IN ? AND organizations.integration_id = ''`, l.ids, l.ids)
	return l.tx.Table("(?) AS ingested", ingested).
		Select(`ingested.integration_id, organizations.id AS organization_id, organizations.login, organizations.hidden_repositories, integrations.connection_id,
			coalesce(seen.role, '') AS role, coalesce(seen.access, 'gone') AS access,
			CASE WHEN seen.access IS NULL THEN 'organization_unknown' ELSE seen.code END AS code,
			coalesce(seen.remedy_url, '') AS remedy_url, coalesce(seen.limits, '[]') AS limits, seen.checked_at`).
		Joins("JOIN organizations ON organizations.id = ingested.organization_id").
		Joins("JOIN integrations ON integrations.id = ingested.integration_id").
		Joins("LEFT JOIN connection_organizations AS seen ON seen.organization_id = organizations.id AND seen.connection_id = integrations.connection_id").
		Order("lower(organizations.login), organizations.id").Scan(&l.organizations).Error
}

// readSyncs reads the syncs that are open, and of each organization the last
// that ended by itself.
func (l *statusLook) readSyncs() error {
	last := l.tx.Session(&gorm.Session{NewDB: true}).Model(&models.Sync{}).Select("max(id)").
		Where("integration_id IN ? AND state IN ?", l.ids, []models.SyncState{models.SyncCompleted, models.SyncPartial, models.SyncFailed}).
		Group("integration_id, organization_id")
	return l.tx.Where("id IN (?) OR integration_id IN ? AND state IN ?", last, l.ids, []models.SyncState{models.SyncQueued, models.SyncRunning}).
		Order("id").Find(&l.syncs).Error
}

// imported narrows a query to what is imported of the organizations that the
// integrations have claimed.
func (l *statusLook) imported(query *gorm.DB) *gorm.DB {
	return query.Joins("JOIN organizations ON organizations.id = repositories.organization_id").
		Where("organizations.integration_id IN ?", l.ids).
		Where("repositories.selection = 'imported' AND repositories.deleted_at IS NULL")
}

// repositoryTotals are an integration's repositories, those that cannot be read
// apart: how many have something that a list shows.
type repositoryTotals struct {
	IntegrationID string
	AccessCode    models.Code
	All           int
	WithCommits   int
	WithPulls     int
	WithIssues    int
	WithComments  int
}

func (l *statusLook) readRepositories() error {
	return l.imported(l.tx.Model(&models.Repository{})).
		Select(`organizations.integration_id, repositories.access_code, count(*) AS "all",
			sum(CASE WHEN repositories.head_sha <> '' THEN 1 ELSE 0 END) AS with_commits,
			sum(CASE WHEN ` + havePulls + ` THEN 1 ELSE 0 END) AS with_pulls,
			sum(CASE WHEN ` + haveIssues + ` THEN 1 ELSE 0 END) AS with_issues,
			sum(CASE WHEN ` + havePulls + ` OR ` + haveIssues + ` THEN 1 ELSE 0 END) AS with_comments`).
		Group("organizations.integration_id, repositories.access_code").Scan(&l.repositories).Error
}

// What models.Probe.Seen takes for something to read.
const (
	havePulls  = "repositories.pull_requests_total > 0 AND repositories.newest_pull_request_at IS NOT NULL"
	haveIssues = "repositories.issues_total > 0 AND repositories.newest_issue_at IS NOT NULL"
)

// streamTotals are an integration's streams of one kind.
type streamTotals struct {
	IntegrationID string
	Kind          models.StreamKind
	Complete      int // of repositories that can be read and have something in it
	// Oldest is of all that are complete, as text: SQLite forgets the type of what
	// it aggregates.
	Oldest string
}

func (l *statusLook) readStreams() error {
	return l.imported(l.tx.Model(&models.Stream{}).Joins("JOIN repositories ON repositories.id = streams.repository_id")).
		Select(`organizations.integration_id, streams.kind,
			sum(CASE WHEN repositories.access_code = '' AND CASE streams.kind
				WHEN 'commits' THEN repositories.head_sha <> ''
				WHEN 'issues' THEN `+haveIssues+`
				WHEN 'issue_comments' THEN `+havePulls+` OR `+haveIssues+`
				ELSE `+havePulls+` END THEN 1 ELSE 0 END) AS complete,
			`+instantText(l.tx, "min(streams.complete_through)")+` AS oldest`).
		Where("streams.complete_through IS NOT NULL AND streams.kind IN ?", listedKinds).
		Group("organizations.integration_id, streams.kind").Scan(&l.streams).Error
}

const instantLayout = "2006-01-02 15:04:05.999999999-07:00"

// listedKinds are the streams that a probe shows to be behind; those of details
// follow them.
var listedKinds = []models.StreamKind{
	models.StreamCommits, models.StreamPullRequests, models.StreamReviewComments, models.StreamIssueComments, models.StreamIssues,
}

// failureTotals are an integration's streams of one kind that fail, or lack
// something, for one cause.
type failureTotals struct {
	IntegrationID string
	Kind          models.StreamKind
	Code          models.Code
	Repositories  int
}

// passing is for how long a failure that may pass by itself is no news.
const passing = 5 * time.Minute

func (l *statusLook) readFailures() error {
	code := "CASE WHEN streams.failing_since IS NULL THEN streams.gap_code ELSE streams.last_code END"
	return l.imported(l.tx.Model(&models.Stream{}).Joins("JOIN repositories ON repositories.id = streams.repository_id")).
		Select("organizations.integration_id, streams.kind, "+code+" AS code, count(*) AS repositories").
		Where("repositories.access_code = '' AND (streams.failing_since IS NOT NULL OR streams.gap_code NOT IN ('', 'parts_unavailable'))").
		Where(code+" NOT IN ? OR coalesce(streams.failing_since, streams.gap_since) < ?", models.PassingCodes, l.now.Add(-passing)).
		Group("organizations.integration_id, streams.kind, code").Scan(&l.failures).Error
}

func (t repositoryTotals) with(kind models.StreamKind) int {
	switch kind {
	case models.StreamCommits:
		return t.WithCommits
	case models.StreamIssues:
		return t.WithIssues
	case models.StreamIssueComments:
		return t.WithComments
	}
	return t.WithPulls
}
