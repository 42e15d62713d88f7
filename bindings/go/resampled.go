package ondes

// #include "shims.h"
import "C"

import (
	"context"
	"io"
	"math"
	"unsafe"
)

// LengthRule is how many frames a number of frames becomes at another rate.
type LengthRule int32

const (
	// LengthRuleExact: ceil(frames * target / source), every moment of the input is there.
	LengthRuleExact LengthRule = C.ONDES_LENGTH_RULE_EXACT
	// LengthRuleFloor: floor((frames + latency) * target / source) - round(latency * target / source), the count of the
	// Python package pedalboard.
	LengthRuleFloor LengthRule = C.ONDES_LENGTH_RULE_FLOOR
)

// ResamplerOptions say how a [Resampler] or a [Resampled] view converts a rate.
type ResamplerOptions struct {
	// Quality is how well.
	Quality Quality
	// LengthRule is how many frames come out.
	LengthRule LengthRule
	// Layout is the order of the samples that a Resampler takes and gives; a view does not use it.
	Layout Layout
}

func (o ResamplerOptions) numbers(n *numbers) (quality, rule C.int32_t) {
	return n.quality("ResamplerOptions.Quality", o.Quality),
		choice(n, "ResamplerOptions.LengthRule", o.LengthRule, LengthRuleExact, LengthRuleFloor)
}

// Resampled is a view of a [Reader] at another rate, with a position of its own. The reader stays open and usable and keeps
// its position; once it is closed the view gives [ErrClosed]. One goroutine may use it at a time.
type Resampled struct {
	h      *handle
	reader *Reader // not closed by the net before this
}

// Resampled makes a view of the reader at a rate in Hz, which may have a fraction, at most 256:1 from the reader's.
//
// Errors: [ErrInvalidArgument] for a rate that cannot be.
func (r *Reader) Resampled(rate float64, options ...ResamplerOptions) (*Resampled, error) {
	o, err := only(options)
	if err != nil {
		return nil, err
	}
	var n numbers
	quality, rule := o.numbers(&n)
	if n.err != nil {
		return nil, n.err
	}
	parent, err := orZero(r).h.acquire()
	if err != nil {
		return nil, err
	}
	defer r.h.release()
	v := &Resampled{reader: r}
	v.h, err = create("the resampled view is", r.h.path, func(p unsafe.Pointer) { C.ondes_resampled_free((*C.ondes_resampled)(p)) },
		func(h *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t) {
			h.calls = r.h.calls
			var out *C.ondes_resampled
			status := C.ondes_resampled_new((*C.ondes_reader)(parent), C.double(rate), quality, rule, &out, err)
			return unsafe.Pointer(out), status
		})
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (v *Resampled) call(work func(view *C.ondes_resampled, err **C.ondes_error) C.int32_t) error {
	// The reader is used too: closing it in the meantime waits for the end of the call.
	reader := orZero(orZero(v).reader)
	if _, err := reader.h.acquire(); err != nil {
		return err
	}
	defer reader.h.release()
	return v.h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t { return work((*C.ondes_resampled)(p), err) })
}

// Close frees the view and leaves its reader alone. Closing again does nothing. The error is always nil.
func (v *Resampled) Close() error {
	orZero(v).h.close()
	return nil
}

// Read reads frames at the view's rate, as [Reader.Read] does.
func (v *Resampled) Read(dst Buffer) (int, error) {
	return orZero(v).h.read(dst, v.Channels(), func(m memory, capacity C.uint64_t, got *C.uint64_t) error {
		return v.call(func(view *C.ondes_resampled, err **C.ondes_error) C.int32_t {
			return C.ondes_go_resampled_read(view, m.format, m.layout, m.data, capacity, got, err)
		})
	})
}

// Seek moves to a frame at the view's rate, as [Reader.Seek] does. From the end it works where Frames tells the length.
func (v *Resampled) Seek(offset int64, whence int) (int64, error) {
	return seek(offset, whence, v.position, v.length, func(frame C.uint64_t) error {
		return v.call(func(view *C.ondes_resampled, err **C.ondes_error) C.int32_t {
			return C.ondes_resampled_seek(view, frame, err)
		})
	})
}

func (v *Resampled) position() (frame int64, err error) {
	err = v.call(func(view *C.ondes_resampled, _ **C.ondes_error) C.int32_t {
		frame = known(C.ondes_resampled_tell(view))
		return busyIf(frame < 0)
	})
	return frame, err
}

func (v *Resampled) length() (frames int64, err error) {
	err = v.call(func(view *C.ondes_resampled, _ **C.ondes_error) C.int32_t {
		frames = known(C.ondes_resampled_frames(view))
		return C.ONDES_STATUS_OK
	})
	if err == nil && frames < 0 {
		err = failure(ErrNotSeekable, v.h.name(), "%snothing tells where the end is", prefix(v.h.name()))
	}
	return frames, err
}

