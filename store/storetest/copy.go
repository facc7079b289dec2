package storetest

import (
	"strings"
	"testing"

	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"tributary/models"
)

// Copy is everything that was ingested, each table in the order of its key.
type Copy struct {
	Repositories       []models.Repository
	Commits            []models.Commit
	PullRequests       []models.PullRequest
	PullRequestCommits []models.PullRequestCommit
	Reviews            []models.Review
	ReviewComments     []models.ReviewComment
	IssueComments      []models.IssueComment
	Issues             []models.Issue
	IssueEvents        []models.IssueEvent
	Accounts           []models.Account
	Streams            []models.Stream
	Unreadable         []models.UnreadableRow
}

// ReadCopy reads a database as an analyst would: through a connection of its
// own, which cannot write to it.
func ReadCopy(t testing.TB, url string) Copy {
	t.Helper()
	db, err := gorm.Open(readOnly(url), &gorm.Config{Logger: logger.Discard})
	check(t, err)
	pool, err := db.DB()
	check(t, err)
	defer pool.Close()
	var c Copy
	check(t, db.Order("id").Find(&c.Repositories).Error)
	check(t, db.Order("repository_id, sha").Find(&c.Commits).Error)
	check(t, db.Order("repository_id, number").Find(&c.PullRequests).Error)
	check(t, db.Order("repository_id, number, position").Find(&c.PullRequestCommits).Error)
	check(t, db.Order("repository_id, id").Find(&c.Reviews).Error)
	check(t, db.Order("repository_id, id").Find(&c.ReviewComments).Error)
	check(t, db.Order("repository_id, id").Find(&c.IssueComments).Error)
	check(t, db.Order("repository_id, number").Find(&c.Issues).Error)
	check(t, db.Order("repository_id, number, created_at, node_id").Find(&c.IssueEvents).Error)
	check(t, db.Order("id").Find(&c.Accounts).Error)
	check(t, db.Order("repository_id, kind").Find(&c.Streams).Error)
	check(t, db.Order("repository_id, kind, node_id").Find(&c.Unreadable).Error)
	return c
}

func readOnly(url string) gorm.Dialector {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return &sqlite.Dialector{DriverName: "sqlite", DSN: "file:" + path + "?_pragma=query_only(1)&_pragma=busy_timeout(5000)&_time_format=sqlite&_timezone=UTC&_texttotime=1"}
	}
	return postgres.Open(url)
}
