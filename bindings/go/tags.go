package ondes

// #include "shims.h"
import "C"

import (
	"io"
	"iter"
	"strings"
	"unsafe"
)

// Picture is one picture of [Tags].
type Picture struct {
	// Kind is what it shows.
	Kind PictureKind
	// MIME is the type of Data, "image/jpeg"; "-->" if Data is the address of the picture instead. [Tags.AddPicture] finds
	// that of JPEG, PNG, GIF, BMP and WebP if it is empty.
	MIME string
	// Description are the words that describe it; often there are none.
	Description string
	// Data is an image file.
	Data []byte
}

// PictureKind is what a picture shows, as ID3v2's APIC frame and FLAC number it.
type PictureKind int32

// The kinds of pictures.
const (
	PictureOther             PictureKind = C.ONDES_PICTURE_OTHER
	PictureFileIcon          PictureKind = C.ONDES_PICTURE_FILE_ICON
	PictureOtherFileIcon     PictureKind = C.ONDES_PICTURE_OTHER_FILE_ICON
	PictureFrontCover        PictureKind = C.ONDES_PICTURE_FRONT_COVER
	PictureBackCover         PictureKind = C.ONDES_PICTURE_BACK_COVER
	PictureLeaflet           PictureKind = C.ONDES_PICTURE_LEAFLET
	PictureMedia             PictureKind = C.ONDES_PICTURE_MEDIA
	PictureLeadArtist        PictureKind = C.ONDES_PICTURE_LEAD_ARTIST
	PictureArtist            PictureKind = C.ONDES_PICTURE_ARTIST
	PictureConductor         PictureKind = C.ONDES_PICTURE_CONDUCTOR
	PictureBand              PictureKind = C.ONDES_PICTURE_BAND
	PictureComposer          PictureKind = C.ONDES_PICTURE_COMPOSER
	PictureLyricist          PictureKind = C.ONDES_PICTURE_LYRICIST
	PictureRecordingLocation PictureKind = C.ONDES_PICTURE_RECORDING_LOCATION
	PictureDuringRecording   PictureKind = C.ONDES_PICTURE_DURING_RECORDING
	PictureDuringPerformance PictureKind = C.ONDES_PICTURE_DURING_PERFORMANCE
	PictureScreenCapture     PictureKind = C.ONDES_PICTURE_SCREEN_CAPTURE
	PictureBrightFish        PictureKind = C.ONDES_PICTURE_BRIGHT_FISH
	PictureIllustration      PictureKind = C.ONDES_PICTURE_ILLUSTRATION
	PictureArtistLogo        PictureKind = C.ONDES_PICTURE_ARTIST_LOGO
	PicturePublisherLogo     PictureKind = C.ONDES_PICTURE_PUBLISHER_LOGO
)

// Tags are what a file says about its audio: texts under keys, and pictures. [KnownTags] mean the same in every format; any
// other key is passed on as it is. Case does not count, nor do spaces, underscores and hyphens in well-known keys. A key may
// have several values. Tags hold only memory, so that Close may be left to the garbage collector. Goroutines may look at them
// at the same time while none changes them.
type Tags struct{ h *handle }

// NewTags makes tags without anything in them.
func NewTags() (*Tags, error) {
	return makeTags("", func(_ *handle, _ *C.char, out **C.ondes_tags, err **C.ondes_error) C.int32_t {
		return C.ondes_tags_new(out, err)
	})
}

// OpenTags reads the tags of the file at a path, whether or not its audio can be decoded. The audio is jumped over. A file
// without tags gives empty ones.
//
// Errors: [ErrNotFound], [ErrIsDirectory], [ErrPermission], [ErrIO]; [ErrUnrecognized].
func OpenTags(path string) (*Tags, error) {
	if err := named(path); err != nil {
		return nil, err
	}
	return makeTags(path, func(_ *handle, path *C.char, out **C.ondes_tags, err **C.ondes_error) C.int32_t {
		return C.ondes_tags_open_path(path, out, err)
	})
}

