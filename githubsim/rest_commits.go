package githubsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// commitURLs are what the URLs of a page's commits have in common.
type commitURLs struct {
	api, html string
	comments  map[*Commit]int64 // comments by commit
}

func (c *call) newCommitURLs() commitURLs {
	urls := commitURLs{api: c.base + "/repos/" + c.repo.fullName(), html: "https://github.com/" + c.repo.fullName()}
	if len(c.repo.commitComments) > 0 {
		urls.comments = map[*Commit]int64{}
		for _, comment := range c.repo.commitComments {
			urls.comments[comment.commit]++
		}
	}
	return urls
}

// unsigned is the verification of every commit here.
const unsigned = `{"verified":false,"reason":"unsigned","signature":null,"payload":null,"verified_at":null}`

// commit writes a commit as lists show it: without line counts and files.
func (c *call) commit(commit *Commit, urls commitURLs) {
	c.w.open('{')
	c.commitFields(commit, urls)
	c.w.close('}')
}

func (c *call) commitFields(commit *Commit, urls commitURLs) {
	w := &c.w
	w.str("sha", commit.SHA)
	w.commitNodeID("node_id", c.repo.ID, commit.SHA)
	w.key("commit")
	w.open('{')
	c.signature("author", commit.Author)
	c.signature("committer", commit.Committer)
	w.str("message", commit.Message)
	w.key("tree")
	w.open('{')
	w.str("sha", commit.treeSHA())
	w.str("url", urls.api, "/git/trees/", commit.treeSHA())
	w.close('}')
	w.str("url", urls.api, "/git/commits/", commit.SHA)
	w.int("comment_count", urls.comments[commit])
	w.key("verification")
	w.b = append(w.b, unsigned...)
	w.close('}')
	w.str("url", urls.api, "/commits/", commit.SHA)
	w.str("html_url", urls.html, "/commit/", commit.SHA)
	w.str("comments_url", urls.api, "/commits/", commit.SHA, "/comments")
	c.commitAccount("author", commit.Author)
	c.commitAccount("committer", commit.Committer)
	w.key("parents")
	w.open('[')
	for _, parent := range commit.Parents {
		w.open('{')
		w.str("sha", parent.SHA)
		w.str("url", urls.api, "/commits/", parent.SHA)
		w.str("html_url", urls.html, "/commit/", parent.SHA)
		w.close('}')
	}
	w.close(']')
}

// treeSHA is made up, and the commit's own digits in another order: trees are not simulated.
func (commit *Commit) treeSHA() string { return commit.SHA[20:] + commit.SHA[:20] }

func (c *call) signature(name string, s Signature) {
	w := &c.w
	w.key(name)
	w.open('{')
	w.str("name", s.Name)
	w.str("email", s.Email)
	w.time("date", s.When)
	w.close('}')
}

func (c *call) commitAccount(name string, s Signature) {
	if s.Blank && s.User == nil {
		c.w.raw(name, []byte("{}"))
		return
	}
	c.account(name, s.User.present()) // by their address, which is nobody's any more
}

func (c *call) emptyRepository(docs string) bool {
	if !c.repo.empty() {
		return false
	}
	c.fail(http.StatusConflict, "Git Repository is empty.", docs)
	return true
}

func (c *call) listCommits() {
	if c.emptyRepository("commits/commits#list-commits") {
		return
	}
	head := c.repo.find(c.query.Get("sha"))
	if head == nil {
		c.notFound()
		return
	}
	rows, ok := c.commitRows(head)
	if !ok {
		return
	}
	urls := c.newCommitURLs()
	list(c, byPage(c, rows), func(commit *Commit) { c.commit(commit, urls) })
}

