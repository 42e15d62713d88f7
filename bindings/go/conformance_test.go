package ondes_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ondes"
)

// The calls of tests/conformance/cases.json: the same results as in every other language. What the values mean is in the
// README beside it.

type object = map[string]any

// got is what a call gave, as text under the names of the case.
type got map[string]string

func (g got) add(prefix string, more got) {
	for name, value := range more {
		g[prefix+name] = value
	}
}

func TestConformance(t *testing.T) {
	var file struct{ Cases []object }
	content, err := os.ReadFile(filepath.Join(repository, "tests", "conformance", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 100 {
		t.Fatalf("only %d cases", len(file.Cases))
	}
	for _, each := range file.Cases {
		c := conformanceCase{object: each, data: testData}
		t.Run(c.text("name"), func(t *testing.T) {
			t.Chdir(t.TempDir()) // for the files that it makes
			for _, line := range differences(c.of("expect"), c.run()) {
				t.Error(line)
			}
		})
	}
}

func TestADifferenceIsTold(t *testing.T) {
	for _, each := range []struct {
		expect object
		found  got
		want   []string
	}{
		{object{"frames": 3.0, "rms": []any{1.0}}, got{"frames": "2", "rms.0": "1.1"}, []string{"frames: expected 3, got 2", "rms.0: expected 1, got 1.1"}},
		{object{}, got{"error.status": "IO", "error.text": "why"}, []string{"error.status: expected nothing, got IO: why"}},
		{object{"texts": []any{"a"}}, got{"texts.0": "a", "texts.1": "b"}, []string{"texts.1: expected nothing, got b"}},
		{object{"rms": []any{1.0}, "tolerance": 0.2}, got{"rms.0": "1.1"}, nil},
	} {
		if wrong := differences(each.expect, each.found); !slices.Equal(wrong, each.want) {
			t.Errorf("%v, not %v", wrong, each.want)
		}
	}
}

// flat gives every value of an object a name.
func flat(value any, name string, into got) got {
	join := func(part string) string { return strings.TrimPrefix(name+"."+part, ".") }
	switch value := value.(type) {
	case object:
		for key, part := range value {
			flat(part, join(key), into)
		}
	case []any:
		for place, part := range value {
			flat(part, join(strconv.Itoa(place)), into)
		}
	case float64:
		into[name] = strconv.FormatFloat(value, 'f', -1, 64)
	default:
		into[name] = fmt.Sprint(value)
	}
	return into
}

// differences are the fields that are not as they should be.
func differences(expect object, found got) (wrong []string) {
	wanted := flat(expect, "", got{})
	tolerance, _ := strconv.ParseFloat(wanted["tolerance"], 64)
	delete(wanted, "tolerance")
	for name, value := range wanted {
		is, ok := found[name]
		if !ok {
			is = "nothing"
		}
		if !matches(name, value, is, tolerance) {
			because := ""
			if text := found[strings.Replace(name, ".status", ".text", 1)]; strings.HasSuffix(name, ".status") && text != "" {
				because = ": " + text
			}
			wrong = append(wrong, fmt.Sprintf("%s: expected %s, got %s%s", name, value, is, because))
		}
	}
	// What failed, and more of a list than there should be.
	for name, value := range found {
		if _, ok := wanted[name]; ok {
			continue
		}
		prefix, last := "", name
		if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
			prefix, last = name[:dot], name[dot+1:]
		}
		_, number := strconv.Atoi(last)
		_, list := expect[prefix].([]any)
		if last == "status" {
			wrong = append(wrong, fmt.Sprintf("%s: expected nothing, got %s: %s", name, value, found[prefix+".text"]))
		} else if number == nil && list {
			wrong = append(wrong, fmt.Sprintf("%s: expected nothing, got %s", name, value))
		}
	}
	slices.Sort(wrong)
	return wrong
}

func matches(name, wanted, found string, tolerance float64) bool {
	parts := strings.Split(name, ".")
	for len(parts) > 1 {
		if _, err := strconv.Atoi(parts[len(parts)-1]); err != nil {
			break
		}
		parts = parts[:len(parts)-1]
	}
	switch parts[len(parts)-1] {
	case "text", "warning":
		return strings.Contains(found, wanted)
	case "integrated", "range", "max_momentary", "max_short_term", "sample_peak", "true_peak", "rms", "peak":
		a, wrongA := strconv.ParseFloat(wanted, 64)
		b, wrongB := strconv.ParseFloat(found, 64)
		return wrongA == nil && wrongB == nil && (a == b || math.Abs(a-b) <= tolerance || math.IsNaN(a) && math.IsNaN(b))
	}
	return wanted == found
}

// conformanceCase is a case, or a part of one, with getters of the types that are expected.
type conformanceCase struct {
	object
	data string // the folder of the files
}

func (c conformanceCase) of(name string) object {
	inner, _ := c.object[name].(object)
	return inner
}

func (c conformanceCase) with() conformanceCase { return conformanceCase{c.of("with"), c.data} }

func (c conformanceCase) text(name string) string {
	text, _ := c.object[name].(string)
	return text
}

func (c conformanceCase) has(name string) bool { return c.object[name] != nil }

func (c conformanceCase) number(name string) int {
	number, _ := c.object[name].(float64)
	return int(number)
}

func (c conformanceCase) is(name string) bool {
	value, _ := c.object[name].(bool)
	return value
}

// or is the text, or another where there is none.
func (c conformanceCase) or(name, otherwise string) string {
	if text := c.text(name); text != "" {
		return text
	}
	return otherwise
}

func (c conformanceCase) layout() ondes.Layout {
	if c.with().text("layout") == "planar" {
		return ondes.LayoutPlanar
	}
	return ondes.LayoutInterleaved
}

func (c conformanceCase) run() got {
	switch c.with().or("sample", "float32") {
	case "uint8":
		return typed[uint8](c)
	case "int8":
		return typed[int8](c)
	case "int16":
		return typed[int16](c)
	case "int24":
		return typed[ondes.Int24](c)
	case "int32":
		return typed[int32](c)
	case "int64":
		return typed[int64](c)
	case "float32":
		return typed[float32](c)
	case "float64":
		return typed[float64](c)
	}
	return got{"error.status": "the case has a sample format that is not known"}
}

func typed[T ondes.Sample](c conformanceCase) got {
	calls := map[string]func(conformanceCase) (got, error){
		"info": opened(callInfo), "load": opened(callLoad[T]), "read": opened(callRead[T]), "chunks": opened(callChunks[T]), "measure": opened(callMeasure),
		"verify": opened(callVerify), "tags": callTags, "loudness": opened(callLoudness), "write": opened(callWrite[T]), "transcode": opened(callTranscode[T]),
		"resample": callResample, "resample_clip": callResampleClip, "resampled": opened(callResampled[T]), "map": callMap[T], "map_create": opened(callMapCreate[T]),
		"convert": callConvert, "batch": callBatch[T], "fill": callFill[T], "format": callFormat, "play": opened(callPlay[T]),
		"stream": callStream,
	}
	call := calls[c.text("call")]
	if call == nil {
		return got{"error.status": "the case has a call that is not known"}
	}
	found, err := call(c)
	if err != nil {
		if found == nil {
			found = got{}
		}
		found.add("error.", told(err))
	}
	return found
}

// errMine is what a failing reader says; the error in which it comes stands for CALLBACK.
var errMine = errors.New("read fails")

func told(err error) got {
	var failed *ondes.Error
	if !errors.As(err, &failed) {
		return got{"status": "no *ondes.Error", "text": err.Error()}
	}
	if failed.Status == ondes.ErrCallback && !errors.Is(err, errMine) {
		return got{"status": "the cause is not in the chain", "text": err.Error()}
	}
	return got{
		"status": strings.TrimPrefix(failed.Status.Name(), "ONDES_STATUS_"),
		"text":   failed.Message,
		"offset": count(failed.Offset),
	}
}

// ---- What is opened ----

// pipe can only be read forward, in short pieces; it fails once so many bytes were given.
type pipe struct {
	reader *bytes.Reader
	good   int64
}

func (p *pipe) Read(dst []byte) (int, error) {
	if p.good > 0 && p.reader.Size()-int64(p.reader.Len()) >= p.good {
		return 0, errMine
	}
	return p.reader.Read(dst[:min(len(dst), 1000)])
}

// input is the path, the bytes or the stream of an input.
func (c conformanceCase) input(given object) (path string, content []byte, stream io.Reader, err error) {
	in := conformanceCase{given, c.data}
	path = filepath.Join(c.data, filepath.FromSlash(in.text("file")))
	how := in.or("as", "path")
	if how == "path" {
		return path, nil, nil, nil
	}
	content, err = os.ReadFile(path)
	if err != nil {
		return "", nil, nil, err
	}
	if in.has("patch") {
		patch := conformanceCase{in.of("patch"), ""}
		bytes, err := hex.DecodeString(patch.text("bytes"))
		if err != nil {
			return "", nil, nil, err
		}
		copy(content[patch.number("at"):], bytes)
	}
	if in.has("cut") {
		content = content[:in.number("cut")]
	}
	switch how {
	case "memory":
		return "", content, nil, nil
	case "io":
		return "", nil, bytes.NewReader(content), nil
	case "failing":
		return "", nil, &pipe{bytes.NewReader(content), 5000}, nil
	}
	return "", nil, &pipe{bytes.NewReader(content), 0}, nil
}

func qualityOf(name string) ondes.Quality {
	return map[string]ondes.Quality{
		"": ondes.QualityBalanced, "balanced": ondes.QualityBalanced, "fast": ondes.QualityFast, "best": ondes.QualityBest,
		"zero_order_hold": ondes.QualityZeroOrderHold, "linear": ondes.QualityLinear, "catmull_rom": ondes.QualityCatmullRom,
		"lagrange": ondes.QualityLagrange, "windowed_sinc": ondes.QualityWindowedSinc,
	}[name]
}

func (c conformanceCase) options() ondes.ReadOptions {
	o := conformanceCase{c.of("options"), ""}
	return ondes.ReadOptions{
		Start: int64(o.number("start")), End: int64(o.number("end")),
		Unit:     map[string]ondes.Unit{"milliseconds": ondes.Milliseconds, "nanoseconds": ondes.Nanoseconds}[o.text("unit")],
		Channels: o.number("channels"), Mono: o.is("mono"), Rate: o.number("rate"), Threads: o.number("threads"),
		Quality:        qualityOf(o.text("quality")),
		Ending:         map[string]ondes.Ending{"silence": ondes.EndingSilence, "repeat": ondes.EndingRepeat}[o.text("ending")],
		NoTrim:         o.has("trim") && !o.is("trim"),
		Strict:         o.is("strict"),
		EstimateLength: o.is("estimate_length"),
		Name:           conformanceCase{c.of("input"), ""}.text("file"),
	}
}

func (c conformanceCase) open() (*ondes.Reader, error) {
	path, content, stream, err := c.input(c.of("input"))
	switch {
	case err != nil:
		return nil, err
	case content != nil:
		return ondes.OpenBytes(content, c.options())
	case stream != nil:
		return ondes.OpenReader(stream, c.options())
	}
	return ondes.Open(path, c.options())
}

// context is one that has ended where the case has a token that is set.
func (c conformanceCase) context() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	if c.with().is("cancelled") {
		cancel()
	}
	_ = cancel // nothing waits for it
	return ctx
}

