package synctest

import (
	"context"
	"testing"

	"tributary/activities"
)

// Attempt makes one attempt at an activity, as a worker does.
func Attempt[In, Out any](t testing.TB, a *activities.Activities, activity func(context.Context, In) (Out, error), in In) (out Out, err error) {
	t.Helper()
	result, err := a.Attempt(t.Context(), in, func() (any, error) { return activity(t.Context(), in) })
	out, _ = result.(Out)
	return out, err
}

// Do is Attempt for an activity without a result.
func Do[In any](t testing.TB, a *activities.Activities, activity func(context.Context, In) error, in In) error {
	t.Helper()
	_, err := Attempt(t, a, func(ctx context.Context, in In) (any, error) { return nil, activity(ctx, in) }, in)
	return err
}
