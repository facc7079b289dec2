package store_test

import (
	"testing"

	"tributary/store"
	"tributary/store/storetest"
)

func TestViews_ofPullRequests(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		viewsWorld(t, s)
		shows(t, s, "v_pull_requests", "number", `
			number | person | account_id | is_bot | state | draft | created_at | ready_at | merged_at | closed_at | merged_by | merge_method | hours_to_merge | details_state
			1 | mona | 7 | false | merged | false | 1h | 1h | 11h | 11h | hubot | merge | 10 | done
			2 | mona | 7 | false | merged | false | 2h | 2h | 3.5h | 3.5h | hubot | squash | 1.5 | done
			3 | mona | 7 | false | merged | false | 3h | 3h | 4.25h | 4.25h | hubot | rebase | 1.25 | done
			4 | hubot | 8 | false | merged | false | 4h | 4h | 5.0125h | 5.0125h | mona | fast-forward | 1.01 | done
			5 | mona | 7 | false | open | true | 5h | - | - | - | '' | '' | - | done
			6 | mona | 7 | false | open | false | 6h | 8h | - | - | '' | '' | - | done
			7 | mona | 7 | false | closed | false | 7h | 7h | - | 8h | '' | '' | - | done
			9 | mona | 7 | false | merged | false | 9h | 9h | 10h | 10h | '' | '' | 1 | pending
			10 | '' | - | false | open | false | 10h | 10h | - | - | '' | '' | - | done
			11 | ci[bot] | 9 | true | merged | false | 11h | 11h | 12h | 12h | mona | '' | 1 | done
			12 | mona | 7 | false | merged | false | 12h | 12h | 13h | 13h | '' | '' | 1 | done
			13 | copilot | 10 | true | merged | false | 13h | 13h | 16h | 16h | mona | '' | 3 | done
			14 | mona | 7 | false | merged | false | 14h | 14h | 15h | 15h | '' | '' | 1 | unavailable`)
		// Responses to 1: five reviews, eleven comments in the conversation, one on a line; the longest is the first review's text.
		shows(t, s, "v_pull_requests", "number", `
			number | first_commit_at | last_commit_at | first_response_at | hours_to_first_response | responses | approvals | longest_response | follow_on_commits | additions | deletions | lines | changed_files | commits_count
			1 | 4h | 4h | 2h | 1 | 17 | 2 | 6 | 1 | 10 | 5 | 15 | 2 | 1
			2 | 21h | 21h | - | - | 0 | 0 | 0 | 0 | 10 | 5 | 15 | 2 | 1
			3 | 31h | 31h | - | - | 0 | 0 | 0 | 0 | 10 | 5 | 15 | 2 | 1
			4 | 40h | 40h | - | - | 0 | 0 | 0 | 0 | 10 | 5 | 15 | 2 | 1
			5 | - | - | - | - | 0 | 0 | 0 | 0 | 10 | 5 | 15 | 2 | 1
			6 | - | - | - | - | 0 | 0 | 0 | 0 | 10 | 5 | 15 | 2 | 1
			7 | - | - | - | - | 0 | 0 | 0 | 0 | 10 | 5 | 15 | 2 | 1
			9 | - | - | - | - | 0 | 0 | 0 | 0 | - | - | - | - | -
			10 | - | - | - | - | 0 | 0 | 0 | 0 | 10 | 5 | 15 | 2 | 1
			11 | - | - | - | - | 0 | 0 | 0 | 0 | 10 | 5 | 15 | 2 | 1
			12 | - | - | - | - | 0 | 0 | 0 | 0 | 10 | 5 | 15 | 2 | 1
			13 | - | - | - | - | 0 | 0 | 0 | 0 | 10 | 5 | 15 | 2 | 1
			14 | - | - | - | - | 0 | 0 | 0 | 0 | - | - | - | - | -`)
		shows(t, s, "v_pull_requests WHERE number < 3", "number", `
			repository_id | repository | number | title | updated_at | base_ref | head_ref | merge_commit_sha | html_url
			1001 | octo-org/repo-1 | 1 | Pull 1 | 1h | main | topic | c11 | https://github.com/octo-org/repo-1/pull/1
			1001 | octo-org/repo-1 | 2 | Pull 2 | 2h | main | topic | c20 | https://github.com/octo-org/repo-1/pull/2`)
	})
}

