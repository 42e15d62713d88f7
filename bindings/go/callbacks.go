package ondes

// #include "shims.h"
import "C"

import (
	"context"
	"fmt"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// callbacks keeps what functions of Go said or panicked with while C called them: neither can pass through C. The call of
// the object that they work for tells it afterwards.
type callbacks struct {
	status Status          // what the library makes of their failures
	ctx    context.Context // whose end is such a failure too; may be nil

	mutex    sync.Mutex
	err      error
	panicked bool
	value    any // what it panicked with
}

// guard runs a function of Go on behalf of C, which takes a negative number for a failure.
func (c *callbacks) guard(work func() (int64, error)) (result int64) {
	defer func() {
		if value := recover(); value != nil {
			c.mutex.Lock()
			defer c.mutex.Unlock()
			c.panicked, c.value = true, value
			result = -1
		}
	}()
	result, err := work()
	if err != nil {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.err = err
		return -1
	}
	return result
}

// settle is called when C has returned: it panics with what a function panicked with, once, and adds to the error of the
// call what functions of Go said to it.
func (c *callbacks) settle(err *Error) {
	if err != nil && err.Status == ErrBusy {
		return // it is another call that runs them
	}
	c.mutex.Lock()
	panicked, value, said := c.panicked, c.value, c.err
	c.panicked, c.value = false, nil
	c.mutex.Unlock()
	if panicked {
		panic(value)
	}
	if err == nil || err.Status != c.status || err.Cause != nil {
		return
	}
	if said == nil && c.ctx != nil {
		said = context.Cause(c.ctx)
	}
	if said != nil {
		err.Cause = said
		err.Message = because(err.Path, err.Status, said)
	}
}

// because is the message of an error that something of Go is the cause of.
func because(path string, status Status, cause error) string {
	if status == ErrCancelled {
		return fmt.Sprintf("%scancelled: %v", prefix(path), cause)
	}
	return prefix(path) + cause.Error()
}

// Progress is how far long work has come.
type Progress struct {
	// Files that are done, failed ones included, files in all, and files that failed.
	Files, FilesTotal, Failed int
	// Frames decoded, at the rate of the results or of the reader, and in all where that is known, otherwise 0.
	Frames, FramesTotal int64
	// Bytes of the files that are done.
	Bytes int64
	// Seconds of audio decoded.
	Seconds float64
}

// watch is how long work is watched and ended: by a context and a function.
type watch struct {
	callbacks
	progress func(Progress) error
	token    *C.ondes_cancel
	handle   C.uintptr_t // of the watch itself; 0 if there is no function
	end      func()      // lets go of all; the work must be over
}

// watching makes a watch. Work that the context has already ended does not begin.
func watching(ctx context.Context, path string, progress func(Progress) error) (*watch, error) {
	if ctx != nil && ctx.Err() != nil {
		cause := context.Cause(ctx)
		return nil, &Error{Status: ErrCancelled, Message: because(path, ErrCancelled, cause), Path: path, Offset: -1, Cause: cause}
	}
	return newWatch(ctx, path, progress)
}

func newWatch(ctx context.Context, path string, progress func(Progress) error) (*watch, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	w := &watch{callbacks: callbacks{status: ErrCancelled, ctx: ctx}, progress: progress}
	err := run(path, nil, func(err **C.ondes_error) C.int32_t { return C.ondes_cancel_new(&w.token, err) })
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		C.ondes_cancel_set(w.token) // now, not when the function below gets to run
	}
	set := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(set)
		C.ondes_cancel_set(w.token)
	})
	if progress != nil {
		w.handle = C.uintptr_t(cgo.NewHandle(w))
	}
	w.end = sync.OnceFunc(func() {
		if !stop() {
			<-set
		}
		C.ondes_cancel_free(w.token)
		if w.handle != 0 {
			cgo.Handle(w.handle).Delete()
		}
	})
	return w, nil
}

// cancel ends the work, whatever the context says.
func (w *watch) cancel() {
	if C.ondes_cancel_is_set(w.token) == 0 {
		C.ondes_cancel_set(w.token)
	}
}

//export ondesGoProgress
func ondesGoProgress(handle C.uintptr_t, now *C.ondes_progress) C.int32_t {
	w := cgo.Handle(handle).Value().(*watch)
	result := w.guard(func() (int64, error) {
		return C.ONDES_CONTINUE, w.progress(Progress{
			Files:       int(now.files),
			FilesTotal:  int(now.files_total),
			Failed:      int(now.failed),
			Frames:      int64(now.frames),
			FramesTotal: int64(now.frames_total),
			Bytes:       int64(now.bytes),
			Seconds:     float64(now.seconds),
		})
	})
	if result != C.ONDES_CONTINUE {
		return C.ONDES_CANCEL
	}
	return C.ONDES_CONTINUE
}

//export ondesGoRead
func ondesGoRead(handle C.uintptr_t, dst *C.uint8_t, size C.uint64_t) C.int64_t {
	s := cgo.Handle(handle).Value().(*stream)
	return C.int64_t(s.guard(func() (int64, error) { return s.read(unsafe.Slice((*byte)(dst), size)) }))
}

//export ondesGoWrite
func ondesGoWrite(handle C.uintptr_t, src *C.uint8_t, size C.uint64_t) C.int64_t {
	s := cgo.Handle(handle).Value().(*stream)
	return C.int64_t(s.guard(func() (int64, error) { return s.write(unsafe.Slice((*byte)(src), size)) }))
}

//export ondesGoSeek
func ondesGoSeek(handle C.uintptr_t, position C.int64_t) C.int64_t {
	s := cgo.Handle(handle).Value().(*stream)
	return C.int64_t(s.guard(func() (int64, error) { return s.seek(int64(position)) }))
}

//export ondesGoTell
func ondesGoTell(handle C.uintptr_t) C.int64_t {
	s := cgo.Handle(handle).Value().(*stream)
	return C.int64_t(s.guard(s.tell))
}

//export ondesGoSize
func ondesGoSize(handle C.uintptr_t) C.int64_t {
	s := cgo.Handle(handle).Value().(*stream)
	return C.int64_t(s.guard(s.size))
}

//export ondesGoFlush
func ondesGoFlush(handle C.uintptr_t) C.int64_t {
	s := cgo.Handle(handle).Value().(*stream)
	return C.int64_t(s.guard(s.flush))
}

//export ondesGoClose
func ondesGoClose(handle C.uintptr_t) {
	// The stream is its owner's: he closes it. Its handle goes with the object, or with the result of a batch.
}

//export ondesGoData
func ondesGoData(handle C.uintptr_t, input, output *C.float, frames C.uint64_t) C.int64_t {
	side := cgo.Handle(handle).Value().(*deviceSide)
	return C.int64_t(side.guard(func() (int64, error) { return side.callData(input, output, int(frames)) }))
}

//export ondesGoProcess
func ondesGoProcess(handle C.uintptr_t, samples *C.float, frames C.uint64_t, channels C.uint32_t) {
	p := cgo.Handle(handle).Value().(*process)
	p.call(unsafe.Slice((*float32)(samples), int(frames)*int(channels)), int(channels))
}
