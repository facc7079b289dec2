package api

import (
	"context"

	"tributary/api/door"
	"tributary/store"
)

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items" nullable:"false"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Asks for the next page, with the same filters. Absent on the last one."`
	Total      *int   `json:"total,omitempty" doc:"Rows of the whole list with these filters; 10001 stands for any number above 10,000. Absent from lists of what was ingested, which are too long to count, and from lists behind a number, which the report says." example:"120"`
}

// Items is a whole list.
type Items[T any] struct {
	Items []T `json:"items" nullable:"false"`
}

// PageQuery asks for a page.
type PageQuery struct {
	Cursor string `query:"cursor" maxLength:"1000" pattern:"^[A-Za-z0-9_-]*$" patternDescription:"a cursor" doc:"next_cursor of the page before; absent for the first."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Rows of a page at most: fewer where their texts are long."`
}

// viewPage shows a page of a list.
func viewPage[T, V any](found store.List[T], view func(T) V) Page[V] {
	return Page[V]{Items: views(found.Rows, view), NextCursor: string(found.Next), Total: found.Total}
}

// nextLink is the Link header of a page (RFC 8288), relative to the request.
func nextLink(ctx context.Context, next store.Cursor) string {
	if next == "" {
		return ""
	}
	query := door.Query(ctx)
	query.Set("cursor", string(next))
	return "<?" + query.Encode() + `>; rel="next"`
}

// views shows each item. It is never nil, so that JSON has [] and not null.
func views[T, V any](items []T, view func(T) V) []V {
	shown := make([]V, len(items))
	for i, item := range items {
		shown[i] = view(item)
	}
	return shown
}

// nonNil makes JSON have [] and not null.
func nonNil(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}

// ConnectionPath names a connection in a path.
type ConnectionPath struct {
	ID string `path:"id" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
}

// IntegrationPath names an integration in a path.
type IntegrationPath struct {
	ID string `path:"id" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
}

// OrganizationPath names an organization in a path.
type OrganizationPath struct {
	ID int64 `path:"id" minimum:"1" doc:"GitHub's id."`
}

// SyncPath names a sync in a path.
type SyncPath struct {
	ID string `path:"id" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
}

// VerificationPath names a verification in a path.
type VerificationPath struct {
	ID string `path:"id" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
}
