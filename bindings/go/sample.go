package ondes

// #include "shims.h"
import "C"

import (
	"math"
	"time"
	"unsafe"
)

// Sample is the type of one sample. Integers are full scale: the range of an int16 is that of a float32 from -1 to 1,
// exclusive. An integer becomes a float by dividing by 2^(bits-1); a float becomes an integer by multiplying with it,
// rounding to nearest even and clipping, and NaN becomes 0. Floats are never clipped.
type Sample interface {
	uint8 | int8 | int16 | Int24 | int32 | int64 | float32 | float64
}

// Int24 is a signed 24-bit sample: three bytes, the lowest first.
type Int24 [3]byte

// NewInt24 takes the lower 24 bits of a number.
func NewInt24(value int32) Int24 {
	return Int24{byte(value), byte(value >> 8), byte(value >> 16)}
}

// Int32 is the number, from -8388608 to 8388607.
func (i Int24) Int32() int32 {
	return int32(uint32(i[0])<<8|uint32(i[1])<<16|uint32(i[2])<<24) >> 8
}

// SampleFormat is the format of one sample, where no type of Go tells it.
type SampleFormat int32

// The formats of samples; 0 is none.
const (
	SampleU8  SampleFormat = C.ONDES_SAMPLE_U8  // uint8; 128 is silence
	SampleI8  SampleFormat = C.ONDES_SAMPLE_I8  // int8
	SampleI16 SampleFormat = C.ONDES_SAMPLE_I16 // int16
	SampleI24 SampleFormat = C.ONDES_SAMPLE_I24 // [Int24]
	SampleI32 SampleFormat = C.ONDES_SAMPLE_I32 // int32
	SampleI64 SampleFormat = C.ONDES_SAMPLE_I64 // int64
	SampleF32 SampleFormat = C.ONDES_SAMPLE_F32 // float32
	SampleF64 SampleFormat = C.ONDES_SAMPLE_F64 // float64
)

// String is the name that NumPy has for it: "int16", "int24", "float32".
func (f SampleFormat) String() string { return C.GoString(C.ondes_sample_name(C.int32_t(f))) }

// Size is the bytes of one sample.
func (f SampleFormat) Size() int { return int(C.ondes_sample_size(C.int32_t(f))) }

// FormatOf is the format of a type of samples.
func FormatOf[T Sample]() SampleFormat { return SampleFormat(numberOf[T]()) }

// numberOf is the ONDES_SAMPLE_ or ONDES_NUMBER_ number of a type.
func numberOf[T Number]() C.int32_t {
	var zero T
	switch any(zero).(type) {
	case uint8:
		return C.ONDES_SAMPLE_U8
	case int8:
		return C.ONDES_SAMPLE_I8
	case int16:
		return C.ONDES_SAMPLE_I16
	case Int24:
		return C.ONDES_SAMPLE_I24
	case int32:
		return C.ONDES_SAMPLE_I32
	case int64:
		return C.ONDES_SAMPLE_I64
	case float32:
		return C.ONDES_SAMPLE_F32
	case float64:
		return C.ONDES_SAMPLE_F64
	case uint16:
		return C.ONDES_NUMBER_U16
	case uint32:
		return C.ONDES_NUMBER_U32
	default:
		return C.ONDES_NUMBER_U64
	}
}

// Layout is the order of samples in memory.
type Layout int32

const (
	// LayoutInterleaved is frame after frame.
	LayoutInterleaved Layout = C.ONDES_LAYOUT_INTERLEAVED
	// LayoutPlanar is plane after plane: all samples of the first channel, then all of the second.
	LayoutPlanar Layout = C.ONDES_LAYOUT_PLANAR
)

// Buffer is memory of samples that calls read into or write from. [Interleaved] and [Planar] make one of a slice, and an
// [Audio] is one.
type Buffer interface{ memory() memory }

// memory is what C is told of samples.
type memory struct {
	data     *C.uint8_t
	samples  int
	format   C.int32_t
	layout   C.int32_t
	channels int // 0: those of whatever reads or writes
}

func memoryOf[T Number](samples []T, layout Layout, channels int) memory {
	return memory{
		data:     (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(samples))),
		samples:  len(samples),
		format:   numberOf[T](),
		layout:   C.int32_t(layout),
		channels: channels,
	}
}

