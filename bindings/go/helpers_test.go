package ondes_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"ondes"
)

// repository is its root; the tests run in a folder of their own, which has the files of the examples.
var repository, _ = filepath.Abs("../..")

var testData = filepath.Join(repository, "tests", "data")

func TestMain(m *testing.M) {
	folder := must(os.MkdirTemp("", "ondes-go"))
	for name, from := range map[string]string{
		"speech.wav": "wav/s16_mono_speech_16k.wav", "music.flac": "source/clip.flac", "music.wav": "wav/s16.wav",
		"song.mp3": "mp3/cbr_128_known_100003.mp3", "tagged.flac": "tags/metaflac.flac", "text.wav": "bad/text.wav",
	} {
		must(0, os.WriteFile(filepath.Join(folder, name), must(os.ReadFile(data(from))), 0o644))
	}
	must(0, os.Chdir(folder))
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}

// What docs/GO.md shows are parts of the examples, which are compiled and run.
func TestSnippetsOfTheDocumentation(t *testing.T) {
	examples := unindented(string(must(os.ReadFile(filepath.Join(repository, "bindings", "go", "example_test.go")))))
	parts := strings.Split(string(must(os.ReadFile(filepath.Join(repository, "docs", "GO.md")))), "```")
	snippets := 0
	for i := 1; i < len(parts); i += 2 {
		code, is := strings.CutPrefix(parts[i], "go\n")
		if !is {
			continue
		}
		snippets++
		if !strings.Contains(examples, unindented(code)) {
			t.Errorf("this is in no example:\n%s", code)
		}
	}
	if snippets < 8 {
		t.Errorf("only %d snippets were found", snippets)
	}
}

// unindented is text without what its lines begin and end with.
func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

// data is a file of tests/data.
func data(name string) string { return filepath.Join(testData, filepath.FromSlash(name)) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// madeSample is the sample of the files that are made here: different in every place, never 0.
func madeSample(frame, channel int) int16 { return int16(1 + (frame*7+channel*1000)%30000) }

// wav is a 16-bit WAV file at 44.1 kHz.
func wav(frames, channels int) []byte {
	size := uint32(frames * channels * 2)
	file := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, 36+size)...)
	file = append(file, "WAVEfmt "...)
	file = binary.LittleEndian.AppendUint32(file, 16)
	file = binary.LittleEndian.AppendUint16(file, 1)
	file = binary.LittleEndian.AppendUint16(file, uint16(channels))
	file = binary.LittleEndian.AppendUint32(file, 44100)
	file = binary.LittleEndian.AppendUint32(file, uint32(44100*channels*2))
	file = binary.LittleEndian.AppendUint16(file, uint16(channels*2))
	file = binary.LittleEndian.AppendUint16(file, 16)
	file = append(file, "data"...)
	file = binary.LittleEndian.AppendUint32(file, size)
	for frame := range frames {
		for channel := range channels {
			file = binary.LittleEndian.AppendUint16(file, uint16(madeSample(frame, channel)))
		}
	}
	return file
}

// save writes a file into a folder of the test's own.
func save(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// ofC is what no message of Go should have: a name of ondes.h.
var ofC = regexp.MustCompile(`\bondes_[a-z]+_|ONDES_|\b(options|form|io)\.[a-z]`)

// fails is an error of this kind, with this in its message.
func fails(t *testing.T, err error, status ondes.Status, text string) {
	t.Helper()
	var failed *ondes.Error
	if !errors.As(err, &failed) {
		t.Fatalf("%v is no *ondes.Error", err)
	}
	if failed.Status != status || !errors.Is(err, status) || !strings.Contains(err.Error(), text) {
		t.Fatalf("%s: %q, not %s with %q", failed.Status.Name(), err, status.Name(), text)
	}
	if ofC.MatchString(err.Error()) {
		t.Errorf("%q speaks of C", err)
	}
}

// panicked is what a function panics with.
func panicked(t *testing.T, work func()) (value any) {
	t.Helper()
	defer func() { value = recover() }()
	work()
	return nil
}

// eventually waits until something is so that the garbage collector brings about.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 3000 {
		runtime.GC()
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}
