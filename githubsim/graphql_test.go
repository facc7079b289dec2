package githubsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tributary/githubsim"
)

// graph is a GraphQL answer.
type graph struct {
	Data   object
	Errors []struct {
		Type       string
		Message    string
		Path       []any
		Extensions object
	}
}

func (w *world) graph(text string, variables map[string]any) graph {
	w.t.Helper()
	return decoded[graph](w.t, w.query(text, variables).expect(w.t, http.StatusOK))
}

func TestGraphQL_pricesByTheFormula(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.org.AddRepository("api")
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = "PR_none"
	}
	variables := object{"ids": ids, "login": "acme"}
	for _, test := range []struct {
		name, query string
		cost, nodes float64
	}{
		{"a field", `{viewer{login} rateLimit{cost nodeCount}}`, 1, 0},
		{"100 commits", `query($ids:[ID!]!){nodes(ids:$ids){... on Commit{additions}} rateLimit{cost nodeCount}}`, 1, 100},
		{"100 pull requests", `query($ids:[ID!]!){nodes(ids:$ids){... on PullRequest{reviews(first:50){nodes{id}} commits(first:100){nodes{id}}}} rateLimit{cost nodeCount}}`, 2, 15_100},
		{"threads", `query($ids:[ID!]!){nodes(ids:$ids){... on PullRequest{reviews(first:50){nodes{id}} commits(first:100){nodes{id}} reviewThreads(first:50){nodes{comments(first:50){nodes{id}}}}}} rateLimit{cost nodeCount}}`, 53, 270_100},
		{"change probe", `query($login:String!){organization(login:$login){repositories(first:100){nodes{pullRequests(first:1){nodes{id}} issues(first:1){nodes{id}}}}} rateLimit{cost nodeCount}}`, 2, 300},
		{"counts are free", `query($ids:[ID!]!){nodes(ids:$ids){... on PullRequest{reviews{totalCount} comments{totalCount}}} rateLimit{cost nodeCount}}`, 1, 100},
		{"timelines of 100 issues", `query($ids:[ID!]!){nodes(ids:$ids){... on Issue{timelineItems(first:100,itemTypes:[CLOSED_EVENT]){nodes{__typename}}}} rateLimit{cost nodeCount}}`, 1, 10_100},
		{"totals of 100 repositories", `query($ids:[ID!]!){nodes(ids:$ids){... on Repository{defaultBranchRef{target{... on Commit{history{totalCount}}}} pullRequests(first:1){totalCount nodes{id}} issues(first:1){totalCount nodes{id}}}} rateLimit{cost nodeCount}}`, 2, 300},
		{"conversations of 100 issues", `query($ids:[ID!]!){nodes(ids:$ids){... on Issue{comments(first:100){totalCount nodes{id}}}} rateLimit{cost nodeCount}}`, 1, 10_100},
		{"conversations of 100 of either kind", `query($ids:[ID!]!){nodes(ids:$ids){... on Issue{comments(first:100){nodes{id}}} ... on PullRequest{comments(first:100){nodes{id}}}} rateLimit{cost nodeCount}}`, 2, 20_100},
		{"five issues of 100 repositories", `query($ids:[ID!]!){nodes(ids:$ids){... on Repository{issues(first:5){nodes{labels(first:100){nodes{id}} assignedActors(first:100){nodes{__typename}} comments{totalCount}}}}} rateLimit{cost nodeCount}}`, 11, 100_600},
		{"the documentation's example", `{viewer{repositories(first:100){nodes{issues(first:50){nodes{labels(first:60){nodes{id}}}}}}} rateLimit(dryRun:true){cost nodeCount}}`, 51, 305_100},
	} {
		vars := object{}
		for name, value := range variables {
			if strings.Contains(test.query, "$"+name) {
				vars[name] = value
			}
		}
		limit := w.graph(test.query, vars).Data["rateLimit"].(object)
		if limit["cost"] != test.cost || limit["nodeCount"] != test.nodes {
			t.Errorf("%s: cost %v nodes %v, want %v %v", test.name, limit["cost"], limit["nodeCount"], test.cost, test.nodes)
		}
	}
}

func TestGraphQL_chargesWhatItAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.Populate(githubsim.Workload{PullRequests: 3})
	query := `{organization(login:"acme"){repositories(first:100){nodes{pullRequests(first:1){nodes{id}} issues(first:1){nodes{id}}}}} rateLimit{remaining used limit resetAt}}`
	a := w.query(query, nil)
	limit := decoded[graph](t, a).Data["rateLimit"].(object)
	if limit["remaining"] != 4998.0 || limit["used"] != 2.0 || a.header.Get("X-RateLimit-Remaining") != "4998" || a.header.Get("X-RateLimit-Resource") != "graphql" {
		t.Errorf("%v, header %s", limit, a.header.Get("X-RateLimit-Remaining"))
	}
	stats := w.sim.Stats()
	if stats.GraphQLPoints != 2 || stats.GraphQLRequests != 1 {
		t.Errorf("stats %+v", stats)
	}
}

