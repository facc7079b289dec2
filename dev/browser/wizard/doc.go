// Package wizard has tests in which a person's browser adds integrations to the whole product.
// The product and a simulated GitHub run in the test's process; the steps are
// scripts in web/e2e/wizard, which vitest runs and Playwright plays in Chromium. What a
// script cannot do itself, such as approving an application at GitHub, it asks of
// the stage: actions that the test names, over HTTP.
package wizard
