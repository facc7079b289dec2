// Package behaviours shows, one test for each line, what docs/behaviours.md says the product does. All tests share one
// running product and one simulated GitHub: each makes its own people and organizations there and connects them
// as a user would, through the API, beside all others.
package behaviours
