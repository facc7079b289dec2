// Package github speaks GitHub's REST and GraphQL APIs: authentication, one transport, the rate budget,
// paging, and batches of details. It knows GitHub's words and none of ours; callers turn its types into
// models.
//
// It reads. Nothing leaves the process but GET, GraphQL queries, and the few requests that obtain and revoke
// tokens. It never waits long: a limit that
// lasts is returned as a *RateLimitError, so that a durable timer and not a worker holds the time. And it
// never guesses: a response that may be incomplete is an error or says so, because what a listing fails
// to mention looks just like what was deleted.
package github
