// Package demo is the GitHub that the demo shows: an organization to ingest, and others
// each of which has something else in the way. Pictures and numbers are taken of it too.
package demo

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"tributary/api/door"
	"tributary/config"
	"tributary/githubsim"
)

// Organization is the one to ingest.
const Organization = "acme"

// latency is short for GitHub and long enough to watch.
const latency = 40 * time.Millisecond

// limit is more than GitHub's: so busy an organization would not be read with the
// hourly 5,000 of one person.
const limit = 100_000

// GitHub is a simulator that is served.
type GitHub struct {
	URL          string
	Token        string // of an account that owns all organizations
	Apps         config.Apps
	Sim          *githubsim.Sim
	Organization *githubsim.Organization

	server *http.Server
	served chan error
}

// Start serves it, for a product whose API will be at an address.
func Start(apiAddress string) (*GitHub, error) {
	sim := githubsim.New(githubsim.Config{Latency: latency, RateLimit: limit, GraphQLLimit: limit, AllowLocalHooks: true})
	g := &GitHub{Sim: sim, Organization: sim.PopulateDemo(Organization), served: make(chan error, 1)}
	account := sim.AddUser("tributary-service")
	g.Organization.AddMember(account, "admin")
	g.Token = sim.IssueToken(account, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: githubsim.AllScopes})
	g.Apps = registerApps(sim, account, "http://"+apiAddress+door.CallbackPath)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g.URL = "http://" + listener.Addr().String() + "/"
	g.server = &http.Server{Handler: sim, ReadHeaderTimeout: 5 * time.Second}
	go func() { g.served <- g.server.Serve(listener) }()
	return g, nil
}

// Stop ends it.
func (g *GitHub) Stop() {
	g.Sim.Close()
	_ = g.server.Close()
	<-g.served
}

// registerApps lets people connect in all three ways, to organizations that
// answer them differently.
func registerApps(sim *githubsim.Sim, account *githubsim.User, callback string) config.Apps {
	app := sim.AddApp(githubsim.AppSpec{
		Slug: "tributary", Name: "Tributary", CallbackURLs: []string{callback}, Events: []string{"push", "pull_request", "issues"},
		Permissions: map[string]string{"contents": "read", "issues": "read", "members": "read", "pull_requests": "read"},
	})
	oauth := sim.AddOAuthApp(githubsim.OAuthAppSpec{Name: "Tributary", CallbackURL: callback})
	for _, login := range []string{"globex", "hooli", "initech", "umbrella"} {
		organization := sim.AddOrganization(login)
		organization.AddMember(account, "admin")
		repository := organization.AddRepository("handbook", githubsim.RepositorySettings{Private: true})
		repository.Commit(githubsim.CommitSpec{Author: account, Message: "Begin", Additions: 1})
		switch login {
		case "globex":
			app.Install(organization, githubsim.InstallSpec{})
		case "hooli":
			app.Install(organization, githubsim.InstallSpec{}).Suspend(account)
		case "initech":
			organization.RestrictOAuthApps()
		case "umbrella":
			organization.RequireSSO()
		}
	}
	sim.SignIn(account, githubsim.AskConsent)
	return config.Apps{
		AppID: fmt.Sprint(app.ID), AppPrivateKey: string(app.PrivateKeyPEM()), AppSlug: app.Slug,
		AppClientID: app.ClientID, AppClientSecret: app.ClientSecret,
		OAuthClientID: oauth.ClientID, OAuthClientSecret: oauth.ClientSecret,
	}
}
