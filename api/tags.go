package api

import "github.com/danielgtaylor/huma/v2"

var tags = []*huma.Tag{
	{Name: "connections", Description: "Connecting to GitHub: testing a credential and seeing what it can read."},
	{Name: "integrations", Description: "What is ingested, and through which connection."},
	{Name: "repositories", Description: "Choosing what is ingested."},
	{Name: "syncs", Description: "Passes over an organization: starting, watching, cancelling."},
	{Name: "schedules", Description: "When an organization is synced by itself."},
	{Name: "verifications", Description: "Comparisons of the copy with GitHub."},
	{Name: "diagnostics", Description: "What is wrong, what stops because of it, and who can mend it."},
	{Name: "access", Description: "Who may do what: signing in and out, and what everybody did."},
	{Name: "data", Description: "What has been ingested, as pages of JSON or as one CSV file."},
}