// ---- What came of it ----

func measured[T ondes.Sample](audio *ondes.Audio[T]) got {
	var content bytes.Buffer
	if err := binary.Write(&content, binary.LittleEndian, audio.Samples); err != nil {
		panic(err)
	}
	sum := md5.Sum(content.Bytes())
	found := got{"frames": strconv.Itoa(audio.Frames()), "md5": hex.EncodeToString(sum[:])}
	for channel := range audio.Channels {
		var squares, peak float64
		for _, sample := range audio.Channel(channel) {
			value, ok := any(sample).(float64)
			if single, is := any(sample).(float32); is {
				value, ok = float64(single), true
			}
			if !ok {
				return found
			}
			squares += value * 32768 * value * 32768
			peak = max(peak, math.Abs(value*32768))
		}
		if frames := float64(audio.Frames()); frames > 0 {
			found["rms."+strconv.Itoa(channel)] = fmt.Sprint(math.Sqrt(squares / frames))
			found["peak."+strconv.Itoa(channel)] = fmt.Sprint(peak)
		}
	}
	return found
}

func warned(warnings []ondes.Warning) got {
	found := got{"warnings": strconv.Itoa(len(warnings)), "warning": ""}
	if len(warnings) > 0 {
		found["warning"] = warnings[0].Message
	}
	return found
}

