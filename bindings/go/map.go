package ondes

// #include "shims.h"
import "C"

import (
	"io"
	"unsafe"
)

// MapMode is what may be done to the samples of a map.
type MapMode int32

const (
	// MapRead: they are only read. Writing to the memory ends the program.
	MapRead MapMode = C.ONDES_MAP_MODE_READ
	// MapReadWrite: changes reach the file.
	MapReadWrite MapMode = C.ONDES_MAP_MODE_READ_WRITE
	// MapCopyOnWrite: changes stay in memory, in the pages that have some.
	MapCopyOnWrite MapMode = C.ONDES_MAP_MODE_COPY_ON_WRITE
)

// ByteOrder is the order of the bytes of a sample.
type ByteOrder int32

const (
	// LittleEndian: the lowest first.
	LittleEndian ByteOrder = C.ONDES_BYTE_ORDER_LITTLE_ENDIAN
	// BigEndian: the highest first.
	BigEndian ByteOrder = C.ONDES_BYTE_ORDER_BIG_ENDIAN
)

// MapOptions say how a file is mapped.
type MapOptions struct {
	// Mode is what may be done to the samples.
	Mode MapMode
	// Buffered reads the samples into memory instead of mapping them: their size in time and memory, but no bus error. Changes
	// reach the file at Flush and at Close.
	Buffered bool
}

// MapForm is the form of samples that no header tells, or of a file to be made.
type MapForm struct {
	// SampleFormat is that of the samples.
	SampleFormat SampleFormat
	// ByteOrder is that of samples without a header.
	ByteOrder ByteOrder
	// Channels is the samples per frame.
	Channels int
	// ChannelMask has the speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0 for the usual ones.
	ChannelMask uint32
	// Rate is in Hz; it may be 0 for samples without a header.
	Rate int
	// Frames of a new file; of one that is there at most so many, or 0 for all.
	Frames int64
	// Offset is the bytes before the samples, where there is no header, and Tail those after them.
	Offset, Tail int64
}

func (f MapForm) c() (C.ondes_map_form, error) {
	var n numbers
	c := C.ondes_go_map_form()
	c.sample_format = n.sampleFormat("MapForm.SampleFormat", f.SampleFormat)
	c.byte_order = choice(&n, "MapForm.ByteOrder", f.ByteOrder, LittleEndian, BigEndian)
	c.channels = n.u32("MapForm.Channels", f.Channels)
	c.channel_mask = C.uint32_t(f.ChannelMask)
	c.rate = n.u32("MapForm.Rate", f.Rate)
	c.frames = n.u64("MapForm.Frames", f.Frames)
	c.offset = n.u64("MapForm.Offset", f.Offset)
	c.tail = n.u64("MapForm.Tail", f.Tail)
	return c, n.err
}

// MapInfo is what a map shows.
type MapInfo struct {
	// Container is the file format; [ContainerUnknown] for samples without a header.
	Container Container
	// SampleFormat is that of the samples.
	SampleFormat SampleFormat
	// BitDepth is the significant bits of a sample, the upper ones.
	BitDepth int
	// ByteOrder is that of a sample.
	ByteOrder ByteOrder
	// IsNative tells whether the bytes have the order of this machine, IsAligned whether they lie where it wants numbers of
	// their size. Samples that are not both must be read with [Map.ReadAt].
	IsNative, IsAligned bool
	// Channels is the samples per frame.
	Channels int
	// ChannelMask has the speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0 if they have no positions.
	ChannelMask uint32
	// Rate is in Hz; 0 if it is not known.
	Rate int
	// Mode is the one it was opened in, Buffered whether the samples are in memory of its own.
	Mode     MapMode
	Buffered bool
	// Frames of the file.
	Frames int64
	// FrameStride is the bytes from one frame to the next, ChannelStride those from one channel to the next.
	FrameStride, ChannelStride int64
	// Offset is the bytes of the file before the first sample, Tail those after the last.
	Offset, Tail int64
}

