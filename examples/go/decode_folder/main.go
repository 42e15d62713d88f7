// Decode_folder decodes folders of audio in parallel, and says of each file what it is.
//
//	go run ./decode_folder Music
//
// It shows: a batch with options, progress and a context (Ctrl-C), results as they come, errors and warnings of each file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ondes"
)

const usage = `usage: decode_folder [--rate HZ] [--mono] [--workers N] FILE_OR_FOLDER...

Decodes audio files in parallel and prints a table of them. Folders are
searched for files whose extension is one of a readable format.
Exit code: 0 if every file was decoded, 1 if one failed, 2 for wrong usage.
`

func main() {
	flags := flag.NewFlagSet("decode_folder", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var options ondes.BatchOptions
	rate := flags.Uint("rate", 0, "")
	flags.BoolVar(&options.Read.Mono, "mono", false, "")
	workers := flags.Uint("workers", 0, "")
	paths, files := 0, []string(nil)
	err := flags.Parse(os.Args[1:])
	for err == nil && flags.NArg() > 0 {
		paths++
		files = append(files, filesOf(flags.Arg(0))...)
		err = flags.Parse(flags.Args()[1:])
	}
	if errors.Is(err, flag.ErrHelp) {
		fmt.Print(usage)
		return
	}
	if err != nil || paths == 0 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	options.Read.Rate, options.Workers = int(*rate), int(*workers)
	if failed := decode(files, options); failed > 0 {
		os.Exit(1)
	}
}

// filesOf are the audio files of a folder. A path that is none is taken as it is: the library says what is wrong with it.
func filesOf(path string) []string {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return []string{path}
	}
	var known []string
	for _, format := range ondes.ReadFormats() {
		known = append(known, format.Extensions...)
	}
	var files []string
	filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		extension := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
		if err == nil && !entry.IsDir() && slices.Contains(known, extension) {
			files = append(files, path)
		}
		return nil // a folder that cannot be searched is left out
	})
	slices.Sort(files)
	return files
}

func decode(files []string, options ondes.BatchOptions) (failed int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	shown := 0
	options.Progress = func(now ondes.Progress) error {
		if tenths := 10 * now.Files / max(now.FilesTotal, 1); tenths != shown {
			shown = tenths
			fmt.Fprintf(os.Stderr, "%d of %d files, %.0f s of audio\n", now.Files, now.FilesTotal, now.Seconds)
		}
		return nil
	}
	start, seconds := time.Now(), 0.0
	for item, err := range ondes.LoadBatch[float32](ctx, ondes.Paths(files...), options) {
		if item == nil { // the batch itself
			fmt.Fprintln(os.Stderr, err)
			return failed + 1
		}
		if err != nil {
			failed++
			fmt.Printf("%-40s  failed: %v\n", item.Name, err)
			continue
		}
		audio := item.Audio
		length := float64(audio.Frames()) / float64(audio.Rate)
		seconds += length
		s := "s"
		if audio.Channels == 1 {
			s = " "
		}
		fmt.Printf("%-40s  %6d Hz  %2d channel%s  %9.3f s  peak %.4f  ok", item.Name, audio.Rate, audio.Channels, s, length, peak(audio.Samples))
		if count := len(item.Warnings); count == 1 {
			fmt.Print(", 1 warning")
		} else if count > 1 {
			fmt.Printf(", %d warnings", count)
		}
		fmt.Println()
	}
	wall := time.Since(start).Seconds()
	fmt.Printf("%d files, %d failed: %.1f s of audio in %.2f s, %.0f times real time\n", len(files), failed, seconds, wall, seconds/wall)
	if ctx.Err() != nil {
		fmt.Println("Interrupted: the files that were left count as failed.")
	}
	return failed
}

func peak(samples []float32) float32 {
	var largest float32
	for _, sample := range samples {
		largest = max(largest, float32(math.Abs(float64(sample))))
	}
	return largest
}
