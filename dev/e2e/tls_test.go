package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/operatorservice/v1"

	"tributary/api"
	"tributary/api/problem"
	"tributary/dev/temporal/temporaltest"
	"tributary/githubsim"
	"tributary/store/storetest"
	"tributary/workflows"
)

const temporalKey = "temporal-api-key-that-is-told-to-nobody"

// authority signs certificates that last as long as a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	folder      string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{folder: t.TempDir()}
	a.certificate, a.key = a.issue(t, "ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// issue writes NAME.pem and NAME.key. The first certificate signs itself.
func (a *authority) issue(t *testing.T, name string, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	for file, block := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY", Bytes: secret}} {
		must(t, os.WriteFile(a.path(file), pem.EncodeToMemory(block), 0o600))
	}
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	return certificate, key
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (a *authority) path(file string) string { return filepath.Join(a.folder, file) }

// behindTLS puts a door before a Temporal that lets in only those with a
// certificate of the authority and the API key, and returns its address.
func behindTLS(t *testing.T, a *authority, temporal string) string {
	t.Helper()
	a.issue(t, "server", &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	certificate, err := tls.LoadX509KeyPair(a.path("server.pem"), a.path("server.key"))
	must(t, err)
	clients := x509.NewCertPool()
	clients.AddCert(a.certificate)

	plain := &http.Transport{Protocols: new(http.Protocols)}
	plain.Protocols.SetUnencryptedHTTP2(true)
	quiet := log.New(io.Discard, "", 0)
	proxy := &httputil.ReverseProxy{
		Transport: plain, FlushInterval: -1, ErrorLog: quiet,
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: temporal}) },
	}
	door := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+temporalKey {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	door.EnableHTTP2, door.Config.ErrorLog = true, quiet
	door.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert}
	door.StartTLS()
	t.Cleanup(func() { door.CloseClientConnections(); door.Close() })
	return door.Listener.Addr().String()
}

// TestTemporal_behindTLS: an API, a worker, the doctor and the health check reach a
// Temporal that wants TLS, a client's certificate and an API key, with the settings
// that every program of Temporal's has. None of them tells the key.
func TestTemporal_behindTLS(t *testing.T) {
	t.Parallel()
	server := temporaltest.Start(t, workflows.OrganizationAttribute.GetName()) // as an earlier version made it
	a := newAuthority(t)
	a.issue(t, "client", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	address := behindTLS(t, a, server.Address())
	sim := httptest.NewServer(githubsim.New(githubsim.Config{}))
	t.Cleanup(sim.Close)
	listen := freeAddress(t)
	ours := []string{
		"TRIBUTARY_DATABASE_URL=" + storetest.SQLiteURL(t), "TRIBUTARY_SECRET_KEYS=" + rightKey, "TRIBUTARY_API_TOKEN=" + strings.Repeat("admission", 4),
		"TRIBUTARY_LISTEN=" + listen, "TRIBUTARY_GITHUB_API_URL=" + sim.URL + "/",
	}
	theirs := map[string]string{
		"TEMPORAL_ADDRESS": address, "TEMPORAL_NAMESPACE": "default", "TEMPORAL_API_KEY": temporalKey, "TEMPORAL_TLS": "true",
		"TEMPORAL_TLS_SERVER_CA_CERT_PATH": a.path("ca.pem"), "TEMPORAL_TLS_CLIENT_CERT_PATH": a.path("client.pem"), "TEMPORAL_TLS_CLIENT_KEY_PATH": a.path("client.key"),
	}
	environment := func(without ...string) []string {
		all := slices.Clone(ours)
		for variable, value := range theirs {
			if !slices.Contains(without, variable) {
				all = append(all, variable+"="+value)
			}
		}
		return all
	}

	i := &installation{}
	worker := i.run(t, "worker", "worker is running", tributary, environment(), "worker")
	front := i.run(t, "api", "api is listening", tributary, environment(), "api")
	attributes, err := temporaltest.Dial(t, server).OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: "default"})
	must(t, err)
	for _, name := range workflows.AttributeNames() {
		if _, made := attributes.GetCustomAttributes()[name]; !made {
			t.Errorf("the worker has not made the search attribute %s", name)
		}
	}
	eventually(t, time.Minute, "the API is ready", func() bool { return runTributary(t, environment(), "healthcheck").code == 0 })
	if code, said := temporalCheck(t, environment()); code != "" || !strings.Contains(said, `"workers"`) {
		t.Errorf("the doctor finds %q:\n%s", code, said)
	}

	for name, change := range map[string][]string{
		"without a certificate":        environment("TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_CLIENT_KEY_PATH"),
		"without the authority":        environment("TEMPORAL_TLS_SERVER_CA_CERT_PATH"),
		"without the key":              environment("TEMPORAL_API_KEY"),
		"without TLS":                  append(environment("TEMPORAL_TLS"), "TEMPORAL_TLS=false"),
		"with another address of ours": append(environment(), "TRIBUTARY_TEMPORAL_ADDRESS=127.0.0.1:1"),
		"with a file that is missing":  append(environment("TEMPORAL_TLS_SERVER_CA_CERT_PATH"), "TEMPORAL_TLS_SERVER_CA_CERT_PATH="+a.path("missing.pem")),
	} {
		if code, said := temporalCheck(t, change); code != string(problem.TemporalDown) {
			t.Errorf("%s the doctor finds %q, want %s:\n%s", name, code, problem.TemporalDown, said)
		}
	}
	missing := append(environment("TEMPORAL_TLS_SERVER_CA_CERT_PATH"), "TEMPORAL_TLS_SERVER_CA_CERT_PATH="+a.path("missing.pem"))
	if got := runTributary(t, missing, "worker"); got.code != 2 || !strings.Contains(got.stderr, "missing.pem") || strings.Contains(got.stderr, temporalKey) {
		t.Errorf("a setting that is wrong ends a worker with %d:\n%s", got.code, got.stderr)
	}
	for _, p := range []*part{worker, front} {
		if p.process.said(temporalKey) {
			t.Errorf("%s tells the API key", p.name)
		}
	}
	i.stop(t)
}

// temporalCheck is the code that the doctor has for Temporal, and all that it says.
func temporalCheck(t *testing.T, environment []string) (code, said string) {
	t.Helper()
	got := runTributary(t, environment, "doctor", "--json")
	said = got.stdout + got.stderr
	if strings.Contains(said, temporalKey) {
		t.Error("the doctor tells the API key")
	}
	var report struct{ Installation []api.Check }
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
		t.Fatalf("%v:\n%s", err, said)
	}
	at := slices.IndexFunc(report.Installation, func(c api.Check) bool { return c.Name == "temporal" })
	if at < 0 {
		t.Fatalf("Temporal is not looked at:\n%s", said)
	}
	return string(report.Installation[at].Code), said
}