// Map is the samples of an uncompressed file as memory: nothing is copied, and a file of any size opens at once. Any goroutine
// may use it at any time.
//
// If another program cuts the file short, touching the memory behind its new end is a bus error that ends the program. ReadAt
// and WriteAt fail with [ErrIO] then, and a buffered map has memory of its own.
type Map struct{ h *handle }

// OpenMap maps the samples of a WAV, RF64, BW64, W64, AIFF, AIFC, CAF or AU file.
//
// Errors: [ErrNotFound], [ErrIsDirectory], [ErrPermission], [ErrIO]; [ErrNotSeekable] for a pipe or device; [ErrUnrecognized],
// [ErrUnsupported], [ErrMalformed], [ErrLimit].
func OpenMap(path string, options ...MapOptions) (*Map, error) {
	mode, flags, err := mapOptions(options)
	if err != nil {
		return nil, err
	}
	return openMap(path, func(path *C.char, out **C.ondes_map, err **C.ondes_error) C.int32_t {
		return C.ondes_map_open(path, mode, flags, out, err)
	})
}

func mapOptions(options []MapOptions) (mode C.int32_t, flags C.uint32_t, err error) {
	o, err := only(options)
	if err != nil {
		return 0, 0, err
	}
	if o.Buffered {
		flags = C.ONDES_MAP_BUFFERED
	}
	var n numbers
	mode = choice(&n, "MapOptions.Mode", o.Mode, MapRead, MapReadWrite, MapCopyOnWrite)
	return mode, flags, n.err
}

// OpenRawMap maps samples without a header, or behind one that you know.
//
// Errors: those of [OpenMap]; [ErrInvalidArgument] for a form that leaves nothing of the file.
func OpenRawMap(path string, form MapForm, options ...MapOptions) (*Map, error) {
	mode, flags, err := mapOptions(options)
	if err != nil {
		return nil, err
	}
	c, err := form.c()
	if err != nil {
		return nil, err
	}
	return openMap(path, func(path *C.char, out **C.ondes_map, err **C.ondes_error) C.int32_t {
		return C.ondes_map_open_raw(path, mode, flags, &c, out, err)
	})
}

// MapHeader is what [CreateMap] puts before the samples.
type MapHeader uint32

const (
	// MapHeaderUsual: a WAV header, with room to become RF64.
	MapHeaderUsual MapHeader = 0
	// MapHeaderNone: none, but as many zero bytes as the form's Offset says.
	MapHeaderNone MapHeader = C.ONDES_MAP_RAW
	// MapHeaderWavemap: the one that the Python package wavemap writes, byte by byte. Floats behind it are not aligned.
	MapHeaderWavemap MapHeader = C.ONDES_MAP_WAVEMAP_HEADER
)

// CreateMap makes a WAV file (RF64 where it must be) of zero bytes, or makes it anew, and maps it to be read and written. It
// takes no room on the device before something is written to it, whatever its size.
//
// Errors: [ErrInvalidArgument] for a form that cannot be; [ErrIsDirectory], [ErrNotFound], [ErrPermission], [ErrNoSpace],
// [ErrIO]; [ErrNotSeekable] for a pipe or device.
func CreateMap(path string, form MapForm, header ...MapHeader) (*Map, error) {
	which, err := only(header)
	if err != nil {
		return nil, err
	}
	var n numbers
	flags := C.uint32_t(choice(&n, "the header", which, MapHeaderUsual, MapHeaderNone, MapHeaderWavemap))
	if n.err != nil {
		return nil, n.err
	}
	c, err := form.c()
	if err != nil {
		return nil, err
	}
	return openMap(path, func(path *C.char, out **C.ondes_map, err **C.ondes_error) C.int32_t {
		return C.ondes_map_create(path, flags, &c, out, err)
	})
}

