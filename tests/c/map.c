/* Maps: the samples of a file as memory, in every mode, and what becomes of a file cut short. */
#include "test.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAMES = 30000, CHANNELS = 2 };
static ondes_error *err;

static ondes_map *open_map(const char *path, int32_t mode, uint32_t flags) {
  ondes_map *map;
  OK(ondes_map_open(path, mode, flags, &map, &err));
  return map;
}

static ondes_map_info describe(const ondes_map *map) {
  ondes_map_info info = ONDES_MAP_INFO_INIT;
  OK(ondes_map_describe(map, &info, &err));
  return info;
}

static uint64_t file_size(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0) return 0;
  return (uint64_t)status.st_size;
}

static void shows_the_samples(void) {
  const char *path = test_wav_file("show.wav", FRAMES, CHANNELS, 48000);
  ondes_map *map = open_map(path, ONDES_MAP_MODE_READ, 0);
  ondes_map_info info = describe(map);
  CHECK(info.container == ONDES_CONTAINER_WAV && info.sample_format == ONDES_SAMPLE_I16 && info.bit_depth == 16);
  CHECK(info.byte_order == ONDES_BYTE_ORDER_LITTLE_ENDIAN && info.is_native == 1 && info.is_aligned == 1);
  CHECK(info.channels == CHANNELS && info.channel_mask == 3 && info.rate == 48000 && info.frames == FRAMES);
  CHECK(info.frame_stride == 4 && info.channel_stride == 2 && info.offset == 44 && info.tail == 0);
  CHECK(info.mode == ONDES_MAP_MODE_READ && info.flags == 0);
  CHECK(strcmp(ondes_map_name(map), path) == 0 && ondes_map_warning_count(map) == 0);
  const int16_t *samples = (const int16_t *)ondes_map_samples(map);
  int wrong = 0;
  for (uint64_t f = 0; f < FRAMES; f++)
    for (uint32_t c = 0; c < CHANNELS; c++) wrong += samples[f * CHANNELS + c] != test_sample(f, c);
  CHECK(wrong == 0);

  /* The same through the converting call, in planes, to the end and no further. */
  static float planes[2][5000];
  uint64_t n;
  OK(ondes_map_read(map, FRAMES - 3000, ONDES_SAMPLE_F32, ONDES_LAYOUT_PLANAR, planes, 5000, &n, &err));
  CHECK(n == 3000 && planes[1][2999] == (float)test_sample(FRAMES - 1, 1) / 32768.0f && planes[1][3000] == 0);
  OK(ondes_map_read(map, FRAMES, ONDES_SAMPLE_F32, 0, NULL, 0, &n, &err));
  FAILS(ONDES_STATUS_OUT_OF_RANGE, "show.wav: there is no frame 30001",
        ondes_map_read(map, FRAMES + 1, ONDES_SAMPLE_F32, 0, planes, 1, &n, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "open for reading only",
        ondes_map_write(map, 0, ONDES_SAMPLE_F32, 0, planes, 1, &err));
  OK(ondes_map_flush(map, &err));

  /* Another handle keeps the memory; the order of freeing does not matter. */
  ondes_map *other;
  OK(ondes_map_share(map, &other, &err));
  ondes_map_free(map);
  CHECK(samples[7] == test_sample(3, 1) && ondes_map_samples(other) == samples);
  ondes_map_free(other);
  ondes_map_free(NULL);
  CHECK(ondes_map_samples(NULL) == NULL && ondes_map_warning_count(NULL) == 0);
  CHECK(strcmp(ondes_map_name(NULL), "") == 0);
}

static void changes_go_where_the_mode_says(void) {
  const uint32_t flags[] = {0, ONDES_MAP_BUFFERED};
  for (int i = 0; i < 2; i++) {
    const char *path = test_wav_file("modes.wav", 100, 1, 8000);
    ondes_map *map = open_map(path, ONDES_MAP_MODE_COPY_ON_WRITE, flags[i]);
    ((int16_t *)ondes_map_samples(map))[5] = -5;
    OK(ondes_map_flush(map, &err));
    int16_t read;
    uint64_t n;
    OK(ondes_map_read(map, 5, ONDES_SAMPLE_I16, 0, &read, 1, &n, &err));
    CHECK(read == -5);
    ondes_map_free(map);

    map = open_map(path, ONDES_MAP_MODE_READ_WRITE, flags[i]);
    int16_t *samples = (int16_t *)ondes_map_samples(map);
    CHECK(samples[5] == test_sample(5, 0));
    samples[5] = -6;
    const double value = 0.25;
    OK(ondes_map_write(map, 6, ONDES_SAMPLE_F64, 0, &value, 1, &err));
    CHECK(samples[6] == 8192);
    OK(ondes_map_read(map, 5, ONDES_SAMPLE_I16, 0, &read, 1, &n, &err));
    CHECK(read == -6);
    FAILS(ONDES_STATUS_OUT_OF_RANGE, "2 frames do not fit", ondes_map_write(map, 99, ONDES_SAMPLE_I16, 0, samples, 2, &err));
    OK(ondes_map_flush(map, &err));
    samples[7] = -7;
    ondes_map_free(map);

    map = open_map(path, ONDES_MAP_MODE_READ, flags[i]);
    samples = (int16_t *)ondes_map_samples(map);
    CHECK(samples[5] == -6 && samples[6] == 8192 && samples[7] == -7 && samples[8] == test_sample(8, 0));
    ondes_map_free(map);
  }
}

static void a_file_cut_short_ends_in_an_error(void) {
  for (int32_t mode = ONDES_MAP_MODE_READ; mode <= ONDES_MAP_MODE_COPY_ON_WRITE; mode++) {
    const char *path = test_wav_file("cut.wav", FRAMES, CHANNELS, 48000);
    ondes_map *map = open_map(path, mode, 0);
    CHECK(truncate(path, 44 + 8000) == 0);
    static int16_t frames[FRAMES * CHANNELS];
    uint64_t n;
    OK(ondes_map_read(map, 0, ONDES_SAMPLE_I16, 0, frames, 2000, &n, &err));
    CHECK(n == 2000 && frames[3999] == test_sample(1999, 1));
    for (int32_t format = ONDES_SAMPLE_I16; format <= ONDES_SAMPLE_F32; format += ONDES_SAMPLE_F32 - ONDES_SAMPLE_I16) {
      FAILS(ONDES_STATUS_IO, "cut.wav: the file has been cut short since it was mapped",
            ondes_map_read(map, 1999, format, 0, frames, 20000 / 4, &n, &err));
      CHECK(n == 0);
      if (mode != ONDES_MAP_MODE_READ)
        FAILS(ONDES_STATUS_IO, "cut short", ondes_map_write(map, 20000, format, 0, frames, 10, &err));
    }
    CHECK(file_size(path) == 44 + 8000);
    ondes_map_free(map);
  }
  /* What was read into memory stays. */
  const char *path = test_wav_file("cut.wav", FRAMES, CHANNELS, 48000);
  ondes_map *map = open_map(path, ONDES_MAP_MODE_READ, ONDES_MAP_BUFFERED);
  CHECK(truncate(path, 0) == 0);
  CHECK(((int16_t *)ondes_map_samples(map))[FRAMES * CHANNELS - 1] == test_sample(FRAMES - 1, 1));
  ondes_map_free(map);
}

static void a_new_file_is_made_and_grows(void) {
  ondes_map_form form = ONDES_MAP_FORM_INIT;
  form.sample_format = ONDES_SAMPLE_F32;
  form.channels = 2;
  form.rate = 96000;
  form.frames = 1000;
  ondes_map *map;
  OK(ondes_map_create("new.wav", 0, &form, &map, &err));
  ondes_map_info info = describe(map);
  CHECK(info.is_aligned == 1 && info.offset % 16 == 0 && info.frames == 1000 && info.mode == ONDES_MAP_MODE_READ_WRITE);
  float *samples = (float *)ondes_map_samples(map);
  for (int i = 0; i < 2000; i++) samples[i] = (float)i / 2000.0f;
  OK(ondes_map_append(map, 50000, &err));
  float *longer = (float *)ondes_map_samples(map);
  CHECK(describe(map).frames == 51000 && longer[1999] == 1999 / 2000.0f && longer[2000] == 0 && longer[101999] == 0);
  /* The memory before is the same. */
  samples[3] = 7;
  CHECK(longer[3] == 7);
  longer[101999] = -1;
  ondes_map_free(map);

  ondes_reader *reader;
  OK(ondes_reader_open_path("new.wav", NULL, &reader, &err));
  ondes_audio *audio;
  OK(ondes_reader_load(reader, ONDES_SAMPLE_F32, 0, NULL, &audio, &err));
  CHECK(ondes_audio_frames(audio) == 51000 && ondes_reader_warning_count(reader) == 0);
  const float *read = (const float *)ondes_audio_samples(audio);
  CHECK(read[3] == 7 && read[1999] == 1999 / 2000.0f && read[101999] == -1);
  ondes_audio_free(audio);
  ondes_reader_free(reader);

  /* Sparse, and RF64: 9 GiB take no room and no time. */
  form.frames = (UINT64_C(9) << 30) / 8;
  OK(ondes_map_create("new.wav", 0, &form, &map, &err));
  info = describe(map);
  CHECK(info.container == ONDES_CONTAINER_RF64 && info.frames == form.frames);
  samples = (float *)ondes_map_samples(map);
  CHECK(samples[form.frames * 2 - 1] == 0);
  samples[form.frames * 2 - 1] = 0.5f;
  ondes_map_free(map);
  struct stat status;
  CHECK(stat("new.wav", &status) == 0 && status.st_blocks < 2048);
  map = open_map("new.wav", ONDES_MAP_MODE_COPY_ON_WRITE, 0);
  CHECK(((float *)ondes_map_samples(map))[form.frames * 2 - 1] == 0.5f);
  ondes_map_free(map);
  remove("new.wav");

  form.frames = 1;
  form.channels = 0;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "channels is 0", ondes_map_create("no.wav", 0, &form, &map, &err));
  form.channels = 1;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "no kind of header", ondes_map_create("no.wav", 8, &form, &map, &err));
  form.byte_order = 2;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "form.byte_order is 2", ondes_map_create("no.wav", 0, &form, &map, &err));
  form.byte_order = 0;
  OK(ondes_map_create("no.wav", ONDES_MAP_WAVEMAP_HEADER, &form, &map, &err));
  info = describe(map);
  CHECK(info.offset == 58 && info.is_aligned == 0);
  ondes_map_free(map);
}

