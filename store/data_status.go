package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// IntegrationStatus is an integration, the connection that it reads with, and
// how its copy is.
type IntegrationStatus struct {
	models.Integration
	Connection    models.Connection // without its credential
	Organizations []IngestedOrganization
	Status        models.DataStatus
	// Why the status is not better; Code is empty when nothing is wrong.
	Code      models.Code
	Detail    string // what happened, where more is known than the code
	RemedyURL string
	Failures  models.Failures
	// CompleteThrough is the oldest of all that is imported; nil while something
	// was never read to its end.
	CompleteThrough *time.Time
}

// IngestedOrganization is an organization that an integration ingests, as its
// connection sees it. One that the connection never saw is gone.
type IngestedOrganization struct {
	IntegrationID string
	models.ConnectionOrganization
}

// IntegrationStatuses returns all integrations, by name, with how they are. It
// takes the same number of queries however many there are.
func (s *Store) IntegrationStatuses(ctx context.Context) ([]IntegrationStatus, error) {
	return s.statuses(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Order("lower(name)") })
}

// IntegrationStatus is one of IntegrationStatuses, or ErrNotFound.
func (s *Store) IntegrationStatus(ctx context.Context, id string) (IntegrationStatus, error) {
	found, err := s.statuses(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Where("id = ?", id) })
	if err != nil {
		return IntegrationStatus{}, err
	}
	if len(found) == 0 {
		return IntegrationStatus{}, ErrNotFound
	}
	return found[0], nil
}

func (s *Store) statuses(ctx context.Context, which func(*gorm.DB) *gorm.DB) ([]IntegrationStatus, error) {
	look := statusLook{now: s.now()}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := which(tx).Find(&look.integrations).Error; err != nil {
			return err
		}
		look.tx, look.ids = tx, keys(look.integrations, func(i models.Integration) string { return i.ID })
		return inOrder(look.readConnections, look.readOrganizations, look.readSyncs, look.readRepositories, look.readStreams, look.readFailures)
	})
	if err != nil {
		return nil, err
	}
	statuses := make([]IntegrationStatus, len(look.integrations))
	for i, integration := range look.integrations {
		statuses[i] = look.judge(integration)
	}
	return statuses, nil
}

// statusLook is what several integrations are judged by.
type statusLook struct {
	tx  *gorm.DB
	now time.Time
	ids []string

	integrations  []models.Integration
	connections   []models.Connection
	organizations []IngestedOrganization
	syncs         []models.Sync
	repositories  []repositoryTotals
	streams       []streamTotals
	failures      []failureTotals
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
		Select(`ingested.integration_id, organizations.id AS organization_id, organizations.login, integrations.connection_id,
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
	return l.tx.Where("id IN (?) OR integration_id IN ? AND state = ?", last, l.ids, models.SyncRunning).Order("id").Find(&l.syncs).Error
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
			`+l.text("min(streams.complete_through)")+` AS oldest`).
		Where("streams.complete_through IS NOT NULL AND streams.kind IN ?", listedKinds).
		Group("organizations.integration_id, streams.kind").Scan(&l.streams).Error
}

// text makes an instant the text that parseInstant reads.
func (l *statusLook) text(instant string) string {
	if l.tx.Name() == "postgres" {
		return "to_char(" + instant + " AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00'"
	}
	return instant
}

const instantLayout = "2006-01-02 15:04:05.999999999-07:00"

// listedKinds are the streams that a probe shows to be behind; those of details
// follow them.
var listedKinds = []models.StreamKind{
	models.StreamCommits, models.StreamPullRequests, models.StreamReviewComments, models.StreamIssueComments, models.StreamIssues,
}

// failureTotals are an integration's streams of one kind that fail for one cause.
type failureTotals struct {
	IntegrationID string
	Kind          models.StreamKind
	Code          models.Code
	Repositories  int
}

func (l *statusLook) readFailures() error {
	passing := []models.Code{models.GitHubUnavailable, models.GitHubUnexpected}
	return l.imported(l.tx.Model(&models.Stream{}).Joins("JOIN repositories ON repositories.id = streams.repository_id")).
		Select("organizations.integration_id, streams.kind, streams.last_code AS code, count(*) AS repositories").
		Where("repositories.access_code = '' AND streams.failing_since IS NOT NULL").
		Where("streams.last_code NOT IN ? OR streams.failing_since < ?", passing, models.TransientSince(l.now)).
		Group("organizations.integration_id, streams.kind, streams.last_code").Scan(&l.failures).Error
}

// judge finds the worst that is true of an integration.
func (l *statusLook) judge(integration models.Integration) IntegrationStatus {
	status := IntegrationStatus{Integration: integration, Status: models.DataHealthy}
	for _, c := range l.connections {
		if c.ID == integration.ConnectionID {
			status.Connection = c
		}
	}
	for _, o := range l.organizations {
		if o.IntegrationID == integration.ID {
			status.Organizations = append(status.Organizations, o)
		}
	}
	complete := l.completeness(&status)
	if !complete || l.catchesUp(&status) {
		status.Status = models.DataProcessing
	}
	for _, worse := range []func(*IntegrationStatus) bool{l.failsAsAWhole, l.needsSomebody, l.failsInParts, l.isLimited} {
		if worse(&status) {
			break
		}
	}
	return status
}

