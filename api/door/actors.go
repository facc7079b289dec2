package door

import "tributary/models"

// anyone stands for no role at all.
const anyone models.Role = ""

// actor is who sends a request.
type actor struct {
	id, name   string
	role       models.Role
	via        string // what admitted it: token, session or dev
	credential credential
	token      *models.APIToken // nil when the database does not know it
	session    *models.Session  // nil for a bearer token
}

func (a *actor) may(needed models.Role) bool {
	switch {
	case needed == anyone:
		return true
	case a == nil:
		return false
	}
	return a.role == models.RoleAdmin || a.role == needed
}

// credential is what a request shows, as the hashes that it is looked up by. At
// most one is set.
type credential struct{ token, session string }
