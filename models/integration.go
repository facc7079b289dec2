package models

import "time"

// Lifecycle is where an integration stands in its life.
type Lifecycle string

// The lifecycles of an integration.
const (
	IntegrationCreating Lifecycle = "creating"
	IntegrationActive   Lifecycle = "active"
	IntegrationPaused   Lifecycle = "paused"
	IntegrationDeleting Lifecycle = "deleting"
)

// Services are the kinds of data an integration ingests.
type Services struct {
	Repos        bool `json:"repos" example:"true"`
	PullRequests bool `json:"pull_requests" example:"true"`
	Tickets      bool `json:"tickets" example:"true"`
}

// Has reports whether a service is on. Webhooks are no part of it.
func (s Services) Has(service Service) bool {
	switch service {
	case ServiceRepos:
		return s.Repos
	case ServicePullRequests:
		return s.PullRequests
	case ServiceTickets:
		return s.Tickets
	}
	return false
}

// Integration is GitHub as set up by the user: what is ingested, and through
// which connection.
type Integration struct {
	ID           string `gorm:"primaryKey"`
	Name         string
	ConnectionID string
	Lifecycle    Lifecycle
	Services     Services `gorm:"embedded;embeddedPrefix:service_"`
	// BackfillFrom bounds how far back is read: commits that were committed, and
	// everything else that was updated, since then. Nil is from the beginning.
	// What is stored already stays when it moves forward.
	BackfillFrom *time.Time
	// NameFollows the organization's login, until somebody gives it another name.
	NameFollows bool
	DiagnosedAt *time.Time // nil before the first time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}
