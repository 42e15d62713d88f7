/* Plays audio files, with time and level on the terminal. Ctrl-C ends it.
 *
 *   cc play.c -londes -lm -o play && ./play song.flac talk.mp3
 *   ./play --list
 *   ./play --device "pulse:alsa_output.usb-headset" song.flac
 */
#include <ondes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "meter.h"

enum { FRAMES = 1024, CHANNELS = 8 };

static ondes_cancel *cancel;

static void on_interrupt(int number) {
  (void)number;
  ondes_cancel_set(cancel);
}

static int32_t list(ondes_error **err) {
  ondes_devices *devices = NULL;
  int32_t status = ondes_devices_list(ONDES_DIRECTION_OUTPUT, &devices, err);
  for (uint64_t i = 0; i < ondes_devices_count(devices); i++)
    printf("%-40s %s%s\n", ondes_devices_id(devices, i), ondes_devices_name(devices, i),
           ondes_devices_is_default(devices, i) ? " (default)" : "");
  ondes_devices_free(devices);
  return status;
}

/* All that the reader gives, at the stream's rate. The stream begins once its queue is full, and so without a gap. */
static int32_t play_all(ondes_reader *reader, ondes_stream *stream, uint32_t channels, ondes_error **err) {
  float samples[FRAMES * CHANNELS];
  uint64_t frames, done, played = 0;
  double rate = ondes_stream_rate(stream);
  int has_begun = 0;
  int32_t status;
  for (;;) {
    status = ondes_reader_read(reader, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, samples, FRAMES, &frames, err);
    if (status || frames == 0) break;
    for (uint64_t at = 0; at < frames; at += done) {
      status = ondes_stream_write(stream, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, samples + at * channels, frames - at,
                                  channels, ONDES_FOREVER, cancel, &done, err);
      if (!status && at + done < frames && !has_begun) {
        has_begun = 1;
        status = ondes_stream_start(stream, err);
      }
      if (status) return status;
    }
    played += frames;
    /* What is heard now was written some time ago. */
    double waiting = (double)ondes_stream_buffered(stream, ONDES_DIRECTION_OUTPUT) / rate;
    double latency = ondes_stream_latency(stream, ONDES_DIRECTION_OUTPUT);
    meter_show((double)played / rate - waiting - latency, meter_peak(samples, frames * channels));
  }
  if (!status && !has_begun) status = ondes_stream_start(stream, err);
  return status ? status : ondes_stream_drain(stream, ONDES_FOREVER, cancel, err);
}

static int32_t play_file(const char *path, const char *device, ondes_error **err) {
  ondes_read_options from = ONDES_READ_OPTIONS_INIT;
  ondes_stream_options to = ONDES_STREAM_OPTIONS_INIT;
  ondes_info info = ONDES_INFO_INIT;
  ondes_reader *reader = NULL;
  ondes_stream *stream = NULL;
  int32_t status = ondes_reader_open_path(path, NULL, &reader, err);
  if (!status) status = ondes_reader_info(reader, &info, err);
  ondes_reader_free(reader);
  reader = NULL;
  if (status) return status;

  from.mono = info.channels > CHANNELS;
  uint32_t channels = from.mono ? 1 : info.channels;
  to.output = device;
  to.buffer_size = 2048; /* nobody waits for an answer: long buffers survive a busy machine */
  to.output_channels = channels == 1 ? 0 : channels; /* one channel goes to all that the device has */
  status = ondes_stream_open(&to, &stream, err);
  from.rate = ondes_stream_rate(stream);
  if (!status) status = ondes_reader_open_path(path, &from, &reader, err);
  if (!status) {
    printf("%s: %u Hz, %u channel%s, %.1f s\n", path, info.rate, info.channels, info.channels == 1 ? "" : "s", info.duration);
    fflush(stdout);
    status = play_all(reader, stream, channels, err);
    fputc('\n', stderr);
  }
  ondes_stream_free(stream);
  ondes_reader_free(reader);
  return status;
}

int main(int argc, char **argv) {
  const char *device = "default";
  ondes_error *err = NULL;
  int32_t status = ondes_cancel_new(&cancel, &err);
  int files = 0, is_wrong = 0, wants_help = 0;
  signal(SIGINT, on_interrupt);
  for (int i = 1; i < argc && !status; i++) {
    if (strcmp(argv[i], "--list") == 0) {
      status = list(&err);
      files++;
    } else if (strcmp(argv[i], "--device") == 0 && i + 1 < argc) {
      device = argv[++i];
    } else if (argv[i][0] == '-') {
      wants_help = strcmp(argv[i], "--help") == 0;
      is_wrong = 1;
      break;
    } else {
      status = play_file(argv[i], device, &err);
      files++;
    }
  }
  if (files == 0) is_wrong = 1;
  if (is_wrong) fputs("usage: play [--list] [--device ID] FILE...\n", wants_help ? stdout : stderr);
  if (status && status != ONDES_STATUS_CANCELLED) fprintf(stderr, "%s\n", ondes_error_message(err));
  ondes_error_free(err);
  ondes_cancel_free(cancel);
  return wants_help ? 0 : is_wrong ? 2 : status != 0;
}
