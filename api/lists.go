package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"tributary/api/door"
	"tributary/store"
)

// exportsAtOnce is how many files one token may read at once: each holds a
// connection and a page of rows.
const exportsAtOnce = 4

// rowsOfCSV are read at a time for a file; the caller never sees the pages.
const rowsOfCSV = 1000

// RecordQuery narrows a list of what was ingested.
type RecordQuery struct {
	Integration  string    `query:"integration" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID" doc:"Of organizations that this integration has claimed."`
	Organization int64     `query:"organization" minimum:"1" doc:"GitHub's id."`
	Repository   int64     `query:"repository" minimum:"1" doc:"GitHub's id."`
	Author       string    `query:"author" maxLength:"100" pattern:"^[A-Za-z0-9_.\\[\\]-]*$" patternDescription:"a login" doc:"The login, in any case." example:"octocat"`
	Since        time.Time `query:"since" doc:"From then on, by the time that the list is ordered by."`
	Until        time.Time `query:"until" doc:"Before then."`
	FileQuery
}

// FileQuery asks for a page, or for all pages as one file.
type FileQuery struct {
	Format string `query:"format" enum:"json,csv" default:"json" doc:"csv is one file with all rows; cursor and limit do not apply to it."`
	PageQuery
}

func (q RecordQuery) filter() store.Filter {
	return store.Filter{IntegrationID: q.Integration, OrganizationID: q.Organization, RepositoryID: q.Repository,
		Author: q.Author, Since: q.Since, Until: q.Until}
}

type recordsIn struct{ RecordQuery }

// listOut is either a page or a file, which no struct can describe to huma.
type listOut struct {
	Link string `header:"Link" doc:"The next page, with rel=next."`
	Body func(huma.Context)
}

// registerList adds a list of what was ingested, as pages of JSON or as CSV.
func registerList[In, Row, View any](s *server, name, summary, description string, parse func(*In) (RecordQuery, string),
	list func(*store.Store, context.Context, store.Filter, store.Cursor, int) (store.List[Row], error), view func(Row) View) {
	op := huma.Operation{
		OperationID: "list-" + name, Method: http.MethodGet, Path: "/" + name, Tags: []string{"data"},
		Summary: summary, Description: description,
	}
	registerRows(s, op, name, func(in *In) (FileQuery, rowsOf[Row], error) {
		query, state := parse(in)
		filter := query.filter()
		filter.State = state
		return query.FileQuery, func(ctx context.Context, cursor store.Cursor, limit int) (store.List[Row], error) {
			return list(s.Store, ctx, filter, cursor, limit)
		}, nil
	}, view)
}

// rowsOf reads a page of what a request asks for.
type rowsOf[Row any] func(ctx context.Context, cursor store.Cursor, limit int) (store.List[Row], error)

// registerRows adds a list, as pages of JSON or as CSV. parse says what a request asks
// for; name is the file's.
func registerRows[In, Row, View any](s *server, op huma.Operation, name string, parse func(*In) (FileQuery, rowsOf[Row], error), view func(Row) View) {
	op.Responses = map[string]*huma.Response{"200": {
		Description: "A page, or with format=csv all rows.",
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.door.API.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Page[View]](), true, "")},
			"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}, Example: csvExample[View](s.door.API.OpenAPI().Components.Schemas)},
		},
	}}
	door.Register(s.door, op, nil, func(ctx context.Context, in *In) (*listOut, error) {
		query, list, err := parse(in)
		if err != nil {
			return nil, err
		}
		if query.Format == "csv" {
			return &listOut{Body: func(ctx huma.Context) {
				writeCSV(s, ctx, name, view, func(cursor store.Cursor) (store.List[Row], error) {
					return list(ctx.Context(), cursor, rowsOfCSV)
				})
			}}, nil
		}
		found, err := list(ctx, store.Cursor(query.Cursor), query.Limit)
		if err != nil {
			return nil, err
		}
		page := viewPage(found, view)
		return &listOut{Link: nextLink(ctx, found.Next), Body: func(ctx huma.Context) {
			ctx.SetHeader("Content-Type", "application/json")
			_ = door.WriteJSON(ctx.BodyWriter(), page) // the caller is gone if this fails
		}}, nil
	})
}

// writeCSV writes a whole list, page by page. An error on the way cuts the
// connection, so that half a file is not taken for a whole one.
func writeCSV[Row, View any](s *server, ctx huma.Context, name string, view func(Row) View, list func(store.Cursor) (store.List[Row], error)) {
	g := humagin.Unwrap(ctx)
	leave, err := s.exports.Take(ctx.Context(), "This token reads as many files as it may at once; another is accepted when one of them ends. Ask again")
	if err != nil {
		door.WriteProblem(g.Writer, g.Request, s.door.Problem(ctx.Context(), err))
		return
	}
	defer leave()
	var out *csvWriter[View]
	err = store.Each(list, func(rows []Row) (err error) {
		if out == nil {
			ctx.SetHeader("Content-Type", "text/csv; charset=utf-8")
			ctx.SetHeader("Content-Disposition", `attachment; filename="`+name+`.csv"`)
			if out, err = newCSVWriter[View](ctx.BodyWriter()); err != nil {
				return err
			}
		}
		return out.Write(views(rows, view))
	})
	if err == nil {
		return
	}
	answer := s.door.Problem(ctx.Context(), err)
	if out == nil {
		door.WriteProblem(g.Writer, g.Request, answer)
		return
	}
	panic(http.ErrAbortHandler)
}
