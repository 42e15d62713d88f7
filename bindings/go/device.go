package ondes

// #include "shims.h"
import "C"

import (
	"context"
	"errors"
	"math"
	"runtime/cgo"
	"sync"
	"time"
	"unsafe"
)

// Direction is which way audio goes.
type Direction int32

const (
	// Input is from a device: recording.
	Input Direction = C.ONDES_DIRECTION_INPUT
	// Output is to a device: playing.
	Output Direction = C.ONDES_DIRECTION_OUTPUT
)

// Device is a device as it was when it was listed.
type Device struct {
	// ID opens it, now and after the next start of the system: "pulse:alsa_output.usb-…".
	ID string
	// Name is its name for people, which opens it too.
	Name string
	// Rate (in Hz) is the one at which it needs no conversion, and Channels are its own; 0 if they are not known.
	Rate, Channels int
	// IsDefault tells that the system prefers it.
	IsDefault bool
}

// Devices lists the devices of one direction, the system's default first; none where there is no sound system. The test
// devices "null" and "loopback" are always there and never listed.
//
// Errors: [ErrUnsupported] in a build without devices, [ErrDeviceLost] if the sound system breaks off.
func Devices(direction Direction) ([]Device, error) {
	var n numbers
	number := choice(&n, "the direction", direction, Input, Output)
	if n.err != nil {
		return nil, n.err
	}
	list, err := create("the list of devices is", "", func(p unsafe.Pointer) { C.ondes_devices_free((*C.ondes_devices)(p)) },
		func(_ *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t) {
			var out *C.ondes_devices
			status := C.ondes_devices_list(number, &out, err)
			return unsafe.Pointer(out), status
		})
	if err != nil {
		return nil, err
	}
	defer list.close()
	var devices []Device
	list.get(func(p unsafe.Pointer) {
		c := (*C.ondes_devices)(p)
		for i := range C.ondes_devices_count(c) {
			devices = append(devices, Device{
				ID:        C.GoString(C.ondes_devices_id(c, i)),
				Name:      C.GoString(C.ondes_devices_name(c, i)),
				Rate:      int(C.ondes_devices_rate(c, i)),
				Channels:  int(C.ondes_devices_channels(c, i)),
				IsDefault: C.ondes_devices_is_default(c, i) != 0,
			})
		}
	})
	return devices, nil
}

// Forever as a timeout waits as long as it takes.
const Forever = time.Duration(math.MinInt64)

// timeout is a time as the library has it.
func timeout(wait time.Duration) C.double {
	if wait < 0 {
		return C.ONDES_FOREVER
	}
	return C.double(wait.Seconds())
}

// StreamOptions say what to open: name Input, Output or both. 0 is what suits the device.
type StreamOptions struct {
	// Input records from, and Output plays on, this device: an ID, a name, or "default"; "": do not.
	Input, Output string
	// Data deals with all audio, in place of [Stream.Read] and [Stream.Write], in the device's own thread: input has the
	// interleaved samples of so many frames, output room for as many; nil without that device. It returns how many frames it
	// dealt with: fewer than frames is the end. An error ends the audio too, and the next calls of the stream give it.
	//
	// Both slices are gone when it returns. It should not wait or make garbage: what a device waits for is heard as a gap.
	Data func(input, output []float32, frames int) (int, error)
	// Rate is in Hz; 0: the output device's own, or else the input's.
	Rate int
	// BufferSize is the frames that the devices take or give at a time; 0: 512.
	BufferSize int
	// InputChannels to record and OutputChannels to play; 0: the device's.
	InputChannels, OutputChannels int
	// InputQueue is the frames that wait to be read at most, before the oldest are dropped; 0: five seconds.
	InputQueue int
	// OutputQueue is the frames that wait to be played at most, before writing waits; 0: a quarter of a second, or four buffers.
	OutputQueue int
	// Monitor plays the input together with what is written.
	Monitor bool
}

// deviceSide is what the device's thread uses of a stream.
type deviceSide struct {
	callbacks
	data          func(input, output []float32, frames int) (int, error)
	input, output int // channels
}

