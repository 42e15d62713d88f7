package ondes_test

import (
	"bytes"
	"context"
	"reflect"
	"testing"

	"ondes"
)

// An object that was never opened, as nil or as the zero value of its type, is a closed one: no method of it panics. All
// methods are found by reflection, those of a later version too.
func TestObjectsThatWereNeverOpened(t *testing.T) {
	for _, object := range []any{
		new(ondes.Reader), (*ondes.Reader)(nil), new(ondes.Resampled), (*ondes.Resampled)(nil),
		new(ondes.Resampler[float32]), (*ondes.Resampler[float32])(nil), new(ondes.Writer), (*ondes.Writer)(nil),
		new(ondes.Tags), (*ondes.Tags)(nil), new(ondes.Map), (*ondes.Map)(nil),
		new(ondes.Batch[int16]), (*ondes.Batch[int16])(nil), new(ondes.Stream), (*ondes.Stream)(nil),
	} {
		value := reflect.ValueOf(object)
		kind := value.Type().String()
		if value.IsNil() {
			kind += "(nil)"
		}
		for i := range value.NumMethod() {
			name := value.Type().Method(i).Name
			t.Run(kind+"."+name, func(t *testing.T) {
				fallible, err := called(value.Method(i))
				if name == "Close" && err != nil {
					t.Error(err) // closing again does nothing
				} else if name != "Close" && fallible {
					fails(t, err, ondes.ErrClosed, "never opened")
				}
			})
		}
	}
}

// called calls a method with something for each argument, goes through what it gives if that is an iterator, and tells whether
// it can fail and how it did.
func called(method reflect.Value) (fallible bool, err error) {
	arguments := make([]reflect.Value, method.Type().NumIn())
	for i := range arguments {
		arguments[i] = argument(method.Type().In(i))
	}
	call := method.Call
	if method.Type().IsVariadic() {
		call = method.CallSlice
	}
	for _, result := range call(arguments) {
		switch {
		case result.Type().CanSeq2():
			for _, last := range result.Seq2() {
				if last.Type() == reflect.TypeFor[error]() {
					fallible, err = true, last.Interface().(error)
				}
			}
		case result.Type() == reflect.TypeFor[error]():
			fallible = true
			err, _ = result.Interface().(error)
		}
	}
	return fallible, err
}

func argument(kind reflect.Type) reflect.Value {
	switch kind {
	case reflect.TypeFor[context.Context]():
		return reflect.ValueOf(context.Background())
	case reflect.TypeFor[ondes.Buffer]():
		return reflect.ValueOf(ondes.Interleaved(make([]int16, 2)))
	case reflect.TypeFor[[]float32]():
		return reflect.ValueOf(make([]float32, 2))
	case reflect.TypeFor[float64]():
		return reflect.ValueOf(8000.0)
	}
	if kind.Kind() == reflect.Func {
		return reflect.MakeFunc(kind, func([]reflect.Value) []reflect.Value { return nil })
	}
	return reflect.Zero(kind)
}

// So it is with the functions that take such objects.
func TestFunctionsOnObjectsThatWereNeverOpened(t *testing.T) {
	sink := must(ondes.CreateBytes(ondes.WriteOptions{Format: "wav", Rate: 8000, Channels: 1}))
	defer sink.Discard()
	source := must(ondes.OpenBytes(wav(10, 1)))
	defer source.Close()
	for _, reader := range []*ondes.Reader{nil, {}} {
		_, err := ondes.ReadAll[int16](context.Background(), reader, ondes.LayoutPlanar)
		fails(t, err, ondes.ErrClosed, "never opened")
		_, err = ondes.Transcode(context.Background(), reader, sink)
		fails(t, err, ondes.ErrClosed, "never opened")
		for _, err := range ondes.Blocks[int16](reader, 10, ondes.LayoutInterleaved) {
			fails(t, err, ondes.ErrClosed, "never opened")
		}
	}
	for _, writer := range []*ondes.Writer{nil, {}} {
		_, err := ondes.Transcode(context.Background(), source, writer)
		fails(t, err, ondes.ErrClosed, "never opened")
	}
	for _, view := range []*ondes.Resampled{nil, {}} {
		for _, err := range ondes.Blocks[int16](view, 10, ondes.LayoutInterleaved) {
			fails(t, err, ondes.ErrClosed, "never opened")
		}
		_, err := view.Seek(0, 2)
		fails(t, err, ondes.ErrClosed, "never opened")
	}
	for _, samples := range []*ondes.Map{nil, {}} {
		_, err := ondes.MapSamples[int16](samples)
		fails(t, err, ondes.ErrClosed, "never opened")
	}
	_, err := ondes.Encode(made(1, 1), ondes.WriteOptions{Format: "wav", Tags: new(ondes.Tags)})
	fails(t, err, ondes.ErrClosed, "never opened")
	_, err = ondes.CreateWriter(new(bytes.Buffer), ondes.WriteOptions{Format: "wav", Like: new(ondes.Reader)})
	fails(t, err, ondes.ErrClosed, "never opened")
}
