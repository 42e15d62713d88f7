/* Loudness and peaks of a tone that has the level of the standard, from the
 * position on; silence, too little audio; progress, cancelling, flags, sizes. */
#include "test.h"

enum { RATE = 48000, FRAMES = 5 * RATE };
static ondes_error *err;

static int32_t count(void *user_data, const ondes_progress *progress) {
  uint64_t *calls = user_data;
  CHECK(progress->frames_total == FRAMES && progress->frames <= FRAMES);
  return ++*calls > 1 ? ONDES_CANCEL : ONDES_CONTINUE;
}

static int is_near(double value, double expected) { return fabs(value - expected) <= 0.1; }

/* A stereo file whose frames are `level` times a sine of 1 kHz. */
static ondes_reader *tone(double level, uint32_t frames) {
  uint64_t size;
  uint8_t *wav = test_wav(frames, 2, RATE, &size);
  for (uint32_t i = 0; i < frames; i++) {
    int16_t sample = (int16_t)lround(level * 32767 * sin(2 * 3.14159265358979323846 * 1000 * i / RATE));
    test_put(wav + 44 + i * 4, (uint16_t)sample, 2);
    test_put(wav + 46 + i * 4, (uint16_t)sample, 2);
  }
  test_file("tone.wav", wav, size);
  free(wav);
  ondes_reader *reader;
  OK(ondes_reader_open_path("tone.wav", NULL, &reader, &err));
  return reader;
}

int main(void) {
  ondes_loudness loudness = ONDES_LOUDNESS_INIT;
  ondes_loudness_options options = ONDES_LOUDNESS_OPTIONS_INIT;
  uint64_t calls = 0;

  /* -23 dBFS left and right is -23 LUFS (EBU Tech 3341, test 1). */
  double level = pow(10, -23.0 / 20);
  ondes_reader *reader = tone(level, FRAMES);
  OK(ondes_reader_loudness(reader, NULL, &loudness, &err));
  CHECK(loudness.struct_size == sizeof loudness && loudness.flags == 0 && loudness.frames == FRAMES);
  CHECK(is_near(loudness.integrated, -23) && is_near(loudness.range, 0));
  CHECK(is_near(loudness.max_momentary, -23) && is_near(loudness.max_short_term, -23));
  CHECK(is_near(20 * log10(loudness.sample_peak), -23) && is_near(20 * log10(loudness.true_peak), -23));
  CHECK(loudness.true_peak >= loudness.sample_peak);
  CHECK(ondes_reader_tell(reader) == FRAMES);

  /* From the position on, without the true peak; less than three seconds have no short-term loudness. */
  options.flags = ONDES_LOUDNESS_NO_TRUE_PEAK;
  OK(ondes_reader_seek(reader, 3 * RATE, &err));
  OK(ondes_reader_loudness(reader, &options, &loudness, &err));
  CHECK(loudness.frames == 2 * RATE && is_near(loudness.integrated, -23) && isnan(loudness.true_peak));
  CHECK(isnan(loudness.range) && isnan(loudness.max_short_term) && is_near(loudness.max_momentary, -23));

  /* Nothing is left. */
  OK(ondes_reader_loudness(reader, NULL, &loudness, &err));
  CHECK(loudness.frames == 0 && isnan(loudness.integrated) && loudness.sample_peak == 0 && loudness.true_peak == 0);

  /* Watched, and ended by the callback or by a token: the struct is empty then. */
  options = (ondes_loudness_options)ONDES_LOUDNESS_OPTIONS_INIT;
  options.progress = count;
  options.user_data = &calls;
  OK(ondes_reader_seek(reader, 0, &err));
  int32_t status = ondes_reader_loudness(reader, &options, &loudness, &err);
  CHECK(status == ONDES_STATUS_CANCELLED || (status == ONDES_STATUS_OK && calls == 2));
  ondes_error_free(err);
  err = NULL;
  ondes_cancel *cancel;
  OK(ondes_cancel_new(&cancel, &err));
  ondes_cancel_set(cancel);
  options = (ondes_loudness_options)ONDES_LOUDNESS_OPTIONS_INIT;
  options.cancel = cancel;
  OK(ondes_reader_seek(reader, 0, &err));
  FAILS(ONDES_STATUS_CANCELLED, "cancelled", ondes_reader_loudness(reader, &options, &loudness, &err));
  CHECK(loudness.frames == 0 && isnan(loudness.integrated) && isnan(loudness.sample_peak));
  ondes_cancel_free(cancel);

  /* A wish that is not known, and a struct that was not initialised. */
  options = (ondes_loudness_options)ONDES_LOUDNESS_OPTIONS_INIT;
  options.flags = 2;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "options.flags has unknown bits: 0x2", ondes_reader_loudness(reader, &options, &loudness, &err));
  loudness.struct_size = 0;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "ONDES_LOUDNESS_INIT", ondes_reader_loudness(reader, NULL, &loudness, &err));
  ondes_reader_free(reader);

  /* Silence. */
  loudness = (ondes_loudness)ONDES_LOUDNESS_INIT;
  reader = tone(0, FRAMES);
  OK(ondes_reader_loudness(reader, NULL, &loudness, &err));
  CHECK(isinf(loudness.integrated) && loudness.integrated < 0 && isinf(loudness.max_short_term) && loudness.range == 0);
  CHECK(loudness.sample_peak == 0 && loudness.true_peak == 0);
  ondes_reader_free(reader);

  /* Too slow for the weighting: refused, unless the reader converts the rate. */
  uint64_t size;
  uint8_t *wav = test_wav(4000, 1, 2000, &size);
  ondes_read_options faster = ONDES_READ_OPTIONS_INIT;
  OK(ondes_reader_open_memory(wav, size, NULL, NULL, &reader, &err));
  FAILS(ONDES_STATUS_UNSUPPORTED, "not at 2000 Hz", ondes_reader_loudness(reader, NULL, &loudness, &err));
  ondes_reader_free(reader);
  faster.rate = 8000;
  OK(ondes_reader_open_memory(wav, size, NULL, &faster, &reader, &err));
  OK(ondes_reader_loudness(reader, NULL, &loudness, &err));
  CHECK(loudness.frames == 16000 && loudness.integrated < 0);
  ondes_reader_free(reader);
  free(wav);
  return test_end();
}
