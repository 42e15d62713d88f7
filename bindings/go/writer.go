package ondes

// #include "shims.h"
import "C"

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"unsafe"
)

// WriteOptions say what to write. Set Rate and Channels, or Like.
type WriteOptions struct {
	// Format is the Name of a [WriteFormat] or an extension; "" takes the extension of the path or name.
	Format string
	// Quality is one of the format's words for quality, "192 kbps" or just "192"; "" is the best.
	Quality string
	// Like is a reader that tells what is 0 or empty here, as far as the format can hold it; nil for none.
	Like *Reader
	// Tags go into the file, as far as its format can hold them; nil for those of Like, less its encoder's name.
	Tags *Tags
	// Rate is in Hz, Channels the samples per frame.
	Rate, Channels int
	// ChannelMask has the speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0 for the usual ones.
	ChannelMask uint32
	// SampleFormat is that of the samples in the file; 0 is the format's usual one. Lossy codecs ignore it.
	SampleFormat SampleFormat
	// Threads may encode, where the codec can use them: 0 is the calling one alone, or [AllCores]. An MP3 file of several
	// threads has other bytes than that of one.
	Threads int
	// Dither adds noise of two steps where samples are rounded to fewer bits (triangular dither).
	Dither bool
	// Atomic writes beside the target, and puts the whole file in its place when it is finished.
	Atomic bool
	// NoBitReservoir makes MP3 frames that need no other.
	NoBitReservoir bool
	// Name is for messages about streams, and its extension; that of a stream that has one, as an os.File, if it is empty.
	Name string
}

// with gives the options to work as C has them.
func (o WriteOptions) with(path string, work func(c *C.ondes_write_options, path *C.char) error) error {
	var n numbers
	c := C.ondes_go_write_options()
	if o.Atomic {
		c.flags |= C.ONDES_WRITE_ATOMIC
	}
	if o.NoBitReservoir {
		c.flags |= C.ONDES_WRITE_NO_BIT_RESERVOIR
	}
	c.rate = n.u32("WriteOptions.Rate", o.Rate)
	c.channels = n.u32("WriteOptions.Channels", o.Channels)
	c.channel_mask = C.uint32_t(o.ChannelMask)
	if o.SampleFormat != 0 {
		c.sample_format = n.sampleFormat("WriteOptions.SampleFormat", o.SampleFormat)
	}
	c.threads = n.threads("WriteOptions.Threads", o.Threads)
	c.dither = has(o.Dither)
	if n.err != nil {
		return n.err
	}
	if o.Like != nil {
		reader, err := o.Like.h.acquire()
		if err != nil {
			return err
		}
		defer o.Like.h.release()
		c.like = (*C.ondes_reader)(reader)
	}
	if o.Tags != nil {
		tags, err := o.Tags.h.acquire()
		if err != nil {
			return err
		}
		defer o.Tags.h.release()
		c.tags = (*C.ondes_tags)(tags)
	}
	if err := cmp.Or(noNUL("WriteOptions.Format", o.Format), noNUL("WriteOptions.Quality", o.Quality)); err != nil {
		return err
	}
	return lent("the path", []string{o.Format, o.Quality, path}, func(texts []*C.char) error {
		c.format, c.quality = texts[0], texts[1]
		return work(&c, texts[2])
	})
}

// Writer writes frames to one file, memory block or stream. One goroutine may use it at a time, a second gets [ErrBusy].
//
// Close completes the file; only that makes it whole. Discard leaves it as it is:
//
//	w, err := ondes.Create("out.flac", ondes.WriteOptions{Rate: 48000, Channels: 2, Atomic: true})
//	if err != nil {
//		return err
//	}
//	defer w.Discard() // where something goes wrong before the end
//	…
//	return w.Close()
type Writer struct {
	h        *handle
	channels int
	finished atomic.Bool
	failed   atomic.Bool // by a call that had to be the last
}

