-- +goose Up
-- How many words a text has; emoji, quotes and code are none. Empty for rows that were stored before: the migration's
-- second part counts them.
ALTER TABLE reviews ADD COLUMN words bigint;
ALTER TABLE review_comments ADD COLUMN words bigint;
ALTER TABLE issue_comments ADD COLUMN words bigint;

-- Who responded to a pull request, and what reports need to know of it, from the other tables. Both are written in the
-- transaction that changes those.
CREATE TABLE pull_request_responders (
    repository_id    bigint NOT NULL,
    number           bigint NOT NULL,
    author_is_bot    boolean NOT NULL,
    account_id       bigint,
    login            text NOT NULL,
    first_at         timestamptz NOT NULL,
    reviews          bigint NOT NULL,
    comments         bigint NOT NULL,
    approvals        bigint NOT NULL,
    longest_response bigint NOT NULL
);
CREATE INDEX pull_request_responders_number ON pull_request_responders (repository_id, number);

CREATE TABLE pull_request_facts (
    repository_id             bigint NOT NULL,
    number                    bigint NOT NULL,
    author_id                 bigint,
    author_is_bot             boolean NOT NULL,
    created_at                timestamptz NOT NULL,
    ready_at                  timestamptz,
    closed_at                 timestamptz,
    merged_at                 timestamptz,
    first_commit_at           timestamptz,
    last_commit_at            timestamptz,
    first_response_at         timestamptz,
    responses                 bigint NOT NULL,
    approvals                 bigint NOT NULL,
    longest_response          bigint NOT NULL,
    follow_on_commits         bigint NOT NULL,
    lines                     bigint,
    seconds_to_merge          bigint,
    seconds_to_first_response bigint,
    iteration_seconds         bigint NOT NULL,
    PRIMARY KEY (repository_id, number)
);

-- These indices hold all that a report reads of a year.
CREATE INDEX pull_request_responders_first ON pull_request_responders (first_at, repository_id, account_id, login, reviews, comments) WHERE NOT author_is_bot;
CREATE INDEX pull_request_facts_created ON pull_request_facts (created_at, repository_id, author_id, author_is_bot, seconds_to_first_response);
CREATE INDEX pull_request_facts_merged ON pull_request_facts (merged_at, repository_id, author_id, author_is_bot,
    seconds_to_merge, iteration_seconds, responses, longest_response, follow_on_commits, lines) WHERE merged_at IS NOT NULL;
CREATE INDEX pull_request_facts_closed ON pull_request_facts (closed_at, repository_id, author_id, author_is_bot) WHERE closed_at IS NOT NULL AND merged_at IS NULL;

-- Reports ask for days, of all repositories.
CREATE INDEX commits_authored ON commits (authored_at);
CREATE INDEX pull_requests_created ON pull_requests (created_at);
CREATE INDEX pull_requests_merged ON pull_requests (merged_at) WHERE merged_at IS NOT NULL;
CREATE INDEX issues_created ON issues (created_at);
CREATE INDEX reviews_submitted ON reviews (submitted_at);
CREATE INDEX pull_requests_closed ON pull_requests (closed_at) WHERE closed_at IS NOT NULL AND merged_at IS NULL;
CREATE INDEX pull_requests_waiting ON pull_requests (created_at) WHERE closed_at IS NULL;

-- SQLite joins in the order of a cross join: without it, it walks through all repositories and then through all rows of
-- each, where an index has the days that are asked for.
CREATE VIEW v_repositories AS
SELECT r.id AS repository_id, r.full_name AS repository, r.name, o.login AS organization, o.id AS organization_id, o.integration_id,
    r.default_branch, r.visibility, r.fork, r.archived,
    coalesce((SELECT s.value FROM settings AS s WHERE s.key = 'github_pages'), 'https://github.com') || '/' || r.full_name AS html_url
FROM repositories AS r CROSS JOIN organizations AS o
WHERE o.id = r.organization_id AND r.selection = 'imported' AND r.deleted_at IS NULL AND r.purge_requested_at IS NULL;

