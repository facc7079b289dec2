package activities_test

import (
	"os/exec"
	"fmt"
	"strings"
	"testing"

	"tributary/store/storetest"
)

func TestDbg(t *testing.T) {
	url := storetest.SQLiteURL(t)
	b, r := followed(t, url)
	r.Issue(2).Delete()
	check(t, b.Follow(t))
	out, err := exec.Command("python3", "-c", "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nfor q in ('select event,action,state,error,notice,repository_id,organization_id,due_at,received_at from webhook_deliveries','select * from hints'):\n  print(*c.execute(q).fetchall(),sep='\\n')", strings.TrimPrefix(url, "sqlite:")).CombinedOutput()
	fmt.Println(string(out), err)
}
