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
	Gaps            []Gap // what is known to be missing

	// Imported and Visible count the repositories of the organizations, and Listed
	// those organizations whose repositories are known.
	Imported, Visible, Listed int
	Webhooks                  bool       // of some organization
	LastEventAt               *time.Time // when a sync ended last or a delivery arrived; nil before
	Added                     *models.AuditEvent
}

// IngestedOrganization is an organization that an integration ingests, as its
// connection sees it. One that the connection never saw is gone.
type IngestedOrganization struct {
	IntegrationID      string
	HiddenRepositories int // that GitHub counts and names nowhere
	models.ConnectionOrganization
}

// IntegrationStatuses returns all integrations, by name, with how they are. It
// takes the same number of queries however many there are.
func (s *Store) IntegrationStatuses(ctx context.Context) ([]IntegrationStatus, error) {
	return s.statuses(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Order("lower(name)") })
}

// IntegrationStatus is one of IntegrationStatuses, or ErrNotFound.
func (s *Store) IntegrationStatus(ctx context.Context, id string) (IntegrationStatus, error) {
	return theOne(s.statuses(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Where("id = ?", id) }))
}

func theOne(found []IntegrationStatus, err error) (IntegrationStatus, error) {
	switch {
	case err != nil:
		return IntegrationStatus{}, err
	case len(found) == 0:
		return IntegrationStatus{}, ErrNotFound
	}
	return found[0], nil
}

func (s *Store) statuses(ctx context.Context, which func(*gorm.DB) *gorm.DB) ([]IntegrationStatus, error) {
	return s.inSnapshot(ctx, which, (*statusSnapshot).read, (*statusSnapshot).classify)
}

// ConnectionStatus is an integration with its connection, its organizations and what
// keeps all of it from being read; nothing is said of its repositories. It returns
// ErrNotFound.
func (s *Store) ConnectionStatus(ctx context.Context, id string) (IntegrationStatus, error) {
	return theOne(s.inSnapshot(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Where("id = ?", id) },
		(*statusSnapshot).readConnecting, func(l *statusSnapshot, integration models.Integration) IntegrationStatus {
			status := l.connecting(integration)
			l.failsAsAWhole(&status)
			return status
		}))
}

func (s *Store) inSnapshot(ctx context.Context, which func(*gorm.DB) *gorm.DB, read func(*statusSnapshot) error,
	view func(*statusSnapshot, models.Integration) IntegrationStatus) ([]IntegrationStatus, error) {
	snapshot := statusSnapshot{now: s.now(), unwritable: s.Unwritable()}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := which(tx).Find(&snapshot.integrations).Error; err != nil {
			return err
		}
		snapshot.tx, snapshot.ids = tx, keysOf(snapshot.integrations, func(i models.Integration) string { return i.ID })
		return read(&snapshot)
	})
	if err != nil {
		return nil, err
	}
	statuses := make([]IntegrationStatus, len(snapshot.integrations))
	for i, integration := range snapshot.integrations {
		statuses[i] = view(&snapshot, integration)
	}
	return statuses, nil
}

// connecting is an integration with what it reads, and by which connection.
func (l *statusSnapshot) connecting(integration models.Integration) IntegrationStatus {
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
	return status
}

