package tributary_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// TestWorkflows_areReachedThroughOneFile: how a workflow is started, woken, asked,
// stopped and scheduled stands in one file, how it is found in another. A second place
// would forget an attribute or a policy.
func TestWorkflows_areReachedThroughOneFile(t *testing.T) {
	t.Parallel()
	const only, finding = "workflows/client.go", "workflows/attributes.go"
	measuring := []string{
		"dev/bench/history.go",           // what Temporal keeps of a schedule
		"dev/bench/webhooks_receiver.go", // stands in for a Temporal that takes every signal
	}
	reaching := []string{
		"ExecuteWorkflow", "SignalWorkflow", "SignalWithStartWorkflow", "UpdateWorkflow", "UpdateWithStartWorkflow", "NewWithStartWorkflowOperation",
		"CancelWorkflow", "TerminateWorkflow", "QueryWorkflow", "ScheduleClient", "StartWorkflowOptions", "ScheduleOptions", "NewSearchAttributeKey",
		"NewSearchAttributes", "UpsertTypedSearchAttributes", "UpdateWorkflowExecutionOptions",
	}
	found := 0
	for _, file := range goFiles(t, ".") {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			for _, name := range reaching {
				if selector.Sel.Name == name || name == "NewSearchAttributeKey" && strings.HasPrefix(selector.Sel.Name, name) {
					home := only
					if strings.Contains(name, "SearchAttribute") {
						home = finding
					}
					if found++; file != home && !slices.Contains(measuring, file) {
						t.Errorf("%s uses %s, which belongs to %s", file, selector.Sel.Name, home)
					}
				}
			}
			return true
		})
	}
	if found < 20 {
		t.Errorf("found only %d uses: has %s moved?", found, only)
	}
}
