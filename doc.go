// Package tributary is the module's root; it holds the tests that guard the layout.
package tributary