static void raw_samples_have_the_form_they_are_given(void) {
  const uint8_t bytes[] = {9, 0x12, 0x34, 0x56, 0xff, 0xff, 0xff, 8, 8};
  test_file("raw.bin", bytes, sizeof bytes);
  ondes_map_form form = ONDES_MAP_FORM_INIT;
  form.sample_format = ONDES_SAMPLE_I24;
  form.byte_order = ONDES_BYTE_ORDER_BIG_ENDIAN;
  form.channels = 1;
  form.offset = 1;
  form.tail = 1;
  ondes_map *map;
  OK(ondes_map_open_raw("raw.bin", ONDES_MAP_MODE_READ, 0, &form, &map, &err));
  ondes_map_info info = describe(map);
  CHECK(info.container == ONDES_CONTAINER_UNKNOWN && info.frames == 2 && info.channel_stride == 3 && info.is_native == 0);
  CHECK(((const uint8_t *)ondes_map_samples(map))[0] == 0x12);
  int32_t read[2];
  uint64_t n;
  OK(ondes_map_read(map, 0, ONDES_SAMPLE_I32, 0, read, 2, &n, &err));
  CHECK(n == 2 && read[0] == 0x12345600 && read[1] == -256);
  const char *message;
  uint64_t offset;
  CHECK(ondes_map_warning_count(map) == 1);
  OK(ondes_map_warning(map, 0, &message, &offset, &err));
  CHECK(strcmp(message, "1 byte after end-of-frame discarded") == 0);
  FAILS(ONDES_STATUS_OUT_OF_RANGE, "there is no warning 1", ondes_map_warning(map, 1, &message, &offset, &err));
  ondes_map_free(map);
  form.tail = 100;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "leave nothing of a file of 9 bytes",
        ondes_map_open_raw("raw.bin", ONDES_MAP_MODE_READ, 0, &form, &map, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "mode is 3", ondes_map_open("raw.bin", 3, 0, &map, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "does not know: 0x2", ondes_map_open("raw.bin", 0, ONDES_MAP_RAW, &map, &err));
  FAILS(ONDES_STATUS_UNRECOGNIZED, "raw.bin: Not a RIFF file", ondes_map_open("raw.bin", 0, 0, &map, &err));
  FAILS(ONDES_STATUS_IS_DIRECTORY, "is a directory", ondes_map_open(".", 0, 0, &map, &err));
  FAILS(ONDES_STATUS_NOT_FOUND, "none.wav", ondes_map_open("none.wav", 0, 0, &map, &err));
  remove("fifo.wav");
  CHECK(mkfifo("fifo.wav", 0600) == 0);
  FAILS(ONDES_STATUS_NOT_SEEKABLE, "fifo.wav: is a pipe", ondes_map_open("fifo.wav", 0, 0, &map, &err));
}

/* Reads windows over and over; every sample of one is the same. */
static void *reads(void *argument) {
  const ondes_map *map = (const ondes_map *)argument;
  static int failed;
  for (int i = 0; i < 200; i++) {
    float frames[64];
    uint64_t n;
    if (ondes_map_read(map, (uint64_t)i, ONDES_SAMPLE_F32, 0, frames, 64, &n, NULL) != ONDES_STATUS_OK || n != 64)
      return &failed;
    for (int f = 0; f < 64; f++)
      if (frames[f] != 0.5f && frames[f] != 0.25f) return &failed;
  }
  return NULL;
}

static void threads_share_a_map(void) {
  ondes_map_form form = ONDES_MAP_FORM_INIT;
  form.sample_format = ONDES_SAMPLE_I16;
  form.channels = 1;
  form.rate = 8000;
  form.frames = 1000;
  ondes_map *map;
  OK(ondes_map_create("threads.wav", 0, &form, &map, &err));
  int16_t samples[1000];
  for (int i = 0; i < 1000; i++) samples[i] = 16384;
  OK(ondes_map_write(map, 0, ONDES_SAMPLE_I16, 0, samples, 1000, &err));
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, reads, map);
  for (int i = 0; i < 1000; i++) samples[i] = 8192;
  for (int i = 0; i < 100; i++) OK(ondes_map_write(map, 0, ONDES_SAMPLE_I16, 0, samples, 1000, &err));
  for (int i = 0; i < 4; i++) {
    void *failed;
    pthread_join(threads[i], &failed);
    CHECK(failed == NULL);
  }
  ondes_map_free(map);
}