func shaped[T ondes.Sample](audio *ondes.Audio[T]) got {
	found := got{"channels": strconv.Itoa(audio.Channels), "rate": strconv.Itoa(audio.Rate)}
	found.add("", measured(audio))
	return found
}

func count(number int64) string {
	if number < 0 {
		return "unknown"
	}
	return strconv.FormatInt(number, 10)
}

func textsOf(tags *ondes.Tags) got {
	var texts []string
	for key, value := range tags.All() {
		texts = append(texts, key+"="+value)
	}
	slices.Sort(texts)
	found := got{}
	for place, text := range texts {
		found["texts."+strconv.Itoa(place)] = text
	}
	return found
}

// readAgain is what a file is that was written.
func readAgain[T ondes.Sample](file []byte) (got, error) {
	reader, err := ondes.OpenBytes(file)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	info, err := reader.Info()
	if err != nil {
		return nil, err
	}
	audio, err := ondes.ReadAll[T](context.Background(), reader, ondes.LayoutInterleaved)
	if err != nil {
		return nil, err
	}
	tags, err := reader.Tags()
	if err != nil {
		return nil, err
	}
	sum := md5.Sum(file)
	found := got{"bytes": hex.EncodeToString(sum[:]), "container": info.Container.String(), "codec": info.Codec.String()}
	found.add("read.", shaped(audio))
	found.add("", textsOf(tags))
	return found, nil
}

// ---- The calls ----

// opened makes a call on the case's file one that opens and closes it.
func opened(call func(conformanceCase, *ondes.Reader) (got, error)) func(conformanceCase) (got, error) {
	return func(c conformanceCase) (got, error) {
		reader, err := c.open()
		if err != nil {
			return nil, err
		}
		defer reader.Close()
		return call(c, reader)
	}
}

