package runtimemap

import "testing"

func TestGroupRoom(t *testing.T) {
	for _, test := range []struct {
		version      string
		keys, writes int64
		want         bool
	}{
		{"go1.26.8", 0, 0, true},
		{"go1.26.8", 7, -1, true},
		{"go1.26.8", 8, 8, true},
		{"go1.26.8", 8, 9, false},
		{"go1.26.8", 8, -1, false},
		{"go1.26.8", 9, 9, false},
		{"go1.26.8", -1, -1, false},
		{"go1.26.8", -1, 8, true},
		{"go1.27.0", 8, 9, true},
		{"go1.27.0", 8, -1, true},
		{"go1.27.0", 9, -1, false},
		{"go1.27.0", -1, 9, false},
		{"go1.24.0", 8, 9, false},
		{"go1.23.0", 8, -1, true},
		{"go1.99.0", 0, 0, false},
	} {
		if got := For(test.version, "amd64", "").GroupRoom(test.keys, test.writes); got != test.want {
			t.Errorf("%s: GroupRoom(%d, %d) = %v", test.version, test.keys, test.writes, got)
		}
	}
}

func TestHintRoom(t *testing.T) {
	f := For("go1.26.8", "amd64", "")
	for hint, want := range map[int64]int64{
		0: 0, 8: 0, 9: 14, 14: 14, 15: 28, 28: 28, 29: 56, 56: 56, 57: 112, 448: 448, 449: 896, 896: 896, 897: 0, 1792: 0, 1 << 60: 0,
	} {
		if got, ok := f.HintRoom(hint); got != want || ok != (want != 0) {
			t.Errorf("HintRoom(%d) = %d, %v, want %d", hint, got, ok, want)
		}
	}
	if got := f.MaxHintRoom(); got != 896 {
		t.Errorf("MaxHintRoom() = %d", got)
	}
	for _, version := range []string{"go1.23.0", "go1.99.0"} {
		old := For(version, "amd64", "")
		if got, ok := old.HintRoom(100); ok || old.MaxHintRoom() != 0 {
			t.Errorf("%s: HintRoom(100) = %d", version, got)
		}
	}
}

// TestRegrowth fills tables to their last entry, and measures the next one.
func TestRegrowth(t *testing.T) {
	f := here(t)
	if f.Design != Swiss {
		t.Skip("no tables")
	}
	s := Slot{KeySize: 8, KeyAlign: 8, ElemSize: 8, ElemAlign: 8}
	for _, hint := range []int{9, 14, 15, 100, 448} {
		room, ok := f.HintRoom(int64(hint))
		want, okCost := f.Regrowth(s, int64(hint))
		if !ok || !okCost {
			t.Fatalf("hint %d: no room or cost", hint)
		}
		fill := func(n int64) func() {
			return func() {
				m := make(map[int]int, hint)
				for i := range int(n) {
					m[i] = i
				}
				sinkMap = m
			}
		}
		full, over := measure(fill(room)), measure(fill(room+1))
		made := measure(fill(0))
		if full != made {
			t.Errorf("hint %d: %d entries allocate %+v, none %+v", hint, room, full, made)
		}
		if got := full.Plus(want); got != over {
			t.Errorf("hint %d: entry %d makes it %+v, want %+v", hint, room+1, over, got)
		}
	}
	if _, ok := f.Regrowth(s, 896); ok {
		t.Error("a table of 1024 slots has a cost of doubling")
	}
}
