package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// Token is an API token, without what it is sent as.
type Token struct {
	ID         string            `json:"id" format:"uuid"`
	Name       string            `json:"name" doc:"Who or what uses it; the audit log shows the name." example:"grafana"`
	Role       models.Role       `json:"role" enum:"viewer,admin" example:"viewer"`
	Prefix     string            `json:"prefix" doc:"How the token begins." example:"trb_5XQ2M7"`
	State      models.TokenState `json:"state" enum:"usable,expired,revoked" example:"usable"`
	CreatedBy  string            `json:"created_by" doc:"The name of the token that made it, or the user of the operating system." example:"mona"`
	CreatedAt  time.Time         `json:"created_at"`
	LastUsedAt *time.Time        `json:"last_used_at,omitempty" doc:"At most a minute behind. Absent: never."`
	ExpiresAt  *time.Time        `json:"expires_at,omitempty" doc:"Absent: it is good until it is revoked."`
	RevokedAt  *time.Time        `json:"revoked_at,omitempty"`
}

// CreatedToken is a token on the one occasion that it is shown.
type CreatedToken struct {
	Token
	Secret string `json:"token" doc:"What to send as a bearer token. Only a hash of it is stored: nobody can show it again." example:"your-api-token"`
}

func (s *server) registerTokens() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-tokens", Method: http.MethodGet, Path: "/tokens", Tags: []string{"access"},
		Summary: "List the API tokens", Description: "Also those that have expired or were revoked, the oldest first. Those of the server's settings are not among them.",
	}, nil, s.listTokens)
	door.Register(s.door, huma.Operation{
		OperationID: models.ActionCreateToken, Method: http.MethodPost, Path: "/tokens", Tags: []string{"access"},
		DefaultStatus: http.StatusCreated,
		Summary:       "Create an API token", Description: "The answer has the token, this once.",
	}, []models.Code{models.NameTaken}, s.createToken)
	door.Register(s.door, huma.Operation{
		OperationID: models.ActionRevokeToken, Method: http.MethodDelete, Path: "/tokens/{id}", Tags: []string{"access"},
		Summary: "Revoke an API token", Description: "It and every session that was begun with it end at once. The last usable token with the role admin is kept.",
	}, []models.Code{problem.NotFound, problem.LastAdmin}, s.revokeToken)
}

type listTokensOut struct{ Body Items[Token] }

func (s *server) listTokens(ctx context.Context, _ *struct{}) (*listTokensOut, error) {
	tokens, err := s.Store.Tokens(ctx)
	return &listTokensOut{Body: Items[Token]{Items: views(tokens, s.viewToken)}}, err
}

func (s *server) viewToken(t models.APIToken) Token { return ViewToken(t, s.Now()) }

// ViewToken shows a token as it is at a time.
func ViewToken(t models.APIToken, now time.Time) Token {
	return Token{ID: t.ID, Name: t.Name, Role: t.Role, Prefix: t.Prefix, State: t.StateAt(now), CreatedBy: t.CreatedBy,
		CreatedAt: t.CreatedAt, LastUsedAt: t.LastUsedAt, ExpiresAt: t.ExpiresAt, RevokedAt: t.RevokedAt}
}

// TokenRequest is what a token is to be.
type TokenRequest struct {
	Name      string      `json:"name" minLength:"1" maxLength:"100" doc:"Who or what uses it. No other token that is not revoked has it." example:"grafana"`
	Role      models.Role `json:"role" enum:"viewer,admin" doc:"A viewer may look at everything but tokens and the audit log, an admin may also change things." example:"viewer"`
	ExpiresAt *time.Time  `json:"expires_at,omitempty" doc:"Absent: it is good until it is revoked."`
}

type createTokenIn struct{ Body TokenRequest }

type createTokenOut struct{ Body CreatedToken }

func (s *server) createToken(ctx context.Context, in *createTokenIn) (*createTokenOut, error) {
	switch wanted := in.Body; {
	case !models.IsTokenName(wanted.Name):
		return nil, problem.Invalid("body.name", "expected "+models.TokenNameRule)
	case wanted.ExpiresAt != nil && !s.inFuture(wanted.ExpiresAt):
		return nil, problem.Invalid("body.expires_at", "expected a time to come")
	}
	_, by := door.Actor(ctx)
	secret, token, err := s.Store.CreateToken(ctx, store.NewToken{Name: in.Body.Name, Role: in.Body.Role, CreatedBy: by, ExpiresAt: in.Body.ExpiresAt, Audited: true})
	if errors.Is(err, store.ErrTokenName) {
		return nil, problem.New(models.NameTaken, "Another API token that is not revoked has this name.")
	}
	if err != nil {
		return nil, err
	}
	return &createTokenOut{Body: CreatedToken{Token: s.viewToken(token), Secret: string(secret)}}, nil
}

type tokenPath struct {
	ID string `path:"id" format:"uuid" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
}

func (s *server) revokeToken(ctx context.Context, in *tokenPath) (*struct{}, error) {
	_, err := s.Store.RevokeToken(ctx, in.ID, "", false)
	if errors.Is(err, store.ErrLastAdmin) {
		return nil, problem.New(problem.LastAdmin, "")
	}
	return nil, err
}
