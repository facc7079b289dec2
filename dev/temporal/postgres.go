package temporal

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	temporalsql "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/common/resolver"
	"go.temporal.io/server/schema"
	v12 "go.temporal.io/server/schema/postgresql/v12"
)

// postgresStores makes Temporal's two databases on a Postgres server, as Temporal's own
// images keep them. It is for measuring: nothing migrates them, and what an earlier start
// left there is an error.
func postgresStores(ctx context.Context, c Config) (main, visibility *config.SQL, err error) {
	at, err := url.Parse(c.PostgresURL)
	if err != nil {
		return nil, nil, err
	}
	if main, err = postgresStore(ctx, *at, "temporal", sqlplugin.DbKindMain, v12.Version); err != nil {
		return nil, nil, err
	}
	if visibility, err = postgresStore(ctx, *at, "visibility", sqlplugin.DbKindVisibility, v12.VisibilityVersion); err != nil {
		return nil, nil, err
	}
	return main, visibility, createNamespace(main, c)
}

func postgresStore(ctx context.Context, at url.URL, name string, kind sqlplugin.DbKind, version string) (*config.SQL, error) {
	database := "temporal_" + name
	if err := execute(ctx, at, "CREATE DATABASE "+database); err != nil {
		return nil, fmt.Errorf("create %s: %w", database, err)
	}
	statements, err := fs.ReadFile(schema.Assets(), "postgresql/v12/"+name+"/schema.sql")
	if err != nil {
		return nil, err
	}
	at.Path = "/" + database
	if err := execute(ctx, at, string(statements)); err != nil {
		return nil, fmt.Errorf("make the schema of %s: %w", database, err)
	}
	password, _ := at.User.Password()
	store := &config.SQL{
		PluginName: postgresql.PluginName, DatabaseName: database, ConnectAddr: at.Host, ConnectProtocol: "tcp",
		User: at.User.Username(), Password: password, ConnectAttributes: attributesOf(at.Query()), MaxConns: 20, MaxIdleConns: 20,
	}
	admin, err := temporalsql.NewSQLAdminDB(kind, store, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		return nil, err
	}
	defer func() { _ = admin.Close() }()
	if err := admin.CreateSchemaVersionTables(); err != nil {
		return nil, err
	}
	return store, admin.UpdateSchemaVersion(database, version, version)
}

func attributesOf(query url.Values) map[string]string {
	attributes := map[string]string{}
	for name, values := range query {
		attributes[name] = strings.Join(values, ",")
	}
	return attributes
}

func execute(ctx context.Context, at url.URL, statements string) error {
	db, err := sql.Open("pgx", at.String())
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statements)
	return err
}