func (d *deviceSide) callData(input, output *C.float, frames int) (int64, error) {
	var in, out []float32
	if input != nil {
		in = unsafe.Slice((*float32)(input), frames*d.input)
	}
	if output != nil {
		out = unsafe.Slice((*float32)(output), frames*d.output)
	}
	done, err := d.data(in, out, frames)
	if err == nil && (done < 0 || done > frames) {
		err = invalid("StreamOptions.Data returned %d of %d frames", done, frames)
	}
	return int64(done), err
}

// process is a function that changes what is played. Once it has panicked it is not called any more.
type process struct {
	function func(samples []float32, channels int)
	side     *deviceSide
	panicked bool // of the device's thread
}

func (p *process) call(samples []float32, channels int) {
	if !p.panicked {
		p.panicked = p.side.guard(func() (int64, error) {
			p.function(samples, channels)
			return 0, nil
		}) < 0
	}
	if p.panicked {
		clear(samples)
	}
}

// Stream is audio that flows from and to devices. One goroutine may read, another write, a third start and stop; Close is
// fine at any time, but not from a function that the stream calls.
type Stream struct {
	h       *handle
	side    *deviceSide
	process *processes
	control sync.Mutex      // held by who starts, stops, drains, closes or sets the process
	closing context.Context // ends when Close begins, so that a Drain does not hold it up
	hurry   context.CancelFunc
}

// processes are those that the device's thread may call: the one in use, and others where it could not be told.
type processes struct{ handles []cgo.Handle }

func (p *processes) forget() {
	for _, handle := range p.handles {
		handle.Delete()
	}
	p.handles = nil
}

// OpenStream opens devices. They stay silent until Start.
//
// Errors: [ErrNoDevice], [ErrDeviceRefused], [ErrInvalidArgument]; [ErrUnsupported] in a build without devices.
func OpenStream(options StreamOptions) (*Stream, error) {
	var n numbers
	rate := n.u32("StreamOptions.Rate", options.Rate)
	buffer := n.u32("StreamOptions.BufferSize", options.BufferSize)
	inputs, outputs := n.u32("StreamOptions.InputChannels", options.InputChannels), n.u32("StreamOptions.OutputChannels", options.OutputChannels)
	inputQueue, outputQueue := n.u32("StreamOptions.InputQueue", options.InputQueue), n.u32("StreamOptions.OutputQueue", options.OutputQueue)
	if n.err != nil {
		return nil, n.err
	}
	var flags C.uint32_t
	if options.Monitor {
		flags = C.ONDES_STREAM_MONITOR
	}
	s := &Stream{side: &deviceSide{callbacks: callbacks{status: ErrCallback}, data: options.Data}, process: new(processes)}
	s.closing, s.hurry = context.WithCancel(context.Background())
	side, process := s.side, s.process
	err := lent("the name of a device", []string{options.Input, options.Output}, func(names []*C.char) (err error) {
		s.h, err = create("the stream is", "", func(p unsafe.Pointer) { C.ondes_stream_free((*C.ondes_stream)(p)) },
			func(h *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t) {
				h.calls = []*callbacks{&side.callbacks}
				h.after = []func(){process.forget}
				var data C.uintptr_t
				if options.Data != nil {
					number := cgo.NewHandle(side)
					data = C.uintptr_t(number)
					h.after = append(h.after, number.Delete)
				}
				var out *C.ondes_stream
				status := C.ondes_go_stream_open(flags, names[0], names[1], rate, buffer, inputs, outputs, inputQueue, outputQueue, data, &out, err)
				return unsafe.Pointer(out), status
			})
		return err
	})
	if err != nil {
		s.hurry()
		return nil, err
	}
	side.input, side.output = s.Channels(Input), s.Channels(Output) // nothing runs before the start
	return s, nil
}

// Close stops, and lets go of the devices. A Read, Write or Drain that waits in another goroutine returns. Closing again does
// nothing. The error is what went wrong in the device's thread and was not told before.
func (s *Stream) Close() error {
	if s == nil || s.h == nil { // never opened
		return nil
	}
	s.hurry()
	s.control.Lock()
	defer s.control.Unlock()
	defer s.h.close()
	err := s.call(func(stream *C.ondes_stream, err **C.ondes_error) C.int32_t { return C.ondes_stream_close(stream, err) })
	if errors.Is(err, ErrClosed) {
		return nil
	}
	return err
}

