#!/bin/sh
# Brings Temporal's two databases, which ../postgres/databases.sh creates, to the version of this image. It runs at each start, so
# that an upgrade of the image upgrades the schema before the new server comes up (one minor version at a time).
#
# SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN say where.
set -eu

prepare() {
	temporal-sql-tool --db "$1" setup-schema -v 0.0
	temporal-sql-tool --db "$1" update-schema --schema-name "postgresql/v12/$2"
}

prepare temporal temporal
prepare temporal_visibility visibility
