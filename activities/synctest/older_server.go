package synctest

import "tributary/githubsim"

// OlderServer makes a simulated GitHub one whose GraphQL cannot do the work of REST's
// lists, as an Enterprise Server with an older schema.
func OlderServer(sim *githubsim.Sim) {
	for _, query := range []string{"pullRequestHeads", "issueHeads", "historySizes", "issueConversations", "pullRequestConversations", "reviewConversations"} {
		sim.Fail(githubsim.Fault{Match: query, Kind: githubsim.HTTPStatus, Status: 200, Body: `{"errors":[{"path":["query ` + query + `","nodes"],` +
			`"extensions":{"code":"undefinedField","typeName":"Issue","fieldName":"fullDatabaseId"},"message":"Field 'fullDatabaseId' doesn't exist on type 'Issue'"}]}`})
	}
}
