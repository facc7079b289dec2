package e2e_test

import (
	"flag"
	"os"
	"testing"

	"tributary/dev/command"
)

// asCommand makes a process of this test binary a tributary-dev.
const asCommand = "TRIBUTARY_TEST_AS_COMMAND"

// scratch is a folder for what all tests share.
var scratch string

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(command.Main())
	}
	// These tests wait more than they compute. A number on the command line wins.
	if err := flag.Set("test.parallel", "3"); err != nil {
		panic(err)
	}
	var err error
	if scratch, err = os.MkdirTemp("", "tributary-e2e"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}
