package api

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a host without a list of time zones would refuse each of them

	"github.com/danielgtaylor/huma/v2"
	"go.temporal.io/api/serviceerror"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// Schedule is when an organization is synced by itself.
type Schedule struct {
	OrganizationID      int64       `json:"organization_id" example:"583231"`
	Cron                string      `json:"cron" doc:"Five fields or a macro, read in time_zone. Empty when interval_seconds counts." example:"0 */6 * * *"`
	IntervalSeconds     int         `json:"interval_seconds" doc:"0 when cron counts."`
	Pace                string      `json:"pace" enum:"as_chosen,slower,faster" doc:"slower: webhooks tell what is new. faster: webhooks are switched on and do not work. Only an interval has a pace: at most four times as long, up to an hour, or half as long, down to five minutes." example:"slower"`
	EffectiveSeconds    int         `json:"effective_interval_seconds" doc:"The interval at that pace; 0 when cron counts." example:"3600"`
	Default             bool        `json:"default" doc:"Nobody chose another; DELETE brings it back."`
	JitterSeconds       int         `json:"jitter_seconds" doc:"Each sync begins late by a part of it." example:"180"`
	TimeZone            string      `json:"time_zone" example:"Europe/Berlin"`
	Paused              bool        `json:"paused" doc:"Somebody paused the schedule."`
	PausedByIntegration bool        `json:"paused_by_integration" doc:"The integration is paused, and the schedule with it."`
	NextRuns            []time.Time `json:"next_runs" nullable:"false" doc:"The next three. None while the schedule is paused."`
	LastRuns            []time.Time `json:"last_runs" nullable:"false" doc:"The latest first, three at most."`
}

// shownRuns are enough to see that a schedule is what was meant.
const shownRuns = 3

