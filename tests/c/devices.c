/* Streams on the devices without hardware, and a system without any device. */
#include "test.h"

#include <pthread.h>
#include <time.h>

static ondes_error *err;

static void nap(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static ondes_stream *opened(const char *input, const char *output) {
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  ondes_stream *stream = NULL;
  options.input = input;
  options.output = output;
  options.buffer_size = 256;
  OK(ondes_stream_open(&options, &stream, &err));
  return stream;
}

static uint64_t read_f32(ondes_stream *stream, float *dst, uint64_t frames, double timeout) {
  uint64_t got = 1;
  OK(ondes_stream_read(stream, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, dst, frames, timeout, NULL, &got, &err));
  return got;
}

static uint64_t write_f32(ondes_stream *stream, const float *src, uint64_t frames, uint32_t channels, double timeout) {
  uint64_t got = 1;
  OK(ondes_stream_write(stream, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, src, frames, channels, timeout, NULL, &got,
                        &err));
  return got;
}

/* The environment of this test has no sound system: see CMakeLists.txt. */
static void without_a_sound_system(void) {
  ondes_devices *devices = NULL;
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  ondes_stream *stream = NULL;
  for (int32_t direction = ONDES_DIRECTION_INPUT; direction <= ONDES_DIRECTION_OUTPUT; direction++) {
    OK(ondes_devices_list(direction, &devices, &err));
    CHECK(devices != NULL && ondes_devices_count(devices) == 0);
    CHECK(ondes_devices_id(devices, 0) == NULL && ondes_devices_name(devices, 0) == NULL);
    CHECK(ondes_devices_rate(devices, 0) == 0 && ondes_devices_channels(devices, 0) == 0);
    CHECK(ondes_devices_is_default(devices, 0) == 0);
    ondes_devices_free(devices);
  }
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "direction is 3", ondes_devices_list(3, &devices, &err));
  options.output = "default";
  FAILS(ONDES_STATUS_NO_DEVICE, "No such device: default. There is no sound system",
        ondes_stream_open(&options, &stream, &err));
  options.output = "pulse:speakers";
  FAILS(ONDES_STATUS_NO_DEVICE, "No such device", ondes_stream_open(&options, &stream, &err));
  options.output = "alsa:default";
  FAILS(ONDES_STATUS_NO_DEVICE, "libasound.so.2, is not there", ondes_stream_open(&options, &stream, &err));
  float silence[4] = {0};
  FAILS(ONDES_STATUS_NO_DEVICE, "No such device: default",
        ondes_play(ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, silence, 4, 1, 8000, NULL, &err));
  options.output = NULL;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "neither an input nor an output", ondes_stream_open(&options, &stream, &err));
  options.output = "null";
  options.flags = 2;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "options.flags has unknown bits: 0x2", ondes_stream_open(&options, &stream, &err));
  options.flags = ONDES_STREAM_MONITOR;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "an input and an output", ondes_stream_open(&options, &stream, &err));
  CHECK(stream == NULL);
}

