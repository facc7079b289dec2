-- +goose Up
-- Most streams were read to their end; a list of repositories by status looks for the others.
CREATE INDEX streams_unread ON streams (repository_id, kind) WHERE complete_through IS NULL;
-- What is in trouble is looked for by every page that says how an integration is.
CREATE INDEX streams_troubled ON streams (repository_id, kind) WHERE failing_since IS NOT NULL OR gap_code NOT IN ('', 'parts_unavailable');

-- +goose Down
DROP INDEX streams_unread;
DROP INDEX streams_troubled;
