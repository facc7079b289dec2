package apps

import (
	"context"
	"errors"
	"log/slog"

	"tributary/config"
	"tributary/store"
)

// Warn says in the log what works and should not stay as it is.
func Warn(ctx context.Context, c config.Config, log *slog.Logger) {
	if variable := c.InTheClear(); variable != "" {
		log.WarnContext(ctx, "tokens travel to GitHub unencrypted: use an address that begins with https://", "variable", variable)
	}
}

// CheckSecrets refuses keys that do not open what the database holds, before
// anything has started: GitHub would never be asked, and people would look for the
// fault there. A secret that is damaged keeps nothing else from working.
func CheckSecrets(ctx context.Context, db *store.Store, log *slog.Logger) error {
	secrets, err := db.CheckSecrets(ctx)
	if err != nil {
		return err
	}
	err = secrets.Err()
	if errors.Is(err, store.ErrUnknownKey) {
		return &config.Error{
			Variable: config.Prefix + "SECRET_KEYS",
			Problem:  "does not open what the database holds: " + err.Error() + " (if the key is lost, tributary secrets forget takes away what cannot be opened)",
			Example:  `"$(cat all-keys)", one per line`,
		}
	}
	if err != nil {
		log.ErrorContext(ctx, "a secret cannot be opened", "error", err)
	}
	return nil
}