// OpenTagsBytes reads the tags of a file that lies in memory, which is not needed afterwards. The name is for messages.
//
// Errors: [ErrUnrecognized].
func OpenTagsBytes(file []byte, name string) (*Tags, error) {
	return makeTags(name, func(_ *handle, name *C.char, out **C.ondes_tags, err **C.ondes_error) C.int32_t {
		data, unpin := pinned(file)
		defer unpin()
		return C.ondes_tags_open_memory(data, C.uint64_t(len(file)), name, out, err)
	})
}

// OpenTagsReader reads the tags of a stream, which is not needed afterwards. One that cannot seek gives those in front of
// the audio only.
//
// Errors: [ErrUnrecognized], [ErrCallback].
func OpenTagsReader(from io.Reader) (*Tags, error) {
	if err := openable(from, "reader"); err != nil {
		return nil, err
	}
	return makeTags(nameOf(from), func(h *handle, name *C.char, out **C.ondes_tags, err **C.ondes_error) C.int32_t {
		s := h.uses(input(from))
		return C.ondes_go_tags_open_io(s.number(), s.seekable(), name, out, err)
	})
}

// Tags reads the tags of the reader's file; its position stays.
//
// Errors: [ErrNotSeekable] if the reader's stream cannot go back to them.
func (r *Reader) Tags() (*Tags, error) {
	reader, err := orZero(r).h.acquire()
	if err != nil {
		return nil, err
	}
	defer r.h.release()
	return makeTags(r.h.path, func(h *handle, _ *C.char, out **C.ondes_tags, err **C.ondes_error) C.int32_t {
		h.calls = r.h.calls
		return C.ondes_reader_tags((*C.ondes_reader)(reader), out, err)
	})
}

func makeTags(name string, open func(h *handle, name *C.char, out **C.ondes_tags, err **C.ondes_error) C.int32_t) (*Tags, error) {
	t := new(Tags)
	err := lent("the path", []string{name}, func(names []*C.char) (err error) {
		t.h, err = create("the tags are", name, func(p unsafe.Pointer) { C.ondes_tags_free((*C.ondes_tags)(p)) },
			func(h *handle, err **C.ondes_error) (unsafe.Pointer, C.int32_t) {
				var out *C.ondes_tags
				status := open(h, names[0], &out, err)
				return unsafe.Pointer(out), status
			})
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Close frees the tags. Closing again does nothing. The error is always nil.
func (t *Tags) Close() error {
	orZero(t).h.close()
	return nil
}

func (t *Tags) get(work func(tags *C.ondes_tags)) {
	orZero(t).h.get(func(p unsafe.Pointer) { work((*C.ondes_tags)(p)) })
}

// IsComplete tells whether all tags of the file could be read: not if a part was damaged, coded in an unknown way or larger
// than the limits.
func (t *Tags) IsComplete() (complete bool) {
	t.get(func(tags *C.ondes_tags) { complete = C.ondes_tags_is_complete(tags) != 0 })
	return complete
}

// Len counts the texts: every value of every key.
func (t *Tags) Len() (count int) {
	t.get(func(tags *C.ondes_tags) { count = int(C.ondes_tags_count(tags)) })
	return count
}

// All goes through all texts as key and value, in the order of the file; keys with several values appear several times.
func (t *Tags) All() iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		for i := C.uint64_t(0); ; i++ {
			var key, value string
			more := false
			t.get(func(tags *C.ondes_tags) {
				if c := C.ondes_tags_key(tags, i); c != nil {
					key, value, more = C.GoString(c), C.GoString(C.ondes_tags_value(tags, i)), true
				}
			})
			if !more || !yield(key, value) {
				return
			}
		}
	}
}

// Get is the first value of a key; "" if it has none.
func (t *Tags) Get(key string) string {
	value, _ := t.Lookup(key)
	return value
}

// Lookup is the first value of a key, and whether it has one.
func (t *Tags) Lookup(key string) (value string, found bool) {
	if strings.ContainsRune(key, 0) {
		return "", false
	}
	c := C.CString(key)
	defer C.free(unsafe.Pointer(c))
	t.get(func(tags *C.ondes_tags) {
		if text := C.ondes_tags_get(tags, c); text != nil {
			value, found = C.GoString(text), true
		}
	})
	return value, found
}

// Set gives a key this one value instead of all that it has. "3/12" for a track or disc number sets the total as well.
func (t *Tags) Set(key, value string) error {
	return t.change(key, value, func(tags *C.ondes_tags, key, value *C.char, err **C.ondes_error) C.int32_t {
		return C.ondes_tags_set(tags, key, value, err)
	})
}

// Add gives a key one more value.
func (t *Tags) Add(key, value string) error {
	return t.change(key, value, func(tags *C.ondes_tags, key, value *C.char, err **C.ondes_error) C.int32_t {
		return C.ondes_tags_add(tags, key, value, err)
	})
}

// Remove takes a key away with all its values; a key that is not there is fine.
func (t *Tags) Remove(key string) error {
	return t.change(key, "", func(tags *C.ondes_tags, key, _ *C.char, err **C.ondes_error) C.int32_t {
		return C.ondes_tags_remove(tags, key, err)
	})
}

func (t *Tags) change(key, value string, work func(tags *C.ondes_tags, key, value *C.char, err **C.ondes_error) C.int32_t) error {
	for _, text := range []string{key, value} {
		if strings.ContainsRune(text, 0) {
			return invalid("a tag cannot have a NUL in it: %q", text)
		}
	}
	c, v := C.CString(key), C.CString(value)
	defer C.free(unsafe.Pointer(c))
	defer C.free(unsafe.Pointer(v))
	return orZero(t).h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t { return work((*C.ondes_tags)(p), c, v, err) })
}

