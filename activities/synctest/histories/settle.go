package histories

import (
	"slices"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// settle lets everything be wanted and readable again that can be (but for what
// issues hide that are switched off), and brings
// the copy to its end: syncs until nothing is left to read, and verifications,
// which find what syncs cannot.
func (h *history) settle() {
	h.t.Helper()
	for _, r := range h.repos {
		r.switchPulls(true, false)
	}
	h.clock.Pass(8 * 24 * time.Hour) // whatever was missing is asked for again by then
	h.reconnect()
	h.intend(h.Store.ResumeIntegration(h.t.Context(), h.Integration.ID))
	h.syncToTheEnd()
	h.checkPromises("within the window", unsure)
	h.wantEverything()
	h.intend(h.Store.SetBackfillFrom(h.t.Context(), h.Integration.ID, nil))
	h.syncToTheEnd()
	h.checkPromises("before any verification", unsure)
	for range h.verifications() {
		h.verify(true)
		h.syncToTheEnd()
	}
	h.verify(false)
}

const mostToTheEnd = 5

// followToTheEnd applies all deliveries that arrive at all.
func (h *history) followToTheEnd() {
	h.t.Helper()
	if !h.live {
		return
	}
	h.Sim.SetDeliveryFaults(githubsim.DeliveryFaults{})
	for range mostToTheEnd {
		h.clock.Pass(3 * time.Minute)
		if err := h.Follow(h.t); err != nil {
			h.t.Fatalf("following hints without trouble: %v", err)
		}
	}
}

// syncToTheEnd syncs until nothing is left to read: what was left open, what
// came in the meantime, the details of that, what is young a second time, and
// once to see that it was all.
func (h *history) syncToTheEnd() {
	h.t.Helper()
	h.followToTheEnd()
	for range mostToTheEnd {
		ended, err := h.product.TrySync(h.t)
		met := ended.State == models.SyncPartial // what is refused from now on, for the first time
		if err != nil || ended.State != models.SyncCompleted && !met {
			h.t.Fatalf("a sync without trouble is %s: %v %s", ended.State, err, ended.Error)
		}
		if ended.Repositories == 0 && !met {
			return
		}
	}
	h.t.Fatalf("after %d syncs in which nothing happened there still is something to read", mostToTheEnd)
}

// verifications is how many it takes to look at every row once.
func (h *history) verifications() int {
	const sample = 500 // rows of each stream
	got := storetest.ReadCopy(h.t, h.URL)
	most := max(len(got.PullRequests), len(got.Issues), len(got.ReviewComments), len(got.IssueComments))
	for _, rows := range got.Plain {
		most = max(most, len(rows))
	}
	return 1 + most/sample
}

// verify repairs, or expects that there is nothing to repair.
func (h *history) verify(repair bool) {
	h.t.Helper()
	report, err := h.product.TryVerify(h.t, repair)
	if v := report.Verification; err != nil || v.State != models.SyncCompleted {
		h.t.Fatalf("a verification without trouble is %s: %v %s", v.State, err, v.Error)
	}
	for _, d := range report.Drifts {
		if !repair {
			h.t.Errorf("what is settled differs: %s %s %s is %s: %s", d.Repository, d.Kind, d.Subject, d.Finding, d.Reason)
		}
	}
}

// checkTombstones: whatever a client cannot see, what is there is not buried.
// What has belonged to others may be, until it is seen again.
func (h *history) checkTombstones() {
	h.t.Helper()
	for _, r := range h.repos {
		row, err := h.Store.Repository(h.t.Context(), r.ID)
		if err == nil && row.DeletedAt != nil && !r.left {
			h.t.Errorf("%s is marked as %q, and it is there", row.FullName, row.DeletedReason)
		}
	}
}

func (h *history) check() {
	h.t.Helper()
	got := storetest.ReadCopy(h.t, h.URL)
	h.checkNames(got)
	h.checkRefused(got)
	truth := h.Sim.Truth(h.org.Login())
	leaveUnread(truth, &got)
	h.checkStreams(got)
	h.forgive(truth, &got)
	if diff := synctest.Diff(truth, got); diff != "" {
		h.t.Errorf("the copy differs from the truth (-truth +copy):\n%.4000s", diff)
	}
	h.checkFacts()
	h.checkLimits()
	h.checkQuiet()
	h.checkGaps()
	if gaps := h.Sim.Gaps(); len(gaps) > 0 {
		h.t.Errorf("the simulator lacks %v", gaps)
	}
}

// checkFacts: whatever was stored in whichever way, what is derived has followed.
func (h *history) checkFacts() {
	h.t.Helper()
	stale, err := h.Store.StaleFacts(h.t.Context())
	if err != nil {
		h.t.Error(err)
	}
	for _, f := range stale {
		h.t.Errorf("the facts of pull request %d of repository %d are not what its rows say", f.Number, f.RepositoryID)
	}
}

// checkQuiet: nothing is queued or runs that nobody waits for.
func (h *history) checkQuiet() {
	h.t.Helper()
	open, err := h.Store.OpenSyncs(h.t.Context(), h.org.ID)
	if err != nil {
		h.t.Error(err)
	}
	for _, sync := range open {
		h.t.Errorf("a sync of the trigger %s is still %s", sync.Trigger, sync.State)
	}
}

// checkGaps: nothing is said to be missing that is not, but for repositories that
// nobody can read, and what is behind issues that are switched off.
func (h *history) checkGaps() {
	h.t.Helper()
	gaps, err := h.Store.Gaps(h.t.Context(), h.Integration.ID)
	if err != nil {
		h.t.Error(err)
	}
	hidden := func(name string) bool {
		return slices.ContainsFunc(h.repos, func(r *repository) bool {
			row, err := h.Store.Repository(h.t.Context(), r.ID)
			return err == nil && r.hidden && row.FullName == name
		})
	}
	for _, gap := range gaps {
		gap.Names = slices.DeleteFunc(gap.Names, func(name string) bool { return gap.Subject == store.GapRows && hidden(name) })
		if len(gap.Names) > 0 && gap.Subject != store.GapOrganization && !slices.Contains([]models.Code{models.RepoGone, models.RepoMoved, models.RepoBlocked}, gap.Code) {
			h.t.Errorf("%d %s of %q are said to be %s: %s", gap.Count, gap.Subject, gap.Names, gap.Code, gap.Example)
		}
	}
}

// checkLimits: requests are sent side by side, so some are under way when one of
// them meets a limit, but none later.
func (h *history) checkLimits() {
	h.t.Helper()
	underWay := max(h.stage.UnderWay, 100*time.Millisecond)
	var met time.Time
	for _, r := range h.Sim.Requests() {
		if !r.WhileLimited {
			met = r.Time
		} else if since := r.Time.Sub(met); since > underWay {
			h.t.Errorf("%s was sent %s after a limit was met", r.URL, since)
		}
	}
}

// refused is why nobody with the token can read a repository.
func (h *history) refused(r *repository) models.Code {
	switch {
	case slices.Contains(h.lost, r), r.away && r.private:
		return models.RepoGone
	case r.blocked:
		return models.RepoBlocked
	case r.away:
		return models.RepoMoved
	}
	return ""
}

// checkRefused: of what cannot be read it is known why, and its rows stay.
func (h *history) checkRefused(got storetest.Copy) {
	h.t.Helper()
	for _, r := range slices.Concat(h.repos, h.lost) {
		why := h.refused(r)
		i := slices.IndexFunc(got.Repositories, func(row models.Repository) bool { return row.ID == r.ID })
		if i < 0 {
			if why == "" {
				h.t.Errorf("repository %d is not stored", r.ID)
			}
			continue // nobody could ever see it
		}
		row := got.Repositories[i]
		if row.AccessCode != why {
			h.t.Errorf("%s is said to be %q, want %q", row.FullName, row.AccessCode, why)
		}
		if rows := rowsOf(got, r.ID); why != "" && rows < r.kept {
			h.t.Errorf("of %s are %d rows left, there were %d when it was lost", row.FullName, rows, r.kept)
		}
	}
}

// proven are the reasons of tombstones that a verification sets. It may look at
// a repository that is lost before a sync does.
var proven = []string{"", store.Deleted, store.Transferred, store.Vanished, store.ParentGone}

// rowsOf counts the rows of a repository that are alive or proven to be gone.
func rowsOf(c storetest.Copy, repositoryID int64) (n int) {
	count := func(repository int64, deleted string) {
		if repository == repositoryID && slices.Contains(proven, deleted) {
			n++
		}
	}
	for _, r := range c.Commits {
		count(r.RepositoryID, r.DeletedReason)
	}
	for _, r := range c.PullRequests {
		count(r.RepositoryID, r.DeletedReason)
	}
	for _, r := range c.Reviews {
		count(r.RepositoryID, r.DeletedReason)
	}
	for _, r := range c.ReviewComments {
		count(r.RepositoryID, r.DeletedReason)
	}
	for _, r := range c.IssueComments {
		count(r.RepositoryID, r.DeletedReason)
	}
	for _, r := range c.Issues {
		count(r.RepositoryID, r.DeletedReason)
	}
	for _, r := range c.IssueEvents {
		count(r.RepositoryID, r.DeletedReason)
	}
	for _, rows := range c.Plain {
		for _, r := range rows {
			count(r.Repository(), r.Tombstone())
		}
	}
	return n
}

// checkStreams compares what the streams say with the rows that there are.
func (h *history) checkStreams(got storetest.Copy) {
	h.t.Helper()
	counted := map[models.StreamKind]int64{}
	for _, s := range got.Streams {
		counted[s.Kind] += s.Stored
		if s.FailingSince != nil || s.Checkpoint.Cursor != "" {
			h.t.Errorf("%s of repository %d has cursor %q and error %q", s.Kind, s.RepositoryID, s.Checkpoint.Cursor, s.LastError)
		}
	}
	want := rowsByStream(got)
	for _, kind := range models.StreamKinds {
		if counted[kind] != want[kind] {
			h.t.Errorf("the streams of %s count %d rows, there are %d", kind, counted[kind], want[kind])
		}
	}
}

func rowsByStream(got storetest.Copy) map[models.StreamKind]int64 {
	rows := map[models.StreamKind]int64{
		models.StreamPullRequests:   int64(len(got.PullRequests)),
		models.StreamReviewComments: int64(len(got.ReviewComments)),
		models.StreamIssueComments:  int64(len(got.IssueComments)),
		models.StreamIssues:         int64(len(got.Issues)),
		models.StreamIssueEvents:    int64(len(got.IssueEvents)),
	}
	for _, d := range models.Streams {
		if d.Plain != nil {
			rows[d.Kind] = int64(len(got.Plain[d.Table().Name]))
		}
	}
	for _, c := range got.Commits {
		if c.OnDefaultBranch {
			rows[models.StreamCommits]++
		}
		if c.DetailsState != models.DetailsPending {
			rows[models.StreamCommitDetails]++
		}
	}
	for _, p := range got.PullRequests {
		if p.DetailsState != models.DetailsPending {
			rows[models.StreamPullRequestDetails]++
		}
	}
	return rows
}

// leaveUnread takes out of a copy what is in repositories that nobody can read.
func leaveUnread(truth githubsim.Truth, got *storetest.Copy) {
	readable := map[int64]bool{}
	for _, r := range truth.Repositories {
		readable[r.ID] = true
	}
	got.Keep(func(id int64) bool { return readable[id] })
}

// forgive takes out of a copy what it may have beyond the truth: what is behind
// issues that are switched off, and accounts that left nothing behind. Rows name
// an account as it was when they were read.
func (h *history) forgive(truth githubsim.Truth, got *storetest.Copy) {
	hidden := map[int64]bool{}
	for _, r := range truth.Repositories {
		hidden[r.ID] = r.IssuesDisabled
	}
	got.Issues = some(got.Issues, func(i models.Issue) bool { return !hidden[i.RepositoryID] })
	got.IssueComments = some(got.IssueComments, func(c models.IssueComment) bool { return c.OnPullRequest || !hidden[c.RepositoryID] })
	got.IssueEvents = some(got.IssueEvents, func(e models.IssueEvent) bool { return e.OnPullRequest || !hidden[e.RepositoryID] })
	got.Accounts = slices.DeleteFunc(got.Accounts, func(a models.Account) bool {
		known := slices.Concat(truth.Accounts, truth.EventAccounts)
		return !slices.ContainsFunc(known, func(b githubsim.AccountTruth) bool { return a.ID == b.ID })
	})
	h.presentAll(got)
	for i, a := range got.Accounts {
		if bot := h.names[a.Login]; a.NodeID == "" && bot != nil && bot.Type == githubsim.TypeBot {
			got.Accounts[i].NodeID, got.Accounts[i].Type = bot.NodeID, models.AccountType(bot.Type) // only addresses of commits named it
		}
	}
}

func (h *history) presentAll(got *storetest.Copy) {
	for i := range got.Commits {
		h.present(&got.Commits[i].AuthorLogin, &got.Commits[i].AuthorID)
		h.present(&got.Commits[i].CommitterLogin, &got.Commits[i].CommitterID)
	}
	for i := range got.PullRequests {
		h.present(&got.PullRequests[i].AuthorLogin, &got.PullRequests[i].AuthorID)
		h.present(&got.PullRequests[i].MergedByLogin, &got.PullRequests[i].MergedByID)
	}
	for i := range got.Reviews {
		h.present(&got.Reviews[i].AuthorLogin, &got.Reviews[i].AuthorID)
	}
	for i := range got.ReviewComments {
		h.present(&got.ReviewComments[i].AuthorLogin, &got.ReviewComments[i].AuthorID)
	}
	for i := range got.IssueComments {
		h.present(&got.IssueComments[i].AuthorLogin, &got.IssueComments[i].AuthorID)
	}
	for i := range got.Issues {
		h.present(&got.Issues[i].AuthorLogin, &got.Issues[i].AuthorID)
		h.presentAssignees(&got.Issues[i])
	}
	for i := range got.IssueEvents {
		h.present(&got.IssueEvents[i].ActorLogin, &got.IssueEvents[i].ActorID)
		h.present(&got.IssueEvents[i].Subject, &got.IssueEvents[i].SubjectID)
	}
	for _, rows := range got.Plain {
		for _, r := range rows {
			r.EachAccount(h.present)
		}
	}
	for i := range got.Accounts {
		h.present(&got.Accounts[i].Login, new(*int64))
	}
}

func (h *history) presentAssignees(issue *models.Issue) {
	var logins []string
	var ids []int64
	for i, login := range issue.Assignees {
		id := &issue.AssigneeIDs[i]
		if h.present(&login, &id); id != nil {
			logins, ids = append(logins, login), append(ids, *id)
		}
	}
	issue.Assignees, issue.AssigneeIDs = logins, ids
}

// checkNames: one account has one login, whatever it is by now.
func (h *history) checkNames(got storetest.Copy) {
	h.t.Helper()
	for id, names := range synctest.Names(got) {
		if len(names) > 1 {
			h.t.Errorf("account %d is called %q", id, names)
		}
	}
}

// present changes the name that an account had into the one it has, and into
// nobody when it was deleted.
func (h *history) present(login *string, id **int64) {
	switch person, known := h.names[*login]; {
	case person != nil:
		*login = person.Login()
	case known:
		*login, *id = "", nil
	}
}
