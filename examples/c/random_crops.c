/* Loads random windows of one second from audio files, as 16 kHz mono, as training does.
 *
 *   cc -O2 random_crops.c -londes -o random_crops && ./random_crops 1000 *.flac
 *
 * Every file is opened once: its reader converts rate and channels, and seeking
 * to any frame is exact. Files of less than a second are filled up with silence.
 */
#define _POSIX_C_SOURCE 200809L
#include <ondes.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE = 16000 };

typedef struct {
  ondes_reader *reader;
  uint64_t frames;
} source;

/* Numbers that are the same in every run (xorshift64, Marsaglia 2003). */
static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Opens a file; its length must be known to choose a place in it. */
static int32_t open_source(const char *path, source *opened, ondes_error **err) {
  ondes_read_options options = ONDES_READ_OPTIONS_INIT;
  options.rate = RATE;
  options.mono = 1;
  int32_t status = ondes_reader_open_path(path, &options, &opened->reader, err);
  return status ? status : ondes_reader_measure(opened->reader, NULL, &opened->frames, err);
}

int main(int argc, char **argv) {
  long crops = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
  int wants_help = argc == 2 && strcmp(argv[1], "--help") == 0;
  if (argc < 3 || crops < 1) {
    fputs("usage: random_crops COUNT FILE...\n", wants_help ? stdout : stderr);
    return wants_help ? 0 : 2;
  }
  size_t count = (size_t)(argc - 2), opened = 0;
  source *sources = (source *)calloc(count, sizeof *sources);
  if (sources == NULL) return 2;
  ondes_error *err = NULL;
  int32_t status = 0;
  for (; opened < count && !status; opened++) status = open_source(argv[opened + 2], &sources[opened], &err);

  static float crop[RATE];
  uint64_t state = 1;
  double energy = 0, start = now();
  for (long i = 0; i < crops && !status; i++) {
    source *from = &sources[next_random(&state) % count];
    uint64_t places = from->frames > RATE ? from->frames - RATE + 1 : 1, read = 0;
    status = ondes_reader_seek(from->reader, next_random(&state) % places, &err);
    if (!status)
      status = ondes_reader_read(from->reader, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, crop, RATE, &read, &err);
    memset(crop + read, 0, (RATE - read) * sizeof *crop);
    for (int k = 0; k < RATE; k++) energy += (double)crop[k] * crop[k];
  }
  double wall = now() - start;
  if (status)
    fprintf(stderr, "%s\n", ondes_error_message(err));
  else
    printf("%ld crops of 1 s from %zu files, level %.4f: %.0f crops per second\n", crops, count,
           sqrt(energy / RATE / (double)crops), (double)crops / wall);
  ondes_error_free(err);
  for (size_t i = 0; i < opened; i++) ondes_reader_free(sources[i].reader);
  free(sources);
  return status != 0;
}
