-- What the change probe shows of a repository, and what a sync stored, by kind in one column each: a new kind needs none
-- of its own.

-- +goose Up
ALTER TABLE repositories ADD COLUMN probe jsonb NOT NULL DEFAULT '{}';
UPDATE repositories SET probe = jsonb_strip_nulls(jsonb_build_object(
    'commits', CASE WHEN head_sha <> '' THEN jsonb_build_object('head', head_sha) END,
    'pull_requests', CASE WHEN pull_requests_total > 0 AND newest_pull_request_at IS NOT NULL
        THEN jsonb_build_object('total', pull_requests_total, 'newest', to_char(newest_pull_request_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) END,
    'issues', CASE WHEN issues_total > 0 AND newest_issue_at IS NOT NULL
        THEN jsonb_build_object('total', issues_total, 'newest', to_char(newest_issue_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) END));
ALTER TABLE repositories DROP COLUMN head_sha;
ALTER TABLE repositories DROP COLUMN pull_requests_total;
ALTER TABLE repositories DROP COLUMN newest_pull_request_at;
ALTER TABLE repositories DROP COLUMN issues_total;
ALTER TABLE repositories DROP COLUMN newest_issue_at;

ALTER TABLE syncs ADD COLUMN stored jsonb NOT NULL DEFAULT '{}';
UPDATE syncs SET stored = jsonb_build_object(
    'commits', stored_commits, 'pull_requests', stored_pull_requests, 'reviews', stored_reviews, 'review_comments', stored_review_comments,
    'issue_comments', stored_issue_comments, 'issues', stored_issues, 'issue_events', stored_issue_events, 'accounts', stored_accounts);
ALTER TABLE syncs DROP COLUMN stored_commits;
ALTER TABLE syncs DROP COLUMN stored_pull_requests;
ALTER TABLE syncs DROP COLUMN stored_reviews;
ALTER TABLE syncs DROP COLUMN stored_review_comments;
ALTER TABLE syncs DROP COLUMN stored_issue_comments;
ALTER TABLE syncs DROP COLUMN stored_issues;
ALTER TABLE syncs DROP COLUMN stored_issue_events;
ALTER TABLE syncs DROP COLUMN stored_accounts;

-- +goose Down
ALTER TABLE repositories ADD COLUMN head_sha text NOT NULL DEFAULT '';
ALTER TABLE repositories ADD COLUMN pull_requests_total bigint NOT NULL DEFAULT 0;
ALTER TABLE repositories ADD COLUMN newest_pull_request_at timestamptz;
ALTER TABLE repositories ADD COLUMN issues_total bigint NOT NULL DEFAULT 0;
ALTER TABLE repositories ADD COLUMN newest_issue_at timestamptz;
UPDATE repositories SET
    head_sha = coalesce(probe -> 'commits' ->> 'head', ''),
    pull_requests_total = coalesce(CAST(probe -> 'pull_requests' ->> 'total' AS bigint), 0),
    newest_pull_request_at = CAST(probe -> 'pull_requests' ->> 'newest' AS timestamptz),
    issues_total = coalesce(CAST(probe -> 'issues' ->> 'total' AS bigint), 0),
    newest_issue_at = CAST(probe -> 'issues' ->> 'newest' AS timestamptz);
ALTER TABLE repositories DROP COLUMN probe;

ALTER TABLE syncs ADD COLUMN stored_commits bigint NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_pull_requests bigint NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_reviews bigint NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_review_comments bigint NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_issue_comments bigint NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_issues bigint NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_issue_events bigint NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_accounts bigint NOT NULL DEFAULT 0;
UPDATE syncs SET
    stored_commits = coalesce(CAST(stored ->> 'commits' AS bigint), 0), stored_pull_requests = coalesce(CAST(stored ->> 'pull_requests' AS bigint), 0),
    stored_reviews = coalesce(CAST(stored ->> 'reviews' AS bigint), 0), stored_review_comments = coalesce(CAST(stored ->> 'review_comments' AS bigint), 0),
    stored_issue_comments = coalesce(CAST(stored ->> 'issue_comments' AS bigint), 0), stored_issues = coalesce(CAST(stored ->> 'issues' AS bigint), 0),
    stored_issue_events = coalesce(CAST(stored ->> 'issue_events' AS bigint), 0), stored_accounts = coalesce(CAST(stored ->> 'accounts' AS bigint), 0);
ALTER TABLE syncs DROP COLUMN stored;
