-- Who may use the API, and what they did.

-- +goose Up
CREATE TABLE api_tokens (
    id           text NOT NULL,
    name         text NOT NULL,
    role         text NOT NULL,
    hash         text NOT NULL,
    prefix       text NOT NULL,
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (hash);
CREATE UNIQUE INDEX api_tokens_name ON api_tokens (name) WHERE revoked_at IS NULL;

CREATE TABLE sessions (
    hash         text NOT NULL,
    token_hash   text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (hash)
);

CREATE TABLE audit_events (
    id             text NOT NULL,
    at             timestamptz NOT NULL,
    actor          text NOT NULL,
    actor_name     text NOT NULL,
    role           text NOT NULL,
    action         text NOT NULL,
    subject_kind   text NOT NULL,
    subject_id     text NOT NULL,
    request_id     text NOT NULL,
    remote_address text NOT NULL,
    details        jsonb NOT NULL,
    outcome        text NOT NULL,
    PRIMARY KEY (id)
);

-- +goose Down
DROP TABLE audit_events;
DROP TABLE sessions;
DROP TABLE api_tokens;
