package main

// What one user's token may send.
const (
	perHour   = 5000 // requests of REST, and points of GraphQL
	perMinute = 900  // requests of both
)

// underLimits is how many hours it takes to send this, which limit decides about that, and
// which part of the other hourly budget is spent meanwhile.
func (s spent) underLimits() (hours float64, binds string, other float64) {
	const pace = perMinute * 60.0
	budget := func(n int) float64 { // whole windows are waited for, what is left is sent at once
		windows := max(0, n-1) / perHour
		return float64(windows) + float64(n-windows*perHour)/pace
	}
	rest, points, paced := budget(s.rest), budget(s.points), float64(s.requests())/pace
	switch hours = max(rest, points, paced); hours {
	case paced:
		binds = "pace"
	case rest:
		binds = "REST"
	default:
		binds = "points"
	}
	return hours, binds, float64(min(s.rest, s.points)) / float64(max(s.rest, s.points, 1))
}
