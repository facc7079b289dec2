package e2e_test

import (
	"encoding/base64"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"tributary/config"
	"tributary/store/testpg"
	"tributary/workflows"
)

// composed is a service of docker-compose.yml, as far as a process has the same.
type composed struct {
	Command     []string
	Environment map[string]string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck struct{ Test []string }
	Deploy      struct{ Replicas int }
}

// compose installs what docker-compose.yml describes: each service is a process with the
// environment of its container, started when and only when what it depends on is as it must
// be. Two are not their images: Temporal is the embedded one on Postgres, which makes its
// schemas and its namespace itself, and nothing shows Temporal's UI. variables are those of .env.
func compose(t *testing.T, variables map[string]string) (i *installation, postgres *testpg.Server) {
	t.Helper()
	text, err := os.ReadFile("../../docker-compose.yml")
	must(t, err)
	var file struct{ Services map[string]composed }
	must(t, yaml.Unmarshal(text, &file))
	postgres, err = testpg.Open("")
	must(t, err)
	t.Cleanup(func() { postgres.Close() })
	admin, _, err := postgres.Create()
	must(t, err)
	u, err := url.Parse(admin)
	must(t, err)
	countStatements(t, admin)
	must(t, postgres.Stop())
	must(t, postgres.Start())
	i = &installation{admin: admin, temporal: freeAddress(t), data: t.TempDir(), receiver: "api", namespace: file.Services["temporal-namespace"].Environment["TEMPORAL_NAMESPACE"]}
	c := &composition{services: file.Services, installation: i, admin: u, listen: freeAddress(t), started: map[string]bool{}}
	c.variables = map[string]string{
		"POSTGRES_PASSWORD": "postgres-password", "TRIBUTARY_POSTGRES_PASSWORD": "tributary-password", "TEMPORAL_POSTGRES_PASSWORD": "temporal-password",
		"TRIBUTARY_API_TOKEN": strings.Repeat("admission", 4), "TRIBUTARY_SECRET_KEYS": base64.StdEncoding.EncodeToString([]byte(strings.Repeat("key!", 8))),
	}
	maps.Copy(c.variables, variables)
	i.api = authorized(t, c.listen, c.variables["TRIBUTARY_API_TOKEN"])
	c.up(t)
	i.victims = append(i.victims, victim{"Postgres", func() {
		if err := postgres.Crash(); err != nil {
			t.Error(err)
		}
	}})
	return i, postgres
}

type composition struct {
	*installation
	services  map[string]composed
	variables map[string]string
	admin     *url.URL
	listen    string // the API's
	started   map[string]bool
}

// up starts services as soon as they may be.
func (c *composition) up(t *testing.T) {
	t.Helper()
	for len(c.started) < len(c.services) {
		before := len(c.started)
		for _, name := range slices.Sorted(maps.Keys(c.services)) {
			if !c.started[name] && c.ready(t, name) {
				c.start(t, name)
				c.started[name] = true
			}
		}
		if len(c.started) == before {
			t.Fatalf("of docker-compose.yml's services only %v can be started", slices.Sorted(maps.Keys(c.started)))
		}
	}
}

// ready reports whether a service's dependencies are there. What they are waited for must be
// something that they can become.
func (c *composition) ready(t *testing.T, name string) bool {
	t.Helper()
	jobs := []string{"migrate", "temporal-schema", "temporal-namespace"}
	for on, want := range c.services[name].DependsOn {
		if !c.started[on] {
			return false
		}
		dependency := c.services[on]
		switch want.Condition {
		case "service_healthy":
			if len(dependency.Healthcheck.Test) == 0 {
				t.Errorf("%s waits for the health of %s, which has no check", name, on)
			}
		case "service_completed_successfully":
			if !slices.Contains(jobs, on) {
				t.Errorf("%s waits for the end of %s, which has none", name, on)
			}
		}
	}
	return true
}

func (c *composition) start(t *testing.T, name string) {
	t.Helper()
	s, environment := c.services[name], c.environment(t, name)
	switch name {
	case "postgres":
		c.createDatabases(t, environment)
		c.healthy(t, "pg_isready", append(s.Healthcheck.Test[2:], "--port", c.admin.Port())...)
	case "temporal-schema":
		if _, err := os.Stat(filepath.Join("../../deploy/temporal", filepath.Base(s.Command[1]))); err != nil {
			t.Error(err)
		}
	case "temporal":
		c.startTemporal(t, environment)
	case "temporal-namespace":
		c.checkNamespace(t, environment)
	case "temporal-ui", "temporal-ui-door":
	case "migrate":
		c.database = environment["TRIBUTARY_DATABASE_URL"]
		c.settings = pairs(environment)
		c.migrate(t)
	case "api":
		c.run(t, name, "api is listening", tributary, pairs(environment), s.Command...)
		program, err := tributary()
		must(t, err)
		eventually(t, time.Minute, "the API's image is healthy", func() bool {
			p, err := launch(program, t.TempDir(), pairs(environment), "healthcheck")
			return err == nil && p.wait(t, 10*time.Second) == 0
		})
	case "worker":
		for _, number := range []string{"1", "2", "3", "4"}[:s.Deploy.Replicas] {
			c.run(t, name+" "+number, "worker is running", tributary, pairs(environment), s.Command...)
		}
	default:
		t.Errorf("docker-compose.yml has a service %s that this test does not know", name)
	}
}

