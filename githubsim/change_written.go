package githubsim

import "fmt"

// applyToOne changes something that somebody has written and that has an id; done is false for all other changes.
func (r *Repository) applyToOne(c Change) (done bool, err error) {
	switch c.Kind {
	case "edit_comment", "delete_comment":
		m := one(r, c, func() []*Comment { return r.comments }, func(m *Comment) (id int64, number int) { return m.ID, m.issue.Number })
		switch {
		case m == nil:
		case c.Kind == "edit_comment":
			m.Edit(orElse(c.Body, "Never mind."))
		default:
			m.Delete()
		}
		return found(c, m != nil)
	case "edit_review", "dismiss_review":
		v := one(r, c, r.reviews, func(v *Review) (id int64, number int) { return v.ID, v.pull.Number })
		switch {
		case v == nil:
		case c.Kind == "edit_review":
			v.Edit(orElse(c.Body, "Never mind."))
		default:
			v.Dismiss(r.sim.AddUser(c.by()))
		}
		return found(c, v != nil)
	case "edit_release", "delete_release":
		l := one(r, c, func() []*Release { return r.releases }, func(l *Release) (id int64, number int) { return l.ID, 0 })
		switch {
		case l == nil:
		case c.Kind == "edit_release":
			l.Edit(c.Title, c.Body)
		default:
			l.Delete()
		}
		return found(c, l != nil)
	}
	return r.applyToLine(c)
}

func (r *Repository) applyToLine(c Change) (done bool, err error) {
	how, known := map[string]func(*ReviewComment){
		"edit_review_comment":   func(m *ReviewComment) { m.Edit(orElse(c.Body, "Never mind.")) },
		"delete_review_comment": func(m *ReviewComment) { m.Delete() },
		"resolve_thread":        func(m *ReviewComment) { m.Resolve(r.sim.AddUser(c.by())) },
		"unresolve_thread":      func(m *ReviewComment) { m.Unresolve(r.sim.AddUser(c.by())) },
	}[c.Kind]
	if !known {
		return false, nil
	}
	m := one(r, c, func() []*ReviewComment { return r.reviewComments }, func(m *ReviewComment) (id int64, number int) { return m.ID, m.pull.Number })
	if m != nil {
		how(m)
	}
	return found(c, m != nil)
}

func (r *Repository) reviews() (all []*Review) {
	for _, p := range r.pulls {
		all = append(all, p.reviews...)
	}
	return all
}

// one finds the row that a change names by its id, else the newest, of the issue or pull request when it names one.
func one[T any](r *Repository, c Change, rows func() []*T, facts func(*T) (id int64, number int)) (found *T) {
	r.sim.mu.RLock()
	defer r.sim.mu.RUnlock()
	newest := int64(0)
	for _, row := range rows() {
		id, number := facts(row)
		if id >= newest && (c.ID == 0 || c.ID == id) && (c.Number == 0 || number == 0 || c.Number == number) {
			found, newest = row, id
		}
	}
	return found
}

func found(c Change, is bool) (done bool, err error) {
	if !is {
		return false, fmt.Errorf("change %q of %d: %w", c.Kind, c.ID, errNothingThere)
	}
	return true, nil
}