// Frames is the frames from the start to the end: those that reading gives if the reader's [Info] is exact. -1 if nothing
// tells, and after the reader or the view was closed.
func (v *Resampled) Frames() int64 {
	frames := int64(-1)
	orZero(v).h.get(func(p unsafe.Pointer) { frames = known(C.ondes_resampled_frames((*C.ondes_resampled)(p))) })
	return frames
}

// Rate is the rate of the frames that are read, in Hz.
func (v *Resampled) Rate() (rate float64) {
	orZero(v).h.get(func(p unsafe.Pointer) { rate = float64(C.ondes_resampled_rate((*C.ondes_resampled)(p))) })
	return rate
}

// Channels is the samples per frame, as many as the reader gives.
func (v *Resampled) Channels() int { return orZero(orZero(v).reader).channels }

func (v *Resampled) rate() int { return int(math.Round(v.Rate())) }

// Float is a type of samples that a [Resampler] converts.
type Float interface{ float32 | float64 }

// Resampler converts a stream of frames, pushed in pieces of any size, from one rate to another. Output frame k is the input
// at the time k / target rate: there is no delay at the start. How the input is cut changes no bit of the output. One
// goroutine may use it at a time.
type Resampler[T Float] struct {
	h        *handle
	channels int
	layout   Layout
}

// NewResampler makes a resampler. Rates are in Hz, may have fractions, and are at most 256:1 apart.
//
// Errors: [ErrInvalidArgument] for a rate or a number of channels that cannot be.
func NewResampler[T Float](sourceRate, targetRate float64, channels int, options ...ResamplerOptions) (*Resampler[T], error) {
	o, err := only(options)
	if err != nil {
		return nil, err
	}
	var n numbers
	count := n.u32("the number of channels", channels)
	quality, rule := o.numbers(&n)
	n.layout("ResamplerOptions.Layout", o.Layout)
	if n.err != nil {
		return nil, n.err
	}
	r := &Resampler[T]{channels: channels, layout: o.Layout}
	r.h, err = create("the resampler is", "", func(p unsafe.Pointer) { C.ondes_resampler_free((*C.ondes_resampler)(p)) },
		func(_ *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t) {
			var out *C.ondes_resampler
			status := C.ondes_resampler_new(C.double(sourceRate), C.double(targetRate), count, numberOf[T](),
				quality, rule, &out, err)
			return unsafe.Pointer(out), status
		})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Close frees the resampler. Closing again does nothing. The error is always nil.
func (r *Resampler[T]) Close() error {
	orZero(r).h.close()
	return nil
}

// Channels is the samples per frame.
func (r *Resampler[T]) Channels() int { return orZero(r).channels }

// Process converts whole frames and gives what is ready.
func (r *Resampler[T]) Process(src []T) ([]T, error) {
	frames, err := r.OutputFrames(len(src) / max(orZero(r).channels, 1))
	if err != nil {
		return nil, err
	}
	dst, err := room[T](int64(frames), r.channels)
	if err != nil {
		return nil, err
	}
	_, err = r.ProcessInto(dst, src)
	return dst, err
}

// ProcessInto is Process into memory of yours, which must not be that of src, and tells how many frames came out: OutputFrames
// tells before. Planes of dst lie len(dst)/channels samples apart.
//
// Errors: [ErrOutOfRange] if dst holds fewer frames than come out: then nothing was done.
func (r *Resampler[T]) ProcessInto(dst, src []T) (int, error) {
	r = orZero(r)
	from, to := memoryOf(src, r.layout, 0), memoryOf(dst, r.layout, 0)
	frames, err := r.h.frames(from, r.channels)
	if err != nil {
		return 0, err
	}
	capacity, err := r.h.frames(to, r.channels)
	if err != nil {
		return 0, err
	}
	var got C.uint64_t
	err = r.call(func(resampler *C.ondes_resampler, err **C.ondes_error) C.int32_t {
		return C.ondes_go_resampler_process(resampler, to.layout, from.data, frames, to.data, capacity, &got, err)
	})
	return int(got), err
}

// Flush gives the rest, as if silence followed the input, and goes back to the start. A second one gives nothing.
func (r *Resampler[T]) Flush() ([]T, error) {
	frames, err := r.FlushFrames()
	if err != nil {
		return nil, err
	}
	dst, err := room[T](int64(frames), r.channels)
	if err != nil {
		return nil, err
	}
	_, err = r.FlushInto(dst)
	return dst, err
}

// FlushInto is Flush into memory of yours, and tells how many frames came out: FlushFrames tells before.
//
// Errors: [ErrOutOfRange] if dst holds fewer frames than come out: then nothing was done.
func (r *Resampler[T]) FlushInto(dst []T) (int, error) {
	r = orZero(r)
	to := memoryOf(dst, r.layout, 0)
	capacity, err := r.h.frames(to, r.channels)
	if err != nil {
		return 0, err
	}
	var got C.uint64_t
	err = r.call(func(resampler *C.ondes_resampler, err **C.ondes_error) C.int32_t {
		return C.ondes_go_resampler_flush(resampler, to.layout, to.data, capacity, &got, err)
	})
	return int(got), err
}

// Reset forgets what was fed: the next frame is the first again.
func (r *Resampler[T]) Reset() error {
	return r.call(func(resampler *C.ondes_resampler, err **C.ondes_error) C.int32_t {
		return C.ondes_resampler_reset(resampler, err)
	})
}

// OutputFrames is the frames that Process will give for so many frames now.
func (r *Resampler[T]) OutputFrames(frames int) (int, error) {
	var n numbers
	count := n.u64("the number of frames", int64(frames))
	if n.err != nil {
		return 0, n.err
	}
	return r.count(func(resampler *C.ondes_resampler) C.uint64_t {
		return C.ondes_resampler_output_frames(resampler, count)
	})
}

// FlushFrames is the frames that Flush will give now.
func (r *Resampler[T]) FlushFrames() (int, error) {
	return r.count(func(resampler *C.ondes_resampler) C.uint64_t { return C.ondes_resampler_flush_frames(resampler) })
}

// Latency is how many frames of input must follow a moment before it has come out.
func (r *Resampler[T]) Latency() (int, error) {
	return r.count(func(resampler *C.ondes_resampler) C.uint64_t { return C.ondes_resampler_latency(resampler) })
}

func (r *Resampler[T]) call(work func(resampler *C.ondes_resampler, err **C.ondes_error) C.int32_t) error {
	return orZero(r).h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t { return work((*C.ondes_resampler)(p), err) })
}