// reference is a variable in a value, as the compose file writes it: NAME, and what to do without.
var reference = regexp.MustCompile(`\$\{(\w+)(:[-?])?([^}]*)\}`)

// environment is that of a container, but for addresses: services are known there by their names.
func (c *composition) environment(t *testing.T, name string) map[string]string {
	t.Helper()
	addresses := strings.NewReplacer("@postgres:5432", "@"+c.admin.Host, "temporal:7233", c.temporal, "0.0.0.0:8080", c.listen)
	environment := map[string]string{}
	for key, value := range c.services[name].Environment {
		value = reference.ReplaceAllStringFunc(value, func(found string) string {
			m := reference.FindStringSubmatch(found)
			switch given, is := c.variables[m[1]]; {
			case is:
				return given
			case m[2] == ":-":
				return m[3]
			}
			t.Errorf("docker-compose.yml asks for %s, which its first lines do not make", m[1])
			return ""
		})
		if setting, ours := strings.CutPrefix(key, config.Prefix); ours && name != "postgres" && !strings.Contains(config.Describe(), "  "+key+"\n") {
			t.Errorf("docker-compose.yml sets %s for %s: there is no setting %s", key, name, setting)
		}
		environment[key] = addresses.Replace(value)
	}
	return environment
}

func pairs(environment map[string]string) (list []string) {
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		list = append(list, name+"="+environment[name])
	}
	return list
}

func (c *composition) createDatabases(t *testing.T, environment map[string]string) {
	t.Helper()
	script := exec.Command("sh", "../../deploy/postgres/databases.sh")
	script.Env = append(os.Environ(), "PGHOST="+c.admin.Hostname(), "PGPORT="+c.admin.Port())
	script.Env = append(script.Env, pairs(environment)...)
	if said, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, said)
	}
}

// healthy asks what a container is asked.
func (c *composition) healthy(t *testing.T, program string, args ...string) {
	t.Helper()
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + program); len(found) > 0 { // Debian has them in no PATH
		program = found[0]
	}
	if said, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Errorf("%s %v: %v\n%s", program, args, err, said)
	}
}

func (c *composition) startTemporal(t *testing.T, environment map[string]string) {
	t.Helper()
	at := *c.admin
	at.User, at.Path = url.UserPassword(environment["POSTGRES_USER"], environment["POSTGRES_PWD"]), "/temporal"
	decisions, err := filepath.Abs(filepath.Join("../../deploy/temporal", filepath.Base(environment["DYNAMIC_CONFIG_FILE_PATH"])))
	must(t, err)
	if environment["DB"] != "postgres12" || environment["POSTGRES_SEEDS"] != "postgres" {
		t.Errorf("Temporal keeps its state in %s on %s", environment["DB"], environment["POSTGRES_SEEDS"])
	}
	c.run(t, "temporal", "data", tributaryDev, nil, "temporal", "--data", c.data, "--temporal-address", c.temporal, "--temporal-ui-address", anyPort,
		"--postgres-url", at.String(), "--shards", environment["NUM_HISTORY_SHARDS"], "--dynamic-config", decisions, "--namespace", c.namespace)
	connection, err := net.Dial("tcp", c.temporal)
	must(t, err)
	connection.Close()
}

// checkNamespace compares the namespace that the script makes with that of the product.
func (c *composition) checkNamespace(t *testing.T, environment map[string]string) {
	t.Helper()
	script, err := os.ReadFile("../../deploy/temporal/namespace.sh")
	must(t, err)
	for _, of := range []string{"api", "worker"} {
		if got := c.services[of].Environment["TRIBUTARY_TEMPORAL_NAMESPACE"]; got != environment["TEMPORAL_NAMESPACE"] {
			t.Errorf("%s uses the namespace %s, and %s is made", of, got, environment["TEMPORAL_NAMESPACE"])
		}
	}
	var made []string
	for _, attribute := range regexp.MustCompile(`--name (\w+) --type Keyword`).FindAllStringSubmatch(string(script), -1) {
		made = append(made, attribute[1])
	}
	want := workflows.AttributeNames()
	if slices.Sort(made); !slices.Equal(made, want) {
		t.Errorf("namespace.sh makes the search attributes %v, workflows carry %v", made, want)
	}
}