CREATE VIEW v_commits AS
SELECT c.repository_id, r.repository, c.sha, c.message,
    coalesce(nullif(a.login, ''), nullif(c.author_login, ''), nullif(c.author_email, ''), c.author_name) AS person,
    c.author_id AS account_id, c.author_name, c.author_email,
    (a.id IS NOT NULL OR c.author_login <> '') AS is_linked,
    (coalesce(a.type, '') = 'Bot' OR c.author_login LIKE '%[bot]' OR c.author_name LIKE '%[bot]') AS is_bot,
    jsonb_array_length(c.parents) > 1 AS is_merge,
    c.authored_at, (c.authored_at AT TIME ZONE 'UTC') + make_interval(mins => coalesce(c.authored_offset, 0)::int) AS authored_local, c.committed_at,
    c.on_default_branch, c.additions, c.deletions, c.changed_files,
    r.html_url || '/commit/' || c.sha AS html_url
FROM commits AS c CROSS JOIN v_repositories AS r
LEFT JOIN accounts AS a ON a.id = c.author_id
WHERE r.repository_id = c.repository_id AND c.deleted_at IS NULL;

CREATE VIEW v_pull_requests AS
SELECT p.repository_id, r.repository, p.number, p.title,
    coalesce(nullif(a.login, ''), p.author_login) AS person, p.author_id AS account_id, f.author_is_bot AS is_bot,
    CASE WHEN p.merged_at IS NOT NULL THEN 'merged' ELSE p.state END AS state, p.draft,
    f.first_commit_at, p.created_at, f.ready_at, f.first_response_at, p.merged_at, p.closed_at, p.updated_at,
    round(f.seconds_to_merge / 3600.0, 2)::double precision AS hours_to_merge, round(f.seconds_to_first_response / 3600.0, 2)::double precision AS hours_to_first_response,
    f.responses, f.approvals, f.longest_response, f.follow_on_commits, f.last_commit_at,
    p.additions, p.deletions, f.lines, p.changed_files, p.commits_count,
    coalesce(nullif(m.login, ''), p.merged_by_login) AS merged_by,
    CASE WHEN p.merged_at IS NULL OR c.sha IS NULL THEN ''
        WHEN jsonb_array_length(c.parents) > 1 THEN 'merge'
        WHEN c.sha = p.head_sha THEN 'fast-forward'
        WHEN c.message = (SELECT last.message FROM commits AS last WHERE last.repository_id = p.repository_id AND last.sha = p.head_sha) THEN 'rebase'
        ELSE 'squash' END AS merge_method,
    p.base_ref, p.head_ref, p.merge_commit_sha, p.details_state,
    r.html_url || '/pull/' || p.number AS html_url
FROM pull_requests AS p CROSS JOIN v_repositories AS r
CROSS JOIN pull_request_facts AS f
LEFT JOIN accounts AS a ON a.id = p.author_id
LEFT JOIN accounts AS m ON m.id = p.merged_by_id
LEFT JOIN commits AS c ON c.repository_id = p.repository_id AND c.sha = p.merge_commit_sha
WHERE r.repository_id = p.repository_id AND f.repository_id = p.repository_id AND f.number = p.number AND p.deleted_at IS NULL;

CREATE VIEW v_reviews AS
SELECT v.repository_id, r.repository, v.number, v.id, v.state,
    coalesce(nullif(a.login, ''), v.author_login) AS person, v.author_id AS account_id,
    v.submitted_at, v.body, v.words, v.commit_sha,
    r.html_url || '/pull/' || v.number || '#pullrequestreview-' || v.id AS html_url
FROM reviews AS v CROSS JOIN v_repositories AS r
CROSS JOIN pull_requests AS p
LEFT JOIN accounts AS a ON a.id = v.author_id
WHERE r.repository_id = v.repository_id AND p.repository_id = v.repository_id AND p.number = v.number AND v.deleted_at IS NULL AND p.deleted_at IS NULL AND v.submitted_at IS NOT NULL
    AND NOT (coalesce(a.type, '') = 'Bot' OR v.author_login LIKE '%[bot]')
    AND coalesce(v.author_id, -1) <> coalesce(p.author_id, -2);

CREATE VIEW v_pull_request_comments AS
SELECT c.kind, c.repository_id, r.repository, c.number, c.id,
    coalesce(nullif(a.login, ''), c.author_login) AS person, c.author_id AS account_id,
    (coalesce(a.type, '') = 'Bot' OR c.author_login LIKE '%[bot]') AS is_bot,
    coalesce(c.author_id, -1) = coalesce(p.author_id, -2) AS is_author,
    c.created_at, c.body, c.words, coalesce(c.words, 1) = 0 AND c.body <> '' AS is_emoji_only, c.path,
    r.html_url || '/pull/' || c.number || c.anchor || c.id AS html_url
