package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// The reasons of tombstones that a verification sets.
const (
	Deleted     = "deleted"     // GitHub says that it was deleted
	Transferred = "transferred" // it is in another repository now
	Vanished    = "not found"   // GitHub has no such thing in a repository that it shows
	ParentGone  = "parent gone" // what it belonged to has a tombstone
)

// Difference is a drift with what mends it.
type Difference struct {
	models.Drift // without VerificationID, RepositoryID and Repair

	// Proof that GitHub no longer has the row: it gets a tombstone, and so does
	// what belongs to it.
	Proof *Proof
	// Label is a label as GitHub has it now, or with a tombstone.
	Label *models.Label
	// Since is from when on the stream is read again, zero for the beginning,
	// where there is no proof. For StreamPullRequestDetails it means nothing: the
	// pull request becomes pending.
	Since time.Time
}

// Proof says how GitHub showed that a row is gone.
type Proof struct {
	Key    int64 // number of the issue or pull request, id of the comment
	Reason string
	At     time.Time // when GitHub answered
}

// Comparison is what a verification learned by looking at a few rows of one stream.
type Comparison struct {
	VerificationID string
	RepositoryID   int64
	Kind           models.StreamKind
	From, To       string // the stream's verify_cursor before and after
	Rows           int    // that were looked at one by one
	Usage          models.Usage
	Differences    []Difference
	// Again lets the stream be read once more from its watermark on.
	Again bool
}

// SaveComparison stores what a verification found and, where it repairs, mends it.
// Streams with an open pass are about to be read. Where a stream would have to be
// read again, nothing is stored for it, and it is returned.
//
// It returns ErrStaleCheckpoint when this comparison was stored before or the
// verification has ended, and ErrServiceDisabled when the stream must no longer
// be read. Either way nothing is stored.
func (s *Store) SaveComparison(ctx context.Context, found Comparison) (busy []models.StreamKind, err error) {
	clean(&found.Differences) // subjects and labels are compared
	err = s.write(ctx, func(tx *gorm.DB) error {
		if _, _, err := ingesting(tx, found.RepositoryID, found.Kind); err != nil {
			return err
		}
		moved := tx.Model(&models.Stream{}).
			Where("repository_id = ? AND kind = ? AND verify_cursor = ?", found.RepositoryID, found.Kind, found.From).
			Update("verify_cursor", found.To)
		if moved.Error != nil {
			return moved.Error
		}
		if moved.RowsAffected == 0 {
			return ErrStaleCheckpoint
		}
		var v models.Verification
		if err := tx.Where("id = ?", found.VerificationID).Take(&v).Error; err != nil {
			return notFound(err)
		}
		r := repairTx{tx: tx, verification: v, repositoryID: found.RepositoryID}
		busy, err = r.save(found)
		return err
	})
	return busy, err
}

// repairTx mends one repository, which is locked.
type repairTx struct {
	tx           *gorm.DB
	verification models.Verification
	repositoryID int64
}

func (r *repairTx) save(found Comparison) (busy []models.StreamKind, err error) {
	var drifts []models.Drift
	for _, d := range found.Differences {
		repair, err := r.mend(d)
		if errors.Is(err, errBusy) {
			busy = append(busy, d.Kind)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("mend %s %s of repository %d: %w", d.Kind, d.Subject, r.repositoryID, err)
		}
		drift := d.Drift
		drift.VerificationID, drift.RepositoryID, drift.Repair = r.verification.ID, r.repositoryID, repair
		drifts = append(drifts, drift)
	}
	if found.Again && r.verification.Repair {
		if _, err := rereadStream(r.tx, r.repositoryID, found.Kind, forever); err != nil {
			return nil, err
		}
	}
	drifts = newest(drifts, func(d models.Drift) string { return string(d.Kind) + "/" + d.Subject }, lastWins)
	if _, err := upsert(r.tx, drifts, []string{"verification_id", "repository_id", "kind", "subject"},
		incoming("finding", "expected", "stored", "reason", "repair")); err != nil {
		return nil, err
	}
	return busy, r.count(found)
}

// forever is later than every watermark: reading since then is reading on.
var forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// count is the last statement, as addToSync is.
func (r *repairTx) count(found Comparison) error {
	columns := driftColumns(found.Usage)
	columns["compared"] = gorm.Expr("compared + ?", found.Rows)
	res := runningVerification(r.tx, r.verification.ID).Updates(columns)
	if res.Error == nil && res.RowsAffected == 0 {
		return ErrStaleCheckpoint
	}
	return res.Error
}

// driftColumns count what was found, with what it cost.
func driftColumns(usage models.Usage) map[string]any {
	found := func(which string) clause.Expr {
		return gorm.Expr("(SELECT count(*) FROM drifts WHERE verification_id = verifications.id" + which + ")")
	}
	columns := usageColumns(usage)
	columns["drifts"], columns["repaired"] = found(""), found(" AND repair = 'mended'")
	return columns
}

func usageColumns(usage models.Usage) map[string]any {
	return map[string]any{
		"requests":       gorm.Expr("requests + ?", usage.Requests),
		"graphql_points": gorm.Expr("graphql_points + ?", usage.GraphQLPoints),
		"waited_seconds": gorm.Expr("waited_seconds + ?", usage.WaitedSeconds),
	}
}

