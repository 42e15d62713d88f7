/* Beside a real sound server (tests/devices/with_pulse.sh): what is played is
 * recorded float for float, and a device that goes away ends in a status. */
#include "test.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FRAMES = 48000 };

static ondes_error *err;
static float played[2 * FRAMES], recorded[6 * FRAMES];
static ondes_stream *stream;

static void *write_all(void *unused) {
  uint64_t done = 0;
  int32_t status = ondes_stream_write(stream, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, played, FRAMES, 2, ONDES_FOREVER,
                                      NULL, &done, NULL);
  CHECK(status == ONDES_STATUS_OK && done == FRAMES);
  return unused;
}

static void exact(void) {
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  pthread_t writer;
  uint64_t frames = 0, got = 0;
  options.input = options.output = "default";
  options.buffer_size = 16384; /* for busy machines: nothing here has real-time priority */
  OK(ondes_stream_open(&options, &stream, &err));
  CHECK(strcmp(ondes_stream_device_name(stream, ONDES_DIRECTION_OUTPUT), "Wide") == 0);
  OK(ondes_stream_start(stream, &err));
  pthread_create(&writer, NULL, write_all, NULL);
  while (frames + 480 <= 3 * FRAMES) {
    OK(ondes_stream_read(stream, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, recorded + 2 * frames, 480, 10, NULL, &got, &err));
    if (got == 0) break;
    frames += got;
  }
  pthread_join(writer, NULL);
  uint64_t start = 0;
  while (start < frames && recorded[2 * start] == 0) start++;
  CHECK(start + FRAMES <= frames);
  CHECK(start + FRAMES <= frames && memcmp(recorded + 2 * start, played, sizeof played) == 0);
  CHECK(ondes_stream_dropped_input(stream) == 0);
  printf("first sound after %llu frames, %d frames without a gap, latency %.1f ms + %.1f ms\n", (unsigned long long)start,
         FRAMES, 1e3 * ondes_stream_latency(stream, ONDES_DIRECTION_OUTPUT),
         1e3 * ondes_stream_latency(stream, ONDES_DIRECTION_INPUT));
  ondes_stream_free(stream);
}

static void listed(void) {
  ondes_devices *devices = NULL;
  OK(ondes_devices_list(ONDES_DIRECTION_OUTPUT, &devices, &err));
  CHECK(ondes_devices_count(devices) == 2);
  CHECK(strcmp(ondes_devices_id(devices, 0), "pulse:wide") == 0 && strcmp(ondes_devices_name(devices, 1), "Narrow") == 0);
  CHECK(ondes_devices_rate(devices, 1) == 44100 && ondes_devices_channels(devices, 1) == 1);
  ondes_devices_free(devices);
}

/* A child that ends takes nothing of its parent's stream away: it shares the connection. */
static void forked(void) {
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  uint64_t got = 0;
  options.input = options.output = "default";
  options.output_queue = FRAMES;
  OK(ondes_stream_open(&options, &stream, &err));
  OK(ondes_stream_start(stream, &err));
  pid_t child = fork();
  if (child == 0) {
    FAILS(ONDES_STATUS_CLOSED, "forked", ondes_stream_start(stream, &err));
    ondes_stream_free(stream);
    _exit(test_end());
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  /* More than the queue held before, so that the device must have taken some since. */
  for (int i = 0; i < 3; i++) {
    OK(ondes_stream_write(stream, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, played, FRAMES, 2, ONDES_FOREVER, NULL, &got,
                          &err));
    CHECK(got == FRAMES);
  }
  OK(ondes_stream_drain(stream, ONDES_FOREVER, NULL, &err));
  ondes_stream_free(stream);
}

static void *unload(void *unused) {
  struct timespec time = {0, 200000000};
  nanosleep(&time, NULL);
  CHECK(system("pactl unload-module module-null-sink") == 0);
  return unused;
}

static void lost(void) {
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  pthread_t thread;
  uint64_t got = 0;
  options.output = "pulse:narrow";
  OK(ondes_stream_open(&options, &stream, &err));
  OK(ondes_stream_start(stream, &err));
  pthread_create(&thread, NULL, unload, NULL);
  int32_t status = ONDES_STATUS_OK;
  for (int i = 0; i < 1000 && status == ONDES_STATUS_OK; i++) {
    ondes_error_free(err);
    status = ondes_stream_write(stream, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, played, FRAMES, 1, ONDES_FOREVER, NULL,
                                &got, &err);
  }
  CHECK(status == ONDES_STATUS_DEVICE_LOST);
  ondes_error_free(err);
  err = NULL;
  pthread_join(thread, NULL);
  ondes_stream_free(stream);
}

int main(void) {
  for (int i = 0; i < 2 * FRAMES; i++) played[i] = 0.25f + 0.5f * (float)(i * 7919LL % 65536) / 65536.0f;
  listed();
  exact();
  forked();
  lost();
  return test_end();
}