/* What is played comes back, sample for sample, in any format. */
static void loopback(void) {
  enum { FRAMES = 4800 };
  static int16_t played[2 * FRAMES], recorded[2 * FRAMES];
  ondes_stream *stream = opened("loopback", "loopback");
  uint64_t got = 0;
  for (uint64_t i = 0; i < 2 * FRAMES; i++) played[i] = test_sample(i, 0);
  CHECK(ondes_stream_rate(stream) == 48000 && ondes_stream_buffer_size(stream) == 256);
  CHECK(ondes_stream_channels(stream, ONDES_DIRECTION_INPUT) == 2 && ondes_stream_channels(stream, ONDES_DIRECTION_OUTPUT) == 2);
  CHECK(strcmp(ondes_stream_device_name(stream, ONDES_DIRECTION_OUTPUT), "loopback") == 0);
  CHECK(fabs(ondes_stream_latency(stream, ONDES_DIRECTION_OUTPUT) - 256.0 / 48000) < 1e-9);
  CHECK(!ondes_stream_is_running(stream));
  OK(ondes_stream_write(stream, ONDES_SAMPLE_I16, ONDES_LAYOUT_PLANAR, played, FRAMES, 2, 0, NULL, &got, &err));
  CHECK(got == FRAMES && ondes_stream_buffered(stream, ONDES_DIRECTION_OUTPUT) == FRAMES);
  double start = now();
  OK(ondes_stream_start(stream, &err));
  CHECK(ondes_stream_is_running(stream));
  OK(ondes_stream_read(stream, ONDES_SAMPLE_I16, ONDES_LAYOUT_PLANAR, recorded, FRAMES, ONDES_FOREVER, NULL, &got, &err));
  CHECK(got == FRAMES && memcmp(played, recorded, sizeof played) == 0);
  CHECK(now() - start > 0.099);
  OK(ondes_stream_drain(stream, 5, NULL, &err));
  CHECK(!ondes_stream_is_running(stream));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "3 channels are no match",
        ondes_stream_write(stream, ONDES_SAMPLE_I16, 0, played, 2, 3, 0, NULL, &got, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "timeout is not a number",
        ondes_stream_write(stream, ONDES_SAMPLE_I16, 0, played, 2, 2, NAN, NULL, &got, &err));
  OK(ondes_stream_close(stream, &err));
  OK(ondes_stream_close(stream, &err));
  FAILS(ONDES_STATUS_CLOSED, "closed", ondes_stream_start(stream, &err));
  CHECK(ondes_stream_rate(stream) == 48000);
  ondes_stream_free(stream);
}

/* The oldest go, they are counted, and told once. */
static void dropped(void) {
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  ondes_stream *stream = NULL;
  float samples[512];
  uint64_t got;
  options.input = "null:channels=1";
  options.input_queue = 512;
  options.buffer_size = 256;
  OK(ondes_stream_open(&options, &stream, &err));
  OK(ondes_stream_start(stream, &err));
  while (ondes_stream_dropped_input(stream) == 0) nap(5);
  FAILS(ONDES_STATUS_INPUT_DROPPED, "frames of audio data were dropped",
        ondes_stream_read(stream, ONDES_SAMPLE_F32, 0, samples, 512, 0, NULL, &got, &err));
  CHECK(got == 0 && ondes_stream_ignores_dropped_input(stream) == 0);
  CHECK(read_f32(stream, samples, 512, 0) == 512);
  ondes_stream_set_ignore_dropped_input(stream, 1);
  CHECK(ondes_stream_ignores_dropped_input(stream) == 1);
  while (ondes_stream_dropped_input(stream) == 0) nap(5);
  CHECK(read_f32(stream, samples, 512, 0) == 512);
  OK(ondes_stream_stop(stream, &err));
  ondes_stream_reset_counts(stream);
  CHECK(ondes_stream_dropped_input(stream) == 0);
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "without an output",
        ondes_stream_write(stream, ONDES_SAMPLE_F32, 0, samples, 2, 1, 0, NULL, &got, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "without an output", ondes_stream_set_process(stream, NULL, NULL, &err));
  ondes_stream_free(stream);
}

/* A device that goes away ends what waits for it. */
static void lost(void) {
  static float samples[96000];
  ondes_stream *stream = opened("null:channels=1,lost=0.1", "null:channels=1");
  uint64_t got = 0;
  double start = now();
  OK(ondes_stream_start(stream, &err));
  CHECK(write_f32(stream, samples, 96000, 1, ONDES_FOREVER) < 96000);
  FAILS(ONDES_STATUS_DEVICE_LOST, "went away",
        ondes_stream_write(stream, ONDES_SAMPLE_F32, 0, samples, 96000, 1, ONDES_FOREVER, NULL, &got, &err));
  FAILS(ONDES_STATUS_DEVICE_LOST, "went away", ondes_stream_drain(stream, ONDES_FOREVER, NULL, &err));
  CHECK(read_f32(stream, samples, 96000, ONDES_FOREVER) > 0);
  FAILS(ONDES_STATUS_DEVICE_LOST, "went away",
        ondes_stream_read(stream, ONDES_SAMPLE_F32, 0, samples, 96000, ONDES_FOREVER, NULL, &got, &err));
  CHECK(now() - start < 30 && !ondes_stream_is_running(stream));
  ondes_stream_free(stream);
}

