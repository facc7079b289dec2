package githubsim_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"tributary/githubsim"
)

// at follows a path of members through a payload.
func (d received) at(path string) any {
	var value any = d.payload
	for _, name := range strings.Split(path, ".") {
		switch v := value.(type) {
		case object:
			value = v[name]
		case []any:
			if len(v) == 0 {
				return nil
			}
			value = v[0].(object)[name]
		}
	}
	return value
}

// scene is what the changes of TestEvents are made of.
type scene struct {
	*world
	repo    *githubsim.Repository
	other   *githubsim.Organization
	first   *githubsim.Commit
	issue   *githubsim.Issue
	pull    *githubsim.PullRequest
	comment *githubsim.Comment
	review  *githubsim.Review
	line    *githubsim.ReviewComment
	draft   *githubsim.Release
	mona    *githubsim.User
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{world: newWorld(t, inOrder())}
	s.mona, s.other = s.sim.AddUser("mona"), s.sim.AddOrganization("other")
	s.repo = s.org.AddRepository("api")
	s.first = s.repo.Commit(githubsim.CommitSpec{Author: s.mona, Message: "Begin"})
	s.issue = s.repo.OpenIssue(githubsim.IssueSpec{Title: "It is slow", Author: s.mona, Labels: []string{"bug"}})
	s.pull = s.repo.OpenPullRequest(githubsim.PullRequestSpec{Title: "Mend it", Author: s.mona, Commits: []githubsim.CommitSpec{{Message: "Mend", Additions: 3}}})
	s.comment = s.issue.Comment(githubsim.CommentSpec{Author: s.mona, Body: "Very"})
	s.review = s.pull.Review(githubsim.ReviewSpec{Author: s.user, State: "CHANGES_REQUESTED", Body: "No"})
	s.line = s.pull.ReviewComment(githubsim.ReviewCommentSpec{Author: s.user, Body: "Why?", Review: s.review})
	s.draft = s.repo.Release(githubsim.ReleaseSpec{Author: s.user, Tag: "v2", Draft: true})
	return s
}