// Create creates the file at a path, or empties it. After a failure nothing has changed.
//
// Errors: [ErrInvalidArgument] for what the format cannot hold; [ErrNotFound], [ErrIsDirectory], [ErrPermission], [ErrIO].
func Create(path string, options WriteOptions) (*Writer, error) {
	if path == "" {
		return nil, failure(ErrNotFound, "", "there is no file to create: the path is empty")
	}
	return openWriter(path, options, func(_ *handle, c *C.ondes_write_options, path *C.char, out **C.ondes_writer, err **C.ondes_error) C.int32_t {
		return C.ondes_writer_open_path(path, c, out, err)
	})
}

// CreateBytes writes a file in memory, which [Writer.Bytes] gives at the end. Set options.Format.
//
// Errors: [ErrInvalidArgument] for what the format cannot hold.
func CreateBytes(options WriteOptions) (*Writer, error) {
	return openWriter("", options, func(_ *handle, c *C.ondes_write_options, _ *C.char, out **C.ondes_writer, err **C.ondes_error) C.int32_t {
		return C.ondes_writer_open_memory(c, out, err)
	})
}

// CreateWriter writes to a stream, from where it stands. One that is an [io.Seeker] and can seek is written as a file is;
// formats differ in what they need that for. The stream is the Writer's alone until Close, and yours to close afterwards;
// one that has a Flush method, as a bufio.Writer, is flushed.
//
// What its Write says is in the chain of the error; what it panics with panics in the call that wrote.
//
// Errors: [ErrInvalidArgument] for what the format cannot hold; [ErrCallback], [ErrNotSeekable].
func CreateWriter(to io.Writer, options WriteOptions) (*Writer, error) {
	if err := openable(to, "writer"); err != nil {
		return nil, err
	}
	if options.Name == "" {
		options.Name = nameOf(to)
	}
	return openWriter(options.Name, options, func(h *handle, c *C.ondes_write_options, name *C.char, out **C.ondes_writer, err **C.ondes_error) C.int32_t {
		s := h.uses(output(to))
		return C.ondes_go_writer_open_io(s.number(), s.seekable(), name, c, out, err)
	})
}

func openWriter(path string, options WriteOptions,
	open func(h *handle, c *C.ondes_write_options, path *C.char, out **C.ondes_writer, err **C.ondes_error) C.int32_t) (*Writer, error) {
	w := new(Writer)
	err := options.with(path, func(c *C.ondes_write_options, path *C.char) (err error) {
		w.h, err = create("the writer is", C.GoString(path), func(p unsafe.Pointer) { C.ondes_writer_free((*C.ondes_writer)(p)) },
			func(h *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t) {
				var out *C.ondes_writer
				status := open(h, c, path, &out, err)
				return unsafe.Pointer(out), status
			})
		return err
	})
	if err != nil {
		return nil, err
	}
	w.get(func(writer *C.ondes_writer) { w.channels = int(C.ondes_writer_channels(writer)) })
	return w, nil
}

func (w *Writer) call(work func(writer *C.ondes_writer, err **C.ondes_error) C.int32_t) error {
	return orZero(w).h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t { return work((*C.ondes_writer)(p), err) })
}

func (w *Writer) get(work func(writer *C.ondes_writer)) {
	orZero(w).h.get(func(p unsafe.Pointer) { work((*C.ondes_writer)(p)) })
}

// watch notes whether a call that writes failed so that nothing more can be written, or panicked.
func (w *Writer) watch(err *error) {
	value := recover()
	if value != nil || isLast(*err) {
		orZero(w).failed.Store(true)
	}
	if value != nil {
		panic(value)
	}
}

// isLast tells whether after this error nothing more can be written, as ondes_writer_write has it.
func isLast(err error) bool {
	return errors.Is(err, ErrNoSpace) || errors.Is(err, ErrIO) || errors.Is(err, ErrCallback) || errors.Is(err, ErrPanic)
}

// Write appends samples of any type: they are converted to the file's.
//
// Errors: [ErrLimit] if the file cannot hold so many, then it is as it was; [ErrClosed] after the end; [ErrNoSpace], [ErrIO] or
// [ErrCallback], after which nothing more can be written.
func (w *Writer) Write(src Buffer) (err error) {
	defer w.watch(&err)
	m := src.memory()
	frames, err := orZero(w).h.frames(m, orZero(w).channels)
	if err != nil {
		return err
	}
	return w.call(func(writer *C.ondes_writer, err **C.ondes_error) C.int32_t {
		return C.ondes_go_writer_write(writer, m.format, m.layout, m.data, frames, err)
	})
}

