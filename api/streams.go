package api

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tributary/models"
)

// The schemas of this file name the kinds of records, which are described in one
// place: models.Streams.

// Counts are new or changed rows by kind. A kind without any is 0.
type Counts map[string]int64

func viewStored(stored models.Counts) Counts {
	counts := Counts{}
	for _, table := range models.Reported() {
		counts[table] = stored[table]
	}
	return counts
}

// Schema has a property for each kind.
func (Counts) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Description: "Rows by kind.", Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for _, table := range models.Reported() {
		s.Properties[table] = &huma.Schema{Type: huma.TypeInteger, Format: "int64"}
		s.Required = append(s.Required, table)
	}
	return s
}

// TransformSchema names the kinds of streams.
func (Stream) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return kinds(s, models.StreamKinds...)
}

// TransformSchema names the kinds of streams.
func (CollectedStream) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return kinds(s, models.StreamKinds...)
}

// driftKinds are the kinds of what a verification compares.
func driftKinds() []models.StreamKind {
	return append(slices.Clone(models.ListedStreams), models.StreamPullRequestDetails, models.Labels)
}

// TransformSchema names the kinds of differences.
func (DriftCounts) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return kinds(s, driftKinds()...)
}

// TransformSchema names the kinds of differences.
func (Drift) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return kinds(s, driftKinds()...)
}

func kinds(s *huma.Schema, kinds ...models.StreamKind) *huma.Schema {
	for _, kind := range kinds {
		s.Properties["kind"].Enum = append(s.Properties["kind"].Enum, string(kind))
	}
	s.PrecomputeMessages()
	return s
}
