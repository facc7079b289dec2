package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tributary/api"
	"tributary/store"
)

func migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to this version",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := load("DATABASE_URL")
			if err != nil {
				return err
			}
			db, err := connect(cmd.Context(), store.Config{URL: settings.DatabaseURL, Now: time.Now, Migrating: func(what string) { fmt.Fprintln(cmd.OutOrStdout(), what) }})
			if err != nil {
				return err
			}
			defer db.Close()
			if err := db.Migrate(cmd.Context()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "the schema is up to date")
			return nil
		},
	}
}

func secretsCommand() *cobra.Command {
	return group(&cobra.Command{Use: "secrets", Short: "Manage the credentials that the database holds"}, rotateCommand(), forgetCommand())
}

func rotateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate",
		Short: "Seal every credential with the first key of TRIBUTARY_SECRET_KEYS",
		Long: `Seal every credential with the first key of TRIBUTARY_SECRET_KEYS.

To replace a key: put the new one before the old one, restart all processes, run
this command, remove the old key, restart again.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withSecrets(cmd, "sealed with the first key", (*store.Store).RotateSecrets)
		},
	}
}

func forgetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "forget",
		Short: "Forget every credential that TRIBUTARY_SECRET_KEYS does not open",
		Long: `Forget every credential that TRIBUTARY_SECRET_KEYS does not open.

It is for a key that is lost: no API and no worker starts with keys that do not
open what is stored. What was ingested stays. Enter the credentials again then:
each integration whose credential was forgotten reads nothing until that.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withSecrets(cmd, "forgotten", (*store.Store).ForgetSecrets)
		},
	}
}

// withSecrets does something to the secrets and says what was done to how many.
func withSecrets(cmd *cobra.Command, done string, do func(*store.Store, context.Context) (int, error)) error {
	settings, err := load("DATABASE_URL", "SECRET_KEYS")
	if err != nil {
		return err
	}
	db, err := openStore(cmd.Context(), settings)
	if err != nil {
		return err
	}
	defer db.Close()
	n, err := do(db, cmd.Context())
	if err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), counted(n, "credential", "credentials"), done)
	return nil
}

func openAPICommand() *cobra.Command {
	return &cobra.Command{
		Use:   "openapi",
		Short: "Print the API's OpenAPI document",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			document, err := api.OpenAPI()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(document)
			return err
		},
	}
}
