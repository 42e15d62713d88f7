// As program.c, in Go.
package main

import (
	"fmt"
	"os"

	"ondes"
)

func main() {
	for _, path := range os.Args[1:] {
		audio, err := ondes.Load[float32](path, ondes.ReadOptions{})
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%d frames, %d Hz, %d channels\n", audio.Frames(), audio.Rate, audio.Channels)
	}
}
