package ondes_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"ondes"
)

func TestVersion(t *testing.T) {
	if version := ondes.Version(); len(strings.Split(version, ".")) != 3 {
		t.Error(version)
	}
	if ondes.ABIVersion() != 1 {
		t.Error(ondes.ABIVersion())
	}
}

func TestFeatures(t *testing.T) {
	all := []string{"encoders", "devices", "libopus", "lame", "libflac", "vorbis"}
	for _, name := range ondes.Features() {
		if !slices.Contains(all, name) {
			t.Error(name)
		}
	}
	for _, name := range append(all, "", "LAME", "lame\x00", "ffmpeg") {
		if ondes.HasFeature(name) != slices.Contains(ondes.Features(), name) {
			t.Error(name)
		}
	}
	for _, format := range ondes.WriteFormats() {
		if !format.IsBuilt && ondes.HasFeature("lame") && ondes.HasFeature("vorbis") {
			t.Error(format.Name)
		}
	}
}

func TestOpenDescribesAFile(t *testing.T) {
	reader := must(ondes.Open(data("wav/s16.wav")))
	defer reader.Close()
	want := ondes.Info{
		Container: ondes.ContainerWAV, Codec: ondes.CodecPCM, SampleFormat: ondes.SampleI16, BitDepth: 16, BitRate: 1411200,
		Rate: 44100, Channels: 2, ChannelMask: 3, IsExact: true, Frames: 3001, Duration: 68049887, // ns: 3001 / 44100 s
		OutputFrames: 3001, OutputRate: 44100, OutputChannels: 2,
	}
	info := must(reader.Info())
	info.ChannelMask = 3 // a plain header has no speakers: whatever the library says
	if info != want {
		t.Errorf("%+v", info)
	}
	if reader.Name() != data("wav/s16.wav") || reader.Channels() != 2 || reader.Rate() != 44100 {
		t.Error(reader.Name(), reader.Channels(), reader.Rate())
	}
}

func TestReadInEveryTypeAndOrder(t *testing.T) {
	file := wav(1000, 2)
	checkRead(t, file, func(s int16) int16 { return s })
	checkRead(t, file, func(s int16) ondes.Int24 { return ondes.NewInt24(int32(s) << 8) })
	checkRead(t, file, func(s int16) int32 { return int32(s) << 16 })
	checkRead(t, file, func(s int16) int64 { return int64(s) << 48 })
	checkRead(t, file, func(s int16) float32 { return float32(s) / 32768 })
	checkRead(t, file, func(s int16) float64 { return float64(s) / 32768 })
}

func checkRead[T ondes.Sample](t *testing.T, file []byte, want func(int16) T) {
	t.Helper()
	for _, layout := range []ondes.Layout{ondes.LayoutInterleaved, ondes.LayoutPlanar} {
		reader := must(ondes.OpenBytes(file))
		audio := must(ondes.ReadAll[T](context.Background(), reader, layout))
		reader.Close()
		if audio.Frames() != 1000 || audio.Channels != 2 || audio.Layout != layout {
			t.Fatalf("%d frames of %d channels", audio.Frames(), audio.Channels)
		}
		for frame := range 1000 {
			for channel := range 2 {
				got, right := audio.At(frame, channel), want(madeSample(frame, channel))
				if got != right {
					t.Fatalf("%T: frame %d of channel %d is %v, not %v", got, frame, channel, got, right)
				}
			}
		}
		if left := audio.Channel(1); left[7] != audio.At(7, 1) || len(left) != 1000 {
			t.Fatal("Channel and At differ")
		}
	}
}

func TestReadIntoMemoryOfYours(t *testing.T) {
	reader := must(ondes.OpenBytes(wav(1000, 2)))
	defer reader.Close()
	memory := make([]int16, 2*300)
	for _, want := range []int{300, 300, 300, 100} {
		if frames, err := reader.Read(ondes.Interleaved(memory)); frames != want || err != nil {
			t.Fatal(frames, err)
		}
	}
	if frames, err := reader.Read(ondes.Interleaved(memory)); frames != 0 || err != io.EOF {
		t.Fatal(frames, err)
	}
	if frames, err := reader.Read(ondes.Interleaved(memory[:0])); frames != 0 || err != nil {
		t.Fatal(frames, err)
	}
	_, err := reader.Read(ondes.Interleaved(memory[:3]))
	fails(t, err, ondes.ErrInvalidArgument, "3 samples are no whole frames of 2 channels")

	// An array in a struct that leads to other memory of Go: what cgo looks for must not be found there.
	frame := struct {
		name  *string
		array [8]float32
	}{name: new(string)}
	must(reader.Seek(990, io.SeekStart))
	if frames := must(reader.Read(ondes.Planar(frame.array[:]))); frames != 4 || frame.array[4] != float32(madeSample(990, 1))/32768 {
		t.Fatal(frames, frame.array)
	}
}

