// Package browser shows the product's pages to a real browser. Its test starts the
// whole product and githubsim, and lets the scripts in web/e2e, which Playwright
// plays in Chromium, click through them. Worlds and truths are here, steps are there.
package browser
