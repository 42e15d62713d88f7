package ondes

// #include "shims.h"
import "C"

import (
	"context"
	"io"
	"iter"
	"strings"
	"sync"
	"unsafe"
)

// Source is a file for a batch: [Path], [Bytes] or [From].
type Source struct {
	path   string
	bytes  []byte
	reader io.Reader
	kind   sourceKind
}

type sourceKind int

const (
	sourcePath sourceKind = iota
	sourceBytes
	sourceReader
)

// Path is the file at a path.
func Path(path string) Source { return Source{path: path} }

// Paths are the files at these paths.
func Paths(paths ...string) []Source {
	sources := make([]Source, len(paths))
	for i, path := range paths {
		sources[i] = Path(path)
	}
	return sources
}

// Bytes is a file that lies in memory. The bytes are not copied: leave them as they are until you have the result, or the
// batch is closed. The name is for messages.
func Bytes(file []byte, name string) Source {
	return Source{path: name, bytes: file, kind: sourceBytes}
}

// From is a stream, which a thread of the batch reads, from where it stands. What its Read says is in the error of its item;
// what it panics with panics where the item is taken. The name is for messages and its extension; that of a stream that has
// one, as an os.File, if it is empty.
func From(reader io.Reader, name string) Source {
	if name == "" && openable(reader, "reader") == nil {
		name = nameOf(reader)
	}
	return Source{path: name, reader: reader, kind: sourceReader}
}

// fault is why there can be no such file, where the library cannot be told of it; nil for most.
func (s Source) fault() *Error {
	if strings.ContainsRune(s.path, 0) {
		return failure(ErrInvalidArgument, s.path, "the path or name has a NUL in it: %q", s.path)
	}
	if s.kind == sourceReader && openable(s.reader, "reader") != nil {
		return failure(ErrNullArgument, s.path, "%sthere is no reader: it is nil", prefix(s.path))
	}
	return nil
}

// BatchOptions say how files are decoded: by default interleaved, on all cores.
type BatchOptions struct {
	// Read says what to read of each file. Its Name is not used.
	Read ReadOptions
	// Layout is the order of the samples.
	Layout Layout
	// Workers decode so many files at the same time; 0 and [AllCores] are one per core. Workers that no file needs decode parts
	// of long ones.
	Workers int
	// Ahead is how many decoded files are held before you ask for them; 0 is two per worker.
	Ahead int
	// Unordered gives results as they are ready, not in the order of the inputs.
	Unordered bool
	// Progress is told how far the batch is, from inside of Next, Collect and Fill; an error that it returns ends the batch.
	Progress func(Progress) error
}

// Item is what became of one file, in memory of Go.
type Item[T Sample] struct {
	// Index is the place of the file among the inputs, from 0.
	Index int
	// Name is the path or name that it was added with.
	Name string
	// Audio is the decoded audio; nil if the file failed, and after [Batch.Fill].
	Audio *Audio[T]
	// Frames came from the file, without padding.
	Frames int64
	// Info describes the file; all is 0 if it could not be opened.
	Info Info
	// Warnings are damage that did not keep the file from being read.
	Warnings []Warning
	// Err is why there is no audio; nil if the file went well.
	Err error
}