// Clear takes everything away, pictures as well.
func (t *Tags) Clear() error {
	return orZero(t).h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t {
		return C.ondes_tags_clear((*C.ondes_tags)(p), err)
	})
}

// Pictures are all pictures, copied.
func (t *Tags) Pictures() (all []Picture) {
	t.get(func(tags *C.ondes_tags) {
		for i := range C.ondes_tags_picture_count(tags) {
			data := unsafe.Pointer(C.ondes_tags_picture_data(tags, i))
			all = append(all, Picture{
				Kind:        PictureKind(C.ondes_tags_picture_kind(tags, i)),
				MIME:        C.GoString(C.ondes_tags_picture_mime(tags, i)),
				Description: C.GoString(C.ondes_tags_picture_description(tags, i)),
				Data:        append([]byte(nil), unsafe.Slice((*byte)(data), C.ondes_tags_picture_size(tags, i))...),
			})
		}
	})
	return all
}

// AddPicture adds a picture.
//
// Errors: [ErrInvalidArgument] for data that is no image whose type is known, without a MIME type.
func (t *Tags) AddPicture(picture Picture) error {
	if picture.Kind < PictureOther || picture.Kind > PicturePublisherLogo {
		return invalid("Picture.Kind cannot be %d", picture.Kind)
	}
	return lent("a picture's text", []string{picture.MIME, picture.Description}, func(texts []*C.char) error {
		data, unpin := pinned(picture.Data)
		defer unpin()
		return orZero(t).h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t {
			return C.ondes_tags_add_picture((*C.ondes_tags)(p), C.int32_t(picture.Kind), texts[0], texts[1], data,
				C.uint64_t(len(picture.Data)), err)
		})
	})
}

// RemovePicture takes a picture away; those behind it move up.
//
// Errors: [ErrOutOfRange] beyond the last.
func (t *Tags) RemovePicture(index int) error {
	var n numbers
	i := n.u64("the index", int64(index))
	if n.err != nil {
		return n.err
	}
	return orZero(t).h.call(func(p unsafe.Pointer, err **C.ondes_error) C.int32_t {
		return C.ondes_tags_remove_picture((*C.ondes_tags)(p), i, err)
	})
}

// KnownTags are the well-known keys: those that every format has its own name for, as far as it has one.
func KnownTags() (keys []string) {
	for i := C.uint64_t(0); ; i++ {
		key := C.ondes_tags_known_key(i)
		if key == nil {
			return keys
		}
		keys = append(keys, C.GoString(key))
	}
}
