package config_test

import (
	"strings"
	"testing"

	"tributary/config"
)

func TestLoad_knowsTheRightAddressOfAGitHub(t *testing.T) {
	t.Parallel()
	const github = "https://api.github.com/"
	for address, want := range map[string][2]string{
		"https://github.com":                  {"website", github},
		"https://github.com/acme":             {"website", github},
		"https://www.github.com/":             {"website", github},
		"http://github.com/api/v3":            {"website", github},
		"https://api.github.com/graphql":      {"path", github},
		"https://api.github.com/api/v3/":      {"path", github},
		"github.com":                          {"https://", github},
		"api.github.com/":                     {"https://", github},
		"https://acme.ghe.com":                {"website", "https://api.acme.ghe.com/"},
		"https://ghe.example.com":             {"lacks", "https://ghe.example.com/api/v3/"},
		"https://ghe.example.com/":            {"lacks", "https://ghe.example.com/api/v3/"},
		"https://ghe.example.com:8443/api":    {"lacks", "https://ghe.example.com:8443/api/v3/"},
		"https://me:hunter2@ghe.example.com/": {"lacks", "https://ghe.example.com/api/v3/"},
		"http://10.0.0.7/":                    {"lacks", "http://10.0.0.7/api/v3/"},
		"ghe.example.com/api/v3":              {"https://", "https://ghe.example.com/api/v3/"},
		"ghe.example.com:8443":                {"https://", "https://ghe.example.com:8443/api/v3/"},
		"me:hunter2@ghe.example.com":          {"is not an http(s) URL", github},
		"hunter2":                             {"is not an http(s) URL", github},
		"ssh://ghe.example.com/api/v3/":       {"is not an http(s) URL", github},
	} {
		_, err := config.Load(map[string]string{"TRIBUTARY_GITHUB_API_URL": address})
		if err == nil || !strings.Contains(err.Error(), want[0]) || !strings.HasSuffix(err.Error(), "; for example TRIBUTARY_GITHUB_API_URL="+want[1]) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q and %s", address, err, want[0], want[1])
		}
	}
	for _, address := range []string{github, "https://api.github.com", "https://api.acme.ghe.com/", "https://ghe.example.com/api/v3", "https://ghe.example.com/behind/api/v3/",
		"http://127.0.0.1:8080/", "http://[::1]:8080/", "http://localhost:8080", "http://githubsim:8080/", "https://api.proxy.example.com/"} {
		if _, err := config.Load(map[string]string{"TRIBUTARY_GITHUB_API_URL": address}); err != nil {
			t.Errorf("%s is refused: %v", address, err)
		}
	}
}