func (s *Stream) call(work func(stream *C.ondes_stream, err **C.ondes_error) C.int32_t) error {
	return orZero(s).h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t { return work((*C.ondes_stream)(p), err) })
}

// alone is a call that must be the only one of its kind.
func (s *Stream) alone(work func() error) error {
	s = orZero(s)
	if !s.control.TryLock() {
		return failure(ErrBusy, "", "another goroutine starts, stops, drains or closes this stream")
	}
	defer s.control.Unlock()
	return work()
}

// Start lets the audio flow. Input from before is forgotten. It does nothing while audio flows.
//
// Errors: [ErrNoDevice], [ErrDeviceRefused], [ErrDeviceLost]; [ErrClosed].
func (s *Stream) Start() error {
	return s.alone(func() error {
		return s.call(func(stream *C.ondes_stream, err **C.ondes_error) C.int32_t { return C.ondes_stream_start(stream, err) })
	})
}

// Stop ends the flow at once: what was not played yet is dropped, what was recorded can still be read. No function of yours
// runs any more when it returns.
func (s *Stream) Stop() error {
	return s.alone(func() error {
		return s.call(func(stream *C.ondes_stream, err **C.ondes_error) C.int32_t { return C.ondes_stream_stop(stream, err) })
	})
}

// Drain waits until all that was written has been heard, or until Data has come to its end; then it stops.
//
// Errors: [ErrDeviceLost], [ErrCallback]; [ErrTimedOut] or [ErrCancelled], when it still plays; [ErrClosed].
func (s *Stream) Drain(ctx context.Context, wait time.Duration) error {
	s = orZero(s)
	return s.alone(func() error {
		if _, err := s.h.acquire(); err != nil {
			return err
		}
		defer s.h.release()
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(s.closing, func() { cancel(ErrClosed) })()
		w, err := watching(ctx, "", nil)
		if err != nil {
			return err
		}
		defer w.end()
		return s.h.watched(w, func(p unsafe.Pointer, err **C.ondes_error) C.int32_t {
			return C.ondes_stream_drain((*C.ondes_stream)(p), timeout(wait), w.token, err)
		})
	})
}

// Read takes recorded frames, and waits until dst is full: it tells how many there are. Fewer are no failure: the time was up,
// or the stream does not run. A wait of 0 takes what there is, [Forever] waits as long as it takes. When the context ends,
// frames that came before are given first, and the error comes with the next call.
//
// Errors: [ErrDeviceLost], [ErrCancelled], [ErrClosed]; [ErrInvalidArgument] without an input; [ErrInputDropped] once after
// frames were dropped, unless [Stream.IgnoreDroppedInput].
func (s *Stream) Read(ctx context.Context, dst Buffer, wait time.Duration) (int, error) {
	channels, err := s.has(Input)
	if err != nil {
		return 0, err
	}
	m := dst.memory()
	capacity, err := m.frames(channels)
	if err != nil {
		return 0, err
	}
	w, err := newWatch(ctx, "", nil)
	if err != nil {
		return 0, err
	}
	defer w.end()
	var got C.uint64_t
	err = s.h.watched(w, func(p unsafe.Pointer, err **C.ondes_error) C.int32_t {
		return C.ondes_go_stream_read((*C.ondes_stream)(p), m.format, m.layout, m.data, capacity, timeout(wait), w.token, &got, err)
	})
	return int(got), err
}

// Write has the frames of src played after those written before, and waits for room for them: it tells how many were taken.
// Fewer are no failure, as for Read. Samples of one channel are an [Audio] of one: they go to all of the device's. A stream that
// does not run takes what its queue holds, which is played from the start.
//
// Errors: [ErrDeviceLost], [ErrCancelled], [ErrClosed]; [ErrInvalidArgument] without an output, or for other channels.
func (s *Stream) Write(ctx context.Context, src Buffer, wait time.Duration) (int, error) {
	channels, err := s.has(Output)
	if err != nil {
		return 0, err
	}
	m := src.memory()
	if m.channels != 0 {
		channels = m.channels // the library says whether they fit
	}
	frames, err := m.frames(channels)
	if err != nil {
		return 0, err
	}
	w, err := newWatch(ctx, "", nil)
	if err != nil {
		return 0, err
	}
	defer w.end()
	var taken C.uint64_t
	err = s.h.watched(w, func(p unsafe.Pointer, err **C.ondes_error) C.int32_t {
		return C.ondes_go_stream_write((*C.ondes_stream)(p), m.format, m.layout, m.data, frames, C.uint32_t(channels), timeout(wait), w.token, &taken, err)
	})
	return int(taken), err
}

