/* A line on the terminal with time and level, for play.c and record.c. */
#ifndef METER_H
#define METER_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>

/* The highest of `count` samples, without its sign. */
static inline float meter_peak(const float *samples, uint64_t count) {
  float peak = 0;
  for (uint64_t i = 0; i < count; i++) peak = fmaxf(peak, fabsf(samples[i]));
  return peak;
}

/* 0:01.5 [##########..........] -30.0 dB */
static inline void meter_show(double seconds, float peak) {
  char bar[41];
  double level = peak > 0 ? 20 * log10(peak) : -INFINITY;
  int filled = level > -60 ? (int)((level + 60) / 60 * 40) : 0;
  for (int i = 0; i < 40; i++) bar[i] = i < filled ? '#' : '.';
  bar[40] = '\0';
  if (seconds < 0) seconds = 0;
  fprintf(stderr, "\r%3d:%04.1f [%s] %6.1f dB ", (int)(seconds / 60), fmod(seconds, 60), bar, level);
  fflush(stderr);
}

#endif
