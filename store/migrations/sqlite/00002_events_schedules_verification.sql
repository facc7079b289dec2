-- Issue events, schedules, verification.

-- +goose Up
ALTER TABLE integrations ADD COLUMN backfill_from timestamp;
ALTER TABLE repositories ADD COLUMN unreadable_since timestamp;
ALTER TABLE streams ADD COLUMN compared_at timestamp;
ALTER TABLE streams ADD COLUMN verify_cursor text NOT NULL DEFAULT '';
ALTER TABLE syncs ADD COLUMN stored_issue_events integer NOT NULL DEFAULT 0;

-- What is stored already has its events read by the next sync.
ALTER TABLE pull_requests ADD COLUMN events_state text NOT NULL DEFAULT 'pending';
ALTER TABLE issues ADD COLUMN events_state text NOT NULL DEFAULT 'pending';
CREATE INDEX pull_requests_events_pending ON pull_requests (repository_id, number)
    WHERE events_state = 'pending' AND deleted_at IS NULL;
CREATE INDEX issues_events_pending ON issues (repository_id, number)
    WHERE events_state = 'pending' AND deleted_at IS NULL;
-- Open pull requests are compared daily.
CREATE INDEX pull_requests_open ON pull_requests (repository_id, number)
    WHERE state = 'open' AND deleted_at IS NULL;

CREATE TABLE issue_events (
    repository_id   integer NOT NULL,
    node_id         text NOT NULL,
    number          integer NOT NULL,
    on_pull_request boolean NOT NULL,
    event           text NOT NULL,
    actor_login     text NOT NULL,
    actor_id        integer,
    subject         text NOT NULL,
    subject_id      integer,
    state_reason    text NOT NULL,
    commit_sha      text NOT NULL,
    created_at      timestamp NOT NULL,
    deleted_at      timestamp,
    deleted_reason  text NOT NULL,
    PRIMARY KEY (repository_id, node_id)
);
CREATE INDEX issue_events_number ON issue_events (repository_id, number);
CREATE INDEX issue_events_newest ON issue_events (created_at, repository_id, node_id);

CREATE TABLE schedules (
    organization_id  integer NOT NULL,
    cron             text NOT NULL,
    interval_seconds integer NOT NULL,
    jitter_seconds   integer NOT NULL,
    time_zone        text NOT NULL,
    paused           boolean NOT NULL,
    created_at       timestamp NOT NULL,
    updated_at       timestamp NOT NULL,
    PRIMARY KEY (organization_id)
);

CREATE TABLE verifications (
    id              text NOT NULL,
    organization_id integer NOT NULL,
    integration_id  text NOT NULL,
    "trigger"       text NOT NULL,
    repair          boolean NOT NULL,
    state           text NOT NULL,
    code            text NOT NULL,
    error           text NOT NULL,
    cursor          integer NOT NULL,
    repositories    integer NOT NULL,
    compared        integer NOT NULL,
    drifts          integer NOT NULL,
    repaired        integer NOT NULL,
    skipped         integer NOT NULL,
    requests        integer NOT NULL,
    graphql_points  integer NOT NULL,
    waited_seconds  real NOT NULL,
    waiting_until   timestamp,
    created_at      timestamp NOT NULL,
    started_at      timestamp,
    ended_at        timestamp,
    PRIMARY KEY (id)
);
CREATE INDEX verifications_organization ON verifications (organization_id, id);

CREATE TABLE drifts (
    verification_id text NOT NULL,
    repository_id   integer NOT NULL,
    kind            text NOT NULL,
    subject         text NOT NULL,
    finding         text NOT NULL,
    expected        integer NOT NULL,
    stored          integer NOT NULL,
    reason          text NOT NULL,
    repaired        boolean NOT NULL,
    PRIMARY KEY (verification_id, repository_id, kind, subject)
);

-- A scheduled sync reads what is new beside a backfill, so each may be queued.
DROP INDEX syncs_queued;
CREATE UNIQUE INDEX syncs_queued ON syncs (organization_id, integration_id, ("trigger" = 'schedule')) WHERE state = 'queued';

-- +goose Down
DROP INDEX syncs_queued;
CREATE UNIQUE INDEX syncs_queued ON syncs (organization_id, integration_id) WHERE state = 'queued';
DROP TABLE drifts;
DROP TABLE verifications;
DROP TABLE schedules;
DROP TABLE issue_events;
DROP INDEX pull_requests_open;
DROP INDEX issues_events_pending;
DROP INDEX pull_requests_events_pending;
ALTER TABLE issues DROP COLUMN events_state;
ALTER TABLE pull_requests DROP COLUMN events_state;
ALTER TABLE syncs DROP COLUMN stored_issue_events;
ALTER TABLE streams DROP COLUMN verify_cursor;
ALTER TABLE streams DROP COLUMN compared_at;
ALTER TABLE repositories DROP COLUMN unreadable_since;
ALTER TABLE integrations DROP COLUMN backfill_from;