/* Writes one frame to a file. */
static int32_t write_file(const char *path, uint32_t flags) {
  ondes_write_options options = ONDES_WRITE_OPTIONS_INIT;
  options.flags = flags;
  options.format = "wav";
  options.rate = 8000;
  options.channels = 1;
  const int16_t sample = 77;
  ondes_writer *writer;
  int32_t status = ondes_writer_open_path(path, &options, &writer, &err);
  if (status == ONDES_STATUS_OK) status = ondes_writer_write(writer, ONDES_SAMPLE_I16, 0, &sample, 1, &err);
  if (status == ONDES_STATUS_OK) status = ondes_writer_finish(writer, &err);
  ondes_writer_free(writer);
  return status;
}

static void a_mapped_file_is_not_written_anew(void) {
  const char *path = test_wav_file("mapped.wav", 100, 1, 8000);
  const char *refused = "mapped.wav: is mapped by this program";
  const uint64_t size = file_size(path);
  ondes_map *one = open_map(path, ONDES_MAP_MODE_READ, 0);
  ondes_map *two = open_map(path, ONDES_MAP_MODE_COPY_ON_WRITE, 0);
  ondes_map *shared;
  FAILS(ONDES_STATUS_BUSY, refused, write_file(path, 0));
  ondes_map_free(one);
  FAILS(ONDES_STATUS_BUSY, refused, write_file(path, 0));
  OK(ondes_map_share(two, &shared, &err));
  ondes_map_free(two);
  FAILS(ONDES_STATUS_BUSY, refused, write_file(path, 0));
  CHECK(file_size(path) == size);
  /* Another file in its place leaves the map what it has. */
  OK(write_file(path, ONDES_WRITE_ATOMIC));
  const int16_t *samples = (const int16_t *)ondes_map_samples(shared);
  CHECK(file_size(path) < size && samples[0] == test_sample(0, 0) && samples[99] == test_sample(99, 0));
  OK(write_file(path, 0));
  ondes_map_free(shared);

  one = open_map(path, ONDES_MAP_MODE_READ, 0);
  FAILS(ONDES_STATUS_BUSY, refused, write_file(path, 0));
  ondes_map_free(one);
  OK(write_file(path, 0));
}

