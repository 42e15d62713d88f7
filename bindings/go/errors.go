package ondes

// #include "shims.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"syscall"
)

// Status is the kind of a failure. The Err constants are all that are known; a later library may have more. Each is an
// error, to be used as the target of [errors.Is]:
//
//	if errors.Is(err, ondes.ErrUnrecognized) { // no audio
//
// Those that the standard library has an error for are that one too: [ErrNotFound] is [fs.ErrNotExist], [ErrPermission]
// is [fs.ErrPermission], [ErrClosed] is [fs.ErrClosed], [ErrTimedOut] is [os.ErrDeadlineExceeded], [ErrCancelled] is
// [context.Canceled] and [ErrUnsupported] is [errors.ErrUnsupported].
type Status int32

// The kinds of failures. docs/ERRORS.md says what each asks of you.
const (
	// ErrNullArgument: a pointer is nil that must not be.
	ErrNullArgument Status = C.ONDES_STATUS_NULL_ARGUMENT
	// ErrInvalidArgument: an argument has a value that the call does not take.
	ErrInvalidArgument Status = C.ONDES_STATUS_INVALID_ARGUMENT
	// ErrWrongHandle: the library was given an object of another type.
	ErrWrongHandle Status = C.ONDES_STATUS_WRONG_HANDLE
	// ErrBusy: another goroutine uses the object, or the call that runs this function does, or a file to be written is mapped.
	ErrBusy Status = C.ONDES_STATUS_BUSY
	// ErrClosed: the object was closed or finished before.
	ErrClosed Status = C.ONDES_STATUS_CLOSED
	// ErrPoisoned: an earlier call on this object ended in ErrPanic.
	ErrPoisoned Status = C.ONDES_STATUS_POISONED
	// ErrNotFound: there is no such file.
	ErrNotFound Status = C.ONDES_STATUS_NOT_FOUND
	// ErrIsDirectory: the path names a directory.
	ErrIsDirectory Status = C.ONDES_STATUS_IS_DIRECTORY
	// ErrPermission: the operating system refused access.
	ErrPermission Status = C.ONDES_STATUS_PERMISSION
	// ErrNoSpace: the device is full.
	ErrNoSpace Status = C.ONDES_STATUS_NO_SPACE
	// ErrIO: another input or output failure.
	ErrIO Status = C.ONDES_STATUS_IO
	// ErrCallback: a reader, writer or function of yours failed; its own error is in the chain.
	ErrCallback Status = C.ONDES_STATUS_CALLBACK
	// ErrUnrecognized: the bytes are no known audio format.
	ErrUnrecognized Status = C.ONDES_STATUS_UNRECOGNIZED
	// ErrUnsupported: a known format or codec that is not decoded, or something that the library was built without; the
	// message names it.
	ErrUnsupported Status = C.ONDES_STATUS_UNSUPPORTED
	// ErrMalformed: the format is known but its bytes are damaged.
	ErrMalformed Status = C.ONDES_STATUS_MALFORMED
	// ErrLimit: the file claims more than the limits against hostile files allow.
	ErrLimit Status = C.ONDES_STATUS_LIMIT
	// ErrFormatChanged: rate, channels or depth change in mid-stream.
	ErrFormatChanged Status = C.ONDES_STATUS_FORMAT_CHANGED
	// ErrNotSeekable: the call needs a source or target that can seek.
	ErrNotSeekable Status = C.ONDES_STATUS_NOT_SEEKABLE
	// ErrOutOfRange: a position or index outside of what there is, or memory too small for the whole.
	ErrOutOfRange Status = C.ONDES_STATUS_OUT_OF_RANGE
	// ErrNoDevice: there is no such device, or no sound system answers.
	ErrNoDevice Status = C.ONDES_STATUS_NO_DEVICE
	// ErrDeviceLost: the device went away or broke while it was in use.
	ErrDeviceLost Status = C.ONDES_STATUS_DEVICE_LOST
	// ErrDeviceRefused: the sound system does not open the device like this.
	ErrDeviceRefused Status = C.ONDES_STATUS_DEVICE_REFUSED
	// ErrInputDropped: recorded frames were dropped because they were not read in time.
	ErrInputDropped Status = C.ONDES_STATUS_INPUT_DROPPED
	// ErrTimedOut: the time that you gave was up before the work was done.
	ErrTimedOut Status = C.ONDES_STATUS_TIMED_OUT
	// ErrCancelled: your context or progress function stopped the call; why is in the chain.
	ErrCancelled Status = C.ONDES_STATUS_CANCELLED
	// ErrInternal: a fault of the library: please report it with the message.
	ErrInternal Status = C.ONDES_STATUS_INTERNAL
	// ErrPanic: a fault of the library that was caught before it could crash: please report it.
	ErrPanic Status = C.ONDES_STATUS_PANIC
	// ErrOutOfMemory: the system has no memory left for the result.
	ErrOutOfMemory Status = C.ONDES_STATUS_OUT_OF_MEMORY
)

