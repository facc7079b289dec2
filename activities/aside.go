package activities

import (
	"context"
	"time"
)

func (a *Activities) resolveMissing(ctx context.Context, o syncOf, began time.Time) error { return nil }
