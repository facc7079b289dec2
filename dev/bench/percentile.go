package main

// percentile is the smallest of sorted values that n of 100 do not exceed; of none zero.
func percentile[T any](sorted []T, n int) (value T) {
	if len(sorted) == 0 {
		return value
	}
	return sorted[max(0, (len(sorted)*n+99)/100-1)]
}
