/*
 * What Go cannot do with ondes.h itself: structs with function pointers and user_data are filled in here, because a
 * cgo.Handle is a number that must never lie in a Go pointer; and memory for samples is a uint8_t pointer here, because
 * cgo looks for Go pointers in all that a `void *` leads into, also where samples are an array in a larger struct.
 *
 * A handle of 0 stands for "no function". Implemented in shims.c.
 */
#ifndef ONDES_GO_SHIMS_H
#define ONDES_GO_SHIMS_H

#include <ondes.h>
#include <stdlib.h>

/* Structs at their defaults. */

static inline ondes_read_options ondes_go_read_options(void) {
  ondes_read_options options = ONDES_READ_OPTIONS_INIT;
  return options;
}
static inline ondes_write_options ondes_go_write_options(void) {
  ondes_write_options options = ONDES_WRITE_OPTIONS_INIT;
  return options;
}
static inline ondes_info ondes_go_info(void) {
  ondes_info info = ONDES_INFO_INIT;
  return info;
}
static inline ondes_loudness ondes_go_loudness(void) {
  ondes_loudness loudness = ONDES_LOUDNESS_INIT;
  return loudness;
}
static inline ondes_map_form ondes_go_map_form(void) {
  ondes_map_form form = ONDES_MAP_FORM_INIT;
  return form;
}
static inline ondes_map_info ondes_go_map_info(void) {
  ondes_map_info info = ONDES_MAP_INFO_INIT;
  return info;
}

/* Streams of Go: `stream` is the handle of an input or output. */

int32_t ondes_go_reader_open_io(uintptr_t stream, int32_t seekable, const char *name,
                                const ondes_read_options *options, ondes_reader **out_reader, ondes_error **err);
int32_t ondes_go_tags_open_io(uintptr_t stream, int32_t seekable, const char *name, ondes_tags **out_tags,
                              ondes_error **err);
int32_t ondes_go_batch_add_io(ondes_batch *batch, uintptr_t stream, int32_t seekable, const char *name,
                              ondes_error **err);
int32_t ondes_go_writer_open_io(uintptr_t stream, int32_t seekable, const char *name,
                                const ondes_write_options *options, ondes_writer **out_writer, ondes_error **err);

/* Long work: `progress` is the handle of a watch. */

int32_t ondes_go_measure(ondes_reader *reader, const ondes_cancel *cancel, uintptr_t progress, uint64_t *out_frames,
                         ondes_error **err);
int32_t ondes_go_verify(ondes_reader *reader, const ondes_cancel *cancel, uintptr_t progress, int32_t *out_checksum,
                        ondes_error **err);
int32_t ondes_go_loudness_of(ondes_reader *reader, uint32_t flags, const ondes_cancel *cancel, uintptr_t progress,
                             ondes_loudness *out_loudness, ondes_error **err);
int32_t ondes_go_transcode(ondes_reader *reader, ondes_writer *writer, const ondes_cancel *cancel, uintptr_t progress,
                           uint64_t *out_frames, ondes_error **err);
int32_t ondes_go_batch_new(int32_t format, int32_t layout, uint32_t workers, uint32_t ahead, uint32_t unordered,
                           const ondes_read_options *read, const ondes_cancel *cancel, uintptr_t progress,
                           ondes_batch **out_batch, ondes_error **err);
int32_t ondes_go_play(int32_t format, int32_t layout, const uint8_t *src, uint64_t frames, uint32_t channels,
                      double rate, const char *device, int32_t quality, const ondes_cancel *cancel, uintptr_t progress,
                      ondes_error **err);

/* Devices: `data` and `process` are handles of functions that the device's thread calls. */

int32_t ondes_go_stream_open(uint32_t flags, const char *input, const char *output, uint32_t rate,
                             uint32_t buffer_size, uint32_t input_channels, uint32_t output_channels,
                             uint32_t input_queue, uint32_t output_queue, uintptr_t data, ondes_stream **out_stream,
                             ondes_error **err);
int32_t ondes_go_stream_set_process(ondes_stream *stream, uintptr_t process, ondes_error **err);

/* Memory for samples. */

