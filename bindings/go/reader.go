package ondes

// #include "shims.h"
import "C"

import (
	"context"
	"io"
	"iter"
	"math"
	"time"
	"unsafe"
)

// Unit is what positions in [ReadOptions] count.
type Unit int

const (
	// Frames at the file's rate.
	Frames Unit = iota
	// Milliseconds: frame floor(ms * rate / 1000).
	Milliseconds
	// Nanoseconds, as a [time.Duration] has: the nearest frame, so that second k / rate is frame k.
	Nanoseconds
)

// Quality is how well a rate is converted: docs/RESAMPLING.md has the measurements.
type Quality int32

// The qualities. Most programs want one of the first three.
const (
	// QualityBalanced: aliases and images 135 dB down, the band flat to 94 % of the lower Nyquist frequency.
	QualityBalanced Quality = C.ONDES_QUALITY_BALANCED
	// QualityFast: 110 dB down, flat to 90 %: the shortest delay of these three.
	QualityFast Quality = C.ONDES_QUALITY_FAST
	// QualityBest: 150 dB down, flat to 95 %, computed in double precision.
	QualityBest Quality = C.ONDES_QUALITY_BEST
	// QualityZeroOrderHold takes the last frame before.
	QualityZeroOrderHold Quality = C.ONDES_QUALITY_ZERO_ORDER_HOLD
	// QualityLinear draws a straight line between two frames.
	QualityLinear Quality = C.ONDES_QUALITY_LINEAR
	// QualityCatmullRom is a Catmull-Rom spline through four frames.
	QualityCatmullRom Quality = C.ONDES_QUALITY_CATMULL_ROM
	// QualityLagrange is Lagrange's polynomial through five frames.
	QualityLagrange Quality = C.ONDES_QUALITY_LAGRANGE
	// QualityWindowedSinc is a windowed sinc over 200 frames.
	QualityWindowedSinc Quality = C.ONDES_QUALITY_WINDOWED_SINC
	// QualityWindowedSinc256 is a windowed sinc over 1024 frames.
	QualityWindowedSinc256 Quality = C.ONDES_QUALITY_WINDOWED_SINC256
	// QualityWindowedSinc128 is a windowed sinc over 512 frames.
	QualityWindowedSinc128 Quality = C.ONDES_QUALITY_WINDOWED_SINC128
	// QualityWindowedSinc64 is a windowed sinc over 256 frames.
	QualityWindowedSinc64 Quality = C.ONDES_QUALITY_WINDOWED_SINC64
	// QualityWindowedSinc32 is a windowed sinc over 128 frames.
	QualityWindowedSinc32 Quality = C.ONDES_QUALITY_WINDOWED_SINC32
	// QualityWindowedSinc16 is a windowed sinc over 64 frames.
	QualityWindowedSinc16 Quality = C.ONDES_QUALITY_WINDOWED_SINC16
	// QualityWindowedSinc8 is a windowed sinc over 32 frames.
	QualityWindowedSinc8 Quality = C.ONDES_QUALITY_WINDOWED_SINC8
)

// Ending is what follows the audio of a file that ends before the End of [ReadOptions].
type Ending int32

const (
	// EndingShort: nothing, what is read is shorter.
	EndingShort Ending = C.ONDES_ENDING_SHORT
	// EndingSilence: silence.
	EndingSilence Ending = C.ONDES_ENDING_SILENCE
	// EndingRepeat: what was read, again from its first frame, as often as needed; silence if it has none.
	EndingRepeat Ending = C.ONDES_ENDING_REPEAT
)

