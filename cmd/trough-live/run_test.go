package main

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/metrics"
	"trough.internal/models"
)

func TestAStopIsObeyedBeforeTheNextEvaluationIsDue(t *testing.T) {
	l, b := drill(t, 1)
	synctest.Test(t, func(t *testing.T) {
		l.clock, l.until = newWallClock(), models.Never
		l.setup.Clock = l.clock
		d, err := drive.New(l.setup)
		if err != nil {
			t.Fatal(err)
		}
		b.metrics = metrics.New(drive.Shadow, nil)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- loop(ctx, l, d, b, slog.New(slog.DiscardHandler), 0) }()
		time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(70 * time.Second)))
		synctest.Wait()
		before := d.Number()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := d.Number(); n != before {
			t.Errorf("%d evaluations in five seconds without a stop", n-before)
		}
		if err := b.stops.set(drive.Stop{State: "evacuate", Note: "production gets no instance"}, models.InstantOf(time.Now())); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * lookEvery)
		synctest.Wait()
		if n := d.Number(); n != before+1 {
			t.Errorf("%d evaluations within two seconds of a stop, want one", n-before)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
