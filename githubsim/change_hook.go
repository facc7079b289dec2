package githubsim

import (
	"fmt"
	"strings"
)

// applyHook changes hooks as somebody on GitHub's website does.
func (o *Organization) applyHook(c Change) error {
	hooks := o.Hooks()
	if c.Repository != "" {
		r := o.Repository(c.Repository)
		if r == nil {
			return fmt.Errorf("repository %q: %w", c.Repository, errNothingThere)
		}
		hooks = r.Hooks()
	}
	changed := false
	for _, h := range hooks {
		if !strings.Contains(h.Spec().URL, c.Name) {
			continue
		}
		changed = true
		switch c.Kind {
		case "mute_hook":
			h.Mute()
		case "delete_hook":
			h.Delete()
		case "alter_hook":
			if err := h.applyAlteration(c); err != nil {
				return err
			}
		default:
			return fmt.Errorf("change %q is not one that Apply knows", c.Kind)
		}
	}
	if !changed {
		return fmt.Errorf("hook with %q in its URL: %w", c.Name, errNothingThere)
	}
	return nil
}

func (h *Hook) applyAlteration(c Change) error {
	edit := map[string]func(*HookSpec){
		"url":          func(s *HookSpec) { s.URL = c.Body },
		"secret":       func(s *HookSpec) { s.Secret = c.Body },
		"content_type": func(s *HookSpec) { s.ContentType = c.Body },
		"events":       func(s *HookSpec) { s.Events = strings.Fields(strings.ReplaceAll(c.Body, ",", " ")) },
	}[c.Title]
	if edit == nil {
		return fmt.Errorf("hooks have no %q", c.Title)
	}
	h.Alter(edit)
	return nil
}
