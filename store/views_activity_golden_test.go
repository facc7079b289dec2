package store_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/store"
	"tributary/store/storetest"
)

func TestViews_ofActivity(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		viewsWorld(t, s)
		shows(t, s, "v_activity WHERE kind IN ('commit', 'merge_commit')", "at", `
			kind | action | at | item | person | account_id | is_linked | is_bot | name | email | lines
			commit | committed | 1h | c1 | mona | 7 | true | false | Mona | mona@example.com | 1000
			commit | committed | 2h | c2 | mona | 7 | true | false | Mona | mona@example.com | 1001
			commit | committed | 3h | c3 | mona | 7 | true | false | Mona | mona@example.com | -
			commit | committed | 4h | c4 | mona | 7 | true | false | Mona | mona@example.com | -
			commit | committed | 5h | c5 | hedy@example.com | - | false | false | Hedy | hedy@example.com | -
			commit | committed | 6h | c6 | Ada | - | false | false | Ada | '' | -
			commit | committed | 7h | c7 | lisa | - | true | false | Lisa | lisa@example.com | -
			commit | committed | 8h | c8 | copilot | 10 | true | true | Copilot | '' | -
			commit | committed | 9h | c9 | dependabot[bot] | - | true | true | dependabot | '' | -
			commit | committed | 10h | c10 | actions@example.com | - | false | true | actions[bot] | actions@example.com | -
			merge_commit | committed | 11h | c11 | mona | 7 | true | false | Mona | mona@example.com | 4000
			commit | committed | 12h | c12 | mona | 7 | true | false | Mona | mona@example.com | 1000
			commit | committed | 20h | c20 | mona | 7 | true | false | Mona | mona@example.com | -
			commit | committed | 21h | c21 | mona | 7 | true | false | Mona | mona@example.com | -
			commit | committed | 30h | c30 | mona | 7 | true | false | Mona | mona@example.com | -
			commit | committed | 31h | c31 | mona | 7 | true | false | Mona | mona@example.com | -
			commit | committed | 40h | c40 | mona | 7 | true | false | Mona | mona@example.com | -`)
		// 9 is merged too: who did it is not read yet. 14 never says; of 12 it is somebody who is gone.
		shows(t, s, "v_activity WHERE kind = 'pull_request'", "at, number, action, item", `
			at | number | action | person | account_id | is_linked | is_bot
			1h | 1 | approved | ci[bot] | 9 | true | true
			1h | 1 | opened | mona | 7 | true | false
			2h | 1 | approved | hubot | 8 | true | false
			2h | 2 | opened | mona | 7 | true | false
			3h | 1 | changes_requested | hubot | 8 | true | false
			3h | 3 | opened | mona | 7 | true | false
			3.5h | 2 | merged | hubot | 8 | true | false
			4h | 1 | commented | hubot | 8 | true | false
			4h | 4 | opened | hubot | 8 | true | false
			4.25h | 3 | merged | hubot | 8 | true | false
			5h | 1 | dismissed | hubot | 8 | true | false
			5h | 5 | opened | mona | 7 | true | false
			5.0125h | 4 | merged | mona | 7 | true | false
			6h | 1 | commented | mona | 7 | true | false
			6h | 6 | opened | mona | 7 | true | false
			7h | 1 | commented | hubot | 8 | true | false
			7h | 7 | opened | mona | 7 | true | false
			8h | 7 | closed | hubot | 8 | true | false
			9h | 1 | approved | '' | - | false | false
			9h | 9 | opened | mona | 7 | true | false
			10h | 10 | opened | '' | - | false | false
			11h | 1 | merged | hubot | 8 | true | false
			11h | 11 | opened | ci[bot] | 9 | true | true
			12h | 11 | merged | mona | 7 | true | false
			12h | 12 | opened | mona | 7 | true | false
			13h | 12 | merged | '' | - | false | false
			13h | 13 | opened | copilot | 10 | true | true
			14h | 13 | closed | mona | 7 | true | false
			14h | 14 | opened | mona | 7 | true | false
			15h | 13 | reopened | mona | 7 | true | false
			15h | 14 | merged | '' | - | false | false
			16h | 13 | merged | mona | 7 | true | false`)
		shows(t, s, "v_activity WHERE kind = 'comment'", "at, item", `
			at | action | number | item | person | is_bot
			1h | commented | 1 | 106 | ci[bot] | true
			2h | commented | 1 | 101 | hubot | false
			3h | commented | 1 | 201 | hubot | false
			3h | commented | 1 | 202 | hubot | false
			3h | commented | 1 | 203 | hubot | false
			3h | commented | 1 | 204 | hubot | false
			3h | commented | 1 | 205 | hubot | false
			3h | commented | 1 | 206 | hubot | false
			3h | commented | 1 | 207 | hubot | false
			3h | commented | 1 | 208 | hubot | false
			3h | commented | 1 | 209 | hubot | false
			3h | commented | 1 | 210 | hubot | false
			3h | commented | 1 | 211 | mona | false
			3h | commented | 1 | 212 | ci[bot] | true
			3h | commented | 1 | 213 | '' | false
			3h | commented | 1 | 301 | hubot | false
			4h | commented | 1 | 103 | hubot | false
			4h | commented | 1 | 302 | mona | false
			5h | commented | 1 | 104 | hubot | false
			6h | commented | 1 | 105 | mona | false
			9h | commented | 1 | 110 | '' | false`)
		// 54 is closed too: its events are not read yet.
		shows(t, s, "v_activity WHERE kind = 'ticket'", "at, number, action", `
			at | number | action | person | account_id | is_bot
			50h | 50 | opened | mona | 7 | false
			51h | 50 | assigned | mona | 7 | false
			51h | 50 | commented | hubot | 8 | false
			51h | 51 | opened | hubot | 8 | false
			52h | 51 | closed | hubot | 8 | false
			52.5h | 50 | closed | hubot | 8 | false
			53h | 51 | reopened | mona | 7 | false
			53h | 53 | opened | '' | - | false
			54h | 51 | closed | hubot | 8 | false
			54h | 54 | opened | ci[bot] | 9 | true
			55h | 51 | reopened | mona | 7 | false
			55h | 53 | closed | '' | - | false
			55h | 55 | opened | mona | 7 | false`)
	})
}

