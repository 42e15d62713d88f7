/* Streams and views at another rate: the counts told before, the same bits however cut, and no use after the end. */
#include "test.h"

enum { FRAMES = 30000, CHANNELS = 2, ROOM = 40000 };
static ondes_error *err;

static const double two_pi = 6.283185307179586;

/* Pushes interleaved samples in pieces; checks what was told before each. */
static uint64_t convert(ondes_resampler *resampler, const float *src, uint64_t frames, uint64_t piece, float *dst) {
  uint64_t done = 0, n;
  for (uint64_t at = 0; at < frames; at += piece) {
    uint64_t now = frames - at < piece ? frames - at : piece;
    uint64_t expected = ondes_resampler_output_frames(resampler, now);
    OK(ondes_resampler_process(resampler, ONDES_LAYOUT_INTERLEAVED, src + at * CHANNELS, now, dst + done * CHANNELS,
                               expected, &n, &err));
    CHECK(n == expected);
    done += n;
  }
  uint64_t rest = ondes_resampler_flush_frames(resampler);
  OK(ondes_resampler_flush(resampler, ONDES_LAYOUT_INTERLEAVED, dst + done * CHANNELS, rest, &n, &err));
  CHECK(n == rest && ondes_resampler_flush_frames(resampler) == 0);
  return done + n;
}