func runningVerification(tx *gorm.DB, id string) *gorm.DB {
	return tx.Model(&models.Verification{}).Where("id = ? AND state = ?", id, models.SyncRunning)
}

// errBusy: the stream has an open pass.
var errBusy = errors.New("stream is being read")

// mend mends a drift at once where GitHub has proven what is true, and else lets
// a sync read it again.
func (r *repairTx) mend(d Difference) (models.Repair, error) {
	if !r.verification.Repair {
		return models.NotAsked, r.idle(d)
	}
	switch {
	case d.Label != nil:
		return models.Mended, r.mendLabel(*d.Label)
	case d.Proof != nil:
		return models.Mended, r.softDelete(d.Kind, *d.Proof)
	case d.Kind == models.StreamPullRequestDetails:
		return models.Queued, r.askDetails(d.Subject)
	}
	begun, err := rereadStream(r.tx, r.repositoryID, d.Kind, d.Since)
	if err == nil && !begun {
		err = errBusy
	}
	return models.Queued, err
}

// idle returns errBusy for what a pass that is open is about to read.
func (r *repairTx) idle(d Difference) error {
	if d.Label != nil || d.Proof != nil || d.Kind == models.StreamPullRequestDetails {
		return nil
	}
	var open int64
	err := r.tx.Model(&models.Stream{}).Where("repository_id = ? AND kind = ? AND cursor <> ''", r.repositoryID, d.Kind).Count(&open).Error
	if err == nil && open > 0 {
		err = errBusy
	}
	return err
}

func (r *repairTx) askDetails(number string) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	return r.tx.Model(&models.PullRequest{}).Where("repository_id = ? AND number = ? AND deleted_at IS NULL", r.repositoryID, n).
		UpdateColumn("details_state", models.DetailsPending).Error
}

func (r *repairTx) softDelete(kind models.StreamKind, proof Proof) error {
	table := models.Describe(kind).Table()
	if err := r.tombstone(table.Name, table.Key, proof.Key, proof.At, proof.Reason); err != nil {
		return err
	}
	if kind != models.StreamPullRequests && kind != models.StreamIssues {
		return r.refreshFacts(table, proof.Key)
	}
	for _, table := range models.Tables() {
		if !table.Belongs {
			continue
		}
		if err := r.tombstone(table.Name, "number", proof.Key, proof.At, ParentGone); err != nil {
			return err
		}
	}
	if err := r.dropCommits(int(proof.Key), proof.At); err != nil {
		return err
	}
	return dropFacts(r.tx, r.repositoryID, int(proof.Key))
}

// refreshFacts follows the tombstone of what belonged to a pull request.
func (r *repairTx) refreshFacts(table models.Table, key int64) error {
	if !table.Belongs {
		return nil
	}
	var numbers []int
	err := r.tx.Table(table.Name).Where("repository_id = ? AND "+table.Key+" = ?", r.repositoryID, key).Pluck("number", &numbers).Error
	if err != nil {
		return err
	}
	return refreshFacts(r.tx, r.repositoryID, numbers)
}

func (r *repairTx) tombstone(table, key string, value int64, at time.Time, reason string) error {
	return r.tx.Table(table).Where("repository_id = ? AND deleted_at IS NULL AND "+key+" = ?", r.repositoryID, value).
		Updates(map[string]any{"deleted_at": at, "deleted_reason": reason}).Error
}

// dropCommits lets go of the commits that only a pull request held.
func (r *repairTx) dropCommits(number int, at time.Time) error {
	var held []string
	err := r.tx.Model(&models.PullRequestCommit{}).Where("repository_id = ? AND number = ?", r.repositoryID, number).Order("sha").Pluck("sha", &held).Error
	if err != nil || len(held) == 0 {
		return err
	}
	p := pageTx{tx: r.tx, repositoryID: r.repositoryID, readAt: instant(at)}
	return p.dropPullRequestCommits(map[int][]string{number: held})
}

// Verified is a repository that a verification is through with.
type Verified struct {
	VerificationID string
	After          int64 // the verification's cursor until now
	RepositoryID   int64
	Skipped        int // streams
	Usage          models.Usage
	Code           models.Code // why it could not be compared to the end; empty when it was
	Error          string
}

// SaveVerified moves a verification on. It returns ErrStaleCheckpoint when
// somebody else has, or the verification has ended.
func (s *Store) SaveVerified(ctx context.Context, done Verified) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		columns := usageColumns(done.Usage)
		columns["cursor"] = done.RepositoryID
		columns["repositories"] = gorm.Expr("repositories + 1")
		columns["skipped"] = gorm.Expr("skipped + ?", done.Skipped)
		if done.Code != "" { // the first one stands for the others
			columns["code"] = gorm.Expr("CASE WHEN code = '' THEN ? ELSE code END", done.Code)
			columns["error"] = gorm.Expr("CASE WHEN code = '' THEN ? ELSE error END", done.Error)
		}
		res := runningVerification(tx, done.VerificationID).Where("cursor = ?", done.After).Updates(columns)
		if res.Error == nil && res.RowsAffected == 0 {
			return ErrStaleCheckpoint
		}
		return res.Error
	})
}

// AddVerificationUsage adds what GitHub charged for work that stored nothing else.
func (s *Store) AddVerificationUsage(ctx context.Context, id string, usage models.Usage) error {
	return s.write(ctx, func(tx *gorm.DB) error { return runningVerification(tx, id).Updates(usageColumns(usage)).Error })
}
