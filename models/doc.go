// Package models holds the nouns of the platform as plain structs. It imports
// only the standard library, so any package may use it and none can reach
// through it to a database or a network.
//
// Times are UTC. A nil time means "never" or "GitHub did not say". Ids of
// ingested rows are GitHub's database ids; ids of the product's own rows are
// UUIDs in version 7, so they sort by age.
package models