// has is the channels of a direction, which must be there.
func (s *Stream) has(direction Direction) (int, error) {
	s = orZero(s)
	if _, err := s.h.acquire(); err != nil {
		return 0, err
	}
	defer s.h.release()
	channels := s.Channels(direction)
	if channels == 0 && direction == Input {
		return 0, invalid("the stream has no input to read: name one in StreamOptions.Input")
	}
	if channels == 0 {
		return 0, invalid("the stream has no output to play on: name one in StreamOptions.Output")
	}
	return channels, nil
}

// SetProcess has a function change all that is played from now on, also while the stream runs; nil for nothing. It is called
// in the device's own thread, as Data of [StreamOptions] is, with interleaved samples that are gone when it returns. What it
// panics with panics in the next call of the stream; until then, and afterwards, there is silence.
//
// Errors: [ErrInvalidArgument] without an output; [ErrDeviceLost] if the device stands still, when the function before may
// still be called.
func (s *Stream) SetProcess(function func(samples []float32, channels int)) error {
	return s.alone(func() error {
		var next cgo.Handle
		if function != nil {
			next = cgo.NewHandle(&process{function: function, side: orZero(s).side})
		}
		given := false
		err := s.call(func(stream *C.ondes_stream, err **C.ondes_error) C.int32_t {
			given = true
			status := C.ondes_go_stream_set_process(stream, C.uintptr_t(next), err)
			if status == C.ONDES_STATUS_OK {
				s.process.forget()
			}
			if function != nil {
				s.process.handles = append(s.process.handles, next)
			}
			return status
		})
		if !given && function != nil {
			next.Delete() // the stream was closed before
		}
		return err
	})
}

func (s *Stream) get(work func(stream *C.ondes_stream)) {
	orZero(s).h.get(func(p unsafe.Pointer) { work((*C.ondes_stream)(p)) })
}

// IgnoreDroppedInput sets whether Read goes on over dropped frames without [ErrInputDropped].
func (s *Stream) IgnoreDroppedInput(ignore bool) {
	s.get(func(stream *C.ondes_stream) { C.ondes_stream_set_ignore_dropped_input(stream, C.int32_t(has(ignore))) })
}

// IgnoresDroppedInput tells whether Read goes on over dropped frames without [ErrInputDropped].
func (s *Stream) IgnoresDroppedInput() (ignores bool) {
	s.get(func(stream *C.ondes_stream) { ignores = C.ondes_stream_ignores_dropped_input(stream) != 0 })
	return ignores
}

// IsRunning tells whether audio flows: not before the start, after a stop, or once the device went away.
func (s *Stream) IsRunning() (running bool) {
	s.get(func(stream *C.ondes_stream) { running = C.ondes_stream_is_running(stream) != 0 })
	return running
}

// Rate is in Hz, one for both directions.
func (s *Stream) Rate() (rate int) {
	s.get(func(stream *C.ondes_stream) { rate = int(C.ondes_stream_rate(stream)) })
	return rate
}

// BufferSize is the frames that the device takes or gives at a time.
func (s *Stream) BufferSize() (frames int) {
	s.get(func(stream *C.ondes_stream) { frames = int(C.ondes_stream_buffer_size(stream)) })
	return frames
}

// Channels is the samples per frame; 0 without that direction.
func (s *Stream) Channels(direction Direction) (channels int) {
	s.get(func(stream *C.ondes_stream) { channels = int(C.ondes_stream_channels(stream, C.int32_t(direction))) })
	return channels
}

// DeviceName is the name of the device; "" without that direction.
func (s *Stream) DeviceName(direction Direction) (name string) {
	s.get(func(stream *C.ondes_stream) {
		name = C.GoString(C.ondes_stream_device_name(stream, C.int32_t(direction)))
	})
	return name
}