FROM (
    SELECT 'conversation' AS kind, repository_id, number, id, author_login, author_id, created_at, body, words, '' AS path, '#issuecomment-' AS anchor
    FROM issue_comments WHERE on_pull_request AND deleted_at IS NULL
    UNION ALL
    SELECT 'line', repository_id, number, id, author_login, author_id, created_at, body, words, path, '#discussion_r'
    FROM review_comments WHERE deleted_at IS NULL
    UNION ALL
    SELECT 'review', repository_id, number, id, author_login, author_id, submitted_at, body, words, '', '#pullrequestreview-'
    FROM reviews WHERE body <> '' AND submitted_at IS NOT NULL AND deleted_at IS NULL
) AS c CROSS JOIN v_repositories AS r
CROSS JOIN pull_requests AS p
LEFT JOIN accounts AS a ON a.id = c.author_id
WHERE r.repository_id = c.repository_id AND p.repository_id = c.repository_id AND p.number = c.number AND p.deleted_at IS NULL;

CREATE VIEW v_tickets AS
SELECT i.repository_id, r.repository, i.number, i.title,
    coalesce(nullif(a.login, ''), i.author_login) AS person, i.author_id AS account_id, (coalesce(a.type, '') = 'Bot' OR i.author_login LIKE '%[bot]') AS is_bot,
    i.state, i.state_reason, i.created_at, i.updated_at, i.closed_at,
    CASE WHEN i.closed_at IS NOT NULL THEN coalesce((SELECT coalesce(nullif(b.login, ''), e.actor_login) FROM issue_events AS e LEFT JOIN accounts AS b ON b.id = e.actor_id
        WHERE e.repository_id = i.repository_id AND e.number = i.number AND e.event = 'closed' AND e.deleted_at IS NULL
        ORDER BY e.created_at DESC, e.node_id DESC LIMIT 1), '') ELSE '' END AS closed_by,
    (SELECT count(*) FROM issue_events AS e WHERE e.repository_id = i.repository_id AND e.number = i.number AND e.event = 'reopened' AND e.deleted_at IS NULL) AS reopened,
    round((extract(epoch FROM i.closed_at - i.created_at) / 3600)::numeric, 2)::double precision AS hours_to_close,
    i.assignees, i.labels, i.milestone, i.comments_count,
    r.html_url || '/issues/' || i.number AS html_url
FROM issues AS i CROSS JOIN v_repositories AS r
LEFT JOIN accounts AS a ON a.id = i.author_id
WHERE r.repository_id = i.repository_id AND i.deleted_at IS NULL;

-- One row per thing that somebody did, on the day on which it was done. A merge waits for the details of its pull request,
-- which alone say who merged: until then it would be a ghost's. v_pull_requests has it, with details_state 'pending'.
CREATE VIEW v_activity AS
SELECT x.at, x.kind, x.action, x.repository_id, r.repository, r.organization_id, r.integration_id, x.number, x.item, x.source,
    coalesce(nullif(a.login, ''), nullif(x.login, ''), nullif(x.email, ''), x.name) AS person, x.account_id,
    (a.id IS NOT NULL OR x.login <> '') AS is_linked, x.name, x.email,
    (coalesce(a.type, '') = 'Bot' OR x.login LIKE '%[bot]' OR x.name LIKE '%[bot]') AS is_bot,
    x.lines, r.html_url || x.path AS html_url
