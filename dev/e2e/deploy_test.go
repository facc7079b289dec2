package e2e_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tributary/store/storetest"
	"tributary/store/testpg"
)

// as is a database's URL for another of its server's users, or another database.
func as(t *testing.T, address, user, database string) string {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	u.User, u.Path = url.UserPassword(user, user+"-password"), "/"+database
	return u.String()
}

// TestDeploy_givesTributaryAndTemporalDatabasesOfTheirOwn runs the script that
// Postgres's image runs, and then both schemas as the users that it makes.
func TestDeploy_givesTributaryAndTemporalDatabasesOfTheirOwn(t *testing.T) {
	t.Parallel()
	server, err := testpg.Open("")
	must(t, err)
	t.Cleanup(func() { server.Close() })
	admin, _, err := server.Create()
	must(t, err)
	u, err := url.Parse(admin)
	must(t, err)
	script := exec.Command("sh", "../../deploy/postgres/databases.sh")
	script.Env = append(os.Environ(), "PGHOST="+u.Hostname(), "PGPORT="+u.Port(), "POSTGRES_USER="+u.User.Username(),
		"TRIBUTARY_POSTGRES_PASSWORD=tributary-password", "TEMPORAL_POSTGRES_PASSWORD=temporal-password")
	if password, has := u.User.Password(); has {
		script.Env = append(script.Env, "PGPASSWORD="+password)
	}
	if said, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, said)
	}

	// What an older installation holds belongs to its superuser. It is moved as docs/operations.md says.
	ours := as(t, admin, "tributary", "tributary")
	migrate(t, admin)
	storetest.Exec(t, admin, "INSERT INTO settings (key, value) VALUES ('github_host', 'github.com')")
	dump, err := exec.Command("pg_dump", "--no-owner", "--no-privileges", "--dbname", admin).Output()
	must(t, err)
	restore := exec.Command("psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", ours)
	restore.Stdin = bytes.NewReader(dump)
	if said, err := restore.CombinedOutput(); err != nil {
		t.Errorf("restore as the user tributary: %v\n%s", err, said)
	}
	migrate(t, ours)
	if n := storetest.Exec(t, ours, "UPDATE settings SET value = value"); n != 1 {
		t.Errorf("%d rows are there after the move, want 1", n)
	}
	for database, schema := range map[string]string{"temporal": "temporal", "temporal_visibility": "visibility"} {
		apply := exec.Command("psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", as(t, admin, "temporal", database),
			"--file", filepath.Join(temporalModule(t), "schema/postgresql/v12", schema, "schema.sql"))
		if said, err := apply.CombinedOutput(); err != nil {
			t.Errorf("Temporal's schema %s as the user temporal: %v\n%s", schema, err, said)
		}
	}

	for user, databases := range map[string]map[string]bool{
		"tributary": {"tributary": true, "temporal": false, "temporal_visibility": false, "postgres": false},
		"temporal":  {"temporal": true, "temporal_visibility": true, "tributary": false, "postgres": false},
	} {
		for database, may := range databases {
			if err := connects(t, as(t, admin, user, database)); (err == nil) != may || !may && !strings.Contains(err.Error(), "permission denied for database") {
				t.Errorf("%s connects to %s: %v, want that it may: %t", user, database, err, may)
			}
		}
		var powers, hashed bool
		connection, err := pgx.Connect(t.Context(), admin)
		must(t, err)
		defer connection.Close(context.Background())
		must(t, connection.QueryRow(t.Context(), "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls, rolpassword LIKE 'SCRAM-SHA-256%' FROM pg_authid WHERE rolname = $1", user).
			Scan(&powers, &hashed))
		if powers || !hashed {
			t.Errorf("%s has powers over the server: %t, has a password: %t", user, powers, hashed)
		}
	}
}

func migrate(t *testing.T, database string) {
	t.Helper()
	if got := runTributary(t, []string{"TRIBUTARY_DATABASE_URL=" + database}, "migrate"); got.code != 0 {
		t.Errorf("migrate ended with %d:\n%s", got.code, got.stderr)
	}
}

func connects(t *testing.T, address string) error {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), address)
	if err == nil {
		_ = connection.Close(t.Context())
	}
	return err
}

// temporalModule is the folder of the Temporal server that dev/go.mod names.
func temporalModule(t *testing.T) string {
	t.Helper()
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "go.temporal.io/server").Output()
	must(t, err)
	return strings.TrimSpace(string(folder))
}