// frames is how many frames the memory has for so many channels: whole ones.
func (m memory) frames(channels int) (C.uint64_t, error) {
	var n numbers
	if n.layout("the layout", Layout(m.layout)); n.err != nil {
		return 0, n.err
	}
	if m.channels != 0 && m.channels != channels {
		return 0, invalid("the samples are for %s, here are %d", counted(m.channels, "channel"), channels)
	}
	if channels <= 0 {
		return 0, invalid("the number of channels cannot be %d", channels)
	}
	if m.samples%channels != 0 {
		return 0, invalid("%d samples are no whole frames of %d channels", m.samples, channels)
	}
	return C.uint64_t(m.samples / channels), nil
}

type slice[T Sample] struct {
	samples []T
	layout  Layout
}

func (s slice[T]) memory() memory { return memoryOf(s.samples, s.layout, 0) }

// Interleaved presents a slice as whole frames, one after the other, of the channels of whatever reads or writes it.
func Interleaved[T Sample](samples []T) Buffer { return slice[T]{samples, LayoutInterleaved} }

// Planar presents a slice as planes of equal length, one for each channel of whatever reads or writes it. Planes lie
// len(samples)/channels samples apart, also where fewer frames are read.
func Planar[T Sample](samples []T) Buffer { return slice[T]{samples, LayoutPlanar} }

// Audio is decoded audio, in memory of Go.
type Audio[T Sample] struct {
	// Samples are Frames() * Channels of them, in the order of Layout.
	Samples []T
	// Channels is the samples per frame.
	Channels int
	// Rate is the frames per second, in Hz.
	Rate int
	// Layout is the order of Samples.
	Layout Layout
}

func (a *Audio[T]) memory() memory { return memoryOf(a.Samples, a.Layout, a.Channels) }

// Frames is the length in frames.
func (a *Audio[T]) Frames() int {
	if a.Channels <= 0 {
		return 0
	}
	return len(a.Samples) / a.Channels
}

// Duration is the length in time, rounded to nanoseconds.
func (a *Audio[T]) Duration() time.Duration {
	if a.Rate <= 0 {
		return 0
	}
	return seconds(float64(a.Frames()) / float64(a.Rate))
}

// At is the sample of a channel in a frame.
func (a *Audio[T]) At(frame, channel int) T {
	if a.Layout == LayoutPlanar {
		return a.Samples[channel*a.Frames()+frame]
	}
	return a.Samples[frame*a.Channels+channel]
}

// Channel is all samples of a channel: of planar audio its plane, which is not copied, of interleaved audio a copy.
func (a *Audio[T]) Channel(channel int) []T {
	frames := a.Frames()
	if a.Layout == LayoutPlanar {
		return a.Samples[channel*frames : (channel+1)*frames : (channel+1)*frames]
	}
	plane := make([]T, frames)
	for i := range plane {
		plane[i] = a.Samples[i*a.Channels+channel]
	}
	return plane
}

// room makes memory for so many frames; more than there can be is an error, no panic.
func room[T Sample](frames int64, channels int) ([]T, error) {
	var one T
	if channels > 0 && frames > math.MaxInt/int64(unsafe.Sizeof(one))/int64(channels)/2 {
		return nil, failure(ErrOutOfMemory, "", "%d frames of %s do not fit into memory", frames, counted(channels, "channel"))
	}
	return make([]T, frames*int64(channels)), nil
}

// seconds is a time of the library as Go has it.
func seconds(value float64) time.Duration { return time.Duration(math.Round(value * 1e9)) }

// Number is the type of a number for [Convert].
type Number interface {
	Sample | uint16 | uint32 | uint64
}

// Convert converts numbers by the rules of the Python package wavemap, which are not those of all other calls: the full
// range of an integer is -1 to 1 inclusive, so that silence lies between two integers; integers become wider with half a
// step added, and narrower by dropping bits; floats clip, round to nearest even, and NaN is silence.
//
// dst and src have the same length and do not overlap.
func Convert[D, S Number](dst []D, src []S) error {
	if len(dst) != len(src) {
		return invalid("%d numbers do not become %d", len(src), len(dst))
	}
	from, to := memoryOf(src, LayoutInterleaved, 0), memoryOf(dst, LayoutInterleaved, 0)
	return run("", nil, func(err **C.ondes_error) C.int32_t {
		return C.ondes_go_convert(from.format, from.data, to.format, to.data, C.uint64_t(len(src)), err)
	})
}
