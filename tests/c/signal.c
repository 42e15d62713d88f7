/* A cancel token may be set from a signal handler. */
#include <signal.h>
#include <unistd.h>

#include "test.h"

static ondes_cancel *cancel;

static void on_signal(int number) {
  (void)number;
  ondes_cancel_set(cancel);
}

static int64_t read_and_raise(void *user_data, uint8_t *dst, uint64_t len) {
  int *calls = (int *)user_data;
  if (++*calls == 20) raise(SIGUSR1);
  memset(dst, 0, (size_t)len);
  if (*calls == 1) {
    uint64_t size;
    uint8_t *wav = test_wav(1, 1, 44100, &size);
    memset(wav + 40, 0xff, 4); /* a length that is not known: an endless stream */
    memcpy(dst, wav, 44);
    free(wav);
  }
  return (int64_t)len;
}

int main(void) {
  ondes_error *err = NULL;
  ondes_reader *reader;
  ondes_audio *audio;
  int calls = 0;
  OK(ondes_cancel_new(&cancel, &err));
  signal(SIGUSR1, on_signal);
  ondes_io io = ONDES_IO_INIT;
  io.user_data = &calls;
  io.read = read_and_raise;
  OK(ondes_reader_open_io(&io, "endless", NULL, &reader, &err));
  FAILS(ONDES_STATUS_CANCELLED, "cancelled", ondes_reader_load(reader, ONDES_SAMPLE_I16, 0, cancel, &audio, &err));
  CHECK(audio == NULL && ondes_cancel_is_set(cancel) == 1);
  ondes_reader_free(reader);
  ondes_cancel_free(cancel);
  return test_end();
}