static ondes_stream *shared;
static ondes_cancel *cancel;

static void *stop_soon(void *unused) {
  nap(50);
  int32_t status = ondes_stream_stop(shared, NULL);
  CHECK(status == ONDES_STATUS_OK);
  return unused;
}

static void *cancel_soon(void *unused) {
  float sample;
  uint64_t got;
  while (ondes_stream_read(shared, ONDES_SAMPLE_F32, 0, &sample, 1, 0, NULL, &got, NULL) != ONDES_STATUS_BUSY) nap(5);
  ondes_cancel_set(cancel);
  return unused;
}

/* Another thread may stop a stream, or set a token, while a call waits. */
static void waiting(void) {
  enum { MANY = 4800000 }; /* a hundred seconds: more than comes, however late this thread is */
  static float samples[MANY];
  pthread_t thread;
  uint64_t got = 1;
  int32_t status;
  shared = opened("null:channels=1", NULL);
  OK(ondes_stream_start(shared, &err));
  double start = now();
  CHECK(read_f32(shared, samples, MANY, 0.1) < MANY && now() - start >= 0.1);
  pthread_create(&thread, NULL, stop_soon, NULL);
  CHECK(read_f32(shared, samples, MANY, ONDES_FOREVER) < MANY);
  pthread_join(thread, NULL);
  CHECK(read_f32(shared, samples, MANY, ONDES_FOREVER) == 0);
  OK(ondes_cancel_new(&cancel, &err));
  OK(ondes_stream_start(shared, &err));
  while (ondes_stream_buffered(shared, ONDES_DIRECTION_INPUT) == 0) nap(5);
  pthread_create(&thread, NULL, cancel_soon, NULL);
  do {
    status = ondes_stream_read(shared, ONDES_SAMPLE_F32, 0, samples, MANY, ONDES_FOREVER, cancel, &got, NULL);
  } while (status == ONDES_STATUS_BUSY); /* the other thread was looking just then */
  CHECK(status == ONDES_STATUS_OK);
  pthread_join(thread, NULL);
  CHECK(got > 0 && got < MANY);
  while (ondes_stream_buffered(shared, ONDES_DIRECTION_INPUT) > 0) read_f32(shared, samples, MANY, 0);
  FAILS(ONDES_STATUS_CANCELLED, "cancelled",
        ondes_stream_read(shared, ONDES_SAMPLE_F32, 0, samples, MANY, ONDES_FOREVER, cancel, &got, &err));
  CHECK(now() - start < 30);
  ondes_cancel_free(cancel);
  ondes_stream_free(shared);
}

/* A ramp of 1000 frames, in the device's thread. */
static int64_t ramp(void *user_data, const float *input, float *output, uint64_t frames) {
  uint64_t *position = user_data;
  if (input == NULL || output == NULL || frames > 256) return -1;
  uint64_t done = 0;
  for (; done < frames && *position < 1000; done++) output[2 * done] = output[2 * done + 1] = (float)++*position;
  return (int64_t)done;
}

static int64_t broken(void *user_data, const float *input, float *output, uint64_t frames) {
  (void)user_data, (void)input, (void)output, (void)frames;
  return -7;
}

static void scale(void *user_data, float *samples, uint64_t frames, uint32_t channels) {
  for (uint64_t i = 0; i < frames * channels; i++) samples[i] *= *(const float *)user_data;
}

