package lspserver

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What does not fit is left out, counted, and told in its place.
func TestBacklog(t *testing.T) {
	var got []string
	b := newBacklog(10, func(n int) { got = append(got, fmt.Sprint(n, " left out")) })
	started, pass := make(chan struct{}), make(chan struct{})
	put := func(size int, text string) { b.add(size, func() { got = append(got, text) }) }
	b.add(4, func() { close(started); <-pass; got = append(got, "first") })
	<-started
	put(6, "second")
	put(1, "no room")
	put(1, "no room")
	close(pass)
	b.close(context.Background())
	put(1, "after the end")
	if diff := cmp.Diff([]string{"first", "second", "2 left out"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What was left out is told before what comes after it.
func TestBacklogTellsInPlace(t *testing.T) {
	told := make(chan struct{}, 2)
	var got []string
	b := newBacklog(10, func(n int) { got = append(got, fmt.Sprint(n, " left out")); told <- struct{}{} })
	started, pass := make(chan struct{}), make(chan struct{})
	b.add(10, func() { close(started); <-pass; got = append(got, "first") })
	<-started
	b.add(1, nil)
	close(pass)
	<-told
	b.add(10, func() { got = append(got, "second") })
	b.close(context.Background())
	if diff := cmp.Diff([]string{"first", "1 left out", "second"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A log whose reader does not read holds nobody up, not even at the end.
func TestLogFileBlocked(t *testing.T) {
	r, w := io.Pipe()
	log := newLogFile(w, slog.LevelInfo)
	for range maxLog / 100 {
		log.Info(strings.Repeat("x", 200))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	log.close(ctx)
	r.Close()
	<-log.waiting.done
}

func TestLogFile(t *testing.T) {
	var out bytes.Buffer
	log := newLogFile(&out, slog.LevelInfo)
	log.Debug("one")
	log.Info("two", "a", 1)
	log.close(context.Background())
	if got := out.String(); !strings.Contains(got, "level=INFO msg=two a=1\n") || strings.Contains(got, "one") {
		t.Errorf("the log is %q", got)
	}
}
