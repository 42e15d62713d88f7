package ondes

// #include "shims.h"
import "C"

import (
	"math"
	"strings"
	"unsafe"
)

// Container is the file format around the audio. Later libraries may have more.
type Container int32

// The containers.
const (
	ContainerUnknown  Container = C.ONDES_CONTAINER_UNKNOWN
	ContainerWAV      Container = C.ONDES_CONTAINER_WAV
	ContainerRF64     Container = C.ONDES_CONTAINER_RF64
	ContainerBW64     Container = C.ONDES_CONTAINER_BW64
	ContainerW64      Container = C.ONDES_CONTAINER_W64
	ContainerAIFF     Container = C.ONDES_CONTAINER_AIFF
	ContainerAIFC     Container = C.ONDES_CONTAINER_AIFC
	ContainerCAF      Container = C.ONDES_CONTAINER_CAF
	ContainerAU       Container = C.ONDES_CONTAINER_AU
	ContainerFLAC     Container = C.ONDES_CONTAINER_FLAC
	ContainerOgg      Container = C.ONDES_CONTAINER_OGG
	ContainerMPEG     Container = C.ONDES_CONTAINER_MPEG
	ContainerADTS     Container = C.ONDES_CONTAINER_ADTS
	ContainerMP4      Container = C.ONDES_CONTAINER_MP4
	ContainerMatroska Container = C.ONDES_CONTAINER_MATROSKA
	ContainerWebM     Container = C.ONDES_CONTAINER_WEBM
)

// String is the name as people know it: "WAV", "Ogg", "Matroska".
func (c Container) String() string { return C.GoString(C.ondes_container_name(C.int32_t(c))) }

// Codec is how the audio is coded. Later libraries may have more.
type Codec int32

// The codecs.
const (
	CodecUnknown  Codec = C.ONDES_CODEC_UNKNOWN
	CodecPCM      Codec = C.ONDES_CODEC_PCM
	CodecALaw     Codec = C.ONDES_CODEC_ALAW
	CodecULaw     Codec = C.ONDES_CODEC_ULAW
	CodecMSADPCM  Codec = C.ONDES_CODEC_MS_ADPCM
	CodecIMAADPCM Codec = C.ONDES_CODEC_IMA_ADPCM
	CodecFLAC     Codec = C.ONDES_CODEC_FLAC
	CodecALAC     Codec = C.ONDES_CODEC_ALAC
	CodecMP1      Codec = C.ONDES_CODEC_MP1
	CodecMP2      Codec = C.ONDES_CODEC_MP2
	CodecMP3      Codec = C.ONDES_CODEC_MP3
	CodecVorbis   Codec = C.ONDES_CODEC_VORBIS
	CodecOpus     Codec = C.ONDES_CODEC_OPUS
	CodecAAC      Codec = C.ONDES_CODEC_AAC
)

// String is the name as people know it: "PCM", "MP3", "Opus".
func (c Codec) String() string { return C.GoString(C.ondes_codec_name(C.int32_t(c))) }

// ReadFormat is a file format that the library reads.
type ReadFormat struct {
	// Name is its name.
	Name string
	// Extensions are those of its files, lower case, without dots.
	Extensions []string
}

// ReadFormats lists the file formats that the library reads.
func ReadFormats() []ReadFormat {
	formats := make([]ReadFormat, C.ondes_read_format_count())
	for i := range formats {
		formats[i] = ReadFormat{
			Name:       C.GoString(C.ondes_read_format_name(C.uint64_t(i))),
			Extensions: strings.Split(C.GoString(C.ondes_read_format_extensions(C.uint64_t(i))), ","),
		}
	}
	return formats
}

// WriteFormat is a file format that the library writes.
type WriteFormat struct {
	// Name is its name for [WriteOptions]: "wav", "flac", "ogg".
	Name string
	// Title is its name as people know it: "WAV", "Ogg Vorbis".
	Title string
	// Extensions are those of its files, lower case, without dots.
	Extensions []string
	// Qualities are its words for quality, the least first; none where there is no choice. MP3 has those for variable
	// rates, from V0 (best) to V9, in front of those for constant ones.
	Qualities []string
	// Samples are the formats of samples that a file can hold, its usual one first; none for lossy codecs.
	Samples []SampleFormat
	// MaxChannels is the most channels that a file can hold.
	MaxChannels int
	// IsBuilt tells whether the library that is loaded writes it: a build may leave its encoder out.
	IsBuilt bool

	index C.uint64_t
}

// WriteFormats lists the file formats that the library writes, also those that the build left out.
func WriteFormats() []WriteFormat {
	formats := make([]WriteFormat, C.ondes_write_format_count())
	for i := range formats {
		formats[i] = writeFormat(C.uint64_t(i))
	}
	return formats
}

// FindWriteFormat finds a format by its name or an extension, with or without a dot, in any case.
func FindWriteFormat(name string) (WriteFormat, bool) {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	index := C.ondes_write_format_find(c)
	if index == C.ONDES_UNKNOWN || strings.ContainsRune(name, 0) {
		return WriteFormat{}, false
	}
	return writeFormat(index), true
}

func writeFormat(index C.uint64_t) WriteFormat {
	format := WriteFormat{
		Name:        C.GoString(C.ondes_write_format_name(index)),
		Title:       C.GoString(C.ondes_write_format_title(index)),
		Extensions:  strings.Split(C.GoString(C.ondes_write_format_extensions(index)), ","),
		MaxChannels: int(C.ondes_write_format_max_channels(index)),
		IsBuilt:     C.ondes_write_format_is_built(index) != 0,
		index:       index,
	}
	for i := C.uint64_t(0); ; i++ {
		word := C.ondes_write_format_quality(index, i)
		if word == nil {
			break
		}
		format.Qualities = append(format.Qualities, C.GoString(word))
	}
	for i := C.uint64_t(0); ; i++ {
		sample := C.ondes_write_format_sample(index, i)
		if sample == 0 {
			break
		}
		format.Samples = append(format.Samples, SampleFormat(sample))
	}
	return format
}

// HasRate tells whether a file can have this rate, in Hz.
func (f WriteFormat) HasRate(rate int) bool {
	return rate > 0 && rate <= math.MaxUint32 && C.ondes_write_format_has_rate(f.index, C.uint32_t(rate)) != 0
}