func TestSeekIsExact(t *testing.T) {
	reader := must(ondes.Open(data("opus/stereo_96k_known_100003.opus")))
	defer reader.Close()
	all := must(ondes.ReadAll[float32](context.Background(), reader, ondes.LayoutInterleaved))
	length := int64(all.Frames())
	for _, seek := range []struct{ offset, whence, want int64 }{
		{0, io.SeekStart, 0}, {12345, io.SeekStart, 12345}, {-7, io.SeekEnd, length - 7}, {0, io.SeekEnd, length}, {5, io.SeekStart, 5},
		{995, io.SeekCurrent, 1000},
	} {
		if got := must(reader.Seek(seek.offset, int(seek.whence))); got != seek.want {
			t.Fatalf("Seek(%d, %d) is %d, not %d", seek.offset, seek.whence, got, seek.want)
		}
		if got := must(reader.Seek(0, io.SeekCurrent)); got != seek.want {
			t.Fatal(got)
		}
		memory := make([]float32, 2*100)
		frames, err := reader.Read(ondes.Interleaved(memory))
		if want := int(min(100, length-seek.want)); frames != want || (err == io.EOF) != (want == 0) {
			t.Fatal(frames, err)
		}
		if !slices.Equal(memory[:2*frames], all.Samples[2*seek.want:][:2*frames]) {
			t.Fatalf("the samples at %d are others", seek.want)
		}
		must(reader.Seek(seek.want, io.SeekStart))
	}
	_, err := reader.Seek(length+1, io.SeekStart)
	fails(t, err, ondes.ErrOutOfRange, "")
	_, err = reader.Seek(-1, io.SeekStart)
	fails(t, err, ondes.ErrOutOfRange, "before the start")
	_, err = reader.Seek(0, 3)
	fails(t, err, ondes.ErrInvalidArgument, "whence")
}

func TestBlocks(t *testing.T) {
	reader := must(ondes.OpenBytes(wav(1000, 2)))
	defer reader.Close()
	at := 0
	for block, err := range ondes.Blocks[int16](reader, 300, ondes.LayoutPlanar) {
		if err != nil || block.Rate != 44100 {
			t.Fatal(err)
		}
		for frame := range block.Frames() {
			if block.At(frame, 1) != madeSample(at+frame, 1) {
				t.Fatalf("frame %d", at+frame)
			}
		}
		at += block.Frames()
	}
	if at != 1000 {
		t.Fatal(at)
	}
	for _, err := range ondes.Blocks[int16](reader, 0, ondes.LayoutPlanar) {
		fails(t, err, ondes.ErrInvalidArgument, "0 frames")
	}
}

func TestLoadAsOptionsSay(t *testing.T) {
	audio := must(ondes.Load[float32](data("flac/s16_51.flac"), ondes.ReadOptions{Mono: true, Rate: 16000, Start: 100, End: 1100}))
	// ceil(1000 * 16000 / 48000)
	if audio.Frames() != 334 || audio.Channels != 1 || audio.Rate != 16000 || audio.Duration() != 20875*time.Microsecond {
		t.Error(audio.Frames(), audio.Channels, audio.Rate, audio.Duration())
	}
	part := must(ondes.Load[int16](data("wav/s16.wav"), ondes.ReadOptions{Start: int64(10 * time.Millisecond), End: int64(20 * time.Millisecond), Unit: ondes.Nanoseconds}))
	if part.Frames() != 441 {
		t.Error(part.Frames())
	}
	for _, bad := range []struct {
		options ondes.ReadOptions
		text    string
	}{
		{ondes.ReadOptions{Start: -1}, "ReadOptions.Start cannot be -1"},
		{ondes.ReadOptions{Rate: -1}, "ReadOptions.Rate cannot be -1"},
		{ondes.ReadOptions{Unit: 7}, "ReadOptions.Unit cannot be 7"},
		{ondes.ReadOptions{Quality: 5}, "ReadOptions.Quality cannot be 5"},
		{ondes.ReadOptions{Channels: 3}, "3"},
	} {
		_, err := ondes.Load[int16](data("wav/s16.wav"), bad.options)
		fails(t, err, ondes.ErrInvalidArgument, bad.text)
	}
	_, err := ondes.Load[int16](data("wav/s16.wav"), ondes.ReadOptions{}, ondes.ReadOptions{})
	fails(t, err, ondes.ErrInvalidArgument, "2 options were given where there is room for one")
}