// TestDeploy_showsTemporalsUIUnderLoopbackNamesOnly runs nginx with the file that
// the compose file mounts, before something that answers everybody.
func TestDeploy_showsTemporalsUIUnderLoopbackNamesOnly(t *testing.T) {
	t.Parallel()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		if nginx, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Fatal("this test needs nginx (Debian, Ubuntu: apt-get install nginx-light)")
		}
	}
	ui := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "the UI, asked as "+r.Host) }))
	t.Cleanup(ui.Close)
	door := freeAddress(t)
	startNginx(t, nginx, door, strings.TrimPrefix(ui.URL, "http://"))

	_, port, err := net.SplitHostPort(door)
	must(t, err)
	for host, may := range map[string]bool{
		"127.0.0.1:" + port: true, "localhost:" + port: true, "localhost": true,
		"evil.example.com:" + port: false, "evil.example.com": false, "localhost.evil.example.com": false, "127.0.0.1.evil.example.com:" + port: false, "temporal-ui:8080": false,
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			request, err := http.NewRequestWithContext(t.Context(), method, "http://"+door+"/api/v1/namespaces", nil)
			must(t, err)
			request.Host = host
			response, err := http.DefaultClient.Do(request)
			must(t, err)
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if answered := string(body) == "the UI, asked as "+host; answered != may || !may && response.StatusCode != http.StatusForbidden {
				t.Errorf("%s as %s is answered with %s, %q; want that it may: %t", method, host, response.Status, body, may)
			}
		}
	}
}

func startNginx(t *testing.T, program, listen, ui string) {
	t.Helper()
	content, err := os.ReadFile("../../deploy/temporal/ui.conf")
	must(t, err)
	door := strings.NewReplacer("listen 8080", "listen "+listen, "http://temporal-ui:8080", "http://"+ui).Replace(string(content))
	folder := t.TempDir()
	settings := filepath.Join(folder, "nginx.conf")
	must(t, os.WriteFile(settings, []byte("daemon off;\nmaster_process off;\npid "+folder+"/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n"+
		"client_body_temp_path "+folder+"/body;\nproxy_temp_path "+folder+"/proxy;\nfastcgi_temp_path "+folder+"/fastcgi;\nuwsgi_temp_path "+folder+"/uwsgi;\nscgi_temp_path "+folder+"/scgi;\n"+
		door+"}\n"), 0o600))
	p, err := launch(program, folder, nil, "-p", folder, "-c", settings)
	must(t, err)
	t.Cleanup(func() { p.kill(); <-p.ended })
	eventually(t, 10*time.Second, "nginx listens", func() bool {
		connection, err := net.Dial("tcp", listen)
		if err == nil {
			connection.Close()
		}
		return err == nil
	})
}

// TestDeploy_pinsImagesByDigest runs the script with a Docker that knows a digest
// of each image, of which the registries are asked elsewhere.
func TestDeploy_pinsImagesByDigest(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	docker := "#!/bin/sh\n[ \"$1 $2 $3\" = 'buildx imagetools inspect' ] && echo \"sha256:$(printf '%s' \"$4$SALT\" | sha256sum | cut -c1-64)\"\n"
	must(t, os.WriteFile(filepath.Join(folder, "docker"), []byte(docker), 0o700))
	before := map[string]string{}
	for _, name := range []string{"docker-compose.yml", "Dockerfile"} {
		content, err := os.ReadFile("../../" + name)
		must(t, err)
		before[name] = pinned.ReplaceAllString(string(content), "")
		must(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	pin := func(salt string) (string, error) {
		script, err := filepath.Abs("../../deploy/pin.sh")
		must(t, err)
		cmd := exec.Command("sh", script)
		cmd.Dir, cmd.Env = folder, append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"), "SALT="+salt)
		said, err := cmd.CombinedOutput()
		return string(said), err
	}
	images := regexp.MustCompile(`(?m)^ *(?:image: |FROM (?:--platform=\S+ )?)(\S+:\S+)`)
	var first string
	for _, salt := range []string{"", "later"} {
		if said, err := pin(salt); err != nil {
			t.Fatalf("%v:\n%s", err, said)
		}
		all := ""
		for name, want := range before {
			content, err := os.ReadFile(filepath.Join(folder, name))
			must(t, err)
			if got := pinned.ReplaceAllString(string(content), ""); got != want {
				t.Errorf("%s has changed in more than its pins:\n%s", name, got)
			}
			for _, image := range images.FindAllStringSubmatch(string(content), -1) {
				if !pinned.MatchString(image[1]) {
					t.Errorf("%s: %s is not pinned", name, image[1])
				}
				all += image[1] + "\n"
			}
		}
		if strings.Count(all, "@") < 8 {
			t.Errorf("pinned are only\n%s", all)
		}
		if first == all {
			t.Error("the pins do not move with what the tags mean")
		}
		first = all
	}

	must(t, os.WriteFile(filepath.Join(folder, "docker"), []byte("#!/bin/sh\necho no such tag\n"), 0o700))
	if said, err := pin(""); err == nil || !strings.Contains(said, "no such tag") {
		t.Errorf("without a digest it ends with %v:\n%s", err, said)
	}
}

var pinned = regexp.MustCompile(`@sha256:[0-9a-f]{64}`)