func TestGraphQL_keepsTheLimitsOfQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.org.AddRepository("api")
	for _, test := range []struct{ query, kind, message string }{
		{`{repository(owner:"acme",name:"api"){issues(first:101){nodes{id}}}}`, "EXCESSIVE_PAGINATION", "Requesting 101 records on the `issues` connection exceeds the `first` limit of 100 records."},
		{`{repository(owner:"acme",name:"api"){issues{nodes{id}}}}`, "MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value to properly paginate the `issues` connection."},
		{`{repository(owner:"acme",name:"api"){issues(first:100){nodes{comments(first:100){nodes{author{... on User{organizations(first:100){nodes{id}}}}}}}}}}`, "MAX_NODE_LIMIT_EXCEEDED", "This query requests up to 1,010,100 possible nodes which exceeds the maximum limit of 500,000."},
		{`{nodes(ids:[` + strings.Repeat(`"x",`, 101) + `]){id}}`, "ARGUMENT_LIMIT", "You may not provide more than 100 node ids; you provided 101."},
		{`{repository(owner:"acme",name:"none"){id}}`, "NOT_FOUND", "Could not resolve to a Repository with the name 'acme/none'."},
		{`{organization(login:"none"){id}}`, "NOT_FOUND", "Could not resolve to an Organization with the login of 'none'."},
		{`{repository(owner:"acme",name:"api"){issues(first:1,after:"bogus"){nodes{id}}}}`, "INVALID_CURSOR_ARGUMENTS", "`bogus` does not appear to be a valid cursor."},
		{`{repository(owner:"acme",name:"api"){nothing}}`, "", "Field 'nothing' doesn't exist on type 'Repository'"},
	} {
		got := w.graph(test.query, nil)
		if len(got.Errors) != 1 || got.Errors[0].Type != test.kind || got.Errors[0].Message != test.message {
			t.Errorf("%s\n got %+v", test.query, got.Errors)
		}
	}
}

func TestNodes_keepOrderAndNameWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	c := r.Commit(githubsim.CommitSpec{Author: w.user, Additions: 2, AuthoredAt: time.Date(2024, 1, 1, 12, 0, 0, 0, time.FixedZone("", 2*3600))})
	issue := r.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.sim.AddBot("renovate[bot]")})
	got := w.graph(`query($ids:[ID!]!){nodes(ids:$ids){__typename id ... on Commit{author{date user{databaseId}} authoredDate} ...I}} fragment I on Issue{databaseId fullDatabaseId author{login __typename ... on Bot{databaseId}}}`,
		object{"ids": []string{issue.NodeID, "I_gone", githubsim.CommitNodeID(r.ID, c.SHA)}})
	nodes := got.Data["nodes"].([]any)
	first, last := nodes[0].(object), nodes[2].(object)
	if first["id"] != issue.NodeID || nodes[1] != nil || last["__typename"] != "Commit" {
		t.Fatalf("nodes %v", nodes)
	}
	if author := first["author"].(object); author["login"] != "renovate" || author["__typename"] != "Bot" {
		t.Errorf("the bot is %v", author)
	}
	if first["fullDatabaseId"] != fmt.Sprint(issue.ID) || first["databaseId"] != nil {
		t.Errorf("ids %v and %v: one beyond 32 bits is text or nothing", first["fullDatabaseId"], first["databaseId"])
	}
	if last["authoredDate"] != "2024-01-01T10:00:00Z" || last["author"].(object)["date"] != "2024-01-01T12:00:00+02:00" {
		t.Errorf("dates %v and %v", last["authoredDate"], last["author"])
	}
	if path := fmt.Sprint(got.Errors[1].Path); got.Errors[1].Type != "NOT_FOUND" || path != "[nodes 1]" {
		t.Errorf("errors %+v", got.Errors)
	}
}

