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

int main(void) {
  test_wav_file("fork.wav", 400000, 1, 44100);
  decode_some();

  ondes_batch *begun;
  ondes_batch_item *item;
  OK(ondes_batch_new(NULL, &begun, &err));
  for (int i = 0; i < 8; i++) OK(ondes_batch_add_path(begun, "fork.wav", &err));
  OK(ondes_batch_next(begun, &item, &err));

  /* libFLAC's threads are the parent's: its child may only let the writer go. */
  static int16_t samples[100000];
  ondes_writer *writer;
  ondes_write_options write = ONDES_WRITE_OPTIONS_INIT;
  write.format = "flac";
  write.rate = 44100;
  write.channels = 1;
  write.threads = 3;
  OK(ondes_writer_open_memory(&write, &writer, &err));
  OK(ondes_writer_write(writer, ONDES_SAMPLE_I16, 0, samples, 100000, &err));

  pid_t child = fork();
  if (child == 0) {
    alarm(60);
    decode_some();
    ondes_batch_item *none;
    FAILS(ONDES_STATUS_CLOSED, "make a new batch", ondes_batch_next(begun, &none, &err));
    ondes_batch_free(begun);
    FAILS(ONDES_STATUS_CLOSED, "forked", ondes_writer_write(writer, ONDES_SAMPLE_I16, 0, samples, 1, &err));
    ondes_writer_free(writer);
    _exit(test_end());
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);

  OK(ondes_writer_write(writer, ONDES_SAMPLE_I16, 0, samples, 100000, &err));
  OK(ondes_writer_finish(writer, &err));
  CHECK(ondes_writer_frames(writer) == 200000);
  ondes_writer_free(writer);
  decode_some();
  ondes_batch_item_free(item);
  OK(ondes_batch_next(begun, &item, &err));
  CHECK(ondes_batch_item_frames(item) == 400000);
  ondes_batch_item_free(item);
  ondes_batch_free(begun);
  return test_end();
}