func callInfo(c conformanceCase, reader *ondes.Reader) (got, error) {
	info, err := reader.Info()
	if err != nil {
		return nil, err
	}
	found := got{
		"container": info.Container.String(), "codec": info.Codec.String(), "sample": info.SampleFormat.String(),
		"bit_depth": strconv.Itoa(info.BitDepth), "rate": strconv.Itoa(info.Rate), "channels": strconv.Itoa(info.Channels),
		"channel_mask": fmt.Sprint(info.ChannelMask), "is_exact": fmt.Sprint(info.IsExact), "frames": count(info.Frames),
		"output_frames": count(info.OutputFrames), "output_rate": strconv.Itoa(info.OutputRate),
		"output_channels": strconv.Itoa(info.OutputChannels),
	}
	found.add("", warned(reader.Warnings()))
	return found, nil
}

func callLoad[T ondes.Sample](c conformanceCase, reader *ondes.Reader) (got, error) {
	if c.with().has("seek") {
		if _, err := reader.Seek(int64(c.with().number("seek")), io.SeekStart); err != nil {
			return nil, err
		}
	}
	audio, err := loaded[T](c, reader)
	if err != nil {
		return nil, err
	}
	found := shaped(audio)
	found.add("", warned(reader.Warnings()))
	return found, nil
}

// loaded is all that is left to be read.
func loaded[T ondes.Sample](c conformanceCase, reader *ondes.Reader) (*ondes.Audio[T], error) {
	if !c.with().has("capacity") {
		return ondes.ReadAll[T](c.context(), reader, c.layout())
	}
	audio := blank[T](c.with().number("capacity"), reader.Channels(), reader.Rate(), c.layout())
	frames, err := reader.LoadInto(c.context(), audio)
	return first(audio, frames), err
}

func blank[T ondes.Sample](frames, channels, rate int, layout ondes.Layout) *ondes.Audio[T] {
	return &ondes.Audio[T]{Samples: make([]T, frames*channels), Channels: channels, Rate: rate, Layout: layout}
}

// first is the first so many frames.
func first[T ondes.Sample](audio *ondes.Audio[T], frames int) *ondes.Audio[T] {
	cut := &ondes.Audio[T]{Channels: audio.Channels, Rate: audio.Rate, Layout: audio.Layout}
	if audio.Layout != ondes.LayoutPlanar {
		cut.Samples = audio.Samples[:frames*audio.Channels]
		return cut
	}
	for channel := range audio.Channels {
		cut.Samples = append(cut.Samples, audio.Channel(channel)[:frames]...)
	}
	return cut
}

// filled is read, which has no end for a window that reaches beyond it.
func filled(frames int, err error) (int, error) {
	if err == io.EOF {
		err = nil
	}
	return frames, err
}

func callRead[T ondes.Sample](c conformanceCase, reader *ondes.Reader) (got, error) {
	with := c.with()
	if with.has("skip") {
		if _, err := reader.Read(blank[T](with.number("skip"), reader.Channels(), reader.Rate(), c.layout())); err != nil {
			return nil, err
		}
	}
	if with.has("seek") {
		if _, err := reader.Seek(int64(with.number("seek")), io.SeekStart); err != nil {
			return nil, err
		}
	}
	audio := blank[T](with.number("frames"), reader.Channels(), reader.Rate(), c.layout())
	frames, err := filled(reader.Read(audio))
	if err != nil {
		return nil, err
	}
	tell, err := reader.Seek(0, io.SeekCurrent)
	found := measured(first(audio, frames))
	found["tell"] = count(tell)
	return found, err
}

func callChunks[T ondes.Sample](c conformanceCase, reader *ondes.Reader) (got, error) {
	planes := make([][]T, reader.Channels())
	whole := &ondes.Audio[T]{Channels: reader.Channels(), Rate: reader.Rate(), Layout: c.layout()}
	var failed error
	for block, err := range ondes.Blocks[T](reader, c.with().number("size"), c.layout()) {
		if err != nil {
			failed = err
			break
		}
		if c.layout() == ondes.LayoutInterleaved {
			whole.Samples = append(whole.Samples, block.Samples...)
		}
		for channel := range planes {
			planes[channel] = append(planes[channel], block.Channel(channel)...)
		}
	}
	if c.layout() == ondes.LayoutPlanar {
		whole.Samples = slices.Concat(planes...)
	}
	found := shaped(whole)
	found.add("", warned(reader.Warnings()))
	return found, failed
}

func callMeasure(c conformanceCase, reader *ondes.Reader) (got, error) {
	frames, err := reader.Measure(c.context())
	return got{"frames": count(frames)}, err
}