func TestAdditionsUnavailable_nullsTheOneCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	good := r.Commit(githubsim.CommitSpec{Author: w.user, Additions: 2})
	bad := r.Commit(githubsim.CommitSpec{Author: w.user, Additions: 3})
	w.sim.Fail(githubsim.Fault{Kind: githubsim.AdditionsUnavailable, Node: bad.SHA})
	got := w.graph(`query($ids:[ID!]!){nodes(ids:$ids){... on Commit{oid additions}}}`,
		object{"ids": []string{githubsim.CommitNodeID(r.ID, bad.SHA), githubsim.CommitNodeID(r.ID, good.SHA)}})
	nodes := got.Data["nodes"].([]any)
	if nodes[0] != nil || nodes[1].(object)["additions"] != 2.0 {
		t.Errorf("nodes %v", nodes)
	}
	if got.Errors[0].Message != "The additions count for this commit is unavailable." || fmt.Sprint(got.Errors[0].Path) != "[nodes 0 additions]" {
		t.Errorf("errors %+v", got.Errors)
	}
	if single := decoded[object](t, w.get("/repos/acme/api/commits/"+bad.SHA)); single["stats"].(object)["additions"] != 3.0 {
		t.Error("REST has no line counts either")
	}
}

func TestGraphQLFaults_dependOnTheNodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	issue := w.org.AddRepository("api").OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user})
	other := w.org.Repository("api").OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user})
	ask := func(ids ...string) answer {
		return w.query(`query Details($ids:[ID!]!){nodes(ids:$ids){id}}`, object{"ids": ids})
	}
	w.sim.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: issue.NodeID})
	if a := ask(other.NodeID, issue.NodeID).expect(t, http.StatusBadGateway); !strings.HasPrefix(a.message(t), "We couldn't respond to your request in time") {
		t.Errorf("a timeout says %q", a.message(t))
	}
	ask(other.NodeID).expect(t, http.StatusOK)
	w.sim.Heal()
	w.sim.Fail(githubsim.Fault{Match: "Details", Kind: githubsim.ResourceLimits, MaxNodes: 1})
	if a := ask(other.NodeID, issue.NodeID).expect(t, http.StatusOK); !strings.Contains(string(a.body), "RESOURCE_LIMITS_EXCEEDED") {
		t.Errorf("above the limit: %s", a.body)
	}
	if a := ask(other.NodeID); strings.Contains(string(a.body), "errors") {
		t.Errorf("at the limit: %s", a.body)
	}
	w.sim.Heal()
	w.sim.Fail(githubsim.Fault{Kind: githubsim.GraphQLError, Error: "Something went wrong while executing your query."})
	if a := ask(other.NodeID).expect(t, http.StatusOK); string(a.body) != `{"errors":[{"message":"Something went wrong while executing your query."}]}` {
		t.Errorf("an error without data: %s", a.body)
	}
}

func TestGraphQL_pagesThroughConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.Populate(githubsim.Workload{PullRequests: 23, Commits: 30})
	const query = `query($after:String){repository(owner:"acme",name:"repository"){pullRequests(first:10,after:$after,orderBy:{field:UPDATED_AT,direction:DESC}){totalCount pageInfo{hasNextPage endCursor} nodes{number updatedAt}}}}`
	seen := map[any]bool{}
	after, last := any(nil), "9999"
	for pages := 0; pages < 3; pages++ {
		pulls := w.graph(query, object{"after": after}).Data["repository"].(object)["pullRequests"].(object)
		for _, node := range pulls["nodes"].([]any) {
			n := node.(object)
			if updated := n["updatedAt"].(string); updated > last {
				t.Errorf("%v updated %s comes after one updated %s", n["number"], updated, last)
			} else {
				last = updated
			}
			seen[n["number"]] = true
		}
		page := pulls["pageInfo"].(object)
		if page["hasNextPage"] != (pages < 2) {
			t.Errorf("page %d: hasNextPage %v", pages, page["hasNextPage"])
		}
		after = page["endCursor"]
	}
	if len(seen) != 23 {
		t.Errorf("%d pull requests, want 23", len(seen))
	}
}

func TestPullRequestCommits_areCountedButListedTo250(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	p := w.org.AddRepository("api").OpenPullRequest(githubsim.PullRequestSpec{Author: w.user, Title: "Long", Commits: make([]githubsim.CommitSpec, 260)})
	if got := w.all("/repos/acme/api/pulls/1/commits?per_page=100", "sha"); len(got) != 250 {
		t.Errorf("REST lists %d commits, want 250", len(got))
	}
	const query = `query($id:ID!,$after:String){node(id:$id){... on PullRequest{commits(first:100,after:$after){totalCount pageInfo{hasNextPage endCursor} nodes{commit{oid}}}}}}`
	listed, after := 0, any(nil)
	for range 4 {
		commits := w.graph(query, object{"id": p.NodeID, "after": after}).Data["node"].(object)["commits"].(object)
		listed += len(commits["nodes"].([]any))
		if commits["totalCount"] != 260.0 {
			t.Errorf("totalCount %v, want 260", commits["totalCount"])
		}
		page := commits["pageInfo"].(object)
		if page["hasNextPage"] == false {
			break
		}
		after = page["endCursor"]
	}
	if listed != 250 {
		t.Errorf("GraphQL lists %d commits, want 250", listed)
	}
	truth := w.sim.Truth("acme").Repositories[0]
	if len(truth.PullRequestCommits) != 250 || truth.PullRequests[0].Commits != 260 {
		t.Errorf("truth lists %d and counts %d", len(truth.PullRequestCommits), truth.PullRequests[0].Commits)
	}
}

