-- What is known to be missing, and what could not be told and is asked for again.

-- +goose Up
ALTER TABLE streams ADD COLUMN gap_code text NOT NULL DEFAULT '';
ALTER TABLE streams ADD COLUMN gap_detail text NOT NULL DEFAULT '';
ALTER TABLE streams ADD COLUMN gap_since timestamptz;
ALTER TABLE streams ADD COLUMN gap_retry_at timestamptz;

ALTER TABLE commits ADD COLUMN details_tries bigint NOT NULL DEFAULT 0;
ALTER TABLE commits ADD COLUMN details_retry_at timestamptz;
ALTER TABLE pull_requests ADD COLUMN details_tries bigint NOT NULL DEFAULT 0;
ALTER TABLE pull_requests ADD COLUMN details_retry_at timestamptz;
ALTER TABLE pull_requests ADD COLUMN events_reason text NOT NULL DEFAULT '';
ALTER TABLE pull_requests ADD COLUMN events_tries bigint NOT NULL DEFAULT 0;
ALTER TABLE pull_requests ADD COLUMN events_retry_at timestamptz;
ALTER TABLE issues ADD COLUMN events_reason text NOT NULL DEFAULT '';
ALTER TABLE issues ADD COLUMN events_tries bigint NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN events_retry_at timestamptz;

CREATE INDEX commits_unavailable ON commits (repository_id, sha)
    WHERE details_state = 'unavailable' AND deleted_at IS NULL;
CREATE INDEX pull_requests_unavailable ON pull_requests (repository_id, number)
    WHERE details_state = 'unavailable' AND deleted_at IS NULL;
CREATE INDEX pull_requests_events_unavailable ON pull_requests (repository_id, number)
    WHERE events_state = 'unavailable' AND deleted_at IS NULL;
CREATE INDEX issues_events_unavailable ON issues (repository_id, number)
    WHERE events_state = 'unavailable' AND deleted_at IS NULL;

-- What was given up under earlier versions may have passed since: the next sync asks for it once more.
UPDATE commits SET details_retry_at = '1970-01-01 00:00:00+00:00' WHERE details_state = 'unavailable';
UPDATE pull_requests SET details_retry_at = '1970-01-01 00:00:00+00:00' WHERE details_state = 'unavailable';
UPDATE pull_requests SET events_retry_at = '1970-01-01 00:00:00+00:00' WHERE events_state = 'unavailable';
UPDATE issues SET events_retry_at = '1970-01-01 00:00:00+00:00' WHERE events_state = 'unavailable';

-- +goose Down
DROP INDEX issues_events_unavailable;
DROP INDEX pull_requests_events_unavailable;
DROP INDEX pull_requests_unavailable;
DROP INDEX commits_unavailable;
ALTER TABLE issues DROP COLUMN events_retry_at;
ALTER TABLE issues DROP COLUMN events_tries;
ALTER TABLE issues DROP COLUMN events_reason;
ALTER TABLE pull_requests DROP COLUMN events_retry_at;
ALTER TABLE pull_requests DROP COLUMN events_tries;
ALTER TABLE pull_requests DROP COLUMN events_reason;
ALTER TABLE pull_requests DROP COLUMN details_retry_at;
ALTER TABLE pull_requests DROP COLUMN details_tries;
ALTER TABLE commits DROP COLUMN details_retry_at;
ALTER TABLE commits DROP COLUMN details_tries;
ALTER TABLE streams DROP COLUMN gap_retry_at;
ALTER TABLE streams DROP COLUMN gap_since;
ALTER TABLE streams DROP COLUMN gap_detail;
ALTER TABLE streams DROP COLUMN gap_code;
