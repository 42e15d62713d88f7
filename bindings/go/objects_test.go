package ondes_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"ondes"
)

func made(frames, channels int) *ondes.Audio[int16] {
	audio := &ondes.Audio[int16]{Channels: channels, Rate: 44100}
	for frame := range frames {
		for channel := range channels {
			audio.Samples = append(audio.Samples, madeSample(frame, channel))
		}
	}
	return audio
}

func TestWriterWritesWhatIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.flac")
	audio := made(5000, 2)
	writer := must(ondes.Create(path, ondes.WriteOptions{Rate: 44100, Channels: 2, Quality: "5"}))
	for piece := range slices.Chunk(audio.Samples, 2*700) {
		if err := writer.Write(ondes.Interleaved(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if writer.Frames() != 5000 || writer.Name() != path || writer.Format().Name != "flac" || writer.Rate() != 44100 ||
		writer.Channels() != 2 || !strings.HasPrefix(writer.Quality(), "5") || writer.SampleFormat() != ondes.SampleI16 {
		t.Error(writer.Frames(), writer.Name(), writer.Format(), writer.Quality(), writer.SampleFormat())
	}
	for range 2 {
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	writer.Discard()
	fails(t, writer.Write(audio), ondes.ErrClosed, "the writer is closed")
	if back := must(ondes.Load[int16](path)); !slices.Equal(back.Samples, audio.Samples) {
		t.Error("other samples")
	}
	if err := ondes.Save(path+".wav", audio); err != nil {
		t.Fatal(err)
	}
	if back := must(ondes.Load[int16](path + ".wav")); !reflect.DeepEqual(back, audio) {
		t.Error("other samples")
	}
}

func TestWriterRefuses(t *testing.T) {
	_, err := ondes.Create("", ondes.WriteOptions{Rate: 8000, Channels: 1})
	fails(t, err, ondes.ErrNotFound, "the path is empty")
	_, err = ondes.Create(filepath.Join(t.TempDir(), "a.wav"), ondes.WriteOptions{Rate: -1, Channels: 1})
	fails(t, err, ondes.ErrInvalidArgument, "WriteOptions.Rate cannot be -1")
	_, err = ondes.Create("no/such/folder/a.wav", ondes.WriteOptions{Rate: 8000, Channels: 1})
	fails(t, err, ondes.ErrNotFound, "no/such/folder")
	_, err = ondes.CreateBytes(ondes.WriteOptions{Format: "no\x00"})
	fails(t, err, ondes.ErrInvalidArgument, "NUL")
	closed := must(ondes.Open(data("wav/s16.wav")))
	closed.Close()
	_, err = ondes.CreateBytes(ondes.WriteOptions{Format: "wav", Like: closed})
	fails(t, err, ondes.ErrClosed, "s16.wav: the reader is closed")
	writer := must(ondes.CreateBytes(ondes.WriteOptions{Format: "wav", Rate: 8000, Channels: 1}))
	defer writer.Discard()
	fails(t, writer.Write(made(10, 2)), ondes.ErrInvalidArgument, "the samples are for 2 channels, here are 1")
	stereo := must(ondes.CreateBytes(ondes.WriteOptions{Format: "wav", Rate: 8000, Channels: 2}))
	defer stereo.Discard()
	fails(t, stereo.Write(made(10, 1)), ondes.ErrInvalidArgument, "the samples are for 1 channel, here are 2")
	_, err = writer.Bytes()
	fails(t, err, ondes.ErrInvalidArgument, "")
}

func TestWriterOfStreams(t *testing.T) {
	audio := made(3000, 2)
	options := ondes.WriteOptions{Format: "wav", Rate: 44100, Channels: 2}
	file := must(os.Create(filepath.Join(t.TempDir(), "out.wav")))
	defer file.Close()
	writer := must(ondes.CreateWriter(file, options))
	if writer.Name() != file.Name() {
		t.Error(writer.Name())
	}
	if err := errors.Join(writer.Write(audio), writer.Close()); err != nil {
		t.Fatal(err)
	}
	if back := must(ondes.Load[int16](file.Name())); !slices.Equal(back.Samples, audio.Samples) {
		t.Error("other samples")
	}

	options.Format = "mp3"
	var target bytes.Buffer
	buffered := bufio.NewWriterSize(&target, 1<<20)
	writer = must(ondes.CreateWriter(buffered, options))
	if err := errors.Join(writer.Write(audio), writer.Close()); err != nil {
		t.Fatal(err)
	}
	if buffered.Buffered() != 0 {
		t.Error("bytes are left in the bufio.Writer")
	}
	if reader := must(ondes.OpenBytes(target.Bytes())); must(reader.Measure(context.Background())) != 3000 {
		t.Error(reader.Measure(context.Background()))
	}
}

// full takes so many bytes and then fails, or panics.
type full struct {
	room  int
	fault func() error
}

func (f *full) Write(src []byte) (int, error) {
	if f.room -= len(src); f.room < 0 {
		return 0, f.fault()
	}
	return len(src), nil
}

func TestErrorsOfAWriterComeBackUnchanged(t *testing.T) {
	options := ondes.WriteOptions{Format: "mp3", Rate: 44100, Channels: 1, Name: "vault.mp3"}
	writer := must(ondes.CreateWriter(&full{1000, func() error { return &mine{7} }}, options))
	silence := make([]int16, 1000000)
	var err error
	for range 100 {
		if err = writer.Write(ondes.Interleaved(silence)); err != nil {
			break
		}
	}
	fails(t, err, ondes.ErrCallback, "vault.mp3: the vault is locked: 7")
	var is *mine
	if !errors.As(err, &is) {
		t.Error(err)
	}
	if err := writer.Close(); err != nil {
		t.Error("an error that was told comes again: ", err)
	}
	loud := must(ondes.CreateWriter(&full{1000, func() error { panic("mine") }}, options))
	if value := panicked(t, func() {
		for range 100 {
			loud.Write(ondes.Interleaved(silence))
		}
		loud.Close()
	}); value != "mine" {
		t.Error(value)
	}
	if err := loud.Close(); err != nil {
		t.Error(err)
	}
	// At the end.
	small := must(ondes.CreateWriter(&full{0, func() error { return &mine{8} }}, ondes.WriteOptions{Format: "flac", Rate: 8000, Channels: 1}))
	err = errors.Join(small.Write(ondes.Interleaved(silence[:10])), small.Close())
	if !errors.As(err, &is) || is.number != 8 {
		t.Error(err)
	}
}

func TestAtomicIsAllOrNothing(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.wav")
	options := ondes.WriteOptions{Rate: 44100, Channels: 1, Atomic: true}
	writer := must(ondes.Create(path, options))
	if err := writer.Write(made(100, 1)); err != nil {
		t.Fatal(err)
	}
	writer.Discard()
	left := func() int { return len(must(os.ReadDir(folder))) }
	if left() != 0 {
		t.Fatal("something is left of a file that was discarded")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	reader := must(ondes.Open(data("wav/s16.wav")))
	defer reader.Close()
	for _, copy := range []func(to *ondes.Writer) error{
		func(to *ondes.Writer) error { _, err := ondes.Transcode(ctx, reader, to); return err },
		func(to *ondes.Writer) error {
			_, err := ondes.Transcode(context.Background(), reader, to, ondes.TranscodeOptions{Progress: func(ondes.Progress) error { return &mine{2} }})
			return err
		},
	} {
		writer = must(ondes.Create(path, ondes.WriteOptions{Like: reader, Atomic: true}))
		if err := copy(writer); !errors.Is(err, ondes.ErrCancelled) || !strings.Contains(err.Error(), "cancelled: ") {
			t.Fatal(err)
		}
		if err := writer.Close(); err != nil || left() != 0 {
			t.Fatal("something is left of a copy that was cancelled: ", err)
		}
	}
	writer = must(ondes.Create(path, options))
	if err := writer.Close(); err != nil || left() != 1 {
		t.Fatal(err)
	}
}

func TestTranscode(t *testing.T) {
	reader := must(ondes.Open(data("tags/metaflac.flac")))
	defer reader.Close()
	path := filepath.Join(t.TempDir(), "copy.ogg")
	writer := must(ondes.Create(path, ondes.WriteOptions{Like: reader, Threads: ondes.AllCores}))
	var last ondes.Progress
	frames := must(ondes.Transcode(context.Background(), reader, writer, ondes.TranscodeOptions{Progress: func(now ondes.Progress) error {
		last = now
		return nil
	}}))
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	copied := must(ondes.Open(path))
	defer copied.Close()
	if got := must(copied.Measure(context.Background())); got != frames || last.Frames != frames {
		t.Error(got, frames, last)
	}
	if tags := must(copied.Tags()); tags.Get("date") != "2003" {
		t.Error(tags.Get("date"))
	}
	_, err := ondes.Transcode(context.Background(), reader, writer)
	fails(t, err, ondes.ErrClosed, "")
}

func TestTags(t *testing.T) {
	tags := must(ondes.NewTags())
	png := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 20)...)
	if err := errors.Join(tags.Set("Title", "Ólafur"), tags.Add("artist", "one"), tags.Add("ARTIST", "two"), tags.Set("tracknumber", "3/12"),
		tags.AddPicture(ondes.Picture{Kind: ondes.PictureFrontCover, Data: png, Description: "x"}), tags.Set("empty", "")); err != nil {
		t.Fatal(err)
	}
	if tags.Get("title") != "Ólafur" || tags.Get("tracktotal") != "12" || tags.Get("nothing") != "" || tags.Len() != 6 || !tags.IsComplete() {
		t.Error(tags.Get("title"), tags.Get("tracktotal"), tags.Len())
	}
	if _, found := tags.Lookup("no\x00key"); found {
		t.Error("a key with a NUL")
	}
	file := must(ondes.Encode(made(100, 1), ondes.WriteOptions{Format: "flac", Tags: tags}))
	back := must(ondes.OpenTagsBytes(file, "made.flac"))
	var artists []string
	for key, value := range back.All() {
		if key == "artist" {
			artists = append(artists, value)
		}
	}
	if !slices.Equal(artists, []string{"one", "two"}) {
		t.Error(artists)
	}
	pictures := must(ondes.OpenTagsReader(bytes.NewReader(file))).Pictures()
	if len(pictures) != 1 || pictures[0].MIME != "image/png" || pictures[0].Description != "x" || !bytes.Equal(pictures[0].Data, png) || pictures[0].Kind != ondes.PictureFrontCover {
		t.Errorf("%+v", pictures)
	}
	fails(t, back.RemovePicture(1), ondes.ErrOutOfRange, "")
	fails(t, back.RemovePicture(-1), ondes.ErrInvalidArgument, "the index cannot be -1")
	if err := errors.Join(back.RemovePicture(0), back.Remove("artist"), back.Remove("not there")); err != nil || back.Pictures() != nil || back.Get("artist") != "" {
		t.Error(err)
	}
	if err := back.Clear(); err != nil || back.Len() != 0 {
		t.Error(err)
	}
	back.Close()
	fails(t, back.Set("a", "b"), ondes.ErrClosed, "made.flac: the tags are closed")
	fails(t, tags.Set("a\x00", "b"), ondes.ErrInvalidArgument, "NUL")
	fails(t, tags.AddPicture(ondes.Picture{Data: []byte("no image")}), ondes.ErrInvalidArgument, "")
	_, err := ondes.OpenTags("no such file")
	fails(t, err, ondes.ErrNotFound, "no such file")
	if known := ondes.KnownTags(); !slices.Contains(known, "title") || !slices.Contains(known, "albumartist") {
		t.Error(known)
	}
}

func TestMap(t *testing.T) {
	path := save(t, "map.wav", wav(1000, 2))
	samples, opened := []int16(nil), must(ondes.OpenMap(path, ondes.MapOptions{Mode: ondes.MapReadWrite}))
	samples = must(ondes.MapSamples[int16](opened))
	if len(samples) != 2000 || samples[2*999+1] != madeSample(999, 1) {
		t.Fatal(len(samples))
	}
	runtime.GC()
	samples[1] = -5
	planes := make([]float64, 2*10)
	if frames, err := opened.ReadAt(ondes.Planar(planes), 0); frames != 10 || err != nil || planes[10] != -5.0/32768 {
		t.Error(frames, err, planes[10])
	}
	if frames, err := opened.ReadAt(ondes.Planar(planes), 995); frames != 5 || err != io.EOF {
		t.Error(frames, err)
	}
	shared := must(opened.Share())
	if err := errors.Join(shared.WriteAt(ondes.Interleaved([]int16{7, 8}), 3), opened.Flush(), shared.Close(), shared.Close()); err != nil {
		t.Error(err)
	}
	if err := opened.Append(5); err != nil || must(opened.Info()).Frames != 1005 {
		t.Error(err)
	}
	fails(t, opened.WriteAt(ondes.Interleaved([]int16{7, 8}), 1005), ondes.ErrOutOfRange, "")
	fails(t, opened.WriteAt(ondes.Interleaved([]int16{7, 8}), -1), ondes.ErrInvalidArgument, "the frame cannot be -1")
	if err := errors.Join(opened.Close(), opened.Close()); err != nil {
		t.Error(err)
	}
	_, err := opened.Info()
	fails(t, err, ondes.ErrClosed, "map.wav: the map is closed")
	if back := must(ondes.Load[int16](path)); back.Frames() != 1005 || back.Samples[1] != -5 || back.Samples[7] != 8 || back.Samples[2*1004] != 0 {
		t.Error(back.Frames())
	}

	read := must(ondes.OpenMap(data("aiff/s16.aiff")))
	defer read.Close()
	_, err = ondes.MapSamples[int16](read)
	fails(t, err, ondes.ErrInvalidArgument, "the other order of bytes")
	_, err = ondes.MapSamples[float32](read)
	fails(t, err, ondes.ErrInvalidArgument, "the samples are int16, not float32")
	if read.Name() != data("aiff/s16.aiff") || read.Warnings() != nil {
		t.Error(read.Name(), read.Warnings())
	}
}

func TestBufferedMapIsWrittenAtClose(t *testing.T) {
	path := save(t, "map.wav", wav(100, 1))
	buffered := must(ondes.OpenMap(path, ondes.MapOptions{Mode: ondes.MapReadWrite, Buffered: true}))
	must(ondes.MapSamples[int16](buffered))[50] = -1
	if err := buffered.Close(); err != nil {
		t.Fatal(err)
	}
	if back := must(ondes.Load[int16](path)); back.Samples[50] != -1 {
		t.Error(back.Samples[50])
	}
	created := must(ondes.CreateMap(path, ondes.MapForm{SampleFormat: ondes.SampleF32, Channels: 1, Rate: 8000, Frames: 10}))
	must(ondes.MapSamples[float32](created))[9] = 0.25
	created.Close()
	if back := must(ondes.Load[float32](path)); back.Frames() != 10 || back.Samples[9] != 0.25 {
		t.Error(back.Frames())
	}
	raw := must(ondes.OpenRawMap(path, ondes.MapForm{SampleFormat: ondes.SampleU8, Channels: 1}))
	if first := must(ondes.MapSamples[uint8](raw)); string(first[:4]) != "RIFF" {
		t.Error(first[:4])
	}
	raw.Close()
}

func TestBatchGivesFilesInOrder(t *testing.T) {
	sources := []ondes.Source{
		ondes.Path(data("wav/s16.wav")), ondes.Path("no such file"), ondes.Bytes(wav(500, 1), "bytes.wav"), ondes.Path(""),
		ondes.From(bytes.NewReader(wav(700, 2)), "reader.wav"), ondes.Path(data("bad/text.wav")), ondes.Path(data("wav/truncated.wav")),
	}
	var told ondes.Progress
	at := 0
	for item, err := range ondes.LoadBatch[int16](context.Background(), sources, ondes.BatchOptions{Workers: 2, Ahead: 1, Progress: func(now ondes.Progress) error {
		told = now
		return nil
	}}) {
		if item.Index != at || err != item.Err || (err == nil) != (item.Audio != nil) {
			t.Fatal(item.Index, at, err)
		}
		at++
		switch item.Index {
		case 0:
			if item.Audio.Frames() != 3001 || item.Frames != 3001 || item.Info.Container != ondes.ContainerWAV || item.Name != data("wav/s16.wav") {
				t.Error(item.Name)
			}
		case 1:
			fails(t, err, ondes.ErrNotFound, "no such file")
			if item.Info != (ondes.Info{}) {
				t.Error(item.Info)
			}
		case 2:
			if item.Name != "bytes.wav" || item.Audio.Channels != 1 || item.Audio.Samples[499] != madeSample(499, 0) {
				t.Error(item.Name)
			}
		case 3:
			fails(t, err, ondes.ErrNotFound, "")
		case 4:
			if item.Name != "reader.wav" || item.Audio.At(699, 1) != madeSample(699, 1) {
				t.Error(item.Name)
			}
		case 5:
			fails(t, err, ondes.ErrUnrecognized, "text.wav")
		case 6:
			if len(item.Warnings) == 0 {
				t.Error("no warning")
			}
		}
	}
	if at != len(sources) || told.Files != len(sources) || told.FilesTotal != len(sources) || told.Failed != 3 {
		t.Errorf("%d items, %+v", at, told)
	}
}

func TestBatchKeepsBytesUntilTheyAreRead(t *testing.T) {
	batch := must(ondes.NewBatch[int16](context.Background(), ondes.BatchOptions{Workers: 2}))
	defer batch.Close()
	for i := range 40 {
		file := wav(1000+i, 1)
		if i%2 == 0 {
			must(0, batch.Add(ondes.Bytes(file, "")))
		} else {
			must(0, batch.Add(ondes.From(bytes.NewReader(file), "")))
		}
	}
	runtime.GC()
	if batch.Count() != 40 {
		t.Error(batch.Count())
	}
	for i, item := range must(batch.Collect()) {
		if item.Err != nil || item.Audio.Frames() != 1000+i || item.Audio.Samples[999] != madeSample(999, 0) {
			t.Fatal(i, item.Err)
		}
	}
	if _, err := batch.Next(); err != io.EOF {
		t.Error(err)
	}
	// It goes on with files that are added later.
	must(0, batch.Add(ondes.Path(data("wav/s16.wav"))))
	if item := must(batch.Next()); item.Index != 40 || item.Audio.Frames() != 3001 {
		t.Error(item.Index)
	}
	batch.Close()
	fails(t, batch.Add(ondes.Path("a")), ondes.ErrClosed, "the batch is closed")
	_, err := batch.Next()
	fails(t, err, ondes.ErrClosed, "")
}

// One goroutine adds while another takes: each is busy now and then and tries again, and every result is that of its input.
func TestBatchTakesFilesWhileItGives(t *testing.T) {
	many := 400
	if gcForced {
		many = 20
	}
	batch := must(ondes.NewBatch[int16](context.Background(), ondes.BatchOptions{Workers: 2}))
	defer batch.Close()
	files := make([][]byte, many)
	for i := range files {
		files[i] = wav(1+i, 1)
	}
	added := make(chan error, 1)
	go func() {
		for i := 0; i < many; {
			source := ondes.Bytes(files[i], "")
			if i%2 == 0 {
				source = ondes.From(bytes.NewReader(files[i]), "")
			}
			err := batch.Add(source)
			if err == nil {
				i++
			} else if !errors.Is(err, ondes.ErrBusy) {
				added <- err
				return
			}
			runtime.Gosched()
		}
		added <- nil
	}()
	for taken := 0; taken < many; {
		item, err := batch.Next()
		if err == nil {
			taken++
			if item.Err != nil || item.Audio.Frames() != item.Index+1 {
				t.Fatal(item.Index, item.Err)
			}
		} else if err != io.EOF && !errors.Is(err, ondes.ErrBusy) {
			t.Fatal(err)
		}
		select {
		case err := <-added:
			if err != nil {
				t.Fatal(err)
			}
		default:
			runtime.Gosched()
		}
	}
}

// A block for as many files as there were is not written beyond its end, whatever is added meanwhile.
func TestBatchFillsNoMoreThanThereIsRoomFor(t *testing.T) {
	batch := must(ondes.NewBatch[int16](context.Background()))
	defer batch.Close()
	if items, err := batch.Fill(nil, 1, 100, ondes.PaddingZero); err != nil || len(items) != 0 {
		t.Error(items, err)
	}
	must(0, batch.Add(ondes.Path(data("wav/s16.wav"))))
	_, err := batch.Fill(make([]int16, 2*100-1), 2, 100, ondes.PaddingZero)
	fails(t, err, ondes.ErrOutOfRange, "too few for 1 file of 100 frames of 2 channels")
	fails(t, second(new(ondes.Batch[int16]).Collect()), ondes.ErrClosed, "never opened")
}

func second[T any](_ T, err error) error { return err }

func TestBatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	many := 500
	if gcForced {
		many = 100
	}
	paths := slices.Repeat([]string{data("wav/s16.wav")}, many)
	good, ended := 0, 0
	for item, err := range ondes.LoadBatch[float32](ctx, ondes.Paths(paths...), ondes.BatchOptions{Workers: 1, Ahead: 1}) {
		switch {
		case err == nil:
			good++
		case item != nil && errors.Is(err, ondes.ErrCancelled) && errors.Is(err, context.Canceled):
			if is := (*mine)(nil); !errors.As(err, &is) || !strings.Contains(err.Error(), "s16.wav: cancelled: the vault is locked: 4") {
				t.Fatal(err)
			}
			ended++
		default:
			t.Fatal(err)
		}
		cancel(&mine{4})
	}
	if good+ended != many || good == 0 {
		t.Error(good, ended)
	}
	// Leaving the loop ends the work.
	for range ondes.LoadBatch[float32](context.Background(), ondes.Paths(paths...)) {
		break
	}
	// So does an error of the progress function, and a panic comes out of it.
	batch := must(ondes.NewBatch[float32](context.Background(), ondes.BatchOptions{Progress: func(ondes.Progress) error { return &mine{6} }}))
	defer batch.Close()
	for _, path := range paths {
		must(0, batch.Add(ondes.Path(path)))
	}
	items := must(batch.Collect())
	if len(items) != many || items[many-1].Err == nil || !strings.Contains(items[many-1].Err.Error(), "the vault is locked: 6") {
		t.Error(len(items), items[many-1].Err)
	}
	if value := panicked(t, func() {
		for range ondes.LoadBatch[float32](context.Background(), ondes.Paths(paths...), ondes.BatchOptions{Progress: func(ondes.Progress) error { panic("mine") }}) {
		}
	}); value != "mine" {
		t.Error(value)
	}
}

func TestBatchOfFaultyReaders(t *testing.T) {
	sources := []ondes.Source{
		ondes.From(iotest.ErrReader(&mine{1}), "one"), ondes.Path(data("wav/s16.wav")), ondes.From(iotest.ErrReader(&mine{2}), "two"),
	}
	var numbers []int
	for item, err := range ondes.LoadBatch[int16](context.Background(), sources) {
		var is *mine
		if errors.As(err, &is) {
			fails(t, err, ondes.ErrCallback, item.Name+": the vault is locked")
			numbers = append(numbers, item.Index, is.number)
		}
	}
	if !slices.Equal(numbers, []int{0, 1, 2, 2}) {
		t.Error(numbers)
	}
	panics := readFunc(func([]byte) (int, error) { panic("mine") })
	if value := panicked(t, func() {
		for range ondes.LoadBatch[int16](context.Background(), []ondes.Source{ondes.From(panics, "")}) {
		}
	}); value != "mine" {
		t.Error(value)
	}
}

// What is no file at all is a result too, in its place, and the others go on.
func TestBatchOfSourcesThatAreNone(t *testing.T) {
	sources := []ondes.Source{
		ondes.Path("no\x00path"), ondes.Bytes(wav(10, 1), ""), ondes.From(nil, "nil.wav"), ondes.From((*os.File)(nil), ""),
		ondes.From((*bytes.Reader)(nil), "typed.wav"),
		ondes.Bytes(wav(10, 1), "no\x00name"), ondes.Bytes(nil, "empty.wav"), {}, ondes.Bytes(wav(20, 1), ""),
	}
	expect := []struct {
		status     ondes.Status
		name, text string
	}{
		{ondes.ErrInvalidArgument, "no\x00path", `has a NUL in it: "no\x00path"`}, {},
		{ondes.ErrNullArgument, "nil.wav", "nil.wav: there is no reader: it is nil"}, {ondes.ErrNullArgument, "", "it is nil"},
		{ondes.ErrNullArgument, "typed.wav", "it is nil"},
		{ondes.ErrInvalidArgument, "no\x00name", "NUL"}, {ondes.ErrUnrecognized, "empty.wav", "empty.wav"}, {ondes.ErrNotFound, "", ""}, {},
	}
	var last ondes.Progress
	options := ondes.BatchOptions{Progress: func(now ondes.Progress) error { last = now; return nil }}
	at := 0
	for item, err := range ondes.LoadBatch[int16](context.Background(), sources, options) {
		want := expect[at]
		if item == nil || item.Index != at || item.Name != want.name || err != item.Err || (item.Audio != nil) != (want.status == 0) {
			t.Fatalf("%d: %+v, %v", at, item, err)
		}
		if want.status != 0 {
			fails(t, err, want.status, want.text)
		}
		at++
	}
	if at != len(sources) || last.Failed != 7 || last.Files != len(sources) {
		t.Errorf("%d items, %+v", at, last)
	}
	batch := must(ondes.NewBatch[int16](context.Background()))
	defer batch.Close()
	for _, source := range sources[:2] {
		must(0, batch.Add(source))
	}
	block := make([]int16, 2*10)
	items := must(batch.Fill(block, 1, 10, ondes.PaddingZero))
	fails(t, items[0].Err, ondes.ErrInvalidArgument, "NUL")
	if block[9] != 0 || block[10] != madeSample(0, 0) {
		t.Error(block)
	}
}

// What C has decoded is freed where a function of Go panics with it at hand. It is large enough to have memory of its own.
func TestAPanicLeavesNothingOfABatchBehind(t *testing.T) {
	resident := func() (pages int) {
		fmt.Sscan(string(must(os.ReadFile("/proc/self/statm"))), new(int), &pages)
		return pages * os.Getpagesize() >> 20
	}
	if _, err := os.Stat("/proc/self/statm"); err != nil {
		t.Skip(err)
	}
	file := wav(5_000_000, 1) // 40 MB as float64
	options := ondes.BatchOptions{Progress: func(now ondes.Progress) error {
		if now.Files == 1 { // it is decoded
			panic("mine")
		}
		return nil
	}}
	before := resident()
	for i := range 16 {
		batch := must(ondes.NewBatch[float64](context.Background(), options))
		must(0, batch.Add(ondes.Bytes(file, "")))
		if value := panicked(t, func() {
			if i%2 == 0 {
				batch.Next()
			} else {
				batch.Collect()
			}
		}); value != "mine" {
			t.Fatal(value)
		}
		batch.Close()
	}
	if more := resident() - before; more > 150 {
		t.Errorf("%d MB are left", more)
	}
}

func TestCloseABatchThatWaits(t *testing.T) {
	entered, open := make(chan struct{}), make(chan struct{})
	waiting := readFunc(func([]byte) (int, error) {
		entered <- struct{}{}
		<-open
		return 0, io.EOF
	})
	batch := must(ondes.NewBatch[int16](context.Background()))
	must(0, batch.Add(ondes.From(waiting, "")))
	done := make(chan struct{})
	go func() {
		batch.Next()
		close(done)
	}()
	<-entered
	batch.Close()
	fails(t, batch.Add(ondes.Path("a")), ondes.ErrClosed, "")
	close(open)
	for {
		select {
		case <-entered:
			continue
		case <-done:
			return
		}
	}
}

func TestBatchFills(t *testing.T) {
	batch := must(ondes.NewBatch[int16](context.Background(), ondes.BatchOptions{Layout: ondes.LayoutPlanar}))
	defer batch.Close()
	for _, frames := range []int{100, 300} {
		must(0, batch.Add(ondes.Bytes(wav(frames, 2), "")))
	}
	must(0, batch.Add(ondes.Bytes(wav(10, 1), "mono.wav")))
	_, err := batch.Fill(make([]int16, 10), 2, 200, ondes.PaddingZero)
	fails(t, err, ondes.ErrOutOfRange, "the block holds 10 samples, too few for 3 files of 200 frames of 2 channels")
	block := make([]int16, 3*2*200)
	items := must(batch.Fill(block, 2, 200, ondes.PaddingRepeat))
	if len(items) != 3 || items[0].Frames != 100 || items[1].Frames != 200 || items[0].Audio != nil {
		t.Error(len(items))
	}
	fails(t, items[2].Err, ondes.ErrInvalidArgument, "mono.wav")
	if block[200+199] != madeSample(99, 1) || block[400+199] != madeSample(199, 0) {
		t.Error(block[200+199], block[400+199])
	}
}

// What is wrong is called by its name in Go.
func TestWrongArgumentsHaveTheirNamesOfGo(t *testing.T) {
	ctx, audio, file := context.Background(), made(10, 1), data("wav/s16.wav")
	reader, clip := must(ondes.Open(file)), &ondes.Audio[float32]{Samples: make([]float32, 10), Channels: 1, Rate: 8000}
	defer reader.Close()
	batch := must(ondes.NewBatch[int16](ctx))
	defer batch.Close()
	read := func(options ondes.ReadOptions) error { return second(ondes.Open(file, options)) }
	write := func(options ondes.WriteOptions) error { return second(ondes.Encode(audio, options)) }
	mapped := func(form ondes.MapForm) error { return second(ondes.OpenRawMap(file, form)) }
	for text, err := range map[string]error{
		"ReadOptions.Quality cannot be 3":         read(ondes.ReadOptions{Rate: 8000, Quality: 3}),
		"ReadOptions.Ending cannot be 3":          read(ondes.ReadOptions{End: 10, Ending: 3}),
		"ReadOptions.Unit cannot be 3":            read(ondes.ReadOptions{Unit: 3}),
		"the layout cannot be 2":                  second(ondes.ReadAll[int16](ctx, reader, 2)),
		"the layout cannot be 9":                  ondes.Save("new.wav", &ondes.Audio[int16]{Channels: 1, Rate: 8000, Layout: 9}),
		"WriteOptions.SampleFormat cannot be 9":   write(ondes.WriteOptions{Format: "wav", SampleFormat: 9}),
		"WriteOptions.Format has a NUL in it":     write(ondes.WriteOptions{Format: "wav\x00"}),
		"WriteOptions.Quality has a NUL in it":    write(ondes.WriteOptions{Format: "mp3", Quality: "\x00"}),
		"BatchOptions.Layout cannot be -1":        second(ondes.NewBatch[int16](ctx, ondes.BatchOptions{Layout: -1})),
		"the padding cannot be 2":                 second(batch.Fill(make([]int16, 10), 1, 10, 2)),
		"ResamplerOptions.Quality cannot be 21":   second(ondes.NewResampler[float32](1, 2, 1, ondes.ResamplerOptions{Quality: 21})),
		"ResamplerOptions.LengthRule cannot be 2": second(reader.Resampled(8000, ondes.ResamplerOptions{LengthRule: 2})),
		"ResamplerOptions.Layout cannot be 2":     second(ondes.NewResampler[float32](1, 2, 1, ondes.ResamplerOptions{Layout: 2})),
		"ResampleOptions.Quality cannot be -1":    second(ondes.Resample(ctx, clip, 16000, ondes.ResampleOptions{Quality: -1})),
		"PlayOptions.Quality cannot be -1":        ondes.Play(ctx, clip, ondes.PlayOptions{Device: "null", Quality: -1}),
		"MapOptions.Mode cannot be 3":             second(ondes.OpenMap(file, ondes.MapOptions{Mode: 3})),
		"MapForm.SampleFormat cannot be 0":        mapped(ondes.MapForm{Channels: 1}),
		"MapForm.ByteOrder cannot be 2":           mapped(ondes.MapForm{Channels: 1, SampleFormat: ondes.SampleI16, ByteOrder: 2}),
		"the header cannot be 64":                 second(ondes.CreateMap("new.wav", ondes.MapForm{}, 64)),
		"the direction cannot be 0":               second(ondes.Devices(0)),
		"Picture.Kind cannot be 21":               must(ondes.NewTags()).AddPicture(ondes.Picture{Kind: 21, MIME: "image/png"}),
		"neither an input nor an output":          second(ondes.OpenStream(ondes.StreamOptions{})),
	} {
		fails(t, err, ondes.ErrInvalidArgument, text)
	}
}

func TestFormats(t *testing.T) {
	flac, found := ondes.FindWriteFormat(".FLAC")
	if !found || flac.Title != "FLAC" || !slices.Contains(flac.Samples, ondes.SampleI24) || flac.MaxChannels != 8 || !flac.HasRate(96000) || flac.HasRate(-1) {
		t.Errorf("%+v", flac)
	}
	if _, found := ondes.FindWriteFormat("no such format"); found {
		t.Error("a format that is none")
	}
	if len(ondes.ReadFormats()) < 8 || len(ondes.WriteFormats()) < 8 || !slices.Contains(ondes.ReadFormats()[0].Extensions, "wav") {
		t.Error(ondes.ReadFormats(), ondes.WriteFormats())
	}
	if ondes.CodecVorbis.String() != "Vorbis" || ondes.ContainerWebM.String() != "WebM" || ondes.Codec(99).String() != "unknown" {
		t.Error("names")
	}
}
