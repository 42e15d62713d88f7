/* A process that used the library, threads included, may fork: the child uses
 * it with handles of its own, and is told of those that its parent's threads hold. */
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static ondes_error *err;

static void decode_some(void) {
  ondes_batch *batch;
  ondes_batch_item *items[8];
  ondes_batch_options options = ONDES_BATCH_OPTIONS_INIT;
  options.workers = 4;
  OK(ondes_batch_new(&options, &batch, &err));
  for (int i = 0; i < 8; i++) OK(ondes_batch_add_path(batch, "fork.wav", &err));
  OK(ondes_batch_collect(batch, items, 8, &err));
  for (int i = 0; i < 8; i++) {
    CHECK(ondes_batch_item_frames(items[i]) == 400000);
    ondes_batch_item_free(items[i]);
  }
  ondes_batch_free(batch);

  ondes_reader *reader;
  ondes_audio *audio;
  ondes_read_options read = ONDES_READ_OPTIONS_INIT;
  read.threads = ONDES_ALL_CORES;
  OK(ondes_reader_open_path("fork.wav", &read, &reader, &err));
  OK(ondes_reader_load(reader, ONDES_SAMPLE_F32, 0, NULL, &audio, &err));
  CHECK(ondes_audio_frames(audio) == 400000);
  ondes_audio_free(audio);
  ondes_reader_free(reader);
}

/* What a child may do with a stream of its parent's, which flows on there. */
static void refused_stream(ondes_stream *stream) {
  float samples[2] = {0};
  uint64_t got = 1;
  FAILS(ONDES_STATUS_CLOSED, "forked", ondes_stream_start(stream, &err));
  FAILS(ONDES_STATUS_CLOSED, "forked",
        ondes_stream_read(stream, ONDES_SAMPLE_F32, 0, samples, 1, ONDES_FOREVER, NULL, &got, &err));
  FAILS(ONDES_STATUS_CLOSED, "forked",
        ondes_stream_write(stream, ONDES_SAMPLE_F32, 0, samples, 1, 2, ONDES_FOREVER, NULL, &got, &err));
  FAILS(ONDES_STATUS_CLOSED, "forked", ondes_stream_drain(stream, ONDES_FOREVER, NULL, &err));
  FAILS(ONDES_STATUS_CLOSED, "forked", ondes_stream_set_process(stream, NULL, NULL, &err));
  CHECK(got == 0 && !ondes_stream_is_running(stream) && ondes_stream_rate(stream) == 48000);
  OK(ondes_stream_stop(stream, &err));
  OK(ondes_stream_close(stream, &err));
  ondes_stream_free(stream);
}

static ondes_stream *loopback(void) {
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  ondes_stream *stream = NULL;
  options.input = options.output = "loopback";
  OK(ondes_stream_open(&options, &stream, &err));
  return stream;
}

/* What is written to a stream that runs comes back. */
static void stream_some(ondes_stream *stream) {
  static float recorded[2 * 48000];
  static const float played[2] = {0.25f, 0.5f};
  uint64_t got = 0, at = 0;
  ondes_stream_set_ignore_dropped_input(stream, 1); /* while the child was at work */
  do {
    OK(ondes_stream_read(stream, ONDES_SAMPLE_F32, 0, recorded, 48000, 0, NULL, &got, &err));
  } while (got == 48000);
  OK(ondes_stream_write(stream, ONDES_SAMPLE_F32, 0, played, 1, 2, ONDES_FOREVER, NULL, &got, &err));
  do { /* on a busy machine there may be any amount of silence before it */
    OK(ondes_stream_read(stream, ONDES_SAMPLE_F32, 0, recorded, 4800, ONDES_FOREVER, NULL, &got, &err));
    for (at = 0; at < got && recorded[2 * at] != 0.25f;) at++;
  } while (at == 4800);
  CHECK(at < got && recorded[2 * at + 1] == 0.5f);
}

int main(void) {
  test_wav_file("fork.wav", 400000, 1, 44100);
  decode_some();

  ondes_batch *begun;
  ondes_batch_item *item;
  OK(ondes_batch_new(NULL, &begun, &err));
  for (int i = 0; i < 8; i++) OK(ondes_batch_add_path(begun, "fork.wav", &err));
  OK(ondes_batch_next(begun, &item, &err));

  /* Encoders' threads are the parent's: its child may only let the writers go, which takes no file away. */
  enum { SAMPLES = 600000 }; /* enough for a thread of the MP3 encoder */
  static int16_t samples[SAMPLES];
  const char *paths[2] = {"fork.flac", "fork.mp3"};
  ondes_writer *writers[2];
  ondes_write_options write = ONDES_WRITE_OPTIONS_INIT;
  write.flags = ONDES_WRITE_ATOMIC;
  write.rate = 44100;
  write.channels = 1;
  write.threads = 3;
  for (int i = 0; i < 2; i++) {
    OK(ondes_writer_open_path(paths[i], &write, &writers[i], &err));
    OK(ondes_writer_write(writers[i], ONDES_SAMPLE_I16, 0, samples, SAMPLES, &err));
  }

  ondes_stream *running = loopback(), *silent = loopback();
  OK(ondes_stream_start(running, &err));
  stream_some(running);

  pid_t child = fork();
  if (child == 0) {
    alarm(240); /* only where it hangs */
    decode_some();
    ondes_batch_item *none;
    FAILS(ONDES_STATUS_CLOSED, "make a new batch", ondes_batch_next(begun, &none, &err));
    ondes_batch_free(begun);
    for (int i = 0; i < 2; i++) {
      FAILS(ONDES_STATUS_CLOSED, "forked", ondes_writer_write(writers[i], ONDES_SAMPLE_I16, 0, samples, 1, &err));
      ondes_writer_free(writers[i]);
    }
    refused_stream(running);
    refused_stream(silent);
    ondes_stream *own = loopback();
    OK(ondes_stream_start(own, &err));
    stream_some(own);
    ondes_stream_free(own);
    _exit(test_end());
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);

  stream_some(running);
  OK(ondes_stream_start(silent, &err));
  stream_some(silent);
  ondes_stream_free(running);
  ondes_stream_free(silent);
  for (int i = 0; i < 2; i++) {
    OK(ondes_writer_write(writers[i], ONDES_SAMPLE_I16, 0, samples, 1000, &err));
    OK(ondes_writer_finish(writers[i], &err));
    CHECK(ondes_writer_frames(writers[i]) == SAMPLES + 1000);
    ondes_writer_free(writers[i]);
  }
  decode_some();
  ondes_batch_item_free(item);
  OK(ondes_batch_next(begun, &item, &err));
  CHECK(ondes_batch_item_frames(item) == 400000);
  ondes_batch_item_free(item);
  ondes_batch_free(begun);
  return test_end();
}
