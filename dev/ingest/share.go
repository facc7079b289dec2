package ingest

import (
	"slices"
	"strings"
	"time"

	"tributary/api"
	"tributary/dev/progress"
	"tributary/models"
)

// rows are how many of a repository there are, and how many are stored.
type rows struct {
	done, total int64
	begun       int // kinds of record that were asked for by now: of the others nobody knows how many there are
}

// usualKinds are what most repositories have: few have releases.
var usualKinds = len(models.StreamKinds) - 1

// rowsOf adds up what a repository's streams have. Commits and pull requests count
// twice: they are listed, and then completed. Of what GitHub does not count, there is no
// more than was seen.
func rowsOf(repository api.RepositoryProgress) (sum rows) {
	sum.begun = min(len(repository.Streams), usualKinds)
	for _, stream := range repository.Streams {
		sum.done += stream.Stored
		sum.total += times(stream.Kind) * max(stream.Expected, stream.Stored)
	}
	sum.total = max(sum.total, sum.done) // commits of pull requests are completed too, and counted nowhere
	return sum
}

// share counts the kinds alike that were not asked for yet.
func (r rows) share() float64 {
	if r.total == 0 {
		return 0
	}
	return float64(r.done) / float64(r.total) * float64(r.begun) / float64(usualKinds)
}

func bar(repository api.RepositoryProgress, share float64) progress.Bar {
	sum := rowsOf(repository)
	_, name, _ := strings.Cut(repository.FullName, "/") // all are of one owner
	b := progress.Bar{Name: name, Share: share, Count: progress.Number(sum.done) + " rows"}
	if sum.total > 0 && sum.begun == usualKinds {
		b.Count = progress.Number(sum.done) + "/" + progress.Number(sum.total)
	}
	var causes []string
	for _, stream := range repository.Streams {
		if stream.Cause != nil && !slices.Contains(causes, string(stream.Cause.Code)) {
			causes = append(causes, string(stream.Cause.Code))
		}
	}
	b.Note = strings.Join(causes, ", ")
	return b
}

// times is how often a row of a stream counts. Streams that complete one row each
// count with the rows of the list.
func times(kind models.StreamKind) int64 {
	completes := func(d models.Description) bool {
		return len(d.Fills) == 1 && d.Fills[0].Table.Name == models.Describe(kind).Tables[0].Name
	}
	switch stream := models.Describe(kind); {
	case len(stream.Fills) == 1:
		return 0
	case stream.Listed() && slices.ContainsFunc(models.Streams, completes):
		return 2
	}
	return 1
}

// forecast is how far a piece of work is, and when it will be done at the pace since it
// was first looked at. It never falls back: totals grow while lists are read.
type forecast struct {
	share, first float64
	since        time.Time
}

func (f *forecast) note(at time.Time, share float64) {
	share = min(share, 1)
	if f.since.IsZero() {
		f.since, f.first, f.share = at, share, share
	}
	f.share = max(f.share, share)
}

// What is younger or has moved less says nothing of its pace.
const (
	paceAfter = 15 * time.Second // small repositories are read together, and advance in leaps
	paceFrom  = 0.005
)

func (f *forecast) left(now time.Time) (left time.Duration, known bool) {
	passed, moved := now.Sub(f.since), f.share-f.first
	if f.since.IsZero() || passed < paceAfter || moved < paceFrom {
		return 0, false
	}
	return time.Duration(float64(passed) * (1 - f.share) / moved), true
}
