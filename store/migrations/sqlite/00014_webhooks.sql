-- Webhooks: the hooks that we have at GitHub, what they delivered, and what is to be read because of it.

-- +goose Up
CREATE TABLE webhooks (
    id               text NOT NULL PRIMARY KEY,
    integration_id   text NOT NULL,
    organization_id  integer NOT NULL,
    repository_id    integer NOT NULL,
    source           text NOT NULL,
    hook_id          integer NOT NULL,
    state            text NOT NULL,
    secret           text NOT NULL,
    previous         text NOT NULL,
    previous_until   timestamp,
    code             text NOT NULL,
    error            text NOT NULL,
    checked_at       timestamp,
    pinged_at        timestamp,
    last_delivery_at timestamp,
    meter_since      timestamp NOT NULL,
    received         integer NOT NULL,
    undelivered      integer NOT NULL,
    redelivered      integer NOT NULL,
    unannounced      integer NOT NULL,
    gap_since        timestamp,
    created_at       timestamp NOT NULL,
    updated_at       timestamp NOT NULL
);
CREATE UNIQUE INDEX webhooks_place ON webhooks (organization_id, repository_id);
CREATE INDEX webhooks_integration ON webhooks (integration_id);

CREATE TABLE webhook_deliveries (
    webhook_id      text NOT NULL,
    guid            text NOT NULL,
    organization_id integer NOT NULL,
    repository_id   integer NOT NULL,
    event           text NOT NULL,
    action          text NOT NULL,
    notice          text NOT NULL,
    state           text NOT NULL,
    error           text NOT NULL,
    times           integer NOT NULL,
    occurred_at     timestamp,
    received_at     timestamp NOT NULL,
    due_at          timestamp NOT NULL,
    applied_at      timestamp,
    fresh_at        timestamp,
    PRIMARY KEY (webhook_id, guid)
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (organization_id, due_at) WHERE state = 'received';
CREATE INDEX webhook_deliveries_unread ON webhook_deliveries (repository_id) WHERE state = 'applied' AND fresh_at IS NULL;
CREATE INDEX webhook_deliveries_received ON webhook_deliveries (organization_id, received_at);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (received_at);

CREATE TABLE hints (
    repository_id integer NOT NULL,
    kind          text NOT NULL,
    hinted_at     timestamp NOT NULL,
    occurred_at   timestamp,
    due_at        timestamp NOT NULL,
    tries         integer NOT NULL,
    PRIMARY KEY (repository_id, kind)
);

-- What an integration that was deleted left at GitHub.
ALTER TABLE deletions ADD COLUMN webhooks_left text NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE deletions DROP COLUMN webhooks_left;
DROP TABLE hints;
DROP TABLE webhook_deliveries;
DROP TABLE webhooks;
