-- +goose Up
-- Most streams were read to their end; a list of repositories by status looks for the others.
CREATE INDEX streams_unread ON streams (repository_id, kind) WHERE complete_through IS NULL;

-- +goose Down
DROP INDEX streams_unread;
