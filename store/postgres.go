package store

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// idleLimit ends a transaction whose process says nothing for so long, which is
// one that was frozen. The rows that it has locked would hold everybody up.
const idleLimit = "1min"

// A process keeps at most this many connections; Postgres allows 100 by default
// and an installation has an api and several workers.
const postgresConnections = 16

// connectTime is how long a server may take to let us in where its URL does not say. A
// machine that is off refuses nothing, and the system waits for it for two minutes.
const connectTime = 5 * time.Second

func (s *Store) openPostgres(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Opaque != "" {
		return &URLError{"it is not a URL; special characters in the password must be percent-encoded"}
	}
	if u.Path == "" || u.Path == "/" {
		return &URLError{"it names no database"}
	}
	cfg, err := pgx.ParseConfig(address)
	if err == nil && strings.Contains(cfg.Host, "@") { // the rest of a password
		return &URLError{"an @ in the password must be percent-encoded, as %40"}
	}
	if err != nil {
		return &URLError{"a host, port or option in it is not valid"} // err quotes the URL
	}
	// The statements of a page differ with its number of rows. Cached by name,
	// each of them would stay planned in each server process.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "tributary"
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTime
	}
	pool := stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(prepare(cfg)))
	pool.SetMaxOpenConns(postgresConnections)
	pool.SetMaxIdleConns(postgresConnections)
	pool.SetConnMaxIdleTime(5 * time.Minute)

	db, err := gorm.Open(postgresDialector{&postgres.Dialector{Config: &postgres.Config{Conn: pool}}}, s.gormConfig())
	if err != nil {
		return fmt.Errorf("open Postgres database: %w", err)
	}
	s.writer, s.reader = db, db
	return nil
}

// postgresDialector says of every error of a database that is away that it is.
type postgresDialector struct{ *postgres.Dialector }

func (d postgresDialector) Translate(err error) error {
	if isPostgresAway(err) {
		return asAway(err)
	}
	return d.Dialector.Translate(err)
}

// prepare sets a new connection up. The limit is no startup parameter: poolers such
// as pgbouncer refuse parameters that they don't know.
func prepare(cfg *pgx.ConnConfig) func(context.Context, *pgx.Conn) error {
	_, chosen := cfg.RuntimeParams["idle_in_transaction_session_timeout"]
	return func(ctx context.Context, conn *pgx.Conn) error {
		timesInUTC(conn)
		if chosen {
			return nil
		}
		_, err := conn.Exec(ctx, "SET idle_in_transaction_session_timeout = '"+idleLimit+"'")
		return err
	}
}

// timesInUTC makes a time that comes back equal the one that went in; pgx would
// give it the zone of the process.
func timesInUTC(conn *pgx.Conn) {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
}
