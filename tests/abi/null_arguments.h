/* Working arguments for the generated calls, by the parameters' names and types. */
#ifndef NULL_ARGUMENTS_H
#define NULL_ARGUMENTS_H

#include <ondes.h>

extern ondes_error *err;
extern ondes_reader *out_reader;
extern ondes_audio *out_audio;
extern ondes_cancel *out_cancel;
extern ondes_batch *out_batch;
extern ondes_batch_item *out_item;
extern ondes_resampler *out_resampler;
extern ondes_resampled *out_resampled;
extern ondes_writer *out_writer;
extern ondes_bytes *out_bytes;
extern ondes_map *out_map;
extern ondes_tags *out_tags;
extern ondes_devices *out_devices;
extern ondes_stream *out_stream;
extern ondes_info out_info;
extern ondes_map_info out_map_info;
extern ondes_loudness out_loudness;
extern uint64_t out_frames, out_offset;
extern int32_t out_checksum;
extern const char *out_message;

extern const char *const a_path, *const a_name, *const a_key, *const a_value, *const a_mime, *const a_description;
extern const uint8_t *a_data;
extern uint64_t a_size;
extern float a_src[64], a_dst[64];
extern ondes_batch_item *a_items[4];
extern void *const a_user_data;
extern const ondes_process_fn a_process;
static const uint64_t a_capacity = 4, a_frames = 4, a_count = 4;
static const uint32_t a_channels = 1;
static const double a_timeout = 0;
static const int32_t a_format = ONDES_SAMPLE_F32, a_src_format = ONDES_SAMPLE_F32,
                     a_dst_format = ONDES_SAMPLE_F32, a_layout = ONDES_LAYOUT_INTERLEAVED;

ondes_reader *a_reader(void);
ondes_batch *a_batch(void);
ondes_batch_item *a_batch_item(void);
ondes_cancel *a_cancel(void);
ondes_resampler *a_resampler(void);
ondes_resampled *a_resampled(void);
ondes_writer *a_writer(void);
ondes_bytes *a_bytes(void);
ondes_map *a_map(void);
const ondes_map_form *a_map_form(void);
ondes_tags *a_tags(void);
ondes_devices *a_devices(void);
ondes_stream *a_stream(void);
const ondes_io *a_io(void);
const ondes_read_options *a_read_options(void);
const ondes_batch_options *a_batch_options(void);
const ondes_write_options *a_write_options(void);
const ondes_transcode_options *a_transcode_options(void);
const ondes_scan_options *a_scan_options(void);
const ondes_loudness_options *a_loudness_options(void);
const ondes_stream_options *a_stream_options(void);
const ondes_play_options *a_play_options(void);
const ondes_resample_options *a_resample_options(void);

/* The call had NULL for an argument that must be there. */
void refused(const char *function, const char *argument, int32_t status);
/* The call had NULL for an argument that may be left out. */
void allowed(const char *call, int32_t status);

void call_all(void);

#endif
