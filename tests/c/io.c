/* Callbacks: short reads, forward-only, base position; every failure and every
 * wrong number is a status; close runs exactly once. */
#include "stream.h"

enum { FRAMES = 200000 };
static uint8_t *wav;
static uint64_t size;
static ondes_error *err;
static int16_t buffer[1000];

/* Reads it all and checks each sample; returns the status of the first call that fails. */
static int32_t read_all(ondes_reader *reader) {
  uint64_t n, at = 0;
  do {
    int32_t status = ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, buffer, 1000, &n, &err);
    if (status) return status;
    for (uint64_t i = 0; i < n; i++)
      if (buffer[i] != test_sample(at + i, 0)) {
        CHECK(!"samples are right");
        return 0;
      }
    at += n;
  } while (n > 0);
  CHECK(at == FRAMES);
  return 0;
}

static void works(stream s, ondes_io io) {
  ondes_reader *reader;
  io.user_data = &s;
  OK(ondes_reader_open_io(&io, "stream", NULL, &reader, &err));
  CHECK(strcmp(ondes_reader_name(reader), "stream") == 0);
  OK(read_all(reader));
  uint64_t n;
  if (!io.seek) {
    FAILS(ONDES_STATUS_NOT_SEEKABLE, "cannot seek", ondes_reader_seek(reader, 0, &err));
    CHECK(ondes_reader_tell(reader) == FRAMES);
  } else {
    OK(ondes_reader_seek(reader, 12345, &err));
    OK(ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, buffer, 10, &n, &err));
    CHECK(n == 10 && buffer[0] == test_sample(12345, 0));
  }
  CHECK(s.closes == 0);
  ondes_reader_free(reader);
  CHECK(s.closes == 1);
}

/* Opens and reads with a stream that goes wrong after some calls. */
static void breaks(char bad, int64_t right_calls, int64_t wrong_by, const char *text) {
  stream s = {.data = wav, .size = (int64_t)size, .bad = bad, .right_calls = right_calls, .wrong_by = wrong_by};
  ondes_io io = stream_io(&s);
  ondes_reader *reader = NULL;
  int32_t status = ondes_reader_open_io(&io, "stream", NULL, &reader, &err);
  if (status == 0) status = ondes_reader_seek(reader, 150000, &err);
  uint64_t n;
  if (status == 0) status = ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, buffer, 1000, &n, &err);
  if (status == 0) {
    OK(ondes_reader_seek(reader, 0, &err));
    status = read_all(reader);
  }
  FAILS(ONDES_STATUS_CALLBACK, text, status);
  ondes_reader_free(reader);
  CHECK(s.closes == 1);
}

int main(void) {
  wav = test_wav(FRAMES, 1, 44100, &size);
  stream s = {.data = wav, .size = (int64_t)size};
  ondes_io io = stream_io(&s);

  works(s, io);
  s.piece = 7;
  works(s, io);
  s.piece = 0;
  io.size = NULL;
  works(s, io);
  io.seek = NULL;
  works(s, io);
  io.tell = NULL;
  works(s, io);

  /* The file begins where the stream stands. */
  uint8_t *shifted = (uint8_t *)malloc((size_t)size + 100);
  memset(shifted, 'x', 100);
  memcpy(shifted + 100, wav, (size_t)size);
  stream later = {.data = shifted, .size = (int64_t)size + 100, .position = 100};
  works(later, stream_io(&later));

  breaks('r', 0, -1000000, "the read callback failed: it returned -");
  breaks('r', 2, -1000000, "the read callback failed: it returned -");
  breaks('r', 0, 1 << 20, "bytes where");
  breaks('r', 0, INT64_MAX - (1 << 20), "the read callback returned 92233720368");
  breaks('s', 0, 1, "the seek callback went to");
  breaks('s', 0, -(1 << 30), "the seek callback failed: it returned -");
  breaks('t', 0, -1, "the tell callback failed: it returned -1");
  breaks('l', 0, INT64_MIN, "the size callback failed: it returned -");

  /* A stream that stands beyond its size. */
  ondes_reader *reader;
  stream beyond = {.data = wav, .size = 10, .position = 20};
  io = stream_io(&beyond);
  FAILS(ONDES_STATUS_CALLBACK, "the size callback returned 10, but the stream stands at 20",
        ondes_reader_open_io(&io, NULL, NULL, &reader, &err));
  CHECK(beyond.closes == 1);

  /* A size that lies ends in a damaged file, not in a hang. */
  stream liar = {.data = wav, .size = (int64_t)size, .bad = 'l', .wrong_by = INT64_MAX / 2};
  io = stream_io(&liar);
  OK(ondes_reader_open_io(&io, "liar", NULL, &reader, &err));
  OK(read_all(reader));
  ondes_reader_free(reader);

  /* Close runs once whatever else is wrong with the call; not for an io that is no io. */
  stream text = {.data = (const uint8_t *)"no audio at all, only text", .size = 26};
  io = stream_io(&text);
  FAILS(ONDES_STATUS_UNRECOGNIZED, "letter: ", ondes_reader_open_io(&io, "letter", NULL, &reader, &err));
  CHECK(text.closes == 1);
  FAILS(ONDES_STATUS_NULL_ARGUMENT, "out_reader", ondes_reader_open_io(&io, NULL, NULL, NULL, &err));
  CHECK(text.closes == 2);
  ondes_read_options bad_options = ONDES_READ_OPTIONS_INIT;
  bad_options.flags = 1u << 31;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "options.flags", ondes_reader_open_io(&io, NULL, &bad_options, &reader, &err));
  CHECK(text.closes == 3);
  io.read = NULL;
  FAILS(ONDES_STATUS_NULL_ARGUMENT, "io.read is NULL", ondes_reader_open_io(&io, NULL, NULL, &reader, &err));
  CHECK(text.closes == 4);
  io.struct_size = 0;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "ONDES_IO_INIT", ondes_reader_open_io(&io, NULL, NULL, &reader, &err));
  CHECK(text.closes == 4);

  /* A caller without a close callback has nothing to close. */
  stream plain = {.data = wav, .size = (int64_t)size};
  io = stream_io(&plain);
  io.close = NULL;
  OK(ondes_reader_open_io(&io, NULL, NULL, &reader, &err));
  CHECK(strcmp(ondes_reader_name(reader), "") == 0);
  ondes_reader_free(reader);
  CHECK(plain.closes == 0);

  free(shifted);
  free(wav);
  return test_end();
}
