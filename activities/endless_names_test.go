package activities_test

import (
	"strings"
	"testing"
	"time"

	"tributary/githubsim"
	"tributary/models"
)

// Names and ids that nothing makes shorter fit into no index of Postgres. What
// bears them is nothing that the database can be blamed for.
func TestSync_endlessNamesBreakNoDatabase(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]githubsim.Fault{
		"names": {Kind: githubsim.OddNames, Variant: "3000_characters", Seed: 4},
		"ids":   {Kind: githubsim.OddIDs, Variant: "long", Seed: 4},
	} {
		for _, list := range []string{"/issues?", "/pulls?", "/commits?", "/issues/comments", "/pulls/comments"} {
			t.Run(name+" in "+list, func(t *testing.T) {
				t.Parallel()
				fault := fault
				fault.Match = list
				databases(t, func(t *testing.T, url string) {
					w := newDeckWorld(t, url, nil)
					w.Sim.Fail(fault)
					ended, _ := w.TrySync(t)
					for _, said := range w.says(t, ended) {
						if strings.HasSuffix(said, string(models.InternalError)) || strings.HasSuffix(said, string(models.DatabaseUnwritable)) {
							t.Errorf("the sync is %s, %s: %s", ended.State, said, ended.Error)
						}
					}
					w.Sim.Heal()
					w.later(2 * time.Hour)
					if again := w.Sync(t); again.State != models.SyncCompleted {
						t.Errorf("the next sync is %s: %s", again.State, again.Error)
					}
				})
			})
		}
	}
}
