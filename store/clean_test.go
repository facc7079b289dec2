package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// TestOpen_cleansWhatIsWrittenInAnyWay shows that no method can forget it.
func TestOpen_cleansWhatIsWrittenInAnyWay(t *testing.T) {
	const dirty = "a\x00b\xff"
	late := time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	rows := func() []models.Account {
		return []models.Account{{ID: 1, Login: dirty, NamedAt: &late}, {ID: 2, Login: dirty, NamedAt: &late}}
	}
	columns := func() map[string]any { return map[string]any{"login": dirty, "named_at": &late} }
	newer := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"login", "named_at"})}
	for name, write := range map[string]func(known *gorm.DB) error{
		"create one": func(tx *gorm.DB) error {
			known := rows()
			if err := tx.Delete(&known).Error; err != nil {
				return err
			}
			if err := tx.Create(&known[0]).Error; err != nil {
				return err
			}
			return tx.Create(known[1]).Error
		},
		"create a slice": func(tx *gorm.DB) error {
			return tx.Clauses(newer).Create(new(rows())).Error
		},
		"create pointers": func(tx *gorm.DB) error {
			known := rows()
			return tx.Clauses(newer).Create([]*models.Account{&known[0], &known[1]}).Error
		},
		"create in batches": func(tx *gorm.DB) error { return tx.Clauses(newer).CreateInBatches(rows(), 1).Error },
		"save":              func(tx *gorm.DB) error { return tx.Save(new(rows())).Error },
		"update a struct": func(tx *gorm.DB) error {
			return tx.Model(&models.Account{}).Where("true").Select("login", "named_at").Updates(models.Account{Login: dirty, NamedAt: &late}).Error
		},
		"update a map": func(tx *gorm.DB) error {
			return tx.Model(&models.Account{}).Where("true").Updates(columns()).Error
		},
		"update columns": func(tx *gorm.DB) error { return tx.Table("accounts").Where("true").UpdateColumns(columns()).Error },
		"update a column": func(tx *gorm.DB) error {
			if err := tx.Model(&models.Account{}).Where("true").Update("login", dirty).Error; err != nil {
				return err
			}
			return tx.Model(&models.Account{}).Where("true").Update("named_at", late).Error
		},
		"update by an expression": func(tx *gorm.DB) error {
			return tx.Model(&models.Account{}).Where("true").Updates(map[string]any{
				"login": gorm.Expr("CASE WHEN login = '' THEN login ELSE ? END", dirty), "named_at": gorm.Expr("coalesce(?, named_at)", late),
			}).Error
		},
		"execute": func(tx *gorm.DB) error {
			return tx.Exec("UPDATE accounts SET login = ?, named_at = ?", dirty, late).Error
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				must(t, s.DB().Create(&[]models.Account{{ID: 1, Login: "x"}, {ID: 2, Login: "x"}}).Error)
				must(t, write(s.DB()))
				var got []models.Account
				must(t, s.DB().Order("id").Find(&got).Error)
				last := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
				want := []models.Account{{ID: 1, Login: "a\uFFFDb\uFFFD", NamedAt: &last}, {ID: 2, Login: "a\uFFFDb\uFFFD", NamedAt: &last}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
	if late.Year() != 12000 {
		t.Error("what rows point to was changed")
	}
}
