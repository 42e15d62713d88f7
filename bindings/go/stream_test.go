package ondes_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"ondes"
)

// Devices, on those without hardware: "null" and "loopback".

func TestWhatIsPlayedComesBack(t *testing.T) {
	ctx := context.Background()
	loop := must(ondes.OpenStream(ondes.StreamOptions{Input: "loopback", Output: "loopback", BufferSize: 256}))
	defer loop.Close()
	if loop.Rate() != 48000 || loop.BufferSize() != 256 || loop.Channels(ondes.Input) != 2 || loop.Channels(ondes.Output) != 2 ||
		loop.DeviceName(ondes.Output) != "loopback" || loop.Latency(ondes.Output).Round(time.Microsecond) != 5333*time.Microsecond || loop.IsRunning() {
		t.Error(loop.Rate(), loop.BufferSize(), loop.Latency(ondes.Output))
	}
	played := made(2000, 2)
	if taken := must(loop.Write(ctx, played, 0)); taken != 2000 {
		t.Error(taken)
	}
	if taken := must(loop.Write(ctx, &ondes.Audio[int16]{Samples: []int16{5, 6}, Channels: 1}, 0)); taken != 2 {
		t.Error("mono goes to both channels: ", taken)
	}
	if taken := must(loop.Write(ctx, ondes.Planar([]float32{0.5, 0.25}), 0)); taken != 1 || loop.Buffered(ondes.Output) != 2003 {
		t.Error(taken, loop.Buffered(ondes.Output))
	}
	if err := loop.Start(); err != nil || !loop.IsRunning() {
		t.Fatal(err)
	}
	recorded := make([]int16, 2*2003)
	if frames := must(loop.Read(ctx, ondes.Interleaved(recorded), ondes.Forever)); frames != 2003 {
		t.Fatal(frames)
	}
	if !slices.Equal(recorded[:4000], played.Samples) || !slices.Equal(recorded[4000:], []int16{5, 5, 6, 6, 16384, 8192}) {
		t.Error(recorded[4000:])
	}
	if err := loop.Drain(ctx, ondes.Forever); err != nil || loop.IsRunning() {
		t.Error(err)
	}
	_, err := loop.Write(ctx, ondes.Interleaved(make([]float32, 3)), 0)
	fails(t, err, ondes.ErrInvalidArgument, "whole frames")
	_, err = loop.Write(ctx, &ondes.Audio[float32]{Samples: make([]float32, 3), Channels: 3}, 0)
	fails(t, err, ondes.ErrInvalidArgument, "3 channels")
	if err := errors.Join(loop.Stop(), loop.Close(), loop.Close()); err != nil {
		t.Error(err)
	}
	fails(t, loop.Start(), ondes.ErrClosed, "the stream is closed")
	_, err = loop.Read(ctx, ondes.Interleaved(recorded), 0)
	fails(t, err, ondes.ErrClosed, "")
}

func TestAContextEndsAWait(t *testing.T) {
	null := must(ondes.OpenStream(ondes.StreamOptions{Input: "null:channels=1", Output: "null:channels=1"}))
	defer null.Close()
	must(0, null.Start())
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	for {
		_, err := null.Read(ctx, ondes.Interleaved(make([]float32, 48000)), ondes.Forever)
		if err != nil {
			fails(t, err, ondes.ErrCancelled, "cancelled: context deadline exceeded")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			break
		}
	}
	if taken := must(null.Write(context.Background(), ondes.Interleaved(make([]float32, 480000)), 0)); taken == 0 {
		t.Error("the queue takes nothing")
	}
	fails(t, null.Drain(ctx, ondes.Forever), ondes.ErrCancelled, "")
}

func TestCloseEndsAWait(t *testing.T) {
	null := must(ondes.OpenStream(ondes.StreamOptions{Input: "null:channels=1"}))
	must(0, null.Start())
	done := make(chan error)
	go func() {
		memory := make([]float32, 48000)
		for {
			frames, err := null.Read(context.Background(), ondes.Interleaved(memory), ondes.Forever)
			if err != nil || frames < len(memory) {
				done <- err
				return
			}
		}
	}()
	go func() { done <- null.Drain(context.Background(), ondes.Forever) }()
	time.Sleep(20 * time.Millisecond) // that they wait is likely, and not needed
	if err := null.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := <-done; err != nil && !errors.Is(err, ondes.ErrClosed) && !errors.Is(err, ondes.ErrInvalidArgument) && !errors.Is(err, ondes.ErrBusy) {
			t.Error(err)
		}
	}
}

func TestDropsAreCounted(t *testing.T) {
	null := must(ondes.OpenStream(ondes.StreamOptions{Input: "null:channels=1", InputQueue: 512, BufferSize: 256}))
	defer null.Close()
	must(0, null.Start())
	dropped := func() { eventually(t, "frames are dropped", func() bool { return null.DroppedInput() > 0 }) }
	dropped()
	memory := make([]float32, 512)
	_, err := null.Read(context.Background(), ondes.Interleaved(memory), 0)
	fails(t, err, ondes.ErrInputDropped, "")
	null.IgnoreDroppedInput(true)
	dropped()
	if frames := must(null.Read(context.Background(), ondes.Interleaved(memory), 0)); frames == 0 || !null.IgnoresDroppedInput() {
		t.Error(frames)
	}
	null.ResetCounts()
	if null.MissedOutput() != 0 {
		t.Error(null.MissedOutput())
	}
	_, err = null.Write(context.Background(), ondes.Interleaved(memory), 0)
	fails(t, err, ondes.ErrInvalidArgument, "the stream has no output to play on")
	fails(t, null.SetProcess(func([]float32, int) {}), ondes.ErrInvalidArgument, "")
}

