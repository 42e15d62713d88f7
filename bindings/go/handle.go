package ondes

// #include "shims.h"
import "C"

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// handle leads to one object of the C library, which is closed when nothing leads to the handle any more.
type handle struct {
	*owner
	net runtime.Cleanup
}

// owner owns one object of the C library.
//
// A call that is under way keeps the object: who closes it meanwhile marks it, and the last call that returns frees it.
// That makes it safe to close an object at any time, from any goroutine and from the functions that a call runs. The net
// below only closes, too, so that a call needs the handle no longer than until it has begun.
type owner struct {
	kind  string               // "the reader is", for messages
	path  string               // the file, or the name of the stream
	free  func(unsafe.Pointer) // the library's
	after []func()             // lets go of what the object used
	calls []*callbacks         // the functions of Go that calls of this object run

	mutex   sync.Mutex
	pointer unsafe.Pointer
	users   int  // calls that are under way
	closed  bool // no call may begin any more
	freed   bool
}

// orZero is what a pointer leads to, and the zero value for nil, where an object is that was never opened: its handle, which
// is nil, fails with ErrClosed. So nothing panics in a program that closes what could not be opened.
func orZero[T any](object *T) *T {
	if object == nil {
		return new(T)
	}
	return object
}

// acquire gives the object, which lives until release.
func (h *handle) acquire() (unsafe.Pointer, error) {
	collect()
	if h == nil {
		return nil, failure(ErrClosed, "", "this object was never opened: it is nil or the zero value of its type")
	}
	defer runtime.KeepAlive(h) // the net must not close what is just about to be used
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.closed {
		return nil, failure(ErrClosed, h.path, "%s%s closed", prefix(h.path), h.kind)
	}
	h.users++
	return h.pointer, nil
}

func (o *owner) release() {
	o.mutex.Lock()
	o.users--
	o.unlock()
}

// close has the object freed when no call uses it any more.
func (h *handle) close() {
	if h != nil {
		h.owner.close()
	}
}

func (o *owner) close() {
	o.mutex.Lock()
	o.closed = true
	o.unlock()
}

// unlock unlocks, and frees the object if that is due.
func (o *owner) unlock() {
	due := o.closed && o.users == 0 && !o.freed
	o.freed = o.freed || due
	o.mutex.Unlock()
	if !due {
		return
	}
	if o.pointer != nil {
		o.free(o.pointer)
	}
	for _, work := range o.after {
		work()
	}
}

// call runs a C function that works with the object and may fail. What functions of Go said meanwhile goes into the error,
// and what they panicked with panics here.
func (h *handle) call(work func(object unsafe.Pointer, err **C.ondes_error) C.int32_t) error {
	object, err := h.acquire()
	if err != nil {
		return err
	}
	defer h.release()
	return run(h.path, h.calls, func(err **C.ondes_error) C.int32_t { return work(object, err) })
}

// watched is call with the functions of a watch too.
func (h *handle) watched(w *watch, work func(object unsafe.Pointer, err **C.ondes_error) C.int32_t) error {
	object, err := h.acquire()
	if err != nil {
		return err
	}
	defer h.release()
	calls := append([]*callbacks{&w.callbacks}, h.calls...)
	return run(h.path, calls, func(err **C.ondes_error) C.int32_t { return work(object, err) })
}

// name is the file, or the name of the stream.
func (h *handle) name() string {
	if h == nil {
		return ""
	}
	return h.path
}

// get runs C functions that only tell something; it does nothing once the object is closed.
func (h *handle) get(work func(object unsafe.Pointer)) {
	if object, err := h.acquire(); err == nil {
		defer h.release()
		work(object)
	}
}

// frames is how many frames the memory has for the channels of the object, which only one that was never opened has none of.
func (h *handle) frames(m memory, channels int) (C.uint64_t, error) {
	if h == nil {
		_, err := h.acquire()
		return 0, err
	}
	return m.frames(channels)
}

// run runs a C function that may fail.
func run(path string, calls []*callbacks, work func(err **C.ondes_error) C.int32_t) error {
	var raw *C.ondes_error
	return outcome(work(&raw), raw, path, calls)
}

// outcome is the error of a call that has returned.
func outcome(status C.int32_t, raw *C.ondes_error, path string, calls []*callbacks) error {
	err := copied(status, raw, path)
	C.ondes_error_free(raw)
	for _, each := range calls {
		each.settle(err)
	}
	if err == nil {
		return nil // not an *Error that is nil
	}
	return err
}