func TestLoadOnManyThreadsIsTheSame(t *testing.T) {
	one := must(ondes.Load[float32](data("source/music.flac")))
	many := must(ondes.Load[float32](data("source/music.flac"), ondes.ReadOptions{Threads: ondes.AllCores}))
	if !reflect.DeepEqual(one, many) {
		t.Error("other samples")
	}
}

func TestFilesThatLieAboutTheirLengthTakeNoMemory(t *testing.T) {
	for _, name := range []string{"bad/total_2_36.flac", "bad/data_size_lies.wav", "bad/frames_4g.aiff", "bad/xing_2_32_frames.mp3"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		audio, err := ondes.Load[float64](data(name))
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 2<<30 {
			t.Errorf("%s: %d bytes, for %v, %v", name, taken, audio != nil, err)
		}
	}
}

func TestErrors(t *testing.T) {
	_, err := ondes.Open("no/such/file.wav")
	fails(t, err, ondes.ErrNotFound, "no/such/file.wav")
	var failed *ondes.Error
	var path *fs.PathError
	if !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, syscall.ENOENT) || errors.Is(err, fs.ErrPermission) || errors.As(err, &path) {
		t.Error(err)
	}
	if !errors.As(err, &failed) || failed.Path != "no/such/file.wav" || failed.Offset != -1 || failed.Errno != syscall.ENOENT || failed.Cause != nil {
		t.Errorf("%+v", failed)
	}
	if ondes.ErrNotFound.Name() != "ONDES_STATUS_NOT_FOUND" || ondes.ErrNotFound.Error() == "" {
		t.Error(ondes.ErrNotFound)
	}
	_, err = ondes.Open("")
	fails(t, err, ondes.ErrNotFound, "the path is empty")
	_, err = ondes.Open("a\x00b")
	fails(t, err, ondes.ErrInvalidArgument, `the path has a NUL in it: "a\x00b"`)
	_, err = ondes.Open(testData)
	fails(t, err, ondes.ErrIsDirectory, testData)
	_, err = ondes.Open(data("bad/text.wav"))
	fails(t, err, ondes.ErrUnrecognized, "text.wav")
	_, err = ondes.Open(data("unsupported/gsm610.wav"))
	fails(t, err, ondes.ErrUnsupported, "GSM")
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	reader := must(ondes.Open(data("wav/truncated.wav")))
	must(ondes.ReadAll[int16](context.Background(), reader, ondes.LayoutInterleaved))
	if warnings := reader.Warnings(); len(warnings) == 0 || warnings[0].Message == "" {
		t.Error(warnings)
	}
	if _, err = reader.Resampled(0); err.Error() != "cannot convert 44100 Hz to 0 Hz: a rate must be a number above 0" {
		t.Error("a name of C is in this: ", err)
	}
	_, err = ondes.Resample(context.Background(), new(ondes.Audio[float32]), 8000)
	fails(t, err, ondes.ErrInvalidArgument, "the number of channels cannot be 0")
	for _, is := range []struct{ ours, theirs error }{
		{ondes.ErrPermission, fs.ErrPermission}, {ondes.ErrClosed, os.ErrClosed}, {ondes.ErrTimedOut, os.ErrDeadlineExceeded},
		{ondes.ErrCancelled, context.Canceled},
	} {
		if !errors.Is(is.ours, is.theirs) {
			t.Errorf("%v is not %v", is.ours, is.theirs)
		}
	}
}

