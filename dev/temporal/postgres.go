package temporal

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/server/common/config"
	postgresplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/schema"
	v12 "go.temporal.io/server/schema/postgresql/v12"
)

// openPostgres gives the database of a URL, and the one with _visibility after its name, their
// schemas if they are empty. It is what deploy/temporal/schema.sh does without Temporal's tool.
func openPostgres(ctx context.Context, address string, shards int32) (databases, error) {
	u, err := url.Parse(address)
	if err != nil {
		return databases{}, fmt.Errorf("the address of Temporal's Postgres is not a URL")
	}
	d := databases{shards: shards}
	for _, one := range []struct {
		sql                     **config.SQL
		suffix, schema, version string
	}{
		{&d.state, "", "temporal", v12.Version},
		{&d.visibility, "_visibility", "visibility", v12.VisibilityVersion},
	} {
		at := *u
		at.Path += one.suffix
		name := strings.TrimPrefix(at.Path, "/")
		if err := createSchema(ctx, at.String(), name, one.schema, one.version); err != nil {
			return databases{}, fmt.Errorf("schema of %s: %w", name, err)
		}
		password, _ := u.User.Password()
		*one.sql = &config.SQL{
			PluginName: postgresplugin.PluginName, DatabaseName: name, ConnectAddr: u.Host, ConnectProtocol: "tcp",
			User: u.User.Username(), Password: password, MaxConns: 20, MaxIdleConns: 20, MaxConnLifetime: time.Hour,
		}
	}
	return d, nil
}

// createSchema makes a schema and says its version in one transaction.
func createSchema(ctx context.Context, address, name, folder, version string) error {
	db, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer db.Close(context.WithoutCancel(ctx))
	var there bool
	if err := db.QueryRow(ctx, "SELECT to_regclass('schema_version') IS NOT NULL").Scan(&there); err != nil || there {
		return err
	}
	tables, err := fs.ReadFile(schema.Assets(), "postgresql/v12/"+folder+"/schema.sql")
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, string(tables)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `CREATE TABLE schema_version (version_partition INT NOT NULL, db_name VARCHAR(255) NOT NULL,
			creation_time TIMESTAMP, curr_version VARCHAR(64), min_compatible_version VARCHAR(64), PRIMARY KEY (version_partition, db_name))`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO schema_version VALUES (0, $1, now(), $2, $2)", name, version)
		return err
	})
}
