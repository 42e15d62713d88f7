// Convert converts an audio file into another format, in constant memory, with tags.
//
//	go run ./convert song.flac song.mp3
//	go run ./convert --quality 128 --rate 22050 --mono talk.wav talk.ogg
//
// The format follows the extension of the output. The output appears when it is whole, and not at all if anything goes
// wrong, or on Ctrl-C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"ondes"
)

func usage(to io.Writer) {
	fmt.Fprint(to, "usage: convert [--rate HZ] [--mono] [--format NAME] [--quality WORD] [--bits 8|16|24|32] INPUT OUTPUT\n"+
		"\nFormats and their words for quality:\n")
	for _, format := range ondes.WriteFormats() {
		fmt.Fprintf(to, "  %-5s %s", format.Name, format.Title)
		if len(format.Qualities) > 0 {
			fmt.Fprintf(to, ": %s", strings.Join(format.Qualities, ", "))
		}
		fmt.Fprintln(to)
	}
}

var withBits = map[uint]ondes.SampleFormat{8: ondes.SampleU8, 16: ondes.SampleI16, 24: ondes.SampleI24, 32: ondes.SampleI32}

func main() {
	flags := flag.NewFlagSet("convert", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	rate := flags.Uint("rate", 0, "")
	mono := flags.Bool("mono", false, "")
	format := flags.String("format", "", "")
	quality := flags.String("quality", "", "")
	bits := flags.Uint("bits", 0, "")
	var paths []string
	err := flags.Parse(os.Args[1:])
	for err == nil && flags.NArg() > 0 {
		paths = append(paths, flags.Arg(0))
		err = flags.Parse(flags.Args()[1:])
	}
	if errors.Is(err, flag.ErrHelp) {
		usage(os.Stdout)
		return
	}
	sampleFormat, known := withBits[*bits]
	if err != nil || len(paths) != 2 || *bits != 0 && !known {
		usage(os.Stderr)
		os.Exit(2)
	}
	options := ondes.WriteOptions{Format: *format, Quality: *quality, Rate: int(*rate), SampleFormat: sampleFormat}
	if err := convert(paths[0], paths[1], ondes.ReadOptions{Mono: *mono}, options); err != nil {
		if bar {
			fmt.Fprintln(os.Stderr)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func convert(input, output string, from ondes.ReadOptions, to ondes.WriteOptions) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	reader, err := ondes.Open(input, from)
	if err != nil {
		return err
	}
	defer reader.Close()
	to.Like, to.Atomic, to.Threads = reader, true, ondes.AllCores
	writer, err := ondes.Create(output, to)
	if err != nil {
		return err
	}
	defer writer.Close()
	frames, err := ondes.Transcode(ctx, reader, writer, ondes.TranscodeOptions{Progress: show})
	if err != nil {
		return err
	}
	for _, warning := range reader.Warnings() {
		fmt.Fprintf(os.Stderr, "warning: %s\n", warning.Message)
	}
	// Not to standard output, which may be where the audio goes.
	channels := "channels"
	if writer.Channels() == 1 {
		channels = "channel"
	}
	fmt.Fprintf(os.Stderr, "%s: %d frames of %d %s at %d Hz", output, frames, writer.Channels(), channels, writer.Rate())
	if writer.Quality() != "" {
		fmt.Fprintf(os.Stderr, ", %s", writer.Quality())
	}
	fmt.Fprintln(os.Stderr)
	return nil
}

// bar tells whether a progress bar has yet to be ended.
var bar bool

// show is a progress bar, where the length is known.
func show(now ondes.Progress) error {
	share := 0.0
	if now.FramesTotal > 0 {
		share = float64(now.Frames) / float64(now.FramesTotal)
	}
	done := int(40 * min(share, 1))
	fmt.Fprintf(os.Stderr, "\r[%s%s] %3.0f %%  %.0f s of audio", strings.Repeat("#", done), strings.Repeat(".", 40-done), 100*share, now.Seconds)
	bar = now.Files != now.FilesTotal
	if !bar {
		fmt.Fprintln(os.Stderr)
	}
	return nil
}
