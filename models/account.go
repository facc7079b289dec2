package models

// AccountType is GitHub's type of an actor.
type AccountType string

// GitHub's account types.
const (
	User                AccountType = "User"
	Bot                 AccountType = "Bot"
	Mannequin           AccountType = "Mannequin"
	OrganizationAccount AccountType = "Organization"
)

// Account is whoever acted on GitHub. It is renamed in place: rows refer to the
// id, and the login they carry is the one at the time of the response.
//
// A bot's login has GitHub's REST form ("renovate[bot]") whichever API named it.
type Account struct {
	ID     int64 `gorm:"primaryKey;autoIncrement:false"`
	NodeID string
	Login  string
	Type   AccountType
}