func (s *IntegrationStatus) because(status models.DataStatus, code models.Code, detail, url string) bool {
	s.Status, s.Code, s.Detail, s.RemedyURL = status, code, detail, url
	return true
}

func (l *statusLook) failsAsAWhole(s *IntegrationStatus) bool {
	if s.Connection.HealthAt(l.now) == models.CredentialInvalid {
		return s.because(models.DataFailedIntegration, models.TokenInvalid, "", "")
	}
	for _, sync := range l.syncsOf(s) {
		if !shownElsewhere(sync.Code) && (sync.State == models.SyncFailed || sync.State == models.SyncRunning && sync.Code != "") {
			return s.because(models.DataFailedIntegration, sync.Code, sync.Error, "")
		}
	}
	return false
}

func (l *statusLook) needsSomebody(s *IntegrationStatus) bool {
	for _, o := range s.Organizations {
		if !o.Access.Readable() && o.Access != models.AccessChecking {
			return s.because(models.DataActionRequired, cmp.Or(o.Code, models.PermissionMissing), "", o.RemedyURL)
		}
	}
	if s.Connection.HealthSeverity(l.now) == models.SeverityError && s.Connection.HealthAt(l.now) == models.CredentialExpiring {
		return s.because(models.DataActionRequired, models.TokenExpiring, "", "")
	}
	return false
}

func (l *statusLook) failsInParts(s *IntegrationStatus) bool {
	var code models.Code
	for _, r := range l.repositories {
		if r.IntegrationID == s.ID && r.AccessCode != "" {
			s.Failures.Repos += r.All
			code = r.AccessCode
		}
	}
	most, unreadable := 0, s.Failures.Repos
	for _, f := range l.failures {
		if f.IntegrationID != s.ID || !s.Services.Wanted(f.Kind) {
			continue
		}
		if f.Repositories > most && unreadable == 0 {
			most, code = f.Repositories, f.Code
		}
		s.count(f, unreadable)
	}
	return code != "" && s.because(models.DataFailedProject, code, "", "")
}

// count adds a failure to its service. Streams of one service mostly fail
// together, so the one that fails most counts.
func (s *IntegrationStatus) count(f failureTotals, unreadable int) {
	switch {
	case f.Kind == models.StreamCommits || f.Kind == models.StreamCommitDetails:
		s.Failures.Repos = max(s.Failures.Repos, unreadable+f.Repositories)
	case f.Kind == models.StreamIssues || (f.Kind == models.StreamIssueComments || f.Kind == models.StreamIssueEvents) && !s.Services.PullRequests:
		s.Failures.Tickets = max(s.Failures.Tickets, f.Repositories)
	default:
		s.Failures.PullRequests = max(s.Failures.PullRequests, f.Repositories)
	}
}

func (l *statusLook) isLimited(s *IntegrationStatus) bool {
	for _, sync := range l.syncsOf(s) {
		if sync.StateAt(l.now) == models.SyncWaiting {
			return s.because(models.DataRateLimited, models.RateLimited, "", "")
		}
	}
	return false
}

// catchesUp reports whether an organization was never synced, or not since what
// refused it was lifted.
func (l *statusLook) catchesUp(s *IntegrationStatus) bool {
	ended := map[int64]bool{}
	for _, sync := range l.syncsOf(s) {
		if sync.State == models.SyncCompleted || sync.State == models.SyncPartial {
			ended[sync.OrganizationID] = true
		}
	}
	return s.Lifecycle == models.IntegrationCreating ||
		slices.ContainsFunc(s.Organizations, func(o IngestedOrganization) bool { return !ended[o.OrganizationID] })
}

func (l *statusLook) syncsOf(s *IntegrationStatus) (own []models.Sync) {
	for _, sync := range l.syncs {
		if sync.IntegrationID == s.ID {
			own = append(own, sync)
		}
	}
	return own
}

// completeness finds how far back everything is complete, and reports whether
// everything was read to its end once.
func (l *statusLook) completeness(s *IntegrationStatus) bool {
	var there repositoryTotals
	for _, r := range l.repositories {
		if r.IntegrationID == s.ID && r.AccessCode == "" {
			there = r
		}
	}
	complete := map[models.StreamKind]int{}
	var oldest *time.Time
	for _, t := range l.streams {
		if t.IntegrationID != s.ID || !s.Services.Wanted(t.Kind) {
			continue
		}
		complete[t.Kind] = t.Complete
		if at, err := time.Parse(instantLayout, t.Oldest); err == nil && (oldest == nil || at.Before(*oldest)) {
			oldest = new(at.UTC())
		}
	}
	for _, kind := range listedKinds {
		if s.Services.Wanted(kind) && complete[kind] < there.with(kind) {
			return false
		}
	}
	s.CompleteThrough = oldest
	return true
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
