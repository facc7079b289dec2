-- Names follow ids: logins and labels are renamed on every row that has them.

-- +goose Up
ALTER TABLE accounts ADD COLUMN named_at timestamp;
CREATE INDEX accounts_named ON accounts (named_at) WHERE named_at IS NOT NULL;
ALTER TABLE organizations ADD COLUMN names_at timestamp;

ALTER TABLE issues ADD COLUMN label_ids text NOT NULL DEFAULT '[]';
ALTER TABLE issues ADD COLUMN assignee_ids text NOT NULL DEFAULT '[]';
ALTER TABLE pull_requests ADD COLUMN label_ids text NOT NULL DEFAULT '[]';

CREATE TABLE labels (
    repository_id  integer NOT NULL,
    id             integer NOT NULL,
    node_id        text NOT NULL,
    name           text NOT NULL,
    color          text NOT NULL,
    description    text NOT NULL,
    read_at        timestamp NOT NULL,
    deleted_at     timestamp,
    deleted_reason text NOT NULL,
    PRIMARY KEY (repository_id, id)
);

-- What was said to be repaired was about to be read: whether that has helped nobody has looked.
ALTER TABLE drifts ADD COLUMN repair text NOT NULL DEFAULT '';
UPDATE drifts SET repair = 'queued' WHERE repaired;
ALTER TABLE drifts DROP COLUMN repaired;

-- +goose Down
ALTER TABLE drifts ADD COLUMN repaired boolean NOT NULL DEFAULT false;
ALTER TABLE drifts DROP COLUMN repair;
DROP TABLE labels;
ALTER TABLE pull_requests DROP COLUMN label_ids;
ALTER TABLE issues DROP COLUMN assignee_ids;
ALTER TABLE issues DROP COLUMN label_ids;
ALTER TABLE organizations DROP COLUMN names_at;
DROP INDEX accounts_named;
ALTER TABLE accounts DROP COLUMN named_at;
