// Play plays audio files, one after the other. Ctrl-C ends it.
//
//	go run ./play song.flac
//	go run ./play --list
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"ondes"
)

const usage = "usage: play [--list] [--device ID] FILE...\n"

func main() {
	flags := flag.NewFlagSet("play", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	wantsList := flags.Bool("list", false, "")
	device := flags.String("device", "", "")
	var files []string
	err := flags.Parse(os.Args[1:])
	for err == nil && flags.NArg() > 0 {
		files = append(files, flags.Arg(0))
		err = flags.Parse(flags.Args()[1:])
	}
	if errors.Is(err, flag.ErrHelp) {
		fmt.Print(usage)
		return
	}
	if err != nil || len(files) == 0 && !*wantsList {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if *wantsList {
		err = list()
	}
	if err == nil {
		err = play(files, *device)
	}
	if err != nil {
		if !errors.Is(err, ondes.ErrCancelled) {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
}

func list() error {
	devices, err := ondes.Devices(ondes.Output)
	for i, device := range devices {
		note := ""
		if i == 0 {
			note = " (default)"
		}
		fmt.Printf("%-40s %s%s\n", device.ID, device.Name, note)
	}
	return err
}

func play(files []string, device string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	options := ondes.PlayOptions{Device: device, Progress: func(now ondes.Progress) error {
		fmt.Fprintf(os.Stderr, "\r%.1f s", now.Seconds)
		return nil
	}}
	for _, file := range files {
		audio, err := ondes.Load[float32](file)
		if err != nil {
			return err
		}
		channels := "channels"
		if audio.Channels == 1 {
			channels = "channel"
		}
		fmt.Printf("%s: %d Hz, %d %s, %.1f s\n", file, audio.Rate, audio.Channels, channels, audio.Duration().Seconds())
		if err := ondes.Play(ctx, audio, options); err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr)
	}
	return nil
}
