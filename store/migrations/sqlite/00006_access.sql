-- What a credential sees of each repository, and what GitHub counts and does not show.

-- +goose Up
ALTER TABLE repositories ADD COLUMN limits text NOT NULL DEFAULT '[]';
ALTER TABLE repositories ADD COLUMN pull_requests_off boolean NOT NULL DEFAULT false;
ALTER TABLE organizations ADD COLUMN hidden_repositories integer NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN former_logins text NOT NULL DEFAULT '[]';
ALTER TABLE connection_organizations ADD COLUMN lost text NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE connection_organizations DROP COLUMN lost;
ALTER TABLE organizations DROP COLUMN former_logins;
ALTER TABLE organizations DROP COLUMN hidden_repositories;
ALTER TABLE repositories DROP COLUMN pull_requests_off;
ALTER TABLE repositories DROP COLUMN limits;
