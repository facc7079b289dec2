package activities

import (
	"context"
	"log/slog"

	"tributary/models"
)

// Operators read these lines: what began, how it ended, and what could not be read, by name.

func (a *Activities) logger() *slog.Logger {
	if a.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return a.Log
}

// logStarted says that a sync begins, or goes on with another worker.
func (a *Activities) logStarted(ctx context.Context, o syncOf) {
	if attempts(ctx) > 1 { // a limit was waited for, or GitHub was away
		return
	}
	a.logger().LogAttrs(ctx, slog.LevelInfo, "sync started", slog.String("organization", o.organization.Login), slog.String("sync", o.ID), slog.String("trigger", string(o.Trigger)))
}

// logEnded says how a sync ended. One that failed is a warning, for somebody may have to act.
func (a *Activities) logEnded(ctx context.Context, sync models.Sync) {
	if sync.StartedAt == nil || sync.EndedAt == nil {
		return // it was never begun
	}
	organization, err := a.Store.Organization(ctx, sync.OrganizationID)
	if err != nil {
		return
	}
	level := slog.LevelInfo
	if sync.State == models.SyncFailed {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("organization", organization.Login), slog.String("sync", sync.ID), slog.String("trigger", string(sync.Trigger)), slog.String("state", string(sync.State)),
		slog.Int("repositories", sync.Repositories), slog.Int("failed", sync.Failed), slog.Int64("items", sync.Counts.Items()),
		slog.Int64("requests", sync.Usage.Requests), slog.Int64("points", sync.Usage.GraphQLPoints),
		slog.Float64("seconds", sync.EndedAt.Sub(*sync.StartedAt).Seconds()), slog.Float64("waited_seconds", sync.Usage.WaitedSeconds),
	}
	if sync.Code != "" {
		attrs = append(attrs, slog.String("code", string(sync.Code)), slog.String("error", sync.Error))
	}
	a.logger().LogAttrs(ctx, level, "sync ended", attrs...)
}

// logIncomplete says once for all streams that a repository could not be read to its end.
func (a *Activities) logIncomplete(ctx context.Context, in FinishRepositoryInput) {
	if in.State != models.SyncFailed && in.State != models.SyncPartial {
		return
	}
	repository, err := a.Store.Repository(ctx, in.RepositoryID)
	if err != nil {
		return
	}
	a.logger().LogAttrs(ctx, slog.LevelWarn, "repository was not read to its end", slog.String("repository", repository.FullName), slog.String("sync", in.SyncID),
		slog.String("code", string(in.Code)), slog.String("error", in.Error))
}