// Error says what the status means in a few words; an [Error] says more.
func (s Status) Error() string { return C.GoString(C.ondes_status_text(C.int32_t(s))) }

// Name is the name in ondes.h, "ONDES_STATUS_NOT_FOUND".
func (s Status) Name() string { return C.GoString(C.ondes_status_name(C.int32_t(s))) }

// Is tells whether the standard library's error means the same.
func (s Status) Is(target error) bool {
	switch s {
	case ErrNotFound:
		return target == fs.ErrNotExist
	case ErrPermission:
		return target == fs.ErrPermission
	case ErrClosed:
		return target == fs.ErrClosed
	case ErrTimedOut:
		return target == os.ErrDeadlineExceeded
	case ErrCancelled:
		return target == context.Canceled
	case ErrUnsupported:
		return target == errors.ErrUnsupported
	}
	return false
}

// Error is what went wrong in one call. Every error of this package is an *Error, but for [io.EOF] at the end of audio.
type Error struct {
	// Status is the kind of the failure.
	Status Status
	// Message says what failed, where and why, in one sentence.
	Message string
	// Path is the file, or the name of the stream; empty where there is none.
	Path string
	// Offset is the byte of the file at which the trouble is; -1 where that is not known.
	Offset int64
	// Errno is the operating system's number; 0 if the system was not the cause.
	Errno syscall.Errno
	// Cause is what your reader, writer, function or context said; nil if they were not the cause.
	Cause error
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the status, the system's error and the cause, as far as there are any.
func (e *Error) Unwrap() []error {
	chain := []error{e.Status}
	if e.Errno != 0 {
		chain = append(chain, e.Errno)
	}
	if e.Cause != nil {
		chain = append(chain, e.Cause)
	}
	return chain
}

func failure(status Status, path, format string, arguments ...any) *Error {
	return &Error{Status: status, Message: fmt.Sprintf(format, arguments...), Path: path, Offset: -1}
}

func invalid(format string, arguments ...any) *Error {
	return failure(ErrInvalidArgument, "", format, arguments...)
}

// counted is a count as messages have it: "1 channel", "2 channels".
func counted(count int, what string) string {
	if count != 1 {
		what += "s"
	}
	return fmt.Sprint(count, " ", what)
}

// misuse is the name of a function of C, with which messages about wrong calls begin.
var misuse = regexp.MustCompile(`^ondes_[a-z_]+: `)

// copied makes a Go error of a C one, which stays as it is; nil for ONDES_STATUS_OK.
func copied(status C.int32_t, from *C.ondes_error, path string) *Error {
	if status == C.ONDES_STATUS_OK {
		return nil
	}
	if from == nil {
		return failure(Status(status), path, "%v", Status(status))
	}
	return &Error{
		Status:  Status(C.ondes_error_status(from)),
		Message: misuse.ReplaceAllString(C.GoString(C.ondes_error_message(from)), ""),
		Path:    path,
		Offset:  known(C.ondes_error_offset(from)),
		Errno:   syscall.Errno(C.ondes_error_os_code(from)),
	}
}

// known is a count or position of the library as Go has it: -1 where it is not known.
func known(number C.uint64_t) int64 {
	if number == C.ONDES_UNKNOWN {
		return -1
	}
	return int64(number)
}
