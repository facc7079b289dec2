// Package githubsim is a GitHub that fits in a test and in the demo: a world of organizations, repositories,
// commits, pull requests and issues, served over HTTP the way GitHub serves its REST and GraphQL APIs, with
// GitHub's limits, redirects, refusals and oddities.
//
// It exists to be strict where GitHub is strict: queries are validated against the official schema and
// priced by GitHub's formula, a header that GitHub requires is required, a page that GitHub refuses is refused.
// It shares no type with any client of ours, because shared types hide shared mistakes.
//
// It refuses to be complete. Routes and GraphQL fields that nobody has needed yet answer 404 and 501; the
// latter are recorded (Sim.Gaps) so that a test fails loudly instead of ingesting nulls. It has no git protocol, and of
// GitHub's write API only what concerns tokens and hooks: the world changes through Go methods, or through the control
// API under /_sim/ when it runs as a process.
//
// Hooks of organizations, repositories and GitHub Apps are made through GitHub's API or in Go (AddHook, AppSpec) and are
// told what changes, in the background (Sim.Deliver waits, HoldDeliveries keeps back, Close ends). A delivery that is
// under way when its hook is changed or deleted still arrives as the hook was. Inactive hooks are sent nothing but what
// somebody delivers again. DeliveryFaults spoil deliveries, HookRules decide what GitHub's documents leave open, and
// HookRequest is what forgers send.
//
// GitHub Apps and OAuth apps (AddApp, AddOAuthApp) authorize under /login/oauth/ of the same server: SignIn says
// who sits at the browser and how they answer, and a page with two buttons asks where nobody has said. An App can also be
// registered from a manifest, under /settings/apps/new and /organizations/ORG/settings/apps/new.
//
// The people and the worlds that the behaviours of docs/behaviours.md are told with are in personas.go and
// scenarios.go.
//
//	sim := githubsim.New(githubsim.Config{})
//	user := sim.AddUser("octocat")
//	org := sim.AddOrganization("acme")
//	org.AddMember(user, "admin")
//	repo := org.AddRepository("api")
//	repo.Commit(githubsim.CommitSpec{Author: user, Message: "Begin"})
//	token := sim.IssueToken(user, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: []string{"repo", "read:org"}})
//	server := httptest.NewServer(sim)
package githubsim