static void numbers_convert_as_in_wavemap(void) {
  const uint8_t bytes[3] = {0, 128, 255};
  uint16_t wide[3];
  OK(ondes_convert(ONDES_SAMPLE_U8, bytes, ONDES_NUMBER_U16, wide, 3, &err));
  CHECK(wide[0] == 0x0080 && wide[1] == 0x8080 && wide[2] == 0xff80);
  const float floats[4] = {1.0f, -1.0f, 0.5f, NAN};
  int32_t ints[4];
  OK(ondes_convert(ONDES_SAMPLE_F32, floats, ONDES_SAMPLE_I32, ints, 4, &err));
  CHECK(ints[0] == INT32_MAX && ints[1] == INT32_MIN && ints[3] == 0);
  int16_t shorts[3];
  OK(ondes_convert(ONDES_SAMPLE_F32, floats, ONDES_SAMPLE_I16, shorts, 3, &err));
  CHECK(shorts[0] == 32767 && shorts[1] == -32768 && shorts[2] == 16383);
  double doubles[3];
  OK(ondes_convert(ONDES_SAMPLE_I16, shorts, ONDES_SAMPLE_F64, doubles, 2, &err));
  CHECK(doubles[0] == 1.0 && doubles[1] == -1.0);
  OK(ondes_convert(ONDES_SAMPLE_U8, NULL, ONDES_SAMPLE_U8, NULL, 0, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "dst_format is 9", ondes_convert(ONDES_SAMPLE_U8, bytes, 9, wide, 3, &err));
}

int main(void) {
  shows_the_samples();
  changes_go_where_the_mode_says();
  a_file_cut_short_ends_in_an_error();
  a_new_file_is_made_and_grows();
  raw_samples_have_the_form_they_are_given();
  threads_share_a_map();
  a_mapped_file_is_not_written_anew();
  numbers_convert_as_in_wavemap();
  return test_end();
}
