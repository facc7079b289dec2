package github

import "encoding/json"

// Actor is an account that did something. Its login has the form of REST, also when GraphQL named it.
type Actor struct {
	ID     int64 // 0 when GitHub does not say
	NodeID string
	Login  string
	Type   string // User, Bot, Mannequin, Organization or EnterpriseUserAccount
}

// UnmarshalJSON reads an actor of GraphQL. It accepts any type, because GitHub may introduce others.
func (a *Actor) UnmarshalJSON(data []byte) error {
	var raw struct {
		Typename   string `json:"__typename"`
		ID         string `json:"id"`
		DatabaseID int64  `json:"databaseId"`
		Login      string `json:"login"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*a = Actor{ID: raw.DatabaseID, NodeID: raw.ID, Login: raw.Login, Type: raw.Typename}
	if a.Type == "Bot" {
		a.Login += "[bot]" // REST says renovate[bot] where GraphQL says renovate
	}
	return nil
}
