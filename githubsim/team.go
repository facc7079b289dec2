package githubsim

import "strings"

// Team is a team of an organization. It can be asked for a review, and only hooks are told who is in it.
type Team struct {
	ID      int64
	NodeID  string
	name    string
	members []*User
}

func (o *Organization) team(name string) *Team {
	for _, t := range o.teams {
		if strings.EqualFold(t.name, name) {
			return t
		}
	}
	id := o.sim.nextID("team")
	t := &Team{ID: id, NodeID: nodeID("T", o.ID, id), name: name}
	o.teams = append(o.teams, t)
	return t
}

func (t *Team) slug() string { return strings.ReplaceAll(strings.ToLower(t.name), " ", "-") }

func (t *Team) graphQLType() string { return "Team" }

func (t *Team) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return t.NodeID, nil
	case "databaseId":
		return databaseID(t.ID)
	case "name":
		return t.name, nil
	case "slug":
		return t.slug(), nil
	}
	return nil, errGap
}

// team writes a team as REST embeds it.
func (c *call) team(t *Team) {
	w := &c.w
	w.open('{')
	w.int("id", t.ID)
	w.str("node_id", t.NodeID)
	w.str("name", t.name)
	w.str("slug", t.slug())
	w.close('}')
}
