package store

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"tributary/models"
)

// OrganizationAccess returns what a connection sees of an organization; of one
// that it never saw a row with nothing but names.
func (s *Store) OrganizationAccess(ctx context.Context, connectionID string, o models.Organization) (models.ConnectionOrganization, error) {
	return organizationAccess(s.read(ctx), connectionID, o)
}

func organizationAccess(tx *gorm.DB, connectionID string, o models.Organization) (models.ConnectionOrganization, error) {
	seen := models.ConnectionOrganization{ConnectionID: connectionID, OrganizationID: o.ID, Login: o.Login, Limits: []models.Limit{}}
	err := tx.Where("connection_id = ? AND organization_id = ?", connectionID, o.ID).Take(&seen).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	return seen, err
}

// RefuseOrganization records why GitHub does not let a connection read an
// organization. Of a connection that was replaced meanwhile it records nothing.
func (s *Store) RefuseOrganization(ctx context.Context, refused models.ConnectionOrganization) error {
	return s.write(ctx, func(tx *gorm.DB) error { return s.saveAccess(tx, refused) })
}

func (s *Store) saveAccess(tx *gorm.DB, seen models.ConnectionOrganization) error {
	err := lockConnection(tx, seen.ConnectionID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	seen.CheckedAt = s.now()
	_, err = upsert(tx, []models.ConnectionOrganization{seen}, []string{"connection_id", "organization_id"},
		incoming("access", "code", "remedy_url", "checked_at"))
	return err
}

// AdmitOrganization records that GitHub lets a connection read an organization
// again. What limits the access stays; an invitation is not accepted by reading.
func (s *Store) AdmitOrganization(ctx context.Context, connectionID string, o models.Organization) error {
	seen, err := s.OrganizationAccess(ctx, connectionID, o)
	if err != nil || seen.Access.Readable() || seen.Access == models.AccessMembershipPending {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		seen, err := organizationAccess(tx, connectionID, o)
		if err != nil {
			return err
		}
		seen.Access, seen.Code, seen.RemedyURL = models.AccessMember, "", ""
		if seen.Role == "admin" || seen.InstallationID != nil {
			seen.Access = models.AccessOK
		}
		return s.saveAccess(tx, seen)
	})
}

// refusedOrganizations are the codes of syncs that GitHub refused as a whole for
// a reason that shows elsewhere: on the organization, or on the credential.
var refusedOrganizations = []models.Code{
	models.TokenInvalid, models.SSORequired, models.OAuthRestricted, models.IPAllowList, models.ClassicTokenForbidden,
	models.FineGrainedForbidden, models.TokenLifetime,
	models.AppNotInstalled, models.AppSuspended, models.PermissionMissing, models.ScopeMissing, models.OrganizationUnknown,
}

func shownElsewhere(code models.Code) bool { return slices.Contains(refusedOrganizations, code) }
