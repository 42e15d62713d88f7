/* A library made without some features reads as ever, says what it lacks, and refuses what needs it by name.
 *
 *   features FEATURES FILE...
 *
 * FEATURES are those that the library was built with, in the order of ondes_features; each FILE has 100003 frames. */
#include "test.h"

static ondes_error *err;
static const char *expected;

/* Whether the library was built with a feature: so says the command line, and so must the library. */
static int has(const char *feature) {
  const char *found = strstr(expected, feature);
  CHECK(ondes_has_feature(feature) == (found != NULL));
  return found != NULL;
}

static void asks(void) {
  CHECK(strcmp(ondes_features(), expected) == 0);
  CHECK(ondes_has_feature("") == 0 && ondes_has_feature(NULL) == 0 && ondes_has_feature(",") == 0);
  CHECK(ondes_has_feature("encoders,devices") == 0 && ondes_has_feature("LAME") == 0);
  CHECK(ondes_write_format_is_built(ondes_write_format_count()) == 0);
}

/* A refusal names the feature, and what cargo and CMake are given to have it. */
#define LACKS(feature, cmake, call)                                                     \
  do {                                                                                  \
    int32_t status_ = (call);                                                           \
    const char *message_ = ondes_error_message(err);                                    \
    if (status_ != ONDES_STATUS_UNSUPPORTED || strstr(message_, "build") == NULL ||     \
        strstr(message_, "without the feature `" feature "`") == NULL ||                \
        strstr(message_, "--features " feature) == NULL || strstr(message_, cmake) == NULL) { \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, message_);          \
      test_failures++;                                                                  \
    }                                                                                   \
    ondes_error_free(err);                                                              \
    err = NULL;                                                                         \
  } while (0)

static int64_t discard(void *user_data, const uint8_t *src, uint64_t len) {
  (void)user_data, (void)src;
  return (int64_t)len;
}

static void count_close(void *user_data) { ++*(int *)user_data; }

/* Every way to write a format, in a build that has it or not. */
static void writes(const char *format, int is_built) {
  static const int16_t samples[2 * 480];
  char path[32];
  ondes_write_options options = ONDES_WRITE_OPTIONS_INIT;
  ondes_writer *writer = NULL;
  ondes_bytes *bytes = NULL;
  int closed = 0;
  ondes_io io = ONDES_IO_INIT;
  io.user_data = &closed;
  io.write = discard;
  io.close = count_close;
  options.format = format;
  options.rate = 48000;
  options.channels = 2;
  snprintf(path, sizeof path, "written.%s", format);
  remove(path);

  CHECK(ondes_write_format_is_built(ondes_write_format_find(format)) == is_built);
  CHECK(ondes_write_format_title(ondes_write_format_find(format)) != NULL);
  if (is_built) {
    OK(ondes_writer_open_path(path, &options, &writer, &err));
    OK(ondes_writer_write(writer, ONDES_SAMPLE_I16, ONDES_LAYOUT_INTERLEAVED, samples, 480, &err));
    OK(ondes_writer_finish(writer, &err));
    ondes_writer_free(writer);
    ondes_reader *reader = NULL;
    uint64_t frames = 0;
    OK(ondes_reader_open_path(path, NULL, &reader, &err));
    OK(ondes_reader_measure(reader, NULL, &frames, &err));
    CHECK(frames == 480);
    ondes_reader_free(reader);
    OK(ondes_encode(ONDES_SAMPLE_I16, ONDES_LAYOUT_INTERLEAVED, samples, 480, &options, &bytes, &err));
    CHECK(ondes_bytes_size(bytes) > 0);
    ondes_bytes_free(bytes);
    remove(path);
    return;
  }
#define REFUSED(call)                                                 \
  do {                                                                \
    if (!strcmp(format, "mp3"))                                       \
      LACKS("lame", "-DONDES_ENCODERS=ON -DONDES_C_CODE=ON", call);   \
    else if (!strcmp(format, "ogg"))                                  \
      LACKS("vorbis", "-DONDES_ENCODERS=ON -DONDES_C_CODE=ON", call); \
    else                                                              \
      LACKS("encoders", "-DONDES_ENCODERS=ON", call);                 \
  } while (0)
  REFUSED(ondes_writer_open_path(path, &options, &writer, &err));
  FILE *file = fopen(path, "rb");
  CHECK(writer == NULL && file == NULL);
  if (file) fclose(file);
  REFUSED(ondes_writer_open_memory(&options, &writer, &err));
  REFUSED(ondes_writer_open_io(&io, NULL, &options, &writer, &err));
  CHECK(writer == NULL && closed == 1);
  REFUSED(ondes_encode(ONDES_SAMPLE_I16, ONDES_LAYOUT_INTERLEAVED, samples, 480, &options, &bytes, &err));
  CHECK(bytes == NULL);
  /* A writer that is like a file is what a transcode begins with. */
  uint64_t size;
  uint8_t *wav = test_wav(10, 2, 48000, &size);
  ondes_reader *reader = NULL;
  OK(ondes_reader_open_memory(wav, size, NULL, NULL, &reader, &err));
  options.rate = options.channels = 0;
  options.like = reader;
  REFUSED(ondes_writer_open_path(path, &options, &writer, &err));
  CHECK(writer == NULL);
  ondes_reader_free(reader);
  free(wav);
}

