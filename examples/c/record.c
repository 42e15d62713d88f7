/* Records into an audio file, with time and level on the terminal, until Ctrl-C: then the file is completed.
 *
 *   cc record.c -londes -lm -o record && ./record take.flac
 *   ./record --device "pulse:alsa_input.usb-microphone" --seconds 10 take.wav
 */
#include <ondes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"

enum { FRAMES = 2048, CHANNELS = 8 };

static ondes_cancel *cancel;

static void on_interrupt(int number) {
  (void)number;
  ondes_cancel_set(cancel);
}

/* Until the token is set, or so many frames are there. */
static int32_t record_all(ondes_stream *stream, ondes_writer *writer, uint64_t frames, ondes_error **err) {
  float samples[FRAMES * CHANNELS];
  uint32_t channels = ondes_stream_channels(stream, ONDES_DIRECTION_INPUT);
  for (;;) {
    uint64_t written = ondes_writer_frames(writer), got = 0;
    uint64_t wanted = frames - written < FRAMES ? frames - written : FRAMES;
    if (wanted == 0) return ONDES_STATUS_OK;
    /* After Ctrl-C what has been recorded so far is still there, and then no more. */
    int32_t status = ondes_stream_read(stream, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, samples, wanted, 0.1, cancel, &got, err);
    if (status == ONDES_STATUS_CANCELLED) {
      ondes_error_free(*err);
      *err = NULL;
      return ONDES_STATUS_OK;
    }
    if (!status) status = ondes_writer_write(writer, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, samples, got, err);
    if (status) return status;
    meter_show((double)(written + got) / ondes_stream_rate(stream), meter_peak(samples, got * channels));
  }
}

int main(int argc, char **argv) {
  ondes_stream_options from = ONDES_STREAM_OPTIONS_INIT;
  ondes_write_options to = ONDES_WRITE_OPTIONS_INIT;
  ondes_stream *stream = NULL;
  ondes_writer *writer = NULL;
  ondes_error *err = NULL;
  const char *path = NULL;
  double seconds = 0;
  from.input = "default";
  from.buffer_size = 2048; /* nobody waits for an answer: long buffers survive a busy machine */
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--device") == 0 && i + 1 < argc) {
      from.input = argv[++i];
    } else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
      seconds = atof(argv[++i]);
    } else if (path == NULL && argv[i][0] != '-') {
      path = argv[i];
    } else {
      path = NULL;
      break;
    }
  }
  if (path == NULL) {
    fprintf(stderr, "usage: %s [--device ID] [--seconds N] OUT\n", argv[0]);
    return 2;
  }

  int32_t status = ondes_cancel_new(&cancel, &err);
  signal(SIGINT, on_interrupt);
  if (!status) status = ondes_stream_open(&from, &stream, &err);
  if (!status && ondes_stream_channels(stream, ONDES_DIRECTION_INPUT) > CHANNELS) {
    ondes_stream_free(stream);
    from.input_channels = CHANNELS;
    status = ondes_stream_open(&from, &stream, &err);
  }
  /* A gap in the recording is told at the end, and does not end it. */
  ondes_stream_set_ignore_dropped_input(stream, 1);
  to.rate = ondes_stream_rate(stream);
  to.channels = ondes_stream_channels(stream, ONDES_DIRECTION_INPUT);
  if (!status) status = ondes_writer_open_path(path, &to, &writer, &err);
  if (!status) status = ondes_stream_start(stream, &err);
  if (!status) {
    fprintf(stderr, "%s: %u Hz, %u channel%s, from %s; Ctrl-C ends\n", path, to.rate, to.channels, to.channels == 1 ? "" : "s",
            ondes_stream_device_name(stream, ONDES_DIRECTION_INPUT));
    status = record_all(stream, writer, seconds > 0 ? (uint64_t)(seconds * to.rate) : ONDES_UNKNOWN, &err);
    fputc('\n', stderr);
    /* Also after a failure: what was recorded is in the file then. */
    ondes_error *unfinished = NULL;
    if (ondes_writer_finish(writer, &unfinished)) fprintf(stderr, "%s\n", ondes_error_message(unfinished));
    ondes_error_free(unfinished);
    fprintf(stderr, "%llu frames", (unsigned long long)ondes_writer_frames(writer));
    if (ondes_stream_dropped_input(stream))
      fprintf(stderr, ", and %llu were lost", (unsigned long long)ondes_stream_dropped_input(stream));
    fputc('\n', stderr);
  }
  if (status) fprintf(stderr, "%s\n", ondes_error_message(err));
  ondes_error_free(err);
  ondes_writer_free(writer);
  ondes_stream_free(stream);
  ondes_cancel_free(cancel);
  return status != 0;
}
