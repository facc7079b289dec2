-- Times are UTC as text ("2026-11-22 10:00:00+00:00"), which sorts by time.
-- Lists are JSON as text. No foreign keys: streams arrive in any order.

-- +goose Up
CREATE TABLE connections (
    id         text NOT NULL,
    method     text NOT NULL,
    state      text NOT NULL,
    health     text NOT NULL,
    credential text NOT NULL,
    login      text NOT NULL,
    rate_owner text NOT NULL,
    scopes     text NOT NULL,
    expires_at timestamp,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE connection_organizations (
    connection_id   text NOT NULL,
    organization_id integer NOT NULL,
    login           text NOT NULL,
    role            text NOT NULL,
    access          text NOT NULL,
    code            text NOT NULL,
    remedy_url      text NOT NULL,
    checked_at      timestamp NOT NULL,
    PRIMARY KEY (connection_id, organization_id)
);

CREATE TABLE integrations (
    id                    text NOT NULL,
    name                  text NOT NULL,
    connection_id         text NOT NULL,
    lifecycle             text NOT NULL,
    service_repos         boolean NOT NULL,
    service_pull_requests boolean NOT NULL,
    service_tickets       boolean NOT NULL,
    created_at            timestamp NOT NULL,
    updated_at            timestamp NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE organizations (
    id             integer NOT NULL,
    node_id        text NOT NULL,
    login          text NOT NULL,
    integration_id text NOT NULL,
    auto_import    boolean NOT NULL,
    created_at     timestamp NOT NULL,
    updated_at     timestamp NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE repositories (
    id                     integer NOT NULL,
    node_id                text NOT NULL,
    organization_id        integer NOT NULL,
    name                   text NOT NULL,
    full_name              text NOT NULL,
    description            text NOT NULL,
    language               text NOT NULL,
    visibility             text NOT NULL,
    fork                   boolean NOT NULL,
    archived               boolean NOT NULL,
    disabled               boolean NOT NULL,
    empty                  boolean NOT NULL,
    has_issues             boolean NOT NULL,
    default_branch         text NOT NULL,
    created_at             timestamp NOT NULL,
    updated_at             timestamp NOT NULL,
    pushed_at              timestamp,
    selection              text NOT NULL,
    access_code            text NOT NULL,
    head_sha               text NOT NULL,
    pull_requests_total    integer NOT NULL,
    newest_pull_request_at timestamp,
    issues_total           integer NOT NULL,
    newest_issue_at        timestamp,
    probed_at              timestamp NOT NULL,
    deleted_at             timestamp,
    deleted_reason         text NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE commits (
    repository_id     integer NOT NULL,
    sha               text NOT NULL,
    node_id           text NOT NULL,
    message           text NOT NULL,
    parents           text NOT NULL,
    author_name       text NOT NULL,
    author_email      text NOT NULL,
    author_login      text NOT NULL,
    author_id         integer,
    authored_at       timestamp NOT NULL,
    committer_name    text NOT NULL,
    committer_email   text NOT NULL,
    committer_login   text NOT NULL,
    committer_id      integer,
    committed_at      timestamp NOT NULL,
    on_default_branch boolean NOT NULL,
    reached_from      text NOT NULL,
    additions         integer,
    deletions         integer,
    changed_files     integer,
    authored_offset   integer,
    committed_offset  integer,
    details_state     text NOT NULL,
    details_reason    text NOT NULL,
    deleted_at        timestamp,
    deleted_reason    text NOT NULL,
    PRIMARY KEY (repository_id, sha)
);

CREATE TABLE pull_requests (
    repository_id    integer NOT NULL,
    number           integer NOT NULL,
    id               integer NOT NULL,
    node_id          text NOT NULL,
    title            text NOT NULL,
    body             text NOT NULL,
    state            text NOT NULL,
    draft            boolean NOT NULL,
    merged           boolean NOT NULL,
    author_login     text NOT NULL,
    author_id        integer,
    base_ref         text NOT NULL,
    head_ref         text NOT NULL,
    head_sha         text NOT NULL,
    merge_commit_sha text NOT NULL,
    labels           text NOT NULL,
    created_at       timestamp NOT NULL,
    updated_at       timestamp NOT NULL,
    closed_at        timestamp,
    merged_at        timestamp,
    additions        integer,
    deletions        integer,
    changed_files    integer,
    commits_count    integer,
    reviews_count    integer,
    comments_count   integer,
    merged_by_login  text NOT NULL,
    merged_by_id     integer,
    details_state    text NOT NULL,
    details_reason   text NOT NULL,
    deleted_at       timestamp,
    deleted_reason   text NOT NULL,
    PRIMARY KEY (repository_id, number)
);

CREATE TABLE pull_request_commits (
    repository_id integer NOT NULL,
    number        integer NOT NULL,
    sha           text NOT NULL,
    position      integer NOT NULL,
    PRIMARY KEY (repository_id, number, sha)
);

CREATE TABLE reviews (
    repository_id  integer NOT NULL,
    id             integer NOT NULL,
    node_id        text NOT NULL,
    number         integer NOT NULL,
    state          text NOT NULL,
    body           text NOT NULL,
    author_login   text NOT NULL,
    author_id      integer,
    commit_sha     text NOT NULL,
    created_at     timestamp NOT NULL,
    updated_at     timestamp NOT NULL,
    submitted_at   timestamp,
    deleted_at     timestamp,
    deleted_reason text NOT NULL,
    PRIMARY KEY (repository_id, id)
);

CREATE TABLE review_comments (
    repository_id      integer NOT NULL,
    id                 integer NOT NULL,
    node_id            text NOT NULL,
    number             integer NOT NULL,
    review_id          integer,
    in_reply_to_id     integer,
    path               text NOT NULL,
    commit_sha         text NOT NULL,
    body               text NOT NULL,
    author_login       text NOT NULL,
    author_id          integer,
    author_association text NOT NULL,
    created_at         timestamp NOT NULL,
    updated_at         timestamp NOT NULL,
    deleted_at         timestamp,
    deleted_reason     text NOT NULL,
    PRIMARY KEY (repository_id, id)
);

CREATE TABLE issue_comments (
    repository_id      integer NOT NULL,
    id                 integer NOT NULL,
    node_id            text NOT NULL,
    number             integer NOT NULL,
    on_pull_request    boolean NOT NULL,
    body               text NOT NULL,
    author_login       text NOT NULL,
    author_id          integer,
    author_association text NOT NULL,
    created_at         timestamp NOT NULL,
    updated_at         timestamp NOT NULL,
    deleted_at         timestamp,
    deleted_reason     text NOT NULL,
    PRIMARY KEY (repository_id, id)
);

CREATE TABLE issues (
    repository_id  integer NOT NULL,
    number         integer NOT NULL,
    id             integer NOT NULL,
    node_id        text NOT NULL,
    title          text NOT NULL,
    body           text NOT NULL,
    state          text NOT NULL,
    state_reason   text NOT NULL,
    author_login   text NOT NULL,
    author_id      integer,
    labels         text NOT NULL,
    assignees      text NOT NULL,
    milestone      text NOT NULL,
    comments_count integer NOT NULL,
    created_at     timestamp NOT NULL,
    updated_at     timestamp NOT NULL,
    closed_at      timestamp,
    deleted_at     timestamp,
    deleted_reason text NOT NULL,
    PRIMARY KEY (repository_id, number)
);

CREATE TABLE accounts (
    id      integer NOT NULL,
    node_id text NOT NULL,
    login   text NOT NULL,
    type    text NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE streams (
    repository_id    integer NOT NULL,
    kind             text NOT NULL,
    fence            text NOT NULL,
    cursor           text NOT NULL,
    watermark        timestamp,
    head             text NOT NULL,
    seen             text NOT NULL,
    complete_from    timestamp,
    complete_through timestamp,
    stored           integer NOT NULL,
    expected         integer NOT NULL,
    last_success_at  timestamp,
    failing_since    timestamp,
    failures         integer NOT NULL,
    last_code        text NOT NULL,
    last_error       text NOT NULL,
    PRIMARY KEY (repository_id, kind)
);

CREATE TABLE syncs (
    id                     text NOT NULL,
    organization_id        integer NOT NULL,
    integration_id         text NOT NULL,
    "trigger"              text NOT NULL,
    state                  text NOT NULL,
    cancel_requested       boolean NOT NULL,
    code                   text NOT NULL,
    error                  text NOT NULL,
    repositories           integer NOT NULL,
    done                   integer NOT NULL,
    failed                 integer NOT NULL,
    requests               integer NOT NULL,
    graphql_points         integer NOT NULL,
    waited_seconds         real NOT NULL,
    stored_commits         integer NOT NULL,
    stored_pull_requests   integer NOT NULL,
    stored_reviews         integer NOT NULL,
    stored_review_comments integer NOT NULL,
    stored_issue_comments  integer NOT NULL,
    stored_issues          integer NOT NULL,
    stored_accounts        integer NOT NULL,
    waiting_until          timestamp,
    created_at             timestamp NOT NULL,
    started_at             timestamp,
    ended_at               timestamp,
    PRIMARY KEY (id)
);

CREATE TABLE sync_repositories (
    sync_id       text NOT NULL,
    repository_id integer NOT NULL,
    batch         integer NOT NULL,
    state         text NOT NULL,
    code          text NOT NULL,
    error         text NOT NULL,
    started_at    timestamp,
    ended_at      timestamp,
    PRIMARY KEY (sync_id, repository_id)
);

CREATE TABLE unreadable_rows (
    repository_id integer NOT NULL,
    kind          text NOT NULL,
    node_id       text NOT NULL,
    reason        text NOT NULL,
    seen_at       timestamp NOT NULL,
    PRIMARY KEY (repository_id, kind, node_id)
);

CREATE TABLE rate_budgets (
    rate_owner    text NOT NULL,
    resource      text NOT NULL,
    allowance     integer NOT NULL,
    remaining     integer NOT NULL,
    reset_at      timestamp NOT NULL,
    blocked_until timestamp,
    updated_at    timestamp NOT NULL,
    PRIMARY KEY (rate_owner, resource)
);

CREATE TABLE settings (
    key   text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (key)
);

-- What the product reads by.
CREATE UNIQUE INDEX integrations_name ON integrations (lower(name));
CREATE INDEX integrations_connection ON integrations (connection_id);
CREATE INDEX connection_organizations_organization ON connection_organizations (organization_id);
CREATE INDEX organizations_integration ON organizations (integration_id);
CREATE INDEX repositories_organization ON repositories (organization_id);
CREATE INDEX syncs_organization ON syncs (organization_id, state);
-- Asking for a sync twice before it starts is asking once.
CREATE UNIQUE INDEX syncs_queued ON syncs (organization_id, integration_id) WHERE state = 'queued';
CREATE INDEX sync_repositories_batch ON sync_repositories (sync_id, batch);

-- GitHub's ids are unique, but a unique index on id alone would keep Postgres
-- from partitioning these tables by repository_id.
CREATE INDEX pull_requests_id ON pull_requests (id);
CREATE INDEX issues_id ON issues (id);

-- The queues of the details streams.
CREATE INDEX commits_pending ON commits (repository_id, sha)
    WHERE details_state = 'pending' AND deleted_at IS NULL;
CREATE INDEX pull_requests_pending ON pull_requests (repository_id, number)
    WHERE details_state = 'pending' AND deleted_at IS NULL;

-- A commit is unreachable only when no pull request holds it.
CREATE INDEX pull_request_commits_sha ON pull_request_commits (repository_id, sha);

CREATE INDEX commits_committed ON commits (repository_id, committed_at);
CREATE INDEX pull_requests_updated ON pull_requests (repository_id, updated_at);
CREATE INDEX issues_updated ON issues (repository_id, updated_at);
CREATE INDEX reviews_number ON reviews (repository_id, number);
CREATE INDEX review_comments_number ON review_comments (repository_id, number);
CREATE INDEX issue_comments_number ON issue_comments (repository_id, number);

-- Lists over all repositories, newest first; the rest of the key makes the
-- order total, so that a list can go on behind any row.
CREATE INDEX commits_newest ON commits (committed_at, repository_id, sha);
CREATE INDEX pull_requests_newest ON pull_requests (updated_at, repository_id, number);
CREATE INDEX issues_newest ON issues (updated_at, repository_id, number);
CREATE INDEX reviews_newest ON reviews (created_at, id);
CREATE INDEX review_comments_newest ON review_comments (created_at, id);
CREATE INDEX issue_comments_newest ON issue_comments (created_at, id);

-- +goose Down
DROP TABLE settings;
DROP TABLE rate_budgets;
DROP TABLE unreadable_rows;
DROP TABLE sync_repositories;
DROP TABLE syncs;
DROP TABLE streams;
DROP TABLE accounts;
DROP TABLE issues;
DROP TABLE issue_comments;
DROP TABLE review_comments;
DROP TABLE reviews;
DROP TABLE pull_request_commits;
DROP TABLE pull_requests;
DROP TABLE commits;
DROP TABLE repositories;
DROP TABLE organizations;
DROP TABLE integrations;
DROP TABLE connection_organizations;
DROP TABLE connections;
