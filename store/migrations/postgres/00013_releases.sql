-- Releases, the first kind of records that are stored as they are listed.

-- +goose Up
CREATE TABLE releases (
    repository_id    bigint NOT NULL,
    id               bigint NOT NULL,
    node_id          text NOT NULL,
    tag_name         text NOT NULL,
    target_commitish text NOT NULL,
    name             text NOT NULL,
    body             text NOT NULL,
    draft            boolean NOT NULL,
    prerelease       boolean NOT NULL,
    author_login     text NOT NULL,
    author_id        bigint,
    created_at       timestamptz NOT NULL,
    published_at     timestamptz,
    updated_at       timestamptz NOT NULL,
    deleted_at       timestamptz,
    deleted_reason   text NOT NULL,
    PRIMARY KEY (repository_id, id)
);
CREATE INDEX releases_created ON releases (created_at, repository_id, id);

-- +goose Down
DROP TABLE releases;
DELETE FROM streams WHERE kind = 'releases';
