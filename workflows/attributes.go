package workflows

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/models"
)

// The search attributes, for finding runs in Temporal's UI.
var (
	OrganizationAttribute = temporal.NewSearchAttributeKeyKeyword("Organization")
	RepositoryAttribute   = temporal.NewSearchAttributeKeyKeyword("Repository")
	TriggerAttribute      = temporal.NewSearchAttributeKeyKeyword("SyncTrigger")
	// OutcomeAttribute is how a run ended: completed, partial, failed or cancelled. While
	// it runs there is none, but for a sync that waits for a limit of GitHub's: waiting.
	OutcomeAttribute = temporal.NewSearchAttributeKeyKeyword("Outcome")
)

// Attributes are the types of all search attributes by name. A namespace without one of
// them refuses the workflows that carry it.
func Attributes() map[string]enumspb.IndexedValueType {
	types := map[string]enumspb.IndexedValueType{}
	for _, key := range []temporal.SearchAttributeKeyKeyword{OrganizationAttribute, RepositoryAttribute, TriggerAttribute, OutcomeAttribute} {
		types[key.GetName()] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	return types
}

// AttributeNames are the names of all search attributes, in alphabetical order.
func AttributeNames() []string { return slices.Sorted(maps.Keys(Attributes())) }

// RegisterAttributes makes the search attributes that a namespace lacks, as one of an
// earlier version does. Doing it again changes nothing. It returns an error that is a
// *serviceerror.PermissionDenied or a *serviceerror.Unimplemented where that is for others
// to do, as in Temporal Cloud.
func RegisterAttributes(ctx context.Context, c client.Client, namespace string) error {
	there, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("list the search attributes of namespace %s: %w", namespace, err)
	}
	missing := Attributes()
	for name := range there.GetCustomAttributes() {
		delete(missing, name)
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	var made *serviceerror.AlreadyExists // by another worker that starts as well
	if err != nil && !errors.As(err, &made) {
		return fmt.Errorf("make the search attributes that namespace %s lacks: %w", namespace, err)
	}
	return nil
}

// attributes are the search attributes of a workflow of an organization. The trigger
// and the repository are empty where it has none.
func attributes(organization string, trigger models.SyncTrigger, repository string) temporal.SearchAttributes {
	var set []temporal.SearchAttributeUpdate
	for _, a := range []struct {
		key   temporal.SearchAttributeKeyKeyword
		value string
	}{{OrganizationAttribute, organization}, {TriggerAttribute, string(trigger)}, {RepositoryAttribute, repository}} {
		if a.value != "" {
			set = append(set, a.key.ValueSet(short(a.value)))
		}
	}
	return temporal.NewSearchAttributes(set...)
}

// shared are the search attributes of a workflow that may concern several organizations:
// an attribute holds one.
func shared(organizations []string) temporal.SearchAttributes {
	if len(organizations) != 1 {
		return temporal.NewSearchAttributes()
	}
	return attributes(organizations[0], "", "")
}

// namedInSummary is how many organizations a summary names.
const namedInSummary = 3

// about is the summary of a workflow that may concern several organizations.
func about(what string, organizations []string) string {
	if len(organizations) == 0 {
		return short(what)
	}
	named := organizations[:min(len(organizations), namedInSummary)]
	text := strings.Join(named, ", ")
	if more := len(organizations) - len(named); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return short(text + ": " + what)
}

func logins(organizations []models.Organization) []string {
	names := make([]string, len(organizations))
	for i, o := range organizations {
		names[i] = o.Login
	}
	return names
}

// conclude says in a workflow's attributes how it ends, with others that are known by
// then. It has to be the last thing that a workflow does: a run that began under a version
// without it has then not come so far, and replays.
func conclude(ctx workflow.Context, outcome models.SyncState, err error, others ...temporal.SearchAttributeUpdate) {
	switch {
	case workflow.IsContinueAsNewError(err):
		return
	case err != nil && (ctx.Err() != nil || temporal.IsCanceledError(err)):
		outcome = models.SyncCancelled
	case err != nil:
		outcome = models.SyncFailed
	}
	if outcome != "" {
		mark(ctx, append(others, OutcomeAttribute.ValueSet(string(outcome)))...)
	}
}

// mark changes the search attributes of a workflow.
func mark(ctx workflow.Context, changes ...temporal.SearchAttributeUpdate) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, changes...); err != nil {
		workflow.GetLogger(ctx).Warn("the search attributes are not changed", "error", err)
	}
}
