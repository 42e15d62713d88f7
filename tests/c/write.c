/* Writing: what was asked for is what is written, to memory, a path or
 * callbacks; nothing is touched before all is right; every failure is a status. */
#include "test.h"

/* More bytes than a writer keeps to itself. */
enum { FRAMES = 100000 };
static ondes_error *err;
static int16_t samples[FRAMES * 2];

/* A growing block of memory behind callbacks, which can fail. */
typedef struct {
  uint8_t *data;
  int64_t size, at, begin, fail_after;
  int closes, flushes;
} target;

static int64_t target_write(void *user_data, const uint8_t *src, uint64_t len) {
  target *t = user_data;
  if (t->fail_after > 0 && t->at + (int64_t)len > t->fail_after) return t->fail_after > t->at ? t->fail_after - t->at : -1;
  if (t->at + (int64_t)len > t->size) {
    t->size = t->at + (int64_t)len;
    t->data = realloc(t->data, (size_t)t->size);
    if (t->data == NULL) abort();
  }
  memcpy(t->data + t->at, src, (size_t)len);
  t->at += (int64_t)len;
  return (int64_t)len;
}

static int64_t target_seek(void *user_data, int64_t position) {
  target *t = user_data;
  if (position < t->begin || position > t->size) return -1;
  return t->at = position;
}

static int64_t target_tell(void *user_data) { return ((target *)user_data)->at; }
static int64_t target_flush(void *user_data) { return ((target *)user_data)->flushes++, 0; }
static void target_close(void *user_data) { ((target *)user_data)->closes++; }

static ondes_io target_io(target *t) {
  ondes_io io = ONDES_IO_INIT;
  io.user_data = t;
  io.write = target_write;
  io.seek = target_seek;
  io.tell = target_tell;
  io.flush = target_flush;
  io.close = target_close;
  return io;
}

static ondes_write_options wav(void) {
  ondes_write_options options = ONDES_WRITE_OPTIONS_INIT;
  options.format = "wav";
  options.rate = 44100;
  options.channels = 2;
  return options;
}

/* The file holds the samples, bit for bit. */
static void check_file(const uint8_t *data, uint64_t size) {
  ondes_reader *reader;
  ondes_audio *audio;
  OK(ondes_reader_open_memory(data, size, NULL, NULL, &reader, &err));
  OK(ondes_reader_load(reader, ONDES_SAMPLE_I16, ONDES_LAYOUT_INTERLEAVED, NULL, &audio, &err));
  CHECK(ondes_audio_frames(audio) == FRAMES && ondes_audio_channels(audio) == 2 && ondes_audio_rate(audio) == 44100);
  CHECK(memcmp(ondes_audio_samples(audio), samples, sizeof samples) == 0);
  ondes_audio_free(audio);
  ondes_reader_free(reader);
}

/* In pieces of all sizes. */
static void write_all(ondes_writer *writer) {
  uint64_t at = 0, piece = 0;
  while (at < FRAMES) {
    uint64_t n = piece < FRAMES - at ? piece : FRAMES - at;
    OK(ondes_writer_write(writer, ONDES_SAMPLE_I16, 0, samples + at * 2, n, &err));
    at += n;
    piece = piece * 3 + 1;
  }
  CHECK(ondes_writer_frames(writer) == FRAMES);
}

static void memory(void) {
  ondes_write_options options = wav();
  ondes_writer *writer;
  ondes_bytes *bytes, *encoded;
  OK(ondes_writer_open_memory(&options, &writer, &err));
  CHECK(ondes_writer_rate(writer) == 44100 && ondes_writer_channels(writer) == 2);
  CHECK(ondes_writer_sample_format(writer) == ONDES_SAMPLE_I16 && strcmp(ondes_writer_quality(writer), "") == 0);
  CHECK(strcmp(ondes_write_format_name(ondes_writer_format(writer)), "wav") == 0);
  write_all(writer);
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "not finished", ondes_writer_take_bytes(writer, &bytes, &err));
  OK(ondes_writer_finish(writer, &err));
  FAILS(ONDES_STATUS_CLOSED, "finished", ondes_writer_finish(writer, &err));
  FAILS(ONDES_STATUS_CLOSED, "finished", ondes_writer_write(writer, ONDES_SAMPLE_I16, 0, samples, 1, &err));
  OK(ondes_writer_take_bytes(writer, &bytes, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "taken before", ondes_writer_take_bytes(writer, &encoded, &err));
  ondes_writer_free(writer);
  check_file(ondes_bytes_data(bytes), ondes_bytes_size(bytes));
  OK(ondes_encode(ONDES_SAMPLE_I16, 0, samples, FRAMES, &options, &encoded, &err));
  CHECK(ondes_bytes_size(encoded) == ondes_bytes_size(bytes));
  CHECK(memcmp(ondes_bytes_data(encoded), ondes_bytes_data(bytes), ondes_bytes_size(bytes)) == 0);
  ondes_bytes_free(encoded);
  ondes_bytes_free(bytes);
}