func (r *Resampler[T]) count(get func(resampler *C.ondes_resampler) C.uint64_t) (int, error) {
	var frames int64
	err := r.call(func(resampler *C.ondes_resampler, _ **C.ondes_error) C.int32_t {
		frames = known(get(resampler))
		return busyIf(frames < 0)
	})
	return int(frames), err
}

// ResampleOptions say how [Resample] converts a clip.
type ResampleOptions struct {
	// Quality is how well.
	Quality Quality
	// Threads work on it: 0 is the calling one alone, or [AllCores]. The result is the same.
	Threads int
}

// Resample converts a whole clip to a rate in Hz, which may have a fraction, at most 256:1 from the clip's. The result begins
// at the same time, has ceil(frames * rate / audio.Rate) frames, and the layout of the clip. Its Rate is the nearest whole one.
//
// Errors: [ErrInvalidArgument] for a rate that cannot be, [ErrCancelled] when the context ends, [ErrOutOfMemory].
func Resample[T Float](ctx context.Context, audio *Audio[T], rate float64, options ...ResampleOptions) (*Audio[T], error) {
	o, err := only(options)
	if err != nil {
		return nil, err
	}
	var n numbers
	threads, quality := n.threads("ResampleOptions.Threads", o.Threads), n.quality("ResampleOptions.Quality", o.Quality)
	if n.err != nil {
		return nil, n.err
	}
	m := audio.memory()
	frames, err := m.frames(audio.Channels)
	if err != nil {
		return nil, err
	}
	w, err := watching(ctx, "", nil)
	if err != nil {
		return nil, err
	}
	defer w.end()
	h, err := create("the clip is", "", func(p unsafe.Pointer) { C.ondes_audio_free((*C.ondes_audio)(p)) },
		func(h *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t) {
			h.calls = []*callbacks{&w.callbacks}
			var out *C.ondes_audio
			status := C.ondes_go_resample(m.format, m.layout, m.data, frames, C.uint32_t(audio.Channels), C.double(audio.Rate),
				C.double(rate), quality, threads, w.token, &out, err)
			return unsafe.Pointer(out), status
		})
	if err != nil {
		return nil, err
	}
	defer h.close()
	var made *Audio[T]
	h.get(func(p unsafe.Pointer) { made = audioOf[T]((*C.ondes_audio)(p)) })
	return made, nil
}

var (
	_ FrameReader = (*Reader)(nil)
	_ FrameReader = (*Resampled)(nil)
	_ io.Seeker   = (*Reader)(nil)
	_ io.Seeker   = (*Resampled)(nil)
)
