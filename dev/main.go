// Command tributary-dev is the whole product in one process: the API, the
// worker, and Temporal with its UI, over one folder. It is for one machine and
// for trying things; cmd/tributary is the production binary.
package main

import (
	"os"

	"tributary/dev/command"
)

func main() { os.Exit(command.Main()) }
