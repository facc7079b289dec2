package github

import (
	"context"
	"io"
	"net/http"
	"time"
)

// clockTimeout is how long a person who looks for trouble waits for an answer.
const clockTimeout = 10 * time.Second

// Clock reads GitHub's time, in whole seconds. It shows that GitHub can be reached, needs no credential and spends no
// allowance.
// https://docs.github.com/rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user
func (h *Host) Clock(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, clockTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.api.JoinPath("rate_limit").String(), nil)
	if err != nil {
		return time.Time{}, err
	}
	req.Header.Set("User-Agent", userAgent)
	resp, err := h.base.RoundTrip(req)
	if err != nil {
		return time.Time{}, failure(endpoint(req), networkError(req, err))
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(io.LimitReader(resp.Body, maxMessage)); notFromAPI(resp, body) {
		return time.Time{}, responseError(req, resp, NotAPI, notGitHubMessage(req, resp))
	}
	if resp.StatusCode >= http.StatusInternalServerError { // an Enterprise Server without limits answers 404
		return time.Time{}, responseError(req, resp, ServerError, http.StatusText(resp.StatusCode))
	}
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || at.Before(earliestTime) {
		return time.Time{}, responseError(req, resp, NotAPI, "no time in the answer")
	}
	return at, nil
}

// maxSkew is how far a clock that is set wrong may differ from ours. A date that is further away is not the time.
const maxSkew = 48 * time.Hour

// setClock learns GitHub's time from a response.
func (h *Host) setClock(header http.Header) {
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	if skew := at.Sub(h.now()); skew.Abs() <= maxSkew {
		h.skew.Store(int64(skew))
	}
}

// atGitHub is t by GitHub's clock, in whole seconds and rounded down. GitHub's times are compared with it and never
// with ours: the two clocks may differ by hours.
func (h *Host) atGitHub(t time.Time) time.Time {
	return t.Add(time.Duration(h.skew.Load())).UTC().Truncate(time.Second)
}

// latestPossible is after every time that GitHub can have recorded until t.
func (h *Host) latestPossible(t time.Time) time.Time { return h.atGitHub(t).Add(maxSkew) }

// AtGitHub is t by GitHub's clock as of the last response, in whole seconds and rounded down.
func (c *Client) AtGitHub(t time.Time) time.Time { return c.host.atGitHub(t) }