func callVerify(c conformanceCase, reader *ondes.Reader) (got, error) {
	verdict, err := reader.Verify(c.context())
	names := map[ondes.Checksum]string{ondes.ChecksumNone: "none", ondes.ChecksumMatch: "match", ondes.ChecksumMismatch: "mismatch"}
	return got{"checksum": names[verdict]}, err
}

func callTags(c conformanceCase) (got, error) {
	tags, err := c.tags()
	if err != nil {
		return nil, err
	}
	found := textsOf(tags)
	found["is_complete"] = fmt.Sprint(tags.IsComplete())
	for place, picture := range tags.Pictures() {
		found["pictures."+strconv.Itoa(place)] = fmt.Sprintf("%d %s %d %s", picture.Kind, picture.MIME, len(picture.Data), picture.Description)
	}
	return found, nil
}

func (c conformanceCase) tags() (*ondes.Tags, error) {
	if c.with().text("from") != "file" {
		reader, err := c.open()
		if err != nil {
			return nil, err
		}
		defer reader.Close()
		return reader.Tags()
	}
	path, content, stream, err := c.input(c.of("input"))
	switch {
	case err != nil:
		return nil, err
	case content != nil:
		return ondes.OpenTagsBytes(content, c.options().Name)
	case stream != nil:
		return ondes.OpenTagsReader(stream)
	}
	return ondes.OpenTags(path)
}

func callLoudness(c conformanceCase, reader *ondes.Reader) (got, error) {
	with := c.with()
	if with.has("seek") {
		if _, err := reader.Seek(int64(with.number("seek")), io.SeekStart); err != nil {
			return nil, err
		}
	}
	told, err := reader.Loudness(c.context(), ondes.LoudnessOptions{NoTruePeak: with.has("true_peak") && !with.is("true_peak")})
	return got{
		"frames": count(told.Frames), "integrated": fmt.Sprint(told.Integrated), "range": fmt.Sprint(told.Range),
		"max_momentary": fmt.Sprint(told.MaxMomentary), "max_short_term": fmt.Sprint(told.MaxShortTerm),
		"sample_peak": fmt.Sprint(told.SamplePeak), "true_peak": fmt.Sprint(told.TruePeak),
	}, err
}

func formatOf(name string) ondes.SampleFormat {
	for format := ondes.SampleU8; format <= ondes.SampleF64; format++ {
		if format.String() == name {
			return format
		}
	}
	return 0
}

func (c conformanceCase) writeOptions() ondes.WriteOptions {
	with := c.with()
	return ondes.WriteOptions{
		Format: with.text("format"), Quality: with.text("quality"), SampleFormat: formatOf(with.text("file_sample")),
		Rate: with.number("rate"), Channels: with.number("channels"), Threads: with.number("threads"), Atomic: with.is("atomic"),
		NoBitReservoir: with.has("bit_reservoir") && !with.is("bit_reservoir"),
	}
}

// written makes a writer and gives what lets it write, and then the bytes of the file.
func written[T ondes.Sample](c conformanceCase, options ondes.WriteOptions, work func(*ondes.Writer) (got, error)) (got, error) {
	with := c.with()
	path := with.or("path", strings.TrimSuffix("written."+with.text("format"), "."))
	var target bytes.Buffer
	var writer *ondes.Writer
	var err error
	bytes := func() ([]byte, error) { return target.Bytes(), nil }
	switch with.or("to", "memory") {
	case "path":
		writer, err = ondes.Create(path, options)
		bytes = func() ([]byte, error) { return os.ReadFile(path) }
	case "io":
		file, failed := os.CreateTemp(".", "io")
		if failed != nil {
			return nil, failed
		}
		defer file.Close()
		writer, err = ondes.CreateWriter(file, options)
		bytes = func() ([]byte, error) { return os.ReadFile(file.Name()) }
	case "pipe":
		writer, err = ondes.CreateWriter(struct{ io.Writer }{&target}, options)
	default:
		writer, err = ondes.CreateBytes(options)
		bytes = func() ([]byte, error) { return writer.Bytes() }
	}
	if err != nil {
		return nil, err
	}
	defer writer.Discard()
	found, err := work(writer)
	if err != nil {
		return nil, err
	}
	file, err := bytes()
	if err != nil {
		return nil, err
	}
	again, err := readAgain[T](file)
	found.add("", again)
	return found, err
}

