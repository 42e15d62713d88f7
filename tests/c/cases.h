/* The cases of tests/conformance/cases.json, as tests/conformance/flat.py writes them, for runners in C and C++:
 * a case and what it gives are lists of names with values, and differences are told. */
#ifndef CASES_H
#define CASES_H

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char *name, *value;
} field;

typedef struct {
  field *list;
  size_t count, room;
} fields;

static inline void *cases_grow(void *memory, size_t size) {
  memory = realloc(memory, size ? size : 1);
  if (memory == NULL) abort();
  return memory;
}

static inline char *cases_copy(const char *text) {
  return strcpy((char *)cases_grow(NULL, strlen(text) + 1), text);
}

static inline const char *find(const fields *all, const char *name) {
  for (size_t i = 0; i < all->count; i++)
    if (strcmp(all->list[i].name, name) == 0) return all->list[i].value;
  return NULL;
}

static inline void put(fields *all, const char *name, const char *value) {
  if (all->count == all->room) {
    all->room = all->room * 2 + 32;
    all->list = (field *)cases_grow(all->list, all->room * sizeof *all->list);
  }
  field added = {cases_copy(name), cases_copy(value ? value : "")};
  all->list[all->count++] = added;
}

static inline void clear(fields *all) {
  for (size_t i = 0; i < all->count; i++) {
    free(all->list[i].name);
    free(all->list[i].value);
  }
  all->count = 0;
}

/* The next case: 0 after the last. */
static inline int next_case(FILE *file, fields *one) {
  static char line[1 << 16];
  clear(one);
  while (fgets(line, sizeof line, file) != NULL && line[0] != '\n') {
    char *value = strchr(line, '\t'), *to;
    if (value == NULL) abort();
    *value++ = 0;
    to = value;
    for (const char *from = value; *from && *from != '\n'; from++)
      *to++ = *from != '\\' ? *from : *++from == 't' ? '\t' : *from == 'n' ? '\n' : *from;
    *to = 0;
    put(one, line, value);
  }
  return one->count > 0;
}

/* MD5 (RFC 1321), the hash of the cases because every language has it or is done with it in a page. */