// classify finds the worst that is true of an integration.
func (l *statusSnapshot) classify(integration models.Integration) IntegrationStatus {
	status := l.connecting(integration)
	for _, gap := range l.gaps {
		if gap.IntegrationID == integration.ID {
			status.Gaps = append(status.Gaps, gap)
		}
	}
	l.addNumbers(&status)
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

func (l *statusSnapshot) failsAsAWhole(s *IntegrationStatus) bool {
	if l.unwritable {
		return s.because(models.DataFailedIntegration, models.DatabaseUnwritable, "", "")
	}
	if s.Connection.HealthAt(l.now) == models.CredentialInvalid {
		return s.because(models.DataFailedIntegration, models.TokenInvalid, "", "")
	}
	for _, sync := range l.syncsOf(s) {
		switch {
		case sync.Code == "" && l.waitsForNobody(sync):
			return s.because(models.DataFailedIntegration, models.SyncNotStarted, "", "")
		case sync.Code != "" && !shownElsewhere(sync.Code) && (sync.State == models.SyncFailed || l.getsNowhere(sync)):
			return s.because(models.DataFailedIntegration, sync.Code, sync.Error, "")
		}
	}
	return false
}

// getsNowhere reports whether a sync that has not ended has said why it does not
// go on. What may pass by itself is no news while it has just begun.
func (l *statusSnapshot) getsNowhere(sync models.Sync) bool {
	begun := sync.CreatedAt
	if sync.StartedAt != nil {
		begun = *sync.StartedAt
	}
	return !sync.State.Ended() && !l.waitsForGitHub(sync) && (!slices.Contains(models.PassingCodes, sync.Code) || begun.Before(l.now.Add(-passing)))
}

// StartTime is more than a worker needs to find a sync that nobody has told it of.
const StartTime = 2 * time.Minute

// waitsForNobody reports whether a sync should have been started: no other keeps
// it waiting.
func (l *statusSnapshot) waitsForNobody(sync models.Sync) bool {
	return sync.State == models.SyncQueued && sync.CreatedAt.Before(l.now.Add(-StartTime)) &&
		!slices.ContainsFunc(l.syncs, func(other models.Sync) bool {
			return other.OrganizationID == sync.OrganizationID && other.State == models.SyncRunning && other.Trigger.Fresh() == sync.Trigger.Fresh()
		})
}

func (l *statusSnapshot) needsSomebody(s *IntegrationStatus) bool {
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

func (l *statusSnapshot) failsInParts(s *IntegrationStatus) bool {
	var code models.Code
	for _, r := range l.repositories {
		if r.IntegrationID == s.ID && r.AccessCode != "" {
			s.Failures.Repos += r.All
			code = r.AccessCode
		}
	}
	for _, o := range s.Organizations {
		if o.HiddenRepositories > 0 {
			s.Failures.Repos += o.HiddenRepositories
			code = cmp.Or(code, models.ListIncomplete)
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
	switch s.Services.AnswersFor(f.Kind) {
	case models.ServiceRepos:
		s.Failures.Repos = max(s.Failures.Repos, unreadable+f.Repositories)
	case models.ServicePullRequests:
		s.Failures.PullRequests = max(s.Failures.PullRequests, f.Repositories)
	case models.ServiceTickets:
		s.Failures.Tickets = max(s.Failures.Tickets, f.Repositories)
	}
}

func (l *statusSnapshot) isLimited(s *IntegrationStatus) bool {
	for _, sync := range l.syncsOf(s) {
		if sync.StateAt(l.now) == models.SyncWaiting {
			if l.waitsForGitHub(sync) {
				return s.because(models.DataRateLimited, sync.Code, sync.Error, "")
			}
			return s.because(models.DataRateLimited, models.RateLimited, "", "")
		}
	}
	return false
}

// waitsForGitHub reports whether a sync has noted what it waits for: more than the
// end of an hour.
func (l *statusSnapshot) waitsForGitHub(sync models.Sync) bool {
	return sync.StateAt(l.now) == models.SyncWaiting && slices.Contains(models.UnusualWaits, sync.Code)
}

// catchesUp reports whether an organization was never synced, or not since what
// refused it was lifted.
func (l *statusSnapshot) catchesUp(s *IntegrationStatus) bool {
	ended := map[int64]bool{}
	for _, sync := range l.syncsOf(s) {
		if sync.State == models.SyncCompleted || sync.State == models.SyncPartial {
			ended[sync.OrganizationID] = true
		}
	}
	return s.Lifecycle == models.IntegrationCreating ||
		slices.ContainsFunc(s.Organizations, func(o IngestedOrganization) bool { return !ended[o.OrganizationID] })
}

func (l *statusSnapshot) syncsOf(s *IntegrationStatus) (own []models.Sync) {
	for _, sync := range l.syncs {
		if sync.IntegrationID == s.ID {
			own = append(own, sync)
		}
	}
	return own
}

// completeness finds how far back everything is complete, and reports whether
// everything was read to its end once.
func (l *statusSnapshot) completeness(s *IntegrationStatus) bool {
	var oldest *time.Time
	for _, t := range l.streams {
		if t.IntegrationID != s.ID || !s.Services.Wanted(t.Kind) {
			continue
		}
		if t.Unread > 0 {
			return false
		}
		if at, err := time.Parse(instantLayout, t.Oldest); err == nil && (oldest == nil || at.Before(*oldest)) {
			oldest = new(at.UTC())
		}
	}
	s.CompleteThrough = oldest
	return true
}
