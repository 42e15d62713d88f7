// Package ondes reads any audio file exactly, one or many, and writes, resamples, maps, plays and records it. It is a thin
// layer over the C library of the same name; docs/GO.md says how to build with it.
//
//	speech, err := ondes.Load[float32]("speech.wav", ondes.ReadOptions{Rate: 16000, Mono: true})
//
// # Words
//
// A sample is one number, a frame one sample of every channel, a plane all samples of one channel. Positions and lengths are
// in frames, rates in Hz. The type of a sample is that of Go ([Sample]); slices of samples are presented to calls as
// [Interleaved] or [Planar], and [Audio] is a slice that knows its channels, rate and order.
//
// # Errors
//
// Every error is an [*Error], but for [io.EOF] at the end of audio. Its kinds are the Err constants, for [errors.Is], which
// also finds the error of the standard library that means the same, such as [fs.ErrNotExist]. What a reader, writer or
// function of yours says is in the chain; what it panics with panics in the call that ran it, unchanged. Such a function must
// not end its goroutine (runtime.Goexit, the FailNow of a test): the object that it works for is in use for ever then.
//
// # Closing
//
// Close what you open. Closing again does nothing, and other calls give [ErrClosed] afterwards. An object may be closed at any
// time, also while another goroutine is in one of its calls, and from a function that a call runs: it is freed when the last
// call has returned. What nobody closes is closed by the garbage collector some day, which never completes a file: see
// [Writer]. Decoded audio, items of batches, tags' texts and pictures are copies in memory of Go. Only [MapSamples] gives memory
// of a file.
//
// # Goroutines
//
// An object may be used from any goroutine, by one at a time; a second gets [ErrBusy] instead of waiting. [Map] may be used by
// many at once, [Tags] by many that only look; of a [Stream] one may read, another write, and a third start and stop. Different
// objects are independent of each other.
package ondes
