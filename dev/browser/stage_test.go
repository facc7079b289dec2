package browser_test

import (
	"context"
	"testing"

	"tributary/dev/browser"
)

// frontend is where the scripts and their packages are.
const frontend = "../../web"

// stage are the actions that a script may ask for.
type stage = browser.Actions

// play runs a script of web/e2e against a product, and fails the test as the script does.
// Further settings are NAME=VALUE.
func (p *product) play(ctx context.Context, t *testing.T, script string, actions stage, settings ...string) {
	said, err := browser.Script{
		Frontend: frontend, Name: "e2e/" + script, UI: p.url, GitHub: p.gitHub, Actions: actions, Settings: settings,
	}.Play(ctx)
	if err != nil {
		t.Errorf("%v\nthe product's log ends:\n%s", err, p.log.Tail())
		return
	}
	t.Logf("%s", said)
}
