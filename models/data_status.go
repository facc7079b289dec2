package models

// DataStatus says how an integration's copy is, the worst that is true of it.
type DataStatus string

// The data statuses, the worst first.
const (
	DataFailedIntegration DataStatus = "failed_integration" // nothing can be read
	DataActionRequired    DataStatus = "action_required"    // somebody must act, for an organization or before the credential ends
	DataFailedProject     DataStatus = "failed_project"     // something of some repositories cannot be read
	DataRateLimited       DataStatus = "rate_limited"       // a sync waits for GitHub's limit
	DataProcessing        DataStatus = "processing"         // something has never been read to its end
	DataHealthy           DataStatus = "healthy"
)

// DataStatuses are all of them in that order.
var DataStatuses = []DataStatus{DataFailedIntegration, DataActionRequired, DataFailedProject, DataRateLimited, DataProcessing, DataHealthy}

// Failures are the repositories that cannot be read in full, by service.
type Failures struct {
	Repos        int `json:"repos"`
	PullRequests int `json:"pull_requests"`
	Tickets      int `json:"tickets"`
}
