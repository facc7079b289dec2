package receiver

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"tributary/models"
)

// payload is what is needed of a delivery's body. Whatever has another form than
// expected is left out, because GitHub adds and changes events without notice.
// https://docs.github.com/webhooks/webhook-events-and-payloads
type payload struct {
	Action       string       `json:"action"`
	Organization *account     `json:"organization"`
	Repository   *repository  `json:"repository"`
	Installation *installment `json:"installation"`
	Ref          string       `json:"ref"`
	RefType      string       `json:"ref_type"`
	Account      *account     `json:"account"` // of an installation that was renamed
	TargetType   string       `json:"target_type"`

	Issue       *item    `json:"issue"`
	PullRequest *item    `json:"pull_request"`
	Comment     *item    `json:"comment"`
	Review      *item    `json:"review"`
	Release     *item    `json:"release"`
	Member      *account `json:"member"`
	Membership  *struct {
		User *account `json:"user"`
	} `json:"membership"`
	Sender *account `json:"sender"`
}

type account struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
	Type  string `json:"type"`
}

type repository struct {
	ID            int64    `json:"id"`
	FullName      string   `json:"full_name"`
	DefaultBranch string   `json:"default_branch"`
	Owner         *account `json:"owner"`
	UpdatedAt     moment   `json:"updated_at"`
	PushedAt      moment   `json:"pushed_at"`
}

type installment struct {
	Account *account `json:"account"`
}

// item is an issue, pull request, comment, review or release.
type item struct {
	ID          int64  `json:"id"`
	Number      int    `json:"number"`
	UpdatedAt   moment `json:"updated_at"`
	SubmittedAt moment `json:"submitted_at"`
}

// moment is a time as events have it: as text, in pushes as a number of seconds.
type moment struct{ at *time.Time }

// UnmarshalJSON leaves out what is no time.
func (m *moment) UnmarshalJSON(text []byte) error {
	m.at = nil
	if seconds, err := strconv.ParseInt(string(text), 10, 64); err == nil && seconds > 0 && seconds < 1<<33 {
		m.at = new(time.Unix(seconds, 0).UTC())
		return nil
	}
	var written string
	if json.Unmarshal(text, &written) != nil {
		return nil
	}
	if at, err := time.Parse(time.RFC3339, written); err == nil {
		m.at = new(at.UTC())
	}
	return nil
}

// reduce fills in a delivery from its body. A body that is no JSON makes it a failed
// one, which a redelivery may mend.
func reduce(body []byte, d *models.Delivery) error {
	var p payload
	err := json.Unmarshal(body, &p)
	var other *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &other) {
		d.State, d.Error = models.DeliveryFailed, "the body is not JSON, or not whole"
		return err
	}
	d.Action = short(p.Action)
	owner := p.owner()
	if owner != nil {
		d.OrganizationID, d.Notice.Organization = owner.ID, short(owner.Login)
	}
	if r := p.Repository; r != nil {
		d.RepositoryID, d.Notice.Repository = r.ID, short(r.FullName)
		d.Notice.OnDefaultBranch = p.onDefaultBranch(d.Event)
	}
	p.fillItem(d)
	d.OccurredAt = p.occurredAt(d)
	if d.OrganizationID == 0 {
		d.State = models.DeliveryIgnored // of a person's account, or a ping
	}
	return nil
}

// owner is the organization that an event is about. A person's is none.
func (p *payload) owner() *account {
	switch {
	case p.Organization != nil:
		return p.Organization
	case p.Repository != nil && p.Repository.Owner != nil && p.Repository.Owner.Type == "Organization":
		return p.Repository.Owner
	case p.Installation != nil && p.Installation.Account != nil && p.Installation.Account.Type == "Organization":
		return p.Installation.Account
	case p.Account != nil && p.TargetType == "Organization":
		return p.Account
	}
	return nil
}

func (p *payload) onDefaultBranch(event string) bool {
	branch := p.Repository.DefaultBranch
	if event == "push" {
		return p.Ref == "refs/heads/"+branch
	}
	return p.RefType == "branch" && strings.TrimPrefix(p.Ref, "refs/heads/") == branch
}

func (p *payload) fillItem(d *models.Delivery) {
	n := &d.Notice
	switch {
	case p.PullRequest != nil:
		n.Number = p.PullRequest.Number
	case p.Issue != nil:
		n.Number = p.Issue.Number
	}
	for _, about := range []*item{p.Comment, p.Review, p.Release} {
		if about != nil {
			n.Comment = about.ID
		}
	}
	switch {
	case p.Member != nil:
		n.Account = short(p.Member.Login)
	case p.Membership != nil && p.Membership.User != nil:
		n.Account = short(p.Membership.User.Login)
	case d.Event == "github_app_authorization" && p.Sender != nil:
		n.Account = short(p.Sender.Login)
	}
}

// occurredAt is when it happened, as far as the body says: what is deleted keeps the
// time of its last change.
func (p *payload) occurredAt(d *models.Delivery) *time.Time {
	if d.Action == "deleted" || d.Action == "dismissed" {
		return nil
	}
	switch {
	case d.Event == "push" && p.Repository != nil:
		return p.Repository.PushedAt.at
	case p.Review != nil:
		if d.Action == "submitted" {
			return p.Review.SubmittedAt.at
		}
		return nil
	case p.Comment != nil:
		return p.Comment.UpdatedAt.at
	case p.PullRequest != nil:
		return p.PullRequest.UpdatedAt.at
	case p.Issue != nil:
		return p.Issue.UpdatedAt.at
	}
	return nil
}

// short keeps what a name of GitHub's can be.
func short(name string) string { return name[:min(len(name), 200)] }