// Every change of the world is told as GitHub's documents say, with what the payload is known to hold.
func TestEvents_followChanges(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*scene)
		want   string // events and actions, in their order
		holds  string // member=value, of the last of them
	}{
		{"a push", func(s *scene) { s.repo.Commit(githubsim.CommitSpec{Author: s.mona, Message: "More"}) }, "push", "ref=refs/heads/main commits.message=More created=false forced=false sender.login=mona pusher.name=mona repository.master_branch=main"},
		{"a new branch", func(s *scene) { s.repo.Commit(githubsim.CommitSpec{Branch: "side", Author: s.mona}) }, "create push", "created=true before=" + zeros},
		{"a force push", func(s *scene) {
			s.repo.Commit(githubsim.CommitSpec{Author: s.mona})
			s.repo.ForcePush("", s.first.SHA)
		}, "push push", "forced=true"},
		{"a branch deleted", func(s *scene) { s.repo.DeleteBranch("branch-2") }, "delete push", "deleted=true head_commit=<nil> after=" + zeros},
		{"three tags", func(s *scene) { s.repo.PushTags(s.mona, "a", "b", "c") }, "create push create push create push", "ref=refs/tags/c"},
		{"four tags", func(s *scene) { s.repo.PushTags(s.mona, "a", "b", "c", "d") }, "", ""},
		{"5001 branches", func(s *scene) { s.repo.PushBranches(s.mona, make([]string, 5001)...) }, "", ""},
		{"an issue", func(s *scene) {
			s.repo.OpenIssue(githubsim.IssueSpec{Title: "T", Author: s.mona, Labels: []string{"new"}, Assignees: []*githubsim.User{s.user}, Milestone: "1.0"})
		}, "label.created issues.opened issues.labeled issues.assigned issues.milestoned", "milestone.title=1.0 issue.title=T"},
		{"an issue edited", func(s *scene) { s.issue.Edit("It is fast", "") }, "issues.edited", "changes.title.from=It_is_slow issue.title=It_is_fast"},
		{"an issue closed", func(s *scene) { s.issue.Close(s.user, "not_planned"); s.issue.Reopen(s.user) }, "issues.closed issues.reopened", "issue.state=open sender.login=octocat"},
		{"an issue labeled", func(s *scene) { s.issue.Label("slow", s.user); s.issue.Unlabel("bug") }, "label.created issues.labeled issues.unlabeled", "label.name=bug"},
		{"an issue assigned", func(s *scene) { s.issue.Assign(s.user, s.mona); s.issue.Unassign(s.user, s.mona) }, "issues.assigned issues.unassigned", "assignee.login=mona"},
		{"an issue deleted", func(s *scene) { s.issue.Delete() }, "issues.deleted", "issue.number=1"},
		{"an issue transferred", func(s *scene) { s.issue.Transfer(s.org.AddRepository("web")) }, "repository.created issues.transferred issues.opened", "changes.old_issue.number=1 changes.old_repository.name=api repository.name=web"},
		{"an issue converted", func(s *scene) { s.issue.ConvertToDiscussion() }, "", ""},
		{"a comment", func(s *scene) {
			s.issue.Comment(githubsim.CommentSpec{Author: s.user, Body: "New"}).Edit("Newer")
			s.comment.Delete()
		}, "issue_comment.created issue_comment.edited issue_comment.deleted", "comment.body=Very issue.number=1"},
		{"a comment on a pull request", func(s *scene) { s.pull.Comment(githubsim.CommentSpec{Author: s.user, Body: "New"}).Edit("Newer") }, "issue_comment.created issue_comment.edited", "changes.body.from=New issue.pull_request.merged_at=<nil>"},
		{"a label renamed", func(s *scene) { s.repo.RenameLabel("bug", "defect"); s.repo.DeleteLabel("defect") }, "label.edited label.deleted", "label.name=defect"},
		{"a pull request", func(s *scene) {
			s.repo.OpenPullRequest(githubsim.PullRequestSpec{Title: "T", Author: s.mona, Labels: []string{"bug"}, Commits: []githubsim.CommitSpec{{Message: "One", Additions: 5}}})
		}, "create push pull_request.opened pull_request.labeled", "pull_request.additions=5 number=3 pull_request.commits=1 label.name=bug"},
		{"a pull request pushed to", func(s *scene) { s.pull.AddCommit(githubsim.CommitSpec{Message: "More"}) }, "push pull_request.synchronize", "pull_request.commits=2"},
		{"a pull request rewritten", func(s *scene) { s.repo.ForcePush("branch-2", s.first.SHA) }, "push pull_request.synchronize", "pull_request.commits=0"},
		{"a pull request edited", func(s *scene) { s.pull.Edit("New", "Text") }, "pull_request.edited", "changes.title.from=Mend_it"},
		{"a pull request closed", func(s *scene) { s.pull.Close(s.user); s.pull.Reopen(s.user) }, "pull_request.closed pull_request.reopened", "pull_request.merged=false"},
		{"a pull request merged", func(s *scene) { s.pull.Merge(githubsim.MergeSpec{By: s.user, Method: githubsim.Squash}) }, "push pull_request.closed", "pull_request.merged=true pull_request.merged_by.login=octocat"},
		{"a draft", func(s *scene) { s.pull.SetDraft(true, s.user); s.pull.SetDraft(false, s.user) }, "pull_request.converted_to_draft pull_request.ready_for_review", "pull_request.draft=false"},
		{"a review asked for", func(s *scene) { s.pull.RequestReview(s.mona, s.user); s.pull.RequestTeamReview(s.mona, "Core") }, "pull_request.review_requested pull_request.review_requested", "requested_team.slug=core"},
		{"a pull request labeled", func(s *scene) {
			s.pull.Label("bug")
			s.pull.Unlabel("bug")
			s.pull.Assign(s.user, s.user)
			s.pull.Unassign(s.user, s.user)
		}, "pull_request.labeled pull_request.unlabeled pull_request.assigned pull_request.unassigned", "assignee.login=octocat"},
		{"a review", func(s *scene) { s.pull.Review(githubsim.ReviewSpec{Author: s.user, State: "APPROVED"}).Edit("Fine") }, "pull_request_review.submitted pull_request_review.edited", "review.state=approved pull_request.additions=<nil> changes.body.from="},
		{"a review dismissed", func(s *scene) { s.review.Dismiss(s.mona) }, "pull_request_review.dismissed", "review.state=dismissed sender.login=mona"},
		{"a review that waits", func(s *scene) {
			v := s.pull.Review(githubsim.ReviewSpec{Author: s.user, State: "PENDING"})
			s.pull.ReviewComment(githubsim.ReviewCommentSpec{Author: s.user, Review: v, Body: "Hm"})
			v.Submit("APPROVED")
		}, "pull_request_review.submitted pull_request_review_comment.created", "comment.body=Hm"},
		{"a line comment", func(s *scene) {
			s.pull.ReviewComment(githubsim.ReviewCommentSpec{Author: s.user, Body: "Why?"}).Edit("How?")
			s.line.Delete()
		}, "pull_request_review.submitted pull_request_review_comment.created pull_request_review_comment.edited pull_request_review_comment.deleted", "comment.body=Why? pull_request.number=2"},
		{"a thread", func(s *scene) { s.line.Resolve(s.mona); s.line.Unresolve(s.mona) }, "pull_request_review_thread.resolved pull_request_review_thread.unresolved", "thread.comments.body=Why? sender.login=mona"},
		{"a comment on a commit", func(s *scene) { s.repo.CommentOn(s.first, githubsim.CommentSpec{Author: s.user, Body: "Old"}) }, "commit_comment.created", "comment.body=Old"},
		{"a release", func(s *scene) { s.repo.Release(githubsim.ReleaseSpec{Author: s.user, Tag: "v1"}) }, "release.created create push release.published release.released", "release.tag_name=v1"},
		{"a draft of a release", func(s *scene) { s.draft.Publish(); s.draft.Edit("Two", "Text"); s.draft.Delete() }, "create push release.published release.released release.edited release.deleted", "release.draft=false"},
		{"a repository", func(s *scene) { s.org.AddRepository("web") }, "repository.created", "repository.full_name=acme/web organization.login=acme"},
		{"a repository renamed", func(s *scene) { s.repo.Rename("core") }, "repository.renamed", "changes.repository.name.from=api repository.name=core"},
		{"a repository transferred away", func(s *scene) { s.repo.TransferTo(s.other) }, "", ""},
		{"a repository transferred here", func(s *scene) { s.other.AddRepository("web").TransferTo(s.org) }, "repository.transferred", "changes.owner.from.organization.login=other"},
		{"a repository deleted", func(s *scene) { s.repo.Delete() }, "repository.deleted", "repository.name=api"},
		{"settings", func(s *scene) {
			for _, edit := range []func(*githubsim.RepositorySettings){
				func(s *githubsim.RepositorySettings) { s.Private = true }, func(s *githubsim.RepositorySettings) { s.Private = false },
				func(s *githubsim.RepositorySettings) { s.Archived = true }, func(s *githubsim.RepositorySettings) { s.Archived = false },
				func(s *githubsim.RepositorySettings) { s.IssuesDisabled = true }, func(s *githubsim.RepositorySettings) { s.DefaultBranch = "trunk" },
			} {
				s.repo.Change(edit)
			}
		}, "repository.privatized repository.publicized public repository.archived repository.unarchived create delete repository.edited", "changes.default_branch.from=main repository.default_branch=trunk"},
		{"members", func(s *scene) {
			s.org.AddMember(s.mona, "member")
			s.org.AddMember(s.mona, "admin")
			s.org.RemoveMember(s.mona)
			s.org.Invite(s.mona, "member")
		}, "organization.member_added organization.member_removed organization.member_invited", "user.login=mona invitation.role=direct_member"},
		{"an organization renamed", func(s *scene) { s.org.Rename("emca") }, "organization.renamed", "changes.login.from=acme organization.login=emca"},
		{"a collaborator", func(s *scene) { s.repo.AddCollaborator(s.mona) }, "member.added", "member.login=mona"},
		{"a team", func(s *scene) { s.org.AddToTeam("Core", s.mona); s.org.RemoveFromTeam("Core", s.mona) }, "membership.added membership.removed", "team.slug=core member.login=mona"},
		{"the past", func(s *scene) { s.sim.Populate(githubsim.Workload{Commits: 5, PullRequests: 3, Issues: 2}) }, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			r := s.receiver()
			s.org.AddHook(githubsim.HookSpec{URL: r.server.URL, Secret: hookSecret, ContentType: "json", Events: []string{"*"}})
			r.take()
			test.change(s)
			arrived := r.take()
			var got []string
			for _, d := range arrived {
				got = append(got, d.event())
				parse(t, d)
			}
			if strings.Join(got, " ") != test.want {
				t.Fatalf("told %q, want %q", got, test.want)
			}
			for _, pair := range strings.Fields(test.holds) {
				member, want, _ := strings.Cut(pair, "=")
				if got := strings.ReplaceAll(fmt.Sprint(arrived[len(arrived)-1].at(member)), " ", "_"); got != want {
					t.Errorf("%s is %q, want %q", member, got, want)
				}
			}
		})
	}
}