// Latency is the time between the library and the air, as the sound system set it up; what waits in the queues comes on top.
func (s *Stream) Latency(direction Direction) (latency time.Duration) {
	s.get(func(stream *C.ondes_stream) {
		latency = seconds(float64(C.ondes_stream_latency(stream, C.int32_t(direction))))
	})
	return latency
}

// Buffered is how many frames wait to be read, or to be played.
func (s *Stream) Buffered(direction Direction) (frames int) {
	s.get(func(stream *C.ondes_stream) { frames = int(C.ondes_stream_buffered(stream, C.int32_t(direction))) })
	return frames
}

// DroppedInput is how many frames of input were dropped because the queue was full.
func (s *Stream) DroppedInput() (frames int64) {
	s.get(func(stream *C.ondes_stream) { frames = int64(C.ondes_stream_dropped_input(stream)) })
	return frames
}

// MissedOutput is how many frames of silence were played because nothing was written in time, after the first that was written.
func (s *Stream) MissedOutput() (frames int64) {
	s.get(func(stream *C.ondes_stream) { frames = int64(C.ondes_stream_missed_output(stream)) })
	return frames
}

// ResetCounts sets DroppedInput and MissedOutput to 0.
func (s *Stream) ResetCounts() {
	s.get(func(stream *C.ondes_stream) { C.ondes_stream_reset_counts(stream) })
}

// PlayOptions say how audio is played.
type PlayOptions struct {
	// Device is an ID or a name; "" is the default one.
	Device string
	// Rate of the audio in Hz, where it has a fraction; 0 is the audio's own.
	Rate float64
	// Quality is how the rate is converted, where the device needs another.
	Quality Quality
	// Progress is told how far it is, in frames that have been handed to the device; an error that it returns ends it.
	Progress func(Progress) error
}

// Play plays audio, and returns when it has been heard. One channel goes to all of the device's.
//
// Errors: [ErrCancelled] when the context ends, [ErrNoDevice], [ErrDeviceLost], [ErrDeviceRefused].
func Play[T Sample](ctx context.Context, audio *Audio[T], options ...PlayOptions) error {
	o, err := only(options)
	if err != nil {
		return err
	}
	m := audio.memory()
	frames, err := m.frames(audio.Channels)
	if err != nil {
		return err
	}
	var n numbers
	quality := n.quality("PlayOptions.Quality", o.Quality)
	if n.err != nil {
		return n.err
	}
	if err := fits(); err != nil {
		return err
	}
	w, err := watching(ctx, "", o.Progress)
	if err != nil {
		return err
	}
	defer w.end()
	rate := o.Rate
	if rate == 0 {
		rate = float64(audio.Rate)
	}
	collect()
	return lent("the name of a device", []string{o.Device}, func(names []*C.char) error {
		return run("", []*callbacks{&w.callbacks}, func(err **C.ondes_error) C.int32_t {
			return C.ondes_go_play(m.format, m.layout, m.data, frames, C.uint32_t(audio.Channels), C.double(rate), names[0],
				quality, w.token, w.handle, err)
		})
	})
}

// Record records so many frames, from the default device if the options name none. When the context ends, what was recorded
// until then comes with the error.
//
// Errors: [ErrCancelled], [ErrNoDevice], [ErrDeviceLost], [ErrDeviceRefused].
func Record[T Sample](ctx context.Context, frames int, options ...StreamOptions) (*Audio[T], error) {
	o, err := only(options)
	if err != nil {
		return nil, err
	}
	if o.Input == "" {
		o.Input = "default"
	}
	if frames < 0 {
		return nil, invalid("the number of frames cannot be %d", frames)
	}
	s, err := OpenStream(o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if err := s.Start(); err != nil {
		return nil, err
	}
	audio := &Audio[T]{Channels: s.Channels(Input), Rate: s.Rate()}
	piece, err := room[T](int64(min(frames, audio.Rate)), audio.Channels)
	if err != nil {
		return nil, err
	}
	for audio.Frames() < frames {
		part := piece[:min(len(piece), frames*audio.Channels-len(audio.Samples))]
		got, err := s.Read(ctx, Interleaved(part), Forever)
		if err != nil {
			return audio, err
		}
		audio.Samples = append(audio.Samples, part[:got*audio.Channels]...)
	}
	return audio, nil
}
