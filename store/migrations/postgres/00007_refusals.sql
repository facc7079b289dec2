-- Why a connection was refused, and until when GitHub's limit keeps it waiting.

-- +goose Up
ALTER TABLE connections ADD COLUMN refusal_code text NOT NULL DEFAULT '';
ALTER TABLE connections ADD COLUMN refusal_detail text NOT NULL DEFAULT '';
ALTER TABLE connections ADD COLUMN refusal_url text NOT NULL DEFAULT '';
ALTER TABLE connections ADD COLUMN waiting_until timestamptz;

-- +goose Down
ALTER TABLE connections DROP COLUMN waiting_until;
ALTER TABLE connections DROP COLUMN refusal_url;
ALTER TABLE connections DROP COLUMN refusal_detail;
ALTER TABLE connections DROP COLUMN refusal_code;