const zeros = "0000000000000000000000000000000000000000"

// parse reads a payload with a client that thousands of programs use, and checks what every delivery has.
func parse(t *testing.T, d received) {
	t.Helper()
	event, err := github.ParseWebHook(d.header.Get("X-GitHub-Event"), d.body)
	if err != nil {
		t.Errorf("%s does not parse: %v", d.event(), err)
	}
	if withSender, ok := event.(interface{ GetSender() *github.User }); ok && withSender.GetSender().GetID() == 0 {
		t.Errorf("%s has no sender", d.event())
	}
	newer, older := githubsim.Signatures(hookSecret, d.body)
	for name, want := range map[string]string{
		"X-Hub-Signature-256": newer, "X-Hub-Signature": older, "Content-Type": "application/json", "X-GitHub-Hook-Installation-Target-Type": "organization",
	} {
		if got := d.header.Get(name); got != want {
			t.Errorf("%s: header %s is %q, want %q", d.event(), name, got, want)
		}
	}
	if !strings.HasPrefix(d.header.Get("User-Agent"), "GitHub-Hookshot/") || len(d.header.Get("X-GitHub-Delivery")) != 36 || d.header.Get("X-GitHub-Hook-ID") == "" {
		t.Errorf("%s: headers %v", d.event(), d.header)
	}
	var whole json.RawMessage
	if err := json.Unmarshal(d.body, &whole); err != nil {
		t.Errorf("%s: %v", d.event(), err)
	}
}

