package api

// ConnectionPath names a connection in a path.
type ConnectionPath struct {
	ID string `path:"id" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
}

// IntegrationPath names an integration in a path.
type IntegrationPath struct {
	ID string `path:"id" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
}

// OrganizationPath names an organization in a path.
type OrganizationPath struct {
	ID int64 `path:"id" minimum:"1" doc:"GitHub's id."`
}

// SyncPath names a sync in a path.
type SyncPath struct {
	ID string `path:"id" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
}

// VerificationPath names a verification in a path.
type VerificationPath struct {
	ID string `path:"id" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
}