static void callbacks(void) {
  ondes_write_options options = wav();
  ondes_writer *writer;
  /* What stands before the stream's position stays. */
  target t = {.data = malloc(10), .size = 10, .at = 10, .begin = 10};
  memset(t.data, 'x', 10);
  ondes_io io = target_io(&t);
  OK(ondes_writer_open_io(&io, "stream", &options, &writer, &err));
  write_all(writer);
  OK(ondes_writer_flush(writer, &err));
  CHECK(t.flushes == 1);
  check_file(t.data + 10, (uint64_t)t.size - 10);
  OK(ondes_writer_finish(writer, &err));
  CHECK(t.closes == 1);
  ondes_writer_free(writer);
  CHECK(t.closes == 1 && memcmp(t.data, "xxxxxxxxxxRIFF", 14) == 0);
  check_file(t.data + 10, (uint64_t)t.size - 10);

  /* Forward only: the header cannot be mended, but readers take the file to its end. */
  t.size = t.at = t.begin = 0;
  io = target_io(&t);
  io.seek = NULL;
  OK(ondes_writer_open_io(&io, "stream.wav", &options, &writer, &err));
  write_all(writer);
  OK(ondes_writer_flush(writer, &err));
  check_file(t.data, (uint64_t)t.size);
  OK(ondes_writer_finish(writer, &err));
  ondes_writer_free(writer);
  check_file(t.data, (uint64_t)t.size);

  /* A stream that takes 100,000 bytes and then fewer than given: from then on only free is left. */
  t.size = t.at = 0;
  t.fail_after = 100000;
  t.closes = 0;
  io = target_io(&t);
  OK(ondes_writer_open_io(&io, "stream", &options, &writer, &err));
  FAILS(ONDES_STATUS_CALLBACK, "the write callback took", ondes_writer_write(writer, ONDES_SAMPLE_I16, 0, samples, FRAMES, &err));
  FAILS(ONDES_STATUS_CALLBACK, "nothing more", ondes_writer_write(writer, ONDES_SAMPLE_I16, 0, samples, 1, &err));
  FAILS(ONDES_STATUS_CALLBACK, "nothing more", ondes_writer_finish(writer, &err));
  ondes_writer_free(writer);
  CHECK(t.closes == 1);

  /* Refused before anything is written, and closed all the same. */
  t.closes = 0;
  t.size = t.at = 0;
  options.rate = 0;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "rate is 0", ondes_writer_open_io(&io, "stream", &options, &writer, &err));
  CHECK(t.closes == 1 && t.size == 0 && writer == NULL);
  io.write = NULL;
  FAILS(ONDES_STATUS_NULL_ARGUMENT, "io.write", ondes_writer_open_io(&io, "stream", &options, &writer, &err));
  free(t.data);
}

