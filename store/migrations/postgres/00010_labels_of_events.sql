-- Events name their label as it was called when they were read. By its id they follow when it is renamed, also
-- those of an issue that came with them from the label's repository.

-- +goose Up
ALTER TABLE issue_events ADD COLUMN label_node_id text NOT NULL DEFAULT '';
CREATE INDEX issue_events_label ON issue_events (label_node_id) WHERE label_node_id <> '';
CREATE INDEX labels_node ON labels (node_id);

-- +goose Down
DROP INDEX labels_node;
DROP INDEX issue_events_label;
ALTER TABLE issue_events DROP COLUMN label_node_id;
