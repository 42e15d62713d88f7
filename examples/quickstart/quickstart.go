// Decodes many files on all cores, as 16 kHz mono.
package main

import (
	"context"
	"fmt"
	"os"

	"ondes"
)

func main() {
	files := ondes.Paths(os.Args[1:]...)
	options := ondes.BatchOptions{Read: ondes.ReadOptions{Rate: 16000, Mono: true}}
	for item, err := range ondes.LoadBatch[float32](context.Background(), files, options) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %.3f s\n", item.Name, item.Audio.Duration().Seconds()) // its samples are item.Audio.Samples
	}
}
