// Package browser plays scripts of web/ in Chromium against a running product: vitest
// runs them and Playwright clicks. What a script cannot do itself, such as approving an
// application at GitHub, it asks for: actions with names, over HTTP. Its tests are those
// in which people's browsers use the whole product; it and a simulated GitHub run in the
// test's process, and the steps are in web/e2e.
package browser
