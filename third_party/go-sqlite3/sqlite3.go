// Package sqlite3 is an empty stand-in for the cgo SQLite driver.
//
// gorm.io/driver/sqlite imports that driver for its side effect only. We open
// SQLite through modernc.org/sqlite, which is pure Go, so the real package
// would add a C compiler and a minute of build time for nothing.
package sqlite3
