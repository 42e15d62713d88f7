/* Brings an audio file to full scale, in place: its samples are the file itself, and nothing is copied.
 *
 *   map FILE [PEAK]     PEAK in decibels below full scale; 0 by default
 */
#include <ondes.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FRAMES = 4096 }; /* at a time; they stay in the cache */

static ondes_error *err = NULL;

static int fail(void) {
  fprintf(stderr, "%s\n", ondes_error_message(err));
  ondes_error_free(err);
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s FILE [PEAK]\n", argv[0]);
    return 2;
  }
  ondes_map *map;
  if (ondes_map_open(argv[1], ONDES_MAP_MODE_READ_WRITE, 0, &map, &err) != ONDES_STATUS_OK) return fail();
  ondes_map_info info = ONDES_MAP_INFO_INIT;
  if (ondes_map_describe(map, &info, &err) != ONDES_STATUS_OK) return fail();

  /* Any format of the file is read and written as floats, window by window. */
  const uint64_t samples = (uint64_t)FRAMES * info.channels;
  float *window = (float *)malloc((size_t)samples * sizeof *window);
  if (window == NULL) return 1;
  float peak = 0;
  uint64_t n;
  for (uint64_t at = 0; at < info.frames; at += n) {
    if (ondes_map_read(map, at, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, window, FRAMES, &n, &err) != ONDES_STATUS_OK)
      return fail();
    for (uint64_t i = 0; i < n * info.channels; i++) peak = fmaxf(peak, fabsf(window[i]));
  }
  const float target = powf(10.0f, (argc > 2 ? -fabsf((float)atof(argv[2])) : 0.0f) / 20.0f);
  const float gain = peak > 0 ? target / peak : 1;
  for (uint64_t at = 0; at < info.frames; at += n) {
    if (ondes_map_read(map, at, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, window, FRAMES, &n, &err) != ONDES_STATUS_OK)
      return fail();
    for (uint64_t i = 0; i < n * info.channels; i++) window[i] *= gain;
    if (ondes_map_write(map, at, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, window, n, &err) != ONDES_STATUS_OK)
      return fail();
  }
  printf("%llu frames of %s, peak %.3f, gain %.3f\n", (unsigned long long)info.frames,
         ondes_sample_name(info.sample_format), (double)peak, (double)gain);
  free(window);
  if (ondes_map_flush(map, &err) != ONDES_STATUS_OK) return fail();
  ondes_map_free(map);
  return 0;
}
