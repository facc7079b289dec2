package models

import "time"

// AccountType is GitHub's type of an actor.
type AccountType string

// GitHub's account types.
const (
	User                AccountType = "User"
	Bot                 AccountType = "Bot"
	Mannequin           AccountType = "Mannequin"
	OrganizationAccount AccountType = "Organization"
)

// Account is a person, a bot or an organization that acted on GitHub. It is renamed in place, and so are the
// logins that rows carry beside its id.
//
// A bot's login has GitHub's REST form ("renovate[bot]") whichever API named it.
// One that only a commit's address has named has no NodeID, and a type only where
// the login tells.
type Account struct {
	ID     int64 `gorm:"primaryKey;autoIncrement:false"`
	NodeID string
	Login  string
	Type   AccountType
	// NamedAt is when GitHub gave it another login, or showed a person to be a bot; nil while it is as it was first.
	NamedAt *time.Time
}
