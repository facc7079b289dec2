package door

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// Session is who the caller is.
type Session struct {
	Actor     string      `json:"actor" doc:"The id of the token, or environment for the one of the server's settings, or dev for anybody in development." example:"01890a5d-ac96-774b-bcce-b302099a8057"`
	Name      string      `json:"name" doc:"The name of the token." example:"ci"`
	Role      models.Role `json:"role" enum:"viewer,admin" doc:"A viewer may look, an admin may also change."`
	Via       string      `json:"via" enum:"token,session,dev" doc:"What admitted this request."`
	ExpiresAt *time.Time  `json:"expires_at,omitempty" doc:"When a session ends at the latest. It also ends after 12 hours without a request, and with its token."`
}

func (d *Door) registerSession() {
	Register(d, huma.Operation{
		OperationID: "create-session", Method: http.MethodPost, Path: "/session", Tags: []string{"access"},
		DefaultStatus: http.StatusCreated,
		Summary:       "Sign in",
		Description: "Exchanges an API token for a cookie that scripts cannot read, so that a browser need not keep the token. " +
			"The session may do what the token may do, for 7 days at most and 12 hours without a request. A session that the browser had before ends.",
	}, nil, d.createSession)
	Register(d, huma.Operation{
		OperationID: "get-session", Method: http.MethodGet, Path: "/session", Tags: []string{"access"},
		Summary: "Say who I am", Description: "Whom the token or the session of this request belongs to, and the role.",
	}, nil, d.getSession)
	Register(d, huma.Operation{
		OperationID: "delete-session", Method: http.MethodDelete, Path: "/session", Tags: []string{"access"},
		Summary: "Sign out", Description: "Ends the session and takes the cookie back. Without a session nothing happens.",
	}, nil, d.deleteSession)
}

// SignIn is a token to sign in with.
type SignIn struct {
	Token string `json:"token" minLength:"1" maxLength:"1000" format:"password" writeOnly:"true" doc:"An API token. Spaces and line ends around it are ignored." example:"your-api-token"`
}

type createSessionIn struct{ Body SignIn }

type signedInOut struct {
	Cookie string `header:"Set-Cookie"`
	Body   Session
}

func (d *Door) createSession(ctx context.Context, in *createSessionIn) (*signedInOut, error) {
	hash := store.HashToken(store.Secret(strings.TrimSpace(in.Body.Token)))
	who, err := d.admit(ctx, credential{token: hash})
	if err != nil {
		return nil, err
	}
	known := requestOf(ctx)
	if who == nil {
		d.Logger.WarnContext(ctx, "sign-in refused", "address", known.address.String(), "request_id", known.id)
		return nil, problem.New(problem.Unauthorized, "The token is not known here, has expired or was revoked.")
	}
	if before := known.actor; before != nil && before.session != nil {
		if err := d.Store.EndSession(ctx, before.session.Hash); err != nil {
			return nil, err
		}
	}
	secret, session, err := d.Store.CreateSession(ctx, hash)
	if err != nil {
		return nil, err
	}
	d.touch(ctx, who)
	who.via, who.session = "session", &session
	known.actor = who
	return &signedInOut{
		Cookie: sessionCookie(known.https, string(secret), int(session.ExpiresAt.Sub(session.CreatedAt).Seconds())),
		Body:   viewActor(who),
	}, nil
}

// sessionCookie is SameSite=Strict: no other site has a reason to send it along,
// and the UI's own requests do.
func sessionCookie(https bool, value string, maxAge int) string {
	name := plainCookie
	if https {
		name = secureCookie
	}
	cookie := http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: https, SameSite: http.SameSiteStrictMode}
	return cookie.String()
}

type sessionOut struct{ Body Session }

func (d *Door) getSession(ctx context.Context, _ *struct{}) (*sessionOut, error) {
	return &sessionOut{Body: viewActor(requestOf(ctx).actor)}, nil
}

type signedOutOut struct {
	Cookie string `header:"Set-Cookie"`
}

func (d *Door) deleteSession(ctx context.Context, _ *struct{}) (*signedOutOut, error) {
	known := requestOf(ctx)
	if known.actor.session != nil {
		if err := d.Store.EndSession(ctx, known.actor.session.Hash); err != nil {
			return nil, err
		}
	}
	return &signedOutOut{Cookie: sessionCookie(known.https, "", -1)}, nil
}

func viewActor(a *actor) Session {
	view := Session{Actor: a.id, Name: a.name, Role: a.role, Via: a.via}
	if a.session != nil {
		view.ExpiresAt = &a.session.ExpiresAt
	}
	return view
}
