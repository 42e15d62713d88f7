/* NULL in any pointer slot of any function gives a status that names the
 * argument, or is fine where the header says so. */
#include "../abi/null_arguments.h"

#include "test.h"

ondes_error *err;
ondes_reader *out_reader;
ondes_audio *out_audio;
ondes_cancel *out_cancel;
ondes_batch *out_batch;
ondes_batch_item *out_item;
ondes_resampler *out_resampler;
ondes_resampled *out_resampled;
ondes_writer *out_writer;
ondes_bytes *out_bytes;
ondes_map *out_map;
ondes_tags *out_tags;
ondes_devices *out_devices;
ondes_stream *out_stream;
ondes_info out_info = ONDES_INFO_INIT;
ondes_map_info out_map_info = ONDES_MAP_INFO_INIT;
ondes_loudness out_loudness = ONDES_LOUDNESS_INIT;
uint64_t out_frames, out_offset;
int32_t out_checksum;
const char *out_message;

const char *const a_path = "null_arguments.wav", *const a_name = "a name";
const char *const a_key = "title", *const a_value = "a title", *const a_mime = "image/png", *const a_description = "";
const uint8_t *a_data;
uint64_t a_size;
float a_src[64], a_dst[64];
ondes_batch_item *a_items[4];
void *const a_user_data = NULL;

static void process_nothing(void *user_data, float *samples, uint64_t frames, uint32_t channels) {
  (void)user_data, (void)samples, (void)frames, (void)channels;
}

const ondes_process_fn a_process = process_nothing;

static ondes_reader *reader;
static ondes_batch *batch;
static ondes_batch_item *item;
static ondes_cancel *cancel;
static ondes_resampler *resampler;
static ondes_resampled *resampled;
static ondes_writer *writer;
static ondes_bytes *bytes;
static ondes_map *map;
static ondes_tags *tags;
static ondes_devices *devices;
static ondes_stream *stream;
static int calls;

ondes_reader *a_reader(void) {
  if (reader == NULL) ondes_reader_open_path(a_path, NULL, &reader, NULL);
  return reader;
}

/* Another one each time: a call may have begun to decode. */
ondes_batch *a_batch(void) {
  ondes_batch_free(batch);
  ondes_batch_new(NULL, &batch, NULL);
  ondes_batch_add_path(batch, a_path, NULL);
  return batch;
}

ondes_batch_item *a_batch_item(void) {
  if (item == NULL) ondes_batch_next(a_batch(), &item, NULL);
  return item;
}

ondes_cancel *a_cancel(void) {
  if (cancel == NULL) ondes_cancel_new(&cancel, NULL);
  return cancel;
}

ondes_resampler *a_resampler(void) {
  if (resampler == NULL) ondes_resampler_new(8000, 44100, a_channels, a_format, 0, 0, &resampler, NULL);
  return resampler;
}

ondes_resampled *a_resampled(void) {
  if (resampled == NULL) ondes_resampled_new(a_reader(), 44100, 0, 0, &resampled, NULL);
  return resampled;
}

/* Another one each time: a call may have finished it. */
ondes_writer *a_writer(void) {
  ondes_writer_free(writer);
  ondes_writer_open_memory(a_write_options(), &writer, NULL);
  return writer;
}

ondes_bytes *a_bytes(void) {
  if (bytes == NULL) ondes_encode(a_format, a_layout, a_src, a_frames, a_write_options(), &bytes, NULL);
  return bytes;
}

/* Of a file of its own, which no other call replaces. */
ondes_map *a_map(void) {
  if (map == NULL) ondes_map_open("null_arguments.map.wav", ONDES_MAP_MODE_READ, 0, &map, NULL);
  return map;
}

const ondes_map_form *a_map_form(void) {
  static ondes_map_form form = ONDES_MAP_FORM_INIT;
  form.sample_format = a_format;
  form.channels = a_channels;
  form.rate = 8000;
  return &form;
}

ondes_tags *a_tags(void) {
  if (tags == NULL) ondes_tags_new(&tags, NULL);
  return tags;
}

ondes_devices *a_devices(void) {
  if (devices == NULL) ondes_devices_list(ONDES_DIRECTION_OUTPUT, &devices, NULL);
  return devices;
}

/* Another one each time: a call may have closed it. */
ondes_stream *a_stream(void) {
  ondes_stream_free(stream);
  ondes_stream_open(a_stream_options(), &stream, NULL);
  return stream;
}

static int64_t read_nothing(void *user_data, uint8_t *dst, uint64_t len) {
  (void)user_data, (void)dst, (void)len;
  return 0;
}

static int64_t write_all(void *user_data, const uint8_t *src, uint64_t len) {
  (void)user_data, (void)src;
  return (int64_t)len;
}

const ondes_io *a_io(void) {
  static ondes_io io = ONDES_IO_INIT;
  io.read = read_nothing;
  io.write = write_all;
  return &io;
}

