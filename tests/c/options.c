/* Options: sizes of older and newer structs, windows, channels, mono, flags. */
#include "test.h"

static ondes_error *err;
static const char *path;

static void reads(const ondes_read_options *options, uint64_t first, uint64_t frames) {
  ondes_reader *reader;
  ondes_audio *audio;
  OK(ondes_reader_open_path(path, options, &reader, &err));
  ondes_info info = ONDES_INFO_INIT;
  OK(ondes_reader_info(reader, &info, &err));
  CHECK(info.frames == 44100 && info.is_exact && info.output_frames == frames);
  OK(ondes_reader_load(reader, ONDES_SAMPLE_I16, ONDES_LAYOUT_INTERLEAVED, NULL, &audio, &err));
  CHECK(ondes_audio_frames(audio) == frames);
  const int16_t *samples = (const int16_t *)ondes_audio_samples(audio);
  if (frames) CHECK(samples[0] == test_sample(first, 0));
  ondes_audio_free(audio);
  ondes_reader_free(reader);
}

static void refuses(const ondes_read_options *options, const char *text) {
  ondes_reader *reader;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, text, ondes_reader_open_path(path, options, &reader, &err));
  CHECK(reader == NULL);
}

int main(void) {
  path = test_wav_file("options.wav", 44100, 3, 44100);
  ondes_read_options options = ONDES_READ_OPTIONS_INIT, zero;
  memset(&zero, 0, sizeof zero);
  CHECK(options.struct_size == sizeof options);
  zero.struct_size = sizeof zero;
  CHECK(memcmp(&options, &zero, sizeof options) == 0);
  reads(NULL, 0, 44100);
  reads(&options, 0, 44100);

  options.start = 1000;
  options.end = 3000;
  reads(&options, 1000, 2000);
  options.end = 1 << 20;
  reads(&options, 1000, 43100);
  options.start = 1 << 19;
  reads(&options, 0, 0);
  options.flags = ONDES_READ_MILLISECONDS;
  options.start = 1;
  options.end = 2;
  reads(&options, 44, 44);
  options.start = 5;
  refuses(&options, "is not after start");

  /* In nanoseconds the nearest frame: 1001 / 44100 s is frame 1001. */
  options.flags = ONDES_READ_NANOSECONDS;
  options.start = 22698413;
  options.end = 22732426;
  reads(&options, 1001, 1);
  options.end++;
  reads(&options, 1001, 2);
  options.flags |= ONDES_READ_MILLISECONDS;
  refuses(&options, "both milliseconds and nanoseconds");

  options = zero;
  options.channels = 4;
  refuses(&options, "4 asked for, but the file has 3");
  options.channels = 2;
  reads(&options, 0, 44100);
  options.flags = 1 << 20;
  refuses(&options, "options.flags has unknown bits: 0x100000");

  /* The mean of three channels. */
  options = zero;
  options.mono = 1;
  ondes_reader *reader;
  float frame;
  uint64_t n;
  OK(ondes_reader_open_path(path, &options, &reader, &err));
  OK(ondes_reader_read(reader, ONDES_SAMPLE_F32, 0, &frame, 1, &n, &err));
  CHECK(fabsf(frame - (float)(1 + 1001 + 2001) / 3 / 32768) < 1e-7f);
  ondes_reader_free(reader);

  /* Another rate: the length is ceil(n * out / in). */
  options = zero;
  options.rate = 16000;
  OK(ondes_reader_open_path(path, &options, &reader, &err));
  ondes_info info = ONDES_INFO_INIT;
  OK(ondes_reader_info(reader, &info, &err));
  CHECK(info.output_rate == 16000 && info.output_frames == 16000 && info.rate == 44100);
  ondes_audio *audio;
  OK(ondes_reader_load(reader, ONDES_SAMPLE_F32, ONDES_LAYOUT_PLANAR, NULL, &audio, &err));
  CHECK(ondes_audio_frames(audio) == 16000 && ondes_audio_rate(audio) == 16000);
  ondes_audio_free(audio);
  ondes_reader_free(reader);

  /* What follows a file that ends before `end`. */
  const float *samples;
  options = zero;
  options.start = 44000;
  options.end = 44300;
  for (options.ending = ONDES_ENDING_SHORT; options.ending <= ONDES_ENDING_REPEAT; options.ending++) {
    OK(ondes_reader_open_path(path, &options, &reader, &err));
    OK(ondes_reader_load(reader, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, NULL, &audio, &err));
    CHECK(ondes_audio_frames(audio) == (options.ending == ONDES_ENDING_SHORT ? 100 : 300));
    samples = (const float *)ondes_audio_samples(audio);
    if (options.ending == ONDES_ENDING_SILENCE) CHECK(samples[300] == 0 && samples[899] == 0);
    if (options.ending == ONDES_ENDING_REPEAT) CHECK(!memcmp(samples, samples + 300, 1200) && !memcmp(samples, samples + 600, 1200));
    ondes_audio_free(audio);
    ondes_reader_free(reader);
  }
  refuses(&options, "options.ending is 3, which is no ONDES_ENDING_ value");
  options.ending = ONDES_ENDING_SILENCE;
  options.end = 0;
  refuses(&options, "needs an end");

  /* The quality of a conversion: at 1:2 every second frame of zero-order hold is the one before again. */
  options = zero;
  options.rate = 88200;
  options.quality = ONDES_QUALITY_ZERO_ORDER_HOLD;
  OK(ondes_reader_open_path(path, &options, &reader, &err));
  OK(ondes_reader_load(reader, ONDES_SAMPLE_F32, ONDES_LAYOUT_PLANAR, NULL, &audio, &err));
  samples = (const float *)ondes_audio_samples(audio);
  CHECK(ondes_audio_frames(audio) == 88200 && samples[20] == samples[21] && samples[21] != samples[22]);
  ondes_audio_free(audio);
  ondes_reader_free(reader);
  options.quality = 5;
  refuses(&options, "options.quality is 5, which is no ONDES_QUALITY_ value");

  /* Strict: damage that is bridged with a warning otherwise is an error, here or at the first read. */
  uint64_t size;
  uint8_t *wav = test_wav(1000, 1, 8000, &size);
  options = zero;
  options.flags = ONDES_READ_STRICT;
  int32_t status = ondes_reader_open_memory(wav, size - 500, "cut.wav", &options, &reader, &err);
  audio = NULL;
  if (status == 0) status = ondes_reader_load(reader, ONDES_SAMPLE_F32, 0, NULL, &audio, &err);
  FAILS(ONDES_STATUS_MALFORMED, "cut.wav: ", status);
  CHECK(audio == NULL);
  ondes_reader_free(reader);
  free(wav);

  /* A newer program: more members, which must be zero to be left aside. */
  struct {
    ondes_read_options known;
    uint64_t later;
  } newer;
  memset(&newer, 0, sizeof newer);
  newer.known.struct_size = sizeof newer;
  reads(&newer.known, 0, 44100);
  newer.later = 1;
  refuses(&newer.known, "does not know");

  /* What was never initialised. */
  options = zero;
  options.struct_size = 0;
  refuses(&options, "options.struct_size is 0, which is the size of no ondes_read_options");
  options.struct_size = UINT32_MAX;
  refuses(&options, "initialise it with ONDES_READ_OPTIONS_INIT");

  /* An output struct keeps its size and gets zeros beyond what the library knows. */
  struct {
    ondes_info known;
    uint64_t later, guard;
  } bigger;
  memset(&bigger, 0x55, sizeof bigger);
  bigger.known.struct_size = sizeof(ondes_info) + 8;
  OK(ondes_reader_open_path(path, NULL, &reader, &err));
  OK(ondes_reader_info(reader, &bigger.known, &err));
  CHECK(bigger.known.struct_size == sizeof(ondes_info) + 8 && bigger.known.channels == 3);
  CHECK(bigger.later == 0 && bigger.guard == 0x5555555555555555u);
  memset(&info, 0x55, sizeof info);
  info.struct_size = 3;
  FAILS(ONDES_STATUS_INVALID_ARGUMENT, "out_info.struct_size is 3", ondes_reader_info(reader, &info, &err));
  ondes_reader_free(reader);
  return test_end();
}
