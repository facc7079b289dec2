// Package e2e tests the whole product from outside: the commands and the API
// over a real Temporal and a real database, against githubsim over HTTP. What a
// copy must hold, the simulator knows.
//
// Every product that a test starts is looked at once more when the test ends:
// its workflows' histories must replay with the present code, and no token may
// be found in anything that it wrote, logged or answered.
package e2e