// LoadBatch decodes many files on several threads, and gives each result in the order of the inputs, with its error:
//
//	for item, err := range ondes.LoadBatch[float32](ctx, ondes.Paths(files...)) {
//		if err != nil {
//			log.Print(err) // says which file and why; item has its name and index
//			continue
//		}
//		use(item.Audio)
//	}
//
// Memory stays flat, however many files there are. When the context ends, the files that are left fail with [ErrCancelled],
// which are [context.Canceled] or whatever its cause is. Leaving the loop ends the work. An error of the batch itself comes
// with a nil item and is the last.
func LoadBatch[T Sample](ctx context.Context, sources []Source, options ...BatchOptions) iter.Seq2[*Item[T], error] {
	return func(yield func(*Item[T], error) bool) {
		b, err := NewBatch[T](ctx, options...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer b.Close()
		for _, source := range sources {
			if err := b.Add(source); err != nil {
				yield(nil, err)
				return
			}
		}
		b.Results()(yield)
	}
}

// Batch decodes many files on several threads. [LoadBatch] is all that most programs need; a Batch takes files while it runs,
// and fills blocks. One goroutine may use it at a time, a second gets [ErrBusy]; Close is fine at any time.
type Batch[T Sample] struct {
	h      *handle
	watch  *watch
	inputs *inputs
	layout Layout
}

// inputs are what a batch still uses of its sources, by their index. They are counted here, as the library tells no count
// while another goroutine uses the batch.
type inputs struct {
	mutex sync.Mutex
	count int
	kept  map[int]*keptInput
}

func (i *inputs) counted() int {
	if i == nil { // of a batch that was never made
		return 0
	}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.count
}

type keptInput struct {
	stream *stream
	unpin  func()
	fault  *Error // of a source that is none
}

func (k *keptInput) end() {
	if k.stream != nil {
		k.stream.handle.Delete()
	}
	if k.unpin != nil {
		k.unpin()
	}
}

// take lets go of an input.
func (i *inputs) take(index int) *keptInput {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	input := i.kept[index]
	delete(i.kept, index)
	if input != nil {
		input.end()
	}
	return input
}

func (i *inputs) end() {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	for _, input := range i.kept {
		input.end()
	}
	clear(i.kept)
}

// NewBatch makes a batch without files, which ends early when the context does.
func NewBatch[T Sample](ctx context.Context, options ...BatchOptions) (*Batch[T], error) {
	o, err := only(options)
	if err != nil {
		return nil, err
	}
	var n numbers
	layout := n.layout("BatchOptions.Layout", o.Layout)
	workers, ahead := n.threads("BatchOptions.Workers", o.Workers), n.u32("BatchOptions.Ahead", o.Ahead)
	if n.err != nil {
		return nil, n.err
	}
	read, err := o.Read.c()
	if err != nil {
		return nil, err
	}
	// A context that has ended before is no error here: every file fails with it.
	w, err := newWatch(ctx, "", o.Progress)
	if err != nil {
		return nil, err
	}
	b := &Batch[T]{watch: w, inputs: &inputs{kept: map[int]*keptInput{}}, layout: o.Layout}
	b.h, err = create("the batch is", "", func(p unsafe.Pointer) { C.ondes_batch_free((*C.ondes_batch)(p)) },
		func(h *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t) {
			h.calls = []*callbacks{&w.callbacks}
			h.after = []func(){w.end, b.inputs.end}
			var out *C.ondes_batch
			status := C.ondes_go_batch_new(numberOf[T](), layout, workers, ahead, has(o.Unordered), &read,
				w.token, w.handle, &out, err)
			return unsafe.Pointer(out), status
		})
	if err != nil {
		w.end()
		return nil, err
	}
	return b, nil
}

// Close ends the batch: work that is going on is broken off, and a Next that waits in another goroutine returns. Items stay
// valid. Closing again does nothing. The error is always nil.
func (b *Batch[T]) Close() error {
	b = orZero(b)
	b.h.get(func(unsafe.Pointer) { b.watch.cancel() })
	b.h.close()
	return nil
}

func (b *Batch[T]) call(work func(batch *C.ondes_batch, err **C.ondes_error) C.int32_t) error {
	return orZero(b).h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t { return work((*C.ondes_batch)(p), err) })
}

// Add adds a file, which is opened later: what is wrong with it, a nil reader too, is the error of its item. Files may be added while the batch runs: who begins with some more than there are
// workers, and adds one for each result taken, can go on for ever in constant memory.
func (b *Batch[T]) Add(source Source) error {
	kept, path := &keptInput{fault: source.fault()}, source.path
	if kept.fault != nil {
		source.kind, path = sourcePath, "" // fails in its place
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	switch source.kind {
	case sourceBytes:
		var data *C.uint8_t
		data, kept.unpin = pinned(source.bytes)
		return b.add(kept, func(batch *C.ondes_batch, err **C.ondes_error) C.int32_t {
			return C.ondes_batch_add_memory(batch, data, C.uint64_t(len(source.bytes)), name, err)
		})
	case sourceReader:
		kept.stream = input(source.reader)
		return b.add(kept, func(batch *C.ondes_batch, err **C.ondes_error) C.int32_t {
			return C.ondes_go_batch_add_io(batch, kept.stream.number(), kept.stream.seekable(), name, err)
		})
	default:
		return b.add(kept, func(batch *C.ondes_batch, err **C.ondes_error) C.int32_t {
			return C.ondes_batch_add_path(batch, name, err)
		})
	}
}

// add adds an input, and keeps what it needs.
func (b *Batch[T]) add(kept *keptInput, work func(batch *C.ondes_batch, err **C.ondes_error) C.int32_t) error {
	added := false
	defer func() {
		if !added {
			kept.end()
		}
	}()
	return b.call(func(batch *C.ondes_batch, err **C.ondes_error) C.int32_t {
		// The lock: the results of a goroutine that is faster than this must find what is kept.
		b.inputs.mutex.Lock()
		defer b.inputs.mutex.Unlock()
		status := work(batch, err)
		added = status == C.ONDES_STATUS_OK
		if added {
			b.inputs.kept[b.inputs.count] = kept
			b.inputs.count++
		}
		return status
	})
}

// Count counts the files that were added; 0 while the batch is in use, and after Close.
func (b *Batch[T]) Count() (count int) {
	orZero(b).h.get(func(p unsafe.Pointer) { count = int(C.ondes_batch_count((*C.ondes_batch)(p))) })
	return count
}

// Next waits for the next result, and gives [io.EOF] after all that were added. A file that failed is a result too, whose Err
// says why.
//
// Errors: [ErrIO] if no thread can be started. Those of files are in their items.
func (b *Batch[T]) Next() (*Item[T], error) {
	var c *C.ondes_batch_item
	defer func() { C.ondes_batch_item_free(c) }() // also where a function of Go panics
	err := b.call(func(batch *C.ondes_batch, err **C.ondes_error) C.int32_t { return C.ondes_batch_next(batch, &c, err) })
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, io.EOF
	}
	return b.item(c), nil
}

