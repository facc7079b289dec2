package main

import (
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
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := load("DATABASE_URL")
			if err != nil {
				return err
			}
			db, err := connect(cmd.Context(), store.Config{URL: settings.DatabaseURL, Now: time.Now})
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
	cmd := &cobra.Command{Use: "secrets", Short: "Manage the credentials that the database holds"}
	cmd.AddCommand(&cobra.Command{
		Use:   "rotate",
		Short: "Seal every credential with the first key of TRIBUTARY_SECRET_KEYS",
		Long: `Seal every credential with the first key of TRIBUTARY_SECRET_KEYS.

To replace a key: put the new one before the old one, restart all processes, run
this command, remove the old key, restart again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := load("DATABASE_URL", "SECRET_KEYS")
			if err != nil {
				return err
			}
			db, err := openStore(cmd.Context(), settings)
			if err != nil {
				return err
			}
			defer db.Close()
			rotated, err := db.RotateSecrets(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d credentials sealed with the first key\n", rotated)
			return nil
		},
	})
	return cmd
}

func openAPICommand() *cobra.Command {
	return &cobra.Command{
		Use:   "openapi",
		Short: "Print the API's OpenAPI document",
		Args:  cobra.NoArgs,
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