static void stream(void) {
  static float src[FRAMES * CHANNELS], whole[ROOM * CHANNELS], cut[ROOM * CHANNELS];
  for (int f = 0; f < FRAMES; f++)
    for (int c = 0; c < CHANNELS; c++) src[f * CHANNELS + c] = (float)(0.5 * sin(two_pi * (440 + 100 * c) * f / 44100));

  const int32_t qualities[] = {ONDES_QUALITY_BALANCED, ONDES_QUALITY_FAST, ONDES_QUALITY_BEST, ONDES_QUALITY_LINEAR,
                               ONDES_QUALITY_WINDOWED_SINC32};
  const double targets[] = {48000, 16000, 44099, 12345.67};
  ondes_resampler *resampler;
  for (size_t q = 0; q < sizeof qualities / sizeof *qualities; q++)
    for (size_t t = 0; t < sizeof targets / sizeof *targets; t++) {
      OK(ondes_resampler_new(44100, targets[t], CHANNELS, ONDES_SAMPLE_F32, qualities[q], ONDES_LENGTH_RULE_EXACT,
                             &resampler, &err));
      uint64_t n = convert(resampler, src, FRAMES, FRAMES, whole);
      CHECK(n == (uint64_t)ceil(FRAMES * targets[t] / 44100 - 1e-9));
      CHECK(convert(resampler, src, FRAMES, 997, cut) == n && memcmp(cut, whole, n * CHANNELS * sizeof *cut) == 0);
      /* After a reset as if fresh. */
      OK(ondes_resampler_process(resampler, 0, src, 500, cut, ROOM, &(uint64_t){0}, &err));
      OK(ondes_resampler_reset(resampler, &err));
      CHECK(convert(resampler, src, FRAMES, 4096, cut) == n && memcmp(cut, whole, n * CHANNELS * sizeof *cut) == 0);
      double worst = 0;
      for (uint64_t f = 600; f < n - 600; f++)
        worst = fmax(worst, fabs(whole[f * CHANNELS] - 0.5 * sin(two_pi * 440 * (double)f / targets[t])));
      /* Where the filter must be short, its pass-band has ripples. */
      CHECK(worst < (qualities[q] <= ONDES_QUALITY_BEST ? 1e-5 : 5e-3));
      ondes_resampler_free(resampler);
    }

  /* The other rule for the length, and its latency. */
  OK(ondes_resampler_new(44100, 48000, CHANNELS, ONDES_SAMPLE_F32, ONDES_QUALITY_WINDOWED_SINC32,
                         ONDES_LENGTH_RULE_FLOOR, &resampler, &err));
  CHECK(ondes_resampler_latency(resampler) == 64 && ondes_resampler_output_frames(resampler, 64) == 0);
  CHECK(convert(resampler, src, 29400, 1000, whole) == 31999);

  /* Too little memory: nothing is lost. */
  uint64_t n, expected = ondes_resampler_output_frames(resampler, FRAMES);
  FAILS(ONDES_STATUS_OUT_OF_RANGE, "come out",
        ondes_resampler_process(resampler, 0, src, FRAMES, cut, expected - 1, &n, &err));
  CHECK(n == 0 && ondes_resampler_output_frames(resampler, FRAMES) == expected);
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "ONDES_LAYOUT_",
        ondes_resampler_process(resampler, 7, src, FRAMES, cut, ROOM, &n, &err));
  ondes_resampler_free(resampler);

  /* Planar doubles. */
  static double planes[CHANNELS * 1000], out[CHANNELS * 1000];
  for (int f = 0; f < 1000; f++) planes[f] = f, planes[1000 + f] = -f;
  OK(ondes_resampler_new(2, 1, CHANNELS, ONDES_SAMPLE_F64, ONDES_QUALITY_ZERO_ORDER_HOLD, 0, &resampler, &err));
  OK(ondes_resampler_process(resampler, ONDES_LAYOUT_PLANAR, planes, 1000, out, 1000, &n, &err));
  CHECK(n == 500 && out[7] == 14 && out[1000 + 499] == -998);
  ondes_resampler_free(resampler);

  const double bad[] = {0, -1, NAN, INFINITY, 1e9};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    FAILS(ONDES_STATUS_INVALID_ARGUMENT, "cannot convert",
          ondes_resampler_new(44100, bad[i], 1, ONDES_SAMPLE_F32, 0, 0, &resampler, &err));
    FAILS(ONDES_STATUS_INVALID_ARGUMENT, "cannot convert",
          ondes_resampler_new(bad[i], 44100, 1, ONDES_SAMPLE_F32, 0, 0, &resampler, &err));
    CHECK(resampler == NULL);
  }
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "channels is 0",
        ondes_resampler_new(1, 2, 0, ONDES_SAMPLE_F32, 0, 0, &resampler, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "format is neither",
        ondes_resampler_new(1, 2, 1, ONDES_SAMPLE_I16, 0, 0, &resampler, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "quality is 3",
        ondes_resampler_new(1, 2, 1, ONDES_SAMPLE_F32, 3, 0, &resampler, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "length_rule is 2",
        ondes_resampler_new(1, 2, 1, ONDES_SAMPLE_F32, 0, 2, &resampler, &err));
  ondes_resampler_free(NULL);
  CHECK(ondes_resampler_latency(NULL) == ONDES_UNKNOWN && ondes_resampler_output_frames(NULL, 1) == ONDES_UNKNOWN);
}

static void view(void) {
  const char *path = test_wav_file("view.wav", FRAMES, CHANNELS, 44100);
  static float whole[ROOM * CHANNELS], part[ROOM * CHANNELS];
  ondes_reader *reader;
  ondes_resampled *resampled;
  uint64_t frames, n;
  OK(ondes_reader_open_path(path, NULL, &reader, &err));
  OK(ondes_resampled_new(reader, 16000, ONDES_QUALITY_BALANCED, ONDES_LENGTH_RULE_EXACT, &resampled, &err));
  CHECK(ondes_resampled_frames(resampled) == 10885 && ondes_resampled_rate(resampled) == 16000);
  OK(ondes_resampled_read(resampled, ONDES_SAMPLE_F32, 0, whole, ROOM, &frames, &err));
  CHECK(frames == 10885 && ondes_resampled_tell(resampled) == frames);

  /* The same as a reader at that rate. */
  ondes_read_options options = ONDES_READ_OPTIONS_INIT;
  options.rate = 16000;
  ondes_reader *other;
  OK(ondes_reader_open_path(path, &options, &other, &err));
  OK(ondes_reader_read(other, ONDES_SAMPLE_F32, 0, part, ROOM, &n, &err));
  CHECK(n == frames && memcmp(part, whole, n * CHANNELS * sizeof *part) == 0);
  ondes_reader_free(other);

  /* Any frame, and the reader in between where it was. */
  for (uint64_t at = 0; at <= frames; at += 777) {
    int16_t sample[CHANNELS];
    OK(ondes_resampled_seek(resampled, at, &err));
    OK(ondes_resampled_read(resampled, ONDES_SAMPLE_F32, 0, part, 500, &n, &err));
    CHECK(n == (frames - at < 500 ? frames - at : 500));
    CHECK(memcmp(part, whole + at * CHANNELS, n * CHANNELS * sizeof *part) == 0);
    OK(ondes_reader_read(reader, ONDES_SAMPLE_I16, 0, sample, 1, &n, &err));
    CHECK(n == 1 && sample[0] == test_sample(at / 777, 0));
  }
  FAILS(ONDES_STATUS_OUT_OF_RANGE, "has 10885 frames", ondes_resampled_seek(resampled, frames + 1, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "above 0", ondes_resampled_new(reader, 0, 0, 0, &(ondes_resampled *){0}, &err));

  /* The reader ends first. */
  ondes_reader_free(reader);
  FAILS(ONDES_STATUS_CLOSED, "was freed", ondes_resampled_read(resampled, ONDES_SAMPLE_F32, 0, part, 1, &n, &err));
  CHECK(n == 0);
  FAILS(ONDES_STATUS_CLOSED, "was freed", ondes_resampled_seek(resampled, 0, &err));
  CHECK(ondes_resampled_frames(resampled) == ONDES_UNKNOWN && ondes_resampled_rate(resampled) == 16000);
  ondes_resampled_free(resampled);
  ondes_resampled_free(NULL);
}

static void clip(void) {
  static float src[FRAMES * CHANNELS], expected[ROOM * CHANNELS];
  for (int i = 0; i < FRAMES * CHANNELS; i++) src[i] = (float)sin(0.01 * i);
  ondes_resampler *resampler;
  OK(ondes_resampler_new(44100, 16000, CHANNELS, ONDES_SAMPLE_F32, 0, 0, &resampler, &err));
  uint64_t frames = convert(resampler, src, FRAMES, 1000, expected);
  ondes_resampler_free(resampler);

  /* The bits of a stream, on any number of threads. */
  ondes_resample_options options = ONDES_RESAMPLE_OPTIONS_INIT;
  ondes_audio *audio;
  for (uint32_t threads = 0; threads < 4; threads++) {
    options.threads = threads == 3 ? ONDES_ALL_CORES : threads;
    OK(ondes_resample(ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, src, FRAMES, CHANNELS, 44100, 16000, &options, &audio,
                      &err));
    CHECK(ondes_audio_frames(audio) == frames && ondes_audio_channels(audio) == CHANNELS);
    CHECK(ondes_audio_rate(audio) == 16000 && ondes_audio_format(audio) == ONDES_SAMPLE_F32);
    CHECK(memcmp(ondes_audio_samples(audio), expected, frames * CHANNELS * sizeof *src) == 0);
    ondes_audio_free(audio);
  }

  /* Integers are divided by their full scale; planes stay planes; doubles stay doubles. */
  const int16_t words[] = {-32768, 16384, 0, 0x4000};
  OK(ondes_resample(ONDES_SAMPLE_I16, ONDES_LAYOUT_PLANAR, words, 2, 2, 8000, 8000, NULL, &audio, &err));
  const float *planes = ondes_audio_samples(audio);
  CHECK(planes[0] == -1 && planes[1] == 0.5f && planes[2] == 0 && planes[3] == 0.5f);
  CHECK(ondes_audio_layout(audio) == ONDES_LAYOUT_PLANAR);
  ondes_audio_free(audio);
  const double line[] = {1, 2, 3};
  options.quality = ONDES_QUALITY_LINEAR;
  OK(ondes_resample(ONDES_SAMPLE_F64, 0, line, 3, 1, 1, 2, &options, &audio, &err));
  CHECK(ondes_audio_frames(audio) == 6 && ondes_audio_format(audio) == ONDES_SAMPLE_F64);
  ondes_audio_free(audio);
  OK(ondes_resample(ONDES_SAMPLE_U8, 0, NULL, 0, 1, 44100, 48000.5, &options, &audio, &err));
  CHECK(ondes_audio_frames(audio) == 0 && ondes_audio_rate(audio) == 48001);
  ondes_audio_free(audio);

  ondes_cancel *cancel;
  OK(ondes_cancel_new(&cancel, &err));
  ondes_cancel_set(cancel);
  options.cancel = cancel;
  FAILS(ONDES_STATUS_CANCELLED, "cancel", ondes_resample(ONDES_SAMPLE_F64, 0, line, 3, 1, 1, 2, &options, &audio, &err));
  CHECK(audio == NULL);
  ondes_cancel_free(cancel);
  options.cancel = NULL;
  options.quality = 3;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "options.quality is 3",
        ondes_resample(ONDES_SAMPLE_F64, 0, line, 3, 1, 1, 2, &options, &audio, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "channels is 0",
        ondes_resample(ONDES_SAMPLE_F64, 0, line, 3, 0, 1, 2, NULL, &audio, &err));
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "cannot convert 1 Hz to 0 Hz",
        ondes_resample(ONDES_SAMPLE_F64, 0, line, 3, 1, 1, 0, NULL, &audio, &err));
}

int main(void) {
  stream();
  view();
  clip();
  return test_end();
}