static inline int32_t ondes_go_reader_read(ondes_reader *reader, int32_t format, int32_t layout, uint8_t *dst,
                                           uint64_t capacity, uint64_t *out_frames, ondes_error **err) {
  return ondes_reader_read(reader, format, layout, dst, capacity, out_frames, err);
}
static inline int32_t ondes_go_reader_load_into(ondes_reader *reader, int32_t format, int32_t layout,
                                                const ondes_cancel *cancel, uint8_t *dst, uint64_t capacity,
                                                uint64_t *out_frames, ondes_error **err) {
  return ondes_reader_load_into(reader, format, layout, cancel, dst, capacity, out_frames, err);
}
static inline int32_t ondes_go_resampled_read(ondes_resampled *view, int32_t format, int32_t layout, uint8_t *dst,
                                              uint64_t capacity, uint64_t *out_frames, ondes_error **err) {
  return ondes_resampled_read(view, format, layout, dst, capacity, out_frames, err);
}
static inline int32_t ondes_go_resampler_process(ondes_resampler *resampler, int32_t layout, const uint8_t *src,
                                                 uint64_t frames, uint8_t *dst, uint64_t capacity,
                                                 uint64_t *out_frames, ondes_error **err) {
  return ondes_resampler_process(resampler, layout, src, frames, dst, capacity, out_frames, err);
}
static inline int32_t ondes_go_resampler_flush(ondes_resampler *resampler, int32_t layout, uint8_t *dst,
                                               uint64_t capacity, uint64_t *out_frames, ondes_error **err) {
  return ondes_resampler_flush(resampler, layout, dst, capacity, out_frames, err);
}
static inline int32_t ondes_go_resample(int32_t format, int32_t layout, const uint8_t *src, uint64_t frames,
                                        uint32_t channels, double source_rate, double target_rate, int32_t quality,
                                        uint32_t threads, const ondes_cancel *cancel, ondes_audio **out_audio,
                                        ondes_error **err) {
  ondes_resample_options options = ONDES_RESAMPLE_OPTIONS_INIT;
  options.quality = quality;
  options.threads = threads;
  options.cancel = cancel;
  return ondes_resample(format, layout, src, frames, channels, source_rate, target_rate, &options, out_audio, err);
}
static inline int32_t ondes_go_writer_write(ondes_writer *writer, int32_t format, int32_t layout, const uint8_t *src,
                                            uint64_t frames, ondes_error **err) {
  return ondes_writer_write(writer, format, layout, src, frames, err);
}
static inline int32_t ondes_go_encode(int32_t format, int32_t layout, const uint8_t *src, uint64_t frames,
                                      const ondes_write_options *options, ondes_bytes **out_bytes, ondes_error **err) {
  return ondes_encode(format, layout, src, frames, options, out_bytes, err);
}
static inline int32_t ondes_go_batch_fill(ondes_batch *batch, uint8_t *dst, uint32_t channels, uint64_t frames,
                                          int32_t padding, ondes_batch_item **items, uint64_t capacity,
                                          ondes_error **err) {
  return ondes_batch_fill(batch, dst, channels, frames, padding, items, capacity, err);
}
static inline int32_t ondes_go_map_read(const ondes_map *map, uint64_t start, int32_t format, int32_t layout,
                                        uint8_t *dst, uint64_t capacity, uint64_t *out_frames, ondes_error **err) {
  return ondes_map_read(map, start, format, layout, dst, capacity, out_frames, err);
}
static inline int32_t ondes_go_map_write(const ondes_map *map, uint64_t start, int32_t format, int32_t layout,
                                         const uint8_t *src, uint64_t frames, ondes_error **err) {
  return ondes_map_write(map, start, format, layout, src, frames, err);
}
static inline int32_t ondes_go_convert(int32_t src_format, const uint8_t *src, int32_t dst_format, uint8_t *dst,
                                       uint64_t count, ondes_error **err) {
  return ondes_convert(src_format, src, dst_format, dst, count, err);
}
static inline int32_t ondes_go_stream_read(ondes_stream *stream, int32_t format, int32_t layout, uint8_t *dst,
                                           uint64_t capacity, double timeout, const ondes_cancel *cancel,
                                           uint64_t *out_frames, ondes_error **err) {
  return ondes_stream_read(stream, format, layout, dst, capacity, timeout, cancel, out_frames, err);
}
static inline int32_t ondes_go_stream_write(ondes_stream *stream, int32_t format, int32_t layout, const uint8_t *src,
                                            uint64_t frames, uint32_t channels, double timeout,
                                            const ondes_cancel *cancel, uint64_t *out_frames, ondes_error **err) {
  return ondes_stream_write(stream, format, layout, src, frames, channels, timeout, cancel, out_frames, err);
}

#endif /* ONDES_GO_SHIMS_H */
