// Info tells what an audio file is, without decoding it.
//
//	go run ./info song.flac
package main

import (
	"fmt"
	"os"

	"ondes"
)

const usage = "usage: info FILE\n"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if os.Args[1] == "--help" {
		fmt.Print(usage)
		return
	}
	if err := describe(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func describe(path string) error {
	reader, err := ondes.Open(path)
	if err != nil {
		return err
	}
	defer reader.Close()
	info, err := reader.Info()
	if err != nil {
		return err
	}
	fmt.Printf("file       %s\n", reader.Name())
	fmt.Printf("container  %v\n", info.Container)
	fmt.Printf("codec      %v\n", info.Codec)
	fmt.Printf("rate       %d Hz\n", info.Rate)
	fmt.Printf("channels   %d\n", info.Channels)
	fmt.Printf("samples    %v\n", info.SampleFormat)
	if info.BitDepth != 0 {
		fmt.Printf("bit depth  %d\n", info.BitDepth)
	}
	if info.BitRate != 0 {
		fmt.Printf("bit rate   %d kbit/s\n", (info.BitRate+500)/1000)
	}
	if info.Frames >= 0 {
		about := "about "
		if info.IsExact {
			about = ""
		}
		fmt.Printf("length     %s%.3f s, %d frames\n", about, info.Duration.Seconds(), info.Frames)
	}
	for _, warning := range reader.Warnings() {
		fmt.Printf("warning    %s\n", warning.Message)
	}

	// A damaged tag is no reason to say nothing of the file.
	if tags, err := reader.Tags(); err == nil {
		for key, value := range tags.All() {
			fmt.Printf("tag        %s: %s\n", key, value)
		}
		for _, picture := range tags.Pictures() {
			fmt.Printf("picture    %s, %d bytes\n", picture.MIME, len(picture.Data))
		}
	}
	return nil
}
