-- Webhooks: the hooks that we have at GitHub, what they delivered, and what is to be read because of it.

-- +goose Up
CREATE TABLE webhooks (
    id               text NOT NULL PRIMARY KEY,
    integration_id   text NOT NULL,
    organization_id  bigint NOT NULL,
    repository_id    bigint NOT NULL,
    source           text NOT NULL,
    hook_id          bigint NOT NULL,
    state            text NOT NULL,
    secret           text NOT NULL,
    previous         text NOT NULL,
    previous_until   timestamptz,
    code             text NOT NULL,
    error            text NOT NULL,
    checked_at       timestamptz,
    pinged_at        timestamptz,
    last_delivery_at timestamptz,
    meter_since      timestamptz NOT NULL,
    received         bigint NOT NULL,
    undelivered      bigint NOT NULL,
    redelivered      bigint NOT NULL,
    unannounced      bigint NOT NULL,
    gap_since        timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE UNIQUE INDEX webhooks_place ON webhooks (organization_id, repository_id);
CREATE INDEX webhooks_integration ON webhooks (integration_id);

CREATE TABLE webhook_deliveries (
    webhook_id      text NOT NULL,
    guid            text NOT NULL,
    organization_id bigint NOT NULL,
    repository_id   bigint NOT NULL,
    event           text NOT NULL,
    action          text NOT NULL,
    notice          text NOT NULL,
    state           text NOT NULL,
    error           text NOT NULL,
    times           bigint NOT NULL,
    occurred_at     timestamptz,
    received_at     timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    applied_at      timestamptz,
    fresh_at        timestamptz,
    PRIMARY KEY (webhook_id, guid)
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (organization_id, due_at) WHERE state = 'received';
CREATE INDEX webhook_deliveries_unread ON webhook_deliveries (repository_id) WHERE state = 'applied' AND fresh_at IS NULL;
CREATE INDEX webhook_deliveries_received ON webhook_deliveries (organization_id, received_at);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (received_at);

CREATE TABLE hints (
    repository_id bigint NOT NULL,
    kind          text NOT NULL,
    hinted_at     timestamptz NOT NULL,
    occurred_at   timestamptz,
    due_at        timestamptz NOT NULL,
    tries         bigint NOT NULL,
    PRIMARY KEY (repository_id, kind)
);

-- What an integration that was deleted left at GitHub.
ALTER TABLE deletions ADD COLUMN webhooks_left text NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE deletions DROP COLUMN webhooks_left;
DROP TABLE hints;
DROP TABLE webhook_deliveries;
DROP TABLE webhooks;