// ReadOptions say what to read of a file, and as what. The zero value is all of it, as it is.
type ReadOptions struct {
	// Start is where reading begins, and End where it ends, 0 being the end of the file; in Unit.
	Start, End int64
	// Unit is what Start and End count.
	Unit Unit
	// Channels reads only the first so many; 0 is all.
	Channels int
	// Mono reads the mean of all channels instead of each.
	Mono bool
	// Rate converts to this rate in Hz; 0 keeps the file's.
	Rate int
	// Quality is how well the rate is converted.
	Quality Quality
	// Ending is what follows a file that ends before End. It comes before the conversion to Rate.
	Ending Ending
	// Threads may decode one file in [Load], [ReadAll] and [Reader.LoadInto]: 0 is the calling one alone, or [AllCores].
	Threads int
	// NoTrim keeps encoder delay and padding, which are trimmed otherwise.
	NoTrim bool
	// Strict fails at damage that is bridged with a warning otherwise.
	Strict bool
	// EstimateLength takes an estimated length, where a local file would be scanned for the exact one otherwise.
	EstimateLength bool
	// Name is for messages about bytes and streams; that of a stream that has one, as an os.File, if it is empty.
	Name string
}

func (o ReadOptions) c() (C.ondes_read_options, error) {
	var n numbers
	c := C.ondes_go_read_options()
	switch o.Unit {
	case Frames:
	case Milliseconds:
		c.flags |= C.ONDES_READ_MILLISECONDS
	case Nanoseconds:
		c.flags |= C.ONDES_READ_NANOSECONDS
	default:
		return c, invalid("ReadOptions.Unit cannot be %d", o.Unit)
	}
	if o.NoTrim {
		c.flags |= C.ONDES_READ_NO_TRIM
	}
	if o.Strict {
		c.flags |= C.ONDES_READ_STRICT
	}
	if o.EstimateLength {
		c.flags |= C.ONDES_READ_ESTIMATE_LENGTH
	}
	c.start = n.u64("ReadOptions.Start", o.Start)
	c.end = n.u64("ReadOptions.End", o.End)
	c.channels = n.u32("ReadOptions.Channels", o.Channels)
	c.mono = has(o.Mono)
	c.rate = n.u32("ReadOptions.Rate", o.Rate)
	c.threads = n.threads("ReadOptions.Threads", o.Threads)
	c.quality = n.quality("ReadOptions.Quality", o.Quality)
	c.ending = choice(&n, "ReadOptions.Ending", o.Ending, EndingShort, EndingSilence, EndingRepeat)
	return c, n.err
}

// Info is what a file is, and what is read of it.
type Info struct {
	// Container is the file format, Codec the coding of the audio.
	Container Container
	Codec     Codec
	// SampleFormat is the smallest that holds the file's samples without loss; [SampleF32] for lossy codecs.
	SampleFormat SampleFormat
	// BitDepth is the significant bits per sample; 0 for lossy codecs.
	BitDepth int
	// BitRate is the bits per second on average; 0 if not known.
	BitRate int
	// Rate (in Hz) and Channels are the file's.
	Rate, Channels int
	// ChannelMask has the speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0 if they have none.
	ChannelMask uint32
	// IsExact tells whether the counts of frames are exact; otherwise they are estimates or unknown: see [Reader.Measure].
	IsExact bool
	// Frames in the file; -1 if nothing tells.
	Frames int64
	// Duration of the file; -1 if nothing tells.
	Duration time.Duration
	// OutputFrames are left to be read by the options, at OutputRate; -1 if nothing tells.
	OutputFrames int64
	// OutputRate (in Hz) and OutputChannels are those of the frames that are read.
	OutputRate, OutputChannels int
}

func infoOf(c *C.ondes_info) Info {
	info := Info{
		Container:      Container(c.container),
		Codec:          Codec(c.codec),
		SampleFormat:   SampleFormat(c.sample_format),
		BitDepth:       int(c.bit_depth),
		BitRate:        int(c.bit_rate),
		Rate:           int(c.rate),
		Channels:       int(c.channels),
		ChannelMask:    uint32(c.channel_mask),
		IsExact:        c.is_exact != 0,
		Frames:         known(c.frames),
		Duration:       -1,
		OutputFrames:   known(c.output_frames),
		OutputRate:     int(c.output_rate),
		OutputChannels: int(c.output_channels),
	}
	if duration := float64(c.duration); duration < math.MaxInt64/1e9 { // NaN is not
		info.Duration = seconds(duration)
	}
	return info
}

