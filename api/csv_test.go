package api

import (
	"reflect"
	"testing"
	"time"
)

func TestCell_saysWhatJSONCannot(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value any
		want  string
	}{
		{time.Date(10_000, 1, 2, 3, 4, 5, 0, time.UTC), "10000-01-02T03:04:05Z"},
		{time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC), "-0044-03-15T00:00:00Z"},
		{(*time.Time)(nil), ""},
		{"\xff=1", "\xff=1"},
		{[]string{"\ufeff=1", "b"}, "'\ufeff=1,b"},
	} {
		if got := cell(reflect.ValueOf(tt.value)); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.value, got, tt.want)
		}
	}
}
