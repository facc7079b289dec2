package githubsim

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// queryRoot is the type Query.
type queryRoot struct{}

func (queryRoot) graphQLType() string { return "Query" }

func (q queryRoot) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "viewer":
		return x.user, nil
	case "rateLimit":
		return rateLimit{x.price, x.sim.limits.rate(x.owner, graphQLResource, x.now)}, nil
	case "organization":
		return x.organization(x.text(f, "login"))
	case "repository":
		return x.repository(f)
	case "user":
		login := x.text(f, "login")
		if u := x.sim.logins[strings.ToLower(login)]; u != nil && u.Type == TypeUser {
			return u, nil
		}
		return nil, notFound("Could not resolve to a User with the login of '%s'.", login)
	case "node":
		return x.node(x.text(f, "id"))
	case "nodes":
		return x.nodes(x.texts(f, "ids"))
	}
	return nil, errGap
}

func notFound(format string, arguments ...any) *graphQLError {
	return &graphQLError{Type: "NOT_FOUND", Message: fmt.Sprintf(format, arguments...)}
}

func (x *execution) organization(login string) (any, error) {
	o := x.sim.organizations[strings.ToLower(login)]
	if o == nil {
		return nil, notFound("Could not resolve to an Organization with the login of '%s'.", login)
	}
	return o, x.forbidden(o)
}

// forbidden words an organization's policy as GraphQL does.
func (x *execution) forbidden(o *Organization) error {
	reason := x.turnedAway(o)
	if reason == nil {
		return nil
	}
	if reason.sso {
		x.header["X-Github-Sso"] = []string{fmt.Sprintf("required; url=%s/orgs/%s/sso?authorization_request=AZSCKL4B5Y", x.base, o.login)}
	}
	return &graphQLError{Type: "FORBIDDEN", Message: reason.message, Extensions: map[string]any{"saml_failure": reason.sso}}
}

func (x *execution) repository(f *selection) (any, error) {
	path := x.text(f, "owner") + "/" + x.text(f, "name")
	r := x.sim.paths[strings.ToLower(path)]
	if follow, given := x.arguments(f)["followRenames"].(bool); r == nil && (follow || !given) {
		r = x.sim.repositories[x.sim.moved[strings.ToLower(path)]]
	}
	if r == nil || !x.sees(r) {
		return nil, notFound("Could not resolve to a Repository with the name '%s'.", path)
	}
	if err := r.takenDown(); err != nil {
		return nil, err
	}
	return r, x.forbidden(r.owner)
}

// maxIDs is how many ids nodes takes.
const maxIDs = 100

// nodes keeps the order of the ids; one that cannot be had is null, with an error that names its place.
func (x *execution) nodes(ids []string) (any, error) {
	if len(ids) > maxIDs {
		return nil, &graphQLError{Type: "ARGUMENT_LIMIT", Message: fmt.Sprintf("You may not provide more than %d node ids; you provided %d.", maxIDs, len(ids))}
	}
	return sequence{len(ids), func(i int) (any, error) {
		if x.exhausted > 0 && i >= x.exhausted {
			return nil, &graphQLError{Type: "RESOURCE_LIMITS_EXCEEDED", Message: "Resource limits for this query exceeded."}
		}
		return x.node(ids[i])
	}}, nil
}

func (x *execution) node(id string) (any, error) {
	missing := notFound("Could not resolve to a node with the global id of '%s'", id)
	found, repo := x.sim.findNode(id)
	if found == nil || (repo != nil && (!x.sees(repo) || repo.settings.Blocked != "")) {
		return nil, missing
	}
	if x.lag > 0 && madeAt(found).After(x.now.Add(-x.lag)) {
		return nil, missing
	}
	if review, ok := found.(*Review); ok && !review.visibleTo(x.user) {
		return nil, missing
	}
	if repo != nil {
		if err := x.forbidden(repo.owner); err != nil {
			return nil, err
		}
	}
	if o, ok := found.(*Organization); ok {
		if err := x.forbidden(o); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// madeAt is when something was made that may be listed before GraphQL knows it; zero for everything else.
func madeAt(node any) time.Time {
	switch n := node.(type) {
	case *Issue:
		return n.createdAt
	case *PullRequest:
		return n.issue.createdAt
	case *Comment:
		return n.createdAt
	case *ReviewComment:
		return n.createdAt
	case *Commit:
		return n.Committer.When
	}
	return time.Time{}
}

// findNode finds what an id stands for, and the repository that decides who may see it.
func (s *Sim) findNode(id string) (any, *Repository) {
	if repositoryID, sha, ok := parseCommitNodeID(id); ok {
		if r := s.repositories[repositoryID]; r != nil && r.commits[sha] != nil {
			return r.commits[sha], r
		}
		return nil, nil
	}
	switch n := s.nodes[id].(type) {
	case *Repository:
		return n, n
	case *Issue:
		return n, n.repo
	case *PullRequest:
		return n, n.repo
	case *Comment:
		return n, n.issue.repo
	case *CommitComment:
		return n, n.repo
	case *Review:
		return n, n.pull.repo
	case *ReviewComment:
		return n, n.pull.repo
	case *ReviewThread:
		return n, n.pull.repo
	default:
		return n, nil
	}
}

// rateLimit is what a query costs and what remains after it.
type rateLimit struct {
	price price
	rate  rate
}

func (rateLimit) graphQLType() string { return "RateLimit" }

func (l rateLimit) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "cost":
		return l.price.cost, nil
	case "nodeCount":
		return l.price.nodes, nil
	case "limit":
		return l.rate.limit, nil
	case "remaining":
		return max(l.rate.remaining-l.price.cost, 0), nil
	case "used":
		return min(l.rate.used+l.price.cost, l.rate.limit), nil
	case "resetAt":
		return l.rate.reset, nil
	}
	return nil, errGap
}

// databaseID is the deprecated 32-bit id, which GitHub cannot give any more for what has outgrown it.
func databaseID(id int64) (any, error) {
	if id > math.MaxInt32 {
		return nil, &graphQLError{Message: fmt.Sprintf("Integer out of bounds: %d. Consider using ID or GraphQL::Types::BigInt instead.", id)}
	}
	return int(id), nil
}

// bigInt is a 64-bit integer, which travels as text.
func bigInt(id int64) string { return strconv.FormatInt(id, 10) }