func callWrite[T ondes.Sample](c conformanceCase, reader *ondes.Reader) (got, error) {
	audio, err := loaded[T](c, reader)
	if err != nil {
		return nil, err
	}
	with, options := c.with(), c.writeOptions()
	if with.is("like") {
		options.Like = reader
	} else {
		options.Rate, options.Channels = cmpOr(options.Rate, audio.Rate), cmpOr(options.Channels, audio.Channels)
	}
	if with.has("tags") {
		if options.Tags, err = ondes.NewTags(); err != nil {
			return nil, err
		}
		for _, text := range with.object["tags"].([]any) {
			key, value, _ := strings.Cut(text.(string), "=")
			if err := options.Tags.Add(key, value); err != nil {
				return nil, err
			}
		}
	}
	if with.text("to") == "encode" {
		file, err := ondes.Encode(audio, options)
		if err != nil {
			return nil, err
		}
		found, err := readAgain[T](file)
		if err == nil {
			found["frames"] = strconv.Itoa(audio.Frames())
		}
		return found, err
	}
	return written[T](c, options, func(writer *ondes.Writer) (got, error) {
		chunk := cmpOr(with.number("chunk"), max(audio.Frames(), 1))
		for start := 0; start < audio.Frames(); start += chunk {
			if err := writer.Write(window(audio, start, min(start+chunk, audio.Frames()))); err != nil {
				return nil, err
			}
			if with.is("flush") {
				if err := writer.Flush(); err != nil {
					return nil, err
				}
			}
		}
		frames := writer.Frames()
		for range cmpOr(with.number("finish"), 1) {
			if err := writer.Finish(); err != nil {
				return nil, err
			}
		}
		return got{"frames": count(frames)}, nil
	})
}