func TestADataFunctionDealsWithAll(t *testing.T) {
	var frames atomic.Int64
	var bad atomic.Bool
	stream := must(ondes.OpenStream(ondes.StreamOptions{Input: "null:channels=1", Output: "null:channels=2", BufferSize: 256,
		Data: func(input, output []float32, count int) (int, error) {
			if len(input) != count || len(output) != 2*count {
				bad.Store(true)
			}
			clear(output)
			if frames.Add(int64(count)) >= 2048 {
				return 0, nil
			}
			return count, nil
		}}))
	defer stream.Close()
	if err := errors.Join(stream.Start(), stream.Drain(context.Background(), ondes.Forever)); err != nil {
		t.Error(err)
	}
	if frames.Load() < 2048 || bad.Load() {
		t.Error(frames.Load())
	}
}

func TestFaultsInTheDevicesThreadAreTold(t *testing.T) {
	open := func(fault func() error) *ondes.Stream {
		stream := must(ondes.OpenStream(ondes.StreamOptions{Output: "null", Data: func(_, output []float32, frames int) (int, error) {
			return 0, fault()
		}}))
		must(0, stream.Start())
		return stream
	}
	failing := open(func() error { return &mine{3} })
	defer failing.Close()
	for range 2 {
		err := failing.Drain(context.Background(), ondes.Forever)
		fails(t, err, ondes.ErrCallback, "the vault is locked: 3")
		if is := (*mine)(nil); !errors.As(err, &is) {
			t.Error(err)
		}
	}
	panicking := open(func() error { panic("mine") })
	defer panicking.Close()
	if value := panicked(t, func() { panicking.Drain(context.Background(), ondes.Forever) }); value != "mine" {
		t.Error(value)
	}
	fails(t, panicking.Drain(context.Background(), ondes.Forever), ondes.ErrCallback, "")
}

func TestAProcessChangesWhatIsPlayed(t *testing.T) {
	ctx := context.Background()
	loop := must(ondes.OpenStream(ondes.StreamOptions{Input: "loopback", Output: "loopback", BufferSize: 256}))
	defer loop.Close()
	must(0, loop.SetProcess(func(samples []float32, channels int) {
		if channels != 2 {
			clear(samples)
		}
		for i := range samples {
			samples[i] *= 2
		}
	}))
	quarter := make([]float32, 2*512)
	for i := range quarter {
		quarter[i] = 0.25
	}
	must(loop.Write(ctx, ondes.Interleaved(quarter), 0))
	must(0, loop.Start())
	heard := make([]float32, 2*512)
	if frames := must(loop.Read(ctx, ondes.Interleaved(heard), ondes.Forever)); frames != 512 || heard[201] != 0.5 {
		t.Error(frames, heard[201])
	}
	if value := panicked(t, func() {
		must(0, loop.SetProcess(func(samples []float32, channels int) { panic("mine") }))
		for {
			must(loop.Read(ctx, ondes.Interleaved(heard), ondes.Forever))
		}
	}); value != "mine" {
		t.Error(value)
	}
	must(0, loop.SetProcess(nil))
}

func TestSaysWhatItCannotOpen(t *testing.T) {
	_, err := ondes.OpenStream(ondes.StreamOptions{})
	fails(t, err, ondes.ErrInvalidArgument, "neither an input nor an output")
	_, err = ondes.OpenStream(ondes.StreamOptions{Output: "null", Monitor: true})
	fails(t, err, ondes.ErrInvalidArgument, "an input and an output")
	_, err = ondes.OpenStream(ondes.StreamOptions{Output: "no such device at all"})
	fails(t, err, ondes.ErrNoDevice, "no such device at all")
	_, err = ondes.OpenStream(ondes.StreamOptions{Output: "null", BufferSize: -1})
	fails(t, err, ondes.ErrInvalidArgument, "StreamOptions.BufferSize cannot be -1")
	for _, direction := range []ondes.Direction{ondes.Input, ondes.Output} {
		for _, device := range must(ondes.Devices(direction)) {
			if device.ID == "" || device.Name == "" {
				t.Errorf("%+v", device)
			}
		}
	}
}

func TestPlayAndRecord(t *testing.T) {
	audio := must(ondes.Load[float32](data("wav/s16.wav")))
	var last ondes.Progress
	options := ondes.PlayOptions{Device: "null:channels=2", Progress: func(now ondes.Progress) error {
		last = now
		return nil
	}}
	if err := ondes.Play(context.Background(), audio, options); err != nil || last.FramesTotal != 3001 {
		t.Error(err, last)
	}
	options.Progress = func(ondes.Progress) error { return &mine{1} }
	err := ondes.Play(context.Background(), audio, options)
	fails(t, err, ondes.ErrCancelled, "cancelled: the vault is locked: 1")
	_, err = ondes.Record[int16](context.Background(), 100, ondes.StreamOptions{Input: "no such device at all"})
	fails(t, err, ondes.ErrNoDevice, "no such device at all")
	recorded := must(ondes.Record[int16](context.Background(), 1000, ondes.StreamOptions{Input: "null:rate=44100,channels=1"}))
	if recorded.Frames() != 1000 || recorded.Channels != 1 || recorded.Rate != 44100 {
		t.Error(recorded.Frames(), recorded.Channels, recorded.Rate)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	part, err := ondes.Record[int16](ctx, 48000*3600, ondes.StreamOptions{Input: "null"})
	fails(t, err, ondes.ErrCancelled, "deadline")
	if part == nil {
		t.Error("what was recorded is lost")
	}
}
