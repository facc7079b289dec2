-- The ways to connect, what a connection may do, rules, diagnostics, deletion.

-- +goose Up
ALTER TABLE connections ADD COLUMN installation_id integer;
ALTER TABLE connections ADD COLUMN preflighted_at timestamp;
ALTER TABLE connections ADD COLUMN looks_personal boolean NOT NULL DEFAULT false;
ALTER TABLE connection_organizations ADD COLUMN limits text NOT NULL DEFAULT '[]';
ALTER TABLE connection_organizations ADD COLUMN private_repositories integer;
ALTER TABLE connection_organizations ADD COLUMN installation_id integer;
ALTER TABLE connection_organizations ADD COLUMN repository_selection text NOT NULL DEFAULT '';
ALTER TABLE integrations ADD COLUMN name_follows boolean NOT NULL DEFAULT false;
ALTER TABLE integrations ADD COLUMN diagnosed_at timestamp;
ALTER TABLE repositories ADD COLUMN purge_requested_at timestamp;

CREATE TABLE authorizations (
    connection_id text NOT NULL,
    state_hash    text NOT NULL,
    browser_hash  text NOT NULL,
    mode          text NOT NULL,
    verifier      text NOT NULL,
    code          text NOT NULL,
    created_at    timestamp NOT NULL,
    expires_at    timestamp NOT NULL,
    PRIMARY KEY (connection_id)
);
CREATE UNIQUE INDEX authorizations_state ON authorizations (state_hash) WHERE state_hash <> '';

CREATE TABLE installation_tokens (
    installation_id integer NOT NULL,
    token           text NOT NULL,
    expires_at      timestamp NOT NULL,
    leased_until    timestamp NOT NULL,
    PRIMARY KEY (installation_id)
);

CREATE TABLE exclusion_rules (
    id             text NOT NULL,
    integration_id text NOT NULL,
    position       integer NOT NULL,
    kind           text NOT NULL,
    value          text NOT NULL,
    created_at     timestamp NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX exclusion_rules_integration ON exclusion_rules (integration_id, position);

-- What fails is counted often, and is little.
CREATE INDEX streams_failing ON streams (repository_id, kind) WHERE failing_since IS NOT NULL;

CREATE TABLE diagnostics (
    integration_id  text NOT NULL,
    organization_id integer NOT NULL,
    name            text NOT NULL,
    severity        text NOT NULL,
    code            text NOT NULL,
    detail          text NOT NULL,
    endpoint        text NOT NULL,
    status          integer NOT NULL,
    headers         text NOT NULL,
    remedy_url      text NOT NULL,
    checked_at      timestamp NOT NULL,
    PRIMARY KEY (integration_id, organization_id, name)
);

CREATE TABLE deletions (
    integration_id text NOT NULL,
    name           text NOT NULL,
    connection_id  text NOT NULL,
    step           text NOT NULL,
    rows_total     integer NOT NULL,
    rows_deleted   integer NOT NULL,
    requested_at   timestamp NOT NULL,
    completed_at   timestamp,
    PRIMARY KEY (integration_id)
);

-- +goose Down
DROP TABLE deletions;
DROP TABLE diagnostics;
DROP INDEX streams_failing;
DROP TABLE exclusion_rules;
DROP TABLE installation_tokens;
DROP TABLE authorizations;
ALTER TABLE repositories DROP COLUMN purge_requested_at;
ALTER TABLE integrations DROP COLUMN diagnosed_at;
ALTER TABLE integrations DROP COLUMN name_follows;
ALTER TABLE connection_organizations DROP COLUMN repository_selection;
ALTER TABLE connection_organizations DROP COLUMN installation_id;
ALTER TABLE connection_organizations DROP COLUMN private_repositories;
ALTER TABLE connection_organizations DROP COLUMN limits;
ALTER TABLE connections DROP COLUMN looks_personal;
ALTER TABLE connections DROP COLUMN preflighted_at;
ALTER TABLE connections DROP COLUMN installation_id;