static void callbacks(void) {
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  ondes_stream *stream = NULL;
  uint64_t position = 0, got;
  float sample;
  options.input = options.output = "loopback";
  options.buffer_size = 256;
  options.data = ramp;
  options.user_data = &position;
  OK(ondes_stream_open(&options, &stream, &err));
  OK(ondes_stream_start(stream, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "goes through its data callback",
        ondes_stream_read(stream, ONDES_SAMPLE_F32, 0, &sample, 1, 0, NULL, &got, &err));
  OK(ondes_stream_drain(stream, 5, NULL, &err));
  CHECK(position == 1000 && !ondes_stream_is_running(stream));
  ondes_stream_free(stream);

  options.data = broken;
  OK(ondes_stream_open(&options, &stream, &err));
  OK(ondes_stream_start(stream, &err));
  FAILS(ONDES_STATUS_CALLBACK, "it returned -7", ondes_stream_drain(stream, 5, NULL, &err));
  ondes_stream_free(stream);
}

/* What processes the output changes while it plays; its data can be freed at once. */
static void processes(void) {
  static float samples[480000], recorded[96000];
  ondes_stream_options options = ONDES_STREAM_OPTIONS_INIT;
  ondes_stream *stream = NULL;
  for (int i = 0; i < 480000; i++) samples[i] = 0.5f;
  options.input = options.output = "loopback";
  options.output_queue = 480000;
  OK(ondes_stream_open(&options, &stream, &err));
  CHECK(write_f32(stream, samples, 480000, 1, 0) == 480000);
  OK(ondes_stream_start(stream, &err));
  for (int round = 1; round <= 20; round++) {
    float *gain = malloc(sizeof *gain);
    if (gain == NULL) abort();
    *gain = (float)round;
    OK(ondes_stream_set_process(stream, scale, gain, &err));
    uint64_t skip = ondes_stream_buffered(stream, ONDES_DIRECTION_INPUT);
    read_f32(stream, recorded, skip + 1, 1);
    read_f32(stream, recorded, 512, 1);
    CHECK(recorded[1023] == 0.5f * (float)round);
    OK(ondes_stream_set_process(stream, NULL, NULL, &err));
    *gain = -1;
    free(gain);
  }
  OK(ondes_stream_stop(stream, &err));
  ondes_stream_free(stream);
}

static int32_t watch(void *user_data, const ondes_progress *progress) {
  int *calls = user_data;
  ++*calls;
  CHECK(progress->frames <= progress->frames_total);
  return *calls == 3 ? ONDES_CANCEL : ONDES_CONTINUE;
}

static void play(void) {
  static double samples[80000];
  ondes_play_options options = ONDES_PLAY_OPTIONS_INIT;
  int calls = 0;
  options.device = "null:rate=48000";
  double start = now();
  OK(ondes_play(ONDES_SAMPLE_F64, ONDES_LAYOUT_PLANAR, samples, 1000, 3, 8000, &options, &err));
  CHECK(now() - start >= 0.125 && now() - start < 30);
  OK(ondes_play(ONDES_SAMPLE_F64, ONDES_LAYOUT_PLANAR, NULL, 0, 1, 8000, &options, &err));
  options.progress = watch;
  options.user_data = &calls;
  FAILS(ONDES_STATUS_CANCELLED, "cancelled",
        ondes_play(ONDES_SAMPLE_F64, ONDES_LAYOUT_INTERLEAVED, samples, 80000, 1, 8000, &options, &err));
  CHECK(calls == 3 && now() - start < 30);
  options.device = "null:lost=0.1";
  options.progress = NULL;
  FAILS(ONDES_STATUS_DEVICE_LOST, "went away",
        ondes_play(ONDES_SAMPLE_F64, ONDES_LAYOUT_INTERLEAVED, samples, 80000, 1, 8000, &options, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "channels is 0",
        ondes_play(ONDES_SAMPLE_F64, ONDES_LAYOUT_INTERLEAVED, samples, 1, 0, 8000, &options, &err));
}

int main(void) {
  without_a_sound_system();
  loopback();
  dropped();
  lost();
  waiting();
  callbacks();
  processes();
  play();
  return test_end();
}
