package synctest

import (
	"slices"

	"tributary/store/storetest"
)

// Names returns the logins that a copy has for each account, in any table.
func Names(c storetest.Copy) map[int64][]string {
	names := map[int64][]string{}
	see := func(login string, id *int64) {
		if id != nil && !slices.Contains(names[*id], login) {
			names[*id] = append(names[*id], login)
		}
	}
	for _, a := range c.Accounts {
		see(a.Login, &a.ID)
	}
	for _, r := range c.Commits {
		see(r.AuthorLogin, r.AuthorID)
		see(r.CommitterLogin, r.CommitterID)
	}
	for _, r := range c.PullRequests {
		see(r.AuthorLogin, r.AuthorID)
		see(r.MergedByLogin, r.MergedByID)
	}
	for _, r := range c.Reviews {
		see(r.AuthorLogin, r.AuthorID)
	}
	for _, r := range c.ReviewComments {
		see(r.AuthorLogin, r.AuthorID)
	}
	for _, r := range c.IssueComments {
		see(r.AuthorLogin, r.AuthorID)
	}
	for _, r := range c.Issues {
		see(r.AuthorLogin, r.AuthorID)
		for i, id := range r.AssigneeIDs {
			see(r.Assignees[i], &id)
		}
	}
	for _, r := range c.IssueEvents {
		see(r.ActorLogin, r.ActorID)
		see(r.Subject, r.SubjectID)
	}
	for _, rows := range c.Plain {
		for _, r := range rows {
			r.EachAccount(func(login *string, id **int64) { see(*login, *id) })
		}
	}
	return names
}