/* Several threads: nothing of them is left behind, however it ends. */
static void threads(void) {
  ondes_write_options options = wav();
  ondes_writer *writer;
  ondes_bytes *bytes;
  options.format = "flac";
  options.threads = 4;
  OK(ondes_encode(ONDES_SAMPLE_I16, 0, samples, FRAMES, &options, &bytes, &err));
  check_file(ondes_bytes_data(bytes), ondes_bytes_size(bytes));
  ondes_bytes_free(bytes);

  OK(ondes_writer_open_memory(&options, &writer, &err));
  write_all(writer);
  FAILS(ONDES_STATUS_UNSUPPORTED, "cannot be flushed", ondes_writer_flush(writer, &err));
  ondes_writer_free(writer);

  target t = {.fail_after = 10000};
  ondes_io io = target_io(&t);
  OK(ondes_writer_open_io(&io, "stream", &options, &writer, &err));
  int32_t status = ONDES_STATUS_OK;
  for (int i = 0; i < 20 && status == ONDES_STATUS_OK; i++) {
    status = ondes_writer_write(writer, ONDES_SAMPLE_I16, 0, samples, FRAMES, &err);
  }
  CHECK(status == ONDES_STATUS_CALLBACK);
  ondes_error_free(err);
  FAILS(ONDES_STATUS_CALLBACK, "nothing more", ondes_writer_finish(writer, &err));
  ondes_writer_free(writer);
  CHECK(t.closes == 1);
  free(t.data);
}

static void wishes(void) {
  ondes_writer *writer;
  ondes_write_options options = wav();
#define REFUSED(text, member, value)                                                                             \
  do {                                                                                                           \
    options = wav();                                                                                             \
    options.member = value;                                                                                      \
    FAILS(ONDES_STATUS_INVALID_ARGUMENT, text, ondes_writer_open_path("refused.wav", &options, &writer, &err));  \
    FILE *file = fopen("refused.wav", "rb");                                                                     \
    CHECK(file == NULL && writer == NULL);                                                                       \
    if (file) fclose(file);                                                                                      \
  } while (0)
  REFUSED("cannot be written", format, "mp5");
  REFUSED("takes no quality", quality, "192");
  REFUSED("at least one", channels, 0);
  REFUSED("at most 1024", channels, 5000);
  REFUSED("int64", sample_format, ONDES_SAMPLE_I64);
  REFUSED("ONDES_SAMPLE_", sample_format, 77);
  REFUSED("names 3 speakers", channel_mask, 7);
  REFUSED("unknown bits", flags, 1u << 31);
  REFUSED("struct_size", struct_size, 3);
#undef REFUSED
  options = wav();
  options.rate = 2;
  options.channels = 44100;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "reversing", ondes_writer_open_memory(&options, &writer, &err));
  options = wav();
  options.format = NULL;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "no extension", ondes_writer_open_path("noname", &options, &writer, &err));
  FAILS(ONDES_STATUS_NOT_FOUND, "none/a.wav", ondes_writer_open_path("none/a.wav", &options, &writer, &err));
  options.format = ".WAV";
  FAILS(ONDES_STATUS_IS_DIRECTORY, "directory", ondes_writer_open_path(".", &options, &writer, &err));
}

static void formats(void) {
  uint64_t mp3 = ondes_write_format_find(".MP3"), count = ondes_write_format_count();
  CHECK(mp3 < count && strcmp(ondes_write_format_name(mp3), "mp3") == 0);
  CHECK(strcmp(ondes_write_format_quality(mp3, 0), "V0 (best)") == 0 && ondes_write_format_quality(mp3, 24) == NULL);
  CHECK(ondes_write_format_has_rate(mp3, 44100) && !ondes_write_format_has_rate(mp3, 44099));
  CHECK(ondes_write_format_max_channels(mp3) == 2 && ondes_write_format_sample(mp3, 0) == 0);
  uint64_t wave = ondes_write_format_find("wav");
  CHECK(ondes_write_format_sample(wave, 0) == ONDES_SAMPLE_I16 && ondes_write_format_quality(wave, 0) == NULL);
  CHECK(ondes_write_format_find("foo.wav") == ONDES_UNKNOWN && ondes_write_format_find(NULL) == ONDES_UNKNOWN);
  CHECK(ondes_write_format_name(count) == NULL && ondes_write_format_title(count) == NULL);
  CHECK(ondes_write_format_extensions(count) == NULL && ondes_write_format_max_channels(count) == 0);
}

int main(void) {
  for (uint64_t i = 0; i < FRAMES * 2; i++) samples[i] = test_sample(i / 2, (uint32_t)(i % 2));
  memory();
  callbacks();
  threads();
  wishes();
  formats();
  return test_end();
}
