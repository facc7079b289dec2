-- Lists are jsonb. No foreign keys: streams arrive in any order.

-- +goose Up
CREATE TABLE connections (
    id         text NOT NULL,
    method     text NOT NULL,
    state      text NOT NULL,
    health     text NOT NULL,
    credential text NOT NULL,
    login      text NOT NULL,
    rate_owner text NOT NULL,
    scopes     jsonb NOT NULL,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE connection_organizations (
    connection_id   text NOT NULL,
    organization_id bigint NOT NULL,
    login           text NOT NULL,
    role            text NOT NULL,
    access          text NOT NULL,
    code            text NOT NULL,
    remedy_url      text NOT NULL,
    checked_at      timestamptz NOT NULL,
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
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE organizations (
    id             bigint NOT NULL,
    node_id        text NOT NULL,
    login          text NOT NULL,
    integration_id text NOT NULL,
    auto_import    boolean NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE repositories (
    id                     bigint NOT NULL,
    node_id                text NOT NULL,
    organization_id        bigint NOT NULL,
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
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    pushed_at              timestamptz,
    selection              text NOT NULL,
    access_code            text NOT NULL,
    head_sha               text NOT NULL,
    pull_requests_total    bigint NOT NULL,
    newest_pull_request_at timestamptz,
    issues_total           bigint NOT NULL,
    newest_issue_at        timestamptz,
    probed_at              timestamptz NOT NULL,
    deleted_at             timestamptz,
    deleted_reason         text NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE commits (
    repository_id     bigint NOT NULL,
    sha               text NOT NULL,
    node_id           text NOT NULL,
    message           text NOT NULL,
    parents           jsonb NOT NULL,
    author_name       text NOT NULL,
    author_email      text NOT NULL,
    author_login      text NOT NULL,
    author_id         bigint,
    authored_at       timestamptz NOT NULL,
    committer_name    text NOT NULL,
    committer_email   text NOT NULL,
    committer_login   text NOT NULL,
    committer_id      bigint,
    committed_at      timestamptz NOT NULL,
    on_default_branch boolean NOT NULL,
    reached_from      text NOT NULL,
    additions         bigint,
    deletions         bigint,
    changed_files     bigint,
    authored_offset   bigint,
    committed_offset  bigint,
    details_state     text NOT NULL,
    details_reason    text NOT NULL,
    deleted_at        timestamptz,
    deleted_reason    text NOT NULL,
    PRIMARY KEY (repository_id, sha)
);

CREATE TABLE pull_requests (
    repository_id    bigint NOT NULL,
    number           bigint NOT NULL,
    id               bigint NOT NULL,
    node_id          text NOT NULL,
    title            text NOT NULL,
    body             text NOT NULL,
    state            text NOT NULL,
    draft            boolean NOT NULL,
    merged           boolean NOT NULL,
    author_login     text NOT NULL,
    author_id        bigint,
    base_ref         text NOT NULL,
    head_ref         text NOT NULL,
    head_sha         text NOT NULL,
    merge_commit_sha text NOT NULL,
    labels           jsonb NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    closed_at        timestamptz,
    merged_at        timestamptz,
    additions        bigint,
    deletions        bigint,
    changed_files    bigint,
    commits_count    bigint,
    reviews_count    bigint,
    comments_count   bigint,
    merged_by_login  text NOT NULL,
    merged_by_id     bigint,
    details_state    text NOT NULL,
    details_reason   text NOT NULL,
    deleted_at       timestamptz,
    deleted_reason   text NOT NULL,
    PRIMARY KEY (repository_id, number)
);

CREATE TABLE pull_request_commits (
    repository_id bigint NOT NULL,
    number        bigint NOT NULL,
    sha           text NOT NULL,
    position      bigint NOT NULL,
    PRIMARY KEY (repository_id, number, sha)
);

CREATE TABLE reviews (
    repository_id  bigint NOT NULL,
    id             bigint NOT NULL,
    node_id        text NOT NULL,
    number         bigint NOT NULL,
    state          text NOT NULL,
    body           text NOT NULL,
    author_login   text NOT NULL,
    author_id      bigint,
    commit_sha     text NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    submitted_at   timestamptz,
    deleted_at     timestamptz,
    deleted_reason text NOT NULL,
    PRIMARY KEY (repository_id, id)
);

CREATE TABLE review_comments (
    repository_id      bigint NOT NULL,
    id                 bigint NOT NULL,
    node_id            text NOT NULL,
    number             bigint NOT NULL,
    review_id          bigint,
    in_reply_to_id     bigint,
    path               text NOT NULL,
    commit_sha         text NOT NULL,
    body               text NOT NULL,
    author_login       text NOT NULL,
    author_id          bigint,
    author_association text NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    deleted_at         timestamptz,
    deleted_reason     text NOT NULL,
    PRIMARY KEY (repository_id, id)
);

CREATE TABLE issue_comments (
    repository_id      bigint NOT NULL,
    id                 bigint NOT NULL,
    node_id            text NOT NULL,
    number             bigint NOT NULL,
    on_pull_request    boolean NOT NULL,
    body               text NOT NULL,
    author_login       text NOT NULL,
    author_id          bigint,
    author_association text NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    deleted_at         timestamptz,
    deleted_reason     text NOT NULL,
    PRIMARY KEY (repository_id, id)
);

CREATE TABLE issues (
    repository_id  bigint NOT NULL,
    number         bigint NOT NULL,
    id             bigint NOT NULL,
    node_id        text NOT NULL,
    title          text NOT NULL,
    body           text NOT NULL,
    state          text NOT NULL,
    state_reason   text NOT NULL,
    author_login   text NOT NULL,
    author_id      bigint,
    labels         jsonb NOT NULL,
    assignees      jsonb NOT NULL,
    milestone      text NOT NULL,
    comments_count bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    closed_at      timestamptz,
    deleted_at     timestamptz,
    deleted_reason text NOT NULL,
    PRIMARY KEY (repository_id, number)
);

CREATE TABLE accounts (
    id      bigint NOT NULL,
    node_id text NOT NULL,
    login   text NOT NULL,
    type    text NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE streams (
    repository_id    bigint NOT NULL,
    kind             text NOT NULL,
    fence            text NOT NULL,
    cursor           text NOT NULL,
    watermark        timestamptz,
    head             text NOT NULL,
    seen             text NOT NULL,
    complete_from    timestamptz,
    complete_through timestamptz,
    stored           bigint NOT NULL,
    expected         bigint NOT NULL,
    last_success_at  timestamptz,
    failing_since    timestamptz,
    failures         bigint NOT NULL,
    last_code        text NOT NULL,
    last_error       text NOT NULL,
    PRIMARY KEY (repository_id, kind)
);

CREATE TABLE syncs (
    id                     text NOT NULL,
    organization_id        bigint NOT NULL,
    integration_id         text NOT NULL,
    "trigger"              text NOT NULL,
    state                  text NOT NULL,
    cancel_requested       boolean NOT NULL,
    code                   text NOT NULL,
    error                  text NOT NULL,
    repositories           bigint NOT NULL,
    done                   bigint NOT NULL,
    failed                 bigint NOT NULL,
    requests               bigint NOT NULL,
    graphql_points         bigint NOT NULL,
    waited_seconds         double precision NOT NULL,
    stored_commits         bigint NOT NULL,
    stored_pull_requests   bigint NOT NULL,
    stored_reviews         bigint NOT NULL,
    stored_review_comments bigint NOT NULL,
    stored_issue_comments  bigint NOT NULL,
    stored_issues          bigint NOT NULL,
    stored_accounts        bigint NOT NULL,
    waiting_until          timestamptz,
    created_at             timestamptz NOT NULL,
    started_at             timestamptz,
    ended_at               timestamptz,
    PRIMARY KEY (id)
);

CREATE TABLE sync_repositories (
    sync_id       text NOT NULL,
    repository_id bigint NOT NULL,
    batch         bigint NOT NULL,
    state         text NOT NULL,
    code          text NOT NULL,
    error         text NOT NULL,
    started_at    timestamptz,
    ended_at      timestamptz,
    PRIMARY KEY (sync_id, repository_id)
);

CREATE TABLE unreadable_rows (
    repository_id bigint NOT NULL,
    kind          text NOT NULL,
    node_id       text NOT NULL,
    reason        text NOT NULL,
    seen_at       timestamptz NOT NULL,
    PRIMARY KEY (repository_id, kind, node_id)
);

CREATE TABLE rate_budgets (
    rate_owner    text NOT NULL,
    resource      text NOT NULL,
    allowance     bigint NOT NULL,
    remaining     bigint NOT NULL,
    reset_at      timestamptz NOT NULL,
    blocked_until timestamptz,
    updated_at    timestamptz NOT NULL,
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
