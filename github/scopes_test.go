package github_test

import (
	"slices"
	"testing"

	"tributary/github"
)

func TestMissingScopes_knowsWhatOtherScopesInclude(t *testing.T) {
	t.Parallel()
	required := []string{"repo", "admin:org", "read:org", "admin:repo_hook", "admin:org_hook", "user", "read:user"}
	normalised := []string{"admin:org", "admin:org_hook", "admin:repo_hook", "repo", "user"} // as GitHub lists them
	if got := github.MissingScopes(normalised, required); got != nil {
		t.Errorf("missing %v of everything", got)
	}
	for dropped, want := range map[string][]string{
		"repo":            {"repo"},
		"admin:org":       {"admin:org", "read:org"},
		"admin:repo_hook": {"admin:repo_hook"},
		"admin:org_hook":  {"admin:org_hook"},
		"user":            {"user", "read:user"},
	} {
		granted := slices.DeleteFunc(slices.Clone(normalised), func(s string) bool { return s == dropped })
		if got := github.MissingScopes(granted, required); !slices.Equal(got, want) {
			t.Errorf("without %s: missing %v, want %v", dropped, got, want)
		}
	}
}

func TestMissingScopes_readsWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	if got := github.MissingScopes([]string{" Repo ", "READ:ORG"}, []string{"public_repo", "read:org"}); got != nil {
		t.Errorf("missing %v", got)
	}
	if got := github.MissingScopes([]string{"write:org"}, []string{"read:org", "admin:org"}); !slices.Equal(got, []string{"admin:org"}) {
		t.Errorf("missing %v, want admin:org", got)
	}
	if got := github.MissingScopes(nil, []string{"repo"}); !slices.Equal(got, []string{"repo"}) {
		t.Errorf("missing %v, want repo", got)
	}
}
