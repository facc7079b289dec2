package histories

import "time"

// Learned are histories that random ones have taught us, each as short as it
// can be.
var Learned = map[string]History{
	"a change in the very second of the newest one": {Rounds: []Round{
		{Before: []Change{{"issues", "an issue is opened", 0, 0}}},
		{Before: []Change{{"issues", "an issue is edited", 0, 0}}},
	}},
	"a review in the very second of a change": {Rounds: []Round{
		{Before: []Change{{"pull requests", "a pull request is labelled", 0, 0}}},
		{Before: []Change{{"reviews", "a review", 0, 0}}},
	}},
	"a change just before issues are switched off": {Rounds: []Round{
		{},
		{Before: []Change{{"issues", "an issue is edited", 0, 0}, {"issues", "issues are switched off or on", 0, 0}}, Wait: time.Hour},
		{Before: []Change{{"issues", "issues are switched off or on", 0, 0}}},
	}},
	"a row that leaves a full second while it is read": {Rounds: []Round{{
		Before: []Change{{"issues", "many issues", 0, 99}}, Wait: time.Hour,
		Where: "/issues?", After: 2, Times: 1, Midway: []Change{{"issues", "an issue is edited", 0, 10}},
	}}},
	"an issue that comes with old comments": {Rounds: []Round{
		{Before: []Change{{"issues", "an issue is opened", 1, 0}}, Wait: time.Hour},
		{Wait: 3 * time.Hour},
		{Before: []Change{{"issues", "an issue is transferred", 0, 1}}, Wait: time.Hour},
	}},
	"gone comments that are compared after an outage": {Rounds: []Round{
		{Before: []Change{{"comments", "a comment is deleted", 0, 0}}},
		{Before: []Change{{"comments", "a comment is deleted", 0, 13}}, Wait: time.Minute, Verify: true, Trouble: "an empty answer", After: 3, Times: 4},
		{Before: []Change{{"comments", "a comment is deleted", 4, 22}}, Trouble: "GraphQL errors", Where: "/issues?", Times: 1},
	}},
	"a repository that comes back blocked while another is deleted": {Rounds: []Round{
		{},
		{Before: []Change{{"repositories", "a repository is transferred, or comes back", 0, 0}}, Wait: time.Minute},
		{Before: []Change{
			{"repositories", "a repository is transferred, or comes back", 0, 0},
			{"repositories", "a repository is blocked, or not any more", 0, 0},
			{"repositories", "a repository is deleted", 1, 0},
		}, Wait: time.Minute},
	}},
	"old comments of an issue that came while issues were not wanted": {Rounds: []Round{
		{},
		{Before: []Change{{"operators", "services are switched", 0, 1}, {"issues", "an issue comes with old comments", 0, 1}}, Wait: 3 * time.Hour},
		{Before: []Change{{"operators", "all services are switched on", 0, 0}}, Wait: 3 * time.Hour},
		{},
	}},
	"labels of a repository whose issues never could be read": {Rounds: []Round{
		{Before: []Change{{"issues", "issues are switched off or on", 0, 0}}},
		{Before: []Change{{"issues", "issues and pull requests are labelled", 4, 0}}},
		{Before: []Change{{"issues", "a label is deleted", 0, 1}}},
		{Verify: true},
	}},
	"comments that their list shows late": {Rounds: []Round{
		{Trouble: "a list that lags behind", Where: "/pulls/comments", Times: 1},
	}},
	"a change of what is stored that cannot be read": {Rounds: []Round{
		{},
		{Before: []Change{{"pull requests", "a pull request is labelled", 0, 0}}, Wait: 6 * time.Minute, Trouble: "rows that nobody can read", Where: "/pulls?", Times: 4},
	}},
	"pull requests among issues that cannot be read once": {Rounds: []Round{
		{},
		{Wait: time.Minute, Trouble: "rows that nobody can read", Where: "/issues?", Times: 4},
	}},
	"a page that is empty once others follow": {Rounds: []Round{
		{},
		{Before: []Change{{"issues", "an issue is edited", 0, 0}}, Wait: 3 * time.Hour, Trouble: "an empty page before others", Where: "/issues?", Times: 3},
	}},
	"a repository that is emptied while it is walked": {Rounds: []Round{
		{Before: []Change{{"commits", "a long push", 0, 99}}, Where: "/commits?page=2", Times: 1, Midway: []Change{{"commits", "all branches are deleted", 0, 0}}},
		{Before: []Change{{"commits", "a force push to what was lost", 0, 0}}},
	}},
	"a repository that is emptied while it is compared": {Rounds: []Round{
		{Wait: time.Hour},
		{Before: []Change{{"commits", "a force push", 0, 1}}, Where: "/compare", After: 1, Times: 4, Trouble: "an error page"},
		{Before: []Change{{"commits", "all branches are deleted", 0, 0}}},
	}},
	"a repository that is emptied twice": {Rounds: []Round{
		{Before: []Change{{"commits", "a push", 1, 0}}, Wait: time.Hour},
		{Before: []Change{{"commits", "all branches are deleted", 1, 0}}, Where: "/commits", Times: 1, Midway: []Change{{"commits", "a push", 1, 0}}},
		{Before: []Change{{"commits", "all branches are deleted", 1, 0}}},
	}},
	"a name that goes to another before GraphQL knows it": {Rounds: []Round{
		{Trouble: "a GraphQL that lags behind", Where: "/graphql", Times: 40, Midway: []Change{{"repositories", "a repository's name goes to another", 0, 23}}},
		{Before: []Change{{"repositories", "a repository is added", 1, 12}}, Wait: 3 * time.Hour},
	}},
	"pull requests that are off for less than a second": {Rounds: []Round{
		{Before: []Change{{"pull requests", "a pull request is opened", 0, 1}}, Wait: 3 * time.Hour},
		{Before: []Change{{"pull requests", "a force push in a pull request", 0, 18}, {"pull requests", "pull requests are switched off or on", 0, 0}}},
	}},
	"a label that is renamed where an issue came from": {Rounds: []Round{
		{Before: []Change{{"issues", "issues and pull requests are labelled", 0, 34}}},
		{Before: []Change{{"issues", "an issue is transferred", 0, 13}}, Wait: 3 * time.Hour},
		{Before: []Change{{"issues", "a label is renamed", 0, 0}}},
	}},
	"a full second that leads nowhere for a while": {Rounds: []Round{
		{Before: []Change{{"comments", "a comment is deleted", 0, 0}}, Wait: 3 * time.Hour},
		{Before: []Change{{"comments", "many comments", 6, 82}}, Trouble: "a list that lags behind", Times: 4, Midway: []Change{{"comments", "a comment is edited", 8, 0}}},
		{Before: []Change{{"comments", "a comment is edited", 1, 2}}, Wait: time.Minute},
	}},
	"a token that loses its scope": {Rounds: []Round{
		{},
		{Before: []Change{{"operators", "the token may read less", 1, 21}}, Wait: time.Minute},
	}},
	"the only row deleted before it could be read": {Rounds: []Round{
		{Before: []Change{{"issues", "an issue is opened", 1, 0}}, Where: "/issues?", Trouble: "an error page", Times: 4},
		{Before: []Change{{"issues", "an issue is deleted", 1, 0}}},
	}},
}
