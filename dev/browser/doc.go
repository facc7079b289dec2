// Package browser has tests in which people's browsers use the whole product. It and a
// simulated GitHub run in the test's process; the steps are scripts in web/e2e, which
// vitest runs and Playwright plays in Chromium. What a script cannot do itself, such as
// approving an application at GitHub, it asks of the stage: actions that the test names,
// over HTTP.
package browser
