#include "shims.h"

#include "_cgo_export.h"

static int64_t on_read(void *stream, uint8_t *dst, uint64_t len) {
  return ondesGoRead((uintptr_t)stream, dst, len);
}
static int64_t on_write(void *stream, const uint8_t *src, uint64_t len) {
  return ondesGoWrite((uintptr_t)stream, (uint8_t *)src, len);
}
static int64_t on_seek(void *stream, int64_t position) { return ondesGoSeek((uintptr_t)stream, position); }
static int64_t on_tell(void *stream) { return ondesGoTell((uintptr_t)stream); }
static int64_t on_size(void *stream) { return ondesGoSize((uintptr_t)stream); }
static int64_t on_flush(void *stream) { return ondesGoFlush((uintptr_t)stream); }
static void on_close(void *stream) { ondesGoClose((uintptr_t)stream); }

static ondes_io io_of(uintptr_t stream, int32_t seekable) {
  ondes_io io = ONDES_IO_INIT;
  io.user_data = (void *)stream;
  io.close = on_close;
  if (seekable) {
    io.seek = on_seek;
    io.tell = on_tell;
  }
  return io;
}

static ondes_io input_of(uintptr_t stream, int32_t seekable) {
  ondes_io io = io_of(stream, seekable);
  io.read = on_read;
  if (seekable) io.size = on_size;
  return io;
}

static ondes_io output_of(uintptr_t stream, int32_t seekable) {
  ondes_io io = io_of(stream, seekable);
  io.write = on_write;
  io.flush = on_flush;
  return io;
}

int32_t ondes_go_reader_open_io(uintptr_t stream, int32_t seekable, const char *name,
                                const ondes_read_options *options, ondes_reader **out_reader, ondes_error **err) {
  const ondes_io io = input_of(stream, seekable);
  return ondes_reader_open_io(&io, name, options, out_reader, err);
}

int32_t ondes_go_tags_open_io(uintptr_t stream, int32_t seekable, const char *name, ondes_tags **out_tags,
                              ondes_error **err) {
  const ondes_io io = input_of(stream, seekable);
  return ondes_tags_open_io(&io, name, out_tags, err);
}

int32_t ondes_go_batch_add_io(ondes_batch *batch, uintptr_t stream, int32_t seekable, const char *name,
                              ondes_error **err) {
  const ondes_io io = input_of(stream, seekable);
  return ondes_batch_add_io(batch, &io, name, err);
}

int32_t ondes_go_writer_open_io(uintptr_t stream, int32_t seekable, const char *name,
                                const ondes_write_options *options, ondes_writer **out_writer, ondes_error **err) {
  const ondes_io io = output_of(stream, seekable);
  return ondes_writer_open_io(&io, name, options, out_writer, err);
}

static int32_t on_progress(void *watch, const ondes_progress *progress) {
  return ondesGoProgress((uintptr_t)watch, (ondes_progress *)progress);
}

/* The members that all options of long work have in common: who ends it, and who is told how far it is. */
#define WATCH(options, token, watch)              \
  do {                                            \
    (options).cancel = (token);                   \
    (options).progress = (watch) ? on_progress : NULL; \
    (options).user_data = (void *)(watch);        \
  } while (0)

int32_t ondes_go_measure(ondes_reader *reader, const ondes_cancel *cancel, uintptr_t progress, uint64_t *out_frames,
                         ondes_error **err) {
  ondes_scan_options options = ONDES_SCAN_OPTIONS_INIT;
  WATCH(options, cancel, progress);
  return ondes_reader_measure(reader, &options, out_frames, err);
}

int32_t ondes_go_verify(ondes_reader *reader, const ondes_cancel *cancel, uintptr_t progress, int32_t *out_checksum,
                        ondes_error **err) {
  ondes_scan_options options = ONDES_SCAN_OPTIONS_INIT;
  WATCH(options, cancel, progress);
  return ondes_reader_verify(reader, &options, out_checksum, err);
}

int32_t ondes_go_loudness_of(ondes_reader *reader, uint32_t flags, const ondes_cancel *cancel, uintptr_t progress,
                             ondes_loudness *out_loudness, ondes_error **err) {
  ondes_loudness_options options = ONDES_LOUDNESS_OPTIONS_INIT;
  options.flags = flags;
  WATCH(options, cancel, progress);
  return ondes_reader_loudness(reader, &options, out_loudness, err);
}

int32_t ondes_go_transcode(ondes_reader *reader, ondes_writer *writer, const ondes_cancel *cancel, uintptr_t progress,
                           uint64_t *out_frames, ondes_error **err) {
  ondes_transcode_options options = ONDES_TRANSCODE_OPTIONS_INIT;
  WATCH(options, cancel, progress);
  return ondes_transcode(reader, writer, &options, out_frames, err);
}

int32_t ondes_go_batch_new(int32_t format, int32_t layout, uint32_t workers, uint32_t ahead, uint32_t unordered,
                           const ondes_read_options *read, const ondes_cancel *cancel, uintptr_t progress,
                           ondes_batch **out_batch, ondes_error **err) {
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  options.format = format;
  options.layout = layout;
  options.workers = workers;
  options.ahead = ahead;
  options.unordered = unordered;
  options.read = read;
  WATCH(options, cancel, progress);
  return ondes_batch_new(&options, out_batch, err);
}

int32_t ondes_go_play(int32_t format, int32_t layout, const uint8_t *src, uint64_t frames, uint32_t channels,
                      double rate, const char *device, int32_t quality, const ondes_cancel *cancel, uintptr_t progress,
                      ondes_error **err) {
  ondes_play_options options = ONDES_PLAY_OPTIONS_INIT;
  options.device = device;
  options.quality = quality;
  WATCH(options, cancel, progress);
  return ondes_play(format, layout, src, frames, channels, rate, &options, err);
}

static int64_t on_data(void *side, const float *input, float *output, uint64_t frames) {
  return ondesGoData((uintptr_t)side, (float *)input, output, frames);
}

static void on_process(void *process, float *samples, uint64_t frames, uint32_t channels) {
  ondesGoProcess((uintptr_t)process, samples, frames, channels);
}

int32_t ondes_go_stream_open(uint32_t flags, const char *input, const char *output, uint32_t rate,
                             uint32_t buffer_size, uint32_t input_channels, uint32_t output_channels,
                             uint32_t input_queue, uint32_t output_queue, uintptr_t data, ondes_stream **out_stream,
                             ondes_error **err) {
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  options.flags = flags;
  options.input = input;
  options.output = output;
  options.rate = rate;
  options.buffer_size = buffer_size;
  options.input_channels = input_channels;
  options.output_channels = output_channels;
  options.input_queue = input_queue;
  options.output_queue = output_queue;
  if (data) {
    options.data = on_data;
    options.user_data = (void *)data;
  }
  return ondes_stream_open(&options, out_stream, err);
}

int32_t ondes_go_stream_set_process(ondes_stream *stream, uintptr_t process, ondes_error **err) {
  return ondes_stream_set_process(stream, process ? on_process : NULL, (void *)process, err);
}