func (s *server) registerSchedules() {
	door.Register(s.door, huma.Operation{
		OperationID: "get-schedule", Method: http.MethodGet, Path: "/organizations/{id}/schedule", Tags: []string{"schedules"},
		Summary: "Get the schedule of an organization", Description: "When the organization is synced by itself, and the next times.",
	}, []models.Code{problem.NotFound, problem.TemporalDown}, s.getSchedule)
	door.Register(s.door, huma.Operation{
		OperationID: "replace-schedule", Method: http.MethodPut, Path: "/organizations/{id}/schedule", Tags: []string{"schedules"},
		Summary:     "Change the schedule of an organization",
		Description: "Either cron or interval_seconds. A paused schedule stays paused.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown}, s.replaceSchedule)
	door.Register(s.door, huma.Operation{
		OperationID: "reset-schedule", Method: http.MethodDelete, Path: "/organizations/{id}/schedule", Tags: []string{"schedules"},
		DefaultStatus: http.StatusOK,
		Summary:       "Give an organization the default schedule again",
		Description:   "Every 15 minutes. A paused schedule stays paused.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown}, s.resetSchedule)
	door.Register(s.door, huma.Operation{
		OperationID: "pause-schedule", Method: http.MethodPost, Path: "/organizations/{id}/schedule/pause", Tags: []string{"schedules"},
		Summary: "Pause the schedule of an organization", Description: "Syncs that run go on, and syncs can be started by hand.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown}, s.pauseSchedule)
	door.Register(s.door, huma.Operation{
		OperationID: "resume-schedule", Method: http.MethodPost, Path: "/organizations/{id}/schedule/resume", Tags: []string{"schedules"},
		Summary: "Resume the schedule of an organization", Description: "What was missed meanwhile is read by the next sync.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown}, s.resumeSchedule)
	door.Register(s.door, huma.Operation{
		OperationID: "trigger-schedule", Method: http.MethodPost, Path: "/organizations/{id}/schedule/trigger", Tags: []string{"schedules"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Sync an organization as if its time had come", Description: "Also while the schedule is paused.",
	}, []models.Code{problem.NotFound, problem.IntegrationPaused, problem.IntegrationDeleting, models.TokenInvalid, problem.TemporalDown}, s.triggerSchedule)
}

type scheduleOut struct{ Body Schedule }

func (s *server) getSchedule(ctx context.Context, in *OrganizationPath) (*scheduleOut, error) {
	o, err := s.claimed(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out, _, err := s.viewSchedule(ctx, o)
	return out, err
}

// changeable is an organization whose schedule may be changed.
func (s *server) changeable(ctx context.Context, organizationID int64) (store.OrganizationSchedule, error) {
	o, err := s.claimed(ctx, organizationID)
	if err == nil && o.Deleting {
		err = problem.New(problem.IntegrationDeleting, "")
	}
	return o, err
}

// viewSchedule also reports whether Temporal has the schedule of the row already.
func (s *server) viewSchedule(ctx context.Context, o store.OrganizationSchedule) (out *scheduleOut, applied bool, err error) {
	effective := o.Effective()
	view := Schedule{
		Default: o.Schedule.IsDefault(),
		Pace:    paceOf(o), EffectiveSeconds: effective.IntervalSeconds, OrganizationID: o.ID, Cron: o.Schedule.Cron, IntervalSeconds: o.Schedule.IntervalSeconds, JitterSeconds: o.Schedule.JitterSeconds,
		TimeZone: o.Schedule.TimeZone, Paused: o.Schedule.Paused, PausedByIntegration: o.Suspended,
		NextRuns: []time.Time{}, LastRuns: []time.Time{},
	}
	err = s.askTemporal(ctx, func(ctx context.Context) error {
		times, err := workflows.ReadResyncTimes(ctx, s.Temporal, o.Organization, effective)
		if !view.Paused && !view.PausedByIntegration {
			view.NextRuns = append(view.NextRuns, times.Next[:min(shownRuns, len(times.Next))]...)
		}
		view.LastRuns = append(view.LastRuns, times.Last[:min(shownRuns, len(times.Last))]...)
		applied = times.Applied
		return err
	})
	return &scheduleOut{Body: view}, applied, err
}

func paceOf(o store.OrganizationSchedule) string {
	switch effective := o.Effective().IntervalSeconds; {
	case effective > o.Schedule.IntervalSeconds:
		return "slower"
	case effective < o.Schedule.IntervalSeconds:
		return "faster"
	}
	return "as_chosen"
}

// schedulePatience is how long an answer waits for the organization's workflow to
// change the schedule in Temporal.
const schedulePatience = 2 * time.Second

// changedSchedule wakes the workflow that follows the row, and answers with the next
// times if it does so soon.
func (s *server) changedSchedule(ctx context.Context, o store.OrganizationSchedule) (*scheduleOut, error) {
	if err := s.wake(ctx, o.ID); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(schedulePatience); ; time.Sleep(20 * time.Millisecond) {
		out, applied, err := s.viewSchedule(ctx, o)
		if err != nil || applied || time.Now().After(deadline) {
			return out, err
		}
	}
}

// ScheduleRequest is a new schedule of an organization.
type ScheduleRequest struct {
	Cron            string `json:"cron,omitempty" maxLength:"100" pattern:"^[A-Za-z0-9@*/, -]*$" patternDescription:"a cron expression" doc:"Minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly, @yearly." example:"0 */6 * * *"`
	IntervalSeconds int    `json:"interval_seconds,omitempty" minimum:"60" maximum:"604800" doc:"From a minute to a week."`
	JitterSeconds   int    `json:"jitter_seconds,omitempty" minimum:"0" maximum:"3600" doc:"Begin each sync late by a part of it, so that not all begin at once. At most the interval, and at most an hour." example:"180"`
	TimeZone        string `json:"time_zone,omitempty" maxLength:"64" default:"UTC" doc:"In which cron is read; a name of the IANA list." example:"Europe/Berlin"`
}

type replaceScheduleIn struct {
	OrganizationPath
	Body ScheduleRequest
}

var macros = []string{"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}

// schedule checks what the schema cannot. Whether the fields of a cron
// expression make sense is Temporal's to say.
func (r ScheduleRequest) schedule() (models.Schedule, error) {
	fields := strings.Fields(r.Cron)
	chosen := models.Schedule{Cron: strings.Join(fields, " "), IntervalSeconds: r.IntervalSeconds, JitterSeconds: r.JitterSeconds, TimeZone: r.TimeZone}
	_, err := time.LoadLocation(r.TimeZone)
	switch {
	case (chosen.Cron == "") == (r.IntervalSeconds == 0):
		return chosen, problem.Invalid("body", "expected either cron or interval_seconds")
	case chosen.Cron != "" && len(fields) != 5 && !slices.Contains(macros, chosen.Cron):
		return chosen, problem.Invalid("body.cron", "expected five fields (minute, hour, day of month, month, day of week) or one of "+strings.Join(macros, ", "))
	case chosen.Cron == "" && r.JitterSeconds > r.IntervalSeconds:
		return chosen, problem.Invalid("body.jitter_seconds", "expected at most the interval")
	case err != nil || r.TimeZone == "Local":
		return chosen, problem.Invalid("body.time_zone", "expected a time zone of the IANA list, such as Europe/Berlin")
	}
	return chosen, nil
}

// replaceSchedule asks Temporal first: what it refuses changes nothing.
func (s *server) replaceSchedule(ctx context.Context, in *replaceScheduleIn) (*scheduleOut, error) {
	o, err := s.changeable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	chosen, err := in.Body.schedule()
	if err != nil {
		return nil, err
	}
	chosen.OrganizationID, chosen.Paused = o.ID, o.Schedule.Paused
	o.Schedule = chosen
	err = s.askTemporal(ctx, func(ctx context.Context) error { return workflows.CheckTimes(ctx, s.Temporal, o.Organization, chosen) })
	if err := refusedTimes(err); err != nil {
		return nil, err
	}
	if err := s.Store.SaveSchedule(ctx, chosen); err != nil {
		return nil, err
	}
	return s.changedSchedule(ctx, o)
}

// whatIsWrong finds Temporal's words about a field of a cron expression. They
// have no piece of the expression in them, as others of its words may.
var whatIsWrong = regexp.MustCompile(`(Minute|Hour|DayOfMonth|Month|DayOfWeek) (Start |End )?(is before Start or not in range|is not in range|has too many (slashes|dashes)|missing step value|has invalid Step)( \[\d+-\d+\])?`)

// refusedTimes explains what Temporal does not accept of a schedule.
func refusedTimes(err error) error {
	var refused *serviceerror.InvalidArgument
	if !errors.As(err, &refused) {
		return err
	}
	if strings.Contains(refused.Message, "time zone") {
		return problem.Invalid("body.time_zone", "expected a time zone that Temporal knows")
	}
	wrong := whatIsWrong.FindAllString(refused.Message, -1)
	if len(wrong) == 0 {
		wrong = []string{"each field is a number, a name, *, or a list of these with ranges (1-5) and steps (*/6)"}
	}
	return problem.Invalid("body.cron", "expected a cron expression: "+strings.Join(wrong, ", "))
}

func (s *server) resetSchedule(ctx context.Context, in *OrganizationPath) (*scheduleOut, error) {
	if _, err := s.changeable(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := s.Store.ResetSchedule(ctx, in.ID); err != nil {
		return nil, err
	}
	o, err := s.changeable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.changedSchedule(ctx, o)
}

func (s *server) pauseSchedule(ctx context.Context, in *OrganizationPath) (*scheduleOut, error) {
	return s.setPaused(ctx, in.ID, true)
}

func (s *server) resumeSchedule(ctx context.Context, in *OrganizationPath) (*scheduleOut, error) {
	return s.setPaused(ctx, in.ID, false)
}

func (s *server) setPaused(ctx context.Context, organizationID int64, paused bool) (*scheduleOut, error) {
	o, err := s.changeable(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	if err := s.Store.PauseSchedule(ctx, organizationID, paused); err != nil {
		return nil, err
	}
	o.Schedule.Paused = paused
	return s.changedSchedule(ctx, o)
}

func (s *server) triggerSchedule(ctx context.Context, in *OrganizationPath) (*scheduleOut, error) {
	o, err := s.changeable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.startable(ctx, o.IntegrationID); err != nil {
		return nil, err
	}
	trigger := func(ctx context.Context) error { return workflows.TriggerResync(ctx, s.Temporal, o.ID) }
	var missing *serviceerror.NotFound
	if err = s.askTemporal(ctx, trigger); errors.As(err, &missing) { // Temporal may have lost its database
		if _, err := s.changedSchedule(ctx, o); err != nil {
			return nil, err
		}
		err = s.askTemporal(ctx, trigger)
	}
	if errors.As(err, &missing) {
		return nil, problem.New(problem.NotFound, "The schedule was deleted just now.")
	}
	if err != nil {
		return nil, err
	}
	out, _, err := s.viewSchedule(ctx, o)
	return out, err
}
