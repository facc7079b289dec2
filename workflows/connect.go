package workflows

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// The updates of Connect: a person waits for the answer to each.
const (
	// VerifyUpdate answers with a ConnectResult once GitHub has been asked.
	VerifyUpdate = "verify"
	// CreateUpdate takes a CreateInput and answers with an
	// activities.CreateIntegrationsResult.
	CreateUpdate = "create"
)

// The types of the errors with which CreateUpdate is rejected.
const (
	NotVerified    = "NotVerified"
	AlreadyCreated = "AlreadyCreated"
	NothingChosen  = "NothingChosen"
)

// selectionTime is how long a verified connection waits for its user.
const selectionTime = 24 * time.Hour

// ConnectInput names the connection whose sealed credential is in the database.
type ConnectInput struct {
	ConnectionID string
	// Organization is one that the account may read without being its member.
	Organization string
	Only         bool // nothing is asked about any other
}

// ConnectResult is what the wizard shows after a test of the connection.
type ConnectResult struct {
	Login   string
	Scopes  []activities.Scope
	Named   string // the login of the organization that was named, as it is now
	Refusal *activities.Refusal
	// WaitingUntil is the end of the limit that keeps GitHub from being asked: the
	// wizard goes on by itself then. Refusal says so too.
	WaitingUntil *time.Time
}

// CreateInput is what the user chose. Of the GitHub App the name is not asked
// for: each organization becomes an integration with its own.
type CreateInput struct {
	Name            string
	Services        models.Services
	OrganizationIDs []int64
	AutoImport      bool
	BackfillFrom    *time.Time // nil is from the beginning
}

// Connect is the wizard: it verifies a credential, asks GitHub about each
// organization, waits for the user's choice, creates the integrations and wakes
// their organizations. A credential that is refused or not used within a day is
// forgotten, and so is the one of a person whose installations do the work.
func (w *Workflows) Connect(ctx workflow.Context, in ConnectInput) (ConnectOutcome, error) {
	c := &connect{w: w, in: in}
	err := c.run(ctx)
	outcome := c.outcome()
	if err == nil {
		workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s**. Integrations: %d; organizations: %d.", outcome.State, outcome.Integrations, outcome.Organizations))
	}
	var others []temporal.SearchAttributeUpdate
	if len(c.chosen) == 1 {
		others = append(others, OrganizationAttribute.ValueSet(short(c.chosen[0].Login)))
	}
	conclude(ctx, outcome.State, err, others...)
	return outcome, err
}

// ConnectOutcome is what the wizard came to.
type ConnectOutcome struct {
	State         models.SyncState // completed, failed when GitHub refused, cancelled when nobody chose
	Code          models.Code      `json:",omitempty"` // why it was refused
	Login         string           `json:",omitempty"` // of the account
	Integrations  int
	Organizations int
}

func (c *connect) outcome() ConnectOutcome {
	o := ConnectOutcome{State: models.SyncCancelled, Login: short(c.result.Login), Integrations: c.integrations, Organizations: len(c.chosen)}
	switch {
	case c.created:
		o.State = models.SyncCompleted
	case c.result.Refusal != nil:
		o.State, o.Code = models.SyncFailed, c.result.Refusal.Code
	}
	return o
}

func (c *connect) run(ctx workflow.Context) error {
	if err := c.handleUpdates(ctx); err != nil {
		return err
	}
	if err := c.verify(ctx); err != nil {
		return err
	}
	if c.result.Refusal == nil {
		c.preflight(ctx)
		if err := c.awaitChoice(ctx); err != nil {
			return err
		}
	}
	if err := c.forget(ctx); err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

type connect struct {
	w           *Workflows
	in          ConnectInput
	verified    bool
	preflighted bool
	result      ConnectResult
	creating    bool
	created     bool

	integrations int // that were created
	chosen       []activities.ChosenOrganization
}

func (c *connect) handleUpdates(ctx workflow.Context) error {
	err := workflow.SetUpdateHandlerWithOptions(ctx, VerifyUpdate, c.onVerify, workflow.UpdateHandlerOptions{
		Description: "Answers once GitHub has said who the credential belongs to.",
	})
	if err != nil {
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, CreateUpdate, c.onCreate, workflow.UpdateHandlerOptions{
		Description: "Creates the integration from the user's choice.",
		Validator:   c.validateCreate,
	})
}

// verify asks GitHub, and while a limit leaves no requests for that waits until it
// is over.
func (c *connect) verify(ctx workflow.Context) error {
	asking := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           ControlQueue,
		StartToCloseTimeout: 30 * time.Second,
		Summary:             "ask GitHub who the credential belongs to",
		// A person is waiting; three tries fit in the time they will wait.
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, MaximumAttempts: 3},
	})
	for {
		result, err := call(asking, acts.VerifyConnection, activities.VerifyConnectionInput{ConnectionID: c.in.ConnectionID, Organization: c.in.Organization, Only: c.in.Only})
		until := result.LimitedUntil
		if err != nil || until.IsZero() {
			c.result = ConnectResult{Login: result.Login, Named: result.Named, Scopes: result.Scopes, Refusal: result.Refusal}
			if err != nil {
				c.result.Refusal = c.refusal(ctx, err)
			}
			c.verified = true
			workflow.SetCurrentDetails(ctx, "")
			return nil
		}
		c.result = ConnectResult{WaitingUntil: &until, Refusal: &activities.Refusal{
			Code: cmp.Or(result.LimitedCode, models.RateLimited), Detail: "GitHub's limit holds until " + until.UTC().Format(time.RFC3339) + "; the connection goes on by itself then.",
		}}
		workflow.SetCurrentDetails(ctx, activities.LimitWait{Until: until, Code: result.LimitedCode}.String())
		if err := workflow.Sleep(ctx, max(until.Sub(workflow.Now(ctx)), 0)+limitMargin); err != nil {
			return err
		}
	}
}