func TestViews_ofReviews(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		viewsWorld(t, s)
		shows(t, s, "v_reviews", "id", `
			repository_id | repository | number | id | state | person | account_id | submitted_at | words | body | commit_sha | html_url
			1001 | octo-org/repo-1 | 1 | 101 | APPROVED | hubot | 8 | 2h | 6 | Looks good to me, thank you | '' | https://github.com/octo-org/repo-1/pull/1#pullrequestreview-101
			1001 | octo-org/repo-1 | 1 | 102 | CHANGES_REQUESTED | hubot | 8 | 3h | 0 | '' | '' | https://github.com/octo-org/repo-1/pull/1#pullrequestreview-102
			1001 | octo-org/repo-1 | 1 | 103 | COMMENTED | hubot | 8 | 4h | 0 | 👍 | '' | https://github.com/octo-org/repo-1/pull/1#pullrequestreview-103
			1001 | octo-org/repo-1 | 1 | 104 | DISMISSED | hubot | 8 | 5h | 1 | No | '' | https://github.com/octo-org/repo-1/pull/1#pullrequestreview-104
			1001 | octo-org/repo-1 | 1 | 108 | COMMENTED | hubot | 8 | 7h | 0 | '' | '' | https://github.com/octo-org/repo-1/pull/1#pullrequestreview-108
			1001 | octo-org/repo-1 | 1 | 110 | APPROVED | '' | - | 9h | 1 | ok | '' | https://github.com/octo-org/repo-1/pull/1#pullrequestreview-110`)
	})
}

func TestViews_ofPullRequestComments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		viewsWorld(t, s)
		shows(t, s, "v_pull_request_comments", "kind, id", "kind | id | person | account_id | is_bot | is_author | is_emoji_only | words | created_at | body"+`
			conversation | 201 | hubot | 8 | false | false | true | 0 | 3h | 👍
			conversation | 202 | hubot | 8 | false | false | true | 0 | 3h | :shipit:
			conversation | 203 | hubot | 8 | false | false | true | 0 | 3h | 👨‍👩‍👧‍👦
			conversation | 204 | hubot | 8 | false | false | true | 0 | 3h | 🇩🇪
			conversation | 205 | hubot | 8 | false | false | true | 0 | 3h | 1️⃣
			conversation | 206 | hubot | 8 | false | false | false | 3 | 3h | 🎉 Thanks a lot
			conversation | 207 | hubot | 8 | false | false | true | 0 | 3h | > quoted words
			conversation | 208 | hubot | 8 | false | false | false | 2 | 3h | 'code' and text
			conversation | 209 | hubot | 8 | false | false | true | 0 | 3h | '''⏎code⏎'''
			conversation | 210 | hubot | 8 | false | false | false | 0 | 3h | ''
			conversation | 211 | mona | 7 | false | true | false | 2 | 3h | Author's reply
			conversation | 212 | ci[bot] | 9 | true | false | false | 1 | 3h | Deployed
			conversation | 213 | '' | - | false | false | false | 2 | 3h | Me too
			line | 301 | hubot | 8 | false | false | false | 4 | 3h | Why is this here?
			line | 302 | mona | 7 | false | true | false | 1 | 4h | Because.
			review | 101 | hubot | 8 | false | false | false | 6 | 2h | Looks good to me, thank you
			review | 103 | hubot | 8 | false | false | true | 0 | 4h | 👍
			review | 104 | hubot | 8 | false | false | false | 1 | 5h | No
			review | 105 | mona | 7 | false | true | false | 2 | 6h | My own
			review | 106 | ci[bot] | 9 | true | false | false | 2 | 1h | All green
			review | 110 | '' | - | false | false | false | 1 | 9h | ok`)
		shows(t, s, "v_pull_request_comments WHERE id IN (101, 201, 301)", "id", `
			kind | repository_id | repository | number | path | html_url
			review | 1001 | octo-org/repo-1 | 1 | '' | https://github.com/octo-org/repo-1/pull/1#pullrequestreview-101
			conversation | 1001 | octo-org/repo-1 | 1 | '' | https://github.com/octo-org/repo-1/pull/1#issuecomment-201
			line | 1001 | octo-org/repo-1 | 1 | main.go | https://github.com/octo-org/repo-1/pull/1#discussion_r301`)
	})
}