static inline void md5_block(uint32_t state[4], const uint8_t *block) {
  static const uint8_t turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  static uint32_t sines[64];
  if (sines[0] == 0)
    for (int i = 0; i < 64; i++) sines[i] = (uint32_t)floor(fabs(sin(i + 1)) * 4294967296.0);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], words[16];
  for (int i = 0; i < 16; i++)
    words[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 | (uint32_t)block[4 * i + 2] << 16 |
               (uint32_t)block[4 * i + 3] << 24;
  for (int i = 0; i < 64; i++) {
    uint32_t mixed;
    int word;
    switch (i / 16) {
      case 0: mixed = (b & c) | (~b & d), word = i; break;
      case 1: mixed = (d & b) | (~d & c), word = (5 * i + 1) % 16; break;
      case 2: mixed = b ^ c ^ d, word = (3 * i + 5) % 16; break;
      default: mixed = c ^ (b | ~d), word = 7 * i % 16; break;
    }
    uint32_t sum = a + mixed + sines[i] + words[word];
    int turn = turns[i / 16][i % 4];
    a = d, d = c, c = b;
    b += sum << turn | sum >> (32 - turn);
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

static inline void md5(const void *data, uint64_t size, char out[33]) {
  const uint8_t *bytes = (const uint8_t *)data;
  uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  uint8_t last[128] = {0};
  uint64_t whole = size / 64 * 64, rest = size - whole, end = rest < 56 ? 64 : 128;
  for (uint64_t at = 0; at < whole; at += 64) md5_block(state, bytes + at);
  if (rest > 0) memcpy(last, bytes + whole, (size_t)rest);
  last[rest] = 0x80;
  for (int i = 0; i < 8; i++) last[end - 8 + (uint64_t)i] = (uint8_t)(size * 8 >> (8 * i));
  for (uint64_t at = 0; at < end; at += 64) md5_block(state, last + at);
  for (int i = 0; i < 16; i++) sprintf(out + 2 * i, "%02x", (unsigned)(state[i / 4] >> (8 * (i % 4)) & 255));
}

/* What is got. */

static inline void put_number(fields *got, const char *prefix, const char *name, uint64_t value) {
  char full[160], text[24];
  snprintf(full, sizeof full, "%s%s", prefix, name);
  snprintf(text, sizeof text, "%llu", (unsigned long long)value);
  put(got, full, value == UINT64_MAX ? "unknown" : text);
}

static inline void put_float(fields *got, const char *name, double value) {
  char text[40];
  snprintf(text, sizeof text, "%.17g", value);
  put(got, name, text);
}

/* Frames that were read, of floats their level too. `size` is a sample's, `is_planar` their order. */
static inline void put_frames(fields *got, const char *prefix, const void *samples, uint64_t frames, uint32_t channels,
                              uint32_t size, int is_float, int is_planar) {
  char name[80], sum[33];
  put_number(got, prefix, "frames", frames);
  md5(samples, frames * channels * size, sum);
  snprintf(name, sizeof name, "%smd5", prefix);
  put(got, name, sum);
  for (uint32_t c = 0; c < channels && is_float && frames > 0; c++) {
    double energy = 0, peak = 0;
    for (uint64_t f = 0; f < frames; f++) {
      uint64_t at = is_planar ? c * frames + f : f * channels + c;
      double sample = 32768 * (size == 4 ? (double)((const float *)samples)[at] : ((const double *)samples)[at]);
      energy += sample * sample;
      peak = fabs(sample) > peak ? fabs(sample) : peak;
    }
    snprintf(name, sizeof name, "%srms.%u", prefix, (unsigned)c);
    put_float(got, name, sqrt(energy / (double)frames));
    snprintf(name, sizeof name, "%speak.%u", prefix, (unsigned)c);
    put_float(got, name, peak);
  }
}

static inline int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Tells texts in order, and frees them. */
static inline void put_texts(fields *got, char **texts, size_t count) {
  if (count > 0) qsort(texts, count, sizeof *texts, by_bytes);
  for (size_t i = 0; i < count; i++) {
    char name[40];
    snprintf(name, sizeof name, "texts.%u", (unsigned)i);
    put(got, name, texts[i]);
    free(texts[i]);
  }
}

/* The comparison. */

static inline int fits(const char *name, const char *expected, const char *found, double tolerance) {
  static const char *const numbers[] = {"integrated",  "range",     "max_momentary", "max_short_term",
                                        "sample_peak", "true_peak", "rms",           "peak"};
  char last[80];
  snprintf(last, sizeof last, "%s", name);
  char *dot = strrchr(last, '.');
  while (dot != NULL && isdigit((unsigned char)dot[1])) {
    *dot = 0;
    dot = strrchr(last, '.');
  }
  const char *word = dot ? dot + 1 : last;
  if (strcmp(word, "text") == 0 || strcmp(word, "warning") == 0) return strstr(found, expected) != NULL;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (strcmp(word, numbers[i]) == 0) {
      double a = strtod(expected, NULL), b = strtod(found, NULL);
      if (isnan(a) || isnan(b) || isinf(a) || isinf(b)) return strncmp(expected, found, 3) == 0;
      return fabs(a - b) <= tolerance;
    }
  return strcmp(expected, found) == 0;
}

/* Tells each field that is not as it should be; how many. */
static inline int differences(const fields *one, const fields *got) {
  const char *tolerance = find(one, "expect.tolerance"), *name = find(one, "name");
  int wrong = 0;
  for (size_t i = 0; i < one->count; i++) {
    const char *place = one->list[i].name, *expected = one->list[i].value;
    if (strncmp(place, "expect.", 7) != 0 || strcmp(place += 7, "tolerance") == 0 || strcmp(expected, "[]") == 0) continue;
    const char *found = find(got, place);
    if (found == NULL || !fits(place, expected, found, tolerance ? strtod(tolerance, NULL) : 0)) {
      fprintf(stderr, "%s: %s: expected %s, got %s\n", name, place, expected, found ? found : "nothing");
      wrong++;
    }
  }
  for (size_t i = 0; i < got->count; i++) {
    char expected[120], first[120];
    const char *place = got->list[i].name, *dot = strrchr(place, '.');
    snprintf(expected, sizeof expected, "expect.%s", place);
    if (dot == NULL || find(one, expected) != NULL) continue;
    /* A failure, and more of a list than there should be. */
    int list = (int)(dot - place);
    snprintf(first, sizeof first, "expect.%.*s.0", list, place);
    int is_more = isdigit((unsigned char)dot[1]) && find(one, first) != NULL;
    first[strlen(first) - 2] = 0;
    if (find(one, first) != NULL || is_more || strcmp(dot, ".status") == 0) {
      char text[120];
      snprintf(text, sizeof text, "%.*s.text", list, place);
      const char *why = find(got, text);
      fprintf(stderr, "%s: %s: expected nothing, got %s%s%s\n", name, place, got->list[i].value, why ? ": " : "", why ? why : "");
      wrong++;
    }
  }
  return wrong;
}

#endif