// limitMargin is how long after a limit's end it is surely over.
const limitMargin = time.Second

// preflight asks about every organization. What GitHub does not answer stays to
// be checked, and nothing is created of it.
func (c *connect) preflight(ctx workflow.Context) {
	err := do(c.w.preflight(ctx, "ask GitHub what "+short(c.result.Login)+" may read"), acts.PreflightConnection,
		activities.PreflightConnectionInput{ConnectionID: c.in.ConnectionID, Since: workflow.Now(ctx)})
	if err != nil {
		workflow.GetLogger(ctx).Warn("the organizations were not asked", "error", err)
	}
	c.preflighted = true
}

// refusal explains an error of the verification itself to the user. What has no
// detail for people is in the log, under the id of this run.
func (c *connect) refusal(ctx workflow.Context, err error) *activities.Refusal {
	refusal := &activities.Refusal{Code: codeOf(err)}
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) && failure.Type() == activities.Caused {
		_ = failure.Details(&refusal.Code, &refusal.Detail)
	}
	if refusal.Detail == "" {
		refusal.Detail = "The connection could not be tested. The workers' log says why, under the run " + workflow.GetInfo(ctx).WorkflowExecution.RunID + "."
	}
	return refusal
}

func (c *connect) onVerify(ctx workflow.Context) (ConnectResult, error) {
	err := workflow.Await(ctx, func() bool { return c.verified || c.result.WaitingUntil != nil })
	return c.result, err
}

// validateCreate refuses before anything enters the history.
func (c *connect) validateCreate(in CreateInput) error {
	switch {
	case !c.verified || c.result.Refusal != nil:
		return temporal.NewApplicationError("the connection is not verified", NotVerified)
	case c.creating || c.created:
		return temporal.NewApplicationError("what this connection was for exists already", AlreadyCreated)
	case len(in.OrganizationIDs) == 0:
		return temporal.NewApplicationError("no organization is chosen", NothingChosen)
	}
	return nil
}

func (c *connect) onCreate(ctx workflow.Context, in CreateInput) (activities.CreateIntegrationsResult, error) {
	c.creating = true
	defer func() { c.creating = false }()
	if err := workflow.Await(ctx, func() bool { return c.preflighted }); err != nil {
		return activities.CreateIntegrationsResult{}, err
	}
	result, err := call(c.w.control(ctx, "create "+short(in.Name)), acts.CreateIntegrations, activities.CreateIntegrationsInput{
		ConnectionID: c.in.ConnectionID, Name: in.Name, Services: in.Services,
		OrganizationIDs: in.OrganizationIDs, AutoImport: in.AutoImport, BackfillFrom: in.BackfillFrom,
	})
	if err != nil || result.Refusal != nil {
		return result, err // the user may choose again
	}
	err = startOrganizations(ctx, result.Organizations)
	if c.created = err == nil; c.created {
		c.integrations, c.chosen = len(result.IntegrationIDs), result.Organizations
	}
	return result, err
}

// startOrganizations starts the workflows of organizations, or wakes those that run.
func startOrganizations(ctx workflow.Context, organizations []activities.ChosenOrganization) error {
	return inParallel(ctx, signalsAtOnce, len(organizations), func(ctx workflow.Context, n int) error { return startOrganization(ctx, organizations[n]) })
}

// startOrganization starts an organization's workflow, or wakes the running one.
func startOrganization(ctx workflow.Context, organization activities.ChosenOrganization) error {
	options := child(OrganizationID(organization.ID), organization.Login, attributes(organization.Login, "", ""))
	err := workflow.ExecuteChildWorkflow(independent(ctx, options), flows.Organization, OrganizationInput{OrganizationID: organization.ID}).
		GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return workflow.SignalExternalWorkflow(ctx, OrganizationID(organization.ID), "", WakeSignal, nil).Get(ctx, nil)
	}
	return err
}

func (c *connect) awaitChoice(ctx workflow.Context) error {
	_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
		Timeout:      selectionTime,
		TimerOptions: workflow.TimerOptions{Summary: "wait for " + short(c.result.Login) + " to choose organizations"},
	}, func() bool { return c.created })
	return err
}

// forget takes back what no integration uses: also the credential of the person
// who chose what the GitHub App reads.
func (c *connect) forget(ctx workflow.Context) error {
	if err := workflow.Await(ctx, func() bool { return !c.creating }); err != nil {
		return err
	}
	in := activities.ForgetConnectionInput{ConnectionID: c.in.ConnectionID}
	switch {
	case c.created:
	case c.result.Refusal != nil:
		in.As, in.Refusal = models.ConnectionDenied, c.result.Refusal
	default:
		in.As = models.ConnectionExpired
	}
	return do(c.w.control(ctx, "forget an unused credential"), acts.ForgetConnection, in)
}
