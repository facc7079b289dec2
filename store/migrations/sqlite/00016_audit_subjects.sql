-- What was done to one thing is looked for on its page; the log has everything that was ever done.

-- +goose Up
CREATE INDEX audit_events_subject ON audit_events (subject_id, action, id);

-- +goose Down
DROP INDEX audit_events_subject;
