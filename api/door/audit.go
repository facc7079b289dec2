package door

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/problem"
	"tributary/models"
)

// anID matches what the audit log keeps of a path. Anything else can be a secret
// that was pasted into the wrong place.
var anID = regexp.MustCompile(`^([0-9a-f-]{36}|[0-9]{1,19})$`)

// IsID reports whether a text is an id, as far as its characters tell.
func IsID(text string) bool { return anID.MatchString(text) }

// newEvent is the event of an operation that is about to begin.
func newEvent(known *request, ctx huma.Context) models.AuditEvent {
	op := ctx.Operation()
	kind, _, _ := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	e := models.AuditEvent{
		Action: op.OperationID, SubjectKind: strings.TrimSuffix(kind, "s"),
		RequestID: known.id, RemoteAddress: known.address.String(),
		Details: map[string]string{}, Outcome: models.AuditBegun,
	}
	if id := ctx.Param("id"); IsID(id) {
		e.SubjectID = id
	}
	setActor(&e, known.actor)
	return e
}

// recordRefusal records that somebody's role does not allow an operation.
func (d *Door) recordRefusal(ctx context.Context, e models.AuditEvent) error {
	e.Outcome, e.Details["code"] = models.AuditRefused, string(problem.RoleMissing)
	return d.Store.RecordAudit(ctx, &e)
}

// audited runs an operation that changes something between two records, so that
// nothing changes without a trace, whatever happens on the way.
func audited[I, O any](d *Door, handle func(context.Context, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		known := requestOf(ctx)
		e := known.event
		noteFields(e.Details, "body", field(in, "Body"))
		if err := d.Store.RecordAudit(ctx, &e); err != nil {
			return nil, err
		}
		out, err := handle(ctx, in)
		setActor(&e, known.actor) // who signs in is known only now
		e.Outcome = models.AuditDone
		if err != nil {
			answer := d.Problem(ctx, err)
			e.Outcome, e.Details["code"], err = outcomeOf(answer), string(answer.Code), answer
		} else if e.SubjectID == "" {
			noteCreated(&e, out)
		}
		d.complete(ctx, e)
		return out, err
	}
}

// complete closes a record, even if the caller has left. If that fails, what was
// done cannot be taken back, and the record stays as one that was cut off.
func (d *Door) complete(ctx context.Context, e models.AuditEvent) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := d.Store.CompleteAudit(ctx, e); err != nil {
		d.Logger.ErrorContext(ctx, "audit event not completed", "error", err, "event", e.ID, "outcome", e.Outcome, "request_id", e.RequestID)
	}
}

func outcomeOf(p *problem.Problem) models.AuditOutcome {
	if p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden {
		return models.AuditRefused
	}
	return models.AuditFailed
}

func setActor(e *models.AuditEvent, who *actor) {
	if who != nil {
		e.Actor, e.ActorName, e.Role, e.Details["via"] = who.id, who.name, who.role, who.via
	}
}

// noteFields notes what was sent and can be no secret: booleans, numbers and
// times. Text is left out, whatever its field is called.
func noteFields(details map[string]string, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		noteFields(details, name, v.Elem())
	case reflect.Bool, reflect.Int, reflect.Int64:
		details[name] = fmt.Sprint(v)
	case reflect.Slice:
		if ids, ok := v.Interface().([]int64); ok && len(ids) > 0 {
			details[name] = idList(ids)
		}
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			details[name] = at.UTC().Format(time.RFC3339)
			return
		}
		for _, f := range reflect.VisibleFields(v.Type()) {
			if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "" && len(f.Index) == 1 {
				noteFields(details, name+"."+tag, v.FieldByIndex(f.Index))
			}
		}
	}
}

// idList shows ids, without the end of a long list.
func idList(ids []int64) string {
	const most = 50
	text := strings.Trim(fmt.Sprint(ids[:min(len(ids), most)]), "[]")
	if more := len(ids) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// noteCreated notes what an operation has created, as it answers with it: the
// subject, or where there are several their ids among the details.
func noteCreated(e *models.AuditEvent, out any) {
	body := field(out, "Body")
	if body.Kind() != reflect.Struct {
		return
	}
	if dry := body.FieldByName("DryRun"); dry.IsValid() && dry.Bool() {
		return
	}
	e.SubjectID = idOf(body)
	items := body.FieldByName("Items")
	if items.Kind() != reflect.Slice {
		return
	}
	var ids []string
	for _, item := range items.Seq2() {
		ids = append(ids, idOf(item))
	}
	if len(ids) == 1 {
		e.SubjectID = ids[0]
	} else {
		e.Details[models.DetailCreated] = strings.Join(ids, " ")
	}
}

// idOf is the id of a view, if it has one.
func idOf(view reflect.Value) string {
	for _, name := range []string{"ID", "ConnectionID"} {
		if id := view.FieldByName(name); id.Kind() == reflect.String {
			return id.String()
		}
	}
	return ""
}

// field is a field of the struct behind a pointer, invalid if there is none.
func field(pointer any, name string) reflect.Value {
	v := reflect.Indirect(reflect.ValueOf(pointer))
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v.FieldByName(name)
}
