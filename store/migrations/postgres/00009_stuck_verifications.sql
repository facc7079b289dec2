-- Why a verification that has not ended gets nowhere. What it could not compare has columns of its own.

-- +goose Up
ALTER TABLE verifications ADD COLUMN stuck_code text NOT NULL DEFAULT '';
ALTER TABLE verifications ADD COLUMN stuck_error text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE verifications DROP COLUMN stuck_error;
ALTER TABLE verifications DROP COLUMN stuck_code;