// Warning is damage that did not keep a file from being read.
type Warning struct {
	// Message says what is wrong, and what was done about it.
	Message string
	// Offset is the byte of the file where it is; -1 where that is not known.
	Offset int64
}

// warnings collects what a C function gives one by one.
func warnings(count C.uint64_t, get func(index C.uint64_t, message **C.char, offset *C.uint64_t) C.int32_t) []Warning {
	var all []Warning
	for i := C.uint64_t(0); i < count; i++ {
		var message *C.char
		var offset C.uint64_t
		if get(i, &message, &offset) == C.ONDES_STATUS_OK {
			all = append(all, Warning{C.GoString(message), known(offset)})
		}
	}
	return all
}

// Checksum is the verdict of [Reader.Verify].
type Checksum int32

const (
	// ChecksumNone: the file has no checksum of its audio.
	ChecksumNone Checksum = C.ONDES_CHECKSUM_NONE
	// ChecksumMatch: the decoded audio has the checksum that the file gives.
	ChecksumMatch Checksum = C.ONDES_CHECKSUM_MATCH
	// ChecksumMismatch: it has another one, the file is damaged.
	ChecksumMismatch Checksum = C.ONDES_CHECKSUM_MISMATCH
)

// Reader reads frames from one file, memory block or stream. One goroutine may use it at a time, a second gets [ErrBusy];
// Close is fine at any time.
type Reader struct {
	h               *handle
	channels, hertz int
}

// Open opens the file at a path.
//
// Errors: [ErrNotFound], [ErrIsDirectory], [ErrPermission], [ErrIO]; [ErrUnrecognized], [ErrUnsupported], [ErrMalformed],
// [ErrLimit]; [ErrInvalidArgument] for options that cannot be.
func Open(path string, options ...ReadOptions) (*Reader, error) {
	o, err := only(options)
	if err != nil {
		return nil, err
	}
	if err := named(path); err != nil {
		return nil, err
	}
	return openReader(path, o, func(_ *handle, c *C.ondes_read_options, path *C.char, out **C.ondes_reader, err **C.ondes_error) C.int32_t {
		return C.ondes_reader_open_path(path, c, out, err)
	})
}

// named says what is wrong with a path that is none.
func named(path string) error {
	if path == "" {
		return failure(ErrNotFound, "", "there is no file to open: the path is empty")
	}
	return nil
}

// OpenBytes opens a file that lies in memory. The bytes are not copied: leave them as they are until Close.
//
// Errors: as for [Open].
func OpenBytes(file []byte, options ...ReadOptions) (*Reader, error) {
	o, err := only(options)
	if err != nil {
		return nil, err
	}
	return openReader(o.Name, o, func(h *handle, c *C.ondes_read_options, name *C.char, out **C.ondes_reader, err **C.ondes_error) C.int32_t {
		return C.ondes_reader_open_memory(h.pins(file), C.uint64_t(len(file)), name, c, out, err)
	})
}

// OpenReader opens a stream from where it stands. One that is an [io.Seeker] and can seek is read as a file is; any other
// is read forward, as far as the format allows that. The stream is the Reader's alone until Close, and yours to close
// afterwards.
//
// What its Read says is in the chain of the error; what it panics with panics in the call that read.
//
// Errors: as for [Open]; [ErrCallback] and [ErrNotSeekable].
func OpenReader(from io.Reader, options ...ReadOptions) (*Reader, error) {
	o, err := only(options)
	if err != nil {
		return nil, err
	}
	if err := openable(from, "reader"); err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = nameOf(from)
	}
	return openReader(o.Name, o, func(h *handle, c *C.ondes_read_options, name *C.char, out **C.ondes_reader, err **C.ondes_error) C.int32_t {
		s := h.uses(input(from))
		return C.ondes_go_reader_open_io(s.number(), s.seekable(), name, c, out, err)
	})
}

