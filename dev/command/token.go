package command

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// token is what the variable holds, if that can be a token. GitHub is not asked. The
// errors never repeat it.
func token(ctx context.Context, variable, gitHubAPIURL string) (string, error) {
	given := os.Getenv(variable)
	if given == "" {
		return "", &usageError{variable + " is not set: " + whereATokenIs(ctx, variable, gitHubAPIURL)}
	}
	if problem := tokenProblem(given); problem != "" {
		return "", &usageError{fmt.Sprintf("%s %s: write the token alone, as GitHub showed it, for example %[1]s=ghp_…", variable, problem)}
	}
	return given, nil
}

var (
	// What a header may carry as a token: https://datatracker.ietf.org/doc/html/rfc6750#section-2.1
	isToken = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)
	// How documents, ours among them, write a token that each reader has to fill in.
	isPlaceholder = regexp.MustCompile(`(?i)…|\.\.\.|^<.*>$|^(gh[opsu]_|github_pat_)?(x+|\*+|token|your.*)?$`)
	hasScheme     = regexp.MustCompile(`(?i)^(authorization:|bearer\s|token\s)`)
)

// tokenProblem says why something cannot be a token, or nothing.
func tokenProblem(given string) string {
	bare := strings.Trim(given, "\"'`“”‘’ \t\r\n")
	switch {
	case strings.ContainsAny(given, "\r\n"):
		return "has a line break in it"
	case strings.TrimSpace(given) != given:
		return "begins or ends with a space"
	case strings.HasPrefix(given, "$"):
		return "is not the token, but the words that a shell would have replaced by it (single quotes keep it from that)"
	case bare != given:
		return "has quotes in it"
	case hasScheme.MatchString(given):
		return "begins with a word of the header Authorization (Bearer, token)"
	case isPlaceholder.MatchString(given):
		return "is the example of a token"
	case strings.ContainsAny(given, " \t"):
		return "has spaces in it"
	case !isToken.MatchString(given):
		return "has characters that no token of GitHub's has"
	}
	return ""
}

// ghPatience is how long GitHub's own program may think about who is logged in.
const ghPatience = 3 * time.Second

// whereATokenIs offers the one that GitHub's own program has. It is never taken without
// being told so: it may do more than a person wants to hand on.
func whereATokenIs(ctx context.Context, variable, gitHubAPIURL string) string {
	ctx, cancel := context.WithTimeout(ctx, ghPatience)
	defer cancel()
	command := append([]string{"auth", "token"}, ghHost(gitHubAPIURL)...)
	gh := exec.CommandContext(ctx, "gh", command...)
	gh.WaitDelay = 100 * time.Millisecond // for what it started itself
	if found, err := gh.Output(); err == nil && tokenProblem(strings.TrimSpace(string(found))) == "" {
		return fmt.Sprintf("gh is logged in, and this command hands its token on: export %s=$(gh %s)", variable, strings.Join(command, " "))
	}
	return fmt.Sprintf("it holds the GitHub token, for example %s=ghp_…", variable)
}

// ghHost tells gh which of its logins is meant, if not that of github.com.
func ghHost(gitHubAPIURL string) []string {
	u, err := url.Parse(gitHubAPIURL)
	if err != nil || u.Hostname() == "api.github.com" {
		return nil
	}
	return []string{"--hostname", strings.TrimPrefix(u.Host, "api.")}
}