func (c *call) commitRows(head *Commit) ([]*Commit, bool) {
	since, sinceGiven, ok := c.timeParam("since")
	if !ok {
		return nil, false
	}
	until, untilGiven, ok := c.timeParam("until")
	if !ok {
		return nil, false
	}
	rows := c.repo.history(head)
	if sinceGiven {
		rows = historySince(head, since)
	}
	author, committer, path := c.query.Get("author"), c.query.Get("committer"), c.query.Get("path")
	if !untilGiven && author == "" && committer == "" && path == "" {
		return rows, true
	}
	return slices.DeleteFunc(slices.Clone(rows), func(commit *Commit) bool {
		return (untilGiven && commit.Committer.When.After(until)) ||
			(author != "" && !commit.Author.is(author)) ||
			(committer != "" && !commit.Committer.is(committer)) ||
			(path != "" && !commit.touches(path))
	}), true
}

func (s Signature) is(loginOrEmail string) bool {
	return strings.EqualFold(s.Email, loginOrEmail) || (s.User != nil && strings.EqualFold(s.User.login, loginOrEmail))
}

func (commit *Commit) touches(path string) bool {
	return slices.ContainsFunc(commit.Files, func(f File) bool { return f.Name == path || strings.HasPrefix(f.Name, path+"/") })
}

const shaMediaType = "application/vnd.github.sha"
const shaMediaTypeV3 = "application/vnd.github.v3.sha"

func (c *call) getCommit() {
	if c.emptyRepository("commits/commits#get-a-commit") {
		return
	}
	commit := c.repo.find(c.params[0])
	if commit == nil {
		c.fail(http.StatusUnprocessableEntity, "No commit found for SHA: "+c.params[0], "commits/commits#get-a-commit")
		return
	}
	if accept := c.r.Header.Get("Accept"); strings.Contains(accept, shaMediaType) || strings.Contains(accept, shaMediaTypeV3) {
		c.header["Content-Type"] = []string{shaMediaType + "; charset=utf-8"}
		c.header["Etag"] = []string{`"` + commit.SHA + `"`}
		c.w.b = append(c.w.b, commit.SHA...)
		return
	}
	c.fullCommit(commit)
}

// mostFiles is where the list of a commit's files ends.
const mostFiles = 3000

// fullCommit adds what only a single commit has. Files come in pages of at most 300, the counts are of all.
func (c *call) fullCommit(commit *Commit) {
	w := &c.w
	w.open('{')
	c.commitFields(commit, c.newCommitURLs())
	w.key("stats")
	w.open('{')
	w.int("total", int64(commit.Additions+commit.Deletions))
	w.int("additions", int64(commit.Additions))
	w.int("deletions", int64(commit.Deletions))
	w.close('}')
	w.key("files")
	files := commit.files()
	files = files[:min(len(files), mostFiles)]
	if c.query.Get("page") == "" && c.query.Get("per_page") == "" {
		files = files[:min(len(files), 300)]
	} else {
		files = byPage(c, files)
	}
	list(c, files, func(f File) { c.file(commit.SHA, f) })
	w.close('}')
}

// files are the changed files; a commit that has counts only shows as many invented ones.
func (commit *Commit) files() []File {
	if len(commit.Files) > 0 || commit.ChangedFiles == 0 {
		return commit.Files
	}
	files := make([]File, commit.ChangedFiles)
	for i := range files {
		files[i] = File{Name: fmt.Sprintf("src/file-%d.go", i+1), Status: "modified"}
	}
	files[0].Additions, files[0].Deletions = commit.Additions, commit.Deletions
	return files
}

func (c *call) file(sha string, f File) {
	w := &c.w
	if f.Status == "" {
		f.Status = "modified"
	}
	full := c.repo.fullName()
	w.open('{')
	w.str("sha", sha)
	w.str("filename", f.Name)
	w.str("status", f.Status)
	w.int("additions", int64(f.Additions))
	w.int("deletions", int64(f.Deletions))
	w.int("changes", int64(f.Additions+f.Deletions))
	w.str("blob_url", "https://github.com/", full, "/blob/", sha, "/", f.Name)
	w.str("raw_url", "https://github.com/", full, "/raw/", sha, "/", f.Name)
	w.str("contents_url", c.base, "/repos/", full, "/contents/", f.Name, "?ref=", sha)
	if f.Previous != "" {
		w.str("previous_filename", f.Previous)
	}
	w.close('}')
}