func openReader(name string, options ReadOptions,
	open func(h *handle, c *C.ondes_read_options, name *C.char, out **C.ondes_reader, err **C.ondes_error) C.int32_t) (*Reader, error) {
	c, err := options.c()
	if err != nil {
		return nil, err
	}
	r := new(Reader)
	err = lent("the path", []string{name}, func(names []*C.char) (err error) {
		r.h, err = create("the reader is", name, freeReader, func(h *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t) {
			var out *C.ondes_reader
			status := open(h, &c, names[0], &out, err)
			return unsafe.Pointer(out), status
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	info, err := r.Info()
	if err != nil {
		r.Close()
		return nil, err
	}
	r.channels, r.hertz = info.OutputChannels, info.OutputRate
	return r, nil
}

func freeReader(p unsafe.Pointer) { C.ondes_reader_free((*C.ondes_reader)(p)) }

// Close frees the reader. A call that is under way in another goroutine ends first. Closing again does nothing; other calls
// give [ErrClosed]. The error is always nil.
func (r *Reader) Close() error {
	orZero(r).h.close()
	return nil
}

// Name is the path or name that the reader was opened with.
func (r *Reader) Name() (name string) {
	orZero(r).h.get(func(p unsafe.Pointer) { name = C.GoString(C.ondes_reader_name((*C.ondes_reader)(p))) })
	return name
}

// Channels is the samples per frame that are read.
func (r *Reader) Channels() int { return orZero(r).channels }

// Rate is the rate of the frames that are read, in Hz.
func (r *Reader) Rate() int { return orZero(r).hertz }

// Info describes the file and what is read of it.
func (r *Reader) Info() (Info, error) {
	c := C.ondes_go_info()
	err := r.call(func(reader *C.ondes_reader, err **C.ondes_error) C.int32_t {
		return C.ondes_reader_info(reader, &c, err)
	})
	if err != nil {
		return Info{}, err
	}
	return infoOf(&c), nil
}

func (r *Reader) call(work func(reader *C.ondes_reader, err **C.ondes_error) C.int32_t) error {
	return orZero(r).h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t { return work((*C.ondes_reader)(p), err) })
}

// Read reads as many frames as dst holds, and tells how many; fewer only before the end or an error, and 0 with [io.EOF] at
// the end. The samples are converted to those of dst.
//
// Errors: [ErrIO] or [ErrCallback], [ErrMalformed], [ErrFormatChanged]. The frames before an error are given first.
func (r *Reader) Read(dst Buffer) (int, error) {
	return orZero(r).h.read(dst, orZero(r).channels, func(m memory, capacity C.uint64_t, got *C.uint64_t) error {
		return r.call(func(reader *C.ondes_reader, err **C.ondes_error) C.int32_t {
			return C.ondes_go_reader_read(reader, m.format, m.layout, m.data, capacity, got, err)
		})
	})
}

// read reads into a buffer, with io.EOF at the end.
func (h *handle) read(dst Buffer, channels int, work func(m memory, capacity C.uint64_t, got *C.uint64_t) error) (int, error) {
	m := dst.memory()
	capacity, err := h.frames(m, channels)
	if err != nil {
		return 0, err
	}
	var got C.uint64_t
	if err := work(m, capacity, &got); err != nil {
		return 0, err
	}
	if got == 0 && capacity > 0 {
		return 0, io.EOF
	}
	return int(got), nil
}

// Seek moves to a frame, as [io.Seeker] does to a byte: the next read begins there, exactly. The end itself is allowed. It
// tells the new position; Seek(0, io.SeekCurrent) only tells it. [io.SeekEnd] measures the audio where it must.
//
// Errors: [ErrOutOfRange] beyond an exact end, [ErrNotSeekable] where the source cannot go back.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	measure := func() (int64, error) { return r.Measure(context.Background()) }
	return seek(offset, whence, r.position, measure, func(frame C.uint64_t) error {
		return r.call(func(reader *C.ondes_reader, err **C.ondes_error) C.int32_t {
			return C.ondes_reader_seek(reader, frame, err)
		})
	})
}

func seek(offset int64, whence int, position, length func() (int64, error), move func(frame C.uint64_t) error) (int64, error) {
	var base int64
	var err error
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		base, err = position()
	case io.SeekEnd:
		base, err = length()
	default:
		err = invalid("whence cannot be %d", whence)
	}
	if err != nil {
		return 0, err
	}
	frame := base + offset
	if frame < 0 {
		return 0, failure(ErrOutOfRange, "", "frame %d is before the start", frame)
	}
	if whence == io.SeekCurrent && offset == 0 {
		return frame, nil
	}
	return frame, move(C.uint64_t(frame))
}

func (r *Reader) position() (frame int64, err error) {
	err = r.call(func(reader *C.ondes_reader, _ **C.ondes_error) C.int32_t {
		frame = known(C.ondes_reader_tell(reader))
		return busyIf(frame < 0)
	})
	return frame, err
}

// busyIf is the status of a getter that knows nothing because its object is in use.
func busyIf(unknown bool) C.int32_t {
	if unknown {
		return C.ONDES_STATUS_BUSY
	}
	return C.ONDES_STATUS_OK
}

// ScanOptions say how work through a whole file is watched.
type ScanOptions struct {
	// Progress is told how far the work is, in frames of the file at its own rate; an error that it returns ends it.
	Progress func(Progress) error
}

// scan runs work through the whole file. Where it is ended the reader stays as it was.
func (r *Reader) scan(ctx context.Context, options []ScanOptions, work func(*C.ondes_reader, *watch, **C.ondes_error) C.int32_t) error {
	o, err := only(options)
	if err != nil {
		return err
	}
	h := orZero(r).h
	w, err := watching(ctx, h.name(), o.Progress)
	if err != nil {
		return err
	}
	defer w.end()
	return h.watched(w, func(p unsafe.Pointer, err **C.ondes_error) C.int32_t {
		return work((*C.ondes_reader)(p), w, err)
	})
}

// Measure finds the exact count of frames to be read, by going through the file's headers if it must.
//
// Errors: [ErrNotSeekable], [ErrIO] or [ErrCallback], [ErrMalformed]; [ErrCancelled], when the reader stays as it was.
func (r *Reader) Measure(ctx context.Context, options ...ScanOptions) (int64, error) {
	var frames C.uint64_t
	err := r.scan(ctx, options, func(reader *C.ondes_reader, w *watch, err **C.ondes_error) C.int32_t {
		return C.ondes_go_measure(reader, w.token, w.handle, &frames, err)
	})
	return int64(frames), err
}

// Verify compares the audio with the checksum that the file gives of it, for which all of it is decoded, and goes back to
// the start. Only FLAC has one: of other files nothing is decoded.
//
// Errors: [ErrCancelled], when the reader stays as it was; what [Reader.Read] gives.
func (r *Reader) Verify(ctx context.Context, options ...ScanOptions) (Checksum, error) {
	var verdict C.int32_t
	err := r.scan(ctx, options, func(reader *C.ondes_reader, w *watch, err **C.ondes_error) C.int32_t {
		return C.ondes_go_verify(reader, w.token, w.handle, &verdict, err)
	})
	return Checksum(verdict), err
}

// Warnings are those so far: damage that did not keep the file from being read. The first 64 are kept.
func (r *Reader) Warnings() (all []Warning) {
	orZero(r).h.get(func(p unsafe.Pointer) {
		reader := (*C.ondes_reader)(p)
		all = warnings(C.ondes_reader_warning_count(reader), func(i C.uint64_t, message **C.char, offset *C.uint64_t) C.int32_t {
			return C.ondes_reader_warning(reader, i, message, offset, nil)
		})
	})
	return all
}

// LoadInto reads everything from the position to the end into dst, which must hold all of it, on as many threads as the
// options allow. It tells the frames.
//
// Errors: [ErrOutOfRange] if the audio goes on after dst; [ErrCancelled]; what [Reader.Read] gives.
func (r *Reader) LoadInto(ctx context.Context, dst Buffer) (int, error) {
	m := dst.memory()
	capacity, err := orZero(r).h.frames(m, orZero(r).channels)
	if err != nil {
		return 0, err
	}
	w, err := watching(ctx, orZero(r).h.name(), nil)
	if err != nil {
		return 0, err
	}
	defer w.end()
	var got C.uint64_t
	err = orZero(r).h.watched(w, func(p unsafe.Pointer, err **C.ondes_error) C.int32_t {
		return C.ondes_go_reader_load_into((*C.ondes_reader)(p), m.format, m.layout, w.token, m.data, capacity, &got, err)
	})
	return int(got), err
}

// trusted is how many bytes are taken for the audio that a header promises before there is any.
const trusted = 1 << 30

// ReadAll loads everything from the reader's position to the end, on as many threads as its options allow.
//
// Errors: [ErrCancelled] when the context ends, [ErrOutOfMemory]; what [Reader.Read] gives: then there is no audio at all.
func ReadAll[T Sample](ctx context.Context, from *Reader, layout Layout) (*Audio[T], error) {
	var n numbers
	order := n.layout("the layout", layout)
	if n.err != nil {
		return nil, n.err
	}
	info, err := from.Info()
	if err != nil {
		return nil, err
	}
	position, err := from.position()
	if err != nil {
		return nil, err
	}
	audio := &Audio[T]{Channels: info.OutputChannels, Rate: info.OutputRate, Layout: layout}
	var one T
	frame := int64(info.OutputChannels) * int64(unsafe.Sizeof(one))
	if left := max(info.OutputFrames-position, 0); info.IsExact && left <= trusted/frame {
		audio.Samples = make([]T, left*int64(info.OutputChannels))
		frames, err := from.LoadInto(ctx, audio)
		if err != nil {
			return nil, err
		}
		audio.Samples = compact(audio.Samples, audio.Channels, layout, frames)
		return audio, nil
	}
	w, err := watching(ctx, orZero(from).h.name(), nil)
	if err != nil {
		return nil, err
	}
	defer w.end()
	var c *C.ondes_audio
	defer func() { C.ondes_audio_free(c) }() // also where a function of Go panics
	err = orZero(from).h.watched(w, func(p unsafe.Pointer, err **C.ondes_error) C.int32_t {
		return C.ondes_reader_load((*C.ondes_reader)(p), numberOf[T](), order, w.token, &c, err)
	})
	if err != nil {
		return nil, err
	}
	return audioOf[T](c), nil
}

// audioOf copies audio of the library, which has samples of T.
func audioOf[T Sample](c *C.ondes_audio) *Audio[T] {
	if SampleFormat(C.ondes_audio_format(c)) != FormatOf[T]() {
		return nil
	}
	count := int(C.ondes_audio_frames(c)) * int(C.ondes_audio_channels(c))
	return &Audio[T]{
		Samples:  append([]T(nil), unsafe.Slice((*T)(C.ondes_audio_samples(c)), count)...),
		Channels: int(C.ondes_audio_channels(c)),
		Rate:     int(C.ondes_audio_rate(c)),
		Layout:   Layout(C.ondes_audio_layout(c)),
	}
}

// compact is the samples of so many frames, where there was room for more: planes move together.
func compact[T Sample](samples []T, channels int, layout Layout, frames int) []T {
	if capacity := len(samples) / max(channels, 1); layout == LayoutPlanar && frames < capacity {
		for i := 1; i < channels; i++ {
			copy(samples[i*frames:(i+1)*frames], samples[i*capacity:])
		}
	}
	return samples[:frames*channels]
}

// Load opens a file and loads what the options say of it, interleaved:
//
//	speech, err := ondes.Load[float32]("speech.wav", ondes.ReadOptions{Rate: 16000, Mono: true})
//
// Errors: those of [Open] and [ReadAll].
func Load[T Sample](path string, options ...ReadOptions) (*Audio[T], error) {
	r, err := Open(path, options...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return ReadAll[T](context.Background(), r, LayoutInterleaved)
}

// FrameReader is a [Reader] or [Resampled].
type FrameReader interface {
	// Read reads frames, and gives [io.EOF] at the end.
	Read(dst Buffer) (int, error)
	// Channels is the samples per frame.
	Channels() int

	rate() int
}

func (r *Reader) rate() int { return orZero(r).hertz }

// Blocks goes through all that is left, in blocks of so many frames: the last may be shorter. Each block has memory of its
// own. After an error there is no more.
//
//	for block, err := range ondes.Blocks[float32](reader, 4096, ondes.LayoutInterleaved) {
func Blocks[T Sample](from FrameReader, frames int, layout Layout) iter.Seq2[*Audio[T], error] {
	return func(yield func(*Audio[T], error) bool) {
		if frames <= 0 {
			yield(nil, invalid("a block cannot have %d frames", frames))
			return
		}
		for {
			samples, err := room[T](int64(frames), from.Channels())
			if err != nil {
				yield(nil, err)
				return
			}
			block := &Audio[T]{Samples: samples, Channels: from.Channels(), Rate: from.rate(), Layout: layout}
			got, err := from.Read(block)
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			block.Samples = compact(block.Samples, block.Channels, layout, got)
			if !yield(block, nil) {
				return
			}
		}
	}
}

// LoudnessOptions say what is measured, and how that is watched.
type LoudnessOptions struct {
	// NoTruePeak leaves out the true peak, which is half of the work.
	NoTruePeak bool
	// Progress is told how far the measurement is; an error that it returns ends it.
	Progress func(Progress) error
}

// Loudness is loudness by EBU R 128, and peaks. A loudness is NaN where the audio is shorter than the window that defines it,
// and minus infinity where it is silent.
type Loudness struct {
	// Frames that were measured.
	Frames int64
	// Integrated (gated) loudness in LUFS: minus infinity if nothing is above -70 LUFS, NaN below 400 ms.
	Integrated float64
	// Range is the loudness range in LU; 0 if nothing is above -70 LUFS, NaN below 3 s.
	Range float64
	// MaxMomentary (400 ms) and MaxShortTerm (3 s) are maxima in LUFS.
	MaxMomentary, MaxShortTerm float64
	// SamplePeak is the largest sample of any channel, linear: full scale is 1, and 20 * log10 of it is dBFS.
	SamplePeak float64
	// TruePeak is the same with what lies between the samples (dBTP); NaN with NoTruePeak.
	TruePeak float64
}

// Loudness measures everything from the position to the end.
//
// Errors: [ErrUnsupported] and [ErrLimit] for rates and channels that have no loudness; [ErrCancelled]; what [Reader.Read]
// gives.
func (r *Reader) Loudness(ctx context.Context, options ...LoudnessOptions) (Loudness, error) {
	o, err := only(options)
	if err != nil {
		return Loudness{}, err
	}
	w, err := watching(ctx, orZero(r).h.name(), o.Progress)
	if err != nil {
		return Loudness{}, err
	}
	defer w.end()
	c := C.ondes_go_loudness()
	var flags C.uint32_t
	if o.NoTruePeak {
		flags = C.ONDES_LOUDNESS_NO_TRUE_PEAK
	}
	err = orZero(r).h.watched(w, func(p unsafe.Pointer, err **C.ondes_error) C.int32_t {
		return C.ondes_go_loudness_of((*C.ondes_reader)(p), flags, w.token, w.handle, &c, err)
	})
	if err != nil {
		return Loudness{}, err
	}
	return Loudness{
		Frames:       int64(c.frames),
		Integrated:   float64(c.integrated),
		Range:        float64(c._range),
		MaxMomentary: float64(c.max_momentary),
		MaxShortTerm: float64(c.max_short_term),
		SamplePeak:   float64(c.sample_peak),
		TruePeak:     float64(c.true_peak),
	}, nil
}
