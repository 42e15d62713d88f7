/* Streaming copies: rate, channels and format converted, everything else kept;
 * progress, cancelling, and no file emptied that is being read. */
#include "test.h"

enum { FRAMES = 441000 };
static ondes_error *err;

static int32_t count(void *user_data, const ondes_progress *progress) {
  uint64_t *calls = user_data;
  CHECK(progress->frames_total == FRAMES && progress->frames <= FRAMES);
  return ++*calls > 1 ? ONDES_CANCEL : ONDES_CONTINUE;
}

/* Copies `from` to `to`, and says what came of it. */
static ondes_info copy(ondes_reader *reader, const char *to, ondes_write_options options) {
  ondes_writer *writer;
  ondes_reader *copied;
  ondes_info info = ONDES_INFO_INIT;
  uint64_t frames;
  options.like = reader;
  OK(ondes_reader_seek(reader, 0, &err));
  OK(ondes_writer_open_path(to, &options, &writer, &err));
  OK(ondes_transcode(reader, writer, NULL, &frames, &err));
  ondes_writer_free(writer);
  OK(ondes_reader_open_path(to, NULL, &copied, &err));
  OK(ondes_reader_info(copied, &info, &err));
  CHECK(info.frames == frames);
  ondes_reader_free(copied);
  return info;
}

int main(void) {
  uint64_t size, calls = 0, frames;
  uint8_t *wav = test_wav(FRAMES, 2, 44100, &size);
  test_file("in.wav", wav, size);
  ondes_reader *reader;
  ondes_writer *writer;
  OK(ondes_reader_open_path("in.wav", NULL, &reader, &err));

  ondes_write_options options = ONDES_WRITE_OPTIONS_INIT;
  ondes_info info = copy(reader, "same.wav", options);
  CHECK(info.rate == 44100 && info.channels == 2 && info.sample_format == ONDES_SAMPLE_I16 && info.frames == FRAMES);
  options.rate = 48000;
  options.channels = 1;
  options.sample_format = ONDES_SAMPLE_F32;
  info = copy(reader, "other.wav", options);
  CHECK(info.rate == 48000 && info.channels == 1 && info.sample_format == ONDES_SAMPLE_F32 && info.frames == 480000);

  /* Mono to six channels is one for all; two to six is nobody's guess. */
  ondes_write_options six = ONDES_WRITE_OPTIONS_INIT;
  six.channels = 6;
  six.like = reader;
  OK(ondes_reader_seek(reader, 0, &err));
  OK(ondes_writer_open_path("six.wav", &six, &writer, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "the one to write 6", ondes_transcode(reader, writer, NULL, &frames, &err));
  ondes_writer_free(writer);

  /* The file that is read is not emptied, under any of its names. */
  options.like = reader;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "is the file that is read", ondes_writer_open_path("./in.wav", &options, &writer, &err));
  /* Beside it, it is replaced when all is done. */
  options.flags = ONDES_WRITE_ATOMIC;
  info = copy(reader, "in.wav", options);
  CHECK(info.frames == 480000 && info.channels == 1);

  /* A cancelled copy leaves nothing. */
  ondes_transcode_options watched = ONDES_TRANSCODE_OPTIONS_INIT;
  watched.progress = count;
  watched.user_data = &calls;
  remove("cancelled.wav");
  OK(ondes_reader_seek(reader, 0, &err));
  OK(ondes_writer_open_path("cancelled.wav", &options, &writer, &err));
  int32_t status = ondes_transcode(reader, writer, &watched, &frames, &err);
  CHECK(status == ONDES_STATUS_CANCELLED || (status == ONDES_STATUS_OK && calls == 2));
  ondes_error_free(err);
  err = NULL;
  ondes_writer_free(writer);
  ondes_cancel *cancel;
  OK(ondes_cancel_new(&cancel, &err));
  ondes_cancel_set(cancel);
  watched = (ondes_transcode_options)ONDES_TRANSCODE_OPTIONS_INIT;
  watched.cancel = cancel;
  remove("cancelled.wav");
  OK(ondes_reader_seek(reader, 0, &err));
  OK(ondes_writer_open_path("cancelled.wav", &options, &writer, &err));
  FAILS(ONDES_STATUS_CANCELLED, "cancelled", ondes_transcode(reader, writer, &watched, &frames, &err));
  ondes_writer_free(writer);
  CHECK(fopen("cancelled.wav", "rb") == NULL);
  ondes_cancel_free(cancel);
  ondes_reader_free(reader);
  free(wav);
  return test_end();
}