/* libopus knows channels without positions, what serves in its place does not. */
static void opus(void) {
  ondes_write_options options = ONDES_WRITE_OPTIONS_INIT;
  ondes_writer *writer = NULL;
  options.format = "opus";
  options.rate = 48000;
  options.channels = 9;
  if (!has("encoders")) return;
  if (has("libopus")) {
    OK(ondes_writer_open_memory(&options, &writer, &err));
    ondes_writer_free(writer);
  } else {
    LACKS("libopus", "-DONDES_C_CODE=ON", ondes_writer_open_memory(&options, &writer, &err));
  }
}

/* A new map needs no encoder. */
static void maps(void) {
  ondes_map_form form = ONDES_MAP_FORM_INIT;
  ondes_map *map = NULL;
  form.sample_format = ONDES_SAMPLE_I16;
  form.channels = 1;
  form.rate = 8000;
  form.frames = 100;
  OK(ondes_map_create("map.wav", 0, &form, &map, &err));
  ondes_map_free(map);
  remove("map.wav");
}

static void devices(void) {
  ondes_devices *list = NULL;
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  ondes_stream *stream = NULL;
  static const float silence[80];
  ondes_play_options play = ONDES_PLAY_OPTIONS_INIT;
  /* The device for tests is always there. */
  play.device = options.output = "null";
  OK(ondes_stream_open(&options, &stream, &err));
  ondes_stream_free(stream);
  stream = NULL;
  OK(ondes_play(ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, silence, 80, 1, 8000, &play, &err));
  if (has("devices")) return; /* whatever this machine has: devices.c and pulse.c */

#define LACKS_DEVICES(call) LACKS("devices", "-DONDES_DEVICES=ON", call)
  for (int32_t direction = ONDES_DIRECTION_INPUT; direction <= ONDES_DIRECTION_OUTPUT; direction++)
    LACKS_DEVICES(ondes_devices_list(direction, &list, &err));
  const char *const names[] = {"default", "pulse:speakers", "alsa:default", "Speakers"};
  for (int i = 0; i < 4; i++) {
    options.input = NULL;
    options.output = play.device = names[i];
    LACKS_DEVICES(ondes_stream_open(&options, &stream, &err)); /* to play */
    LACKS_DEVICES(ondes_play(ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, silence, 80, 1, 8000, &play, &err));
    options.input = names[i];
    options.output = NULL;
    LACKS_DEVICES(ondes_stream_open(&options, &stream, &err)); /* to record */
  }
  LACKS_DEVICES(ondes_play(ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, silence, 80, 1, 8000, NULL, &err));
  CHECK(list == NULL && stream == NULL);
}

/* All frames are there, and they are no silence. */
static void reads(const char *path) {
  ondes_reader *reader = NULL;
  ondes_audio *audio = NULL;
  OK(ondes_reader_open_path(path, NULL, &reader, &err));
  OK(ondes_reader_load(reader, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, NULL, &audio, &err));
  CHECK(ondes_audio_frames(audio) == 100003);
  uint64_t count = ondes_audio_frames(audio) * ondes_audio_channels(audio);
  const float *samples = (const float *)ondes_audio_samples(audio);
  double energy = 0;
  for (uint64_t i = 0; i < count; i++) energy += (double)samples[i] * samples[i];
  CHECK(energy > 1e-4 * (double)count && energy < (double)count);
  ondes_audio_free(audio);
  ondes_reader_free(reader);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  expected = argv[1];
  asks();
  static const char *const always[] = {"wav", "aiff", "flac", "opus", "caf", "alac"};
  for (int i = 0; i < 6; i++) writes(always[i], has("encoders"));
  writes("mp3", has("lame"));
  writes("ogg", has("vorbis"));
  CHECK(ondes_write_format_count() == 8);
  (void)has("libflac"); /* our own encoder writes FLAC without it */
  opus();
  maps();
  devices();
  for (int i = 2; i < argc; i++) reads(argv[i]);
  return test_end();
}
