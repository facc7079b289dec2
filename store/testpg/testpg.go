//go:build unix

// Package testpg gives tests databases on a real Postgres server: the one that
// TEST_DATABASE_URL names, else one that it starts from the binaries of this
// machine and that ends with the test process.
package testpg

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
)

// New returns the URL of a database of the test's own. prepare fills a new
// database; on a server that we started it runs once, all tests get copies, and
// so all calls in one process must pass the same.
//
// Without a Postgres the test fails: what was not tested on it does not work on it.
func New(t testing.TB, prepare func(url string) error) string {
	t.Helper()
	server, err := start(prepare)
	if err != nil {
		t.Fatalf("these tests need Postgres: %v\n"+
			"Install it (Debian, Ubuntu: apt-get install postgresql), or set TEST_DATABASE_URL to a server where databases may be created", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := server.create(name, prepare); err != nil {
		t.Fatalf("test database: %v", err)
	}
	t.Cleanup(func() {
		if err := server.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("test database: %v", err)
		}
	})
	return server.database(name)
}

// Server is a Postgres for a program that is no test.
type Server struct {
	server server
	killed int // the process that Crash killed last
}

// Open returns the server at admin, a URL of a user who may create databases.
// Without one it starts a server from the binaries of this machine, as durable
// as Postgres is by default; that one ends with Close, or with the process.
func Open(admin string) (*Server, error) {
	if admin == "" {
		s, err := launch()
		return &Server{server: s}, err
	}
	u, err := url.Parse(admin)
	if err != nil {
		return nil, errors.New("the server's address is not a URL")
	}
	return &Server{server: server{admin: *u}}, nil
}

// URL is that of a user who may create databases.
func (s *Server) URL() string { return s.server.admin.String() }

// Create makes an empty database.
func (s *Server) Create() (url string, drop func() error, err error) {
	name := "tributary_" + strings.ToLower(rand.Text())
	err = s.server.exec("CREATE DATABASE " + name)
	return s.server.database(name), func() error { return s.server.exec("DROP DATABASE " + name + " WITH (FORCE)") }, err
}

// Crash kills a server that Open started: its sessions break off, and for a
// moment nobody answers. It is back by itself, at the same address and with all
// that was committed. One that is down already is awaited first.
func (s *Server) Crash() error {
	if s.server.data == "" {
		return errors.New("a server that somebody else runs is not killed")
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		pid, err := s.server.pid()
		if err == nil && pid != s.killed && syscall.Kill(pid, syscall.SIGKILL) == nil {
			s.killed = pid
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("there is no Postgres to kill")
		}
	}
}

// Stop shuts down a server that Open started, as an operator does who will be back: its
// sessions are told to end, and nobody listens until Start.
func (s *Server) Stop() error {
	if s.server.data == "" {
		return errors.New("a server that somebody else runs is not stopped")
	}
	if err := os.WriteFile(s.server.stopped(), nil, 0o600); err != nil {
		return err
	}
	pid, err := s.server.pid()
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil { // a fast shutdown
		return err
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := s.server.pid(); errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("the server does not stop")
		}
	}
}

// Start starts a server that was stopped, at the same address, and returns once it answers.
func (s *Server) Start() error {
	if err := os.Remove(s.server.stopped()); err != nil {
		return err
	}
	return ready(s.server.admin.String())
}

// Close stops a server that Open started.
func (s *Server) Close() error {
	if s.server.running == nil {
		return nil
	}
	return s.server.running.Close()
}

type server struct {
	admin    url.URL
	template string    // empty on a server that outlives us, where it would be left behind
	running  io.Closer // the pipe that ends a server of ours; closed with the process
	data     string    // folder of a server of ours
}

