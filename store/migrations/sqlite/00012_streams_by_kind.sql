-- What the change probe shows of a repository, and what a sync stored, by kind in one column each: a new kind needs none
-- of its own.

-- +goose Up
ALTER TABLE repositories ADD COLUMN probe text NOT NULL DEFAULT '{}';
UPDATE repositories SET probe = json_patch('{}', json_object(
    'commits', CASE WHEN head_sha <> '' THEN json_object('head', head_sha) END,
    'pull_requests', CASE WHEN pull_requests_total > 0 AND newest_pull_request_at IS NOT NULL
        THEN json_object('total', pull_requests_total, 'newest', strftime('%Y-%m-%dT%H:%M:%SZ', newest_pull_request_at)) END,
    'issues', CASE WHEN issues_total > 0 AND newest_issue_at IS NOT NULL
        THEN json_object('total', issues_total, 'newest', strftime('%Y-%m-%dT%H:%M:%SZ', newest_issue_at)) END));
ALTER TABLE repositories DROP COLUMN head_sha;
ALTER TABLE repositories DROP COLUMN pull_requests_total;
ALTER TABLE repositories DROP COLUMN newest_pull_request_at;
ALTER TABLE repositories DROP COLUMN issues_total;
ALTER TABLE repositories DROP COLUMN newest_issue_at;

ALTER TABLE syncs ADD COLUMN stored text NOT NULL DEFAULT '{}';
UPDATE syncs SET stored = json_object(
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
ALTER TABLE repositories ADD COLUMN pull_requests_total integer NOT NULL DEFAULT 0;
ALTER TABLE repositories ADD COLUMN newest_pull_request_at timestamp;
ALTER TABLE repositories ADD COLUMN issues_total integer NOT NULL DEFAULT 0;
ALTER TABLE repositories ADD COLUMN newest_issue_at timestamp;
UPDATE repositories SET
    head_sha = coalesce(probe -> 'commits' ->> 'head', ''),
    pull_requests_total = coalesce(probe -> 'pull_requests' ->> 'total', 0),
    newest_pull_request_at = datetime(probe -> 'pull_requests' ->> 'newest') || '+00:00',
    issues_total = coalesce(probe -> 'issues' ->> 'total', 0),
    newest_issue_at = datetime(probe -> 'issues' ->> 'newest') || '+00:00';
ALTER TABLE repositories DROP COLUMN probe;

ALTER TABLE syncs ADD COLUMN stored_commits integer NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_pull_requests integer NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_reviews integer NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_review_comments integer NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_issue_comments integer NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_issues integer NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_issue_events integer NOT NULL DEFAULT 0;
ALTER TABLE syncs ADD COLUMN stored_accounts integer NOT NULL DEFAULT 0;
UPDATE syncs SET
    stored_commits = coalesce(stored ->> 'commits', 0), stored_pull_requests = coalesce(stored ->> 'pull_requests', 0),
    stored_reviews = coalesce(stored ->> 'reviews', 0), stored_review_comments = coalesce(stored ->> 'review_comments', 0),
    stored_issue_comments = coalesce(stored ->> 'issue_comments', 0), stored_issues = coalesce(stored ->> 'issues', 0),
    stored_issue_events = coalesce(stored ->> 'issue_events', 0), stored_accounts = coalesce(stored ->> 'accounts', 0);
ALTER TABLE syncs DROP COLUMN stored;
