package models

import "time"

// Stream is one kind of record of one repository. It is the unit that is
// claimed, resumed and shown.
type Stream struct {
	RepositoryID int64      `gorm:"primaryKey;autoIncrement:false"`
	Kind         StreamKind `gorm:"primaryKey"`

	// Fence is a fresh random value at each claim. A page is stored only under
	// the fence that was current when its reader claimed the stream, so an
	// activity attempt that Temporal has given up on can write nothing.
	Fence string

	Checkpoint Checkpoint `gorm:"embedded"`

	// Stored is how many rows the stream has: listed ones, commits while they are
	// on the default branch, and for details those that were completed.
	Stored   int64
	Expected int64 // rows that GitHub says there are; an estimate for progress bars

	// ComparedAt is when what the change probe cannot see was last looked for.
	ComparedAt *time.Time
	// VerifyCursor is the key behind which the next verification takes its sample.
	VerifyCursor string

	LastSuccessAt *time.Time
	FailingSince  *time.Time // nil while the stream is well
	Failures      int        // in a row
	LastCode      Code
	LastError     string

	// Gap is what the last finished pass knows to be missing.
	Gap Gap `gorm:"embedded;embeddedPrefix:gap_"`
}

// Gap is something that a stream lacks although it was read to its end: GitHub
// says that there is more, or refuses a part. CompleteThrough does not advance
// while there is one.
type Gap struct {
	Code   Code // empty when nothing is missing
	Detail string
	Since  *time.Time
	// RetryAt is when the list is read again from its beginning; nil when something
	// else looks after the gap.
	RetryAt *time.Time
}

// Due reports whether it is time to look for what is missing.
func (g Gap) Due(now time.Time) bool {
	return g.Code != "" && g.RetryAt != nil && !g.RetryAt.After(now)
}

// Checkpoint is where a stream stands. It changes only in the transaction that
// stores the rows it covers, so it never promises more than is stored.
type Checkpoint struct {
	// Cursor is where the open pass continues, opaque to everybody but the
	// activity that wrote it. Empty: no pass is open.
	Cursor string
	// Watermark: every row updated before it is stored.
	Watermark *time.Time
	// Head is the commit whose whole history is stored; only Commits has one.
	Head string
	// Seen is the part of the change probe that the last finished pass covers.
	Seen string
	// CompleteFrom and CompleteThrough bound the time that a reader can trust.
	// A nil CompleteFrom means from the beginning.
	CompleteFrom    *time.Time
	CompleteThrough *time.Time
}

// Narrower reports whether a stream was read to its end, but not as far back as
// is wanted by now.
func (s Stream) Narrower(backfillFrom *time.Time) bool {
	from := s.Checkpoint.CompleteFrom
	return from != nil && (backfillFrom == nil || backfillFrom.Before(*from))
}

// Behind reports whether a stream has something to read: an open pass, changes
// that the probe shows and no finished pass covers, or a failure to overcome,
// for what could not be read may be gone by now.
func (s Stream) Behind(p Probe) bool {
	return s.Checkpoint.Cursor != "" || s.FailingSince != nil || s.Checkpoint.Seen != p.Seen(s.Kind)
}

// Refused reports that the stream cannot be read for a reason that will not pass
// by itself.
func (s Stream) Refused() bool { return s.FailingSince != nil && !s.LastCode.MayPass() }
