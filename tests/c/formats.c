/* Real files of every format, given as arguments: the declared length is what
 * comes, from a path, from memory and from callbacks, and seeks are exact. */
#include "stream.h"

static ondes_error *err;
static int files_read;

static ondes_audio *load(ondes_reader *reader) {
  ondes_audio *audio = NULL;
  ondes_info info = ONDES_INFO_INIT;
  OK(ondes_reader_load(reader, ONDES_SAMPLE_F32, ONDES_LAYOUT_INTERLEAVED, NULL, &audio, &err));
  OK(ondes_reader_info(reader, &info, &err));
  if (info.is_exact) CHECK(info.output_frames == ondes_audio_frames(audio));
  return audio;
}

static int same(const ondes_audio *a, const ondes_audio *b) {
  uint64_t n = ondes_audio_frames(a) * ondes_audio_channels(a);
  return ondes_audio_frames(a) == ondes_audio_frames(b) && ondes_audio_channels(a) == ondes_audio_channels(b) &&
         (n == 0 || memcmp(ondes_audio_samples(a), ondes_audio_samples(b), (size_t)n * 4) == 0);
}

static void check_file(const char *path) {
  ondes_reader *reader;
  int failures = test_failures;
  int32_t status = ondes_reader_open_path(path, NULL, &reader, &err);
  ondes_audio *whole = NULL;
  if (status == 0) status = ondes_reader_load(reader, ONDES_SAMPLE_F32, 0, NULL, &whole, &err);
  if (status == ONDES_STATUS_UNSUPPORTED || status == ONDES_STATUS_FORMAT_CHANGED) {
    /* Refused by name, or by frame: the domain's tests say which files may be. */
    CHECK(strstr(ondes_error_message(err), path) == ondes_error_message(err));
    ondes_error_free(err);
    err = NULL;
    ondes_reader_free(reader);
    return;
  }
  OK(status);
  files_read++;
  uint64_t frames = ondes_audio_frames(whole), channels = ondes_audio_channels(whole);
  const float *samples = (const float *)ondes_audio_samples(whole);

  float *window = (float *)calloc(1000 * channels, sizeof(float));
  for (uint64_t i = 1; i <= 5 && frames > 0; i++) {
    uint64_t n, start = frames * ((i * 3) % 7) / 7;
    OK(ondes_reader_seek(reader, start, &err));
    OK(ondes_reader_read(reader, ONDES_SAMPLE_F32, 0, window, 1000, &n, &err));
    CHECK(n == (frames - start < 1000 ? frames - start : 1000));
    CHECK(memcmp(window, samples + start * channels, (size_t)(n * channels) * sizeof(float)) == 0);
  }
  free(window);
  ondes_reader_free(reader);

  FILE *file = fopen(path, "rb");
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  uint8_t *bytes = (uint8_t *)malloc((size_t)size);
  CHECK(fread(bytes, 1, (size_t)size, file) == (size_t)size);
  fclose(file);
  OK(ondes_reader_open_memory(bytes, (uint64_t)size, path, NULL, &reader, &err));
  ondes_audio *from_memory = load(reader);
  CHECK(same(whole, from_memory));
  ondes_audio_free(from_memory);
  ondes_reader_free(reader);

  stream s = {.data = bytes, .size = size, .piece = 5000};
  ondes_io io = stream_io(&s);
  OK(ondes_reader_open_io(&io, path, NULL, &reader, &err));
  ondes_audio *from_stream = load(reader);
  CHECK(same(whole, from_stream));
  ondes_audio_free(from_stream);
  ondes_reader_free(reader);
  CHECK(s.closes == 1);

  free(bytes);
  ondes_audio_free(whole);
  if (test_failures > failures) fprintf(stderr, "  ^ %s\n", path);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) check_file(argv[i]);
  CHECK(files_read * 10 > argc * 8);
  return test_end();
}
