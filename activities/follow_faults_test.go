package activities_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/activities/synctest/histories"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// Test_F12_deliveriesThatAreLostDoubledLateOrForged lets little arrive as it should. What
// is announced is read, a forger reaches nothing, and one scheduled sync makes the copy
// complete.
func Test_F12_deliveriesThatAreLostDoubledLateOrForged(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		clock := histories.NewMoved()
		sim := githubsim.New(githubsim.Config{Now: clock.Now})
		org, alice := sim.AddOrganization("acme"), sim.AddUser("alice")
		r := org.AddRepository("api")
		r.Commit(githubsim.CommitSpec{Author: alice})
		victim := r.OpenIssue(githubsim.IssueSpec{Author: alice, Title: "Stays"})
		b := bench{Bench: synctest.New(t, sim, "acme", url, clock.Now)}
		b.Sync(t)
		clock.Pass(6 * time.Minute)
		b.Sync(t)
		hook := b.Listen(t, receiverOf(b.Store, clock.Now))
		check(t, b.Follow(t)) // the ping

		sim.SetDeliveryFaults(githubsim.DeliveryFaults{
			Seed: 12, Drop: 0.3, Unlogged: 0.5, Duplicate: 0.2, Reorder: 0.3, Delay: 0.3, DelayBy: 10 * time.Minute, Truncate: 0.1,
		})
		for n := range 120 {
			clock.Pass(20 * time.Second)
			issue := r.OpenIssue(githubsim.IssueSpec{Author: alice, Title: fmt.Sprint(n)})
			issue.Comment(githubsim.CommentSpec{Author: alice, Body: "Same here"})
			r.Commit(githubsim.CommitSpec{Author: alice, Message: fmt.Sprint(n)})
			if n%10 == 0 {
				check(t, b.Follow(t))
			}
		}
		forge(t, b, hook, victim)
		clock.Pass(11 * time.Minute)
		check(t, b.Follow(t)) // what came late

		arrived, known := map[string]int{}, map[string]bool{}
		for _, d := range storetest.Deliveries(t, url) {
			known[d.GUID] = true
			arrived[string(d.State)]++
			if d.Times > 1 {
				arrived["doubled"]++
			}
		}
		lost := 0
		for _, d := range hook.Deliveries() {
			if !known[d.GUID] {
				lost++
			}
		}
		if arrived["applied"] < 150 || arrived["failed"] < 10 || arrived["doubled"] < 20 || arrived["received"] != 0 || lost < 20 {
			t.Errorf("deliveries are %v, and %d in GitHub's log did not arrive", arrived, lost)
		}
		b.Sync(t)
		b.checkFresh(t)
	})
}

// forge sends what would delete an issue, if anybody believed it.
func forge(t *testing.T, b bench, hook *githubsim.Hook, victim *githubsim.Issue) {
	t.Helper()
	repository := b.Organization.Repository("api")
	payload := fmt.Appendf(nil, `{"action": "deleted", "issue": {"number": %d}, "repository": {"id": %d}, "organization": {"id": %d}}`,
		victim.Number, repository.ID, b.Organization.ID)
	spec := hook.Spec()
	for name, forged := range map[string]githubsim.HookRequest{
		"unsigned":        {Signing: githubsim.Unsigned},
		"SHA-1":           {Signing: githubsim.SHA1Only},
		"another secret":  {Signing: githubsim.WrongSecret},
		"another address": {URL: spec.URL + "A"},
	} {
		forged.Event, forged.GUID, forged.Secret, forged.Payload, forged.ContentType = "issues", "forged", spec.Secret, payload, "json"
		if forged.URL == "" {
			forged.URL = spec.URL
		}
		if status, err := forged.Send(t.Context()); err != nil || status < http.StatusBadRequest {
			t.Errorf("%s: answered %d (%v)", name, status, err)
		}
	}
	for _, d := range storetest.Deliveries(t, b.URL) {
		if d.GUID == "forged" || d.State == models.DeliveryFailed && d.Event == "" {
			t.Errorf("stored is %+v", d)
		}
	}
}
