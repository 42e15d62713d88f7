/* What the C tests share. A test is a program; it fails by exiting with 1. */
#ifndef ONDES_TEST_H
#define ONDES_TEST_H

#include <ondes.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int test_failures = 0;

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      test_failures++;                                                          \
    }                                                                           \
  } while (0)

/* The call must succeed. It names its error output `err`. */
#define OK(call)                                                                            \
  do {                                                                                      \
    int32_t status_ = (call);                                                               \
    if (status_ != ONDES_STATUS_OK || err != NULL) {                                        \
      fprintf(stderr, "%s:%d: %s: %s: %s\n", __FILE__, __LINE__, #call,                     \
              ondes_status_name(status_), ondes_error_message(err));                        \
      test_failures++;                                                                      \
    }                                                                                       \
    ondes_error_free(err);                                                                  \
    err = NULL;                                                                             \
  } while (0)

/* The call must fail with this status and a message that holds this text. */
#define FAILS(expected, text, call)                                                         \
  do {                                                                                      \
    int32_t status_ = (call);                                                               \
    if (status_ != (expected) || ondes_error_status(err) != status_ ||                      \
        strstr(ondes_error_message(err), (text)) == NULL) {                                 \
      fprintf(stderr, "%s:%d: %s: expected %s with \"%s\", got %s: %s\n", __FILE__,         \
              __LINE__, #call, ondes_status_name(expected), (text),                         \
              ondes_status_name(status_), ondes_error_message(err));                        \
      test_failures++;                                                                      \
    }                                                                                       \
    ondes_error_free(err);                                                                  \
    err = NULL;                                                                             \
  } while (0)

/* The sample of the test's WAV files: different in every place, never 0. */
static int16_t test_sample(uint64_t frame, uint32_t channel) {
  return (int16_t)(1 + (frame * 7 + channel * 1000) % 30000);
}

static void test_put(uint8_t *at, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> (8 * i));
}

/* A 16-bit WAV file in memory; free() it. */
static inline uint8_t *test_wav(uint32_t frames, uint32_t channels, uint32_t rate, uint64_t *size) {
  uint32_t data = frames * channels * 2;
  uint8_t *wav = (uint8_t *)malloc(44 + (size_t)data);
  if (wav == NULL) abort();
  memcpy(wav, "RIFF....WAVEfmt ", 16);
  test_put(wav + 4, 36 + data, 4);
  test_put(wav + 16, 16, 4);
  test_put(wav + 20, 1, 2);
  test_put(wav + 22, channels, 2);
  test_put(wav + 24, rate, 4);
  test_put(wav + 28, rate * channels * 2, 4);
  test_put(wav + 32, channels * 2, 2);
  test_put(wav + 34, 16, 2);
  memcpy(wav + 36, "data", 4);
  test_put(wav + 40, data, 4);
  for (uint32_t f = 0; f < frames; f++)
    for (uint32_t c = 0; c < channels; c++)
      test_put(wav + 44 + ((size_t)f * channels + c) * 2, (uint16_t)test_sample(f, c), 2);
  *size = 44 + (uint64_t)data;
  return wav;
}

/* Writes bytes to a file in the test's own folder, the working directory. */
static inline const char *test_file(const char *name, const void *data, uint64_t size) {
  FILE *file = fopen(name, "wb");
  if (file == NULL || fwrite(data, 1, (size_t)size, file) != size || fclose(file) != 0) {
    perror(name);
    exit(1);
  }
  return name;
}

static inline const char *test_wav_file(const char *name, uint32_t frames, uint32_t channels, uint32_t rate) {
  uint64_t size;
  uint8_t *wav = test_wav(frames, channels, rate, &size);
  test_file(name, wav, size);
  free(wav);
  return name;
}

/* Has every test use what this header offers, so that none need them all. */
static inline int test_end(void) {
  (void)test_sample;
  if (test_failures) fprintf(stderr, "%d checks failed\n", test_failures);
  return test_failures ? 1 : 0;
}

#endif