// pid is the process that steers the others, which end when it is gone. Before
// they have, it does not start again: it waits for their memory.
func (s server) pid() (int, error) {
	lines, err := os.ReadFile(filepath.Join(s.data, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(lines), "\n")
	return strconv.Atoi(first)
}

// stopped is the file that keeps a server of ours from being started again.
func (s server) stopped() string { return filepath.Join(filepath.Dir(s.data), "stopped") }

func (s server) database(name string) string {
	u := s.admin
	u.Path = "/" + name
	return u.String()
}

func (s server) exec(statement string) error {
	db, err := sql.Open("pgx", s.admin.String())
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}

func (s server) create(name string, prepare func(url string) error) error {
	if s.template != "" {
		return s.exec("CREATE DATABASE " + name + " TEMPLATE " + s.template)
	}
	if err := s.exec("CREATE DATABASE " + name); err != nil {
		return err
	}
	return prepare(s.database(name))
}

// A process needs one server, however many of its tests ask at once.
var (
	once     sync.Once
	shared   server
	startErr error
)

func start(prepare func(url string) error) (server, error) {
	once.Do(func() { shared, startErr = find(prepare) })
	return shared, startErr
}

func find(prepare func(url string) error) (server, error) {
	if given := os.Getenv("TEST_DATABASE_URL"); given != "" {
		admin, err := url.Parse(given)
		if err != nil {
			return server{}, errors.New("TEST_DATABASE_URL is not a URL")
		}
		return server{admin: *admin}, nil
	}
	s, err := launch("fsync=off", "synchronous_commit=off", "full_page_writes=off")
	if err != nil {
		return server{}, err
	}
	if err := s.create("template_tests", prepare); err != nil {
		return server{}, err
	}
	s.template = "template_tests"
	return s, nil
}

// script runs Postgres until its standard input ends, which happens when the
// test process does, however that dies. A Postgres that was killed is started
// again, one that was stopped once it may be. The end is asked for until it comes: the
// one that runs changes.
const script = `
dir=$1; shift
trap '' INT
{
	until [ -e "$dir/ending" ]; do [ -e "$dir/stopped" ] || "$@" </dev/null; sleep 0.1; done
	: >"$dir/ended"
} &
read -r _
: >"$dir/ending"
until [ -e "$dir/ended" ]; do kill -INT 0; sleep 0.1; done
rm -rf "$dir"
`

// launch starts a server that trusts everybody on a port of the loopback
// interface.
func launch(settings ...string) (server, error) {
	bin, err := binaries()
	if err != nil {
		return server{}, err
	}
	owner, err := unprivileged()
	if err != nil {
		return server{}, err
	}
	dir, err := os.MkdirTemp("", "testpg")
	if err != nil {
		return server{}, err
	}
	if owner != nil {
		if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return server{}, err
		}
	}
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "HOME="+dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner, Setpgid: true} // Ctrl-C is for the tests
		return cmd
	}
	data := filepath.Join(dir, "data")
	initdb := command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return server{}, fmt.Errorf("initdb: %w\n%s", err, out)
	}

	port, err := freePort()
	if err != nil {
		return server{}, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return server{}, err
	}
	defer log.Close()
	args := []string{"-c", script, "sh", dir, filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port)}
	for _, setting := range append(settings, "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=400") {
		args = append(args, "-c", setting)
	}
	postgres := command("/bin/sh", args...)
	postgres.Stdout, postgres.Stderr = log, log
	running, err := postgres.StdinPipe()
	if err != nil {
		return server{}, err
	}
	if err := postgres.Start(); err != nil {
		return server{}, err
	}
	admin := url.URL{
		Scheme: "postgres", User: url.User("postgres"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path: "/postgres", RawQuery: "sslmode=disable",
	}
	if err := ready(admin.String()); err != nil {
		said, _ := os.ReadFile(log.Name())
		return server{}, fmt.Errorf("start of Postgres: %w\n%s", err, bytes.TrimSpace(said[max(0, len(said)-2000):]))
	}
	return server{admin: admin, running: running, data: data}, nil
}

// binaries finds the newest server that is installed.
func binaries() (string, error) {
	var dirs []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"} {
		found, _ := filepath.Glob(pattern) // fails only for a malformed pattern
		slices.Reverse(found)
		dirs = append(dirs, found...)
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, dir := range dirs {
		if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("no Postgres server is installed")
}

// unprivileged is whom to run as: Postgres refuses to run as root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(account.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(account.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("running as root, and neither user postgres nor nobody exists")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func ready(admin string) error {
	db, err := sql.Open("pgx", admin)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}
