package store

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// statusSnapshot is what several integrations are classified by.
type statusSnapshot struct {
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
	counts        []repositoryCounts
	webhooks      []webhookTotals
	additions     map[string]models.AuditEvent
}

func (l *statusSnapshot) read() error {
	return inTurn(l.readConnecting, l.readRepositories, l.readStreams, l.readFailures, l.readGaps, l.readCounts, l.readWebhooks, l.readAdditions)
}

// readConnecting reads what says whether anything can be read.
func (l *statusSnapshot) readConnecting() error {
	return inTurn(l.readConnections, l.readOrganizations, l.readSyncs)
}

func inTurn(parts ...func() error) error {
	for _, part := range parts {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (l *statusSnapshot) readConnections() error {
	used := keysOf(l.integrations, func(i models.Integration) string { return i.ConnectionID })
	return l.tx.Omit("credential").Where("id IN ?", used).Find(&l.connections).Error
}

// readOrganizations finds what ingestedBy finds for one integration.
func (l *statusSnapshot) readOrganizations() error {
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
func (l *statusSnapshot) readSyncs() error {
	last := l.tx.Session(&gorm.Session{NewDB: true}).Model(&models.Sync{}).Select("max(id)").
		Where("integration_id IN ? AND state IN ?", l.ids, []models.SyncState{models.SyncCompleted, models.SyncPartial, models.SyncFailed}).
		Group("integration_id, organization_id")
	return l.tx.Where("id IN (?) OR integration_id IN ? AND state IN ?", last, l.ids, []models.SyncState{models.SyncQueued, models.SyncRunning}).
		Order("id").Find(&l.syncs).Error
}

// imported narrows a query to what is imported of the organizations that the
// integrations have claimed.
func (l *statusSnapshot) imported(query *gorm.DB) *gorm.DB {
	return query.Joins("JOIN organizations ON organizations.id = repositories.organization_id").
		Where("organizations.integration_id IN ?", l.ids).
		Where("repositories.selection = 'imported' AND repositories.deleted_at IS NULL")
}

// repositoryTotals are an integration's repositories that cannot be read, for one
// cause.
type repositoryTotals struct {
	IntegrationID string
	AccessCode    models.Code
	All           int
}

func (l *statusSnapshot) readRepositories() error {
	return l.imported(l.tx.Model(&models.Repository{})).
		Select(`organizations.integration_id, repositories.access_code, count(*) AS "all"`).Where("repositories.access_code <> ''").
		Group("organizations.integration_id, repositories.access_code").Scan(&l.repositories).Error
}

// streamTotals are an integration's listed streams of one kind.
type streamTotals struct {
	IntegrationID string
	Kind          models.StreamKind
	Unread        int // of repositories that can be read: there is something, and it was never read to its end
	// Oldest is of all that are complete, as text: SQLite forgets the type of what
	// it aggregates.
	Oldest string
}

func (l *statusSnapshot) readStreams() error {
	for _, kind := range models.ListedStreams {
		var totals []streamTotals
		err := l.imported(l.tx.Model(&models.Repository{}).Joins("LEFT JOIN streams ON streams.repository_id = repositories.id AND streams.kind = ?", kind)).
			Select("organizations.integration_id, '" + string(kind) + "' AS kind, " + instantText(l.tx, "min(streams.complete_through)") + ` AS oldest,
				sum(CASE WHEN repositories.access_code = '' AND streams.complete_through IS NULL AND ` + somethingToRead(kind) + ` THEN 1 ELSE 0 END) AS unread`).
			Group("organizations.integration_id").Scan(&totals).Error
		if err != nil {
			return err
		}
		l.streams = append(l.streams, totals...)
	}
	return nil
}

const instantLayout = "2006-01-02 15:04:05.999999999-07:00"

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

func (l *statusSnapshot) readFailures() error {
	code := "CASE WHEN streams.failing_since IS NULL THEN streams.gap_code ELSE streams.last_code END"
	return l.imported(l.tx.Model(&models.Stream{}).Joins("JOIN repositories ON repositories.id = streams.repository_id")).
		Select("organizations.integration_id, streams.kind, "+code+" AS code, count(*) AS repositories").
		Where("repositories.access_code = '' AND (streams.failing_since IS NOT NULL OR streams.gap_code NOT IN ('', 'parts_unavailable'))").
		Where(code+" NOT IN ? OR coalesce(streams.failing_since, streams.gap_since) < ?", models.PassingCodes, l.now.Add(-passing)).
		Group("organizations.integration_id, streams.kind, code").Scan(&l.failures).Error
}

// repositoryCounts are an organization's repositories.
type repositoryCounts struct {
	OrganizationID    int64
	Imported, Visible int
}

func (l *statusSnapshot) readCounts() error {
	ids := keysOf(l.organizations, func(o IngestedOrganization) int64 { return o.OrganizationID })
	return l.tx.Model(&models.Repository{}).
		Select("organization_id, count(*) AS visible, sum(CASE WHEN selection = 'imported' THEN 1 ELSE 0 END) AS imported").
		Where("organization_id IN ? AND deleted_at IS NULL", ids).Group("organization_id").Scan(&l.counts).Error
}

// webhookTotals are an integration's hooks.
type webhookTotals struct {
	IntegrationID string
	Wanted        int
	Latest        string // delivery, as text
}

func (l *statusSnapshot) readWebhooks() error {
	return l.tx.Model(&models.Webhook{}).
		Select("integration_id, sum(CASE WHEN state <> 'removing' THEN 1 ELSE 0 END) AS wanted, "+instantText(l.tx, "max(last_delivery_at)")+" AS latest").
		Where("integration_id IN ?", l.ids).Group("integration_id").Scan(&l.webhooks).Error
}

// readAdditions finds by whom integrations were created; the audit log alone knows. Whoever
// repeated that later created nothing.
func (l *statusSnapshot) readAdditions() error {
	var events []models.AuditEvent
	err := creations(l.tx, l.ids).Order("id DESC").Find(&events).Error
	l.additions = map[string]models.AuditEvent{}
	for _, e := range events {
		for _, id := range e.Created() {
			l.additions[id] = e
		}
	}
	return err
}

// creations are the events that created integrations, and those that created several.
func creations(tx *gorm.DB, ids []string) *gorm.DB {
	return tx.Where("action = ? AND outcome = ? AND subject_id IN ?", models.ActionCreateIntegration, models.AuditDone, append([]string{""}, ids...))
}

// addNumbers adds what is counted of an integration.
func (l *statusSnapshot) addNumbers(s *IntegrationStatus) {
	for _, o := range s.Organizations {
		for _, c := range l.counts {
			if c.OrganizationID == o.OrganizationID {
				s.Imported += c.Imported
				s.Visible += c.Visible
			}
		}
		if l.listed(s, o.OrganizationID) {
			s.Listed++
		}
	}
	for _, sync := range l.syncsOf(s) {
		s.LastEventAt = latest(s.LastEventAt, sync.EndedAt)
	}
	for _, w := range l.webhooks {
		if w.IntegrationID != s.ID {
			continue
		}
		s.Webhooks = w.Wanted > 0
		if at, err := time.Parse(instantLayout, w.Latest); err == nil {
			s.LastEventAt = latest(s.LastEventAt, new(at.UTC()))
		}
	}
	if e, found := l.additions[s.ID]; found {
		s.Added = &e
	}
}

// listed reports whether an organization's repositories are known, or that there is
// nothing to wait for any more.
func (l *statusSnapshot) listed(s *IntegrationStatus, organizationID int64) bool {
	return slices.ContainsFunc(l.counts, func(c repositoryCounts) bool { return c.OrganizationID == organizationID }) ||
		slices.ContainsFunc(l.syncsOf(s), func(sync models.Sync) bool {
			return sync.OrganizationID == organizationID && sync.State.Ended()
		})
}