// Share makes another Map of the same samples, which stay mapped until the last is closed.
func (m *Map) Share() (*Map, error) {
	from, err := orZero(m).h.acquire()
	if err != nil {
		return nil, err
	}
	defer m.h.release()
	return openMap(m.h.path, func(_ *C.char, out **C.ondes_map, err **C.ondes_error) C.int32_t {
		return C.ondes_map_share((*C.ondes_map)(from), out, err)
	})
}

func openMap(path string, open func(path *C.char, out **C.ondes_map, err **C.ondes_error) C.int32_t) (*Map, error) {
	if err := named(path); err != nil {
		return nil, err
	}
	m := new(Map)
	err := lent("the path", []string{path}, func(paths []*C.char) (err error) {
		m.h, err = create("the map is", path, func(p unsafe.Pointer) { C.ondes_map_free((*C.ondes_map)(p)) },
			func(_ *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t) {
				var out *C.ondes_map
				status := open(paths[0], &out, err)
				return unsafe.Pointer(out), status
			})
		return err
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Close unmaps the samples: slices of [MapSamples] must not be touched any more. What was changed in a buffered map is written
// to the file, and the error is why it could not be. Closing again does nothing.
func (m *Map) Close() error {
	info, err := m.Info()
	if err == nil && info.Buffered && info.Mode == MapReadWrite {
		err = m.Flush()
	} else {
		err = nil // closed before, or nothing to write
	}
	orZero(m).h.close()
	return err
}

func (m *Map) call(work func(m *C.ondes_map, err **C.ondes_error) C.int32_t) error {
	return orZero(m).h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t { return work((*C.ondes_map)(p), err) })
}

// Info describes what the map shows.
//
// Errors: [ErrBusy] while the map grows.
func (m *Map) Info() (MapInfo, error) {
	c := C.ondes_go_map_info()
	err := m.call(func(m *C.ondes_map, err **C.ondes_error) C.int32_t { return C.ondes_map_describe(m, &c, err) })
	if err != nil {
		return MapInfo{}, err
	}
	return MapInfo{
		Container:     Container(c.container),
		SampleFormat:  SampleFormat(c.sample_format),
		BitDepth:      int(c.bit_depth),
		ByteOrder:     ByteOrder(c.byte_order),
		IsNative:      c.is_native != 0,
		IsAligned:     c.is_aligned != 0,
		Channels:      int(c.channels),
		ChannelMask:   uint32(c.channel_mask),
		Rate:          int(c.rate),
		Mode:          MapMode(c.mode),
		Buffered:      c.flags&C.ONDES_MAP_BUFFERED != 0,
		Frames:        int64(c.frames),
		FrameStride:   int64(c.frame_stride),
		ChannelStride: int64(c.channel_stride),
		Offset:        int64(c.offset),
		Tail:          int64(c.tail),
	}, nil
}

// Name is the path that the map was opened with.
func (m *Map) Name() (name string) {
	orZero(m).h.get(func(p unsafe.Pointer) { name = C.GoString(C.ondes_map_name((*C.ondes_map)(p))) })
	return name
}

// MapSamples are the samples as they lie in the file, frame after frame: memory that is the file's, valid until Close. After
// [Map.Append] they show the frames that there were. A map that has given them is unmapped by Close only, never by the garbage
// collector.
//
// Errors: [ErrInvalidArgument] if T is not the type of the samples, or if they have another order of bytes than this machine
// or lie where it cannot use them, when ReadAt converts them.
func MapSamples[T Sample](m *Map) ([]T, error) {
	info, err := m.Info()
	if err != nil {
		return nil, err
	}
	if info.SampleFormat != FormatOf[T]() {
		return nil, invalid("%s: the samples are %v, not %v", m.Name(), info.SampleFormat, FormatOf[T]())
	}
	if !info.IsNative {
		return nil, invalid("%s: the samples have the other order of bytes than this machine: ReadAt converts them", m.Name())
	}
	if !info.IsAligned {
		return nil, invalid("%s: the samples do not lie where this machine can use them: ReadAt copies them", m.Name())
	}
	var samples []T
	err = m.call(func(c *C.ondes_map, err **C.ondes_error) C.int32_t {
		first := C.ondes_map_samples(c)
		if first == nil {
			return C.ONDES_STATUS_BUSY // it has begun to grow
		}
		m.h.net.Stop()
		samples = unsafe.Slice((*T)(first), info.Frames*int64(info.Channels))
		return C.ONDES_STATUS_OK
	})
	return samples, err
}

// ReadAt converts frames from a frame on into dst, and tells how many; fewer than dst holds only at the end, with [io.EOF].
//
// Errors: [ErrOutOfRange] if the frame is beyond the end; [ErrIO], also if the file was cut short.
func (m *Map) ReadAt(dst Buffer, frame int64) (int, error) {
	memory, capacity, start, err := m.window(dst, frame)
	if err != nil {
		return 0, err
	}
	var got C.uint64_t
	err = m.call(func(m *C.ondes_map, err **C.ondes_error) C.int32_t {
		return C.ondes_go_map_read(m, start, memory.format, memory.layout, memory.data, capacity, &got, err)
	})
	if err == nil && got < capacity {
		err = io.EOF
	}
	return int(got), err
}

// WriteAt converts the frames of src and writes them from a frame on.
//
// Errors: [ErrOutOfRange] if they do not fit, when nothing is written; [ErrInvalidArgument] for [MapRead]; [ErrNoSpace] or
// [ErrIO], also if the file was cut short.
func (m *Map) WriteAt(src Buffer, frame int64) error {
	memory, frames, start, err := m.window(src, frame)
	if err != nil {
		return err
	}
	return m.call(func(m *C.ondes_map, err **C.ondes_error) C.int32_t {
		return C.ondes_go_map_write(m, start, memory.format, memory.layout, memory.data, frames, err)
	})
}

func (m *Map) window(buffer Buffer, frame int64) (memory memory, frames, start C.uint64_t, err error) {
	info, err := m.Info()
	if err != nil {
		return memory, 0, 0, err
	}
	var n numbers
	start = n.u64("the frame", frame)
	if n.err != nil {
		return memory, 0, 0, n.err
	}
	memory = buffer.memory()
	frames, err = memory.frames(info.Channels)
	return memory, frames, start, err
}

// Append adds frames of zero bytes at the end of a WAV, RF64 or raw file.
//
// Errors: [ErrInvalidArgument] for another mode than [MapReadWrite]; [ErrUnsupported] for another format, when nothing is
// changed; [ErrBusy] while other calls use the map; [ErrNoSpace], [ErrIO].
func (m *Map) Append(frames int64) error {
	var n numbers
	count := n.u64("the number of frames", frames)
	if n.err != nil {
		return n.err
	}
	return m.call(func(m *C.ondes_map, err **C.ondes_error) C.int32_t { return C.ondes_map_append(m, count, err) })
}

// Flush waits until all changes have reached the device; for a map that is only read it does nothing.
//
// Errors: [ErrNoSpace], [ErrIO].
func (m *Map) Flush() error {
	return m.call(func(m *C.ondes_map, err **C.ondes_error) C.int32_t { return C.ondes_map_flush(m, err) })
}

// Warnings are what is wrong with the file, a WAVE file's in the words of the Python package wavemap.
func (m *Map) Warnings() (all []Warning) {
	orZero(m).h.get(func(p unsafe.Pointer) {
		c := (*C.ondes_map)(p)
		all = warnings(C.ondes_map_warning_count(c), func(i C.uint64_t, message **C.char, offset *C.uint64_t) C.int32_t {
			return C.ondes_map_warning(c, i, message, offset, nil)
		})
	})
	return all
}