func TestVerify(t *testing.T) {
	for name, want := range map[string]ondes.Checksum{
		"flac/s16_seektable.flac": ondes.ChecksumMatch, "flac/wrong_md5.flac": ondes.ChecksumMismatch, "wav/s16.wav": ondes.ChecksumNone,
	} {
		reader := must(ondes.Open(data(name)))
		if got := must(reader.Verify(context.Background())); got != want {
			t.Errorf("%s: %d", name, got)
		}
		reader.Close()
	}
}

func TestScanIsWatchedAndEnded(t *testing.T) {
	reader := must(ondes.Open(data("flac/s16_known_100003.flac")))
	defer reader.Close()
	must(reader.Seek(5000, io.SeekStart))
	ended, end := context.WithCancelCause(context.Background())
	end(&mine{9})
	_, err := reader.Verify(ended)
	fails(t, err, ondes.ErrCancelled, "the vault is locked: 9")
	_, err = reader.Measure(ended)
	fails(t, err, ondes.ErrCancelled, "the vault is locked: 9")
	// In the middle; the reader is as it was.
	_, err = reader.Verify(context.Background(), ondes.ScanOptions{Progress: func(ondes.Progress) error { return &mine{9} }})
	fails(t, err, ondes.ErrCancelled, "cancelled: the vault is locked: 9")
	if at := must(reader.Seek(0, io.SeekCurrent)); at != 5000 {
		t.Error(at)
	}
	if rest := must(ondes.ReadAll[int16](context.Background(), reader, ondes.LayoutInterleaved)); rest.Frames() != 95003 {
		t.Error(rest.Frames())
	}
	var last ondes.Progress
	watched := ondes.ScanOptions{Progress: func(now ondes.Progress) error {
		last = now
		return nil
	}}
	if got := must(reader.Verify(context.Background(), watched)); got != ondes.ChecksumMatch {
		t.Error(got)
	}
	if last.Files != 1 || last.Frames != 100003 || last.FramesTotal != 100003 {
		t.Errorf("%+v", last)
	}
	last = ondes.Progress{}
	if frames := must(reader.Measure(context.Background(), watched)); frames != 100003 || last.Frames != 100003 {
		t.Error(frames, last)
	}
	_, err = reader.Verify(context.Background(), watched, watched)
	fails(t, err, ondes.ErrInvalidArgument, "")
}

func TestClose(t *testing.T) {
	reader := must(ondes.Open(data("wav/s16.wav")))
	view := must(reader.Resampled(8000))
	for range 2 {
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := reader.Info()
	fails(t, err, ondes.ErrClosed, "s16.wav: the reader is closed")
	if !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
	_, err = reader.Read(ondes.Interleaved(make([]int16, 2)))
	fails(t, err, ondes.ErrClosed, "")
	_, err = view.Read(ondes.Interleaved(make([]int16, 2)))
	fails(t, err, ondes.ErrClosed, "")
	if reader.Name() != "" || reader.Warnings() != nil || view.Frames() != -1 {
		t.Error("a closed reader tells something")
	}
	view.Close()
	view.Close()
	_, err = new(ondes.Reader).Info()
	fails(t, err, ondes.ErrClosed, "zero value")
	_, err = ondes.ReadAll[int16](context.Background(), reader, ondes.LayoutInterleaved)
	fails(t, err, ondes.ErrClosed, "")
	_, err = reader.Tags()
	fails(t, err, ondes.ErrClosed, "")
	_, err = reader.Loudness(context.Background())
	fails(t, err, ondes.ErrClosed, "")
}

// gate is a reader that waits in its Read until it is opened.
type gate struct {
	io.ReadSeeker
	mutex   sync.Mutex
	entered chan struct{}
	open    chan struct{}
	shut    bool
}

func (g *gate) Read(dst []byte) (int, error) {
	g.mutex.Lock()
	shut := g.shut
	g.mutex.Unlock()
	if shut {
		g.entered <- struct{}{}
		<-g.open
	}
	return g.ReadSeeker.Read(dst)
}

func (g *gate) close() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.shut = true
}

func gated(frames int) (*gate, *ondes.Reader) {
	g := &gate{ReadSeeker: bytes.NewReader(wav(frames, 2)), entered: make(chan struct{}), open: make(chan struct{})}
	reader := must(ondes.OpenReader(g))
	g.close()
	return g, reader
}

