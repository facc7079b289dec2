package store_test

import (
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// TestLabels_areCalledTheSameByEvents: events may be read before the label is
// listed, before it is renamed and stored after, or first of all after that.
func TestLabels_areCalledTheSameByEvents(t *testing.T) {
	t.Parallel()
	issues := func(at time.Time, label string) models.Page {
		return models.Page{
			ReadAt: at, Labels: []models.Label{{ID: 7, NodeID: "LA_7", Name: label}},
			Issues: []models.Issue{{Number: 1, NodeID: "I_1", LabelIDs: []int64{7}, Labels: []string{label}, AssigneeIDs: []int64{}, Assignees: []string{}, UpdatedAt: storetest.Noon}},
		}
	}
	events := func(at time.Time, label string) models.Page {
		return models.Page{ReadAt: at, DetailedIssues: []models.DetailedIssue{{
			Number: 1, UpdatedAt: storetest.Noon, State: models.DetailsDone,
			Events: []models.IssueEvent{{NodeID: "LE_1", Event: "labeled", Subject: label, LabelNodeID: "LA_7", CreatedAt: storetest.Noon}},
		}}}
	}
	unlabelled := func(at time.Time) models.Page {
		page := issues(at, "")
		page.Labels, page.Issues[0].Labels, page.Issues[0].LabelIDs = nil, []string{}, []int64{}
		return page
	}
	first, second, third := storetest.Noon.Add(time.Hour), storetest.Noon.Add(2*time.Hour), storetest.Noon.Add(3*time.Hour)
	tests := map[string]struct {
		pages []models.Page
		named string // by the issue
		event string
		again bool // the events are to be read
	}{
		"before it is listed":   {[]models.Page{unlabelled(first), events(first, "bug"), issues(second, "defect")}, "defect", "bug", true},
		"as it is listed":       {[]models.Page{issues(first, "bug"), events(second, "bug")}, "bug", "bug", false},
		"before it is renamed":  {[]models.Page{issues(first, "bug"), events(first, "bug"), issues(second, "defect")}, "defect", "bug", true},
		"and stored after that": {[]models.Page{issues(first, "bug"), issues(third, "defect"), events(second, "bug")}, "defect", "defect", false},
		"first of all":          {[]models.Page{issues(first, "bug"), events(second, "defect")}, "defect", "defect", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				issues := claimNew(t, s, models.StreamIssues)
				claim, err := s.ClaimStream(t.Context(), issues.RepositoryID, models.StreamIssueEvents)
				if err != nil {
					t.Fatal(err)
				}
				for _, page := range tt.pages {
					stream := &issues
					if len(page.DetailedIssues) > 0 {
						stream = &claim.Stream
					}
					save(t, s, stream, page)
				}
				var issue models.Issue
				var event models.IssueEvent
				take(t, s, &issue, "number = 1")
				take(t, s, &event, "node_id = 'LE_1'")
				if len(issue.Labels) != 1 || issue.Labels[0] != tt.named {
					t.Errorf("the issue has %q, want %q", issue.Labels, tt.named)
				}
				if event.Subject != tt.event {
					t.Errorf("the event is about %q, want %q", event.Subject, tt.event)
				}
				if again := issue.EventsState == models.DetailsPending; again != tt.again {
					t.Errorf("the events are to be read again: %t, want %t", again, tt.again)
				}
			})
		})
	}
}
