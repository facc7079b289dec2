package main

import "testing"

// The promises of the product's documentation, on the workload that it names.
func TestReferenceWorkload_costsNoMoreThanPromised(t *testing.T) {
	t.Parallel()
	first, again, err := referenceCost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := first.check(); err != nil {
		t.Error(err)
	}
	if err := checkUnchanged(again, 1); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		if err := first.write(t.Output()); err != nil {
			t.Error(err)
		}
	}
}