FROM (
    SELECT authored_at AS at, CASE WHEN jsonb_array_length(parents) > 1 THEN 'merge_commit' ELSE 'commit' END AS kind, 'committed' AS action,
        repository_id, CAST(NULL AS bigint) AS number, sha AS item, author_login AS login, author_id AS account_id, author_name AS name, author_email AS email,
        additions + deletions AS lines, '/commit/' || sha AS path, 'commits' AS source
    FROM commits WHERE deleted_at IS NULL
    UNION ALL
    SELECT created_at, 'pull_request', 'opened', repository_id, number, '', author_login, author_id, '', '', CAST(NULL AS bigint), '/pull/' || number, 'pull_requests'
    FROM pull_requests WHERE deleted_at IS NULL
    UNION ALL
    SELECT merged_at, 'pull_request', 'merged', repository_id, number, '', merged_by_login, merged_by_id, '', '', CAST(NULL AS bigint), '/pull/' || number, 'pull_requests'
    FROM pull_requests WHERE deleted_at IS NULL AND merged_at IS NOT NULL AND (merged_by_id IS NOT NULL OR merged_by_login <> '' OR details_state <> 'pending')
    UNION ALL
    SELECT submitted_at, 'pull_request', lower(state), repository_id, number, CAST(id AS text), author_login, author_id, '', '', CAST(NULL AS bigint), '/pull/' || number || '#pullrequestreview-' || id, 'reviews'
    FROM reviews WHERE deleted_at IS NULL AND submitted_at IS NOT NULL
    UNION ALL
    SELECT e.created_at, CASE WHEN e.on_pull_request THEN 'pull_request' ELSE 'ticket' END, e.event, e.repository_id, e.number, e.node_id, e.actor_login, e.actor_id, '', '', CAST(NULL AS bigint),
        CASE WHEN e.on_pull_request THEN '/pull/' ELSE '/issues/' END || e.number, 'issue_events'
    FROM issue_events AS e
    WHERE e.deleted_at IS NULL AND (e.event IN ('closed', 'reopened') OR e.event = 'assigned' AND NOT e.on_pull_request)
        AND NOT (e.on_pull_request AND e.event = 'closed' AND EXISTS (SELECT 1 FROM pull_requests AS p
            WHERE p.repository_id = e.repository_id AND p.number = e.number AND p.merged_at IS NOT NULL AND p.merged_at <= e.created_at))
    UNION ALL
    SELECT created_at, CASE WHEN on_pull_request THEN 'comment' ELSE 'ticket' END, 'commented', repository_id, number, CAST(id AS text), author_login, author_id, '', '', CAST(NULL AS bigint),
        CASE WHEN on_pull_request THEN '/pull/' ELSE '/issues/' END || number || '#issuecomment-' || id, 'issue_comments'
    FROM issue_comments WHERE deleted_at IS NULL
    UNION ALL
    SELECT created_at, 'comment', 'commented', repository_id, number, CAST(id AS text), author_login, author_id, '', '', CAST(NULL AS bigint), '/pull/' || number || '#discussion_r' || id, 'review_comments'
    FROM review_comments WHERE deleted_at IS NULL
    UNION ALL
    SELECT submitted_at, 'comment', 'commented', repository_id, number, CAST(id AS text), author_login, author_id, '', '', CAST(NULL AS bigint), '/pull/' || number || '#pullrequestreview-' || id, 'reviews'
    FROM reviews WHERE deleted_at IS NULL AND submitted_at IS NOT NULL AND body <> ''
    UNION ALL
    SELECT created_at, 'ticket', 'opened', repository_id, number, '', author_login, author_id, '', '', CAST(NULL AS bigint), '/issues/' || number, 'issues'
    FROM issues WHERE deleted_at IS NULL
) AS x CROSS JOIN v_repositories AS r
LEFT JOIN accounts AS a ON a.id = x.account_id
WHERE r.repository_id = x.repository_id;

CREATE VIEW v_freshness AS
SELECT r.repository_id, r.repository, s.kind, s.complete_from, s.complete_through, s.stored, s.expected,
    s.failing_since, s.last_error, s.gap_code, s.gap_detail, s.gap_since
FROM streams AS s JOIN v_repositories AS r ON r.repository_id = s.repository_id;

-- +goose Down
DROP VIEW v_freshness;
DROP VIEW v_activity;
DROP VIEW v_tickets;
DROP VIEW v_pull_request_comments;
DROP VIEW v_reviews;
DROP VIEW v_pull_requests;
DROP VIEW v_commits;
DROP VIEW v_repositories;
DROP INDEX pull_requests_waiting;
DROP INDEX pull_requests_closed;
DROP INDEX reviews_submitted;
DROP INDEX issues_created;
DROP INDEX pull_requests_merged;
DROP INDEX pull_requests_created;
DROP INDEX commits_authored;
DROP TABLE pull_request_facts;
DROP TABLE pull_request_responders;
ALTER TABLE issue_comments DROP COLUMN words;
ALTER TABLE review_comments DROP COLUMN words;
ALTER TABLE reviews DROP COLUMN words;