func TestCloseWhileAnotherGoroutineReads(t *testing.T) {
	g, reader := gated(1000000)
	done := make(chan error)
	go func() {
		_, err := reader.Read(ondes.Interleaved(make([]int16, 2*1000000)))
		done <- err
	}()
	<-g.entered
	// The reader is in use, in Go code that C called.
	_, err := reader.Read(ondes.Interleaved(make([]int16, 2)))
	fails(t, err, ondes.ErrBusy, "")
	_, err = reader.Seek(0, io.SeekCurrent)
	fails(t, err, ondes.ErrBusy, "")
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = reader.Info()
	fails(t, err, ondes.ErrClosed, "")
	g.mutex.Lock()
	g.shut = false
	g.mutex.Unlock()
	close(g.open)
	if err := <-done; err != nil {
		t.Fatal("the call that was under way: ", err)
	}
}

// closing closes its reader from inside of the call.
type closing struct {
	io.ReadSeeker
	reader *ondes.Reader
}

func (c *closing) Read(dst []byte) (int, error) {
	if c.reader != nil {
		c.reader.Close()
	}
	return c.ReadSeeker.Read(dst)
}

func TestCloseFromInsideOfACall(t *testing.T) {
	c := &closing{ReadSeeker: bytes.NewReader(wav(1000000, 2))}
	c.reader = must(ondes.OpenReader(struct{ io.ReadSeeker }{c}))
	if _, err := c.reader.Read(ondes.Interleaved(make([]int16, 2*1000000))); err != nil {
		t.Fatal(err)
	}
	_, err := c.reader.Info()
	fails(t, err, ondes.ErrClosed, "")
}

func TestOpenReader(t *testing.T) {
	file := wav(200000, 2)
	want := must(ondes.OpenBytes(file))
	all := must(ondes.ReadAll[int16](context.Background(), want, ondes.LayoutInterleaved))
	for name, from := range map[string]io.Reader{
		"bytes.Reader":  bytes.NewReader(file),
		"bytes.Buffer":  bytes.NewBuffer(slices.Clone(file)),
		"bufio":         bufio.NewReader(bytes.NewReader(file)),
		"half":          iotest.HalfReader(bytes.NewReader(file)),
		"data with EOF": iotest.DataErrReader(bytes.NewReader(file)),
		"LimitReader":   io.LimitReader(bytes.NewReader(file), int64(len(file))),
	} {
		reader := must(ondes.OpenReader(from))
		audio, err := ondes.ReadAll[int16](context.Background(), reader, ondes.LayoutInterleaved)
		if err != nil || !slices.Equal(audio.Samples, all.Samples) {
			t.Errorf("%s: %v", name, err)
		}
		_, seekable := from.(io.Seeker)
		if _, err := reader.Seek(17, io.SeekStart); seekable && err != nil || !seekable && !errors.Is(err, ondes.ErrNotSeekable) {
			t.Errorf("%s: %v", name, err)
		}
		reader.Close()
	}

	short := must(ondes.OpenReader(iotest.OneByteReader(bytes.NewReader(wav(100, 1)))))
	if frames := len(must(ondes.ReadAll[int16](context.Background(), short, ondes.LayoutInterleaved)).Samples); frames != 100 {
		t.Error(frames)
	}

	// From where it stands.
	standing := bytes.NewReader(append([]byte("skip"), file...))
	must(standing.Seek(4, io.SeekStart))
	if got := must(must(ondes.OpenReader(standing)).Measure(context.Background())); got != 200000 {
		t.Error(got)
	}
}

func TestOpenReaderOfFiles(t *testing.T) {
	file := must(os.Open(data("wav/s16.wav")))
	defer file.Close()
	reader := must(ondes.OpenReader(file))
	if reader.Name() != data("wav/s16.wav") {
		t.Error(reader.Name())
	}
	reader.Close()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Error("the file is not the reader's to close: ", err)
	}

	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		out.Write(wav(100000, 1))
		out.Close()
	}()
	piped := must(ondes.OpenReader(in))
	audio := must(ondes.ReadAll[int16](context.Background(), piped, ondes.LayoutInterleaved))
	if audio.Frames() != 100000 || audio.Samples[99999] != madeSample(99999, 0) {
		t.Error(audio.Frames())
	}
	piped.Close()
	in.Close()

	missing, _ := os.Open("no/such/file")
	_, err = ondes.OpenReader(missing)
	fails(t, err, ondes.ErrNullArgument, "there is no reader: it is nil")
	_, err = ondes.OpenReader(nil)
	fails(t, err, ondes.ErrNullArgument, "it is nil")
	_, err = ondes.OpenTagsReader(nil)
	fails(t, err, ondes.ErrNullArgument, "it is nil")
	_, err = ondes.CreateWriter(nil, ondes.WriteOptions{Format: "wav", Rate: 8000, Channels: 1})
	fails(t, err, ondes.ErrNullArgument, "there is no writer")
}

