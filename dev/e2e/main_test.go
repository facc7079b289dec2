package e2e_test

import (
	"os"
	"testing"

	"tributary/dev/command"
)

// asCommand makes a process of this test binary a tributary-dev.
const asCommand = "TRIBUTARY_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(command.Main())
	}
	os.Exit(m.Run())
}
