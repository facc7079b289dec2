-- The GitHub App that was registered from here, and those who are on their way to do so.

-- +goose Up
CREATE TABLE github_apps (
    id             integer NOT NULL PRIMARY KEY,
    slug           text NOT NULL,
    name           text NOT NULL,
    owner          text NOT NULL,
    html_url       text NOT NULL,
    client_id      text NOT NULL,
    private_key    text NOT NULL,
    client_secret  text NOT NULL,
    webhook_secret text NOT NULL,
    created_by     text NOT NULL,
    created_at     timestamp NOT NULL
);
-- One at most.
CREATE UNIQUE INDEX github_apps_one ON github_apps ((1));

CREATE TABLE github_app_setups (
    id              text NOT NULL PRIMARY KEY,
    state_hash      text NOT NULL,
    browser_hash    text NOT NULL,
    code            text NOT NULL,
    created_by      text NOT NULL,
    created_by_name text NOT NULL,
    created_at      timestamp NOT NULL,
    expires_at      timestamp NOT NULL
);
CREATE UNIQUE INDEX github_app_setups_state ON github_app_setups (state_hash) WHERE state_hash <> '';

-- +goose Down
DROP TABLE github_app_setups;
DROP TABLE github_apps;