// faulty fails, or panics, in its nth call.
type faulty struct {
	*bytes.Reader
	calls, nth int
	fault      func() error
}

type mine struct{ number int }

func (m *mine) Error() string { return fmt.Sprint("the vault is locked: ", m.number) }

func (f *faulty) Read(dst []byte) (int, error) {
	f.calls++
	if f.calls > f.nth {
		return 0, f.fault()
	}
	return f.Reader.Read(dst)
}

func TestErrorsOfAReaderComeBackUnchanged(t *testing.T) {
	file := wav(300000, 2)
	for nth := range 8 {
		from := &faulty{bytes.NewReader(file), 0, nth, func() error { return &mine{nth} }}
		reader, err := ondes.OpenReader(from, ondes.ReadOptions{Name: "vault.wav"})
		if err == nil {
			_, err = ondes.ReadAll[float32](context.Background(), reader, ondes.LayoutInterleaved)
			reader.Close()
		}
		if from.calls <= nth {
			break // all was read
		}
		fails(t, err, ondes.ErrCallback, "vault.wav: the vault is locked: "+strconv.Itoa(nth))
		var is *mine
		if !errors.As(err, &is) || is.number != nth {
			t.Fatal(err)
		}
	}
	// Together with bytes, and for ever nothing.
	_, err := ondes.OpenReader(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(file))))
	if !errors.Is(err, iotest.ErrTimeout) {
		t.Error(err)
	}
	_, err = ondes.OpenReader(readFunc(func(dst []byte) (int, error) { return 0, nil }))
	if !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
	_, err = ondes.OpenReader(readFunc(func(dst []byte) (int, error) { return len(dst) + 1, nil }))
	fails(t, err, ondes.ErrCallback, "Read returned")
	_, err = ondes.OpenTagsReader(iotest.ErrReader(&mine{3}))
	fails(t, err, ondes.ErrCallback, "the vault is locked: 3")
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(dst []byte) (int, error) { return f(dst) }

func TestPanicsOfAReaderComeBackUnchanged(t *testing.T) {
	file := wav(300000, 2)
	for nth := range 6 {
		from := &faulty{bytes.NewReader(file), 0, nth, func() error { panic(&mine{nth}) }}
		value := panicked(t, func() {
			reader := must(ondes.OpenReader(from))
			defer reader.Close()
			must(ondes.ReadAll[float32](context.Background(), reader, ondes.LayoutInterleaved))
		})
		if from.calls <= nth {
			break
		}
		if is, ok := value.(*mine); !ok || is.number != nth {
			t.Fatal(value)
		}
	}
	// One that is called inside of another call is that one's own affair.
	inner := &faulty{bytes.NewReader(file), 0, 0, func() error { panic(&mine{1}) }}
	outer := bytes.NewReader(wav(1000, 1))
	caught := 0
	reader := must(ondes.OpenReader(readFunc(func(dst []byte) (int, error) {
		if panicked(t, func() { must(ondes.OpenReader(inner)) }) != nil {
			caught++
		}
		return outer.Read(dst)
	})))
	defer reader.Close()
	if audio := must(ondes.ReadAll[int16](context.Background(), reader, ondes.LayoutInterleaved)); audio.Frames() != 1000 || caught == 0 {
		t.Error(audio.Frames(), caught)
	}
}