func cmpOr(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

// window is the frames from start to end.
func window[T ondes.Sample](audio *ondes.Audio[T], start, end int) *ondes.Audio[T] {
	part := &ondes.Audio[T]{Channels: audio.Channels, Rate: audio.Rate, Layout: audio.Layout}
	if audio.Layout != ondes.LayoutPlanar {
		part.Samples = audio.Samples[start*audio.Channels : end*audio.Channels]
		return part
	}
	for channel := range audio.Channels {
		part.Samples = append(part.Samples, audio.Channel(channel)[start:end]...)
	}
	return part
}

func callTranscode[T ondes.Sample](c conformanceCase, reader *ondes.Reader) (got, error) {
	options := c.writeOptions()
	options.Like = reader
	return written[T](c, options, func(writer *ondes.Writer) (got, error) {
		frames, err := ondes.Transcode(c.context(), reader, writer)
		return got{"frames": count(frames)}, err
	})
}

func callResample(c conformanceCase) (got, error) {
	if c.with().text("sample") == "float64" {
		return resample[float64](c)
	}
	return resample[float32](c)
}

func resample[T ondes.Float](c conformanceCase) (got, error) {
	reader, err := c.open()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	audio, err := loaded[T](c, reader)
	if err != nil {
		return nil, err
	}
	rate, _ := c.with().object["rate"].(float64)
	resampler, err := ondes.NewResampler[T](float64(audio.Rate), rate, audio.Channels, c.resampleOptions())
	if err != nil {
		return nil, err
	}
	defer resampler.Close()
	out := &ondes.Audio[T]{Channels: audio.Channels}
	for chunk := range slices.Chunk(audio.Samples, c.with().number("chunk")*audio.Channels) {
		ready, err := resampler.Process(chunk)
		if err != nil {
			return nil, err
		}
		out.Samples = append(out.Samples, ready...)
	}
	rest, err := resampler.Flush()
	out.Samples = append(out.Samples, rest...)
	return measured(out), err
}

func callResampleClip(c conformanceCase) (got, error) {
	if c.with().text("sample") == "float64" {
		return resampleClip[float64](c)
	}
	return resampleClip[float32](c)
}

func resampleClip[T ondes.Float](c conformanceCase) (got, error) {
	reader, err := c.open()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	audio, err := ondes.ReadAll[T](context.Background(), reader, c.layout())
	if err != nil {
		return nil, err
	}
	rate, _ := c.with().object["rate"].(float64)
	options := ondes.ResampleOptions{Quality: qualityOf(c.with().text("quality")), Threads: c.with().number("threads")}
	clip, err := ondes.Resample(c.context(), audio, rate, options)
	if err != nil {
		return nil, err
	}
	found := measured(clip)
	found["channels"], found["rate"] = count(int64(clip.Channels)), count(int64(clip.Rate))
	return found, nil
}

func (c conformanceCase) resampleOptions() ondes.ResamplerOptions {
	options := ondes.ResamplerOptions{Quality: qualityOf(c.with().text("quality"))}
	if c.with().text("length_rule") == "floor" {
		options.LengthRule = ondes.LengthRuleFloor
	}
	return options
}

func callResampled[T ondes.Sample](c conformanceCase, reader *ondes.Reader) (got, error) {
	with := c.with()
	rate, _ := with.object["rate"].(float64)
	view, err := reader.Resampled(rate, c.resampleOptions())
	if err != nil {
		return nil, err
	}
	defer view.Close()
	length := view.Frames()
	if with.is("free_reader") {
		reader.Close()
	}
	if with.has("seek") {
		if _, err := view.Seek(int64(with.number("seek")), io.SeekStart); err != nil {
			return nil, err
		}
	}
	audio := blank[T](cmpOr(with.number("frames"), int(length)+1), view.Channels(), int(rate), c.layout())
	frames, err := filled(view.Read(audio))
	if err != nil {
		return nil, err
	}
	tell, err := view.Seek(0, io.SeekCurrent)
	found := measured(first(audio, frames))
	found["length"], found["tell"] = count(length), count(tell)
	return found, err
}

func mapForm(form object) ondes.MapForm {
	f := conformanceCase{form, ""}
	made := ondes.MapForm{
		SampleFormat: formatOf(f.text("sample")), Channels: f.number("channels"), Rate: f.number("rate"),
		Frames: int64(f.number("frames")), Offset: int64(f.number("offset")), Tail: int64(f.number("tail")),
	}
	if f.text("byte_order") == "big" {
		made.ByteOrder = ondes.BigEndian
	}
	return made
}

func callMap[T ondes.Sample](c conformanceCase) (got, error) {
	with := c.with()
	path := filepath.Join(c.data, filepath.FromSlash(conformanceCase{c.of("input"), ""}.text("file")))
	modes := map[string]ondes.MapMode{"read_write": ondes.MapReadWrite, "copy_on_write": ondes.MapCopyOnWrite}
	options := ondes.MapOptions{Mode: modes[with.text("mode")], Buffered: with.is("buffered")}
	open := func() (*ondes.Map, error) { return ondes.OpenMap(path, options) }
	if with.has("form") {
		open = func() (*ondes.Map, error) { return ondes.OpenRawMap(path, mapForm(with.of("form")), options) }
	}
	opened, err := open()
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	info, err := opened.Info()
	if err != nil {
		return nil, err
	}
	start := with.number("seek")
	frames := cmpOr(with.number("frames"), max(int(info.Frames)-start, 0))
	audio := blank[T](frames, info.Channels, info.Rate, c.layout())
	read, err := filled(opened.ReadAt(audio, int64(start)))
	if err != nil {
		return nil, err
	}
	order := "little"
	if info.ByteOrder == ondes.BigEndian {
		order = "big"
	}
	found := got{
		"container": info.Container.String(), "file_sample": info.SampleFormat.String(), "byte_order": order,
		"bit_depth": strconv.Itoa(info.BitDepth), "channels": strconv.Itoa(info.Channels), "rate": strconv.Itoa(info.Rate),
		"frames": count(info.Frames), "frame_stride": count(info.FrameStride), "channel_stride": count(info.ChannelStride),
		"offset": count(info.Offset), "tail": count(info.Tail), "warnings": strconv.Itoa(len(opened.Warnings())),
	}
	found.add("read.", measured(first(audio, read)))
	return found, nil
}

func callMapCreate[T ondes.Sample](c conformanceCase, reader *ondes.Reader) (got, error) {
	audio, err := loaded[T](c, reader)
	if err != nil {
		return nil, err
	}
	with := c.with()
	header := ondes.MapHeaderUsual
	if with.is("raw") {
		header = ondes.MapHeaderNone
	}
	if with.is("wavemap_header") {
		header = ondes.MapHeaderWavemap
	}
	path := with.or("path", "made.wav")
	made, err := ondes.CreateMap(path, mapForm(with.of("form")), header)
	if err != nil {
		return nil, err
	}
	defer made.Close()
	if with.has("append") {
		if err := made.Append(int64(with.number("append"))); err != nil {
			return nil, err
		}
	}
	if err := made.WriteAt(audio, int64(with.number("at"))); err != nil {
		return nil, err
	}
	if err := made.Flush(); err != nil {
		return nil, err
	}
	if err := made.Close(); err != nil {
		return nil, err
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := md5.Sum(file)
	found := got{"bytes": hex.EncodeToString(sum[:])}
	if with.is("raw") {
		return found, nil
	}
	again, err := readAgain[T](file)
	found.add("", again)
	return found, err
}

func callConvert(c conformanceCase) (got, error) {
	src, err := hex.DecodeString(c.with().text("bytes"))
	if err != nil {
		return nil, err
	}
	converters := map[string]func([]byte, string) ([]byte, error){
		"uint8": convertFrom[uint8], "int8": convertFrom[int8], "int16": convertFrom[int16], "int24": convertFrom[ondes.Int24],
		"int32": convertFrom[int32], "int64": convertFrom[int64], "float32": convertFrom[float32], "float64": convertFrom[float64],
		"uint16": convertFrom[uint16], "uint32": convertFrom[uint32], "uint64": convertFrom[uint64],
	}
	dst, err := converters[c.with().text("from")](src, c.with().text("to"))
	return got{"bytes": hex.EncodeToString(dst)}, err
}

func convertFrom[S ondes.Number](src []byte, to string) ([]byte, error) {
	var one S
	numbers := make([]S, len(src)/binary.Size(one))
	if _, err := binary.Decode(src, binary.LittleEndian, numbers); err != nil {
		return nil, err
	}
	converters := map[string]func([]S) ([]byte, error){
		"uint8": convertTo[uint8, S], "int8": convertTo[int8, S], "int16": convertTo[int16, S], "int24": convertTo[ondes.Int24, S],
		"int32": convertTo[int32, S], "int64": convertTo[int64, S], "float32": convertTo[float32, S],
		"float64": convertTo[float64, S], "uint16": convertTo[uint16, S], "uint32": convertTo[uint32, S], "uint64": convertTo[uint64, S],
	}
	return converters[to](numbers)
}

func convertTo[D, S ondes.Number](src []S) ([]byte, error) {
	dst := make([]D, len(src))
	if err := ondes.Convert(dst, src); err != nil {
		return nil, err
	}
	return binary.Append(nil, binary.LittleEndian, dst)
}

func (c conformanceCase) batch() ([]ondes.Source, ondes.BatchOptions, error) {
	with := c.with()
	options := ondes.BatchOptions{Read: c.options(), Layout: c.layout(), Workers: with.number("workers"), Ahead: with.number("ahead")}
	var sources []ondes.Source
	for _, each := range with.object["inputs"].([]any) {
		path, content, stream, err := c.input(each.(object))
		if err != nil {
			return nil, options, err
		}
		name, _ := each.(object)["file"].(string)
		switch {
		case content != nil:
			sources = append(sources, ondes.Bytes(content, name))
		case stream != nil:
			sources = append(sources, ondes.From(stream, name))
		default:
			sources = append(sources, ondes.Path(path))
		}
	}
	return sources, options, nil
}

func callBatch[T ondes.Sample](c conformanceCase) (got, error) {
	sources, options, err := c.batch()
	if err != nil {
		return nil, err
	}
	found, place := got{}, 0
	for item, err := range ondes.LoadBatch[T](c.context(), sources, options) {
		prefix := fmt.Sprintf("items.%d.", place)
		if item == nil {
			return found, err
		}
		if item.Index != place || item.Err != err {
			return nil, fmt.Errorf("item %d came as %d, with %v", item.Index, place, item.Err)
		}
		if err != nil {
			found.add(prefix+"error.", told(err))
		} else {
			found.add(prefix, shaped(item.Audio))
			found.add(prefix, warned(item.Warnings))
		}
		place++
	}
	return found, nil
}

func callFill[T ondes.Sample](c conformanceCase) (got, error) {
	sources, options, err := c.batch()
	if err != nil {
		return nil, err
	}
	batch, err := ondes.NewBatch[T](c.context(), options)
	if err != nil {
		return nil, err
	}
	defer batch.Close()
	for _, source := range sources {
		if err := batch.Add(source); err != nil {
			return nil, err
		}
	}
	with := c.with()
	padding := ondes.PaddingZero
	if with.text("padding") == "repeat" {
		padding = ondes.PaddingRepeat
	}
	block := make([]T, len(sources)*with.number("channels")*with.number("frames"))
	items, err := batch.Fill(block, with.number("channels"), with.number("frames"), padding)
	if err != nil {
		return nil, err
	}
	found := got{"md5": measured(&ondes.Audio[T]{Samples: block, Channels: 1})["md5"]}
	for place, item := range items {
		prefix := fmt.Sprintf("items.%d.", place)
		if item.Err != nil {
			found.add(prefix+"error.", told(item.Err))
		} else {
			found[prefix+"frames"] = count(item.Frames)
		}
	}
	return found, nil
}

func callFormat(c conformanceCase) (got, error) {
	format, ok := ondes.FindWriteFormat(c.with().text("name"))
	if !ok {
		return got{"found": "false"}, nil
	}
	found := got{
		"found": "true", "name": format.Name, "title": format.Title, "extensions": strings.Join(format.Extensions, ","),
		"max_channels": strconv.Itoa(format.MaxChannels), "has_rate": fmt.Sprint(format.HasRate(44100)),
	}
	for place, word := range format.Qualities {
		found["qualities."+strconv.Itoa(place)] = word
	}
	for place, sample := range format.Samples {
		found["samples."+strconv.Itoa(place)] = sample.String()
	}
	return found, nil
}

func callPlay[T ondes.Sample](c conformanceCase, reader *ondes.Reader) (got, error) {
	audio, err := loaded[T](c, reader)
	if err != nil {
		return nil, err
	}
	return nil, ondes.Play(c.context(), audio, ondes.PlayOptions{Device: c.with().text("device")})
}

func callStream(c conformanceCase) (got, error) {
	with := c.with()
	stream, err := ondes.OpenStream(ondes.StreamOptions{Input: with.text("input"), Output: with.text("output"), Rate: with.number("rate")})
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	direction := ondes.Input
	if with.has("output") {
		direction = ondes.Output
	}
	return got{"rate": strconv.Itoa(stream.Rate()), "channels": strconv.Itoa(stream.Channels(direction))}, nil
}