// Results goes through the results that are left, each with its error. An error of the batch itself comes with a nil item and
// is the last.
func (b *Batch[T]) Results() iter.Seq2[*Item[T], error] {
	return func(yield func(*Item[T], error) bool) {
		for {
			item, err := b.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(item, item.Err) {
				return
			}
		}
	}
}

// Collect waits for all results that are left, in the order of the inputs.
func (b *Batch[T]) Collect() ([]*Item[T], error) {
	return b.all(orZero(b).inputs.counted(), func(batch *C.ondes_batch, items **C.ondes_batch_item, capacity C.uint64_t, err **C.ondes_error) C.int32_t {
		return C.ondes_batch_collect(batch, items, capacity, err)
	})
}

// Padding is what fills the frames after a file's end in a block.
type Padding int32

const (
	// PaddingZero: silence.
	PaddingZero Padding = C.ONDES_PADDING_ZERO
	// PaddingRepeat: the file again from its first frame, as often as needed.
	PaddingRepeat Padding = C.ONDES_PADDING_REPEAT
)

// Fill decodes every file into its place in dst, which holds Count() * channels * frames samples in the layout of the
// options. Longer files are cut, shorter ones padded; a file with another number of channels fails. The items hold no audio;
// their Frames tell what came from the file.
//
// Errors: [ErrOutOfRange] if dst is too small, [ErrClosed] if results were taken before.
func (b *Batch[T]) Fill(dst []T, channels, frames int, padding Padding) ([]*Item[T], error) {
	var n numbers
	count, length := n.u32("the number of channels", channels), n.u64("the number of frames", int64(frames))
	fill := choice(&n, "the padding", padding, PaddingZero, PaddingRepeat)
	if n.err != nil {
		return nil, n.err
	}
	b = orZero(b)
	files := b.inputs.counted()
	if files > 0 && channels > 0 && frames > len(dst)/files/channels {
		return nil, failure(ErrOutOfRange, "", "the block holds %d samples, too few for %s of %d frames of %s",
			len(dst), counted(files, "file"), frames, counted(channels, "channel"))
	}
	m := memoryOf(dst, b.layout, 0)
	// The library refuses more files than there is room for here, should another goroutine add one now.
	return b.all(files, func(batch *C.ondes_batch, items **C.ondes_batch_item, capacity C.uint64_t, err **C.ondes_error) C.int32_t {
		return C.ondes_go_batch_fill(batch, m.data, count, length, fill, items, capacity, err)
	})
}

// all takes the results of so many files.
func (b *Batch[T]) all(files int, work func(batch *C.ondes_batch, items **C.ondes_batch_item, capacity C.uint64_t, err **C.ondes_error) C.int32_t) ([]*Item[T], error) {
	raw := make([]*C.ondes_batch_item, files+1) // one more: never an empty array
	defer func() {
		for _, c := range raw {
			C.ondes_batch_item_free(c) // those that were not come to, where a function of Go panics
		}
	}()
	err := b.call(func(batch *C.ondes_batch, err **C.ondes_error) C.int32_t {
		return work(batch, &raw[0], C.uint64_t(files), err)
	})
	// Also after a failure: what came before it is freed.
	items := make([]*Item[T], 0, len(raw))
	for i, c := range raw {
		if c != nil {
			items = append(items, b.item(c))
			raw[i] = nil
			C.ondes_batch_item_free(c)
		}
	}
	if err != nil {
		return nil, err
	}
	return items, nil
}

// item copies a result.
func (b *Batch[T]) item(c *C.ondes_batch_item) *Item[T] {
	collect()
	item := &Item[T]{
		Index:  int(C.ondes_batch_item_index(c)),
		Name:   C.GoString(C.ondes_batch_item_name(c)),
		Frames: int64(C.ondes_batch_item_frames(c)),
	}
	info := C.ondes_go_info()
	if C.ondes_batch_item_info(c, &info, nil) == C.ONDES_STATUS_OK && info.rate != 0 {
		item.Info = infoOf(&info)
	}
	item.Warnings = warnings(C.ondes_batch_item_warning_count(c), func(i C.uint64_t, message **C.char, offset *C.uint64_t) C.int32_t {
		return C.ondes_batch_item_warning(c, i, message, offset, nil)
	})
	err := copied(C.ondes_batch_item_status(c), C.ondes_batch_item_error(c), item.Name)
	b.watch.settle(err)
	if kept := b.inputs.take(item.Index); kept != nil && kept.fault != nil {
		item.Name, err = kept.fault.Path, kept.fault
	} else if kept != nil && kept.stream != nil {
		kept.stream.settle(err)
	}
	if err != nil {
		item.Err = err
	} else if audio := C.ondes_batch_item_audio(c); audio != nil {
		item.Audio = audioOf[T](audio)
	}
	return item
}
