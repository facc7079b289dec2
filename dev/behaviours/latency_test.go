package behaviours_test

import (
	"slices"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
)

// The latency is everybody's, so this test is not run beside others. Its bounds leave room for a busy machine: at
// rest a test of a token takes half a second and all verdicts come in one.
func Test_L54a_aTokenTestAnswersAtOnceAndFiftyOrganizationsAreCheckedInSeconds(t *testing.T) {
	p, organizations := sim.OwnerOfMany(50, named(t))
	for _, o := range organizations {
		o.AddRepository("secret").Commit(githubsim.CommitSpec{Message: "Begin"})
	}
	sim.SetLatency(100 * time.Millisecond)
	defer sim.SetLatency(0)
	began := time.Now()
	test := connect(t, p.Token)
	answered := time.Since(began)
	var listed []api.ConnectionOrganization
	eventually(t, "all organizations are checked", func() bool {
		listed = get[api.Items[api.ConnectionOrganization]](t, "/connections/"+test.ConnectionID+"/organizations").Items
		return !slices.ContainsFunc(listed, func(o api.ConnectionOrganization) bool { return o.Access == models.AccessChecking })
	})
	checked := time.Since(began)
	t.Logf("with a latency of 100 ms a test took %s and the verdicts of 50 organizations %s", answered, checked)
	if len(listed) != 50 || answered > 3*time.Second || checked > 5*time.Second {
		t.Errorf("%d organizations were checked; the answer took %s, the verdicts %s; want 50, within 3 s and 5 s", len(listed), answered, checked)
	}
}
