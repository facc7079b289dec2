package githubsim

import "fmt"

func (p *PullRequest) apply(c Change, by *User) (Changed, bool) {
	made := Changed{Number: p.Number}
	switch c.Kind {
	case "push_to_pull_request":
		made.SHA = p.AddCommit(CommitSpec{Message: orElse(c.Title, "Address the review"), Author: by, Additions: 2}).SHA
	case "review":
		made.ID = p.Review(ReviewSpec{Author: by, State: orElse(c.Title, "APPROVED"), Body: c.Body}).ID
	case "review_comment":
		made.ID = p.ReviewComment(ReviewCommentSpec{Author: by, Body: orElse(c.Body, "Why?")}).ID
	case "merge_pull_request":
		made.SHA = p.Merge(MergeSpec{By: by}).SHA
	case "close_pull_request":
		p.Close(by)
	case "reopen_pull_request":
		p.Reopen(by)
	case "convert_to_draft":
		p.SetDraft(true, by)
	case "ready_for_review":
		p.SetDraft(false, by)
	case "request_review":
		p.RequestReview(by, p.repo.sim.AddUser(c.Name))
	case "request_team_review":
		p.RequestTeamReview(by, c.Name)
	default:
		return Changed{}, false
	}
	return made, true
}

func (i *Issue) apply(c Change, by *User) (Changed, error) {
	made := Changed{Number: i.Number}
	switch c.Kind {
	case "edit_issue":
		i.Edit(c.Title, c.Body)
	case "close_issue":
		i.Close(by, "completed")
	case "reopen_issue":
		i.Reopen(by)
	case "comment":
		made.ID = i.Comment(CommentSpec{Author: by, Body: orElse(c.Body, "Same here.")}).ID
	case "assign":
		i.Assign(by, i.repo.sim.AddUser(c.Name))
	case "unassign":
		i.Unassign(by, i.repo.sim.AddUser(c.Name))
	case "label":
		i.Label(c.Name, by)
	case "unlabel":
		i.Unlabel(c.Name, by)
	default:
		return i.applyLeaving(c)
	}
	return made, nil
}

// applyLeaving makes the changes that pull requests do not know.
func (i *Issue) applyLeaving(c Change) (Changed, error) {
	made := Changed{Number: i.Number}
	if i.pull != nil {
		return Changed{}, fmt.Errorf("change %q is not one of a pull request", c.Kind)
	}
	switch c.Kind {
	case "delete_issue":
		i.Delete()
	case "convert_issue":
		i.ConvertToDiscussion()
	case "transfer_issue":
		to := i.repo.owner.Repository(c.Name)
		if to == nil {
			return Changed{}, fmt.Errorf("repository %q: %w", c.Name, errNothingThere)
		}
		made.Number = i.Transfer(to).Number
	default:
		return Changed{}, fmt.Errorf("change %q is not one that Apply knows", c.Kind)
	}
	return made, nil
}
