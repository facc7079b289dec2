package storetest

import (
	"reflect"
	"slices"
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
	Labels             []models.Label
	Streams            []models.Stream
	Unreadable         []models.UnreadableRow
	// Plain are the rows of the other kinds, by table.
	Plain map[string][]models.PlainRecord
}

// ReadCopy reads a database as an analyst would: through a connection of its
// own, which cannot write to it.
func ReadCopy(t testing.TB, url string) Copy {
	t.Helper()
	c, err := LoadCopy(url)
	check(t, err)
	return c
}

// LoadCopy is ReadCopy for a program that is no test.
func LoadCopy(url string) (Copy, error) {
	var c Copy
	db, err := gorm.Open(readOnly(url), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return c, err
	}
	pool, err := db.DB()
	if err != nil {
		return c, err
	}
	defer pool.Close()
	for _, table := range []struct {
		rows any
		key  string
	}{
		{&c.Repositories, "id"},
		{&c.Commits, "repository_id, sha"},
		{&c.PullRequests, "repository_id, number"},
		{&c.PullRequestCommits, "repository_id, number, position"},
		{&c.Reviews, "repository_id, id"},
		{&c.ReviewComments, "repository_id, id"},
		{&c.IssueComments, "repository_id, id"},
		{&c.Issues, "repository_id, number"},
		{&c.IssueEvents, "repository_id, number, created_at, node_id"},
		{&c.Accounts, "id"},
		{&c.Labels, "repository_id, id"},
		{&c.Streams, "repository_id, kind"},
		{&c.Unreadable, "repository_id, kind, node_id"},
	} {
		if err := db.Order(table.key).Find(table.rows).Error; err != nil {
			return c, err
		}
	}
	return c, c.loadPlain(db)
}

func (c *Copy) loadPlain(db *gorm.DB) error {
	c.Plain = map[string][]models.PlainRecord{}
	for _, kind := range models.Streams {
		if kind.Plain == nil {
			continue
		}
		rows := reflect.New(reflect.SliceOf(reflect.TypeOf(kind.Plain).Elem()))
		if err := db.Order("repository_id, id").Find(rows.Interface()).Error; err != nil {
			return err
		}
		for i := range rows.Elem().Len() {
			c.Plain[kind.Table().Name] = append(c.Plain[kind.Table().Name], rows.Elem().Index(i).Addr().Interface().(models.PlainRecord))
		}
	}
	return nil
}

// Keep leaves out of a copy what is in other repositories. Accounts and labels stay.
func (c *Copy) Keep(repository func(id int64) bool) {
	c.Repositories = slices.DeleteFunc(c.Repositories, func(r models.Repository) bool { return !repository(r.ID) })
	c.Streams = slices.DeleteFunc(c.Streams, func(s models.Stream) bool { return !repository(s.RepositoryID) })
	c.Commits = slices.DeleteFunc(c.Commits, func(r models.Commit) bool { return !repository(r.RepositoryID) })
	c.PullRequests = slices.DeleteFunc(c.PullRequests, func(r models.PullRequest) bool { return !repository(r.RepositoryID) })
	c.PullRequestCommits = slices.DeleteFunc(c.PullRequestCommits, func(r models.PullRequestCommit) bool { return !repository(r.RepositoryID) })
	c.Reviews = slices.DeleteFunc(c.Reviews, func(r models.Review) bool { return !repository(r.RepositoryID) })
	c.ReviewComments = slices.DeleteFunc(c.ReviewComments, func(r models.ReviewComment) bool { return !repository(r.RepositoryID) })
	c.IssueComments = slices.DeleteFunc(c.IssueComments, func(r models.IssueComment) bool { return !repository(r.RepositoryID) })
	c.Issues = slices.DeleteFunc(c.Issues, func(r models.Issue) bool { return !repository(r.RepositoryID) })
	c.IssueEvents = slices.DeleteFunc(c.IssueEvents, func(r models.IssueEvent) bool { return !repository(r.RepositoryID) })
	for table, rows := range c.Plain {
		c.Plain[table] = slices.DeleteFunc(rows, func(r models.PlainRecord) bool { return !repository(r.Repository()) })
	}
}

func readOnly(url string) gorm.Dialector {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return &sqlite.Dialector{DriverName: "sqlite", DSN: "file:" + path + "?_pragma=query_only(1)&_pragma=busy_timeout(5000)&_time_format=sqlite&_timezone=UTC&_texttotime=1"}
	}
	return postgres.Open(url)
}
