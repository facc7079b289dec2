package ingest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
)

func TestWatchStore_saysWhatIsWrongWithTheDatabaseAlone(t *testing.T) {
	t.Parallel()
	for code, says := range map[models.Code]string{
		models.DatabaseDown:       "The database does not answer",
		models.DatabaseUnwritable: "Make room on the disk",
		models.WorkerDown:         "",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			door.WriteProblem(w, r, problem.New(code, ""))
		}))
		t.Cleanup(server.Close)
		troubles := make(chan string)
		go (&client{url: server.URL, http: server.Client()}).watchStore(t.Context(), troubles)
		if said := <-troubles; (said == "") != (says == "") || !strings.Contains(said, says) {
			t.Errorf("%s is %q, want %q", code, said, says)
		}
	}
}
