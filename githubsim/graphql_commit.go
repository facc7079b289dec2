package githubsim

import (
	"strings"
	"time"
)

func (c *Commit) graphQLType() string { return "Commit" }

func (c *Commit) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return CommitNodeID(c.repo.ID, c.SHA), nil
	case "oid":
		return c.SHA, nil
	case "abbreviatedOid":
		return c.SHA[:7], nil
	case "message":
		return c.Message, nil
	case "messageHeadline":
		headline, _ := c.headline()
		return headline, nil
	case "messageBody":
		_, body := c.headline()
		return body, nil
	case "additions":
		return c.lineCount(x, f.name, c.Additions)
	case "deletions":
		return c.lineCount(x, f.name, c.Deletions)
	case "changedFilesIfAvailable":
		if x.sim.faults.additionsUnavailable(c.SHA) {
			return nil, nil
		}
		return c.ChangedFiles, nil
	case "changedFiles":
		return c.ChangedFiles, nil
	case "authoredDate":
		return c.Author.When, nil
	case "committedDate":
		return c.Committer.When, nil
	case "author":
		return gitActor(c.Author), nil
	case "committer":
		return gitActor(c.Committer), nil
	case "authoredByCommitter":
		return c.Author.Email == c.Committer.Email, nil
	case "committedViaWeb":
		return c.Committer.Email == webFlowAddress, nil
	case "parents":
		return connect(x, f, c.Parents, false, nil)
	case "history":
		return c.historyConnection(x, f)
	case "repository":
		return c.repo, nil
	case "url", "commitUrl":
		return "https://github.com/" + c.repo.fullName() + "/commit/" + c.SHA, nil
	case "resourcePath":
		return "/" + c.repo.fullName() + "/commit/" + c.SHA, nil
	}
	return nil, errGap
}

func (c *Commit) headline() (headline, body string) {
	headline, body, _ = strings.Cut(c.Message, "\n")
	return headline, strings.TrimSpace(body)
}

// lineCount fails for commits whose diff GitHub cannot compute in time. The field must not be null, so
// the whole commit is.
func (c *Commit) lineCount(x *execution, what string, n int) (any, error) {
	if x.sim.faults.additionsUnavailable(c.SHA) {
		return nil, &graphQLError{Type: "SERVICE_UNAVAILABLE", Message: "The " + what + " count for this commit is unavailable."}
	}
	return n, nil
}

func (c *Commit) historyConnection(x *execution, f *selection) (any, error) {
	rows := c.repo.history(c)
	if since, err := time.Parse(time.RFC3339, x.text(f, "since")); err == nil {
		rows = historySince(c, since)
	}
	if until, err := time.Parse(time.RFC3339, x.text(f, "until")); err == nil {
		kept := rows[:0:0]
		for _, commit := range rows {
			if !commit.Committer.When.After(until) {
				kept = append(kept, commit)
			}
		}
		rows = kept
	}
	return connect(x, f, rows, false, nil)
}

// gitActor is a signature.
type gitActor Signature

func (gitActor) graphQLType() string { return "GitActor" }

func (a gitActor) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "name":
		return a.Name, nil
	case "email":
		return a.Email, nil
	case "date":
		return a.When, nil
	case "user":
		if a.Email == webFlowAddress && !x.sim.config.NamesWebFlow {
			return nil, nil
		}
		return person(a.User), nil
	case "avatarUrl":
		return "https://avatars.githubusercontent.com/u/0?v=4", nil
	}
	return nil, errGap
}