// One event reaches the hook of the organization, that of the repository and the App, each under its own GUID, and each
// only with what it has subscribed to.
func TestEvents_reachWhoHasSubscribed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	r := w.receiver()
	repo, quiet := w.org.AddRepository("api"), w.org.AddRepository("web")
	w.org.AddHook(githubsim.HookSpec{URL: r.server.URL, Events: []string{"issues"}, ContentType: "json"})
	repo.AddHook(githubsim.HookSpec{URL: r.server.URL, Events: []string{"issues", "repository"}})
	repo.AddHook(githubsim.HookSpec{URL: r.server.URL, Events: []string{"push"}})
	repo.AddHook(githubsim.HookSpec{URL: r.server.URL, Events: []string{"issues"}, ContentType: "json", Inactive: true})
	app := w.sim.AddApp(githubsim.AppSpec{
		Slug: "robot", WebhookURL: r.server.URL, Permissions: map[string]string{"issues": "read"}, Events: []string{"issues", "push", "repository"},
	})
	installed := app.Install(w.org, githubsim.InstallSpec{Repositories: []*githubsim.Repository{repo}})
	r.take()

	repo.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user})
	guids := map[string]bool{}
	var targets []string
	for _, d := range r.take() {
		guids[d.header.Get("X-GitHub-Delivery")] = true
		target := d.header.Get("X-GitHub-Hook-Installation-Target-Type")
		targets = append(targets, target)
		if of, _ := d.at("installation.id").(float64); (int64(of) == installed.ID) != (target == "integration") || d.event() != "issues.opened" {
			t.Errorf("%s is told %s of installation %v", target, d.event(), of)
		}
		if form := d.header.Get("Content-Type") == "application/x-www-form-urlencoded"; form != (target == "repository") || d.header.Get("X-Hub-Signature-256") != "" {
			t.Errorf("%s: headers %v", target, d.header)
		}
	}
	if slices.Sort(targets); len(guids) != 3 || !slices.Equal(targets, []string{"integration", "organization", "repository"}) {
		t.Errorf("told %v under %d GUIDs", targets, len(guids))
	}
	if rows := app.Hook().Deliveries(); rows[0].InstallationID != installed.ID || rows[0].RepositoryID != repo.ID || rows[0].Action != "opened" {
		t.Errorf("the App's log has %+v", rows[0])
	}

	quiet.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user}) // not covered by the installation
	repo.Commit(githubsim.CommitSpec{Author: w.user})                // which may not read contents
	installed.Suspend(w.user)
	repo.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user})
	installed.Unsuspend()
	repo.Delete()
	var got []string
	for _, d := range r.take() {
		got = append(got, d.header.Get("X-GitHub-Hook-Installation-Target-Type")+" "+d.event())
	}
	if want := []string{
		"organization issues.opened", "repository push", "integration installation.suspend", "organization issues.opened", "repository issues.opened",
		"integration installation.unsuspend",
	}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestEvents_ofInstallationsAreForTheirApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	r := w.receiver()
	one, two := w.org.AddRepository("one"), w.org.AddRepository("two")
	w.org.AddHook(githubsim.HookSpec{URL: r.server.URL + "/organization", Events: []string{"*"}})
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot", WebhookURL: r.server.URL, Permissions: map[string]string{"contents": "read"}})
	r.take()
	installed := app.Install(w.org, githubsim.InstallSpec{Repositories: []*githubsim.Repository{one}})
	installed.Select(two)
	app.RequestPermissions(map[string]string{"contents": "read", "issues": "read"})
	installed.AcceptPermissions()
	installed.Suspend(w.user)
	installed.Unsuspend()
	app.Authorize(w.user)
	app.WithdrawAuthorization(w.user)
	installed.Uninstall()
	arrived := r.take()
	var got []string
	for _, d := range arrived {
		got = append(got, d.event())
	}
	want := []string{
		"installation.created", "installation_repositories.removed", "installation_repositories.added", "installation.new_permissions_accepted",
		"installation.suspend", "installation.unsuspend", "github_app_authorization.revoked", "installation.deleted",
	}
	if !slices.Equal(got, want) {
		t.Fatalf("told %q, want %q", got, want)
	}
	if arrived[0].at("repositories.name") != "one" || arrived[0].at("installation.account.login") != "acme" || arrived[2].at("repositories_added.name") != "two" ||
		arrived[2].at("repository_selection") != "selected" || arrived[3].at("installation.permissions.issues") != "read" || arrived[4].at("installation.suspended_at") == nil ||
		arrived[6].at("sender.login") != "octocat" {
		t.Errorf("payloads %v", arrived)
	}
	w.org.Rename("emca")
	if events := r.events(); !slices.Equal(events, []string{"organization.renamed"}) {
		t.Errorf("renamed, where it is not installed any more: %q", events)
	}
}

