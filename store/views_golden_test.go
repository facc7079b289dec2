package store_test

import (
	"strings"
	"testing"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// Golden tests: the rows of viewsWorld, told by hand.

func TestViews_ofRepositories(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		viewsWorld(t, s)
		shows(t, s, "v_repositories", "repository_id", `
			repository_id | repository | name | organization | organization_id | default_branch | visibility | fork | archived | html_url
			1001 | octo-org/repo-1 | repo-1 | octo-org | 9000 | main | private | false | false | https://github.com/octo-org/repo-1`)
		shows(t, s, "v_repositories JOIN integrations ON integrations.id = integration_id", "repository_id", `
			repository | lifecycle
			octo-org/repo-1 | active`)
	})
}

func TestViews_ofCommits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		viewsWorld(t, s)
		shows(t, s, "v_commits", "authored_at", `
			sha | person | account_id | is_linked | is_bot | is_merge | on_default_branch | authored_at | authored_local | additions | deletions | changed_files
			c1 | mona | 7 | true | false | false | true | 1h | 2h | 600 | 400 | 1
			c2 | mona | 7 | true | false | false | true | 2h | -6h | 1001 | 0 | 1
			c3 | mona | 7 | true | false | false | true | 3h | 3h | - | - | -
			c4 | mona | 7 | true | false | false | false | 4h | 4h | - | - | -
			c5 | hedy@example.com | - | false | false | false | true | 5h | 5h | - | - | -
			c6 | Ada | - | false | false | false | true | 6h | 6h | - | - | -
			c7 | lisa | - | true | false | false | true | 7h | 7h | - | - | -
			c8 | copilot | 10 | true | true | false | true | 8h | 8h | - | - | -
			c9 | dependabot[bot] | - | true | true | false | true | 9h | 9h | - | - | -
			c10 | actions@example.com | - | false | true | false | true | 10h | 10h | - | - | -
			c11 | mona | 7 | true | false | true | true | 11h | 11h | 2000 | 2000 | 1
			c12 | mona | 7 | true | false | false | true | 12h | 17.5h | 400 | 600 | 1
			c20 | mona | 7 | true | false | false | true | 20h | 20h | - | - | -
			c21 | mona | 7 | true | false | false | false | 21h | 21h | - | - | -
			c30 | mona | 7 | true | false | false | true | 30h | 30h | - | - | -
			c31 | mona | 7 | true | false | false | false | 31h | 31h | - | - | -
			c40 | mona | 7 | true | false | false | true | 40h | 40h | - | - | -`)
		shows(t, s, "v_commits WHERE account_id IS NULL OR sha = '"+storetest.SHA(12)+"'", "authored_at", `
			repository_id | repository | sha | message | author_name | author_email | committed_at | html_url
			1001 | octo-org/repo-1 | c5 | Change 5 | Hedy | hedy@example.com | 5h | https://github.com/octo-org/repo-1/commit/c5
			1001 | octo-org/repo-1 | c6 | Change 6 | Ada | '' | 6h | https://github.com/octo-org/repo-1/commit/c6
			1001 | octo-org/repo-1 | c7 | Change 7 | Lisa | lisa@example.com | 7h | https://github.com/octo-org/repo-1/commit/c7
			1001 | octo-org/repo-1 | c9 | Change 9 | dependabot | '' | 9h | https://github.com/octo-org/repo-1/commit/c9
			1001 | octo-org/repo-1 | c10 | Change 10 | actions[bot] | actions@example.com | 10h | https://github.com/octo-org/repo-1/commit/c10
			1001 | octo-org/repo-1 | c12 | Revert "Change 1"⏎⏎This reverts commit 1. | Mona | mona@example.com | 12h | https://github.com/octo-org/repo-1/commit/c12`)
	})
}

func TestViews_ofTickets(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		viewsWorld(t, s)
		shows(t, s, "v_tickets", "number", `
			number | person | account_id | is_bot | state | state_reason | created_at | closed_at | closed_by | reopened | hours_to_close
			50 | mona | 7 | false | closed | completed | 50h | 52.5h | hubot | 0 | 2.5
			51 | hubot | 8 | false | open | '' | 51h | - | '' | 2 | -
			53 | '' | - | false | closed | completed | 53h | 55h | '' | 0 | 2
			54 | ci[bot] | 9 | true | closed | completed | 54h | 56h | '' | 0 | 2
			55 | mona | 7 | false | open | '' | 55h | - | '' | 0 | -`)
		shows(t, s, "v_tickets WHERE number < 53", "number", `
			repository_id | repository | number | title | updated_at | assignees | labels | milestone | comments_count | html_url
			1001 | octo-org/repo-1 | 50 | Ticket 50 | 50h | ["hubot"] | ["bug","help"] | v1 | 1 | https://github.com/octo-org/repo-1/issues/50
			1001 | octo-org/repo-1 | 51 | Ticket 51 | 51h | [] | [] | '' | 0 | https://github.com/octo-org/repo-1/issues/51`)
	})
}

func TestViews_ofFreshness(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 2)
		k := talk{t, s}
		k.read(1, models.StreamCommits, models.Page{Commits: storetest.Commits(1, 3), Expected: 4, Next: models.Checkpoint{CompleteFrom: new(hour(-9)), CompleteThrough: new(hour(1))}})
		stream := reclaim(t, s, models.StreamIssues)
		_, err := s.FailStream(t.Context(), &stream, models.GitHubUnavailable, "GitHub answered 502")
		must(t, err)
		missing := reclaim(t, s, models.StreamReleases)
		save(t, s, &missing, models.Page{Gap: models.Gap{Code: models.ListIncomplete, Detail: "2 are missing"}})
		_, err = s.ClaimStream(t.Context(), repository+1, models.StreamCommits)
		must(t, err)
		must(t, s.DB().Exec("UPDATE repositories SET selection = 'ignored' WHERE id = ?", repository+1).Error)
		must(t, s.DB().Exec("UPDATE streams SET failing_since = ? WHERE failing_since IS NOT NULL", hour(2)).Error)
		must(t, s.DB().Exec("UPDATE streams SET gap_since = ? WHERE gap_since IS NOT NULL", hour(3)).Error)
		shows(t, s, "v_freshness", "kind", `
			repository_id | repository | kind | complete_from | complete_through | stored | expected | failing_since | last_error | gap_code | gap_detail | gap_since
			1001 | octo-org/repo-1 | commits | -9h | 1h | 3 | 4 | - | '' | '' | '' | -
			1001 | octo-org/repo-1 | issues | - | - | 0 | 0 | 2h | GitHub answered 502 | '' | '' | -
			1001 | octo-org/repo-1 | releases | - | - | 0 | 0 | - | '' | list_incomplete | 2 are missing | 3h`)
	})
}

// Emoji in a text count; reactions are stored nowhere, so that no report can count them.
func TestViews_knowNoReactions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for table, columns := range tableColumns(t, s) {
			for column := range columns {
				if strings.Contains(table+"."+column, "reaction") {
					t.Errorf("%s.%s is about reactions", table, column)
				}
			}
		}
	})
}