func TestGraphQL_answers501ForWhatItLacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.query(`{viewer{login bio}}`, nil).expect(t, http.StatusNotImplemented)
	if got := w.sim.Gaps(); len(got) != 1 || got[0] != "User.bio" {
		t.Errorf("gaps %v", got)
	}
}

func TestGraphQL_answersTheWholeShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.Populate(githubsim.Workload{Commits: 12, PullRequests: 10, CommitsPerPullRequest: 2, ReviewsPerPullRequest: 1, ReviewCommentsPerPullRequest: 1, CommentsPerPullRequest: 1, Issues: 2, CommentsPerIssue: 1})
	got := w.graph(`{organization(login:"acme"){id databaseId login name url viewerIsAMember viewerCanAdminister repositories(first:10){totalCount edges{cursor node{
		id databaseId name nameWithOwner url isPrivate isArchived isFork isEmpty isDisabled isLocked hasIssuesEnabled createdAt updatedAt pushedAt diskUsage description
		primaryLanguage{name} owner{login ... on Organization{databaseId}} visibility
		defaultBranchRef{name target{oid ... on Commit{history(first:2){totalCount nodes{messageHeadline url}}}}} object(expression:"main"){oid}
		issues(last:1){nodes{number state stateReason title body bodyText url closedAt author{login} labels(first:5){nodes{name}} assignees(first:5){totalCount} comments(first:5){nodes{id body createdAt updatedAt author{login} fullDatabaseId url}}}}
		pullRequests(first:3,states:[MERGED]){nodes{number title body bodyText url state isDraft merged mergedAt closedAt createdAt updatedAt additions deletions changedFiles baseRefName headRefName headRefOid baseRefOid
			mergedBy{login} author{login} mergeCommit{oid} labels(first:5){nodes{name}} comments(first:1){totalCount}
			reviews(first:5){nodes{id fullDatabaseId state body submittedAt author{login} commit{oid} comments(first:2){nodes{id}}}}
			reviewThreads(first:5){nodes{isResolved resolvedBy{login} path line comments(first:5){nodes{path body fullDatabaseId pullRequestReview{id} replyTo{id} originalCommit{oid}}}}}
			commits(first:5){totalCount nodes{commit{oid committedDate author{name email date user{login}} parents(first:5){totalCount nodes{oid}}}}}}}
	}}}}}`, nil)
	if len(got.Errors) != 0 {
		t.Errorf("errors %+v", got.Errors)
	}
}

func TestMergeCommit_isATestUntilThePullRequestIsMerged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	r.Commit(githubsim.CommitSpec{Author: w.user})
	p := r.OpenPullRequest(githubsim.PullRequestSpec{Author: w.user, Title: "Change", Commits: make([]githubsim.CommitSpec, 1)})
	look := func() (sha, updated string, graph object) {
		pull := decoded[object](t, w.get("/repos/acme/api/pulls/1"))
		node := w.graph(`query($id:ID!){node(id:$id){... on PullRequest{mergeCommit{oid} potentialMergeCommit{oid}}}}`, object{"id": p.NodeID}).Data["node"].(object)
		return pull["merge_commit_sha"].(string), pull["updated_at"].(string), node
	}
	first, updated, node := look()
	if node["mergeCommit"] != nil || node["potentialMergeCommit"].(object)["oid"] != first {
		t.Errorf("open: REST shows %s, GraphQL %v", first, node)
	}
	w.get("/repos/acme/api/git/commits/"+first).expect(t, http.StatusNotFound)
	r.Commit(githubsim.CommitSpec{Author: w.user})
	second, after, _ := look()
	if second == first || after != updated {
		t.Errorf("when the base moves: %s, then %s; updated %s, then %s", first, second, updated, after)
	}
	if truth := w.sim.Truth("acme").Repositories[0].PullRequests[0]; truth.MergeCommitSHA != "" {
		t.Errorf("the truth is %q", truth.MergeCommitSHA)
	}
	landed := p.Merge(githubsim.MergeSpec{By: w.user})
	sha, _, node := look()
	if sha != landed.SHA || node["potentialMergeCommit"] != nil || node["mergeCommit"].(object)["oid"] != sha {
		t.Errorf("merged as %s: REST shows %s, GraphQL %v", landed.SHA, sha, node)
	}
}