const ondes_read_options *a_read_options(void) {
  static const ondes_read_options options = ONDES_READ_OPTIONS_INIT;
  return &options;
}

const ondes_batch_options *a_batch_options(void) {
  static const ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  return &options;
}

/* Atomic: the file that the others read is not emptied. */
const ondes_write_options *a_write_options(void) {
  static ondes_write_options options = ONDES_WRITE_OPTIONS_INIT;
  options.flags = ONDES_WRITE_ATOMIC;
  options.format = "wav";
  options.rate = 8000;
  options.channels = a_channels;
  return &options;
}

const ondes_transcode_options *a_transcode_options(void) {
  static const ondes_transcode_options options = ONDES_TRANSCODE_OPTIONS_INIT;
  return &options;
}

const ondes_scan_options *a_scan_options(void) {
  static const ondes_scan_options options = ONDES_SCAN_OPTIONS_INIT;
  return &options;
}

const ondes_loudness_options *a_loudness_options(void) {
  static const ondes_loudness_options options = ONDES_LOUDNESS_OPTIONS_INIT;
  return &options;
}

const ondes_stream_options *a_stream_options(void) {
  static ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  options.input = options.output = "loopback";
  options.input_channels = options.output_channels = a_channels;
  return &options;
}

const ondes_play_options *a_play_options(void) {
  static ondes_play_options options = ONDES_PLAY_OPTIONS_INIT;
  options.device = "null";
  return &options;
}

const ondes_resample_options *a_resample_options(void) {
  static const ondes_resample_options options = ONDES_RESAMPLE_OPTIONS_INIT;
  return &options;
}

static void clean(void) {
  calls++;
  ondes_error_free(err);
  ondes_reader_free(out_reader);
  ondes_audio_free(out_audio);
  ondes_cancel_free(out_cancel);
  ondes_batch_free(out_batch);
  ondes_batch_item_free(out_item);
  ondes_resampler_free(out_resampler);
  ondes_resampled_free(out_resampled);
  ondes_tags_free(out_tags);
  ondes_writer_free(out_writer);
  ondes_bytes_free(out_bytes);
  ondes_map_free(out_map);
  ondes_devices_free(out_devices);
  ondes_stream_free(out_stream);
  for (int i = 0; i < 4; i++) ondes_batch_item_free(a_items[i]), a_items[i] = NULL;
  err = NULL, out_reader = NULL, out_audio = NULL, out_cancel = NULL, out_batch = NULL, out_item = NULL;
  out_resampler = NULL, out_resampled = NULL, out_writer = NULL, out_bytes = NULL, out_map = NULL, out_tags = NULL;
  out_devices = NULL, out_stream = NULL;
}

void refused(const char *function, const char *argument, int32_t status) {
  char expected[128];
  snprintf(expected, sizeof expected, "%s: %s is NULL", function, argument);
  if (status != ONDES_STATUS_NULL_ARGUMENT || strcmp(ondes_error_message(err), expected) != 0) {
    fprintf(stderr, "expected \"%s\", got %s: %s\n", expected, ondes_status_name(status), ondes_error_message(err));
    test_failures++;
  }
  CHECK(!out_reader && !out_audio && !out_cancel && !out_batch && !out_item && !out_resampler && !out_resampled && !out_writer &&
        !out_bytes && !out_map && !out_tags && !out_devices && !out_stream);
  clean();
}

void allowed(const char *call, int32_t status) {
  if (status == ONDES_STATUS_NULL_ARGUMENT) {
    fprintf(stderr, "%s: NULL must be allowed: %s\n", call, ondes_error_message(err));
    test_failures++;
  }
  clean();
}

int main(void) {
  uint8_t *wav = test_wav(16, 1, 8000, &a_size);
  a_data = wav;
  test_file(a_path, wav, a_size);
  test_file("null_arguments.map.wav", wav, a_size);
  call_all();
  CHECK(calls > 50);
  CHECK(ondes_error_status(NULL) == ONDES_STATUS_OK && strcmp(ondes_error_message(NULL), "") == 0);
  CHECK(ondes_error_offset(NULL) == ONDES_UNKNOWN && ondes_reader_tell(NULL) == ONDES_UNKNOWN);
  CHECK(ondes_audio_samples(NULL) == NULL && ondes_batch_item_error(NULL) == NULL);
  ondes_resampled_free(resampled);
  ondes_tags_free(tags);
  ondes_devices_free(devices);
  ondes_stream_free(stream);
  ondes_resampler_free(resampler);
  ondes_reader_free(reader);
  ondes_batch_item_free(item);
  ondes_batch_free(batch);
  ondes_cancel_free(cancel);
  ondes_writer_free(writer);
  ondes_bytes_free(bytes);
  ondes_map_free(map);
  free(wav);
  return test_end();
}
