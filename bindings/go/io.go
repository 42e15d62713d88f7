package ondes

// #include "shims.h"
import "C"

import (
	"fmt"
	"io"
	"reflect"
	"runtime/cgo"
)

// stream is an io.Reader or io.Writer as the library uses it.
type stream struct {
	callbacks
	reader  io.Reader
	writer  io.Writer
	seeker  io.Seeker // nil: forward only
	pending error     // what a Read said together with its bytes; it comes with the next
	handle  cgo.Handle
}

// input makes a stream of a reader; it seeks if that can, from where it stands.
func input(from io.Reader) *stream {
	s := &stream{callbacks: callbacks{status: ErrCallback}, reader: from, seeker: seeking(from)}
	s.handle = cgo.NewHandle(s)
	return s
}

// output makes a stream of a writer; it seeks if that can, from where it stands.
func output(to io.Writer) *stream {
	s := &stream{callbacks: callbacks{status: ErrCallback}, writer: to, seeker: seeking(to)}
	s.handle = cgo.NewHandle(s)
	return s
}

// seeking is the stream if it can seek: a pipe is an os.File that has the method but cannot.
func seeking(stream any) io.Seeker {
	seeker, ok := stream.(io.Seeker)
	if !ok {
		return nil
	}
	if _, err := seeker.Seek(0, io.SeekCurrent); err != nil {
		return nil
	}
	return seeker
}

// nameOf is the name of a file, for messages and its extension.
func nameOf(stream any) string {
	if named, ok := stream.(interface{ Name() string }); ok {
		return named.Name()
	}
	return ""
}

func (s *stream) number() C.uintptr_t { return C.uintptr_t(s.handle) }

func (s *stream) seekable() C.int32_t {
	if s.seeker == nil {
		return 0
	}
	return 1
}

func (s *stream) read(dst []byte) (int64, error) {
	if len(dst) == 0 {
		return 0, nil
	}
	if s.pending != nil {
		err := s.pending
		s.pending = nil
		return ended(err)
	}
	// As bufio does: a reader may give nothing now and then, but not for ever.
	for range 100 {
		n, err := s.reader.Read(dst)
		if n < 0 || n > len(dst) {
			return 0, fmt.Errorf("%T.Read returned %d where %d bytes were asked for", s.reader, n, len(dst))
		}
		if n > 0 {
			s.pending = err
			return int64(n), nil
		}
		if err != nil {
			return ended(err)
		}
	}
	return 0, fmt.Errorf("%T.Read: %w", s.reader, io.ErrNoProgress)
}

// ended is no bytes and no failure at the end.
func ended(err error) (int64, error) {
	if err == io.EOF {
		return 0, nil
	}
	return 0, err
}

func (s *stream) write(src []byte) (int64, error) {
	n, err := s.writer.Write(src)
	if err == nil && n != len(src) {
		err = fmt.Errorf("%T.Write took %d of %d bytes: %w", s.writer, n, len(src), io.ErrShortWrite)
	}
	return int64(n), err
}

func (s *stream) seek(position int64) (int64, error) {
	s.pending = nil
	return s.seeker.Seek(position, io.SeekStart)
}

func (s *stream) tell() (int64, error) { return s.seeker.Seek(0, io.SeekCurrent) }

func (s *stream) size() (int64, error) {
	here, err := s.tell()
	if err != nil {
		return 0, err
	}
	size, err := s.seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	_, err = s.seeker.Seek(here, io.SeekStart)
	return size, err
}

// flush empties a bufio.Writer and its like. Bytes that an os.File was given are the system's already.
func (s *stream) flush() (int64, error) {
	if buffered, ok := s.writer.(interface{ Flush() error }); ok {
		return 0, buffered.Flush()
	}
	return 0, nil
}

// openable says what is wrong with a stream that is no stream: a nil pointer, which os.Open gives when it fails.
func openable(stream any, what string) error {
	if pointer := reflect.ValueOf(stream); stream == nil || pointer.Kind() == reflect.Pointer && pointer.IsNil() {
		return failure(ErrNullArgument, "", "there is no %s: it is nil", what)
	}
	return nil
}
