package models

import "maps"

// ServicePermissions are what a service reads with as a GitHub App.
type ServicePermissions struct {
	Service     Service
	Permissions map[string]string
}

// AppPermissions are those of each service.
// https://docs.github.com/rest/authentication/permissions-required-for-github-apps
var AppPermissions = []ServicePermissions{
	{ServiceRepos, map[string]string{"metadata": "read", "contents": "read"}},
	{ServicePullRequests, map[string]string{"metadata": "read", "pull_requests": "read"}},
	{ServiceTickets, map[string]string{"metadata": "read", "issues": "read"}},
}

// MembersPermission lets an App see whose organizations a person is a member of.
const MembersPermission = "members"

// AskedPermissions are what our GitHub App asks for: what is read, and nothing that can
// be changed.
func AskedPermissions() map[string]string {
	asked := map[string]string{MembersPermission: "read"}
	for _, needed := range AppPermissions {
		maps.Copy(asked, needed.Permissions)
	}
	return asked
}