func TestContextEndsALoad(t *testing.T) {
	reader := must(ondes.Open(data("source/music.flac")))
	defer reader.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(&mine{5})
	_, err := ondes.ReadAll[float32](ctx, reader, ondes.LayoutInterleaved)
	fails(t, err, ondes.ErrCancelled, "music.flac: cancelled: the vault is locked: 5")
	var is *mine
	if !errors.As(err, &is) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// From inside of the call.
	ctx, stop := context.WithCancel(context.Background())
	from := bytes.NewReader(wav(4000000, 1))
	slow := must(ondes.OpenReader(readFunc(func(dst []byte) (int, error) {
		if from.Len() < 7000000 {
			stop()
		}
		return from.Read(dst[:min(len(dst), 4096)])
	})))
	defer slow.Close()
	// The token is set by a goroutine: it may be that all was read before that had its turn.
	if _, err := ondes.ReadAll[float32](ctx, slow, ondes.LayoutInterleaved); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestLoudnessAndProgress(t *testing.T) {
	// A 1 kHz sine of full scale on one channel is -3.01 LUFS: ITU-R BS.1770-4.
	tone := &ondes.Audio[float64]{Channels: 1, Rate: 48000}
	for i := range 5 * 48000 {
		tone.Samples = append(tone.Samples, math.Sin(2*math.Pi*997*float64(i)/48000))
	}
	file := must(ondes.Encode(tone, ondes.WriteOptions{Format: "wav", SampleFormat: ondes.SampleF64}))
	reader := must(ondes.OpenBytes(file))
	defer reader.Close()
	calls := 0
	var last ondes.Progress
	loudness := must(reader.Loudness(context.Background(), ondes.LoudnessOptions{Progress: func(now ondes.Progress) error {
		calls++
		last = now
		return nil
	}}))
	if math.Abs(loudness.Integrated+3.01) > 0.02 || loudness.Frames != 5*48000 || math.Abs(loudness.SamplePeak-1) > 1e-6 {
		t.Errorf("%+v", loudness)
	}
	if calls == 0 || last.Frames != 5*48000 || last.FramesTotal != 5*48000 || last.Seconds != 5 {
		t.Errorf("%d calls, %+v", calls, last)
	}
	must(reader.Seek(0, io.SeekStart))
	_, err := reader.Loudness(context.Background(), ondes.LoudnessOptions{Progress: func(ondes.Progress) error { return &mine{9} }})
	fails(t, err, ondes.ErrCancelled, "cancelled: the vault is locked: 9")
	must(reader.Seek(0, io.SeekStart))
	value := panicked(t, func() {
		reader.Loudness(context.Background(), ondes.LoudnessOptions{Progress: func(ondes.Progress) error { panic("mine") }})
	})
	if value != "mine" {
		t.Error(value)
	}
	if quiet := must(reader.Loudness(context.Background(), ondes.LoudnessOptions{NoTruePeak: true})); !math.IsNaN(quiet.TruePeak) {
		t.Error(quiet.TruePeak)
	}
}

func TestResampler(t *testing.T) {
	music := must(ondes.Load[float64](data("source/clip.flac")))
	whole := must(ondes.Resample(context.Background(), music, 48000, ondes.ResampleOptions{Threads: ondes.AllCores}))
	if want := (music.Frames()*48000 + 44099) / 44100; whole.Frames() != want || whole.Rate != 48000 {
		t.Fatal(whole.Frames(), want)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := ondes.Resample(ended, music, 48000)
	fails(t, err, ondes.ErrCancelled, "cancelled: context canceled")
	_, err = ondes.Resample(context.Background(), music, 1)
	fails(t, err, ondes.ErrInvalidArgument, "")
	resampler := must(ondes.NewResampler[float64](44100, 48000, 2))
	defer resampler.Close()
	for range 2 { // again after the flush
		var pieces []float64
		for piece := range slices.Chunk(music.Samples, 2*77) {
			pieces = append(pieces, must(resampler.Process(piece))...)
		}
		pieces = append(pieces, must(resampler.Flush())...)
		if !slices.Equal(pieces, whole.Samples) {
			t.Fatal("pieces make another whole")
		}
	}
	planes := &ondes.Audio[float64]{Channels: 2, Rate: 44100, Layout: ondes.LayoutPlanar, Samples: slices.Concat(music.Channel(0), music.Channel(1))}
	if apart := must(ondes.Resample(context.Background(), planes, 48000)); !slices.Equal(apart.Channel(1), whole.Channel(1)) {
		t.Error("planes become others")
	}
	if must(resampler.Latency()) <= 0 || must(resampler.OutputFrames(0)) != 0 || must(resampler.FlushFrames()) != 0 || resampler.Channels() != 2 {
		t.Error("counts")
	}
	_, err = resampler.ProcessInto(make([]float64, 2), make([]float64, 2*10000))
	fails(t, err, ondes.ErrOutOfRange, "")
	_, err = resampler.Process(make([]float64, 3))
	fails(t, err, ondes.ErrInvalidArgument, "whole frames")
	_, err = ondes.NewResampler[float32](44100, 0, 2)
	fails(t, err, ondes.ErrInvalidArgument, "")
	_, err = ondes.NewResampler[float32](1, 1, -2)
	fails(t, err, ondes.ErrInvalidArgument, "the number of channels cannot be -2")
	if err := resampler.Reset(); err != nil {
		t.Error(err)
	}
	resampler.Close()
	_, err = resampler.Latency()
	fails(t, err, ondes.ErrClosed, "the resampler is closed")
}

func TestInt24(t *testing.T) {
	for _, value := range []int32{0, 1, -1, 8388607, -8388608, 0x123456} {
		if got := ondes.NewInt24(value).Int32(); got != value {
			t.Error(value, got)
		}
	}
	if binary.Size(ondes.Int24{}) != 3 || ondes.FormatOf[ondes.Int24]().Size() != 3 || ondes.FormatOf[ondes.Int24]().String() != "int24" {
		t.Error("the size of a sample")
	}
}

func TestConvert(t *testing.T) {
	// The full range of an integer is -1 to 1 inclusive: wavemap's rule.
	floats := make([]float64, 2)
	if err := ondes.Convert(floats, []uint16{0, 65535}); err != nil || floats[0] != -1 || floats[1] != 1 {
		t.Error(floats, err)
	}
	fails(t, ondes.Convert(floats, []uint64{1}), ondes.ErrInvalidArgument, "1 numbers do not become 2")
}

func TestGoroutines(t *testing.T) {
	want := must(ondes.Load[float32](data("mp3/vbr_v2.mp3")))
	var wait sync.WaitGroup
	for range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for range 5 {
				if got, err := ondes.Load[float32](data("mp3/vbr_v2.mp3")); err != nil || !slices.Equal(got.Samples, want.Samples) {
					t.Error("other samples: ", err)
				}
				if _, err := ondes.Open("no such file"); err == nil || !strings.Contains(err.Error(), "no such file") {
					t.Error(err)
				}
			}
		}()
	}
	wait.Wait()
}

