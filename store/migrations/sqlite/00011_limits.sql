-- Why requests are held up, when that was last lifted by a person, and when GitHub showed what is known. Ends that no
-- limit has were believed before; what is left of an hour is learned with the next answer.

-- +goose Up
DELETE FROM rate_budgets;
ALTER TABLE rate_budgets ADD COLUMN blocked_code text NOT NULL DEFAULT '';
ALTER TABLE rate_budgets ADD COLUMN lifted_at timestamp;
ALTER TABLE rate_budgets ADD COLUMN seen_at timestamp;

-- +goose Down
ALTER TABLE rate_budgets DROP COLUMN seen_at;
ALTER TABLE rate_budgets DROP COLUMN lifted_at;
ALTER TABLE rate_budgets DROP COLUMN blocked_code;