// What GitHub's documents leave open can be had both ways.
func TestHookRules_decideWhatIsOpen(t *testing.T) {
	t.Parallel()
	for _, loud := range []bool{false, true} {
		config := inOrder()
		config.Hooks = githubsim.HookRules{
			Concurrency: 1, SignWhenSent: loud, TransferToRepositoryHooks: loud, NewToInstallations: loud, UnlabelWhenDeleted: loud, TellConversion: loud,
		}
		w := newWorld(t, config)
		r := w.receiver()
		other := w.sim.AddOrganization("other")
		app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot", WebhookURL: r.server.URL})
		app.Install(w.org, githubsim.InstallSpec{})
		repo := w.org.AddRepository("api")
		issue := repo.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user, Labels: []string{"bug"}})
		hook := repo.AddHook(githubsim.HookSpec{URL: r.server.URL, Secret: "old", ContentType: "json", Events: []string{"*"}})
		r.take()
		w.sim.HoldDeliveries(true)
		repo.DeleteLabel("bug")
		hook.Alter(func(s *githubsim.HookSpec) { s.Secret = "new" })
		first := r.take()
		if old, _ := githubsim.Signatures("old", first[0].body); (first[0].header.Get("X-Hub-Signature-256") == old) == loud {
			t.Errorf("SignWhenSent %v: signature of the old secret: %v", loud, !loud)
		}
		issue.ConvertToDiscussion()
		repo.TransferTo(other)
		var got []string
		for _, d := range append(first, r.take()...) {
			got = append(got, d.event())
		}
		want := []string{"label.deleted"}
		if loud {
			want = []string{"label.deleted", "issues.unlabeled", "discussion.created", "repository.transferred", "installation_repositories.removed"}
		}
		if !slices.Equal(got, want) {
			t.Errorf("loud %v: told %q, want %q", loud, got, want)
		}
	}
}
