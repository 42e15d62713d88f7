// Random_crops loads random windows of one second from audio files, as 16 kHz mono, as training does.
//
//	go run ./random_crops 1000 *.flac
//
// Every file is opened once: its reader converts rate and channels, and seeking to any frame is exact. Files of less than a
// second are filled up with silence.
package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"time"

	"ondes"
)

const rate = 16000

const usage = "usage: random_crops COUNT FILE...\n"

// random gives numbers that are the same in every run (xorshift64, Marsaglia 2003).
type random uint64

func (r *random) next() uint64 {
	*r ^= *r << 13
	*r ^= *r >> 7
	*r ^= *r << 17
	return uint64(*r)
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--help" {
		fmt.Print(usage)
		return
	}
	crops := 0
	if len(os.Args) >= 3 {
		crops, _ = strconv.Atoi(os.Args[1])
	}
	if crops < 1 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err := load(crops, os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type source struct {
	reader *ondes.Reader
	frames int64
}

func load(crops int, paths []string) error {
	var sources []source
	for _, path := range paths {
		reader, err := ondes.Open(path, ondes.ReadOptions{Rate: rate, Mono: true})
		if err != nil {
			return err
		}
		defer reader.Close()
		frames, err := reader.Measure(context.Background())
		if err != nil {
			return err
		}
		sources = append(sources, source{reader, frames})
	}

	crop := make([]float32, rate)
	state, energy, start := random(1), 0.0, time.Now()
	for range crops {
		from := sources[state.next()%uint64(len(sources))]
		places := uint64(max(from.frames-rate+1, 1))
		if _, err := from.reader.Seek(int64(state.next()%places), io.SeekStart); err != nil {
			return err
		}
		frames, err := from.reader.Read(ondes.Interleaved(crop))
		if err != nil && err != io.EOF {
			return err
		}
		clear(crop[frames:])
		for _, sample := range crop {
			energy += float64(sample) * float64(sample)
		}
	}
	fmt.Printf("%d crops of 1 s from %d files, level %.4f: %.0f crops per second\n", crops, len(sources),
		math.Sqrt(energy/rate/float64(crops)), float64(crops)/time.Since(start).Seconds())
	return nil
}