// create runs a C function that makes an object, and gives it an owner. What work has the handle keep is let go of when the
// object is freed, or at once if none was made.
func create(kind, path string, free func(unsafe.Pointer),
	work func(h *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t)) (*handle, error) {
	collect()
	if err := fits(); err != nil {
		return nil, err
	}
	h := &handle{owner: &owner{kind: kind, path: path, free: free}}
	made := false
	defer func() {
		if !made { // also where a function of Go panicked
			h.close()
		}
	}()
	var raw *C.ondes_error
	var status C.int32_t
	h.pointer, status = work(h, &raw)
	if err := outcome(status, raw, path, h.calls); err != nil {
		return nil, err
	}
	made = true
	h.net = runtime.AddCleanup(h, (*owner).close, h.owner)
	return h, nil
}

// uses has the handle keep a stream as long as the object.
func (h *handle) uses(s *stream) *stream {
	h.calls = append(h.calls, &s.callbacks)
	h.after = append(h.after, s.handle.Delete)
	return s
}

// pins gives memory of Go to C as long as the object.
func (h *handle) pins(data []byte) *C.uint8_t {
	c, unpin := pinned(data)
	h.after = append(h.after, unpin)
	return c
}

// pinned gives memory of Go to C until it is unpinned.
func pinned(data []byte) (c *C.uint8_t, unpin func()) {
	if len(data) == 0 {
		return nil, func() {}
	}
	pinner := new(runtime.Pinner)
	pinner.Pin(&data[0])
	return (*C.uint8_t)(unsafe.Pointer(&data[0])), pinner.Unpin
}

// prefix is how messages about a file begin.
func prefix(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}

// noNUL says that a NUL in a string would end it unseen in C.
func noNUL(what, value string) error {
	if strings.ContainsRune(value, 0) {
		return invalid("%s has a NUL in it: %q", what, value)
	}
	return nil
}

// lent gives C strings to work; nil for empty ones.
func lent(what string, values []string, work func(c []*C.char) error) error {
	c := make([]*C.char, len(values))
	for i, value := range values {
		if err := noNUL(what, value); err != nil {
			return err
		}
		if value != "" {
			c[i] = C.CString(value)
			defer C.free(unsafe.Pointer(c[i]))
		}
	}
	return work(c)
}

// numbers turns numbers of Go into those of C, and keeps the first that cannot be one: the library would say so too, but calls
// it by its name in C.
type numbers struct{ err error }

func (n *numbers) u32(what string, value int) C.uint32_t {
	if (value < 0 || value > math.MaxUint32) && n.err == nil {
		n.err = invalid("%s cannot be %d", what, value)
	}
	return C.uint32_t(value)
}

func (n *numbers) u64(what string, value int64) C.uint64_t {
	if value < 0 && n.err == nil {
		n.err = invalid("%s cannot be %d", what, value)
	}
	return C.uint64_t(value)
}

// threads is a number of threads; [AllCores] is one per core.
func (n *numbers) threads(what string, value int) C.uint32_t {
	if value == AllCores {
		return C.ONDES_ALL_CORES
	}
	return n.u32(what, value)
}

// choice is the number of a constant, which is one of those that there are.
func choice[T ~int32 | ~uint32](n *numbers, what string, value T, all ...T) C.int32_t {
	if !slices.Contains(all, value) && n.err == nil {
		n.err = invalid("%s cannot be %d", what, value)
	}
	return C.int32_t(value)
}

func (n *numbers) quality(what string, value Quality) C.int32_t {
	return choice(n, what, value, QualityBalanced, QualityFast, QualityBest, QualityZeroOrderHold, QualityLinear, QualityCatmullRom,
		QualityLagrange, QualityWindowedSinc, QualityWindowedSinc256, QualityWindowedSinc128, QualityWindowedSinc64,
		QualityWindowedSinc32, QualityWindowedSinc16, QualityWindowedSinc8)
}

func (n *numbers) layout(what string, value Layout) C.int32_t {
	return choice(n, what, value, LayoutInterleaved, LayoutPlanar)
}

func (n *numbers) sampleFormat(what string, value SampleFormat) C.int32_t {
	return choice(n, what, value, SampleU8, SampleI8, SampleI16, SampleI24, SampleI32, SampleI64, SampleF32, SampleF64)
}

// AllCores as a number of threads or workers is one per core.
const AllCores = -1

// only is the options that were given, or the defaults.
func only[T any](options []T) (one T, err error) {
	if len(options) > 1 {
		return one, invalid("%d options were given where there is room for one", len(options))
	}
	if len(options) == 1 {
		one = options[0]
	}
	return one, nil
}

// has is 1 for true, as C has it.
func has(value bool) C.uint32_t {
	if value {
		return 1
	}
	return 0
}