// Flush brings the file up to date: if the process ends now, everything written so far can be read. A lossy codec keeps the
// last blocks, which it completes with what follows: less than a second.
//
// Errors: [ErrUnsupported] or [ErrNotSeekable] where format or target cannot, and writing can go on; [ErrNoSpace], [ErrIO] or
// [ErrCallback], after which nothing more can be written.
func (w *Writer) Flush() (err error) {
	defer w.watch(&err)
	return w.call(func(writer *C.ondes_writer, err **C.ondes_error) C.int32_t { return C.ondes_writer_flush(writer, err) })
}

// Finish completes the file. Close does that too, and frees the writer; this is for [Writer.Bytes].
//
// Errors: [ErrNoSpace], [ErrIO] or [ErrCallback]; [ErrClosed] the second time.
func (w *Writer) Finish() (err error) {
	defer w.watch(&err)
	err = w.call(func(writer *C.ondes_writer, err **C.ondes_error) C.int32_t { return C.ondes_writer_finish(writer, err) })
	if err == nil {
		w.finished.Store(true)
	}
	return err
}

// Bytes gives the file that was written in memory, once, after Finish.
//
// Errors: [ErrInvalidArgument] if it is not finished or not in memory.
func (w *Writer) Bytes() ([]byte, error) {
	var c *C.ondes_bytes
	err := w.call(func(writer *C.ondes_writer, err **C.ondes_error) C.int32_t {
		return C.ondes_writer_take_bytes(writer, &c, err)
	})
	if err != nil {
		return nil, err
	}
	return bytesOf(c), nil
}

// bytesOf copies bytes of the library and frees them.
func bytesOf(c *C.ondes_bytes) []byte {
	defer C.ondes_bytes_free(c)
	data := unsafe.Pointer(C.ondes_bytes_data(c))
	return append([]byte(nil), unsafe.Slice((*byte)(data), C.ondes_bytes_size(c))...)
}

// Close completes the file and frees the writer. Every error that could still come, comes here. Where an earlier call failed
// so that nothing more could be written, or [Transcode] failed, the file cannot be made whole: it is discarded, and that
// error was the one that counts. Closing again does nothing.
//
// Errors: [ErrNoSpace], [ErrIO] or [ErrCallback]; [ErrBusy] while another goroutine writes, when nothing is done: close it
// when that is over.
func (w *Writer) Close() error {
	w = orZero(w)
	if !w.finished.Load() && !w.failed.Load() {
		err := w.Finish()
		if errors.Is(err, ErrBusy) {
			return err
		}
		defer w.h.close()
		if errors.Is(err, ErrClosed) {
			return nil
		}
		return err
	}
	w.h.close()
	return nil
}

// Discard frees the writer without completing the file, which stays as far as it was written, or goes away where it was
// written with Atomic. After Close it does nothing.
func (w *Writer) Discard() { orZero(w).h.close() }

// Frames counts the frames that were written; -1 while another goroutine writes, and after Close.
func (w *Writer) Frames() int64 {
	frames := int64(-1)
	w.get(func(writer *C.ondes_writer) { frames = known(C.ondes_writer_frames(writer)) })
	return frames
}

// Name is the path or name that the writer was opened with.
func (w *Writer) Name() (name string) {
	w.get(func(writer *C.ondes_writer) { name = C.GoString(C.ondes_writer_name(writer)) })
	return name
}

// Format is the format that is written.
func (w *Writer) Format() (format WriteFormat) {
	w.get(func(writer *C.ondes_writer) { format = writeFormat(C.ondes_writer_format(writer)) })
	return format
}

// Quality is the word for the quality that was chosen, "192 kbps"; "" if the format has no choice.
func (w *Writer) Quality() (word string) {
	w.get(func(writer *C.ondes_writer) { word = C.GoString(C.ondes_writer_quality(writer)) })
	return word
}

