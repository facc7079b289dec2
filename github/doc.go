// Package github speaks GitHub's REST and GraphQL APIs: authentication, one transport, the rate budget, paging, and
// batches of details. It uses GitHub's words and none of ours. Callers turn its types into models.
//
// It only reads: it sends GET, GraphQL queries, and the few requests that obtain and revoke tokens. It never waits
// long: it returns a limit that lasts as a *RateLimitError, so that a durable timer holds the time and not a worker.
// It never guesses: a response that may be incomplete is an error or says so, because a row that a listing leaves
// out looks like a deleted one.
package github