func TestAssignees_areUsersAndActors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	gone := w.sim.AddUser("leaving")
	issue := w.org.AddRepository("api").OpenIssue(githubsim.IssueSpec{Author: w.user, Assignees: []*githubsim.User{w.user, w.sim.AddBot("robot[bot]"), gone}})
	gone.Delete()
	node := w.graph(`query($id:ID!){node(id:$id){... on Issue{assignees(first:9){totalCount nodes{login}} assignedActors(first:9){totalCount nodes{... on User{login} ... on Bot{login}}}}}}`, object{"id": issue.NodeID}).Data["node"]
	if got, want := fmt.Sprint(node), "map[assignedActors:map[nodes:[map[login:octocat] map[login:robot]] totalCount:2] assignees:map[nodes:[map[login:octocat]] totalCount:1]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if rest := decoded[object](t, w.get("/repos/acme/api/issues/1"))["assignees"].([]any); len(rest) != 2 {
		t.Errorf("REST shows %v", rest)
	}
}

func TestStateReason_knowsDuplicatesWhenAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	issue := w.org.AddRepository("api").OpenIssue(githubsim.IssueSpec{Author: w.user})
	issue.Close(w.user, "duplicate")
	node := w.graph(`query($id:ID!){node(id:$id){... on Issue{stateReason as:stateReason(enableDuplicate:true)}}}`, object{"id": issue.NodeID}).Data["node"].(object)
	if node["stateReason"] != "NOT_PLANNED" || node["as"] != "DUPLICATE" {
		t.Errorf("got %v", node)
	}
}

func TestComments_tellTheirAuthorsAssociation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	comment := r.OpenIssue(githubsim.IssueSpec{Author: w.user}).Comment(githubsim.CommentSpec{Author: w.sim.AddUser("passer-by")})
	line := r.OpenPullRequest(githubsim.PullRequestSpec{Author: w.user, Commits: make([]githubsim.CommitSpec, 1)}).ReviewComment(githubsim.ReviewCommentSpec{Author: w.user})
	nodes := w.graph(`query($ids:[ID!]!){nodes(ids:$ids){... on Comment{authorAssociation}}}`, object{"ids": []string{comment.NodeID, line.NodeID}}).Data["nodes"].([]any)
	for i, path := range []string{fmt.Sprint("issues/comments/", comment.ID), fmt.Sprint("pulls/comments/", line.ID)} {
		if rest := decoded[object](t, w.get("/repos/acme/api/"+path)); nodes[i].(object)["authorAssociation"] != rest["author_association"] {
			t.Errorf("%s: %v, through REST %v", path, nodes[i], rest["author_association"])
		}
	}
}

func TestShortConnection_leavesRowsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	issue := w.org.AddRepository("api").OpenIssue(githubsim.IssueSpec{Author: w.user, Labels: []string{"a", "b", "c"}})
	for range 5 {
		issue.Comment(githubsim.CommentSpec{Author: w.user})
	}
	for _, test := range []struct {
		ids  int
		want string
		f    githubsim.Fault
	}{
		{3, "2 of 5, more false, 3 labels", githubsim.Fault{MaxNodes: 2, Size: 2}},
		{2, "4 of 5, more true, 3 labels", githubsim.Fault{MaxNodes: 2, Size: 2}},
		{3, "2 of 2, more false, 3 labels", githubsim.Fault{MaxNodes: 2, Size: 2, Silent: true}},
	} {
		test.f.Kind, test.f.Field = githubsim.ShortConnection, "comments"
		w.sim.Fail(test.f)
		ids := make([]string, test.ids)
		for i := range ids {
			ids[i] = issue.NodeID
		}
		node := w.graph(`query($ids:[ID!]!){nodes(ids:$ids){... on Issue{labels(first:9){nodes{id}} comments(first:4){totalCount pageInfo{hasNextPage} nodes{id}}}}}`, object{"ids": ids}).Data["nodes"].([]any)[0].(object)
		comments := node["comments"].(object)
		got := fmt.Sprintf("%d of %v, more %v, %d labels", len(comments["nodes"].([]any)), comments["totalCount"], comments["pageInfo"].(object)["hasNextPage"], len(node["labels"].(object)["nodes"].([]any)))
		if got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
		w.sim.Heal()
	}
}
