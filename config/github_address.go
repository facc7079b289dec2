package config

import (
	"net"
	"net/url"
	"regexp"
	"strings"
)

// hostName is what may be repeated of an address without a scheme: a password hardly looks like it.
var hostName = regexp.MustCompile(`^(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?::\d+)?$`)

// checkGitHubAPI refuses what is no address of GitHub's API, and says which one was probably meant. Of the address it
// repeats the host only: the rest may hold a password.
func checkGitHubAPI(address string) error {
	if host, _, _ := strings.Cut(address, "/"); hostName.MatchString(host) {
		return &Error{Variable: Prefix + "GITHUB_API_URL", Problem: "has no https:// in front", Example: apiOf("https", host)}
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return settingError("GITHUB_API_URL", "is not an http(s) URL")
	}
	right := &Error{Variable: Prefix + "GITHUB_API_URL", Example: apiOf(u.Scheme, u.Host)}
	host, path := strings.ToLower(u.Hostname()), strings.Trim(u.Path, "/")
	switch {
	case host == "github.com", host == "www.github.com":
		right.Problem = "is GitHub's website, not its API"
	case host == "api.github.com" && path != "":
		right.Problem = "has a path that GitHub's API does not have"
	case strings.HasSuffix(host, ".ghe.com") && !strings.HasPrefix(host, "api."):
		right.Problem = "is the website of that GitHub, not its API"
	case isEnterprise(host) && (path == "" || path == "api" || path == "api/graphql"):
		right.Problem = "lacks the /api/v3/ of an Enterprise Server"
	default:
		return nil
	}
	return right
}

// isEnterprise leaves out the simulator, which is on this machine or has a name without dots, and hosts that serve
// nothing but an API.
func isEnterprise(host string) bool {
	return strings.Contains(host, ".") && !net.ParseIP(host).IsLoopback() && !strings.HasPrefix(host, "api.")
}

// apiOf is where a host of GitHub's has its API.
// https://docs.github.com/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
func apiOf(scheme, host string) string {
	bare := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(host), "www."), "api.")
	if bare == "github.com" || strings.HasSuffix(bare, ".ghe.com") {
		return "https://api." + bare + "/"
	}
	return scheme + "://" + host + "/api/v3/"
}