// SampleFormat is that of the samples in the file; [SampleF32] for lossy codecs.
func (w *Writer) SampleFormat() (format SampleFormat) {
	w.get(func(writer *C.ondes_writer) { format = SampleFormat(C.ondes_writer_sample_format(writer)) })
	return format
}

// Rate is the sample rate of the file in Hz.
func (w *Writer) Rate() (rate int) {
	w.get(func(writer *C.ondes_writer) { rate = int(C.ondes_writer_rate(writer)) })
	return rate
}

// Channels is the samples per frame.
func (w *Writer) Channels() int { return orZero(w).channels }

// Encode makes a whole file in memory. Set options.Format; rate and channels are the audio's where they are 0.
//
// Errors: [ErrInvalidArgument] for what the format cannot hold, [ErrLimit] for too many frames.
func Encode[T Sample](audio *Audio[T], options WriteOptions) ([]byte, error) {
	options = like(audio, options)
	m := audio.memory()
	frames, err := m.frames(options.Channels)
	if err != nil {
		return nil, err
	}
	if err := fits(); err != nil {
		return nil, err
	}
	collect()
	var file *C.ondes_bytes
	err = options.with("", func(c *C.ondes_write_options, _ *C.char) error {
		return run("", nil, func(err **C.ondes_error) C.int32_t {
			return C.ondes_go_encode(m.format, m.layout, m.data, frames, c, &file, err)
		})
	})
	if err != nil {
		return nil, err
	}
	return bytesOf(file), nil
}

// like fills in what audio tells.
func like[T Sample](audio *Audio[T], options WriteOptions) WriteOptions {
	if options.Rate == 0 {
		options.Rate = audio.Rate
	}
	if options.Channels == 0 {
		options.Channels = audio.Channels
	}
	return options
}

// Save writes audio to the file at a path; rate and channels are the audio's where the options have 0.
//
// Errors: those of [Create], [Writer.Write] and [Writer.Close].
func Save[T Sample](path string, audio *Audio[T], options ...WriteOptions) error {
	o, err := only(options)
	if err != nil {
		return err
	}
	w, err := Create(path, like(audio, o))
	if err != nil {
		return err
	}
	defer w.Discard()
	if err := w.Write(audio); err != nil {
		return err
	}
	return w.Close()
}

// TranscodeOptions say how a copy is watched.
type TranscodeOptions struct {
	// Progress is told how far the copy is; an error that it returns ends it.
	Progress func(Progress) error
}

// Transcode writes everything from the reader's position on, in constant memory, finishes the file, and tells the frames.
// The rate is converted where the writer has another; mono is spread over all channels, and any number of channels mixed to
// mono. Create the writer with WriteOptions.Like to keep the rest as it is. After a failure the file is not finished, also
// not by Close: with Atomic nothing of it is left.
//
// Errors: [ErrInvalidArgument] for other numbers of channels, [ErrCancelled]; what reading and writing give.
func Transcode(ctx context.Context, from *Reader, to *Writer, options ...TranscodeOptions) (frames int64, err error) {
	o, err := only(options)
	if err != nil {
		return 0, err
	}
	from, to = orZero(from), orZero(to)
	done := false
	defer func() {
		if !done && !errors.Is(err, ErrBusy) {
			to.failed.Store(true)
		}
	}()
	w, err := watching(ctx, from.h.name(), o.Progress)
	if err != nil {
		return 0, err
	}
	defer w.end()
	reader, err := from.h.acquire()
	if err != nil {
		return 0, err
	}
	defer from.h.release()
	writer, err := to.h.acquire()
	if err != nil {
		return 0, err
	}
	defer to.h.release()
	var count C.uint64_t
	calls := append(append([]*callbacks{&w.callbacks}, from.h.calls...), to.h.calls...)
	err = run(from.h.path, calls, func(err **C.ondes_error) C.int32_t {
		return C.ondes_go_transcode((*C.ondes_reader)(reader), (*C.ondes_writer)(writer), w.token, w.handle, &count, err)
	})
	if err != nil {
		return 0, err
	}
	done = true
	to.finished.Store(true)
	return int64(count), nil
}