// files counts the open files of this process; 0 where that cannot be known.
func files() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

func TestNothingLeaks(t *testing.T) {
	rounds := 3000
	if raceEnabled {
		rounds = 200
	}
	if gcForced {
		rounds = 20
	}
	file := wav(1000, 2)
	work := func(rounds int) {
		for range rounds {
			reader := must(ondes.OpenReader(bytes.NewReader(file)))
			must(reader.Read(ondes.Interleaved(make([]float32, 2*100))))
			reader.Close()
			reader = must(ondes.Open(data("wav/s16.wav")))
			must(reader.Tags())
			reader.Close()
			ondes.Open(data("bad/text.wav"))
			ondes.OpenReader(iotest.ErrReader(&mine{1}))
			writer := must(ondes.CreateBytes(ondes.WriteOptions{Format: "wav", Rate: 8000, Channels: 1}))
			writer.Discard()
		}
		runtime.GC()
	}
	work(rounds / 10)
	before, opened := resident(t), files()
	work(rounds)
	if after := resident(t); after > before+48<<20 {
		t.Errorf("%d bytes of memory became %d", before, after)
	}
	if now := files(); now > opened+3 {
		t.Errorf("%d open files became %d", opened, now)
	}
}

func resident(t *testing.T) int {
	content, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("this system does not tell a process's memory")
	}
	return must(strconv.Atoi(strings.Fields(string(content))[1])) * os.Getpagesize()
}

func TestWhatNobodyClosesIsClosed(t *testing.T) {
	before := files()
	if before == 0 {
		t.Skip("this system does not tell a process's files")
	}
	for range 200 {
		reader := must(ondes.Open(data("wav/s16.wav")))
		must(reader.Resampled(8000))
	}
	eventually(t, "all files are closed", func() bool { return files() <= before+3 })
}