func TestViews_ofActivityLeadToGitHub(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		viewsWorld(t, s)
		shows(t, s, "v_activity WHERE item IN ('"+storetest.SHA(1)+"', '101', '201', '301', '215', 'E7closed8', 'T50assigned51') OR number IN (10, 53)", "kind, action, item", `
			kind | action | organization_id | repository_id | repository | number | item | source | html_url
			comment | commented | 9000 | 1001 | octo-org/repo-1 | 1 | 101 | reviews | https://github.com/octo-org/repo-1/pull/1#pullrequestreview-101
			comment | commented | 9000 | 1001 | octo-org/repo-1 | 1 | 201 | issue_comments | https://github.com/octo-org/repo-1/pull/1#issuecomment-201
			comment | commented | 9000 | 1001 | octo-org/repo-1 | 1 | 301 | review_comments | https://github.com/octo-org/repo-1/pull/1#discussion_r301
			commit | committed | 9000 | 1001 | octo-org/repo-1 | - | c1 | commits | https://github.com/octo-org/repo-1/commit/c1
			pull_request | approved | 9000 | 1001 | octo-org/repo-1 | 1 | 101 | reviews | https://github.com/octo-org/repo-1/pull/1#pullrequestreview-101
			pull_request | closed | 9000 | 1001 | octo-org/repo-1 | 7 | E7closed8 | issue_events | https://github.com/octo-org/repo-1/pull/7
			pull_request | opened | 9000 | 1001 | octo-org/repo-1 | 10 | '' | pull_requests | https://github.com/octo-org/repo-1/pull/10
			ticket | assigned | 9000 | 1001 | octo-org/repo-1 | 50 | T50assigned51 | issue_events | https://github.com/octo-org/repo-1/issues/50
			ticket | closed | 9000 | 1001 | octo-org/repo-1 | 53 | T53closed55 | issue_events | https://github.com/octo-org/repo-1/issues/53
			ticket | commented | 9000 | 1001 | octo-org/repo-1 | 50 | 215 | issue_comments | https://github.com/octo-org/repo-1/issues/50#issuecomment-215
			ticket | opened | 9000 | 1001 | octo-org/repo-1 | 53 | '' | issues | https://github.com/octo-org/repo-1/issues/53`)
	})
}

func TestWorkLogItems_knowTextsWithoutAWord(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		viewsWorld(t, s)
		list, err := s.WorkLogItems(t.Context(), store.WorkLogItemsQuery{WorkLogQuery: store.WorkLogQuery{Days: workWeek(hour(-12)), Kinds: []store.ActivityKind{store.ActivityComment}}}, "", 100)
		must(t, err)
		var found []string
		for _, item := range list.Rows {
			if item.EmojiOnly() {
				found = append(found, item.Item+" "+item.Text)
			}
		}
		slices.Sort(found)
		want := []string{"103 👍", "201 👍", "202 :shipit:", "203 👨‍👩‍👧‍👦", "204 🇩🇪", "205 1️⃣", "207 > quoted words", "209 ```\ncode\n```"}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Error(diff)
		}
	})
}