// compareLimit is how many commits a comparison shows to a client that does not page.
const compareLimit = 250

func (c *call) compareCommits() {
	const docs = "commits/commits#compare-two-commits"
	if c.emptyRepository(docs) {
		return
	}
	baseRef, headRef, found := strings.Cut(c.params[0], "...")
	base, head := c.compareSide(baseRef), c.compareSide(headRef)
	if !found || base == nil || head == nil {
		c.notFound()
		return
	}
	result := c.repo.compare(base, head)
	if result.mergeBase == nil {
		c.fail(http.StatusNotFound, fmt.Sprintf("No common ancestor between %s and %s.", baseRef, headRef), docs)
		return
	}
	c.comparison(base, head, result)
}

// compareSide resolves one side, which may be owner:branch.
func (c *call) compareSide(ref string) *Commit {
	if _, branch, found := strings.Cut(ref, ":"); found {
		ref = branch
	}
	if ref == "" {
		return nil
	}
	return c.repo.find(ref)
}

// comparison shows the newest 250 commits to clients that do not page; with page or per_page all of them, oldest
// first, and the files on page 1 only.
func (c *call) comparison(base, head *Commit, result comparison) {
	rows, paged := result.ahead, c.query.Get("page") != "" || c.query.Get("per_page") != ""
	if paged {
		rows = byPage(c, rows)
	} else if len(rows) > compareLimit {
		rows = rows[len(rows)-compareLimit:]
	}
	w := &c.w
	urls := c.newCommitURLs()
	basehead := base.SHA + "..." + head.SHA
	w.open('{')
	w.str("url", urls.api, "/compare/", c.params[0])
	w.str("html_url", urls.html, "/compare/", c.params[0])
	w.str("permalink_url", urls.html, "/compare/", basehead)
	w.str("diff_url", urls.html, "/compare/", c.params[0], ".diff")
	w.str("patch_url", urls.html, "/compare/", c.params[0], ".patch")
	w.key("base_commit")
	c.commit(base, urls)
	w.key("merge_base_commit")
	c.commit(result.mergeBase, urls)
	w.str("status", result.status())
	w.int("ahead_by", int64(len(result.ahead)))
	w.int("behind_by", int64(result.behind))
	w.int("total_commits", int64(len(result.ahead)))
	w.key("commits")
	list(c, rows, func(commit *Commit) { c.commit(commit, urls) })
	w.key("files")
	var files []File
	if !paged || c.page().number == 1 {
		files = changedFiles(result.ahead, 300)
	}
	list(c, files, func(f File) { c.file(head.SHA, f) })
	w.close('}')
}

// changedFiles adds up the files of several commits, oldest first.
func changedFiles(commits []*Commit, limit int) []File {
	index := map[string]int{}
	var files []File
	for _, commit := range commits {
		for _, f := range commit.files() {
			if i, seen := index[f.Name]; seen {
				files[i].Additions += f.Additions
				files[i].Deletions += f.Deletions
				continue
			}
			if len(files) == limit {
				continue
			}
			index[f.Name] = len(files)
			files = append(files, f)
		}
	}
	return files
}

func (c *call) listCommitComments() {
	if c.refusesDepth(c.page()) {
		return
	}
	list(c, byPage(c, c.repo.commitComments), c.commitComment)
}

func (c *call) commitComment(comment *CommitComment) {
	w := &c.w
	full := c.repo.fullName()
	w.open('{')
	w.str("url", c.base, "/repos/", full, "/comments/", id(comment.ID))
	w.str("html_url", "https://github.com/", full, "/commit/", comment.commit.SHA, "#commitcomment-", id(comment.ID))
	w.int("id", comment.ID)
	w.str("node_id", comment.NodeID)
	c.account("user", comment.author)
	w.null("position")
	w.null("line")
	w.null("path")
	w.str("commit_id", comment.commit.SHA)
	w.time("created_at", comment.createdAt)
	w.time("updated_at", comment.createdAt)
	w.str("author_association", c.association(comment.author))
	w.str("body", comment.body)
	w.close('}')
}
