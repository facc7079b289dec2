package temporal

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/csrf"
	"github.com/temporalio/ui-server/v2/server/route"
	uiassets "github.com/temporalio/ui-server/v2/ui"
)

// ui is Temporal's web UI, served by us: the UI's own server exits the process
// when it cannot listen, and can't be given a listener.
type ui struct {
	url    string
	server *http.Server
}

func serveUI(listener net.Listener, handler http.Handler, log *logger) *ui {
	u := &ui{
		url: "http://" + listener.Addr().String(),
		server: &http.Server{
			Handler:           loopbackOnly(handler),
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          slog.NewLogLogger(log.slog.Handler(), slog.LevelDebug),
		},
	}
	// Serve returns when stop closes the listener; nothing else ends it.
	go func() { _ = u.server.Serve(listener) }()
	return u
}

// stop doesn't wait long: an open page polls for ever.
func (u *ui) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if u.server.Shutdown(ctx) != nil {
		_ = u.server.Close()
	}
}

// uiHandler puts Temporal's routes and their guard against forged requests
// together, as the UI's own server does. Signing in, which needs an identity
// provider, and CORS, which needs a second origin, have no place here.
func uiHandler(temporalAddress, namespace string) (http.Handler, error) {
	settings, err := uiconfig.NewConfigProviderWithRefresh(&uiconfig.Config{
		TemporalGRPCAddress: temporalAddress,
		DefaultNamespace:    namespace,
		EnableUI:            true,
		DisableNewsFetch:    true,
		CORS:                uiconfig.CORS{CookieInsecure: true}, // plain HTTP on loopback
	})
	if err != nil {
		return nil, err
	}
	assets, err := uiassets.Assets()
	if err != nil {
		return nil, err
	}
	assets, err = fs.Sub(assets, "local")
	if err != nil {
		return nil, err
	}

	e := echo.New()
	e.Use(middleware.Recover(), middleware.Gzip(), middleware.Secure())
	e.Use(csrf.EnsureTokenCookie(false), middleware.CSRFWithConfig(csrf.MiddlewareConfig(settings, false)))
	if err := route.SetAPIRoutes(e, settings, nil); err != nil {
		return nil, err
	}
	route.SetHealthRoute(e)
	route.SetRenderRoute(e, "")
	return e, route.SetUIRoutes(e, "", assets)
}

// loopbackOnly refuses requests that a page elsewhere made by letting its own
// host name point to this machine.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() {
			http.Error(w, "Temporal's UI answers on loopback names only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
