#!/bin/sh
# Gives Tributary and Temporal a user and databases each: neither can connect to the other's. Postgres's image runs it
# once, when its volume is empty; docs/operations.md says how to move an older volume over.
#
# POSTGRES_USER is the superuser, whom neither of them is. The passwords are read by psql itself: they are in no
# list of processes.
set -eu

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv tributary TRIBUTARY_POSTGRES_PASSWORD
\getenv temporal TEMPORAL_POSTGRES_PASSWORD
CREATE ROLE tributary LOGIN PASSWORD :'tributary';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE tributary OWNER tributary;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE ALL ON DATABASE tributary, temporal, temporal_visibility, postgres FROM PUBLIC;
SQL
