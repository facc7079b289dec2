package store

import (
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// ingestion is which integration ingests an organization, by the organization's id.
type ingestion map[int64]models.Integration

// ingestionOfAll finds what ingestedBy finds for one integration. Of several that
// chose an organization and did not claim it, the one that was synced last counts.
func ingestionOfAll(tx *gorm.DB) (ingestion, error) {
	var rows []struct {
		OrganizationID int64
		models.Integration
	}
	err := tx.Raw(`SELECT organizations.id AS organization_id, integrations.* FROM organizations JOIN integrations ON integrations.id =
		CASE WHEN organizations.integration_id <> '' THEN organizations.integration_id
			ELSE (SELECT integration_id FROM syncs WHERE syncs.organization_id = organizations.id ORDER BY syncs.id DESC LIMIT 1) END`).Scan(&rows).Error
	ingested := ingestion{}
	for _, row := range rows {
		ingested[row.OrganizationID] = row.Integration
	}
	return ingested, err
}

// services are those for which an organization is ingested; all for one that is not,
// of which nothing was read.
func (in ingestion) services(organizationID int64) models.Services {
	if integration, found := in[organizationID]; found {
		return integration.Services
	}
	return models.Services{Repos: true, PullRequests: true, Tickets: true}
}

// perServices is an expression over repositories that depends on what is wanted of
// them.
func (in ingestion) perServices(expression func(models.Services) clause.Expr) clause.Expr {
	organizations := map[models.Services][]int64{}
	for _, id := range slices.Sorted(maps.Keys(in)) {
		organizations[in[id].Services] = append(organizations[in[id].Services], id)
	}
	otherwise := expression(in.services(0))
	if len(organizations) == 0 {
		return otherwise
	}
	cases := clause.Expr{SQL: "CASE"}
	for services, ids := range organizations {
		if len(organizations) == 1 { // as a rule
			return expression(services)
		}
		cases.SQL += " WHEN organization_id IN ? THEN ?"
		cases.Vars = append(cases.Vars, ids, expression(services))
	}
	return clause.Expr{SQL: cases.SQL + " ELSE ? END", Vars: append(cases.Vars, otherwise)}
}

// describe says which integration ingests each repository, and how far it is complete.
func (in ingestion) describe(views []RepositoryView) {
	for i := range views {
		view := &views[i]
		if integration, found := in[view.OrganizationID]; found {
			view.Integration = &integration
		}
		if view.Selection == models.Imported {
			view.CompleteThrough = storedThrough(*view, in.services(view.OrganizationID))
		}
	}
}

// storedThrough is the oldest of the lists that services include; nil while there is
// something in one of them that was never read to its end.
func storedThrough(view RepositoryView, services models.Services) (oldest *time.Time) {
	for _, kind := range models.ListedStreams {
		if !services.Wanted(kind) {
			continue
		}
		var through *time.Time
		for _, stream := range view.Streams {
			if stream.Kind == kind {
				through = stream.Checkpoint.CompleteThrough
			}
		}
		if through == nil && view.Probe.Seen(kind) != "" {
			return nil
		}
		if oldest == nil || through != nil && through.Before(*oldest) {
			oldest = through
		}
	}
	return oldest
}
