/* One caller at a time: a second thread and a callback that calls back are
 * told so, and neither waits nor breaks anything. */
#include <pthread.h>
#include <semaphore.h>

#include "stream.h"

static ondes_error *err;
static ondes_reader *reader;
static int32_t inner_status;
static uint64_t inner_tell;
static ondes_reader *other;

static void call_back(void *context) {
  int16_t frame;
  uint64_t n;
  (void)context;
  inner_status = ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, &frame, 1, &n, NULL);
  inner_tell = ondes_reader_tell(reader);
  /* Freeing what is in use does nothing. */
  ondes_reader_free(reader);
  /* Another handle is free to be used. */
  CHECK(ondes_reader_seek(other, 5, NULL) == ONDES_STATUS_OK);
}

static sem_t inside, go_on;

static void wait_inside(void *context) {
  (void)context;
  sem_post(&inside);
  sem_wait(&go_on);
}

static void *read_in_thread(void *context) {
  int16_t frames[10];
  uint64_t n = 0;
  *(int32_t *)context = ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, frames, 10, &n, NULL);
  return NULL;
}

int main(void) {
  uint64_t size, n;
  int16_t frames[10];
  uint8_t *wav = test_wav(100000, 1, 44100, &size);
  stream s = {.data = wav, .size = (int64_t)size, .piece = 4096};
  ondes_io io = stream_io(&s);
  OK(ondes_reader_open_path(test_wav_file("busy.wav", 100, 1, 8000), NULL, &other, &err));
  OK(ondes_reader_open_io(&io, NULL, NULL, &reader, &err));

  /* Re-entry. */
  s.inside = call_back;
  OK(ondes_reader_seek(reader, 50000, &err));
  OK(ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, frames, 10, &n, &err));
  CHECK(n == 10 && frames[0] == test_sample(50000, 0));
  CHECK(inner_status == ONDES_STATUS_BUSY && inner_tell == ONDES_UNKNOWN && s.closes == 0);

  /* A second thread, while the first is inside its read callback. */
  s.inside = wait_inside;
  sem_init(&inside, 0, 0);
  sem_init(&go_on, 0, 0);
  OK(ondes_reader_seek(reader, 0, &err));
  pthread_t thread;
  int32_t status = -1;
  pthread_create(&thread, NULL, read_in_thread, &status);
  sem_wait(&inside);
  s.inside = NULL;
  FAILS(ONDES_STATUS_BUSY, "ondes_reader_read: reader is in use",
        ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, frames, 10, &n, &err));
  CHECK(n == 0);
  sem_post(&go_on);
  pthread_join(thread, NULL);
  CHECK(status == ONDES_STATUS_OK);

  /* Afterwards all is as before, from this thread too. */
  OK(ondes_reader_seek(reader, 777, &err));
  OK(ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, frames, 10, &n, &err));
  CHECK(n == 10 && frames[9] == test_sample(786, 0));
  ondes_reader_free(reader);
  ondes_reader_free(other);
  CHECK(s.closes == 1);
  free(wav);
  return test_end();
}
