/* Work through a whole file: how far it is, who ends it, and how the reader is left. */
#include "test.h"

enum { FRAMES = 100000, CHANNELS = 2 };
static ondes_error *err;

/* What a callback was told, and what it answers. */
typedef struct {
  uint64_t calls;
  int32_t answer;
  ondes_progress last;
} watch;

static int32_t tell(void *user_data, const ondes_progress *progress) {
  watch *w = user_data;
  CHECK(w->calls == 0 || progress->frames >= w->last.frames);
  w->calls++;
  w->last = *progress;
  return w->answer;
}

static ondes_scan_options watched(watch *w) {
  ondes_scan_options options = ONDES_SCAN_OPTIONS_INIT;
  options.progress = tell;
  options.user_data = w;
  return options;
}

/* A FLAC file of FRAMES frames. */
static ondes_bytes *flac(void) {
  static int16_t samples[FRAMES * CHANNELS];
  for (uint64_t f = 0; f < FRAMES; f++)
    for (uint32_t c = 0; c < CHANNELS; c++) samples[f * CHANNELS + c] = test_sample(f, c);
  ondes_write_options options = ONDES_WRITE_OPTIONS_INIT;
  options.format = "flac";
  options.rate = 48000;
  options.channels = CHANNELS;
  ondes_bytes *bytes;
  OK(ondes_encode(ONDES_SAMPLE_I16, 0, samples, FRAMES, &options, &bytes, &err));
  return bytes;
}

/* The frame at the position, which stays. */
static void stands_at(ondes_reader *reader, uint64_t frame) {
  int16_t read[CHANNELS];
  uint64_t n;
  CHECK(ondes_reader_tell(reader) == frame);
  OK(ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, read, 1, &n, &err));
  CHECK(n == 1 && read[0] == test_sample(frame, 0) && read[1] == test_sample(frame, 1));
  OK(ondes_reader_seek(reader, frame, &err));
}

static void checks(const uint8_t *file, uint64_t size) {
  ondes_reader *reader;
  OK(ondes_reader_open_memory(file, size, "made.flac", NULL, &reader, &err));
  int32_t checksum = -1;

  /* Ended by the callback, in the middle and at the start; the reader is as it was. */
  for (uint64_t position = 0; position <= 5000; position += 5000) {
    watch w = {0, ONDES_CANCEL, {0}};
    const ondes_scan_options options = watched(&w);
    OK(ondes_reader_seek(reader, position, &err));
    FAILS(ONDES_STATUS_CANCELLED, "made.flac: cancelled", ondes_reader_verify(reader, &options, &checksum, &err));
    CHECK(checksum == ONDES_CHECKSUM_NONE && w.calls == 1 && w.last.files == 0 && w.last.frames < FRAMES);
    stands_at(reader, position);
  }

  /* A token that is set: nothing is done. */
  watch w = {0, ONDES_CONTINUE, {0}};
  ondes_scan_options options = watched(&w);
  ondes_cancel *cancel;
  OK(ondes_cancel_new(&cancel, &err));
  ondes_cancel_set(cancel);
  options.cancel = cancel;
  FAILS(ONDES_STATUS_CANCELLED, "cancelled", ondes_reader_verify(reader, &options, &checksum, &err));
  uint64_t n = 1;
  FAILS(ONDES_STATUS_CANCELLED, "cancelled", ondes_reader_measure(reader, &options, &n, &err));
  CHECK(w.calls == 0 && n == 0);
  ondes_cancel_free(cancel);
  stands_at(reader, 5000);

  /* To the end. */
  options = watched(&w);
  OK(ondes_reader_verify(reader, &options, &checksum, &err));
  CHECK(checksum == ONDES_CHECKSUM_MATCH && w.calls > 1 && w.last.files == 1 && w.last.files_total == 1);
  CHECK(w.last.frames == FRAMES && w.last.frames_total == FRAMES);
  stands_at(reader, 0);

  /* A wish that is not known, and a struct that was not initialised. */
  options.flags = 1;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "options.flags has unknown bits: 0x1",
        ondes_reader_verify(reader, &options, &checksum, &err));
  options.flags = 0;
  options.struct_size = 0;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "ONDES_SCAN_OPTIONS_INIT",
        ondes_reader_measure(reader, &options, &n, &err));
  ondes_reader_free(reader);
}

/* Of a local FLAC file only its last frame tells the length, which opening can leave out. */
static void measures(const uint8_t *file, uint64_t size) {
  ondes_read_options estimate = ONDES_READ_OPTIONS_INIT;
  estimate.flags = ONDES_READ_ESTIMATE_LENGTH;
  ondes_reader *reader;
  OK(ondes_reader_open_memory(file, size, NULL, &estimate, &reader, &err));
  watch w = {0, ONDES_CONTINUE, {0}};
  const ondes_scan_options options = watched(&w);
  uint64_t n = 0;
  OK(ondes_reader_measure(reader, &options, &n, &err));
  CHECK(n == FRAMES && w.last.files == 1 && w.last.frames == FRAMES && w.last.frames_total == FRAMES);
  stands_at(reader, 0);
  ondes_reader_free(reader);
}

int main(void) {
  ondes_bytes *file = flac();
  checks(ondes_bytes_data(file), ondes_bytes_size(file));
  measures(ondes_bytes_data(file), ondes_bytes_size(file));
  ondes_bytes_free(file);
  return test_end();
}
