package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tributary/api"
	"tributary/models"
	"tributary/plain"
	"tributary/store"
)

func tokenCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "token",
		Short: "Say who may use the API",
		Long: `Say who may use the API.

A token has one of two roles: a viewer may look at everything but tokens and the
audit log, an admin may look at these too and change things. Programs send it as
"Authorization: Bearer TOKEN", people sign in with it in the browser.

The commands work on the database itself, so they need TRIBUTARY_DATABASE_URL and
no running API, and they are recorded in the audit log. What they change counts
from the next request on.`,
	}, tokenCreateCommand(), tokenListCommand(), tokenRevokeCommand())
}

func tokenCreateCommand() *cobra.Command {
	var name, role, expires string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "create --name NAME --role viewer|admin",
		Short: "Make a token and print it, this once",
		Long: `Make a token and print it, this once.

Only a hash of the token is stored: nobody can show it again. The token alone goes
to standard output, everything else to standard error.`,
		Example: `  tributary token create --name mona --role admin
  tributary token create --name grafana --role viewer --expires 90d
  TOKEN=$(tributary token create --name ci --role viewer)`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			wanted, err := newToken(name, role, expires)
			if err != nil {
				return err
			}
			return withDatabase(cmd.Context(), func(db *store.Store) error {
				secret, token, err := db.CreateToken(cmd.Context(), wanted)
				if errors.Is(err, store.ErrTokenName) {
					return trouble(fmt.Errorf("--name: there is a token %q already; choose another name, or revoke that one first", name))
				}
				if err != nil {
					return err
				}
				return printNewToken(cmd, token, string(secret), asJSON)
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "who or what uses it; the audit log shows the name")
	cmd.Flags().StringVar(&role, "role", "", "viewer or admin")
	cmd.Flags().StringVar(&expires, "expires", "", "how long it is good, as in 90d or 12h (default: until it is revoked)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	for _, flag := range []string{"name", "role"} {
		_ = cmd.MarkFlagRequired(flag) // fails only for a flag that does not exist
	}
	return cmd
}

func newToken(name, role, expires string) (store.NewToken, error) {
	wanted := store.NewToken{Name: name, Role: models.Role(role), CreatedBy: operator()}
	if !models.IsTokenName(name) {
		return wanted, trouble(errors.New("--name: expected " + models.TokenNameRule))
	}
	if wanted.Role != models.RoleViewer && wanted.Role != models.RoleAdmin {
		return wanted, trouble(errors.New("--role: expected viewer or admin"))
	}
	if expires == "" {
		return wanted, nil
	}
	life, err := parseLife(expires)
	if err != nil {
		return wanted, err
	}
	wanted.ExpiresAt = new(time.Now().Add(life))
	return wanted, nil
}

// parseLife reads what time.ParseDuration does, and days.
func parseLife(text string) (time.Duration, error) {
	const longest = 100 * 365 * 24 * time.Hour
	life, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		life = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || life <= 0 || life > longest {
		return 0, trouble(errors.New("--expires: expected a time such as 90d or 12h"))
	}
	return life, nil
}

// operator is who runs the command, as far as the operating system knows.
func operator() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

func printNewToken(cmd *cobra.Command, token models.APIToken, secret string, asJSON bool) error {
	if asJSON {
		return printJSON(cmd.OutOrStdout(), api.CreatedToken{Token: api.ViewToken(token, time.Now()), Secret: secret})
	}
	plain.Fprintf(cmd.ErrOrStderr(), "Token %q with the role %s, good %s. Keep it safe: it is not shown again.\n", token.Name, token.Role, until(token.ExpiresAt))
	fmt.Fprintln(cmd.OutOrStdout(), secret)
	return nil
}

func until(at *time.Time) string {
	if at == nil {
		return "until it is revoked"
	}
	return "until " + at.Format(time.RFC3339)
}

func tokenListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens, also those that are revoked",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDatabase(cmd.Context(), func(db *store.Store) error {
				tokens, err := db.Tokens(cmd.Context())
				if err != nil {
					return err
				}
				shown := make([]api.Token, len(tokens))
				for i, token := range tokens {
					shown[i] = api.ViewToken(token, time.Now())
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), map[string]any{"tokens": shown})
				}
				return printTokens(cmd, shown)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

func printTokens(cmd *cobra.Command, tokens []api.Token) error {
	if len(tokens) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "There are no tokens yet; make one with: tributary token create --name NAME --role admin")
		return nil
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tROLE\tBEGINS WITH\tSTATE\tCREATED\tBY\tLAST USED\tEXPIRES\tID")
	for _, t := range tokens {
		plain.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			t.Name, t.Role, t.Prefix, t.State, day(&t.CreatedAt), t.CreatedBy, day(t.LastUsedAt), day(t.ExpiresAt), t.ID)
	}
	return table.Flush()
}

func day(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return at.Format(time.DateOnly)
}

func tokenRevokeCommand() *cobra.Command {
	var force, asJSON bool
	cmd := &cobra.Command{
		Use:   "revoke NAME|ID",
		Short: "End a token and every session that was begun with it, at once",
		Long: `End a token and every session that was begun with it, at once.

The last usable token with the role admin is kept unless --force is given: without
one, only TRIBUTARY_API_TOKEN can still change anything.`,
		Example: `  tributary token revoke ci`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return trouble(errors.New("name one token to end, for example tributary token revoke ci; tributary token list shows them"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDatabase(cmd.Context(), func(db *store.Store) error {
				token, err := db.RevokeToken(cmd.Context(), args[0], operator(), force)
				switch {
				case errors.Is(err, store.ErrNotFound):
					// The argument may be a token, so it is not repeated.
					return errors.New("no token that is not revoked has this name or id; look at: tributary token list")
				case errors.Is(err, store.ErrLastAdmin):
					return fmt.Errorf("%w: make another one first, or add --force", err)
				case err != nil:
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), api.ViewToken(token, time.Now()))
				}
				plain.Fprintf(cmd.OutOrStdout(), "token %q is revoked\n", token.Name)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "revoke it even if no other admin is left")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

// withDatabase opens the database for commands that touch no credential of
// GitHub, and so need no keys.
func withDatabase(ctx context.Context, do func(*store.Store) error) error {
	settings, err := load("DATABASE_URL")
	if err != nil {
		return err
	}
	db, err := connect(ctx, store.Config{URL: settings.DatabaseURL, Now: time.Now})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.CheckSchema(ctx); err != nil {
		return err
	}
	return do(db)
}

func printJSON(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
