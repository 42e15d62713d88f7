package ondes_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"time"

	"ondes"
)

func Example() {
	speech, err := ondes.Load[float32]("speech.wav", ondes.ReadOptions{Rate: 8000, Mono: true})
	if err != nil {
		log.Fatal(err)
	}
	var peak float32
	for _, sample := range speech.Samples {
		peak = max(peak, sample, -sample)
	}
	fmt.Printf("%d frames at %d Hz, peak %.1f\n", speech.Frames(), speech.Rate, peak)
	// Output: 8004 frames at 8000 Hz, peak 0.3
}

func ExampleOpen() {
	reader, err := ondes.Open("music.flac")
	if err != nil {
		log.Fatal(err)
	}
	defer reader.Close()

	if _, err := reader.Seek(1000, io.SeekStart); err != nil { // exact, as everywhere
		log.Fatal(err)
	}
	memory := make([]int16, 512*reader.Channels())
	frames, err := reader.Read(ondes.Interleaved(memory)) // io.EOF at the end
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(frames, "frames of", reader.Channels(), "channels")
	// Output: 512 frames of 2 channels
}

func ExampleBlocks() {
	reader, err := ondes.Open("music.flac")
	if err != nil {
		log.Fatal(err)
	}
	defer reader.Close()
	frames := 0
	for block, err := range ondes.Blocks[float64](reader, 4096, ondes.LayoutPlanar) {
		if err != nil {
			log.Fatal(err)
		}
		left := block.Channel(0)
		frames += len(left)
	}
	fmt.Println(frames, "frames")
	// Output: 3001 frames
}

func ExampleReadAll() {
	upload := bufio.NewReader(bytes.NewReader(songBytes)) // an io.Reader, such as the body of a request
	reader, err := ondes.OpenReader(upload)
	if err != nil {
		log.Fatal(err)
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	audio, err := ondes.ReadAll[int16](ctx, reader, ondes.LayoutInterleaved)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(audio.Frames(), "frames at", audio.Rate, "Hz")
	// Output: 100003 frames at 44100 Hz
}

func ExampleLoadBatch() {
	ctx := context.Background()
	files := ondes.Paths("speech.wav", "no such file", "song.mp3")
	for item, err := range ondes.LoadBatch[float32](ctx, files) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %d frames\n", item.Name, item.Audio.Frames())
	}
	// Output:
	// speech.wav: 16007 frames
	// no such file: cannot open: No such file or directory (os error 2)
	// song.mp3: 100003 frames
}

func ExampleTranscode() {
	copyTo := func(path string) error {
		reader, err := ondes.Open("music.flac")
		if err != nil {
			return err
		}
		defer reader.Close()
		writer, err := ondes.Create(path, ondes.WriteOptions{
			Like:    reader, // rate, channels, tags
			Quality: "192",
			Atomic:  true, // a whole file or none
		})
		if err != nil {
			return err
		}
		defer writer.Close() // completes the file, if the copy worked
		frames, err := ondes.Transcode(context.Background(), reader, writer, ondes.TranscodeOptions{
			Progress: func(now ondes.Progress) error {
				if now.Seconds > 3600 {
					return errors.New("longer than an hour") // ends it
				}
				return nil
			},
		})
		fmt.Println(frames, "frames")
		return err
	}
	if err := copyTo("copy.mp3"); err != nil {
		log.Fatal(err)
	}
	// Output: 3001 frames
}

func ExampleWriter() {
	write := func(to io.Writer, samples []float32) error {
		writer, err := ondes.CreateWriter(to, ondes.WriteOptions{Format: "flac", Rate: 48000, Channels: 1})
		if err != nil {
			return err
		}
		defer writer.Discard() // where something goes wrong before the end
		if err := writer.Write(ondes.Interleaved(samples)); err != nil {
			return err
		}
		return writer.Close() // only this makes the file whole
	}
	var file bytes.Buffer
	if err := write(&file, make([]float32, 480)); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", file.Bytes()[:4])
	// Output: fLaC
}

func ExampleError() {
	_, err := ondes.Open("no such file")
	var failed *ondes.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Path, errors.Is(err, ondes.ErrNotFound), errors.Is(err, fs.ErrNotExist))
	}
	_, err = ondes.Load[float32]("text.wav")
	fmt.Println(errors.Is(err, ondes.ErrUnrecognized))
	// Output:
	// no such file true true
	// true
}

func ExampleMapSamples() {
	loud, err := ondes.OpenMap("music.wav", ondes.MapOptions{Mode: ondes.MapReadWrite})
	if err != nil {
		log.Fatal(err)
	}
	samples, err := ondes.MapSamples[int16](loud) // the file's own memory, until Close
	if err != nil {
		log.Fatal(err)
	}
	for i := range samples {
		samples[i] /= 2
	}
	fmt.Println(len(samples), "samples changed in place")
	if err := loud.Close(); err != nil {
		log.Fatal(err)
	}
	// Output: 6002 samples changed in place
}

func ExampleReader_Tags() {
	reader, err := ondes.Open("tagged.flac")
	if err != nil {
		log.Fatal(err)
	}
	defer reader.Close()
	tags, err := reader.Tags()
	if err != nil {
		log.Fatal(err)
	}
	for key, value := range tags.All() {
		if key == "artist" {
			fmt.Println(value)
		}
	}
	fmt.Println(tags.Get("tracknumber"), "of", tags.Get("tracktotal"))
	// Output:
	// one
	// two
	// 3 of 12
}

func ExampleResampler() {
	resampler, err := ondes.NewResampler[float32](44100, 16000, 2)
	if err != nil {
		log.Fatal(err)
	}
	defer resampler.Close()
	total := 0
	for range 10 { // pieces of any size, as they come
		converted, err := resampler.Process(make([]float32, 2*441))
		if err != nil {
			log.Fatal(err)
		}
		total += len(converted) / 2
	}
	rest, err := resampler.Flush()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(total+len(rest)/2, "frames")
	// Output: 1600 frames
}

func ExamplePlay() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // or signal.NotifyContext, for Ctrl-C
	defer cancel()
	speech, err := ondes.Load[float32]("speech.wav", ondes.ReadOptions{End: 1600})
	if err != nil {
		log.Fatal(err)
	}
	// "null" plays into nothing; the default device without this.
	if err := ondes.Play(ctx, speech, ondes.PlayOptions{Device: "null"}); err != nil {
		log.Fatal(err)
	}
	fmt.Println("heard")
	// Output: heard
}

func ExampleStream() {
	ctx := context.Background()
	stream, err := ondes.OpenStream(ondes.StreamOptions{Input: "loopback", Output: "loopback"}) // records what it plays
	if err != nil {
		log.Fatal(err)
	}
	defer stream.Close()
	played := make([]float32, 480*stream.Channels(ondes.Output))
	played[2] = 0.5
	if _, err := stream.Write(ctx, ondes.Interleaved(played), 0); err != nil {
		log.Fatal(err)
	}
	if err := stream.Start(); err != nil {
		log.Fatal(err)
	}
	heard := make([]float32, 480*stream.Channels(ondes.Input))
	frames, err := stream.Read(ctx, ondes.Interleaved(heard), ondes.Forever)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(frames, "frames,", heard[2])
	// Output: 480 frames, 0.5
}

// songBytes is the content of song.mp3.
var songBytes, _ = os.ReadFile("../../tests/data/mp3/cbr_128_known_100003.mp3")
