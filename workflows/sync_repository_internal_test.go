package workflows

import (
	"slices"
	"testing"

	"tributary/models"
)

func TestSyncRepository_knowsHowToReadEveryStream(t *testing.T) {
	t.Parallel()
	before := map[models.StreamKind]bool{}
	for _, stream := range listedFirst() {
		if syncStreams[stream.Kind] == nil {
			t.Errorf("no activity reads %s", stream.Kind)
		}
		before[stream.Kind] = true
	}
	for _, stream := range models.Streams {
		for _, kind := range stream.After {
			if !before[kind] {
				t.Errorf("%s waits for %s, which no sync reads", stream.Kind, kind)
			}
			for _, further := range models.Describe(kind).After {
				if !slices.Contains(stream.After, further) || further == stream.Kind {
					t.Errorf("%s follows %s and not %s, which that follows", stream.Kind, kind, further)
				}
			}
		}
	}
}
