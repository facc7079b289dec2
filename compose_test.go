package tributary_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"tributary/config"
)

// compose is what the tests look at of docker-compose.yml.
type compose struct {
	Services map[string]struct {
		Image       string
		Build       string
		Command     []string
		Environment map[string]string
		Volumes     []string
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
		Healthcheck map[string]any
	}
	Volumes map[string]any
}

// composeVariable is NAME:-default or NAME:?why in braces.
var composeVariable = regexp.MustCompile(`\$\{(\w+):([-?])([^}]*)\}`)

// readCompose reads the file as the engine does: variables first. One that is needed and not
// given ends the test.
func readCompose(t *testing.T, given map[string]string) (c compose) {
	t.Helper()
	text := composeVariable.ReplaceAllStringFunc(strings.Join(linesOf(t, "docker-compose.yml"), "\n"), func(found string) string {
		parts := composeVariable.FindStringSubmatch(found)
		if value := given[parts[1]]; value != "" {
			return value
		}
		if parts[2] == "?" {
			t.Errorf("docker-compose.yml needs %s, which .env.example does not ask for", parts[1])
		}
		return parts[3]
	})
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// envExample are the names in .env.example, needed ones and others.
func envExample(t *testing.T) (needed, optional []string) {
	t.Helper()
	for _, line := range linesOf(t, ".env.example") {
		switch name, value, assigns := strings.Cut(line, "="); {
		case assigns && strings.HasPrefix(line, "#") && !strings.Contains(name, " "):
			optional = append(optional, strings.TrimPrefix(name, "#"))
		case assigns && !strings.HasPrefix(line, "#"):
			needed = append(needed, name)
			if value != "" {
				t.Errorf("%s has a value that people would keep", name)
			}
		}
	}
	return needed, optional
}

func TestEnvExample_asksForWhatComposeReads(t *testing.T) {
	t.Parallel()
	needed, optional := envExample(t)
	var read []string
	for _, found := range composeVariable.FindAllStringSubmatch(strings.Join(linesOf(t, "docker-compose.yml"), "\n"), -1) {
		read = append(read, found[1])
		if known := map[string][]string{"?": needed, "-": optional}[found[2]]; !slices.Contains(known, found[1]) {
			t.Errorf(".env.example does not have %s, or not where it belongs", found[1])
		}
	}
	for _, name := range slices.Concat(needed, optional) {
		if !slices.Contains(read, name) {
			t.Errorf(".env.example has %s, which docker-compose.yml does not read", name)
		}
	}
}

// TestCompose_startsWithTheExample: with .env.example filled in as it says, every process of ours accepts its
// settings, and everything that a service stands on is there.
func TestCompose_startsWithTheExample(t *testing.T) {
	t.Parallel()
	needed, _ := envExample(t)
	given := map[string]string{}
	for _, name := range needed {
		given[name] = strings.Repeat("0f", 24) // openssl rand -hex 24
	}
	given["TRIBUTARY_SECRET_KEYS"] = strings.Repeat("A", 43) + "=" // openssl rand -base64 32
	c := readCompose(t, given)
	for name, service := range c.Services {
		if (service.Image == "") == (service.Build == "") && service.Build != "." {
			t.Errorf("%s has no image", name)
		}
		for other, on := range service.DependsOn {
			dependency, there := c.Services[other]
			if !there || on.Condition == "service_healthy" && dependency.Healthcheck == nil {
				t.Errorf("%s waits for %s to be %q, which never happens", name, other, on.Condition)
			}
		}
		for _, volume := range service.Volumes {
			from, _, _ := strings.Cut(volume, ":")
			if _, named := c.Volumes[from]; named {
				continue
			}
			if _, err := os.Stat(from); err != nil {
				t.Errorf("%s mounts %s: %v", name, from, err)
			}
		}
		if service.Build != "." {
			continue
		}
		settings, err := config.Load(service.Environment)
		if err == nil && settings.DatabaseURL != fmt.Sprintf("postgres://tributary:%s@postgres:5432/tributary", given["TRIBUTARY_POSTGRES_PASSWORD"]) {
			err = fmt.Errorf("its database is %q", settings.DatabaseURL)
		}
		if err != nil {
			t.Errorf("%s does not start: %v", name, err)
		}
	}
	for _, command := range []string{"migrate", "api", "worker"} {
		if service := c.Services[command]; !slices.Equal(service.Command, []string{command}) {
			t.Errorf("the service %s runs %q", command, service.Command)
		}
	}
}
